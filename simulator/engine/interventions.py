"""From measures as a user writes them to what they amend while in force: one function per kind.

An intervention never undoes anything; it expires. When it applies is an array over members: the arm it belongs to,
whether it really took effect, and the day on which its uncertain date has come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.engine.network import Network
from simulator.engine.pins import Pins
from simulator.engine.terms import Terms
from simulator.scenario.quantities import Selection, UncertainDate
from simulator.scenario.uncertain import Uncertain

if TYPE_CHECKING:
    from simulator.engine.quotes import Quotes

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Span:
    """When something binds, in days since the start; arrays of shape (member,). Never, where `active` is False."""

    active: Mask
    begins: Array
    ends: Array
    pauses: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pauses", _apart(self.pauses))

    def in_force(self, today: float, step: float) -> Array:
        """Share of the step that begins `today` in which it binds, shape (member,)."""
        bound = _overlap(self.begins, self.ends, today, step)
        for pause_begins, pause_ends in self.pauses:
            bound = bound - _overlap(
                np.maximum(self.begins, pause_begins), np.minimum(self.ends, pause_ends), today, step
            )
        return np.where(self.active, np.maximum(bound, 0.0), 0.0)

    def days_between(self, first: Array, last: float) -> Array:
        """Days from `first` (..., member) to `last` on which it binds, shape of `first` [d]."""
        bound = _days(self.begins, self.ends, first, last)
        for begins, ends in self.pauses:
            bound = bound - _days(np.maximum(self.begins, begins), np.minimum(self.ends, ends), first, last)
        return np.where(self.active, np.maximum(bound, 0.0), 0.0)

    def since(self, today: float) -> Array:
        """Days since it began, at least 0."""
        return np.maximum(today - self.begins, 0.0)

    def edges(self) -> Iterable[float]:
        """Days on which something changes for some member."""
        mine = np.unique(np.concatenate((self.begins[self.active], self.ends[self.active])))
        yield from mine[np.isfinite(mine)].tolist()
        for pause in self.pauses:
            yield from pause


def _apart(pauses: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The same pauses in order of time, those that overlap made one: a day must not be taken off twice."""
    out: list[tuple[float, float]] = []
    for begins, ends in sorted(pauses):
        if out and begins <= out[-1][1]:
            out[-1] = out[-1][0], max(out[-1][1], ends)
        else:
            out.append((begins, ends))
    return tuple(out)


def _overlap(begins: Array, ends: Array, today: float, step: float) -> Array:
    return _days(begins, ends, today, today + step) / step


def _days(begins: Array, ends: Array, first: Array | float, last: float) -> Array:
    return np.maximum(np.minimum(ends, last) - np.maximum(begins, first), 0.0)


def grown(since: Array, ramp: Array) -> Array:
    """How far something has built up some days after it began, over a ramp; (member,) each, from 0 to 1."""
    return np.minimum(np.divide(since, ramp, out=np.ones_like(since), where=ramp > 0.0), 1.0)


class Intervention(Protocol):
    """Something in force for some members for some time, that amends the terms of what it concerns."""

    @property
    def id(self) -> str:
        """Name of the measure."""
        ...

    @property
    def span(self) -> Span:
        """When it binds."""
        ...

    @property
    def until_full(self) -> float:
        """Days during which its strength still grows [d]."""
        ...

    @property
    def monthly(self) -> bool:
        """Whether what it concerns is looked up afresh once a month."""
        ...

    def amend(self, terms: Terms, today: float, step: float) -> None:
        """Amend the terms for a step."""
        ...


@dataclass(frozen=True)
class Amendment:
    """An intervention that changes terms only; `change` receives terms, strength in force and days since it began."""

    id: str
    span: Span
    change: Callable[[Terms, Array, Array], None]
    until_full: float = 0.0  # days during which its strength still grows
    monthly: bool = False  # what it concerns is looked up afresh once a month

    def amend(self, terms: Terms, today: float, step: float) -> None:
        """Amend the terms for a step."""
        bound = self.span.in_force(today, step)
        if bound.any():
            self.change(terms, bound, self.span.since(today))


