"""What may come: the projects that a sponsor may decide on, and how long sold goods live before they return as scrap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.world.model import Facility, Figure, Lifetime, Project
from simulator.world.tables import Reader, Row

PLANNED = "planned"  # status of a facility whose sponsor has not yet decided
UNITS: Mapping[str, tuple[str, ...]] = {
    "capex": ("USD/(t/yr)",),
    "opex": ("USD/kg", "USD/t"),
    "permit": ("months", "d"),
    "build": ("months", "d"),
}
"""Figures of a project and the units that each may have."""


def projects(
    reader: Reader, rows: Sequence[Row], facilities: Mapping[str, Facility]
) -> tuple[dict[str, Project], dict[str, Figure]]:
    """What sponsors reckon with, and the cost of work of every facility that has one.

    A facility's own row wins over that of its stage, ``stage:x``. Projects are the planned facilities with an opening.
    """
    stages = {f"stage:{f.stage}": None for f in facilities.values()}
    found: dict[tuple[str, str], Figure] = {}
    for row in rows:
        reader.known(row, "project", {**facilities, **stages}, "facility")
        if reader.known(row, "figure", UNITS, "figure"):
            figure = reader.figure(row, "value", UNITS[row["figure"]])
            if figure is not None:
                found[row["project"], row["figure"]] = figure
    out, work = {}, {}
    for id, facility in facilities.items() if rows else ():
        figures = {name: found.get((id, name), found.get((f"stage:{facility.stage}", name))) for name in UNITS}
        if figures["opex"] is not None:
            work[id] = figures["opex"]
        if facility.status != PLANNED or facility.opens is None:
            continue
        absent = [name for name, figure in figures.items() if figure is None]
        if absent:
            reader.error(rows[0], "project", "WT024", f"the project {id} has no {', '.join(absent)}")
        else:
            out[id] = Project(**{name: figure for name, figure in figures.items() if figure is not None})
    return out, work


def lifetimes(
    reader: Reader, rows: Sequence[Row], commodities: Mapping[str, object], sectors: Mapping[str, object]
) -> tuple[Lifetime, ...]:
    """Lifetimes in order of (commodity, sector)."""
    found = []
    for row in rows:
        reader.known(row, "commodity", commodities, "commodity")
        reader.known(row, "returns", commodities, "commodity")
        reader.known(row, "sector", sectors, "sector")
        mean, shape = reader.figure(row, "mean", ("yr",)), reader.number(row, "shape")
        if shape is not None and shape <= 0.0:
            reader.error(row, "shape", "WT006", "shape must be above 0")
        elif mean is not None and shape is not None:
            found.append(Lifetime(row["commodity"], row["sector"], row["returns"], mean, shape))
    return tuple(sorted(found, key=lambda one: (one.commodity, one.sector)))
