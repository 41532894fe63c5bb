"""The border: what may be asked for, what is stopped for a licence, and what sails."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.clock import Phase
from simulator.engine.deliveries import Deliveries
from simulator.engine.duebook import Routes
from simulator.engine.grouping import add_entries
from simulator.engine.licensing import Decided, Licensing
from simulator.engine.office import lognormal
from simulator.engine.quotas import Quotas
from simulator.engine.scene import Scene
from simulator.engine.stock import DUST

Array = NDArray[np.float64]


class Border:
    """All borders of the world. It alone books goods into the due book, in one order, so that nobody's turn matters.

    `normal` (lane,) is the flow of each lane on the first day [t/d]. `deliveries` is told what leaves, where anybody asks.
    """

    def __init__(
        self,
        scene: Scene,
        licences: list[Licensing],
        quotas: list[Quotas],
        normal: Array,
        deliveries: Deliveries | None = None,
    ) -> None:
        self._scene, self._licences, self._quotas, self._normal = scene, licences, quotas, normal
        self._deliveries = deliveries
        lanes = scene.network.lanes
        self._sailings = self._routes(np.arange(len(lanes)), 0.0)
        self._was_banned = np.zeros_like(scene.trade.owed)
        self._banning = False
        self._lapse = -np.expm1(-scene.clock.step / scene.habits.order_expiry)
        self._lapses = bool(self._lapse.any())
        self._random = bool(scene.habits.transit_cv.any())
        self._around = self._ways_around(licences)
        self._leaky = np.zeros_like(scene.trade.owed)  # share of what ships that goes another way
        self.sent_back = np.zeros_like(scene.waiting)  # refused goods returned to their row, running total [t]

    def life(self) -> Generator[simpy.Event, None, None]:
        """Say what may leave, then clear what was shipped and let it sail."""
        clock, last = self._scene.clock, self._scene.network.echelons
        while True:
            yield clock.at(Phase.ORDER, last)
            self.admit()
            yield clock.at(Phase.BORDER)
            self.clear()

    def admit(self) -> None:
        """Turn today's orders into what is owed, and say how much of it may leave in this step."""
        trade, terms = self._scene.trade, self._scene.terms
        if self._deliveries is not None:
            self._deliveries.note_orders(trade.today)
        trade.owed += trade.today
        if self._scene.anticipation is not None:
            self._scene.anticipation.note_orders(trade.today)
        if terms.bans or self._banning:
            self._block()
        trade.today[...] = 0.0
        trade.eligible = trade.owed
        if terms.narrow:
            limited = np.isfinite(terms.through)
            room = np.where(limited, terms.through, 0.0) * self._normal[:, None] * self._scene.clock.step
            trade.eligible = np.where(limited, np.minimum(trade.owed, room), trade.owed)
        for quota in self._quotas:
            trade.eligible = quota.limit(trade.eligible, self._scene)

    def _block(self) -> None:
        """Move what a ban newly forbids out of what is owed, and back what it no longer forbids."""
        trade, terms, before = self._scene.trade, self._scene.terms, self._was_banned
        banned, leaking = terms.banned, terms.leaking
        freed = np.where(
            banned < before,
            trade.blocked * (1.0 - np.divide(banned, before, out=np.zeros_like(before), where=before > 0.0)),
            0.0,
        )
        old = np.maximum(trade.owed - trade.today, 0.0)
        tighter = np.divide(
            banned - before, 1.0 - before, out=np.zeros_like(before), where=(banned > before) & (before < 1.0)
        )
        caught = old * tighter + trade.today * banned * (1.0 - leaking)
        trade.blocked += caught - freed
        trade.owed += freed - caught
        around = banned * leaking
        self._leaky = np.divide(around, 1.0 - banned + around, out=np.zeros_like(around), where=around > 0.0)
        self._was_banned, self._banning = banned.copy(), terms.bans

    def clear(self) -> None:
        """Clear today's shipments; hold what needs a licence; release what was granted; let all that is cleared sail."""
        scene = self._scene
        for quota in self._quotas:
            quota.spend(scene.trade.shipped)
        if self._deliveries is not None:
            self._deliveries.note_shipped(scene.trade.shipped)
        cleared = scene.trade.shipped.copy()
        for licence in self._licences:
            self._hold(licence, cleared)
        # What goes around a control is no export to its destination, whichever control it is.
        scene.recorder.note_cleared(cleared * (1.0 - self._leaky) if self._banning else cleared)
        self._sail(cleared)
        for licence in self._licences:
            self._release(licence)
        if self._deliveries is not None:
            self._deliveries.learn()
        self._expire()

    def _hold(self, licence: Licensing, cleared: Array) -> None:
        clock, scene, lanes = self._scene.clock, self._scene, licence.lanes
        share = licence.stopped(scene.terms, clock.today, clock.step)
        if share.any():
            stopped = cleared[lanes] * share
            around = stopped * licence.leak
            held = stopped - around
            cleared[lanes] -= stopped
            mix = scene.trade.mix[scene.network.lanes.supplier[lanes]]
            licence.hold(held, mix)
            if self._deliveries is not None:
                self._deliveries.note_held(lanes, held)
            scene.waiting += licence.to_buyer.sum(held)
            if around.any():
                self._detour(licence, around)
        licence.file(clock.today, clock.step)
        licence.review(clock.today, clock.step)

    def _sail(self, cleared: Array) -> None:
        """Send goods on their way, by route; leaked, delayed and random voyages one by one."""
        terms, lanes, trade = self._scene.terms, self._scene.network.lanes, self._scene.trade
        if terms.detours or self._banning or self._random or terms.testing:
            # Member by member: what an arm re-routes must not change the order in which others add up.
            odd = (terms.extra > 0.0) | (self._leaky > 0.0) | (terms.stopped > 0.0)
            odd |= lanes.abroad[:, None] & self._random
            some = np.flatnonzero(odd.any(axis=1))
            apart = np.where(odd[some], cleared[some], 0.0)
            around = apart * self._leaky[some]
            self._scene.recorder.behaviours.note_leaked(some, around)
            self._voyages(some, around, terms.leak_delay[some])
            self._voyages(some, apart - around, self._tested(some) if terms.testing else 0.0)
            cleared = cleared.copy()
            cleared[some] = np.where(odd[some], 0.0, cleared[some])
        self._scene.due.book(self._sailings, cleared, trade.mix, lanes.supplier)

    def _detour(self, licence: Licensing, tonnes: Array) -> None:
        """Send goods (lane concerned, member) around a control, in one go where all members need the same time."""
        scene, lanes = self._scene, licence.lanes
        scene.recorder.behaviours.note_leaked(lanes, tonnes)
        if licence.id not in self._around:
            self._voyages(lanes, tonnes, licence.leak_delay)
            return
        scene.due.book(self._around[licence.id], tonnes, scene.trade.mix, scene.network.lanes.supplier[lanes])

    def _ways_around(self, licences: list[Licensing]) -> dict[str, Routes]:
        """The way around each licence requirement that takes the same time in all members."""
        delays = {licence.id: np.unique(licence.leak_delay) for licence in licences}
        return {
            licence.id: self._routes(licence.lanes, float(delays[licence.id][0]))
            for licence in licences
            if delays[licence.id].size == 1 and not self._random
        }

    def _routes(self, lanes: NDArray[np.int64], longer: float) -> Routes:
        """Routes of some lanes when all members need the same time."""
        network = self._scene.network.lanes
        return self._scene.due.routes(network.transit[lanes] + longer, network.buyer[lanes], network.rank[lanes])

    def _voyages(self, lanes: NDArray[np.int64], tonnes: Array, longer: Array | float = 0.0) -> None:
        """Book goods (lane, member) whose transit differs from member to member."""
        scene, network = self._scene, self._scene.network.lanes
        transit = network.transit[lanes][:, None] + scene.terms.extra[lanes] + longer
        if self._random:
            transit = lognormal(transit, scene.habits.transit_cv, self._luck(lanes))
        lane, member = np.nonzero(tonnes > 0.0)
        mass = tonnes[lane, member][:, None] * scene.trade.mix[network.supplier[lanes[lane]], :, member]
        scene.due.book_each(transit[lane, member], network.buyer[lanes[lane]], member, mass)

    def _tested(self, lanes: NDArray[np.int64]) -> Array:
        """How long customs keep what leaves on some lanes in this step, (lane, member) [d]."""
        terms = self._scene.terms
        return np.where(self._luck(lanes, "uniform", "testing") < terms.stopped[lanes], terms.tested[lanes], 0.0)

    def _luck(self, lanes: NDArray[np.int64], kind: str = "normal", purpose: str = "transit") -> Array:
        """Luck of what sails today, (lane, member): goods of one lane and day travel together, licensed or not."""
        scene, names = self._scene, self._scene.network.lanes.names
        draw = scene.chance.uniform if kind == "uniform" else scene.chance.normal
        return np.stack([draw(">".join(names[i]), purpose, scene.clock.count) for i in lanes])

    def _days_at_sea(self, lane: NDArray[np.int64], member: NDArray[np.int64]) -> Array:
        """Transit of goods that a licence lets go today, entry by entry, shape (entry,) [d]."""
        scene = self._scene
        days = scene.network.lanes.transit[lane] + scene.terms.extra[lane, member]
        if self._random:
            lanes, of = np.unique(lane, return_inverse=True)
            days = lognormal(days, scene.habits.transit_cv[member], self._luck(lanes)[of, member])
        return days

    def _release(self, licence: Licensing) -> None:
        scene, network = self._scene, self._scene.network.lanes
        granted, refused = licence.decide(scene.terms, scene.clock.today, scene.clock.step)
        if granted.lane.size:
            lags = self._days_at_sea(granted.lane, granted.member)
            scene.due.book_each(lags, network.buyer[granted.lane], granted.member, granted.tonnes)
            scene.recorder.note_granted(granted.lane, granted.member, granted.whole)
            if self._deliveries is not None:
                self._deliveries.note_granted(granted.lane, granted.member, granted.whole)
        for goods in (granted, refused):
            add_entries(scene.waiting, network.buyer[goods.lane], goods.member, -goods.whole)
        if refused.lane.size:
            self._give_back(refused)

    def _give_back(self, refused: Decided) -> None:
        """Refused goods return to the shelf they came from, and the buyer is told."""
        scene, network = self._scene, self._scene.network.lanes
        rows = np.unique(network.supplier[refused.lane])
        place = np.searchsorted(rows, network.supplier[refused.lane])
        back = np.zeros((refused.tonnes.shape[1], rows.size, scene.members))
        for origin, tonnes in enumerate(refused.tonnes.T):
            add_entries(back[origin], place, refused.member, tonnes)
        back = np.moveaxis(back, 0, 1)
        scene.stocks.put(rows, back)
        self.sent_back[rows] += back.sum(axis=1)
        lost = np.zeros_like(scene.trade.owed)
        add_entries(lost, refused.lane, refused.member, refused.whole)
        scene.trade.cancel(lost)

    def _expire(self) -> None:
        """Orders that could not be served lapse in the end, and the buyer is told."""
        trade = self._scene.trade
        trade.owed -= trade.shipped
        waits = trade.owed > DUST
        trade.owed *= waits
        trade.lapsed = 0.0
        if not self._lapses:
            return
        lanes = np.flatnonzero(waits.any(axis=1) | trade.blocked.any(axis=1))
        if lanes.size:
            lapsed, owed, blocked = np.zeros_like(trade.owed), trade.owed[lanes], trade.blocked[lanes]
            lapsed[lanes] = (owed + blocked) * self._lapse
            trade.cancel(lapsed)
            trade.lapsed = lapsed
            trade.owed[lanes] = owed * (1.0 - self._lapse)
            blocked *= 1.0 - self._lapse
            trade.blocked[lanes] = blocked * (blocked > DUST)