@dataclass(frozen=True)
class Context:
    """What a measure is resolved against."""

    network: Network
    pins: Pins
    start: date
    arm: NDArray[np.int64]
    groups: Mapping[str, tuple[str, ...]]
    by_price: Mask | None = None  # (member,) where leakage around controls of the inside country follows the price
    measures: Sequence[tuple[Any, tuple[int, ...]]] = ()  # every measure, with the arms that have it
    quotes: Quotes | None = None  # what measures that follow prices look at

    def number(self, measure: Any, name: str) -> Array:
        """A number of a measure, drawn once per replication, shape (member,)."""
        value = getattr(measure, name)
        value = value if isinstance(value, Uncertain) else Uncertain.exactly(float(value))
        return self.pins.number(f"{measure.id}.{name}", value)

    def leakage(self, measure: Any) -> Array:
        """Share that leaks around a ban, (member,): all of it where prices say how much in each step."""
        stated = self.number(measure, "leakage")
        if self.by_price is None or measure.exporter != self.network.world.inside:
            return stated
        return np.where(self.by_price, 1.0, stated)

    def span(self, measure: Any, arms: tuple[int, ...]) -> Span:
        """When a measure binds for each member."""
        begins = self.day(measure, "effective", measure.effective)
        ends = np.full(self.pins.members, np.inf)
        if measure.expires is not None:
            ends = self.day(measure, "expires", measure.expires)
        elif measure.duration is not None:
            ends = begins + np.rint(self.number(measure, "duration"))
        active = self._happens(measure, arms)
        pauses = tuple(
            (float((s.start - self.start).days), np.inf if s.end is None else float((s.end - self.start).days))
            for s in measure.suspended
        )
        return Span(active, begins, ends, pauses)

    def _happens(self, measure: Any, arms: tuple[int, ...]) -> Mask:
        """Whether a measure takes force at all, (member,); not without the one on which it depends."""
        luck = self.pins.chance.uniform(measure.id, "takes effect") < measure.p_effect
        happens = np.isin(self.arm, arms) & luck & (measure.status != "never_took_effect")
        if measure.only_if is None:
            return happens
        other = np.zeros(self.pins.members, dtype=bool)
        for before, theirs in self.measures:
            if before.id == measure.only_if:
                other |= self._happens(before, theirs)
        return happens & other

    def day(self, measure: Any, name: str, when: date | UncertainDate) -> Array:
        """A date of a measure, drawn once per replication, (member,) [d after the start]."""
        if isinstance(when, date):
            return np.full(self.pins.members, float((when - self.start).days))
        return self.pins.day(f"{measure.id}.{name}", (when.earliest, when.central, when.latest), self.start)

    def countries(self, destinations: Selection, exporter: str) -> Mask:
        """Lanes to the destinations of a measure, at home excepted, shape (lane,)."""
        importer = self.network.lanes.importer
        return self.selected(destinations, importer) & (importer != exporter)

    def selected(self, names: Selection, among: NDArray[np.str_]) -> Mask:
        """Which of `among` a selection means: all, a list of names or groups, or all but some."""
        if names.names is None:
            return ~np.isin(among, self.expand(names.excluded))
        return np.isin(among, self.expand(names.names))

    def expand(self, names: Iterable[str]) -> list[str]:
        """Countries meant by a list of countries and groups."""
        return [c for name in names for c in self.groups.get(name, (name,))]

    def sites(self, measure: Any) -> Mask:
        """Facilities that a measure concerns by id, country and stage, shape (facility,)."""
        sites = self.network.facilities
        ids, countries, stages = (np.array([getattr(f, key) for f in sites]) for key in ("id", "country", "stage"))
        at = self.selected(measure.countries, countries) & self.selected(measure.stages, stages)
        return at & self.selected(measure.facilities, ids)

    def sold(self, measure: Any) -> NDArray[np.int64]:
        """Lanes of what sellers of a country have to sell, at home and abroad, shape (lane concerned,)."""
        lanes = self.network.lanes
        mine = np.isin(lanes.exporter, self.expand([measure.country]))
        return np.flatnonzero(mine & np.isin(lanes.commodity, list(measure.commodities)))

    def lanes(self, measure: Any) -> NDArray[np.int64]:
        """Lanes that an export measure concerns, shape (lane concerned,)."""
        lanes = self.network.lanes
        concerned = (lanes.exporter == measure.exporter) & np.isin(lanes.commodity, list(measure.commodities))
        return np.flatnonzero(concerned & self.countries(measure.destinations, measure.exporter))


def export_ban(measure: Any, span: Span, context: Context) -> Amendment:
    """None may leave; a share finds another way, later."""
    lanes = context.lanes(measure)
    leak, delay = context.leakage(measure), context.number(measure, "leakage_delay")

    def change(terms: Terms, bound: Array, since: Array) -> None:
        ban(terms, lanes, bound, leak, delay)

    return Amendment(measure.id, span, change)


