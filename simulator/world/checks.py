"""A world in which nothing happens: does it close, what is weak, and how it compares with what is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from simulator.world.emergent import FIGURES
from simulator.world.model import Adjustment, Figure, World
from simulator.world.network import TOLERANCE, missing_lanes, missing_suppliers, share_sums
from simulator.world.steady import SteadyState, flows
from simulator.world.tables import GRADES, UNITS, YEAR


@dataclass(frozen=True)
class Line:
    """Mass balance of one commodity in the base year [t/yr]: made = to facilities + to markets + surplus."""

    commodity: str
    made: float
    to_facilities: float
    to_markets: float
    surplus: float


@dataclass(frozen=True)
class Compared:
    """A figure that emerges beside the published one, both in the unit of the table."""

    figure: str
    unit: str
    emergent: float
    published: float
    grade: str
    source: str
    gap: str

    @property
    def difference(self) -> float:
        """Emergent over published, less one [1]."""
        return self.emergent / self.published - 1.0 if self.published else 0.0


@dataclass(frozen=True)
class Report:
    """Everything `check` finds. `sound` is true when the base year closes."""

    world: str
    facilities: int
    countries: int
    later: int  # facilities that open after the base year
    balance: tuple[Line, ...]
    unreachable: tuple[tuple[str, str], ...]  # (buyer, commodity) without a supplier or a way
    lanes: tuple[tuple[str, str], ...]  # pairs of countries without a lane
    over_capacity: tuple[tuple[str, float], ...]  # (facility, rate over usable capacity)
    shares: tuple[tuple[str, str, float], ...]  # (buyer, commodity, sum of shares) where it is not one
    short: tuple[tuple[str, str, float], ...]  # (facility, by-product, t/yr ordered beyond what is made)
    compared: tuple[Compared, ...]
    adjustments: tuple[Adjustment, ...]
    grades: Mapping[str, float]

    @property
    def sound(self) -> bool:
        """Whether nothing is missing, over capacity or short."""
        return not (self.unreachable or self.lanes or self.over_capacity or self.shares or self.short)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain lists and numbers, for JSON."""
        return {**asdict(self), "sound": self.sound, "grades": dict(self.grades)}


def check(world: World) -> Report:
    """Solve the base year of a world and report on it."""
    state = flows(world)
    usable = world.parameters["utilisation_max"].central if "utilisation_max" in world.parameters else 1.0
    load = {
        id: rate / (world.facilities[id].capacity.central * usable) if rate else 0.0 for id, rate in state.rate.items()
    }
    sites = {*(f.country for f in world.facilities.values()), *(d.country for d in world.demand)}
    return Report(
        world=world.name,
        facilities=len(world.facilities),
        countries=len(sites),
        later=sum(f.opens is not None for f in world.facilities.values()),
        balance=_balance(world, state),
        unreachable=unreachable(world),
        lanes=tuple(missing_lanes(world)),
        over_capacity=tuple((id, value) for id, value in load.items() if value > 1.0 + TOLERANCE),
        shares=tuple((*key, total) for key, total in share_sums(world).items() if abs(total - 1.0) > TOLERANCE),
        short=tuple((*key, -value * YEAR) for key, value in state.surplus.items() if value < -TOLERANCE),
        compared=compare(world, state),
        adjustments=world.adjustments,
        grades=grade_shares(world),
    )


def _balance(world: World, state: SteadyState) -> tuple[Line, ...]:
    made, inside, outside = Counter[str](), Counter[str](), Counter[str]()
    for (_, commodity), amount in state.made.items():
        made[commodity] += amount * YEAR  # type: ignore[assignment]
    for (buyer, commodity, _), amount in state.orders.items():
        (inside if buyer in world.facilities else outside)[commodity] += amount * YEAR  # type: ignore[assignment]
    return tuple(Line(c, made[c], inside[c], outside[c], made[c] - inside[c] - outside[c]) for c in world.commodities)


def unreachable(world: World) -> tuple[tuple[str, str], ...]:
    """Buyers and commodities that nobody can supply in the base year: no supplier open, or none with inputs."""
    closed = {id for id, facility in world.facilities.items() if facility.opens is not None}
    sources: dict[tuple[str, str], list[str]] = {}
    for source in world.sources:
        if source.supplier not in closed:
            sources.setdefault((source.buyer, source.commodity), []).append(source.supplier)
    needs = {id: [item.commodity for item in world.recipes[f.recipe].inputs] for id, f in world.facilities.items()}
    dead: set[str] = set()
    while True:
        more = {
            id
            for id, items in needs.items()
            if id not in dead
            and id not in closed
            and any(all(s in dead for s in sources.get((id, item), ())) for item in items)
        }
        if not more:
            break
        dead |= more
    buyers = [(d.market, d.commodity) for d in world.demand] + [
        (id, item) for id, items in needs.items() if id not in closed for item in items
    ]
    lost = {key for key in buyers if all(s in dead for s in sources.get(key, ()))}
    return tuple(sorted(lost | {key for key in missing_suppliers(world) if key[0] not in closed}))


def compare(world: World, state: SteadyState) -> tuple[Compared, ...]:
    """Published figures of the world beside what its flows give."""
    found = []
    for name, figure in world.published.items():
        if name in FIGURES:
            factor = UNITS[figure.unit]
            found.append(
                Compared(
                    name,
                    figure.unit,
                    FIGURES[name](world, state) / factor,
                    figure.central / factor,
                    figure.grade,
                    figure.source,
                    world.gaps.get(name, ""),
                )
            )
    return tuple(found)


def figures(world: World) -> Iterator[Figure]:
    """Every figure of a world once, by its row; the first output of a recipe is its basis, not a figure."""
    yield from (f.capacity for f in world.facilities.values())
    yield from (f.ramp for f in world.facilities.values() if f.ramp is not None)
    for recipe in world.recipes.values():
        yield from (item.amount for item in recipe.inputs)
        yield from (figure for item in recipe.inputs for figure in (item.floor, item.filler) if figure is not None)
        yield from (item.amount for item in recipe.outputs[1:])
        yield recipe.residence
    yield from {source.share.place: source.share for source in world.sources}.values()
    yield from (demand.rate for demand in world.demand)
    yield from (figure for s in world.substitutes for figure in (s.ceiling, s.amount, s.cost, s.lag))
    yield from (lane.transit for lane in world.lanes.values())
    yield from {cover.place: cover for cover in world.cover.values()}.values()
    reckoned = [f for p in world.projects.values() for f in (p.capex, p.opex, p.permit, p.build)]
    yield from {f.place: f for f in (*reckoned, *(one.mean for one in world.lifetimes))}.values()
    for mapping in (world.prices, world.growth, world.parameters, *(p.figures for p in world.products.values())):
        yield from mapping.values()


def grade_shares(world: World) -> dict[str, float]:
    """Share of the rows of a world with each grade [1]; D are assumptions."""
    count = Counter(figure.grade for figure in figures(world))
    return {grade: count[grade] / count.total() for grade in GRADES}


def as_text(report: Report) -> str:
    """Write the report for a terminal."""
    from simulator.world.report import text

    return text(report)
