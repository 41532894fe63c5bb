"""Export licences: files of goods that wait at the border, the office that decides on them, and what it decides.

A file is what one exporter sends to one customer of one commodity in a week. It goes through a document check, from
which it may be returned; joins the queue of its office; is reviewed by a clerk; may wait for the statutory clock; and is
granted or refused. All times are arrays over members, so each world has its own fate for the same file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.chance import address
from simulator.engine.content import ForeignContent
from simulator.engine.fates import Fates
from simulator.engine.files import Files
from simulator.engine.grouping import Grouping, add_entries
from simulator.engine.interventions import Context, Span
from simulator.engine.office import Clerks, OfficeClock, clerks_for
from simulator.engine.stock import over_origins_of_entries
from simulator.engine.terms import Terms

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_LAW = (
    "documents",
    "documents_cv",
    "returned",
    "refile",
    "refile_cv",
    "service",
    "service_cv",
    "load",
    "statutory",
    "statutory_share",
    "approval",
    "appeal",
)
_EXACT = 1e-9  # rounding of a time [d]


@dataclass(frozen=True)
class Desk:
    """One exporter's files to one customer: the lanes bundled in them."""

    name: str
    office: int
    lanes: NDArray[np.int64]  # places in the network's lanes


@dataclass(frozen=True)
class Decided:
    """Goods that leave the border now, entry by entry; arrays of shape (entry,), tonnes (entry, origin) [t]."""

    lane: NDArray[np.int64]
    member: NDArray[np.int64]
    tonnes: Array

    @cached_property
    def whole(self) -> Array:
        """Tonnes whatever their origin, (entry,)."""
        return over_origins_of_entries(self.tonnes)


