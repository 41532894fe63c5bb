"""Case D25: a supplier that fails at random, against a stock of thirty days."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.engine.chance import Chance
from simulator.engine.clock import Phase
from simulator.engine.simulation import Simulation
from tests import worlds as w
from tests.known_answers.reference import PARTS, exchanged, statistical
from tests.known_answers.running import run

UP, DOWN = 180.0, 45.0  # mean days at work and at a standstill
SPELLS = 128


@dataclass
class Failing:
    """A mine that works and stands still for exponential times; `hours` is the share of a step in which it works."""

    simulation: Simulation

    def __post_init__(self) -> None:
        scene = self.simulation.scene
        luck = Chance(2, self.simulation.members.replication)
        self.working = luck.uniform("mine", "at first") < UP / (UP + DOWN)
        self.spells = np.concatenate([luck.page("exponential", "mine", "spells", page) for page in range(SPELLS // 64)])
        self.turns = np.zeros(scene.members, dtype=np.int64)
        self.until = self._next(0.0)
        self.simulation.env.process(self.life())

    def _next(self, now: float | NDArray[np.float64]) -> NDArray[np.float64]:
        draw = self.spells[self.turns, np.arange(self.turns.size)]
        return now + np.where(self.working, UP, DOWN) * draw

    def life(self):
        scene = self.simulation.scene
        while True:
            yield scene.clock.at(Phase.ARRIVE)
            scene.terms.rate[:] = self.hours(scene.clock.today, scene.clock.step)

    def hours(self, today: float, step: float) -> NDArray[np.float64]:
        worked, now = np.zeros(self.turns.size), np.full(self.turns.size, today)
        while (now < today + step).any():
            ends = np.minimum(self.until, today + step)
            worked += np.where(self.working, ends - now, 0.0)
            turn = self.until < today + step
            self.working, self.turns = self.working ^ turn, self.turns + turn
            if turn.any():
                self.until = np.where(turn, self._next(self.until), self.until)
            now = ends
        return worked / step


def chain(parameters):
    return replace(
        w.chain(1.0, 1.0, 30.0, parameters=parameters),
        facilities={"mine": w.facility("mine", "AAA", "mine", "dig", 1.2)},
    )


@pytest.mark.parametrize("part", PARTS)
def test_d25_random_failures_against_a_stock(part):
    """A stock that is full again at once is full 80 % of the time, not 42 %; one of 29 days is half a tonne lower.

    A hundred times the members and a hundredth of the days: 2,000 days still hold nine cycles of 225 days.
    """
    days, warm_up, members = exchanged("D25", 100, part)
    stock, full = np.zeros(members), np.zeros(members)

    def look(simulation: Simulation, step: int) -> None:
        if step >= warm_up:
            now = simulation.scene.stocks.on_hand[simulation.network.rows.index(("BBB/use", "ore")), 0]
            stock[:] += now / days
            full[:] += (now > 30.0 - 1e-6) / days

    got = run(
        chain({"restore_time": 1.0}), w.scenario(days + warm_up), replications=members, actors=Failing, after_step=look
    )
    lost = got.missing[warm_up:].sum(axis=0) / got.asked[warm_up:].sum(axis=0)
    statistical("D25", lost=lost, stock=stock, full=full)


def test_one_failure_and_the_long_way_back():
    """45 days without supply, 30 of them from stock; then 0.2 t/d catching up. A day more anywhere moves a figure."""
    stock = []
    outage = {"kind": "outage", "id": "outage", "facilities": ["mine"], "effective": w.day(20), "duration": "45 d"}
    got = run(
        chain({"restore_time": 1.0}),
        w.scenario(400, outage),
        after_step=lambda s, _: stock.append(s.scene.stocks.on_hand[s.network.rows.index(("BBB/use", "ore")), 0, 0]),
    )
    # The lot of day 19 arrives and is used on day 20; the stock lasts for days 21 to 50; the lot of day 65 comes on 66.
    assert (got.first(), got.last()) == (51, 65)
    assert got.missing[:, 0].sum() == pytest.approx(15.0)
    stock = np.array(stock)
    assert np.diff(stock)[65:214] == pytest.approx(0.2)
    assert stock[64] == pytest.approx(0.0)
    assert stock[215:] == pytest.approx(30.0)
