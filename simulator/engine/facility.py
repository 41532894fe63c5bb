"""Mines, refiners and manufacturers: the life of a fleet of facilities of one shape; a plant alone is a fleet of one."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.clock import Phase
from simulator.engine.duebook import DueBook
from simulator.engine.network import FleetPlan
from simulator.engine.ordering import anchored, learn
from simulator.engine.purchasing import Purchasing
from simulator.engine.rationing import serve
from simulator.engine.scene import Scene
from simulator.engine.stock import over_origins

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FleetSetting:
    """Numbers of a fleet, resolved before the run; the facility axis comes first.

    `needs` (facility, input, 1) and `makes` (facility, output, 1) are tonnes per tonne of the first output.
    """

    needs: Array
    critical: NDArray[np.bool_]  # (facility, input, 1)
    makes: Array
    drives: NDArray[np.bool_]  # (facility, output, 1)
    residence: Array  # (facility,) [d]
    cover_in: Array  # (facility, input, member) [d]
    cover_out: Array  # (facility, output, member) [d]
    shelf: Array  # (facility, output, member) most that is kept [t]; infinite keeps all
    first_row: int  # place of the first facility in `terms.rate`
    origin_of: NDArray[np.int64]  # (facility, origin): origin row of a tonne after this stage; a mine has one answer


class Fleet:
    """Facilities that receive, work, order and ship in the same rhythm, all members at once."""

    def __init__(self, scene: Scene, plan: FleetPlan, setting: FleetSetting, capacity: Array, forecast: Array) -> None:
        self._scene, self.plan, self._set = scene, plan, setting
        self.first = setting.first_row
        count, inputs, outputs = plan.shape
        self._shape_in, self._shape_out = (count, inputs), (count, outputs)
        self.capacity = capacity  # (facility, member) [t/d], follows growth and ramps
        self.needs = setting.needs  # (facility, input, 1 or member) inputs per tonne of the first output [t/t]
        self.needed: Array | None = (
            None  # (facility, input, member) called for so far [t]; None while needs never change
        )
        self.forecast = forecast  # (facility, output, member) [t/d] of orders received
        self.shelf = setting.shelf  # follows growth
        self.unserved = np.zeros_like(forecast)  # asked of this fleet in the last step, not served, and believed [t]
        self.started = np.zeros((count, scene.members))  # running total of work begun [t]
        self.able = np.zeros_like(self.started)  # work that could have been begun in this step [t]
        self.surplus = np.zeros((count, outputs, scene.members))  # left unsold, running total [t]
        self._lanes = scene.network.lanes_from(plan.outputs)
        self._by_supplier = scene.network.by_supplier(plan.outputs)
        self.purchasing = Purchasing(scene, plan.inputs, setting.cover_in.reshape(count * inputs, scene.members))
        self.residence = np.where(setting.residence > 0.0, np.maximum(setting.residence, scene.clock.step), 0.0)
        self.process = DueBook(
            count,
            scene.stocks.on_hand.shape[1],
            scene.members,
            float(self.residence.max(initial=0.0)),
            scene.clock.step,
        )
        self._per_tonne = 1.0 / setting.makes
        self._keeps_some = bool(np.isfinite(setting.shelf).any())
        self._moves = bool((setting.origin_of != np.arange(setting.origin_of.shape[1])).any())
        self._takes_time, self._at_once = np.flatnonzero(self.residence), np.flatnonzero(self.residence == 0.0)
        self._stages = self.process.routes(self.residence[self._takes_time], self._takes_time)
        self.in_process = np.zeros((count, scene.members))  # work begun and not finished [t]

    def life(self) -> Generator[simpy.Event, None, None]:
        """Receive what arrived, work the day, order what the policy asks, ship what is owed."""
        clock = self._scene.clock
        while True:
            yield clock.at(Phase.ARRIVE)
            self.receive()
            yield clock.at(Phase.WORK)
            self.work()
            yield clock.at(Phase.ORDER, self.plan.echelon)
            self.order()
            yield clock.at(Phase.SHIP)
            self.ship()

    def follow(self, capacity: Array, growth: Array) -> None:
        """Take this month's capacity [t/d] and growth since the start [1], both (facility, member)."""
        self.capacity, self.shelf = capacity, self._set.shelf * growth[:, None, :]

    @property
    def recipe_needs(self) -> Array:
        """Inputs per tonne of the first output by recipe, (facility, input, 1) [t/t]."""
        return self._set.needs

    @property
    def critical(self) -> NDArray[np.bool_]:
        """Whether the work stops without an input, (facility, input, 1)."""
        return self._set.critical

    def count_needs(self) -> None:
        """Keep the running total of what was called for: from here on needs may change."""
        self.needed = np.zeros((*self._shape_in, self._scene.members))

    @property
    def makes(self) -> Array:
        """Outputs per tonne of the first output, (facility, output, 1) [t/t]."""
        return self._set.makes

    def receive(self) -> None:
        """Put what arrives today on the shelf."""
        rows, scene = self.plan.inputs, self._scene
        if rows.stop == rows.start:
            return
        scene.trade.on_order[rows] -= scene.stocks.put(rows, scene.due.arrivals(rows))

    def work(self) -> None:
        """Start what is wanted and can be done; shelve what is finished."""
        self.able = np.minimum(self.allowed(), self.feasible())
        start = np.minimum(self.wanted(), self.able)
        origin = self.use_inputs(start)
        finished = self._finish(start, origin)
        self.shelve(finished)
        self.started += start
        self._scene.recorder.note_work(self.plan, start)

    def _finish(self, start: Array, origin: Array) -> Array:
        """Put work begun (facility, member) in process; returns what is finished today, (facility, origin, member) [t]."""
        slow, quick = self._takes_time, self._at_once
        if slow.size:
            self.process.book(self._stages, start[slow], origin, slow)
        finished = self.process.arrivals(slice(0, len(start)))
        self.process.turn()
        if quick.size:
            finished[quick] += start[quick][:, None, :] * origin[quick]
        self.in_process += start - over_origins(finished)
        return finished

    def wanted(self) -> Array:
        """Work to start so that orders can be met from stock, (facility, member) [t]: the neediest driving output decides."""
        habits, step = self._scene.habits, self._scene.clock.step
        stock = self._scene.stocks.total(self.plan.outputs).reshape(self.forecast.shape)
        use = self.forecast * self._per_tonne
        target = self._set.cover_out * self.forecast
        if self._keeps_some:
            target = np.minimum(target, self.shelf)
        stock_gap = (target - stock + self.unserved) * self._per_tonne
        line_gap = self.residence[:, None, None] * use - self.in_process[:, None, :]
        # A plant knows its own work in process, even where buyers forget what they have ordered.
        wanted = anchored(use, stock_gap, line_gap, habits.restore_time, 1.0, step)
        return self._neediest(wanted)

    def _neediest(self, work: Array) -> Array:
        """Of the work that each output calls for (facility, output, member), the most that a driving one does."""
        return np.where(self._set.drives, work, 0.0).max(axis=1) if work.shape[1] > 1 else work[:, 0]

    def allowed(self) -> Array:
        """What capacity, terms and prices allow in this step, (facility, member) [t]."""
        mine = slice(self._set.first_row, self._set.first_row + len(self.capacity))
        rate = self._scene.terms.rate[mine]
        if self._scene.willing is not None:
            rate = rate * self._scene.willing[mine]
        return self.capacity * rate * self._scene.clock.step

    def feasible(self) -> Array:
        """What the scarcest critical input allows, (facility, member) [t]."""
        count, inputs = self._shape_in
        if inputs == 0:
            return np.full((count, self._scene.members), np.inf)
        stock = self._scene.stocks.total(self.plan.inputs).reshape(count, inputs, -1)
        enough_for = np.where(self._set.critical, stock / self.needs, np.inf)
        return enough_for.min(axis=1) if inputs > 1 else enough_for[:, 0]

    def use_inputs(self, start: Array) -> Array:
        """Take the inputs for the work begun; returns the origin of the product, (facility, origin, member) [1]."""
        count, inputs = self._shape_in
        origins = self._scene.stocks.on_hand.shape[1]
        if inputs == 0:
            mix = np.zeros((count, origins, self._scene.members))
            mix[np.arange(count), self._set.origin_of[:, 0]] = 1.0
            return mix
        needed = (start[:, None, :] * self.needs).reshape(count * inputs, -1)
        if self.needed is not None:
            self.needed += needed.reshape(self.needed.shape)
            saved = np.maximum(start[:, None, :] * (self._set.needs - self.needs), 0.0)
            self._scene.recorder.behaviours.note_saved(self.plan.inputs, saved.reshape(count * inputs, -1))
        taken, mix = self._scene.stocks.take(self.plan.inputs, needed)
        if inputs > 1:
            parts = (taken[:, None, :] * mix).reshape(count, inputs, origins, -1).sum(axis=1)
            total = taken.reshape(count, inputs, -1).sum(axis=1)
            mix = parts / np.where(total > 0.0, total, 1.0)[:, None, :]
        moved = self._set.origin_of
        if not self._moves:
            return mix
        out = np.zeros_like(mix)
        for origin in range(origins):
            out[np.arange(count), moved[:, origin]] += mix[:, origin]
        return out

    def shelve(self, finished: Array) -> None:
        """Put products on the shelf."""
        count, outputs = self._shape_out
        made = finished[:, None] * self._set.makes[..., None]
        self._scene.stocks.put(self.plan.outputs, made.reshape(count * outputs, *finished.shape[1:]))

    def clear_shelf(self) -> None:
        """Let go what nobody bought and nobody keeps."""
        rows, stocks = self.plan.outputs, self._scene.stocks
        excess = np.maximum(stocks.total(rows).reshape(self.shelf.shape) - self.shelf, 0.0)
        stocks.take(rows, excess.reshape(-1, self._scene.members))
        self.surplus += excess

    def order(self) -> None:
        """Learn from today's orders and replace the inputs that future orders will use."""
        scene, step = self._scene, self._scene.clock.step
        heard = scene.trade.today[self._lanes] if scene.anticipation is None else scene.anticipation.demand(self._lanes)
        received = self._by_supplier.sum(heard).reshape(self.forecast.shape)
        learn(self.forecast, received / step, scene.learning)
        if self._shape_in[1] == 0:
            return
        rate = self._neediest(self.forecast * self._per_tonne)
        use = np.minimum(rate, self.capacity)[:, None, :] * self.needs
        self.purchasing.order(use.reshape(-1, scene.members))

    def ship(self) -> None:
        """Serve what may leave, in proportion where there is too little, but for what law and contracts say."""
        rows, lanes, trade = self.plan.outputs, self._lanes, self._scene.trade
        asked = trade.eligible[lanes]
        wanted = self._by_supplier.sum(asked)
        claims = self._scene.claims(lanes)
        served, left = serve(self._scene.stocks.total(rows), asked, wanted, claims, self._by_supplier)
        self._scene.stocks.take(rows, left, trade.mix[rows])
        trade.shipped[lanes] = served
        if self._keeps_some:
            self.clear_shelf()
        self.unserved = (wanted - left).reshape(self.forecast.shape)
        if self._scene.anticipation is not None:
            self.unserved = self.unserved * (1.0 - self._scene.anticipation.doubt[rows].reshape(self.forecast.shape))
