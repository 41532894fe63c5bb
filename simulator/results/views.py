"""The few reductions that charts, page and summary share, so that they can never disagree.

Each takes the results Dataset and keeps the member dimension last, unless it says otherwise. `quantiles` and the
`Spread` are the only places where members meet.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulator.results.metrics import recovery_time, rolling_mean, shortfall_share
from simulator.results.survival import censored_share, kaplan_meier

if TYPE_CHECKING:
    import xarray

SHORT = 0.02
"""Shortfall from which a market counts as short, as a share of its demand."""


class Spread(NamedTuple):
    """A number over members: median and the ends of the range that holds 90 % of them."""

    median: float
    low: float
    high: float


def spread(values: Any) -> Spread:
    """Median and 90 % range over all values given; NaN when there is none."""
    array = np.asarray(values, dtype=np.float64).ravel()
    if array.size == 0 or np.isnan(array).all():
        return Spread(np.nan, np.nan, np.nan)
    low, median, high = np.nanquantile(array, (0.05, 0.5, 0.95))
    return Spread(float(median), float(low), float(high))


def spread_of_times(first: Any, horizon: float) -> Spread:
    """Median and 90 % range of times of which some lie beyond the horizon; NaN for what was not reached."""
    curve = kaplan_meier(first, horizon)
    return Spread(curve.quantile(0.5), curve.quantile(0.05), curve.quantile(0.95))


def event_day(dataset: xarray.Dataset) -> np.datetime64 | None:
    """Day the first event takes effect; None when nothing happens."""
    text = str(dataset.attrs.get("event_day") or "")
    return np.datetime64(text, "D") if text else None


def horizon_days(dataset: xarray.Dataset) -> float:
    """Days from the event to the end of the run."""
    start = event_day(dataset)
    end = np.datetime64(str(dataset.attrs["end"]), "D")
    return (
        float((end - (start if start is not None else first_month(dataset).astype("datetime64[D]"))).astype(int)) + 1.0
    )


def first_month(dataset: xarray.Dataset) -> np.datetime64:
    """First month shown: the one after the warm-up."""
    months = dataset["month"].values.astype("datetime64[M]")
    text = str(dataset.attrs.get("warm_up_end") or "")
    warm = np.datetime64(text, "D") if text else months[0].astype("datetime64[D]")
    later = months[months.astype("datetime64[D]") >= warm]
    return later[0] if later.size else months[0]


def shown(dataset: xarray.Dataset) -> xarray.Dataset:
    """The results without the warm-up."""
    start = first_month(dataset)
    # Slices, so that nothing is copied.
    return dataset.isel({dim: slice(int((dataset[dim].values < start).sum()), None) for dim in ("month", "day")})


def market_countries(dataset: xarray.Dataset) -> np.ndarray:
    """Country of each market, in order of the dimension."""
    return np.array([str(m).split("/")[0] for m in dataset["market"].values])


def market_sectors(dataset: xarray.Dataset) -> np.ndarray:
    """Sector of each market, in order of the dimension."""
    return np.array([str(m).split("/")[1] for m in dataset["market"].values])


def inside(dataset: xarray.Dataset) -> str:
    """Code of the country with a home market of its own."""
    return str(dataset.attrs.get("inside") or "CHN")


def goods(dataset: xarray.Dataset, language: str = "en") -> tuple[str, str]:
    """What headlines count, in words, as one and as many: magnet, magnets."""
    named = json.loads(str(dataset.attrs.get("goods") or "{}"))
    one, many = named.get(language) or named.get("en") or ("product", "products")
    return str(one), str(many)


def final_goods(dataset: xarray.Dataset) -> list[str]:
    """What headlines count among what final users ask for; all they ask for when it is none of it."""
    names = [c for c in map(str, dataset["commodity"].values) if is_headline(dataset, c)]
    return names or [str(c) for c in dataset["commodity"].values]


def in_countries(dataset: xarray.Dataset, countries: Sequence[str]) -> xarray.Dataset:
    """Headline goods asked, served and lost in the markets of some countries; other tonnes do not add up with them."""
    chosen = np.flatnonzero(np.isin(market_countries(dataset), list(countries)))
    return dataset[["asked", "served", "lost"]].isel(market=chosen).sel(commodity=final_goods(dataset))


def outside_countries(dataset: xarray.Dataset) -> list[str]:
    """Countries that use the headline goods, without the inside one, largest use first."""
    asked = dataset["asked"].sel(commodity=final_goods(dataset)).sum(["commodity", "month"]).mean("member").values
    place = market_countries(dataset)
    use = {str(c): float(asked[place == c].sum()) for c in dict.fromkeys(place) if c != inside(dataset)}
    return sorted((c for c in use if use[c] > 0), key=lambda c: (-use[c], c))


def shortfall_path(dataset: xarray.Dataset, countries: Sequence[str]) -> np.ndarray:
    """Share of the countries' demand for the headline goods not served on time, array (month, member) [1]."""
    part = in_countries(dataset, countries)
    share = shortfall_share(part["asked"], part["served"], over=["market", "commodity"])
    return share.transpose("month", "member").values.astype(np.float64)


def service_by_month(dataset: xarray.Dataset, country: str) -> np.ndarray:
    """Share of the country's demand for the headline goods served on time, array (month, member) [1]."""
    return 1.0 - shortfall_path(dataset, [country])


def since_event(dataset: xarray.Dataset) -> np.ndarray:
    """Whether each month lies in or after the event's month, array (month)."""
    start = event_day(dataset)
    months = dataset["month"].values.astype("datetime64[M]")
    return months >= (start.astype("datetime64[M]") if start is not None else first_month(dataset))


