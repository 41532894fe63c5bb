"""Case D02: a lane whose lots take a random time and may overtake each other."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.chance import TILE, Chance
from simulator.engine.clock import Phase
from simulator.engine.duebook import DueBook
from simulator.engine.office import lognormal
from tests import worlds as w
from tests.known_answers.poisson import poisson
from tests.known_answers.reference import exchanged, statistical
from tests.known_answers.running import run

LANES = 20  # one lot a day and lane at most, nearly: lots of one lane and day share their voyage
LOTS = 2.0  # a day, all lanes together


@pytest.mark.slow
def test_d02_lots_in_transit_through_a_border():
    """A voyage of 36 days instead of 35 moves the mean by 2 lots; lots that share a voyage spread far wider than 70."""
    days, warm_up, members = exchanged("D02", 10)
    sectors = [f"s{i:02}" for i in range(LANES)]
    world = w.world(
        [w.recipe("dig", {}, {"ore": 1.0})],
        [w.facility("mine", "AAA", "mine", "dig", 1e3)],
        {("BBB", s, "ore"): LOTS / LANES for s in sectors},
        {(f"BBB/{s}", "ore", "mine"): 1.0 for s in sectors},
        {("AAA", "BBB"): 35.0},
        {("mine", "ore"): 500.0},
        parameters={"transit_cv": 0.4},
    )
    luck = Chance(3, np.arange(members))
    sums = np.zeros((2, members))

    def order_at_random(simulation):
        scene = simulation.scene

        def life():
            while True:
                yield scene.clock.at(Phase.ARRIVE)
                page, line = divmod(scene.clock.count, TILE)
                draws = np.stack([luck.page("uniform", s, "lots", page)[line] for s in sectors])
                scene.terms.demand[:] = poisson(LOTS / LANES, draws) / (LOTS / LANES)

        simulation.env.process(life())

    samples = set(np.rint(warm_up + np.arange(0.0, days, 17.5)).astype(int))

    def look(simulation, step):
        if step >= warm_up:
            inside = simulation.scene.due.inside.sum(axis=0)
            sums[0] += inside / days
            if step in samples:
                sums[1] += (inside - 70.0) ** 2 / len(samples)

    run(
        world,
        w.scenario(days + warm_up).model_copy(update={"seed": 3}),
        replications=members,
        actors=order_at_random,
        after_step=look,
    )
    statistical("D02", mean=sums[0], variance=sums[1])


def test_lots_in_transit_add_up_to_their_voyages():
    """On every path: lots on their way, summed over days, are the days of all voyages. A day more per lot shows 200."""
    members, lots = 3, 200
    book, chance = DueBook(1, 1, members, 400.0, 1.0), Chance(11, np.arange(members))
    everyone, area, voyages = np.arange(members), np.zeros(members), np.zeros(members)
    for day in range(lots + 400):
        book.arrivals(slice(0, 1))
        if day < lots:
            lag = lognormal(35.0, 0.4, chance.normal("lane", "transit", day))
            book.book_each(lag, np.zeros(members, dtype=np.int64), everyone, np.ones((members, 1)))
            voyages += lag
        area += book.inside[0]
        book.turn()
    assert book.inside == pytest.approx(0.0, abs=1e-9)
    assert area == pytest.approx(voyages, rel=1e-12)
