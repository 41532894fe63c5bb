"""Which cover each holder keeps of each commodity: the most specific row of `stocks.csv` wins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.scenario.uncertain import Uncertain
from simulator.world.model import Figure, World
from simulator.world.tables import UNITS, Reader, Row


def holdings(world: World) -> Iterator[tuple[str, str, bool]]:
    """Every (holder, commodity, is an output) that needs a cover: what facilities take and make, what markets use."""
    for id, facility in world.facilities.items():
        recipe = world.recipes.get(facility.recipe)
        if recipe is None:  # already refused where it is read
            continue
        yield from ((id, item.commodity, False) for item in recipe.inputs)
        yield from ((id, item.commodity, True) for item in recipe.outputs)
    yield from ((demand.market, demand.commodity, False) for demand in world.demand)


def covers(world: World, reader: Reader, rows: Sequence[Row]) -> dict[tuple[str, str], Figure]:
    """Days of use held, by (holder, commodity). The cover of a by-product is its shelf.

    A holder is written as a facility, `COUNTRY/sector`, `COUNTRY/stage:name`, `COUNTRY/*`, `stage:name` or
    `sector:name`; a commodity as its id, `inputs`, `outputs` or `*`. Earlier forms win over later ones.
    """
    given: dict[tuple[str, str], Figure] = {}
    for row in rows:
        figure = reader.figure(row, "cover", ("d",))
        if row["commodity"] not in ("*", "inputs", "outputs"):
            reader.known(row, "commodity", world.commodities, "commodity")
        _check_holder(world, reader, row)
        if figure is not None:
            given[row["holder"], row["commodity"]] = figure
    found: dict[tuple[str, str], Figure] = {}
    for holder, commodity, output in holdings(world):
        shelf = _shelf(world, holder, commodity) if output else None
        figure = shelf or next((given[key] for key in _keys(world, holder, commodity, output) if key in given), None)
        if figure is not None:
            found[holder, commodity] = figure
    return dict(sorted(found.items()))


def reorders(world: World, reader: Reader, rows: Sequence[Row]) -> dict[tuple[str, str], Figure]:
    """Positions at or below which depots order [d of use], by (depot, commodity): the column `reorder`, which may lack.

    A row that has one names a facility and a commodity that it takes in and passes on.
    """
    found: dict[tuple[str, str], Figure] = {}
    for row in rows:
        if not row["reorder"]:
            continue
        low, cover = reader.number(row, "reorder"), reader.number(row, "cover")
        facility = world.facilities.get(row["holder"])
        recipe = world.recipes.get(facility.recipe) if facility is not None else None
        if recipe is None or row["commodity"] not in {i.commodity for i in recipe.inputs} & {
            o.commodity for o in recipe.outputs
        }:
            reader.error(row, "reorder", "WT028", f"{row['holder']} is no depot of {row['commodity']}")
        elif low is None or cover is None or row["unit"] not in UNITS:
            continue  # already refused where it is read
        elif not 0.0 <= low <= cover:
            reader.error(row, "reorder", "WT006", f"reorder must lie between 0 and cover; got {low:g}")
        else:
            value = Uncertain.exactly(low).scaled(UNITS[row["unit"]])
            found[row["holder"], row["commodity"]] = Figure(
                value, row["unit"], row["source"], row["year"], row["grade"], row.place, row["note"]
            )
    return dict(sorted(found.items()))


def _check_holder(world: World, reader: Reader, row: Row) -> None:
    holder = row["holder"]
    place, _, rest = holder.rpartition("/")
    known: dict[str, object] = {**world.facilities, **{d.market: d for d in world.demand}}
    known |= {f"stage:{f.stage}": f for f in world.facilities.values()} | {f"sector:{s}": s for s in world.sectors}
    if place in world.countries and (rest == "*" or rest in known or rest in world.sectors):
        return
    reader.known(row, "holder", known, "holder")


def _shelf(world: World, facility: str, commodity: str) -> Figure | None:
    outputs = world.recipes[world.facilities[facility].recipe].outputs
    return next((o.shelf for o in outputs if o.commodity == commodity and not o.drives), None)


def _keys(world: World, holder: str, commodity: str, output: bool) -> Iterator[tuple[str, str]]:
    facility = world.facilities.get(holder)
    if facility is not None:
        stage = f"stage:{facility.stage}"
        holders: tuple[str, ...] = (holder, f"{facility.country}/{stage}", f"{facility.country}/*", stage)
    else:
        country, _, sector = holder.partition("/")
        holders = (holder, f"{country}/*", f"sector:{sector}")
    items = (commodity, "outputs" if output else "inputs", "*")
    return ((who, what) for who in holders for what in items)
