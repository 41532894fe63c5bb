"""What a commodity could cost outside the controlling country by a day, site by site: capacity against unit cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from simulator.engine.npv import break_even, capital_cost
from simulator.engine.ramp import sold_by_year
from simulator.results.views import Spread, price_paths, spread
from simulator.scenario.quantities import Selection
from simulator.scenario.uncertain import Uncertain
from simulator.world.model import Facility, Output, World
from simulator.world.prospects import PLANNED

YEAR = 365.0
BY = date(2030, 12, 31)
RECKONED = (
    "equity_share",
    "return_equity",
    "return_debt",
    "profit_tax",
    "project_sales",
    "project_life",
    "ramp_tenth",
    "ramp_ninetieth",
)
"""Parameters of the world that the capital in a unit cost is spread with."""


@dataclass(frozen=True)
class Offer:
    """What one site can make by the day, and at what cost.

    `capacity` is what has opened and come up by then, by its central, earliest and latest opening [t/yr of the
    commodity]; `cost` of a kilogram with the ends of its range [USD/kg], NaN where nobody knows; `decided` whether the
    site works or is being built; `odds` the share of runs in which it has opened [1], None where no run says.
    """

    site: str
    name: str
    country: str
    capacity: Spread
    cost: Spread
    decided: bool
    odds: float | None
    grade: str


@dataclass(frozen=True)
class Floor:
    """A price up to which somebody tops up some of the sites [USD/kg]; `id` is that of the measure."""

    id: str
    title: Any
    price: float
    sites: tuple[str, ...]


@dataclass(frozen=True)
class SupplyCost:
    """Offers in order of cost, those without one last; prices by zone [USD/kg], the base year's under "base"."""

    commodity: str
    by: date
    offers: tuple[Offer, ...]
    later: tuple[str, ...]  # sites that open after the day
    prices: Mapping[str, Spread]
    floors: tuple[Floor, ...]

    @property
    def capacity(self) -> Spread:
        """Of all offers together [t/yr]; the ends have every site early, and every site late."""
        return Spread(*(float(sum(o.capacity[i] for o in self.offers)) for i in range(3)))

    @property
    def known(self) -> float:
        """Share of that capacity whose cost is known [1]."""
        whole = self.capacity.median
        mine = sum(o.capacity.median for o in self.offers if not np.isnan(o.cost.median))
        return mine / whole if whole > 0.0 else 0.0


def supply_cost(
    world: World,
    commodity: str | None = None,
    by: date = BY,
    *,
    scenario: Any = None,
    dataset: Any = None,
) -> SupplyCost:
    """The sites outside the controlling country that make a commodity, in order of their unit cost.

    Parameters
    ----------
    world : its sites, their cost of work and prices
    commodity : which one; by default the one of which sites of the stage that sets origin have most capacity
    by : day by which a site must have opened
    scenario : its measures of the kind `output_support` set floors; none without
    dataset : results of a run: prices of the year before the day, and how often each project has opened by then

    Raises
    ------
    KeyError : the world has no such commodity

    Notes
    -----
    Unit cost is feed and work less the worth of joint products, all at base prices, over the tonnes of the commodity.
    Where nobody has decided yet it has the capital too: the price at which the sponsor's sum comes out even. Its range
    is that of work and capital; what a site has spent already is no cost any more.
    """
    good = _widest(world) if commodity is None else world.commodities[commodity].id
    offers, later = [], []
    for site in world.facilities.values():
        made = next((o for o in world.recipes[site.recipe].outputs if o.commodity == good), None)
        if made is None or site.country == world.inside:
            continue
        capacity = _capacity(site, made, by)
        if capacity.high <= 0.0:
            later.append(site.id)
            continue
        decided = site.status != PLANNED
        cost, odds = _cost(world, site, made, decided), _odds(dataset, site.id, by)
        grade = world.work[site.id].grade if site.id in world.work else ""
        offers.append(Offer(site.id, site.name, site.country, capacity, cost, decided, odds, grade))
    offers.sort(key=lambda o: (np.isnan(o.cost.median), o.cost.median, not o.decided, o.site))
    shown = {o.site for o in offers}
    return SupplyCost(
        good, by, tuple(offers), tuple(later), _prices(world, good, by, dataset), _floors(world, good, shown, scenario)
    )


def _widest(world: World) -> str:
    """The commodity that sites of the stage that sets origin can make most of; of all sites where no stage does."""
    sites = [f for f in world.facilities.values() if f.stage == world.origins.separating]
    most: dict[str, float] = {}
    for site in sites or world.facilities.values():
        good = world.first_output(site.id)
        most[good] = most.get(good, 0.0) + site.capacity.central
    return max(sorted(most), key=lambda good: most[good])


