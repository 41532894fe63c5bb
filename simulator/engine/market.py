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
from simulator.engine.ordering import learn
from simulator.engine.purchasing import Purchasing
from simulator.engine.scene import Scene
from simulator.engine.stock import DUST

if TYPE_CHECKING:
    from simulator.engine.substitution import Shift

Array = NDArray[np.float64]
Index = NDArray[np.int64]
ENOUGH = 1.0 + 1e-9  # stock over what is wanted in a step from which on no rounding leaves a customer unserved [1]


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
        """Serve those who waited, then those who come; who is not served waits, and in the end gives up."""
        scene, rows = self._scene, self.plan.rows
        want = self.wants()
        come = want / self._days
        used = come.copy()
        for _ in range(1, self._days):
            used += come
        served, lost = used.copy(), np.zeros_like(used)
        have = scene.stocks.total(rows) - self._arrived
        # Elsewhere nobody waits, and there is enough for all who come.
        row, member = tight = np.nonzero((self.waiting > 0.0) | (have <= used * ENOUGH))
        if row.size:
            used[tight], served[tight], lost[tight] = self._day_by_day(row, member, come[tight], have[tight])
        taken, mix = scene.stocks.take(rows, used)
        learn(self.forecast, want / scene.clock.step, scene.learning)
        # Seven sevenths may exceed the whole by a rounding.
        scene.recorder.note_use(self._mine, want, np.minimum(served, want), lost, taken, mix)

    def _day_by_day(self, row: Index, member: Index, come: Array, have: Array) -> tuple[Array, Array, Array]:
        """What is used, served on time and given up in a step where stock may not do; all of shape (entry,) [t].

        A longer step goes day by day, with a like part of what arrives and of what is wanted, so that "on time" means the same.

        Parameters
        ----------
        row, member : place of each entry
        come : wanted each day [t]
        have : stock before what arrived in this step [t]
        """
        arrive, waiting, have = (
            self._arrived[row, member] / self._days,
            self.waiting[row, member],
            np.maximum(have, 0.0),
        )
        give_up = self._give_up[member]
        served, lost, used = np.zeros_like(come), np.zeros_like(come), np.zeros_like(come)
        for _ in range(self._days):
            have = have + arrive
            late = np.minimum(waiting, have)
            on_time = np.minimum(come, have - late)
            out = late + on_time
            have, used, served = have - out, used + out, served + on_time
            waiting += come - out
            gone = waiting * give_up
            waiting -= gone
            lost += gone
            waiting *= waiting > DUST
        self.waiting[row, member] = waiting
        return used, served, lost

    def order(self) -> None:
        """Replace what is used."""
        self.purchasing.order(self.forecast)
