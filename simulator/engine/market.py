"""End users: the sectors of each country, served from their own stock."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.chance import TILE
from simulator.engine.clock import Phase
from simulator.engine.counts import Poisson
from simulator.engine.network import MarketPlan
from simulator.engine.purchasing import Purchasing
from simulator.engine.scene import Scene
from simulator.engine.stock import DUST

if TYPE_CHECKING:
    from simulator.engine.substitution import Shift

Array = NDArray[np.float64]


class Market:
    """What end users want, use, wait for and give up.

    Parameters
    ----------
    base : (row, member) demand of the base year [t/d]
    growth : (sector, member) growth of demand [1/yr]
    sector : (row,) place of each row's sector in `growth`
    cover : (row, member) stock aimed at [d of use]
    first_row : place of the first row in `terms.demand`
    """

    def __init__(
        self,
        scene: Scene,
        plan: MarketPlan,
        base: Array,
        growth: Array,
        sector: NDArray[np.int64],
        cover: Array,
        first_row: int,
    ) -> None:
        self._scene, self.plan, self._base = scene, plan, base
        self.shift: Shift | None = None  # what has moved to substitutes
        self._days = max(round(scene.clock.step), 1)  # customers come and wait by the day, whatever the step
        self._arrived = np.zeros_like(base)
        self._log_growth, self._sector = np.log1p(growth) / 365.0, sector
        self._mine = slice(first_row, first_row + len(plan.demand))
        self.purchasing = Purchasing(scene, plan.rows, cover)
        self.forecast = base.copy()
        self.waiting = np.zeros_like(base)  # customers who wait [t]
        patience, day = scene.habits.patience, scene.clock.step / self._days
        self._give_up = np.where(patience > 0.0, -np.expm1(-day / np.maximum(patience, 1e-9)), 1.0)
        self._noisy = bool(scene.habits.demand_noise.any())
        self._noise: tuple[int, Array] | None = None
        self._counted = np.flatnonzero([d.counts for d in plan.demand])
        self._uniform: tuple[int, list[Array]] = (-1, [])
        self._poisson = Poisson()

    def life(self) -> Generator[simpy.Event, None, None]:
        """Receive what arrived, use it, order more."""
        clock = self._scene.clock
        while True:
            yield clock.at(Phase.ARRIVE)
            self.receive()
            yield clock.at(Phase.WORK)
            self.consume()
            yield clock.at(Phase.ORDER, 0)
            self.order()

    def receive(self) -> None:
        """Put what arrives today on the shelf."""
        rows, scene = self.plan.rows, self._scene
        self._arrived = scene.stocks.put(rows, scene.due.arrivals(rows))
        scene.trade.on_order[rows] -= self._arrived

    def wants(self) -> Array:
        """What is wanted in this step (row, member) [t]: trend, luck, measures, price and substitutes."""
        scene, clock = self._scene, self._scene.clock
        grown = np.exp(self._log_growth * clock.today)[self._sector]
        want = (
            self._base * grown * self._luck() * scene.terms.demand[self._mine] * scene.priced[self._mine] * clock.step
        )
        if self.shift is not None:
            want, gone = self.shift.apply(want)
            scene.recorder.behaviours.note_saved(self.plan.rows, gone)
        if self._counted.size:
            want[self._counted] = self._poisson.numbers(want[self._counted], self._draws())
        return want

    def _draws(self) -> Array:
        """Today's uniform number of each demand in whole units, (row, member)."""
        page, line = divmod(self._scene.clock.count, TILE)
        if self._uniform[0] != page:
            names = [f"{self.plan.demand[i].market}:{self.plan.demand[i].commodity}" for i in self._counted]
            self._uniform = (page, [self._scene.chance.page("uniform", name, "units", page) for name in names])
        return np.stack([draws[line] for draws in self._uniform[1]])

    def _luck(self) -> Array | float:
        habits, clock = self._scene.habits, self._scene.clock
        if not self._noisy:
            return 1.0
        page, line = divmod(clock.count, TILE)
        if self._noise is None or self._noise[0] != page:
            draws = [
                self._scene.chance.page("normal", f"{d.market}:{d.commodity}", "demand", page) for d in self.plan.demand
            ]
            self._noise = (page, np.stack(draws))
        return np.maximum(1.0 + habits.demand_noise / np.sqrt(clock.step) * self._noise[1][:, line], 0.0)

    def consume(self) -> None:
        """Serve those who waited, then those who come; who is not served waits, and in the end gives up.

        A longer step goes day by day, with a like part of what arrives and of what is wanted, so that "on time" means the same.
        """
        scene, rows, days = self._scene, self.plan.rows, self._days
        want = self.wants()
        come, arrive = want / days, self._arrived / days
        have = np.maximum(scene.stocks.total(rows) - self._arrived, 0.0)
        served, lost, used = np.zeros_like(want), np.zeros_like(want), np.zeros_like(want)
        for _ in range(days):
            have = have + arrive
            late = np.minimum(self.waiting, have)
            on_time = np.minimum(come, have - late)
            out = late + on_time
            have, used, served = have - out, used + out, served + on_time
            self.waiting += come - out
            gone = self.waiting * self._give_up
            self.waiting -= gone
            lost += gone
            self.waiting *= self.waiting > DUST
        taken, mix = scene.stocks.take(rows, used)
        self.forecast += (want / scene.clock.step - self.forecast) * scene.learning
        # Seven sevenths may exceed the whole by a rounding.
        scene.recorder.note_use(self._mine, want, np.minimum(served, want), lost, taken, mix)

    def order(self) -> None:
        """Replace what is used."""
        self.purchasing.order(self.forecast)
