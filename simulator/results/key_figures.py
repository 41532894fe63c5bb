"""The key figures K1 to K16 of every member of a grid of arms.

Everything works on the outcomes of all arms, dims (…, arm, replication), as `studies.compare` returns them. Costs of
different purses, and losses and costs, stand beside each other and are never subtracted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulator.results import views
from simulator.results.outcomes import LOOK_THROUGH
from simulator.results.paired import NOTHING, differences
from simulator.world.model import World
from simulator.world.stages import stages

if TYPE_CHECKING:
    import xarray

CASH = ("public", "firms", "buyers")  # purses that money leaves; `contingent` is only promised
OUTSIDE = "outside"
EVERYBODY = "all"  # all payers of a purse


NAMES = {
    "first_shortage": "d", "no_shortage": "1", "short": "t", "short_share": "1", "lost": "t", "peak": "1",
    "days_short": "d", "recovery": "d", "recovery_after_end": "d", "dependency": "1", "price_outside": "USD/t",
    "price_inside": "USD/t", "price_gap": "1", "price_peak": "USD/t", "paid": "USD/t", "value_lost": "USD",
    "value_lost_wide": "USD", "gdp_at_risk": "1", "gdp_at_risk_wide": "1", "cost_public": "USD",
    "cost_contingent": "USD", "cost_firms": "USD", "cost_buyers": "USD", "concentration": "1", "largest_site": "1",
    "without_largest": "1", "short_of_members": "t", "short_of_others": "t",
}  # fmt: skip
"""Every key figure that there can be, with its unit."""


class KeyFigure(NamedTuple):
    """One number of every member.

    Attributes
    ----------
    key : its place in the list of key figures, "K1" to "K16"
    name : what it is, such as "short"
    place : of whom: "outside" for all users outside, or a country, sector, stage, view, good or payer
    unit : unit of the values
    better : -1 where less is better, 1 where more is, 0 where it depends on who looks
    values : DataArray (arm, replication); NaN where the member has none
    """

    key: str
    name: str
    place: str
    unit: str
    better: int
    values: Any


def key_figures(
    outcomes: xarray.Dataset, world: World, members: Mapping[str, Sequence[str]] | None = None
) -> list[KeyFigure]:
    """K1, K2, K4, K5, K7, K8, K10 and K14 to K16 of every member. K3 is `simulator stock`; the others compare arms.

    Parameters
    ----------
    outcomes : dims (…, arm, replication), see `results.outcomes`
    world : its world
    members : for each strategy the countries that take part in it; for K14
    """
    return [
        *_shortage(outcomes),
        *_dependency(outcomes),
        *_prices(outcomes),
        *_losses(outcomes, world),
        *_payers(outcomes),
        *_concentration(outcomes),
        *_spill_over(outcomes, members or {}),
    ]


def places(world: World) -> set[str]:
    """Of whom a key figure can be: users, countries, sectors, stages, views and goods; payers are known after a run only."""
    at = stages(world)
    countries, sectors = {d.country for d in world.demand}, {d.sector for d in world.demand}
    views_of = {f"direct:{stage}" for stage in at} | set(LOOK_THROUGH)
    return {OUTSIDE, EVERYBODY, *countries, *sectors, *at, *views_of, *world.commodities, *world.outputs}


def short_outside(outcomes: xarray.Dataset) -> Any:
    """Tonnes of headline goods that users outside were not served on time, (arm, replication) [t]."""
    return outcomes["short"].isel(market=np.flatnonzero(_abroad(outcomes))).sum("market")


def cash(outcomes: xarray.Dataset) -> Any:
    """All that is paid because of the measures, whoever pays, present value (arm, replication) [USD]; no promises."""
    if "cost" not in outcomes:
        return 0.0 * short_outside(outcomes)
    return outcomes["cost"].isel(account=np.flatnonzero(np.isin(outcomes["purse"].values, CASH))).sum("account")


def value_lost(outcomes: xarray.Dataset, wide: bool = False) -> Any:
    """Value added at risk outside, of the builders alone or with all who supply them, (arm, replication) [USD]."""
    name = "value_lost_wide" if wide else "value_lost"
    if name not in outcomes:
        return 0.0 * short_outside(outcomes)
    return outcomes[name].isel(market=np.flatnonzero(_abroad(outcomes))).sum("market")


def names(labelled: Any) -> list[tuple[str, str]]:
    """Scenario and strategy of each arm."""
    return list(zip(labelled["scenario"].values.tolist(), labelled["strategy"].values.tolist(), strict=True))


def _abroad(outcomes: xarray.Dataset) -> Any:
    return outcomes["market_country"].values != views.inside(outcomes)


def _groups(outcomes: xarray.Dataset) -> Iterator[tuple[str, Any]]:
    """All users outside, each country that uses the goods, and each sector outside: name and which markets."""
    abroad = _abroad(outcomes)
    asks = outcomes["asked"].isel(arm=0).mean("replication").values > 0.0
    yield OUTSIDE, abroad
    for names in (outcomes["market_country"].values, outcomes["market_sector"].values):
        for name in dict.fromkeys(names[abroad & asks].tolist()):
            yield str(name), abroad & (names == name)


def _shortage(outcomes: xarray.Dataset) -> Iterator[KeyFigure]:
    days = outcomes["event_day"].values.astype("datetime64[D]")
    horizon = (np.array(outcomes.attrs["end"], dtype="datetime64[D]") - days).astype(float)
    first = outcomes["first_shortage"]
    lasts = first.isnull().all("market").isel(replication=0, drop=True).copy(data=horizon + 1.0)
    countries = set(outcomes["country"].values.tolist())
    for place, which in _groups(outcomes):
        part = outcomes[["asked", "short", "lost", "peak", "first_shortage"]].isel(market=np.flatnonzero(which))
        earliest = part["first_shortage"].min("market", skipna=True)
        yield KeyFigure("K1", "first_shortage", place, "d", 1, earliest.fillna(lasts))
        yield KeyFigure("K1", "no_shortage", place, "1", 1, earliest.isnull() * 1.0)
        short, asked = part["short"].sum("market"), part["asked"].sum("market")
        yield KeyFigure("K2", "short", place, "t", -1, short)
        yield KeyFigure("K2", "short_share", place, "1", -1, (short / asked.where(asked > 0.0)).fillna(0.0))
        yield KeyFigure("K2", "lost", place, "t", -1, part["lost"].sum("market"))
        yield KeyFigure("K2", "peak", place, "1", -1, part["peak"].max("market"))
        if place in countries:
            yield KeyFigure("K2", "days_short", place, "d", -1, outcomes["days_short"].sel(country=place, drop=True))
    back = outcomes["recovery"]
    yield KeyFigure("K15", "recovery", OUTSIDE, "d", -1, back.fillna(lasts))
    if "event_end" in outcomes.coords:
        span = (outcomes["event_end"].values - outcomes["event_day"].values) / np.timedelta64(1, "D")
        after = (back.fillna(lasts) - lasts.copy(data=span)).clip(min=0.0)
        yield KeyFigure("K15", "recovery_after_end", OUTSIDE, "d", -1, after)


def _dependency(outcomes: xarray.Dataset) -> Iterator[KeyFigure]:
    last = outcomes["dependency"].isel(month=-1, drop=True)
    for view in last["view"].values.tolist():
        yield KeyFigure("K4", "dependency", view, "1", -1, last.sel(view=view, drop=True))


def _prices(outcomes: xarray.Dataset) -> Iterator[KeyFigure]:
    goods = outcomes["priced"].values.tolist()
    for good in goods:
        at = outcomes[["price", "price_peak", "paid"]].sel(priced=good, drop=True)
        here, there = (at["price"].sel(zone=zone, drop=True) for zone in ("outside", "inside"))
        if bool(here.isnull().any()):
            continue
        yield KeyFigure("K5", "price_outside", good, "USD/t", -1, here)
        yield KeyFigure("K5", "price_inside", good, "USD/t", 0, there)
        yield KeyFigure("K5", "price_gap", good, "1", -1, here / there - 1.0)
        yield KeyFigure("K5", "price_peak", good, "USD/t", -1, at["price_peak"].sel(zone="outside", drop=True))
        yield KeyFigure("K5", "paid", good, "USD/t", -1, at["paid"].sel(zone="outside", drop=True))


def _losses(outcomes: xarray.Dataset, world: World) -> Iterator[KeyFigure]:
    for name in ("value_lost", "value_lost_wide"):
        if name not in outcomes:
            continue
        for place, which in _groups(outcomes):
            yield KeyFigure(
                "K7", name, place, "USD", -1, outcomes[name].isel(market=np.flatnonzero(which)).sum("market")
            )
        countries = outcomes["market_country"].values
        for country, output in world.outputs.items():
            loss = outcomes[name].isel(market=np.flatnonzero(countries == country)).sum("market")
            what = "gdp_at_risk" if name == "value_lost" else "gdp_at_risk_wide"
            yield KeyFigure("K16", what, country, "1", -1, loss / output.central)


def _payers(outcomes: xarray.Dataset) -> Iterator[KeyFigure]:
    if "cost" not in outcomes:
        return
    cost, purses, payers = outcomes["cost"], outcomes["purse"].values, outcomes["payer"].values
    for purse in dict.fromkeys(purses.tolist()):
        mine = purses == purse
        yield KeyFigure(
            "K8", f"cost_{purse}", EVERYBODY, "USD", -1, cost.isel(account=np.flatnonzero(mine)).sum("account")
        )
        for payer in dict.fromkeys(payers[mine].tolist()):
            part = cost.isel(account=np.flatnonzero(mine & (payers == payer))).sum("account")
            yield KeyFigure("K8", f"cost_{purse}", payer, "USD", -1, part)


def _concentration(outcomes: xarray.Dataset) -> Iterator[KeyFigure]:
    for name, unit, better in (("concentration", "1", -1), ("largest_site", "1", -1), ("without_largest", "1", 1)):
        for stage in outcomes["stage"].values.tolist():
            values = outcomes[name].sel(stage=stage, drop=True)
            if not bool(values.isnull().all()):
                yield KeyFigure("K10", name, stage, unit, better, values)


def _spill_over(outcomes: xarray.Dataset, members: Mapping[str, Sequence[str]]) -> Iterator[KeyFigure]:
    """Tonnes short of those who take part in a strategy, and of others; NaN where a strategy names nobody."""
    countries, abroad = outcomes["market_country"].values, _abroad(outcomes)
    for name, inside in (("short_of_members", True), ("short_of_others", False)):
        values = short_outside(outcomes) * np.nan
        for strategy, mine in members.items():
            which = abroad & (np.isin(countries, list(mine)) == inside)
            arms = outcomes["strategy"].values == strategy
            if mine and which.any():
                part = outcomes["short"].isel(market=np.flatnonzero(which)).sum("market")
                held = differences_to_nothing(part)
                values[{"arm": np.flatnonzero(arms)}] = held.isel(arm=np.flatnonzero(arms))
        if not bool(values.isnull().all()):
            yield KeyFigure("K14", name, OUTSIDE, "t", -1, values)


def differences_to_nothing(values: Any) -> Any:
    """Each arm minus the arm of its scenario in which nothing is done; NaN where that is no arm."""
    return differences(values) if NOTHING in values["strategy"].values else values * np.nan
