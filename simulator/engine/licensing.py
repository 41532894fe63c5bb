"""Export licences: files of goods that wait at the border, the office that decides on them, and what it decides.

A file is what one exporter sends to one customer of one commodity in a week. It goes through a document check, from
which it may be returned; joins the queue of its office; is reviewed by a clerk; may wait for the statutory clock; and is
granted or refused. All times are arrays over members, so each world has its own fate for the same file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.chance import address
from simulator.engine.interventions import Context, Span
from simulator.engine.office import Clerks, OfficeClock, clerks_for, lognormal
from simulator.engine.terms import Terms

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_RETURNS = 4        # a file comes back at most this often; the chance of more is below 1 %
_DRAWS = 16         # places kept for the draws of one file


@dataclass(frozen=True)
class Desk:
    """One exporter's files to one customer: the lanes bundled in them."""

    name: str
    office: int
    lanes: NDArray[np.int64]        # places in the network's lanes


@dataclass
class Files:
    """Files at the office, the newest last; arrays of shape (file, member) unless stated."""

    desk: NDArray[np.int64]         # (file,)
    number: NDArray[np.int64]       # (file,) how many the desk filed before
    filed: Array                    # (file,) day
    mass: Array                     # (file, lane of the desk, member) [t]
    mix: Array                      # (file, origin, member) [1]
    arrival: Array                  # day on which it joins the queue
    service: Array                  # work of a clerk [d]
    done: Array                     # office time at which the review ends; infinite before it begins
    not_before: Array               # day before which there is no decision
    refused: Mask
    appeals: Mask
    open: Mask                      # goods still wait

    @classmethod
    def none(cls, lanes: int, origins: int, members: int) -> Files:
        """No file at all."""
        def empty(*shape: int) -> Array:
            return np.zeros((0, *shape))

        no = np.zeros((0, members), dtype=bool)
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0), empty(lanes, members),
                   empty(origins, members), empty(members), empty(members), empty(members), empty(members), no, no, no)

    def extend(self, other: Files) -> None:
        """Add newer files."""
        for name in self.__dataclass_fields__:
            setattr(self, name, np.concatenate((getattr(self, name), getattr(other, name))))

    def forget_closed(self) -> None:
        """Drop files that are closed in every member."""
        keep = self.open.any(axis=1)
        if not keep.all():
            for name in self.__dataclass_fields__:
                setattr(self, name, getattr(self, name)[keep])


@dataclass(frozen=True)
class Decided:
    """Goods that leave the border now, entry by entry; arrays of shape (entry,), tonnes (entry, origin) [t]."""

    lane: NDArray[np.int64]
    member: NDArray[np.int64]
    tonnes: Array


