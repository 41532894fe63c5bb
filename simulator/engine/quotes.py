"""The price board: a quote inside the controlling country and one outside, from the cover of each market."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine import price
from simulator.engine.adaptation import Adaptation
from simulator.engine.clock import Phase
from simulator.engine.grouping import Grouping
from simulator.engine.interventions import Span
from simulator.engine.paid import Paid
from simulator.engine.price_change import PriceChange
from simulator.engine.scene import Scene

Array = NDArray[np.float64]


class Quotes:
    """Quotes of all commodities in two zones.

    While no control binds, both zones trade as one market and their covers are pooled; while one does, each zone lives on
    its own cover. `quote` has shape (commodity, zone, member) [1 = normal] over `base` (commodity,) [USD/t], 0 without price.

    Parameters
    ----------
    controls : for each control on exports, when it binds and the commodities it concerns
    moved : changes of what sellers ask, which move the normal price
    """

    def __init__(self, scene: Scene, controls: list[tuple[Span, set[str]]], moved: Sequence[PriceChange] = ()) -> None:
        self._scene, world = scene, scene.network.world
        self.commodities = tuple(sorted(world.commodities))
        self.base = np.array([world.prices[c].central if c in world.prices else 0.0 for c in self.commodities])
        place = {c: i for i, c in enumerate(self.commodities)}
        countries = [
            world.facilities[h].country if h in world.facilities else h.split("/")[0] for h, _ in scene.network.rows
        ]
        self._cell = np.array(
            [
                2 * place[c] + (country != world.inside)
                for (_, c), country in zip(scene.network.rows, countries, strict=True)
            ],
            dtype=np.int64,
        )
        self._cells = Grouping(self._cell, 2 * len(self.commodities))
        self._controls = [(span, np.isin(self.commodities, sorted(which))) for span, which in controls]
        self._moved = tuple(moved)
        self.quote = np.ones((len(self.commodities), 2, scene.members))
        self._paid = Paid(scene, self._cell, len(self.commodities))
        self._adaptation = (
            Adaptation(scene.behaviours, len(scene.priced)) if "demand_response" in scene.behaviours else None
        )
        self._normal: tuple[Array, Array] | None = None
        self._faced = np.concatenate([self._cell[m.rows] for m in scene.network.markets])
        self._to_market = np.concatenate([np.arange(m.rows.start, m.rows.stop) for m in scene.network.markets])

    def life(self) -> Generator[simpy.Event, None, None]:
        """Quote once a step, and note what was paid for what was shipped."""
        while True:
            yield self._scene.clock.at(Phase.PRICE)
            self.move()
            yield self._scene.clock.at(Phase.BORDER)
            self._paid.settle(self.quote)

    def move(self) -> None:
        """Let every quote go its way towards what today's cover calls for."""
        scene, habits = self._scene, self._scene.habits
        apart, together = self._covers()
        if self._normal is None:
            self._normal = apart, together
        normal_apart, normal_together = self._normal
        bound = np.zeros((len(self.commodities), scene.members), dtype=bool)
        for span, which in self._controls:
            bound |= which[:, None] & (span.in_force(scene.clock.today, scene.clock.step) > 0.0)
        cover = np.where(bound[:, None], _ratio(apart, normal_apart), _ratio(together, normal_together)[:, None])
        goal = price.target(self._level(), cover, 1.0, habits.price_gamma, habits.price_floor, habits.price_cap)
        self.quote = price.relax(self.quote, goal, scene.clock.step, habits.price_time)
        self._tell_markets()
        scene.recorder.note_quotes(self.quote)

    def of_rows(self, rows: NDArray[np.int64]) -> Array:
        """Quote of what some rows of stock hold, in the zone where they are, (row, member) [1 = normal]."""
        return self.quote.reshape(-1, self._scene.members)[self._cell[rows]]

    def _level(self) -> Array | float:
        """Price at normal cover: 1, or what sellers made of it, (commodity, zone, member) [1 = normal]."""
        clock = self._scene.clock
        level: Array | float = 1.0
        for change in self._moved:
            level = level * change.factor(self.commodities, clock.today, clock.step)
        return level

    def _covers(self) -> tuple[Array, Array]:
        """Days of use on hand or arriving soon: by zone (commodity, zone, member), and pooled (commodity, member)."""
        scene, shape = self._scene, (len(self.commodities), 2, self._scene.members)
        stock = self._cells.sum(scene.stocks.tonnes + scene.due.soon).reshape(shape)
        use = self._cells.sum(scene.use).reshape(shape)
        return _over(stock, use), _over(stock.sum(axis=1), use.sum(axis=1))

    def _tell_markets(self) -> None:
        scene = self._scene
        elasticity = scene.habits.demand_elasticity_short
        scene.priced = price.demand_factor(self.quote.reshape(-1, scene.members), 1.0, elasticity)[self._faced]
        if scene.terms.duties:
            duty = scene.trade.to_buyers(scene.trade.share * scene.terms.duty)[self._to_market]
            scene.priced *= price.demand_factor(1.0 + duty, 1.0, elasticity)
        if self._adaptation is not None:
            faced = np.log(self.quote.reshape(-1, scene.members))[self._faced]
            if scene.terms.duties:
                faced += np.log1p(duty)
            scene.priced *= self._adaptation.follow(faced, scene.clock.step)


def _over(stock: Array, use: Array) -> Array:
    """Cover in days; infinite where nothing is used."""
    return np.divide(stock, use, out=np.full_like(stock, np.inf), where=use > 0.0)


def _ratio(cover: Array, normal: Array) -> Array:
    """Cover over its normal; 1 where the market uses nothing, or used nothing at the start."""
    known = np.isfinite(cover) & np.isfinite(normal) & (normal > 0.0)
    return np.divide(cover, normal, out=np.ones_like(cover), where=known)
