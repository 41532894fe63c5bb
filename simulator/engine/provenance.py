"""Where a tonne was mined and where it was separated: the rows that stocks tell apart, and how a stage moves them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simulator.world.model import Facility, OriginGroups, World

Row = tuple[str, str]


def _group(groups: Mapping[str, tuple[str, ...]], country: str) -> str:
    return next((name for name, members in groups.items() if country in members), "rest")


def rows_of(origins: OriginGroups, rows: tuple[Row, ...], countries: list[str], traced: str) -> list[int]:
    """Places of the rows whose groups hold one of some countries: by where `mined`, where `separated`, or `either`."""

    def ours(group: str, groups: Mapping[str, tuple[str, ...]]) -> bool:
        return bool(set(groups.get(group, ())) & set(countries))

    return [
        place
        for place, (mined, separated) in enumerate(rows)
        if (traced != "separated" and ours(mined, origins.mined))
        or (traced != "mined" and ours(separated, origins.separated))
    ]


def _separators_below(world: World) -> dict[str, set[str]]:
    """Groups of the separators that the output of each source can reach, by facility id."""
    origins = world.origins
    buyers: dict[str, set[str]] = defaultdict(set)
    for source in world.sources:
        if source.buyer in world.facilities:
            buyers[source.supplier].add(source.buyer)
    found: dict[str, set[str]] = {}
    for site in world.facilities.values():
        if world.recipes[site.recipe].inputs:
            continue
        reached, seen, todo = set(), {site.id}, [site.id]
        while todo:
            here = world.facilities[todo.pop()]
            if here.stage == origins.separating:
                reached.add(_group(origins.separated, here.country))
                continue
            new = buyers[here.id] - seen
            seen |= new
            todo.extend(new)
        found[site.id] = reached
    return found


class Provenance:
    """The rows (mined in, separated in) that can hold mass in a world; one row where nothing is told apart.

    What is not yet separated, and scrap, stands in the row of the group where it will be separated or was collected.
    """

    def __init__(self, world: World) -> None:
        self._world, origins = world, world.origins
        self._first: dict[str, Row] = {}
        rows: set[Row] = set()
        for name, reached in _separators_below(world).items():
            country = world.facilities[name].country
            mined, home = _group(origins.mined, country), _group(origins.separated, country)
            self._first[name] = (mined, home if home in reached or not reached else min(reached))
            rows |= {(mined, s) for s in reached} | {self._first[name]}
        self.rows: tuple[Row, ...] = tuple(sorted(rows))
        self.names = tuple(f"{m}>{s}" for m, s in self.rows)

    def moves(self, facility: Facility) -> NDArray[np.int64]:
        """Row that each row becomes at a facility, shape (origin,).

        A source gives every tonne its own row; a separator sets where it was separated; others change nothing.
        """
        if not self._world.recipes[facility.recipe].inputs:
            return np.full(len(self.rows), self.rows.index(self._first[facility.id]), dtype=np.int64)
        if facility.stage != self._world.origins.separating:
            return np.arange(len(self.rows))
        separated = _group(self._world.origins.separated, facility.country)
        return np.array(
            [
                self.rows.index((m, separated)) if (m, separated) in self.rows else i
                for i, (m, _) in enumerate(self.rows)
            ],
            dtype=np.int64,
        )
