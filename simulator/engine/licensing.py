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

from simulator.engine.chance import TILE, address
from simulator.engine.files import Files
from simulator.engine.grouping import Grouping
from simulator.engine.interventions import Context, Span
from simulator.engine.office import Clerks, OfficeClock, clerks_for, lognormal
from simulator.engine.terms import Terms

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_RETURNS = 4  # a file comes back at most this often; the chance of more is below 1 %
_DRAWS = 16  # places kept for the draws of one file
_PER_PAGE = TILE // _DRAWS


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


@dataclass(frozen=True)
class Fate:
    """What is in store for some new files: `returns` (file, member), and the columns of `Files` by name."""

    returns: Array
    dates: dict[str, Any]


class Licensing:
    """One licence requirement: which goods it stops, the files they wait in, and the office.

    Parameters
    ----------
    measure : the `export_licence` of the scenario
    span : when it is in force
    origins : number of origins that stocks tell apart
    """

    def __init__(self, measure: Any, span: Span, context: Context, origins: int) -> None:
        self.id, self.span, self._context = measure.id, span, context
        self.lanes = context.lanes(measure)
        number = context.number
        self._scope, self._ramp = number(measure, "scope"), number(measure, "enforcement_ramp")
        self.leak, self.leak_delay = number(measure, "leakage"), number(measure, "leakage_delay")
        office = measure.office
        self._law = {
            name: context.pins.number(f"{measure.id}.office.{name}", getattr(office, name))
            for name in (
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
        }
        self._every = float(office.file_every)
        self.desks, self.offices = _desks(measure, context, self.lanes)
        self._desk_of = np.zeros(len(context.network.lanes), dtype=np.int64)
        self._slot_of = np.zeros(len(context.network.lanes), dtype=np.int64)
        for d, desk in enumerate(self.desks):
            self._desk_of[desk.lanes], self._slot_of[desk.lanes] = d, np.arange(desk.lanes.size)
        self.to_buyer = Grouping(
            context.network.lanes.buyer[self.lanes], len(context.network.rows), context.network.lanes.rank[self.lanes]
        )
        self._width = max((desk.lanes.size for desk in self.desks), default=0)
        self._lane_of = np.full((len(self.desks), self._width), -1, dtype=np.int64)
        for d, desk in enumerate(self.desks):
            self._lane_of[d, : desk.lanes.size] = desk.lanes
        self._office_of = np.array([desk.office for desk in self.desks], dtype=np.int64)
        members, desks = context.pins.members, len(self.desks)
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
        self._mass = np.zeros((desks, self._width, members))
        self._origin = np.zeros((desks, origins, members))
        self._count = np.zeros(desks, dtype=np.int64)  # filing days so far
        self._page = np.full(desks, -1, dtype=np.int64)  # page of draws at hand
        self._next = np.array([self._every * (1 + address(desk.name, "filing day") % 97 / 97) for desk in self.desks])
        self._normal, self._uniform = np.zeros((desks, TILE, members)), np.zeros((desks, TILE, members))
        self.files = Files(self._width, origins, members)
        self.tally = np.zeros((len(self.offices), 5, members))  # filed, granted, refused, returned, days waited

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
        days_come = np.ceil((today + step - self._next[late]) / self._every)
        self._next[late] += days_come * self._every
        # Filing days are counted, not files: a file's luck must not depend on whether other members had goods to file.
        number = self._count[due]
        self._count[late] += days_come.astype(np.int64)
        if due.size == 0:
            return
        total = self._origin[due].sum(axis=1, keepdims=True)
        mix = self._origin[due] / np.where(total > 0.0, total, 1.0)
        mass = self._mass[due]
        filed = today + step - min(step, 1.0)  # a week's goods are filed when the week is over
        fate = self._fate(due, number, filed)
        present = mass.sum(axis=1) > 0.0
        self.files.add(desk=due, filed=np.full(due.size, filed), mass=mass, mix=mix, open=present, **fate.dates)
        self._count_files(self._office_of[due], {0: present, 3: np.where(present, fate.returns, 0.0)})
        self._mass[due], self._origin[due] = 0.0, 0.0

    def _fate(self, desks: NDArray[np.int64], number: NDArray[np.int64], today: float) -> Fate:
        """What chance and the law have in store for the file that some desks send in on their filing day `number`."""
        law, z, u = self._law, *self._luck(desks, number)
        arrival = today + lognormal(law["documents"], law["documents_cv"], z[:, 0])
        back, returns = np.ones(arrival.shape, dtype=bool), np.zeros(arrival.shape)
        for k in range(_RETURNS):
            back = back & (u[:, k] < law["returned"])
            again = lognormal(law["refile"], law["refile_cv"], z[:, 2 + 2 * k]) + lognormal(
                law["documents"], law["documents_cv"], z[:, 3 + 2 * k]
            )
            arrival = arrival + np.where(back, again, 0.0)
            returns += back
        waits = u[:, 8] < law["statutory_share"]
        return Fate(
            returns,
            {
                "arrival": arrival,
                "service": lognormal(law["service"], law["service_cv"], z[:, 1]),
                "not_before": np.where(waits, today + law["statutory"], today),
                "refused": u[:, 9] >= law["approval"],
                "appeals": u[:, 10] < law["appeal"],
                "mended": lognormal(law["refile"], law["refile_cv"], z[:, 10]),
                "refused_again": u[:, 11] >= law["approval"],
            },
        )

    def _luck(self, desks: NDArray[np.int64], number: NDArray[np.int64]) -> tuple[Array, Array]:
        """Normal and uniform draws for filing day `number` of some desks, (desk, draw, member) each."""
        page, place = np.divmod(number, _PER_PAGE)
        turned = page != self._page[desks]
        for desk, new in zip(desks[turned], page[turned], strict=True):
            owner, chance = f"{self.id}|{self.desks[desk].name}", self._context.pins.chance
            self._normal[desk] = chance.page("normal", owner, "file", int(new))
            self._uniform[desk] = chance.page("uniform", owner, "file", int(new))
        self._page[desks] = page
        draws = (place * _DRAWS)[:, None] + np.arange(_DRAWS)
        return self._normal[desks[:, None], draws], self._uniform[desks[:, None], draws]

    def review(self, today: float, step: float) -> None:
        """Let the clerks work for one step: files enter each queue in order of filing."""
        speed = np.ones((len(self.offices), self._members))
        for pace, begins, ends, concerned in self._speeds:
            if begins < today + step and today < ends:
                speed[concerned] *= pace
        self._clock.advance(speed.reshape(-1), step)
        files = self.files
        file, member = np.nonzero(files.open & (files.arrival < today + step) & np.isinf(files.done))
        queue = self._office_of[files.desk[file]] * self._members + member
        for those in turns(queue, files.serial[file], self._clock.now.size):
            here, f, m = queue[those], file[those], member[those]
            arrival = self._clock.at(np.clip(files.arrival[f, m] - today, 0.0, step), here)
            service = files.service[f, m]
            files.done[f, m] = self._clerks.begin(arrival, service, here) + service

    def decide(self, terms: Terms, today: float, step: float) -> tuple[Decided, Decided]:
        """Goods granted now, and goods refused for good now."""
        files = self.files
        # What falls due within a long step leaves in its middle, so that on average nothing waits longer for the step.
        middle = max(step - 1.0, 0.0) / 2.0
        office_now = self._clock.at(np.full(self._clock.now.size, middle)).reshape(len(self.offices), -1)[
            self._office_of[files.desk]
        ]
        decided = files.open & (files.done <= office_now + 1e-9) & (files.not_before <= today + middle + 1e-9)
        released = self.span.in_force(today, step) <= 0.0
        lane = self._lane_of[files.desk, 0]
        if terms.exemptions:
            released = released | (terms.exempt[lane] > 0.5)
        ready = files.open & (decided | released)
        if terms.bans:
            ready &= terms.banned[lane] < 0.5
        refused = ready & files.refused & ~released
        again, final = refused & files.appeals, refused & ~files.appeals
        files.appeal(again, today)
        granted = ready & ~refused
        self._count_decisions(granted, final, today)
        out = self._entries(granted), self._entries(final)
        files.close(granted | final)
        return out

    def _count_decisions(self, granted: Mask, refused: Mask, today: float) -> None:
        some = np.flatnonzero((granted | refused).any(axis=1))
        office = self._office_of[self.files.desk[some]]
        waited = np.where(granted[some], today - self.files.filed[some, None], 0.0)
        self._count_files(office, {1: granted[some], 2: refused[some], 4: waited})

    def _count_files(self, office: NDArray[np.int64], counts: dict[int, Any]) -> None:
        for one in np.unique(office):
            for place, count in counts.items():
                self.tally[one, place] += count[office == one].sum(axis=0)

    def _entries(self, which: Mask) -> Decided:
        # By serial number, not by slot: which slot is free depends on the other members.
        some = np.flatnonzero(which.any(axis=1))
        some = some[np.argsort(self.files.serial[some])]
        place, member = np.nonzero(which[some])
        file = some[place]
        lanes, mass = self._lane_of[self.files.desk[file]], self.files.mass[file, :, member]
        entry, slot = np.nonzero((lanes >= 0) & (mass > 0.0))
        tonnes = mass[entry, slot][:, None] * self.files.mix[file[entry], :, member[entry]]
        return Decided(lanes[entry, slot], member[entry], tonnes)

    def held(self) -> Array:
        """Goods that wait on each lane, files in preparation included, (lane of the network, member) [t]."""
        out = np.zeros((len(self._context.network.lanes), self._members))
        files, waiting = self.files, self._mass.copy()
        some = np.flatnonzero(files.open.any(axis=1))
        for slot in some[np.argsort(files.serial[some])]:
            waiting[files.desk[slot]] += files.mass[slot] * files.open[slot]
        for d, desk in enumerate(self.desks):
            out[desk.lanes] = waiting[d, : desk.lanes.size]
        return out


def turns(queue: NDArray[np.int64], serial: NDArray[np.int64], queues: int) -> list[NDArray[np.int64]]:
    """First the foremost entry of each queue, then the second, and so on: places in `queue`, by serial number."""
    order = np.lexsort((serial, queue))
    counts = np.bincount(queue, minlength=queues)
    place = np.arange(order.size) - np.repeat(np.cumsum(counts) - counts, counts)
    by_place = np.argsort(place, kind="stable")
    return np.split(order[by_place], np.cumsum(np.bincount(place))[:-1]) if order.size else []


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
