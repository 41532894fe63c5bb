"""The flows of a world in which nothing happens, solved exactly.

Demand pulls: a buyer's orders go to its suppliers by share; a facility works at the rate that its driving outputs need;
by-products are made in proportion and pull nothing. So the pull has no cycle, and one pass from the markets upstream
solves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from simulator.world.model import Facility, Output, Source, World


@dataclass(frozen=True)
class SteadyState:
    """Flows of a steady day.

    Attributes
    ----------
    rate : facility -> first output made [t/d]
    orders : (buyer, commodity, supplier) -> bought [t/d]
    surplus : (facility, commodity) -> by-product made beyond what is ordered [t/d]; negative where it runs short
    made : (facility, commodity) -> output made [t/d]
    """

    rate: Mapping[str, float]
    orders: Mapping[tuple[str, str, str], float]
    surplus: Mapping[tuple[str, str], float]
    made: Mapping[tuple[str, str], float]


class CycleError(ValueError):
    """Facilities whose driving outputs pull one another in a circle."""

    def __init__(self, facilities: tuple[str, ...]) -> None:
        self.facilities = facilities
        super().__init__(f"these facilities pull one another in a circle: {', '.join(facilities)}")


def ramp(facility: Facility, on: date | None) -> float:
    """Share of its capacity that a facility has reached [1]; without a date only what is open from the start counts."""
    if facility.opens is None:
        return 1.0
    if on is None:
        return 0.0
    days = (on - facility.opens[1]).days
    if days < 0:
        return 0.0
    return min(1.0, days / facility.ramp.central) if facility.ramp and facility.ramp.central > 0 else 1.0


def shares(world: World, on: date | None = None) -> dict[tuple[str, str, str], float]:
    """Share of each supplier in what a buyer orders [1], by (buyer, commodity, supplier).

    A supplier that opens later takes its share times its ramp; those open from the start shrink alike, so that the
    shares of a (buyer, commodity) sum to one on any day.
    """
    later: dict[tuple[str, str], float] = {}
    grown = {id: ramp(facility, on) for id, facility in world.facilities.items()}
    for source in world.sources:
        if world.facilities[source.supplier].opens is not None:
            key = source.buyer, source.commodity
            later[key] = later.get(key, 0.0) + source.share.central * grown[source.supplier]
    return {(s.buyer, s.commodity, s.supplier): _share(world, s, grown, later) for s in world.sources}


def _share(world: World, source: Source, grown: Mapping[str, float], later: Mapping[tuple[str, str], float]) -> float:
    if world.facilities[source.supplier].opens is not None:
        return source.share.central * grown[source.supplier]
    return source.share.central * (1.0 - later.get((source.buyer, source.commodity), 0.0))


def order_of_pull(world: World) -> tuple[str, ...]:
    """Facilities in an order in which every buyer of a driving output comes before its supplier.

    Raises
    ------
    CycleError : no such order exists
    """
    drives = {(id, output.commodity) for id, output in _outputs(world) if output.drives}
    waiting = dict.fromkeys(world.facilities, 0)
    suppliers: dict[str, list[str]] = {id: [] for id in world.facilities}
    for source in world.sources:
        if source.buyer in world.facilities and (source.supplier, source.commodity) in drives:
            suppliers[source.buyer].append(source.supplier)
            waiting[source.supplier] += 1
    ready = [id for id in world.facilities if waiting[id] == 0]
    order: list[str] = []
    while ready:
        buyer = ready.pop()
        order.append(buyer)
        for supplier in suppliers[buyer]:
            waiting[supplier] -= 1
            if waiting[supplier] == 0:
                ready.append(supplier)
    if len(order) < len(world.facilities):
        raise CycleError(tuple(id for id, count in waiting.items() if count))
    return tuple(order)


def flows(world: World, on: date | None = None, demand: Mapping[str, float] | None = None) -> SteadyState:
    """Solve the steady pull of a world.

    Parameters
    ----------
    on : the day whose openings count; None is the base year, in which only what is open from the start works
    demand : factor on the demand of a market ("COUNTRY/sector") [1]; one where not given

    Returns
    -------
    SteadyState, in t/d

    Raises
    ------
    CycleError : driving outputs pull one another
    """
    factor = demand or {}
    share = shares(world, on)
    bought: dict[tuple[str, str], list[Source]] = {}
    for source in world.sources:
        bought.setdefault((source.buyer, source.commodity), []).append(source)
    orders: dict[tuple[str, str, str], float] = {}
    asked: dict[tuple[str, str], float] = {}

    def place(buyer: str, commodity: str, amount: float) -> None:
        for source in bought.get((buyer, commodity), ()):
            flow = amount * share[buyer, commodity, source.supplier]
            orders[buyer, commodity, source.supplier] = flow
            asked[source.supplier, commodity] = asked.get((source.supplier, commodity), 0.0) + flow

    for market in world.demand:
        place(market.market, market.commodity, market.rate.central * factor.get(market.market, 1.0))
    rate: dict[str, float] = {}
    for id in order_of_pull(world):
        recipe = world.recipes[world.facilities[id].recipe]
        rate[id] = max(asked.get((id, o.commodity), 0.0) / o.amount.central for o in recipe.outputs if o.drives)
        for item in recipe.inputs:
            place(id, item.commodity, rate[id] * item.amount.central)
    made = {(id, o.commodity): rate[id] * o.amount.central for id, o in _outputs(world)}
    surplus = {
        (id, o.commodity): made[id, o.commodity] - asked.get((id, o.commodity), 0.0)
        for id, o in _outputs(world)
        if not o.drives
    }
    return SteadyState(dict(sorted(rate.items())), dict(sorted(orders.items())), surplus, made)


def _outputs(world: World) -> Iterator[tuple[str, Output]]:
    return (
        (id, output) for id, facility in world.facilities.items() for output in world.recipes[facility.recipe].outputs
    )


def growth_factors(world: World, years: float) -> dict[str, float]:
    """Factor on the demand of each market after some years of growth at the central rates [1]."""
    return {d.market: (1.0 + world.growth[d.sector].central) ** years for d in world.demand}
