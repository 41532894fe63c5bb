"""Larger and smaller worlds from a real one: copies side by side, or only what some final goods need.

A copy has countries, facilities and markets of its own, told apart by "~2", "~3" …; commodities, recipes and parameters
are shared, and so are quotes. The measures of the scenario bind in each copy, so that a copy costs what the original
does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from simulator.scenario.measures import Measure
from simulator.scenario.model import Scenario
from simulator.scenario.quantities import Selection
from simulator.world.model import Source, World

COUNTRIES = ("exporter", "importer", "country")  # fields of measures that name one country or group
SELECTIONS = ("destinations", "exporters", "importers", "countries")


def named(name: str, copy: int) -> str:
    """Return the name of a country, group or facility in a copy; copy 1 is the original."""
    return name if copy == 1 else f"{name}~{copy}"


def holder(name: str, copy: int) -> str:
    """Return the name of a facility, or of a market such as "USA/wind", in a copy."""
    country, slash, sector = name.partition("/")
    return named(country, copy) + slash + sector


def tiled(world: World, copies: int) -> World:
    """Set copies of a world side by side; they trade only within themselves."""
    numbers = range(1, copies + 1)

    def each(rename: Callable[[Any, int], tuple[Any, Any]], table: Mapping[Any, Any]) -> dict[Any, Any]:
        return dict(sorted(rename(key, k) for key in table for k in numbers))

    mined, separated = (
        {name: tuple(named(c, k) for k in numbers for c in members) for name, members in table.items()}
        for table in (world.origins.mined, world.origins.separated)
    )
    return replace(
        world,
        origins=replace(world.origins, mined=mined, separated=separated),
        facilities=each(lambda f, k: (named(f, k), replace(
            world.facilities[f], id=named(f, k), country=named(world.facilities[f].country, k))), world.facilities),
        demand=tuple(sorted((replace(d, country=named(d.country, k)) for d in world.demand for k in numbers),
                            key=lambda d: (d.country, d.sector, d.commodity))),
        sources=tuple(sorted(
            (Source(holder(s.buyer, k), s.commodity, named(s.supplier, k), s.share)
             for s in world.sources for k in numbers),
            key=lambda s: (s.buyer, s.commodity, s.supplier))),
        lanes=each(lambda pair, k: ((named(pair[0], k), named(pair[1], k)), replace(
            world.lanes[pair], exporter=named(pair[0], k), importer=named(pair[1], k))), world.lanes),
        cover=each(lambda key, k: ((holder(key[0], k), key[1]), world.cover[key]), world.cover),
        countries=each(lambda c, k: (named(c, k), world.countries[c]), world.countries),
        groups=each(lambda g, k: (named(g, k), tuple(named(c, k) for c in world.groups[g])), world.groups),
    )  # fmt: skip


def part(world: World, finals: Collection[str]) -> World:
    """Keep the demand for some final goods and the facilities that it pulls."""
    bought: dict[tuple[str, str], list[str]] = defaultdict(list)
    for source in world.sources:
        bought[source.buyer, source.commodity].append(source.supplier)
    demand = tuple(d for d in world.demand if d.commodity in finals)
    todo, kept = [(d.market, d.commodity) for d in demand], set()
    while todo:
        for supplier in bought[todo.pop()]:
            if supplier not in kept:
                kept.add(supplier)
                todo += [(supplier, i.commodity) for i in world.recipes[world.facilities[supplier].recipe].inputs]
    buyers = {(d.market, d.commodity) for d in demand}
    return replace(
        world, demand=demand, facilities={id: f for id, f in world.facilities.items() if id in kept},
        sources=tuple(s for s in world.sources if s.buyer in kept or (s.buyer, s.commodity) in buyers),
    )  # fmt: skip


def in_every_copy(scenario: Scenario, copies: int) -> Scenario:
    """Let the measures of a scenario bind in every copy of its world."""
    return scenario.model_copy(update={
        field: tuple(_moved(measure, k) for k in range(1, copies + 1) for measure in getattr(scenario, field))
        for field in ("events", "responses")
    })  # fmt: skip


def _moved(measure: Measure, copy: int) -> Measure:
    found: dict[str, Any] = {"id": measure.id if copy == 1 else f"{measure.id}-copy-{copy}"}
    for field in type(measure).model_fields:
        value = getattr(measure, field)
        if field in COUNTRIES:
            found[field] = named(value, copy)
        elif field in SELECTIONS:
            found[field] = _selected(value, copy)
        elif field == "facilities":
            found[field] = tuple(named(f, copy) for f in value)
        elif field == "grouping" and not isinstance(value, str):
            found[field] = tuple(tuple(named(c, copy) for c in group) for group in value)
        elif field == "speeds":
            found[field] = tuple(s.model_copy(update={"destinations": _selected(s.destinations, copy)}) for s in value)
    return measure.model_copy(update=found)


def _selected(names: Selection, copy: int) -> Selection:
    """Name the same places of a copy; "all" of a copy is all, as copies do not trade with each other."""
    chosen = None if names.names is None else tuple(named(n, copy) for n in names.names)
    return Selection(chosen, tuple(named(n, copy) for n in names.excluded))
