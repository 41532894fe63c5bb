"""Whether the tables of a world make one whole: suppliers, lanes, covers and prices for everything that moves."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.world.model import World
from simulator.world.steady import CycleError, order_of_pull
from simulator.world.stocks import holdings
from simulator.world.tables import Reader

TOLERANCE = 1e-6


def complete(world: World, reader: Reader) -> None:
    """Note every gap in a world whose single tables are sound."""
    table = {
        name: str(reader.folder / name)
        for name in ("sourcing.csv", "lanes.csv", "stocks.csv", "prices.csv", "growth.csv", "facilities.csv")
    }

    def note(file: str, code: str, message: str, line: int = 1, help: str = "") -> None:
        reader.add(table[file], line, 1, 1, code, message, help)

    for key, total in share_sums(world).items():
        if abs(total - 1.0) > TOLERANCE:
            note("sourcing.csv", "WT021", f"the shares of {key[0]} for {key[1]} sum to {total:.6g}, not 1")
    for holder, commodity in missing_suppliers(world):
        note("sourcing.csv", "WT022", f"{holder} has no supplier of {commodity}")
    makes = {(id, o.commodity) for id, f in world.facilities.items() for o in world.recipes[f.recipe].outputs}
    for source in world.sources:
        if (source.supplier, source.commodity) not in makes:
            note(
                "sourcing.csv",
                "WT025",
                f"{source.supplier} makes no {source.commodity}, which {source.buyer} buys",
                int(source.share.place.rpartition(":")[2]),
            )
    for exporter, importer in missing_lanes(world):
        note("lanes.csv", "WT023", f"there is no lane from {exporter} to {importer}")
    for holder, commodity, _ in holdings(world):
        if (holder, commodity) not in world.cover:
            note("stocks.csv", "WT024", f"{holder} has no cover of {commodity}")
    for commodity in sorted(set(world.commodities) - set(world.prices)):
        note("prices.csv", "WT024", f"{commodity} has no price")
    for sector in sorted({d.sector for d in world.demand} - set(world.growth)):
        note("growth.csv", "WT024", f"{sector} has no growth")
    try:
        order_of_pull(world)
    except CycleError as cycle:
        note("facilities.csv", "WT026", str(cycle))


def country_of(world: World, holder: str) -> str:
    """Country of a facility or of a market."""
    facility = world.facilities.get(holder)
    return facility.country if facility else holder.partition("/")[0]


def share_sums(world: World) -> Mapping[tuple[str, str], float]:
    """Sum of the shares of suppliers open in the base year [1], by (buyer, commodity)."""
    sums: dict[tuple[str, str], float] = {}
    for source in world.sources:
        opened = world.facilities[source.supplier].opens is None
        key = source.buyer, source.commodity
        sums[key] = sums.get(key, 0.0) + (source.share.central if opened else 0.0)
    return sums


def missing_suppliers(world: World) -> list[tuple[str, str]]:
    """What is used without a supplier: (holder, commodity)."""
    supplied = {(s.buyer, s.commodity) for s in world.sources}
    return sorted({(holder, commodity) for holder, commodity, output in holdings(world) if not output} - supplied)


def missing_lanes(world: World) -> list[tuple[str, str]]:
    """Pairs of countries that trade without a lane."""
    pairs = {(world.facilities[s.supplier].country, country_of(world, s.buyer)) for s in world.sources}
    return sorted(pairs - set(world.lanes))