def lost_tonnes(dataset: xarray.Dataset, countries: Sequence[str] | None = None) -> np.ndarray:
    """Demand for the headline goods that did not wait, from the event on, array (member) [t]."""
    part = in_countries(dataset, market_countries(dataset).tolist() if countries is None else countries)
    lost = part["lost"].isel(month=np.flatnonzero(since_event(dataset)))
    return lost.sum(["market", "commodity", "month"]).values.astype(np.float64)


def country_first_shortage(dataset: xarray.Dataset, country: str) -> np.ndarray:
    """First shortage of any of the country's markets, array (member) [d]; NaN for none."""
    return _earliest(dataset, market_countries(dataset) == country)


def sector_first_shortage(dataset: xarray.Dataset, sector: str) -> np.ndarray:
    """First shortage of the sector in any outside country, array (member) [d]; NaN for none."""
    return _earliest(dataset, (market_sectors(dataset) == sector) & (market_countries(dataset) != inside(dataset)))


def _earliest(dataset: xarray.Dataset, chosen: np.ndarray) -> np.ndarray:
    """First shortage in any of the markets chosen, array (member) [d]; NaN for none."""
    first = dataset["first_shortage"].transpose("market", "member").values[chosen].astype(np.float64)
    earliest = np.where(np.isnan(first), np.inf, first).min(axis=0, initial=np.inf)
    return np.where(np.isfinite(earliest), earliest, np.nan)


def sector_loss(dataset: xarray.Dataset) -> dict[str, float]:
    """Mean over members of the share of the headline goods not served since the event, by sector outside, worst first [1]."""
    keep = np.flatnonzero(since_event(dataset))
    part = in_countries(dataset, outside_countries(dataset)).isel(month=keep)
    dims = ["commodity", "month", "member"]
    gap = (part["asked"] - part["served"]).clip(min=0).sum(dims).values
    asked, names = part["asked"].sum(dims).values, market_sectors(part)
    share = {s: float(gap[names == s].sum() / max(asked[names == s].sum(), 1e-12)) for s in dict.fromkeys(names)}
    return dict(sorted(share.items(), key=lambda item: (-item[1], item[0])))


def shortage_table(dataset: xarray.Dataset) -> list[dict[str, Any]]:
    """First shortage of every market with demand.

    Returns
    -------
    rows with country, sector, hit (share of members with a shortage), low, median, high [d after the event]
    """
    first = dataset["first_shortage"].transpose("market", "member")
    asked = dataset["asked"].sum([d for d in dataset["asked"].dims if d != "market"]).values
    none = censored_share(first).values
    rows = []
    for i, (country, sector) in enumerate(zip(market_countries(dataset), market_sectors(dataset), strict=True)):
        if asked[i] <= 0:
            continue
        middle, low, high = spread_of_times(first.values[i], horizon_days(dataset))
        rows.append(
            {
                "country": str(country),
                "sector": str(sector),
                "hit": 1.0 - float(none[i]),
                "low": low,
                "median": middle,
                "high": high,
            }
        )
    return rows


def recovery(dataset: xarray.Dataset, country: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The country's recovery: days, 28-day service (day, member) [1], and recovery time (member) [d]."""
    service = dataset["service"].sel(country=country).transpose("day", "member")
    days = dataset["day"].values.astype("datetime64[D]")
    start = event_day(dataset)
    step = float((days[1] - days[0]).astype(int)) if days.size > 1 else 1.0
    window, hold = max(1, round(28 / step)), max(1, round(60 / step))
    at = 0 if start is None else int(np.searchsorted(days, start))
    smooth = rolling_mean(service, "day", window).values
    back = recovery_time(service, "day", at, hold_days=hold, window=window).values * step
    return days, smooth, back


def price_paths(dataset: xarray.Dataset, commodity: str, which: str = "price") -> dict[str, np.ndarray]:
    """Monthly quotes (`price`) or prices paid (`paid`) by zone, arrays (month, member) [USD/t].

    Zones without a price are left out, and all of them where the results know no such price.
    """
    if which not in dataset:
        return {}
    quotes = dataset[which].sel(priced=commodity)
    paths = {
        str(zone): quotes.sel(zone=zone).transpose("month", "member").values.astype(np.float64)
        for zone in quotes["zone"].values
    }
    return {zone: path for zone, path in paths.items() if not np.isnan(path).any() and path.min() > 0.0}


def is_headline(dataset: xarray.Dataset, commodity: str) -> bool:
    """Whether a commodity's shortage counts in headlines; every one does where the world names none."""
    named = str(dataset.attrs.get("headline", "")).split()
    return commodity in named or not named


def is_magnet(commodity: str) -> bool:
    """Whether a commodity is a finished magnet, by its id."""
    return commodity.endswith("magnet")


def traded_goods(dataset: xarray.Dataset) -> list[str]:
    """Ids of the goods of headlines that cross borders."""
    flows = map(str, dataset["flow_commodity"].values) if "exports" in dataset else ()
    return sorted(set(flows) & set(final_goods(dataset)))


def export_path(
    dataset: xarray.Dataset,
    exporter: str,
    importer: str = "all",
    commodities: Sequence[str] | None = None,
    series: str = "exports",
) -> np.ndarray:
    """Exports by month, array (month, member) [t].

    Parameters
    ----------
    dataset : results with `exports` over `flow`
    exporter, importer : country codes; "all" sums over importers
    commodities : those to add up; None for all that headlines count
    """
    names = traded_goods(dataset) if commodities is None else list(commodities)
    chosen = (dataset["exporter"].values == exporter) & np.isin(dataset["flow_commodity"].values, names)
    if importer != "all":
        chosen &= dataset["importer"].values == importer
    flow = dataset[series].isel(flow=np.flatnonzero(chosen)).sum("flow")
    path: np.ndarray = flow.transpose("month", "member").values.astype(np.float64)
    return path