class Licensing:
    """One licence requirement: which goods it stops, the files they wait in, and the office.

    Parameters
    ----------
    measure : the `export_licence` of the scenario
    span : when it is in force
    origins : number of origins that stocks tell apart
    content : what a content rule reaches; None where the goods leave the country that asks for the licence
    """

    def __init__(
        self, measure: Any, span: Span, context: Context, origins: int, content: ForeignContent | None = None
    ) -> None:
        self.id, self.span, self._context, self._content = measure.id, span, context, content
        number, members = context.number, context.pins.members
        self._ramp = number(measure, "enforcement_ramp")
        if content is None:
            self.lanes, self._scope = context.lanes(measure), number(measure, "scope")
            self.leak, self.leak_delay = number(measure, "leakage"), number(measure, "leakage_delay")
        else:
            self.lanes, self._scope = content.lanes, number(measure, "compliance")
            self.leak, self.leak_delay = np.zeros(members), np.zeros(members)
        office = measure.office
        self._law = {name: context.pins.number(f"{measure.id}.office.{name}", getattr(office, name)) for name in _LAW}
        self._every = float(office.file_every)
        self.desks, self.offices = _desks(measure, context, self.lanes)
        self.to_buyer = Grouping(
            context.network.lanes.buyer[self.lanes], len(context.network.rows), context.network.lanes.rank[self.lanes]
        )
        width = max((desk.lanes.size for desk in self.desks), default=0)
        self._lane_of = np.full((len(self.desks), width), -1, dtype=np.int64)
        for d, desk in enumerate(self.desks):
            self._lane_of[d, : desk.lanes.size] = desk.lanes
        # Place of each desk's lanes among those concerned; where a desk has fewer, a place behind the last, always empty.
        self._place_of = np.full(self._lane_of.shape, self.lanes.size, dtype=np.int64)
        place = np.zeros(len(context.network.lanes), dtype=np.int64)
        place[self.lanes] = np.arange(self.lanes.size)
        there = self._lane_of >= 0
        self._place_of[there] = place[self._lane_of[there]]
        desk_of = np.zeros(self.lanes.size, dtype=np.int64)
        desk_of[self._place_of[there]] = np.nonzero(there)[0]
        self._to_desk = Grouping(desk_of, len(self.desks), context.network.lanes.rank[self.lanes])
        self._office_of = np.array([desk.office for desk in self.desks], dtype=np.int64)
        desks = len(self.desks)
        self._members = members
        per_office = np.bincount(self._office_of, minlength=len(self.offices))
        self._clerks = Clerks(np.concatenate([self._staff(office, int(n)) for n in per_office]))
        self._clock = OfficeClock(len(self.offices) * members)
        self._speeds = [
            (
                s.speed,
                float((s.start - context.start).days),
                float((s.end - context.start).days),
                self._serving(context.selected(s.destinations, context.network.lanes.importer)),
            )
            for s in measure.speeds
        ]
        self._fastest = float(np.prod([max(pace, 1.0) for pace, *_ in self._speeds]))
        self._hurried: list[tuple[Span, Array, Mask]] = []
        self._mass = np.zeros((self.lanes.size + 1, members))
        self._origin = np.zeros((desks, origins, members))
        self._count = np.zeros(desks, dtype=np.int64)  # filing days so far
        self._next = np.array([self._every * (1 + address(desk.name, "filing day") % 97 / 97) for desk in self.desks])
        owners = [f"{self.id}|{desk.name}" for desk in self.desks]
        self._fates = Fates(owners, self._law, context.pins.chance, members)
        self.files = Files(width, origins, members)
        self.tally = np.zeros((len(self.offices), 5, members))  # filed, granted, refused, returned, days waited

    def hurry(self, span: Span, pace: Array, lanes: Index) -> None:
        """Let the offices that decide on some lanes of the network work at another pace (member,) while a span lasts."""
        chosen = np.zeros(len(self._context.network.lanes), dtype=bool)
        chosen[lanes] = True
        self._hurried.append((span, pace, self._serving(chosen)))
        self._fastest *= max(float(pace.max()), 1.0)

    def _serving(self, chosen: Mask) -> Mask:
        """Offices that decide on any of the lanes chosen, (office,): a shared queue has one pace for all its destinations."""
        serving = np.zeros(len(self.offices), dtype=bool)
        for desk in self.desks:
            serving[desk.office] |= bool(chosen[desk.lanes].any())
        return serving

    def _staff(self, office: Any, desks: int) -> NDArray[np.int64]:
        if office.clerks != "auto":
            return np.full(self._members, int(office.clerks))
        return clerks_for(desks / self._every, self._law["service"], self._law["load"])

    def stopped(self, terms: Terms, today: float, step: float) -> Array:
        """Share of the goods on each lane concerned that needs a licence now, (lane concerned, member) [1]."""
        bound = self.span.in_force(today, step)
        enforced = np.divide(
            self.span.since(today) + step / 2.0, self._ramp, out=np.ones_like(bound), where=self._ramp > 0.0
        )
        share = bound * self._scope * np.minimum(enforced, 1.0) * (1.0 - terms.exempt[self.lanes])
        return share if self._content is None else share * self._content.controlled

    def hold(self, tonnes: Array, mix: Array) -> None:
        """Add goods to the files being prepared: tonnes (lane concerned, member), mix (lane concerned, origin, member)."""
        self._mass[:-1] += tonnes
        self._origin += self._to_desk.sum(tonnes[:, None, :] * mix)

    def file(self, today: float, step: float) -> None:
        """Send in the files whose day has come, in order of name."""
        late = np.flatnonzero(self._next < today + step)
        days_come = np.ceil((today + step - self._next[late]) / self._every)
        self._next[late] += days_come * self._every
        filled = np.asarray((self._mass > 0.0).any(axis=1))
        filing = filled[self._place_of[late]].any(axis=1)
        due = late[filing]
        # Filing days are counted, not files: a file's luck must not depend on whether other members had goods to file.
        number = self._count[due]
        self._count[late] += days_come.astype(np.int64)
        if due.size == 0:
            return
        mass, mix = self._mass[self._place_of[due]], self._origin[due]
        total = mix.sum(axis=1, keepdims=True)
        mix /= np.where(total > 0.0, total, 1.0)
        filed = today + step - min(step, 1.0)  # a week's goods are filed when the week is over
        fate = self._fates.of(due, number, filed)
        present = mass.sum(axis=1) > 0.0
        self.files.add(step, desk=due, filed=np.full(due.size, filed), mass=mass, mix=mix, open=present, **fate.dates)
        file, member = np.nonzero(present)
        queue = self._office_of[due[file]] * self._members + member
        self._count_files(0, queue)
        self._count_files(3, queue, fate.returns[file, member])
        self._mass[self._place_of[due]], self._origin[due] = 0.0, 0.0

    def _queue(self, entries: Index) -> Index:
        """The queue in which each entry waits: one for each office and member."""
        slot, member = self.files.place(entries)
        return self._office_of[self.files.desk[slot]] * self._members + member

    def review(self, today: float, step: float) -> None:
        """Let the clerks work for one step: files enter each queue in order of filing."""
        speed = np.ones((len(self.offices), self._members))
        for pace, begins, ends, concerned in self._speeds:
            if begins < today + step and today < ends:
                speed[concerned] *= pace
        for span, faster, concerned in self._hurried:
            speed[concerned] *= 1.0 + span.in_force(today, step) * (faster - 1.0)
        self._clock.advance(speed.reshape(-1), step)
        files, now = self.files, round(today / step)
        entries = files.in_order(files.arrived(now))
        if entries.size == 0:
            return
        queue, arrived, work = self._queue(entries), files.arrival.reshape(-1), files.service.reshape(-1)
        for those in turns(queue, self._clock.now.size):
            here, e = queue[those], entries[those]
            arrival = self._clock.at(np.clip(arrived[e] - today, 0.0, step), here)
            files.done.reshape(-1)[e] = self._clerks.begin(arrival, work[e], here) + work[e]
        files.await_decision(entries, np.maximum(self._by_law(entries, step), now))

    def decide(self, terms: Terms, today: float, step: float) -> tuple[Decided, Decided]:
        """Goods granted now, and goods refused for good now."""
        files, now = self.files, round(today / step)
        looked, free = files.due(now), self._free(terms, today, step)
        if looked.size == 0 and free is None:
            return self._goods(looked), self._goods(looked)
        ready = self._is_decided(looked, today, step)
        entries, freed = looked, np.zeros(looked.size, dtype=bool)
        if free is not None:
            freed = free.reshape(-1)[looked]
            free.reshape(-1)[looked] = False
            early = np.flatnonzero(free)
            entries = np.concatenate((looked, early))
            freed = np.concatenate((freed, np.ones(early.size, dtype=bool)))
            ready = np.concatenate((ready, freed[looked.size :])) | freed
        if terms.bans:
            slot, member = files.place(entries)
            ready &= terms.banned[self._lane_of[files.desk[slot], 0], member] < 0.5
        refused = ready & files.refused.reshape(-1)[entries] & ~freed
        appeals = files.appeals.reshape(-1)[entries]
        granted, final = files.in_order(entries[ready & ~refused]), files.in_order(entries[refused & ~appeals])
        files.appeal(entries[refused & appeals], today, step, now)
        waiting = looked[~ready[: looked.size]]
        files.await_decision(waiting, self._next_look(waiting, now, step))
        self._count_files(1, self._queue(granted))
        self._count_files(2, self._queue(final))
        self._count_files(4, self._queue(granted), today - files.filed[files.place(granted)[0]])
        out = self._goods(granted), self._goods(final)
        files.close(granted)
        files.close(final)
        return out

    def _is_decided(self, entries: Index, today: float, step: float) -> Mask:
        """Whether the review of each entry is over and the law allows a decision in this step."""
        # What falls due within a long step leaves in its middle, so that on average nothing waits longer for the step.
        middle = _middle(step)
        office_now = self._clock.at(np.full(entries.size, middle), self._queue(entries))
        reviewed = self.files.done.reshape(-1)[entries] <= office_now + _EXACT
        return reviewed & (self.files.not_before.reshape(-1)[entries] <= today + middle + _EXACT)

    def _free(self, terms: Terms, today: float, step: float) -> Mask | None:
        """Files whose goods need no licence any more, (slot, member); None where there are none."""
        if not self.files.open.any():
            return None
        free = np.broadcast_to(self.span.in_force(today, step) <= 0.0, (len(self.desks), self._members))
        if terms.exemptions:
            free = free | (terms.exempt[self._lane_of[:, 0]] > 0.5)
        return self.files.open & free[self.files.desk] if free.any() else None

    def _by_law(self, entries: Index, step: float) -> Index:
        """Step from which on the law allows a decision, (entry,)."""
        days = self.files.not_before.reshape(-1)[entries] - _middle(step) - _EXACT
        return np.ceil(days / step).astype(np.int64)

    def _next_look(self, entries: Index, now: int, step: float) -> Index:
        """First later step in which there can be a decision, at the greatest pace that the office may have, (entry,)."""
        behind = self.files.done.reshape(-1)[entries] - self._clock.now[self._queue(entries)] - _EXACT
        most = step * self._fastest
        steps = np.ceil((behind - _middle(step) * self._fastest) / most).astype(np.int64)
        return np.maximum(now + 1 + np.maximum(steps, 0), self._by_law(entries, step))

    def _count_files(self, quantity: int, queue: Index, each: Array | None = None) -> None:
        """Add to the tally of each queue an entry's part, 1 if not given."""
        self.tally[:, quantity] += np.bincount(queue, each, len(self.offices) * self._members).reshape(
            -1, self._members
        )

    def _goods(self, entries: Index) -> Decided:
        file, member = self.files.place(entries)
        lanes, mass = self._lane_of[self.files.desk[file]], self.files.mass[file, :, member]
        entry, slot = np.nonzero((lanes >= 0) & (mass > 0.0))
        tonnes = mass[entry, slot][:, None] * self.files.mix[file[entry], :, member[entry]]
        return Decided(lanes[entry, slot], member[entry], tonnes)

    def held(self) -> Array:
        """Goods that wait on each lane, files in preparation included, (lane of the network, member) [t]."""
        files, out = self.files, np.zeros((len(self._context.network.lanes), self._members))
        out[self.lanes] = self._mass[:-1]
        slot, member = files.all_open()
        desk, waiting = files.desk[slot], np.zeros_like(out)
        for place, lane in enumerate(self._lane_of.T):
            there = np.flatnonzero(lane[desk] >= 0)
            s, m = slot[there], member[there]
            add_entries(waiting, lane[desk[there]], m, files.mass[s, place, m])
        return out + waiting

    def line(self, member: int) -> tuple[Array, Array]:
        """Open files with goods of each lane of the network, and the day on which the oldest was filed; infinite without."""
        lanes = len(self._context.network.lanes)
        count, oldest = np.zeros(lanes), np.full(lanes, np.inf)
        slots = np.flatnonzero(self.files.open[:, member])
        lane = self._lane_of[self.files.desk[slots]]
        file, place = np.nonzero((lane >= 0) & (self.files.mass[slots, :, member] > 0.0))
        np.add.at(count, lane[file, place], 1.0)
        np.minimum.at(oldest, lane[file, place], self.files.filed[slots[file]])
        return count, oldest