def _capacity(site: Facility, made: Output, by: date) -> Spread:
    """Capacity by the day with the opening central, late and early [t/yr]; the ramp counts as a straight line."""
    whole = site.capacity.central * made.amount.central * YEAR
    if site.opens is None:
        return Spread(whole, whole, whole)
    earliest, central, latest = site.opens
    ramp = site.ramp.central if site.ramp is not None else 0.0

    def share(opens: date) -> float:
        days = (by - opens).days
        return float(np.clip(days / ramp, 0.0, 1.0)) if ramp > 0.0 else float(days >= 0)

    return Spread(whole * share(central), whole * share(latest), whole * share(earliest))


def _cost(world: World, site: Facility, made: Output, decided: bool) -> Spread:
    """Cost of a kilogram of the commodity, central and both ends [USD/kg]; NaN where it is not known."""
    unknown = Spread(np.nan, np.nan, np.nan)
    recipe, prices = world.recipes[site.recipe], {c: f.central for c, f in world.prices.items()}
    needed = [i.commodity for i in recipe.inputs] + [o.commodity for o in recipe.outputs if o is not made]
    if site.id not in world.work or any(c not in prices for c in needed) or made.amount.central <= 0.0:
        return unknown
    feed = sum(i.amount.central * prices[i.commodity] for i in recipe.inputs)
    credit = sum(o.amount.central * prices[o.commodity] for o in recipe.outputs if o is not made)
    if not decided and (site.id not in world.projects or any(name not in world.parameters for name in RECKONED)):
        return unknown
    work = world.work[site.id].value

    def at(end: str) -> float:
        outlay = getattr(work, end) + feed - credit
        if not decided:
            outlay = _with_capital(world, site.id, end, outlay)
        return float(outlay) / made.amount.central / 1000.0

    return Spread(at("central"), at("low"), at("high"))


def _with_capital(world: World, project: str, end: str, outlay: float) -> float:
    """Price of a tonne of first output at which a sponsor's sum comes out even [USD/t]."""
    equity, own, debt, tax, *course = (world.parameters[name].central for name in RECKONED)
    plan = world.projects[project]
    return float(
        break_even(
            getattr(plan.capex.value, end) / YEAR,
            plan.build.central / YEAR,
            1.0,
            sold_by_year(*course),
            outlay,
            capital_cost(equity, own, debt, tax),
        )
    )


def _odds(dataset: Any, site: str, by: date) -> float | None:
    if dataset is None or "opens" not in dataset or site not in dataset["project"].values:
        return None
    day = (by - date.fromisoformat(str(dataset.attrs["start"]))).days
    return float((dataset["opens"].sel(project=site).values <= day).mean())


def _prices(world: World, good: str, by: date, dataset: Any) -> dict[str, Spread]:
    if dataset is not None:
        months = dataset["month"].values.astype("datetime64[M]")
        last = np.datetime64(by, "M")
        kept = np.flatnonzero((months <= last) & (months > last - 12))
        if kept.size:
            paths = price_paths(dataset.isel(month=kept), good)
            return {zone: spread(path.mean(axis=0) / 1000.0) for zone, path in paths.items()}
    if good not in world.prices:
        return {}
    value = world.prices[good].value
    return {"base": Spread(value.central / 1000.0, value.low / 1000.0, value.high / 1000.0)}


def _floors(world: World, good: str, shown: set[str], scenario: Any) -> tuple[Floor, ...]:
    """Floors under the commodity, lowest first: those of measures that concern sites whose first output it is."""
    found = []
    for measure in () if scenario is None else scenario.measures:
        if measure.kind != "output_support" or not measure.takes_effect:
            continue
        price = measure.floor.central if isinstance(measure.floor, Uncertain) else float(measure.floor)
        sites = tuple(s for s in sorted(shown) if world.first_output(s) == good and _concerns(measure, s, world))
        if price > 0.0 and sites:
            found.append(Floor(measure.id, measure.title, price / 1000.0, sites))
    return tuple(sorted(found, key=lambda floor: (floor.price, floor.id)))


def _concerns(measure: Any, site: str, world: World) -> bool:
    """Whether a measure means a site, by id, country and stage."""
    facility = world.facilities[site]

    def means(chosen: Selection, name: str) -> bool:
        names = chosen.excluded if chosen.names is None else chosen.names
        expanded = {member for one in names for member in world.groups.get(one, (one,))}
        return (name in expanded) == (chosen.names is not None)

    return (
        means(measure.facilities, site)
        and means(measure.countries, facility.country)
        and means(measure.stages, facility.stage)
    )
