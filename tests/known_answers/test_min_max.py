"""Case D04: a depot that orders five units once its position is down to three."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.ordering import MinMax
from simulator.engine.simulation import Simulation
from tests.known_answers.reference import exchanged, statistical
from tests.known_answers.running import run
from tests.worlds import facility, recipe, scenario, world

RATE, LEAD, STEP = 1.5, 2.0, 1 / 16  # a step so short that customers come one by one, and a binary one: lags stay whole
HOLDING, SHORT, FIXED = 20.0, 150.0, 100.0


def costs(low: int, quantity: int, days: int, warm_up: int, members: int) -> np.ndarray:
    """Cost a day of each member [1/d] when an order brings the position from `low` to `low` + `quantity`."""
    toy = world(
        [recipe("dig", {}, {"ore": 1.0}), recipe("keep", {"ore": 1.0}, {"ore": 1.0})],
        [facility("source", "AAA", "mine", "dig", 1e6), facility("depot", "BBB", "store", "keep", 1e6)],
        {("CCC", "use", "ore"): RATE}, {("CCC/use", "ore", "depot"): 1.0, ("depot", "ore", "source"): 1.0},
        {("AAA", "BBB"): LEAD, ("BBB", "CCC"): 1.0}, {("depot", "ore"): (low + quantity) / RATE, ("source", "ore"): 1e6},
        # Half a unit above: positions are whole units up to rounding.
        counts=True, reorder={("depot", "ore"): (low + 0.5) / RATE})  # fmt: skip
    held, owed, orders = np.zeros((3, members))

    def look(simulation: Simulation, step: int) -> None:
        nonlocal held, owed, orders
        fleet = simulation.depots[0]
        if step == 0:
            assert isinstance(fleet.rule, MinMax)
        if step >= warm_up / STEP:
            held = held + simulation.scene.stocks.total(fleet.plan.outputs)[0]
            owed = owed + fleet.owed[0]
            bought = np.flatnonzero(simulation.network.lanes.buyer == fleet.plan.inputs.start)
            orders = orders + (simulation.scene.trade.shipped[bought[0]] > 0.5)

    told = scenario(warm_up + days).model_copy(update={"step": STEP})
    run(toy, told, replications=members, after_step=look)
    return (HOLDING * held + SHORT * owed) * STEP / days + FIXED * orders / days


def test_d04_order_five_at_three() -> None:
    """A tenth of the plan by default, ten supply times after the start: a day's delay of an order would cost 20 more."""
    days, _, members = exchanged("D04", 100)
    cost = costs(3, 5, days, 20, members // 10)
    assert abs(cost.mean() - 107.92) < 1.5


@pytest.mark.slow
def test_d04_order_five_at_three_in_full_and_its_neighbours_cost_more() -> None:
    days, warm_up, members = exchanged("D04", 50)
    best = costs(3, 5, days, warm_up, members)
    statistical("D04", cost=best)
    for low, quantity in ((2, 5), (4, 5), (3, 6)):
        more = costs(low, quantity, days, warm_up, members) - best
        assert more.mean() > 3.0 * more.std(ddof=1) / np.sqrt(members), (low, quantity)
