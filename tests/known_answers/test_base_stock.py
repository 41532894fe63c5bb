"""Case D03: a depot that restores its position every day, Poisson demand, a fixed time of supply."""

from __future__ import annotations

import numpy as np

from simulator.engine.simulation import Simulation
from tests.known_answers.reference import exchanged, statistical
from tests.known_answers.running import run
from tests.worlds import facility, recipe, scenario, world


def test_d03_base_stock() -> None:
    """What is outstanding after a day's orders is five days' demand, as in continuous time; a day more is an error.

    Poisson customers see the mean state, so the share served at once is the share of time with stock on the shelf.
    """
    days, warm_up, members = exchanged("D03", 40)
    depot = world(
        [recipe("dig", {}, {"ore": 1.0}), recipe("keep", {"ore": 1.0}, {"ore": 1.0})],
        [facility("source", "AAA", "mine", "dig", 1e6), facility("depot", "BBB", "store", "keep", 1e6)],
        {("CCC", "use", "ore"): 2.0}, {("CCC/use", "ore", "depot"): 1.0, ("depot", "ore", "source"): 1.0},
        {("AAA", "BBB"): 5.0, ("BBB", "CCC"): 1.0}, {("depot", "ore"): 14.0 / 2.0, ("source", "ore"): 1e6},
        counts=True)  # fmt: skip
    in_stock, on_hand, owed = np.zeros((3, members))

    def look(simulation: Simulation, step: int) -> None:
        nonlocal in_stock, on_hand, owed
        if step >= warm_up:
            fleet = simulation.depots[0]
            stock = simulation.scene.stocks.total(fleet.plan.outputs)[0]
            in_stock, on_hand, owed = in_stock + (stock > 0.5), on_hand + stock, owed + fleet.owed[0]

    run(depot, scenario(warm_up + days), replications=members, after_step=look)
    statistical("D03", fill_rate=in_stock / days, mean_on_hand=on_hand / days, mean_backorders=owed / days)
