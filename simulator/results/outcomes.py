"""What is kept of each member when many arms are compared: a few numbers in place of a record of every day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.results import views
from simulator.results.losses import losses
from simulator.results.metrics import recovery_time
from simulator.results.shares import dependency, look_through
from simulator.world.model import World
from simulator.world.stages import stages

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]
YEAR = 12  # months of a trailing year
BACK = 0.9  # share of normal service from which a market counts as recovered [1]
UNITS = {
    "first_shortage": "d",
    "asked": "t",
    "short": "t",
    "lost": "t",
    "peak": "1",
    "days_short": "d",
    "recovery": "d",
    "missing": "1",
    "dependency": "1",
    "concentration": "1",
    "largest_site": "1",
    "without_largest": "1",
    "price": "USD/t",
    "price_peak": "USD/t",
    "paid": "USD/t",
    "cost": "USD",
    "value_lost": "USD",
    "value_lost_wide": "USD",
    "opens": "d",
}


def outcomes(data: xarray.Dataset, world: World) -> xarray.Dataset:
    """What each member of one arm comes to; headline goods only, from the arm's own event to the end of the run.

    Parameters
    ----------
    data : results of one arm, with the member as the last dimension
    world : its world

    Returns
    -------
    Dataset over member, units in `UNITS`: by market `first_shortage` (NaN for none), `asked`, `short` (not served on
    time), `lost`, `peak` (worst month's share short), `value_lost` and `value_lost_wide` (see `results.losses`); by
    country `days_short` (with over 2 % short); `recovery` of the countries outside together, from the event until 90 %
    of service is back for good; `missing`, their share short, by month; by view and month `dependency`, the share of
    the largest country in a trailing year; by stage `concentration` and `largest_site` of what is made outside in the
    last year, and `without_largest`, supply without its largest country over what is asked; by good and zone the
    means `price` and `paid`, and the highest month `price_peak`; by account the present value of `cost`; by project
    the day on which it `opens`
    """
    import xarray as xr

    found: dict[str, Any] = {**_markets(data, world), **_supply(data, world), **_prices(data)}
    abroad = views.outside_countries(data)
    found["missing"] = (("month", "member"), views.shortfall_path(data, abroad))
    found["days_short"], found["recovery"] = _service(data, abroad)
    if "cost" in data:
        found["cost"] = (("account", "member"), present_value(data, world.parameters["discount_rate"].central))
    if "opens" in data:
        found["opens"] = (("project", "member"), data["opens"].transpose("project", "member").values)
    kept = xr.Dataset({name: (dims, np.asarray(a, dtype=np.float32)) for name, (dims, a) in found.items()})
    dims = {d: data[d] for d in kept.dims if d in data.coords}
    also = {n: c for n, c in data.coords.items() if n not in dims and c.dims and c.dims[0] in dims}
    kept = kept.assign_coords(
        {**dims, **also, "view": [*(f"direct:{s}" for s in stages(world)), *LOOK_THROUGH], "stage": stages(world)}
    )
    for name in map(str, kept.data_vars):
        kept[name].attrs = {"units": UNITS[name]}
    kept.attrs = dict(data.attrs)
    return kept


LOOK_THROUGH = ("look-through:mined", "look-through:separated")


def present_value(data: xarray.Dataset, rate: float) -> Array:
    """What each account pays over the whole run, discounted to the arm's event, array (account, member) [USD].

    Formula: sum over months of cost / (1 + rate) ** (years from the event to the middle of the month).
    """
    start, months = views.event_day(data), data["month"].values.astype("datetime64[D]")
    origin = start if start is not None else months[0]
    years = ((months - origin).astype(float) + 15.0) / 365.0
    cost = data["cost"].transpose("account", "month", "member").values.astype(np.float64)
    return np.einsum("amk,m->ak", cost, (1.0 + rate) ** -years)


def _markets(data: xarray.Dataset, world: World) -> dict[str, Any]:
    keep = np.flatnonzero(views.since_event(data))
    part = data[["asked", "served", "lost"]].sel(commodity=views.final_goods(data)).isel(month=keep)
    asked, served, lost = (
        part[n].sum("commodity").transpose("market", "month", "member").values.astype(np.float64)
        for n in ("asked", "served", "lost")
    )
    gap = np.maximum(asked - served, 0.0)
    share = np.divide(gap, asked, out=np.zeros_like(gap), where=asked > 0.0)
    dims = ("market", "member")
    found = {
        "first_shortage": (dims, data["first_shortage"].transpose(*dims).values),
        "asked": (dims, asked.sum(axis=1)),
        "short": (dims, gap.sum(axis=1)),
        "lost": (dims, lost.sum(axis=1)),
        "peak": (dims, share.max(axis=1)),
    }
    if world.products:
        direct, wide = np.zeros_like(asked[:, 0]), np.zeros_like(asked[:, 0])
        place = {str(m): i for i, m in enumerate(data["market"].values)}
        for loss in losses(data, world.products):
            direct[place[f"{loss.country}/{loss.sector}"]] = loss.direct
            wide[place[f"{loss.country}/{loss.sector}"]] = loss.economy_wide
        found |= {"value_lost": (dims, direct), "value_lost_wide": (dims, wide)}
    return found


def _service(data: xarray.Dataset, abroad: list[str]) -> tuple[Any, Any]:
    """Days short by country, and recovery of the countries abroad, weighted by what they ask."""
    service = data["service"].transpose("country", "day", "member")
    days = data["day"].values.astype("datetime64[D]")
    start = views.event_day(data)
    step = float((days[1] - days[0]).astype(int)) if days.size > 1 else 1.0
    at = 0 if start is None else int(np.searchsorted(days, start))
    short = (service.values[:, at:] < 1.0 - views.SHORT).sum(axis=1) * step
    asked = data["asked"].sel(commodity=views.final_goods(data)).sum(["commodity", "month"]).mean("member").values
    place = views.market_countries(data)
    weight = np.array([asked[place == c].sum() if c in abroad else 0.0 for c in map(str, service["country"].values)])
    together = np.einsum("cdk,c->dk", service.values.astype(np.float64), weight / max(weight.sum(), 1e-12))
    window, hold = max(1, round(28 / step)), max(1, round(60 / step))
    back = recovery_time(together, 0, at, threshold=BACK, hold_days=hold, window=window) * step
    return (("country", "member"), short), (("member",), back)


def _supply(data: xarray.Dataset, world: World) -> dict[str, Any]:
    """Who supplies the countries outside: at each stage by what is made there and comes from inside, and by origin."""
    home, names = views.inside(data), stages(world)
    made = data["made"].transpose("facility", "month", "member").values.astype(np.float64)
    country, stage = data["facility_country"].values, data["facility_stage"].values
    exports = data["exports"].transpose("flow", "month", "member").values.astype(np.float64)
    goods = data["flow_commodity"].values
    paths, hhi, site, rest = [], [], [], []
    for name in names:
        at = np.flatnonzero(stage == name)
        sold = {world.first_output(str(f)) for f in data["facility"].values[at]}
        flows = np.isin(goods, sorted(sold))
        by_country = {c: _trailing(made[at[country[at] == c]].sum(axis=0)) for c in dict.fromkeys(country[at])}
        for c in by_country:
            gone = exports[flows & (data["exporter"].values == c) & (data["importer"].values == home)]
            by_country[c] = np.maximum(by_country[c] - _trailing(gone.sum(axis=0)), 0.0)
        if home in by_country:
            by_country[home] = _trailing(exports[flows & (data["exporter"].values == home)].sum(axis=0))
        table = np.array(list(by_country.values()))
        single = [c != "ROW" for c in by_country]
        whole = np.maximum(table.sum(axis=0), 1e-12)
        paths.append(table[single].max(axis=0) / whole)
        own = np.array([c != home for c in by_country])
        share = table[own, -1] / np.maximum(table[own, -1].sum(axis=0), 1e-12)
        hhi.append(1e4 * (share**2).sum(axis=0))
        sites = made[at[country[at] != home], -YEAR:].sum(axis=1)
        site.append(sites.max(axis=0, initial=0.0) / np.maximum(sites.sum(axis=0), 1e-12))
        rest.append((table[:, -1].sum(axis=0) - table[:, -1].max(axis=0)) / np.maximum(_asked(data, sold, home), 1e-12))
    used = data["used_origin"].sel(commodity=views.final_goods(data), country=views.outside_countries(data))
    for step in ("mined", "separated"):
        by_group = look_through(used, step, over=["country", "commodity"]).transpose("group", "month", "member")
        year = by_group.copy(data=_trailing(np.moveaxis(by_group.values, 1, 0)).transpose(1, 0, 2))
        paths.append(dependency(year, "group").transpose("month", "member").values)
    missing = np.array(rest)
    missing[[not _final(data, world, n) for n in names]] = np.nan  # only final demand says what is asked
    return {
        "dependency": (("view", "month", "member"), np.array(paths)),
        "concentration": (("stage", "member"), np.array(hhi)),
        "largest_site": (("stage", "member"), np.array(site)),
        "without_largest": (("stage", "member"), missing),
    }


def _final(data: xarray.Dataset, world: World, stage: str) -> bool:
    makers = data["facility"].values[data["facility_stage"].values == stage]
    return any(world.first_output(str(f)) in views.final_goods(data) for f in makers)


def _asked(data: xarray.Dataset, sold: set[str], home: str) -> Array:
    """What final users outside ask of some goods in the last year, array (member) [t]."""
    of = [c for c in map(str, data["commodity"].values) if c in sold]
    abroad = np.flatnonzero(views.market_countries(data) != home)
    part = data["asked"].sel(commodity=of).isel(market=abroad, month=slice(-YEAR, None))
    return np.asarray(part.sum(["market", "commodity", "month"]).values, dtype=np.float64)


def _trailing(path: Array) -> Array:
    """Sums over the last twelve months, or those that there are, along the first axis (month, …)."""
    sums = np.cumsum(path, axis=0, dtype=np.float64)
    late = sums.copy()
    late[YEAR:] -= sums[:-YEAR]
    return late


def _prices(data: xarray.Dataset) -> dict[str, Any]:
    keep, dims = np.flatnonzero(views.since_event(data)), ("priced", "zone", "member")
    found = {}
    for name in ("price", "paid"):
        path = data[name].isel(month=keep).transpose(*dims, "month").values.astype(np.float64)
        found[name] = (dims, path.mean(axis=-1))
        if name == "price":
            found["price_peak"] = (dims, path.max(axis=-1))
    return found