def turns(queue: Index, queues: int) -> list[Index]:
    """First the foremost entry of each queue, then the second, and so on: places in `queue`, whose order counts."""
    order = _sorted(queue, queues)
    counts = np.bincount(queue, minlength=queues)
    place = np.arange(order.size) - np.repeat(np.cumsum(counts) - counts, counts)
    order = order[_sorted(place, order.size)]
    ends = np.cumsum(np.bincount(place)).tolist()
    return [order[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _sorted(numbers: Index, below: int) -> Index:
    """Order of whole numbers from 0 to `below`, equal ones as they come; small ones sort fastest."""
    return np.argsort(numbers.astype(np.uint16) if below <= 2**16 else numbers, kind="stable")


def _middle(step: float) -> float:
    """Middle of the days of a step after the first [d]."""
    return max(step - 1.0, 0.0) / 2.0


def _desks(measure: Any, context: Context, lanes: NDArray[np.int64]) -> tuple[list[Desk], list[str]]:
    """Bundle lanes into desks, and desks into offices, all in order of name."""
    names, net = context.network.lanes.names, context.network.lanes
    bundles: dict[str, list[int]] = {}
    for lane in lanes[np.argsort(net.rank[lanes], kind="stable")]:
        buyer, commodity, supplier = names[lane]
        country, _, sector = buyer.partition("/")
        customer = f"{country}/defence" if sector == "defence" else country
        bundles.setdefault(f"{supplier}>{customer}:{commodity}", []).append(int(lane))
    group_of = _group_of(measure, context, sorted({str(net.importer[lane]) for lane in lanes}))
    offices = sorted(set(group_of.values()))
    return [
        Desk(name, offices.index(group_of[str(net.importer[found[0]])]), np.array(found, dtype=np.int64))
        for name, found in sorted(bundles.items())
    ], offices


def _group_of(measure: Any, context: Context, countries: list[str]) -> dict[str, str]:
    if measure.grouping == "all":
        return dict.fromkeys(countries, "all")
    if measure.grouping == "each":
        return {c: c for c in countries}
    named = {c: "|".join(group) for group in measure.grouping for c in context.expand(group)}
    return {c: named.get(c, "others") for c in countries}
