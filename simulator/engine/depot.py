"""Depots: one stock of one commodity each, nothing made. A fleet of depots of one echelon lives in one process."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.clock import Phase
from simulator.engine.grouping import as_slice
from simulator.engine.network import FleetPlan
from simulator.engine.ordering import BaseStock, MinMax
from simulator.engine.rationing import serve
from simulator.engine.scene import Scene

Array = NDArray[np.float64]


class Depot:
    """Receives, orders up to a level, ships what it owes as far as it has it, and owes the rest.

    It orders every step, or where `reorder` is given at or below that position only.

    Under an outage nothing leaves it beyond what its rate allows: what is ordered from it stays owed, and it goes on
    receiving and ordering.

    Parameters
    ----------
    first : place of the first depot in `terms.rate`
    cover : (depot, member) inventory position that orders restore [d of use]
    use : (depot, 1) use on a steady day [t/d], which grows as the demand behind it
    capacity : (depot, member) most that may leave [t/d]
    reorder : (depot, member) position at or below which a depot orders [d of use]; None: all order every step
    """

    def __init__(
        self,
        scene: Scene,
        plan: FleetPlan,
        first: int,
        cover: Array,
        use: Array,
        capacity: Array,
        reorder: Array | None = None,
    ) -> None:
        self._scene, self.plan, self.first = scene, plan, first
        self._cover, self._steady, self.capacity = cover, use, capacity
        self._most = capacity * scene.clock.step  # that may leave in a step [t]
        self._reorder = reorder
        self.rule = self._policy(self._steady)
        self.owed = np.zeros(cover.shape)  # to customers, after today's orders or shipments [t]
        self._sold, self._bought = (
            scene.network.lanes_from(plan.outputs),
            as_slice(np.sort(scene.network.lanes_to(plan.inputs))),
        )
        self._to_depot = scene.network.by_supplier(plan.outputs)

    def life(self) -> Generator[simpy.Event, None, None]:
        """Receive what arrived, order what customers took, ship what is owed."""
        clock = self._scene.clock
        while True:
            yield clock.at(Phase.ARRIVE)
            self.receive()
            yield clock.at(Phase.ORDER, self.plan.echelon)
            self.order()
            yield clock.at(Phase.SHIP)
            self.ship()

    def follow(self, capacity: Array, growth: Array) -> None:
        """Take this month's capacity [t/d] and growth since the start [1], both (depot, member)."""
        use = self._steady * growth
        self.capacity, self._most = capacity, capacity * self._scene.clock.step
        self.rule = self._policy(use)
        self._scene.use[self.plan.inputs] = use

    def _policy(self, use: Array) -> BaseStock | MinMax:
        """The standing rule at a use (depot, member) [t/d]."""
        high = self._cover * use
        return BaseStock(high) if self._reorder is None else MinMax(self._reorder * use, high)

    def receive(self) -> None:
        """Put what arrives today on the shelf."""
        rows, scene = self.plan.inputs, self._scene
        scene.trade.on_order[rows] -= scene.stocks.put(rows, scene.due.arrivals(rows))

    def order(self) -> None:
        """Restore the inventory position: on hand and on order, less what is owed, as far as that is believed."""
        rows, trade = self.plan.inputs, self._scene.trade
        self.owed = self._to_depot.sum(trade.owed[self._sold] + trade.today[self._sold])
        position = self._scene.stocks.total(rows) + trade.on_order[rows] - self.owed
        if self._scene.anticipation is not None:
            position += self._to_depot.sum(trade.owed[self._sold]) * self._scene.anticipation.doubt[rows]
        trade.place(self._bought, rows, self.rule.quantity(position))

    def ship(self) -> None:
        """Serve what may leave, in proportion where there is too little, but for what law and contracts say."""
        rows, trade, scene = self.plan.outputs, self._scene.trade, self._scene
        asked = trade.eligible[self._sold]
        wanted = self._to_depot.sum(asked)
        most = self._most
        if scene.terms.slow:
            most = most * scene.terms.rate[self.first : self.first + len(most)]
        able = np.minimum(scene.stocks.total(rows), most)
        served, left = serve(able, asked, wanted, scene.claims(self._sold), self._to_depot)
        _, trade.mix[rows] = scene.stocks.take(rows, left)
        trade.shipped[self._sold] = served
        self.owed = self.owed - left
        scene.recorder.note_depots(self.plan, left, self.owed, scene.stocks.total(rows))
