"""The world as indices: rows of stock, fleets of facilities, lanes. Names are resolved here, once, before the run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping
from simulator.engine.provenance import Provenance
from simulator.world.model import Demand, Facility, Recipe, World

Index = NDArray[np.int64]


def is_depot(recipe: Recipe) -> bool:
    """Whether a recipe makes nothing: one tonne in, the same tonne out, at once."""
    pairs = (
        [(i.commodity, i.amount.central) for i in recipe.inputs],
        [(o.commodity, o.amount.central) for o in recipe.outputs],
    )
    return pairs[0] == pairs[1] and len(pairs[0]) == 1 and pairs[0][0][1] == 1.0 and recipe.residence.central == 0.0


@dataclass(frozen=True)
class FleetPlan:
    """Facilities of one shape that live in one process; a plant alone is a fleet of one. Depots have one row for both."""

    facilities: tuple[Facility, ...]
    recipes: tuple[Recipe, ...]
    echelon: int
    inputs: slice  # rows of input stock, facility by facility
    outputs: slice  # rows of output stock

    @property
    def shape(self) -> tuple[int, int, int]:
        """Facilities, inputs each, outputs each."""
        return len(self.facilities), len(self.recipes[0].inputs), len(self.recipes[0].outputs)

    @property
    def depots(self) -> bool:
        """Whether these facilities are depots."""
        return is_depot(self.recipes[0])


@dataclass(frozen=True)
class MarketPlan:
    """End users that live in one process; one row of stock for each country, sector and commodity."""

    demand: tuple[Demand, ...]
    rows: slice


@dataclass(frozen=True)
class Lanes:
    """Who buys what from whom: one entry per (buyer, commodity, supplier), suppliers side by side.

    All arrays have shape (lane,). `rank` is the canonical order: by buyer, commodity and supplier name.
    """

    names: tuple[tuple[str, str, str], ...]
    buyer: Index  # row of the buyer's input stock
    supplier: Index  # row of the supplier's output stock
    exporter: NDArray[np.str_]
    importer: NDArray[np.str_]
    commodity: NDArray[np.str_]
    sector: NDArray[np.str_]  # empty where the buyer is a facility
    transit: NDArray[np.float64]
    rank: Index

    def __len__(self) -> int:
        return len(self.names)

    @property
    def abroad(self) -> NDArray[np.bool_]:
        """Lanes that cross a border."""
        return self.exporter != self.importer


@dataclass(frozen=True)
class Network:
    """Rows, fleets, markets and lanes of one world."""

    world: World
    rows: tuple[tuple[str, str], ...]  # (holder, commodity) of each row of stock
    fleets: tuple[FleetPlan, ...]
    markets: tuple[MarketPlan, ...]
    lanes: Lanes
    echelons: int
    provenance: Provenance

    @property
    def facilities(self) -> tuple[Facility, ...]:
        """All facilities in the order of fleets."""
        return tuple(f for fleet in self.fleets for f in fleet.facilities)

    def lanes_to(self, rows: slice) -> Index:
        """Lanes whose buyer holds one of these rows, in canonical order."""
        found = np.flatnonzero((self.lanes.buyer >= rows.start) & (self.lanes.buyer < rows.stop))
        return found[np.argsort(self.lanes.rank[found], kind="stable")]

    def lanes_from(self, rows: slice) -> slice:
        """Lanes whose supplier holds one of these rows; they lie side by side."""
        first, last = np.searchsorted(self.lanes.supplier, (rows.start, rows.stop))
        return slice(int(first), int(last))

    def by_supplier(self, rows: slice) -> Grouping:
        """Groups the lanes from these rows by supplier row."""
        lanes = self.lanes_from(rows)
        return Grouping(self.lanes.supplier[lanes] - rows.start, rows.stop - rows.start, self.lanes.rank[lanes])


def ordered_recipe(recipe: Recipe) -> Recipe:
    """Inputs, and outputs after the first, in order of name: the order of a file never matters."""
    first, *others = recipe.outputs
    return Recipe(
        recipe.id,
        tuple(sorted(recipe.inputs, key=lambda i: i.commodity)),
        (first, *sorted(others, key=lambda o: o.commodity)),
        recipe.residence,
    )


def in_order(world: World) -> World:
    """The same world with all mappings and lists in order of name, so that sums never depend on how a file is sorted."""

    def by_key(table: Mapping[Any, Any]) -> dict[Any, Any]:
        return dict(sorted(table.items()))

    return replace(
        world,
        commodities=by_key(world.commodities),
        facilities=by_key(world.facilities),
        growth=by_key(world.growth),
        recipes={id: ordered_recipe(recipe) for id, recipe in sorted(world.recipes.items())},
        demand=tuple(sorted(world.demand, key=lambda d: (d.country, d.sector, d.commodity))),
        substitutes=tuple(sorted(world.substitutes, key=lambda s: (s.commodity, s.instead))),
        sources=tuple(sorted(world.sources, key=lambda s: (s.buyer, s.commodity, s.supplier))),
        projects=by_key(world.projects),
        lifetimes=tuple(sorted(world.lifetimes, key=lambda one: (one.commodity, one.sector))),
    )


def echelons(world: World) -> dict[str, int]:
    """Longest number of ordering steps from each facility down to final demand; end users are echelon 0.

    Only driving outputs pull, so recycling closes no cycle.
    """
    drives = {
        f.id: {o.commodity for o in world.recipes[f.recipe].outputs if o.drives} for f in world.facilities.values()
    }
    buyers: dict[str, list[str]] = defaultdict(list)
    for source in world.sources:
        if source.buyer in world.facilities and source.commodity in drives.get(source.supplier, ()):
            buyers[source.supplier].append(source.buyer)
    found: dict[str, int] = {}

    def visit(name: str, path: tuple[str, ...]) -> int:
        if name in path:
            raise ValueError(f"orders go in a circle: {' -> '.join((*path[path.index(name) :], name))}")
        if name not in found:
            found[name] = 1 + max((visit(b, (*path, name)) for b in buyers[name]), default=0)
        return found[name]

    for name in sorted(world.facilities):
        visit(name, ())
    return found


def _fleet_groups(world: World, alone: bool) -> dict[tuple, list[str]]:
    level = echelons(world)
    groups: dict[tuple, list[str]] = defaultdict(list)
    for name in sorted(world.facilities):
        facility = world.facilities[name]
        recipe = world.recipes[facility.recipe]
        key = (
            level[name],
            facility.stage,
            len(recipe.inputs),
            len(recipe.outputs),
            is_depot(recipe),
            name if alone else "",
        )
        groups[key].append(name)
    return dict(sorted(groups.items()))


def _market_groups(world: World, alone: bool) -> list[tuple[Demand, ...]]:
    demand = sorted(world.demand, key=lambda d: (d.country, d.sector, d.commodity))
    if not alone:
        return [tuple(demand)]
    return [tuple(d for d in demand if d.country == c) for c in sorted({d.country for d in demand})]


def build(world: World, alone: bool = False) -> Network:
    """Lay out a world. `alone` gives every facility and every country a process of its own; results are bit-identical."""
    rows: list[tuple[str, str]] = []

    def extend(more: Iterable[tuple[str, str]]) -> slice:
        start = len(rows)
        rows.extend(more)
        return slice(start, len(rows))

    fleets = []
    for (level, *_), names in _fleet_groups(world, alone).items():
        facilities = tuple(world.facilities[n] for n in names)
        recipes = tuple(ordered_recipe(world.recipes[f.recipe]) for f in facilities)
        inputs = extend((f.id, i.commodity) for f, r in zip(facilities, recipes, strict=True) for i in r.inputs)
        outputs = (
            inputs
            if is_depot(recipes[0])
            else extend((f.id, o.commodity) for f, r in zip(facilities, recipes, strict=True) for o in r.outputs)
        )
        fleets.append(FleetPlan(facilities, recipes, level, inputs, outputs))
    markets = []
    for group in _market_groups(world, alone):
        markets.append(MarketPlan(group, extend((d.market, d.commodity) for d in group)))
    inputs_at = {rows[i]: i for p in fleets for i in range(p.inputs.start, p.inputs.stop)}
    inputs_at |= {rows[i]: i for p in markets for i in range(p.rows.start, p.rows.stop)}
    outputs_at = {rows[i]: i for p in fleets for i in range(p.outputs.start, p.outputs.stop)}
    lanes = _lanes(world, inputs_at, outputs_at)
    return Network(
        world,
        tuple(rows),
        tuple(fleets),
        tuple(markets),
        lanes,
        1 + max((f.echelon for f in fleets), default=0),
        Provenance(world),
    )


def _lanes(world: World, inputs_at: dict[tuple[str, str], int], outputs_at: dict[tuple[str, str], int]) -> Lanes:
    def country_of(holder: str) -> str:
        return world.facilities[holder].country if holder in world.facilities else holder.split("/")[0]

    names = sorted((s.buyer, s.commodity, s.supplier) for s in world.sources)
    rank = {name: i for i, name in enumerate(names)}
    names.sort(key=lambda n: (outputs_at[n[2], n[1]], rank[n]))
    exporter = [world.facilities[s].country for _, _, s in names]
    importer = [country_of(b) for b, _, _ in names]
    return Lanes(
        names=tuple(names),
        buyer=np.array([inputs_at[b, c] for b, c, _ in names], dtype=np.int64),
        supplier=np.array([outputs_at[s, c] for _, c, s in names], dtype=np.int64),
        exporter=np.array(exporter, dtype=str),
        importer=np.array(importer, dtype=str),
        commodity=np.array([c for _, c, _ in names], dtype=str),
        sector=np.array([b.split("/")[1] if "/" in b else "" for b, _, _ in names], dtype=str),
        transit=np.array([world.lanes[pair].transit.central for pair in zip(exporter, importer, strict=True)]),
        rank=np.array([rank[n] for n in names], dtype=np.int64),
    )