def ban(
    terms: Terms, lanes: NDArray[np.int64], bound: Array, leak: Array | float = 0.0, delay: Array | float = 0.0
) -> None:
    """Forbid a share of what may leave, (member,) or (lane concerned, member); a part of it finds another way."""
    terms.banned[lanes] = np.maximum(terms.banned[lanes], bound)
    terms.leak[lanes] = np.where(bound > 0.0, np.minimum(terms.leak[lanes], leak), terms.leak[lanes])
    terms.leak_delay[lanes] = np.where(bound > 0.0, np.maximum(terms.leak_delay[lanes], delay), terms.leak_delay[lanes])


def military_end_use_ban(measure: Any, span: Span, context: Context) -> Amendment:
    """None may leave for the named sectors; exporters in doubt hold back a share of the civil flow too."""
    lanes = context.lanes(measure)
    sector = context.network.lanes.sector[lanes]
    military, civil = lanes[np.isin(sector, list(measure.sectors))], lanes[~np.isin(sector, list(measure.sectors))]
    commodity = context.network.lanes.commodity[civil]
    caution = [
        (
            civil[np.isin(commodity, list(part.commodities))],
            context.pins.number(f"{measure.id}.overcompliance.{i}", part.share),
        )
        for i, part in enumerate(measure.overcompliance)
    ]

    def change(terms: Terms, bound: Array, since: Array) -> None:
        ban(terms, military, bound)
        for some, share in caution:
            ban(terms, some, bound * share)

    return Amendment(measure.id, span, change)


def general_licence(measure: Any, span: Span, context: Context) -> Amendment:
    """Trusted pairs of exporter and customer need no licence for each consignment."""
    lanes = context.lanes(measure)
    coverage, ramp = context.number(measure, "coverage"), context.number(measure, "ramp")
    names, chance = context.network.lanes.names, context.pins.chance
    pairs = [f"{names[i][2]}>{names[i][0].split('/')[0]}" for i in lanes]
    shape = (lanes.size, coverage.size)
    trusted = np.array([chance.uniform(pair, "trusted") < coverage for pair in pairs], dtype=bool).reshape(shape)
    turn = np.array([chance.uniform(pair, "trusted from") * ramp for pair in pairs], dtype=float).reshape(shape)

    def change(terms: Terms, bound: Array, since: Array) -> None:
        terms.exempt[lanes] = np.maximum(terms.exempt[lanes], np.where(trusted & (since >= turn), bound, 0.0))

    return Amendment(measure.id, span, change, until_full=float(ramp.max()))