class Licensing:
    """One licence requirement: which goods it stops, the files they wait in, and the office.

    Parameters
    ----------
    measure : the `export_licence` of the scenario
    lanes : lanes concerned
    normal_files : files a day at the normal flow, per office; sets the number of clerks
    """

    def __init__(self, measure: Any, span: Span, context: Context, origins: int) -> None:
        self.id, self.span, self._context = measure.id, span, context
        self.lanes = context.lanes(measure)
        number = context.number
        self._scope, self._ramp = number(measure, "scope"), number(measure, "enforcement_ramp")
        self.leak, self.leak_delay = number(measure, "leakage"), number(measure, "leakage_delay")
        office = measure.office
        self._law = {name: context.pins.number(f"{measure.id}.office.{name}", getattr(office, name)) for name in (
            "documents", "documents_cv", "returned", "refile", "refile_cv", "service", "service_cv", "load", "statutory",
            "statutory_share", "approval", "appeal")}
        self._every = float(office.file_every)
        self.desks, self.offices = _desks(measure, context, self.lanes)
        self._desk_of = np.zeros(len(context.network.lanes), dtype=np.int64)
        self._slot_of = np.zeros(len(context.network.lanes), dtype=np.int64)
        for d, desk in enumerate(self.desks):
            self._desk_of[desk.lanes], self._slot_of[desk.lanes] = d, np.arange(desk.lanes.size)
        self._width = max((desk.lanes.size for desk in self.desks), default=0)
        self._lane_of = np.full((len(self.desks), self._width), -1, dtype=np.int64)
        for d, desk in enumerate(self.desks):
            self._lane_of[d, : desk.lanes.size] = desk.lanes
        self._office_of = np.array([desk.office for desk in self.desks], dtype=np.int64)
        members = context.pins.members
        self._clerks = [Clerks(self._staff(office, int((self._office_of == o).sum()))) for o in range(len(self.offices))]
        self._clocks = [OfficeClock(members) for _ in self.offices]
        self._speeds = [(s, float((s.start - context.start).days), float((s.end - context.start).days),
                         context.selected(s.destinations, np.array([o.split("|")[0] for o in self.offices])))
                        for s in measure.speeds]
        self._mass = np.zeros((len(self.desks), self._width, members))
        self._origin = np.zeros((len(self.desks), origins, members))
        self._count = np.zeros(len(self.desks), dtype=np.int64)
        self._next = np.array([self._every * (1 + address(desk.name, "filing day") % 97 / 97) for desk in self.desks])
        self.files = Files.none(self._width, origins, members)
        self.tally = np.zeros((len(self.offices), 5, members))      # filed, granted, refused, returned, days waited

    def _staff(self, office: Any, desks: int) -> NDArray[np.int64]:
        members = self._context.pins.members
        if office.clerks != "auto":
            return np.full(members, int(office.clerks))
        return clerks_for(desks / self._every, self._law["service"], self._law["load"])

    def stopped(self, terms: Terms, today: float, step: float) -> Array:
        """Share of the goods on each lane concerned that needs a licence now, (lane concerned, member) [1]."""
        bound = self.span.in_force(today, step)
        enforced = np.divide(self.span.since(today) + step, self._ramp, out=np.ones_like(bound), where=self._ramp > 0.0)
        return bound * self._scope * np.minimum(enforced, 1.0) * (1.0 - terms.exempt[self.lanes])

    def hold(self, lanes: NDArray[np.int64], tonnes: Array, mix: Array) -> None:
        """Add goods to the files being prepared: tonnes (lane, member), mix (lane, origin, member)."""
        desk, slot = self._desk_of[lanes], self._slot_of[lanes]
        self._mass[desk, slot] += tonnes
        for place in range(self._width):
            here = slot == place
            self._origin[desk[here]] += tonnes[here][:, None, :] * mix[here]

    def file(self, today: float, step: float) -> None:
        """Send in the files whose day has come, in order of name."""
        due = np.flatnonzero((self._next < today + step) & self._mass.any(axis=(1, 2)))
        late = self._next < today + step
        self._next[late] += np.ceil((today + step - self._next[late]) / self._every) * self._every
        if due.size == 0:
            return
        total = self._origin[due].sum(axis=1, keepdims=True)
        mix = np.divide(self._origin[due], total, out=np.zeros_like(self._origin[due]), where=total > 0.0)
        fate = [self._fate(self.desks[d], int(self._count[d]), today) for d in due]
        mass = self._mass[due]
        members = mass.shape[2]
        news = Files(due, self._count[due].copy(), np.full(due.size, today), mass, mix, *(
            np.stack([f[i] for f in fate]) for i in range(2)), np.full((due.size, members), np.inf),
            *(np.stack([f[i] for f in fate]) for i in range(2, 5)), mass.sum(axis=1) > 0.0)
        self.files.extend(news)
        for entry, d in enumerate(due):
            present = news.open[entry]
            self.tally[self._office_of[d], 0] += present
            self.tally[self._office_of[d], 3] += np.where(present, fate[entry][5], 0.0)
        self._mass[due], self._origin[due] = 0.0, 0.0
        self._count[due] += 1

    def _fate(self, desk: Desk, number: int, today: float) -> tuple[Array, Array, Array, Mask, Mask, Array]:
        """Arrival at the queue, service, earliest decision, refused, appeals, times returned; each of shape (member,)."""
        law, chance, owner, first = self._law, self._context.pins.chance, f"{self.id}|{desk.name}", number * _DRAWS
        arrival = today + lognormal(law["documents"], law["documents_cv"], chance.normal(owner, "file", first))
        back = np.ones(arrival.shape, dtype=bool)
        returns = np.zeros_like(arrival)
        for k in range(_RETURNS):
            back = back & (chance.uniform(owner, "file", first + k) < law["returned"])
            again = lognormal(law["refile"], law["refile_cv"], chance.normal(owner, "file", first + 2 + 2 * k)) + lognormal(
                law["documents"], law["documents_cv"], chance.normal(owner, "file", first + 3 + 2 * k))
            arrival = arrival + np.where(back, again, 0.0)
            returns += back
        service = lognormal(law["service"], law["service_cv"], chance.normal(owner, "file", first + 1))
        waits = chance.uniform(owner, "file", first + 8) < law["statutory_share"]
        refused = chance.uniform(owner, "file", first + 9) >= law["approval"]
        appeals = chance.uniform(owner, "file", first + 10) < law["appeal"]
        return arrival, service, np.where(waits, today + law["statutory"], today), refused, appeals, returns

    def review(self, banned: Array, today: float, step: float) -> None:
        """Let the clerks work for one step: files enter each queue in order of filing."""
        for office, clock in enumerate(self._clocks):
            speed = np.ones(banned.shape[1])
            for _, begins, ends, concerned in self._speeds:
                if concerned[office] and begins < today + step and today < ends:
                    speed = speed * _.speed
            clock.advance(speed, step)
            self._enter(office, clock, today, step)

    def _enter(self, office: int, clock: OfficeClock, today: float, step: float) -> None:
        files = self.files
        mine = np.flatnonzero(self._office_of[files.desk] == office)
        if mine.size == 0:
            return
        entering = (files.arrival[mine] < today + step) & files.open[mine] & np.isinf(files.done[mine])
        for turn in _turns(entering):
            present = turn >= 0
            file = mine[np.maximum(turn, 0)]
            member = np.arange(turn.size)
            arrival = clock.at(np.clip(files.arrival[file, member] - today, 0.0, step))
            service = files.service[file, member]
            done = self._clerks[office].begin(arrival, service, present) + service
            files.done[file[present], member[present]] = done[present]

    def decide(self, terms: Terms, today: float, step: float) -> tuple[Decided, Decided]:
        """Goods granted now, and goods refused for good now."""
        files = self.files
        nothing = Decided(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros((0, files.mix.shape[1])))
        if files.desk.size == 0:
            return nothing, nothing
        office_now = np.stack([c.before for c in self._clocks])[self._office_of[files.desk]]
        lane = self._lane_of[files.desk, 0]
        free = (self.span.in_force(today, step) <= 0.0) | (terms.exempt[lane] > 0.5)
        decided = (files.done <= office_now + 1e-9) & (files.not_before <= today + 1e-9)
        ready = files.open & (decided | free) & (terms.banned[lane] < 0.5)
        refused = ready & files.refused & ~free
        self._appeal(refused & files.appeals, today)
        final = refused & ~files.appeals
        granted = ready & ~refused
        self._count_decisions(granted, final, today)
        files.appeals &= ~refused
        files.open &= ~(granted | final)
        out = self._entries(granted), self._entries(final)
        files.forget_closed()
        return out

    def _appeal(self, again: Mask, today: float) -> None:
        """Refused files that are filed once more; the second decision is another draw."""
        files, law, chance = self.files, self._law, self._context.pins.chance
        for f in np.flatnonzero(again.any(axis=1)):
            owner, first = f"{self.id}|{self.desks[files.desk[f]].name}", int(files.number[f]) * _DRAWS
            fix = lognormal(law["refile"], law["refile_cv"], chance.normal(owner, "file", first + 10))
            files.arrival[f] = np.where(again[f], today + fix, files.arrival[f])
            files.done[f] = np.where(again[f], np.inf, files.done[f])
            second = chance.uniform(owner, "file", first + 11) >= law["approval"]
            files.refused[f] = np.where(again[f], second, files.refused[f])

    def _count_decisions(self, granted: Mask, refused: Mask, today: float) -> None:
        office = self._office_of[self.files.desk]
        waited = np.where(granted, today - self.files.filed[:, None], 0.0)
        for o in range(len(self.offices)):
            mine = office == o
            self.tally[o, 1] += granted[mine].sum(axis=0)
            self.tally[o, 2] += refused[mine].sum(axis=0)
            self.tally[o, 4] += waited[mine].sum(axis=0)

    def _entries(self, which: Mask) -> Decided:
        file, member = np.nonzero(which)
        lanes, mass = self._lane_of[self.files.desk[file]], self.files.mass[file, :, member]
        entry, slot = np.nonzero((lanes >= 0) & (mass > 0.0))
        tonnes = mass[entry, slot][:, None] * self.files.mix[file[entry], :, member[entry]]
        return Decided(lanes[entry, slot], member[entry], tonnes)

    def held(self) -> Array:
        """Goods that wait on each lane, files in preparation included, (lane of the network, member) [t]."""
        out = np.zeros((len(self._context.network.lanes), self._mass.shape[2]))
        waiting = self._mass.copy()
        np.add.at(waiting, self.files.desk, self.files.mass * self.files.open[:, None, :])
        for d, desk in enumerate(self.desks):
            out[desk.lanes] = waiting[d, : desk.lanes.size]
        return out


def _turns(entering: Mask) -> list[NDArray[np.int64]]:
    """The first, second, third … file of each member, as arrays (member,) of rows; -1 where there is none."""
    member, row = np.nonzero(entering.T)
    counts = entering.sum(axis=0)
    place = np.arange(member.size) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((int(counts.max(initial=0)), entering.shape[1]), -1, dtype=np.int64)
    table[place, member] = row
    return list(table)


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
    return [Desk(name, offices.index(group_of[str(net.importer[found[0]])]), np.array(found, dtype=np.int64))
            for name, found in sorted(bundles.items())], offices


def _group_of(measure: Any, context: Context, countries: list[str]) -> dict[str, str]:
    if measure.grouping == "all":
        return dict.fromkeys(countries, "all")
    if measure.grouping == "each":
        return {c: c for c in countries}
    named = {c: "|".join(group) for group in measure.grouping for c in context.expand(group)}
    return {c: named.get(c, "others") for c in countries}
