"""From the arrays of blocks to one labelled Dataset: dims by name, units as attributes, members in order of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.recorder import BlockRecord

LONG_NAMES = {
    "asked": "final demand asked",
    "served": "final demand served on time",
    "lost": "final demand that did not wait",
    "used_origin": "final use by where it was mined and separated",
    "made": "work begun, in the first output",
    "exports": "exports cleared by customs",
    "imports": "goods landed, at the usual transit of their lane",
    "held": "goods waiting for a licence at the end of the month",
    "price": "mean quote",
    "paid": "mean price paid, weighted by volume",
    "cover": "days of cover at the end of the month",
    "fear": "fear of running out at the end of the month",
    "first_shortage": "first shortage, days after the event",
    "service": "share of the day's demand served on time",
    "licence": "licence files",
    "leaked": "went around a control",
    "cost": "cost of adapting, by who pays",
    "shut": "days on which the site stood still for a loss",
    "saved": "no longer needed, by thrifting and substitution",
    "shipped": "left the depot",
    "owed": "owed by the depot, summed over days",
    "on_hand": "on the shelf of the depot, summed over days",
    "reserve_stock": "stock of the reserve at the end of the month",
    "released": "released from the reserve",
    "bought": "bought for the reserve",
    "opens": "opening of a planned project, days after the start of the run",
}


def merge(records: Sequence[BlockRecord], order: NDArray[np.int64]) -> BlockRecord:
    """One record of all blocks, members in `order` (positions in the concatenation of the blocks)."""
    first = records[0]
    values = {
        name: (dims, np.concatenate([r.values[name][1] for r in records], axis=-1)[..., order])
        for name, (dims, _) in first.values.items()
    }
    audit = {name: (min if name.startswith("lowest") else max)(r.audit[name] for r in records) for name in first.audit}
    return BlockRecord(values, first.coords, first.units, audit)


def to_dataset(
    record: BlockRecord, arm: Sequence[str], replication: NDArray[np.int64], attrs: Mapping[str, Any]
) -> Any:
    """Label a record.

    Parameters
    ----------
    record : arrays whose last axis is the member
    arm, replication : of each member
    attrs : attributes of the Dataset; plain numbers and text

    Returns
    -------
    xarray.Dataset as described in docs/results.md: `asked(market, commodity, month, member)` and so on; `exports` and
    `held` over `flow`, whose coordinates `exporter`, `importer` and `flow_commodity` say what flows where
    """
    import xarray as xr

    values = record.values
    wanted = sorted({c for *_, c in record.coords["demand"]})
    data: dict[str, Any] = {}
    for name in (n for n in ("asked", "served", "lost", "cover", "fear") if n in values):
        data[name] = (("market", "commodity", "month", "member"), _by_market(record, name, wanted))
    data["used_origin"] = (("country", "commodity", "origin", "month", "member"), _by_country(record, wanted))
    for name in (n for n in ("made", "exports", "imports", "held", "leaked") if n in values):
        dims, array = values[name]
        data[name] = ((dims[1], "month", "member"), np.moveaxis(array, 0, 1))
    for name in ("price", "paid"):
        data[name] = (("priced", "zone", "month", "member"), np.moveaxis(values[name][1], 0, 2))
    data["first_shortage"] = (("market", "member"), values["first_shortage"][1])
    asked, served = values["daily_asked"][1], values["daily_served"][1]
    service = np.divide(served, asked, out=np.ones_like(served), where=asked > 0.0)
    data["service"] = (("country", "day", "member"), np.moveaxis(service, 0, 1))
    for name in ("shipped", "owed", "on_hand") if "shipped" in values else ():
        data[name] = (("depot", "month", "member"), np.moveaxis(values[name][1], 0, 1))
    for name in ("reserve_stock", "released", "bought") if "released" in values else ():
        data[name] = (("reserve", "month", "member"), np.moveaxis(values[name][1], 0, 1))
    if "opens" in values:
        data["opens"] = (("project", "member"), values["opens"][1])
    if "licence" in values:
        data["licence"] = (("office", "quantity", "month", "member"), np.moveaxis(values["licence"][1], 0, 2))
    for name in (n for n in ("shut", "cost") if n in values):
        data[name] = ((values[name][0][1], "month", "member"), np.moveaxis(values[name][1], 0, 1))
    if "saved" in values:
        data["saved"] = (("priced", "month", "member"), np.moveaxis(values["saved"][1], 0, 1))
    dataset = xr.Dataset(
        {name: (dims, np.asarray(array, dtype=np.float32)) for name, (dims, array) in data.items()},
        {**_labels(record, wanted), "arm": ("member", list(arm)), "replication": ("member", np.asarray(replication))},
    )
    for variable in map(str, dataset.data_vars):
        dataset[variable].attrs = {"units": record.units.get(variable, "1"), "long_name": LONG_NAMES[variable]}
    dataset.attrs = dict(attrs)
    return dataset


def _labels(record: BlockRecord, wanted: list[str]) -> dict[str, Any]:
    """Coordinates of all dims but the member."""
    coords, values = record.coords, record.values
    exporter, importer, flowing = (
        (list(x) for x in zip(*coords["flow"], strict=True)) if coords["flow"] else ([], [], [])
    )
    labels: dict[str, Any] = {
        "month": coords["month"].astype("datetime64[ns]"),
        "day": coords["day"].astype("datetime64[ns]"),
        "market": [f"{c}/{s}" for c, s in coords["place"]],
        "market_country": ("market", [c for c, _ in coords["place"]]),
        "market_sector": ("market", [s for _, s in coords["place"]]),
        "country": list(coords["country"]),
        "commodity": wanted,
        "priced": list(coords["commodity"]),
        "zone": list(coords["zone"]),
        "origin": list(coords["origin"]),
        "facility": list(coords["facility"]),
        "flow": [f"{e}>{i}:{c}" for e, i, c in coords["flow"]],
        "exporter": ("flow", exporter),
        "importer": ("flow", importer),
        "flow_commodity": ("flow", flowing),
    }
    if "shipped" in values:
        labels["depot"] = list(coords["depot"])
    if "released" in values:
        labels["reserve"] = list(coords["reserve"])
    if "opens" in values:
        labels["project"] = list(coords["project"])
    if "cost" in values:
        labels |= {
            "account": [f"{cost}|{payer}" for cost, payer, _ in coords["account"]],
            "payer": ("account", [payer for _, payer, _ in coords["account"]]),
            "purse": ("account", [purse for _, _, purse in coords["account"]]),
        }
    if "licence" in values:
        labels |= {
            "office": [f"{control}|{office}" for control, office in coords["office"]],
            "quantity": list(coords["quantity"]),
        }
    return labels


def _by_market(record: BlockRecord, name: str, commodities: list[str]) -> NDArray[np.float32]:
    places = {place: i for i, place in enumerate(record.coords["place"])}
    array = record.values[name][1]
    out = np.zeros((len(places), len(commodities), array.shape[0], array.shape[2]), dtype=np.float32)
    for row, (country, sector, commodity) in enumerate(record.coords["demand"]):
        out[places[country, sector], commodities.index(commodity)] = array[:, row]
    return out


def _by_country(record: BlockRecord, commodities: list[str]) -> NDArray[np.float32]:
    countries = {country: i for i, country in enumerate(record.coords["country"])}
    array = record.values["used_origin"][1]
    out = np.zeros((len(countries), len(commodities), array.shape[2], array.shape[0], array.shape[3]), dtype=np.float32)
    for row, (country, commodity) in enumerate(record.coords["use"]):
        out[countries[country], commodities.index(commodity)] = np.moveaxis(array[:, row], 0, 1)
    return out