class LicenceFacilitation:
    """One `licence_facilitation`: trusted pairs as under a general licence, and the pace of the office for all others."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, self.span, self.exporter = measure.id, span, measure.exporter
        self.lanes, self.speed = context.lanes(measure), context.number(measure, "speed")
        self.amendments = (general_licence(measure, span, context),)


def export_tax(measure: Any, span: Span, context: Context) -> Amendment:
    """A share of the value is paid on leaving."""
    return _duty(measure, span, context.lanes(measure), context)


def import_tariff(measure: Any, span: Span, context: Context) -> Amendment:
    """A share of the value is paid on entering."""
    lanes = context.network.lanes
    inside = np.isin(lanes.importer, context.expand([measure.importer]))
    concerned = (
        inside
        & context.selected(measure.exporters, lanes.exporter)
        & np.isin(lanes.commodity, list(measure.commodities))
        & lanes.abroad
    )
    return _duty(measure, span, np.flatnonzero(concerned), context)


def _duty(measure: Any, span: Span, lanes: NDArray[np.int64], context: Context) -> Amendment:
    rate = context.number(measure, "rate")

    def change(terms: Terms, bound: Array, since: Array) -> None:
        terms.duty[lanes] += bound * rate

    return Amendment(measure.id, span, change)


def outage(measure: Any, span: Span, context: Context) -> Amendment:
    """Named sites work at a share of their capacity."""
    return _slow(measure, span, set(measure.facilities), context)


def feed_loss(measure: Any, span: Span, context: Context) -> Amendment:
    """The mines of a country that make a commodity work at a share of their capacity."""
    recipes = context.network.world.recipes
    sites = {
        f.id
        for f in context.network.facilities
        if f.country == measure.country
        and not recipes[f.recipe].inputs
        and recipes[f.recipe].outputs[0].commodity in set(measure.commodities)
    }
    return _slow(measure, span, sites, context)


def _slow(measure: Any, span: Span, sites: set[str], context: Context) -> Amendment:
    rows = np.array([i for i, f in enumerate(context.network.facilities) if f.id in sites], dtype=np.int64)
    remaining = context.number(measure, "remaining")

    def change(terms: Terms, bound: Array, since: Array) -> None:
        terms.rate[rows] *= 1.0 - bound * (1.0 - remaining)

    return Amendment(measure.id, span, change)


def demand_shift(measure: Any, span: Span, context: Context) -> Amendment:
    """Final demand of some sectors grows or falls, over a ramp."""
    demand = [d for m in context.network.markets for d in m.demand]
    rows = np.flatnonzero(
        context.selected(measure.countries, np.array([d.country for d in demand]))
        & context.selected(measure.sectors, np.array([d.sector for d in demand]))
        & context.selected(measure.commodities, np.array([d.commodity for d in demand]))
    )
    change_by, ramp = context.number(measure, "change"), context.number(measure, "ramp")

    def change(terms: Terms, bound: Array, since: Array) -> None:
        terms.demand[rows] *= 1.0 + bound * grown(since, ramp) * change_by

    return Amendment(measure.id, span, change, until_full=float(ramp.max()))


def lane_change(measure: Any, span: Span, context: Context) -> Amendment:
    """A lane takes longer, or carries less."""
    lanes = context.network.lanes
    rows = np.flatnonzero(
        context.selected(measure.exporters, lanes.exporter)
        & context.selected(measure.importers, lanes.importer)
        & lanes.abroad
    )
    extra, capacity = context.number(measure, "extra"), context.number(measure, "capacity")

    def change(terms: Terms, bound: Array, since: Array) -> None:
        terms.extra[rows] += np.where(bound > 0.0, extra, 0.0)
        terms.through[rows] = np.minimum(
            terms.through[rows], np.where((bound > 0.0) & (capacity < 1.0), capacity, np.inf)
        )

    return Amendment(measure.id, span, change)


def domestic_priority(measure: Any, span: Span, context: Context) -> Amendment:
    """Home buyers are served first with a share of what there is."""
    lanes = context.network.lanes
    rows = context.sold(measure)
    rank = (~lanes.abroad[rows]).astype(np.int8)
    return by_class(measure.id, span, rows, rank, context.number(measure, "factor"), 0.0)


def supply_priority(measure: Any, span: Span, context: Context) -> Amendment:
    """Buyers are served class by class with a share of what there is; a part of it is kept for the lowest class."""
    lanes = context.network.lanes
    rows = context.sold(measure)
    rank = np.zeros(rows.size, dtype=np.int8)
    for place, one in enumerate(reversed(measure.classes), start=1):
        mine = context.selected(one.countries, lanes.importer[rows]) & context.selected(one.sectors, lanes.sector[rows])
        rank[mine] = place
    factor, kept = (context.number(measure, name) for name in ("factor", "kept"))
    return by_class(measure.id, span, rows, rank, factor, kept)


def by_class(
    id: str, span: Span, rows: NDArray[np.int64], rank: NDArray[np.int8], factor: Array, kept: Array | float
) -> Amendment:
    """Serve buyers on some lanes by rank (lane concerned,) with a share of what there is."""

    def change(terms: Terms, bound: Array, since: Array) -> None:
        terms.by_class[rows] = np.maximum(terms.by_class[rows], bound * factor)
        terms.rank[rows] = np.maximum(terms.rank[rows], np.where(bound > 0.0, rank[:, None], 0))
        terms.kept[rows] = np.maximum(terms.kept[rows], np.where(bound > 0.0, kept, 0.0))

    return Amendment(id, span, change)


def customs_hold(measure: Any, span: Span, context: Context) -> Amendment:
    """Goods that look like listed ones are stopped for testing, in the first days of a control."""
    lanes = context.lanes(measure)
    chance, days = context.number(measure, "probability"), context.number(measure, "held")
    ends = np.minimum(span.ends, span.begins + context.number(measure, "days"))

    def change(terms: Terms, bound: Array, since: Array) -> None:
        terms.stopped[lanes] = np.maximum(terms.stopped[lanes], bound * chance)
        terms.tested[lanes] = np.maximum(terms.tested[lanes], np.where(bound > 0.0, days, 0.0))

    return Amendment(measure.id, replace(span, ends=ends), change)


def framework_agreement(measure: Any, span: Span, context: Context) -> Amendment:
    """A text without tonnes and without money amends nothing."""
    return Amendment(measure.id, span, lambda terms, bound, since: None)


AMENDING: dict[str, Callable[[Any, Span, Context], Amendment]] = {
    f.__name__: f
    for f in (
        export_ban,
        military_end_use_ban,
        general_licence,
        export_tax,
        import_tariff,
        outage,
        feed_loss,
        demand_shift,
        lane_change,
        domestic_priority,
        supply_priority,
        customs_hold,
        framework_agreement,
    )
}
