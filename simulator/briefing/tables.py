"""The tables of a run, as CSV: what the charts show, in full precision, and the list of assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.briefing import lost
from simulator.results import metrics, storage, views
from simulator.results.losses import losses
from simulator.scenario.strategy import APART
from simulator.scenario.uncertain import Uncertain

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario
    from simulator.studies.compare import Arm
    from simulator.studies.run import Result
    from simulator.world.model import World

BANDS = (("p5", 0.05), ("median", 0.5), ("p95", 0.95))  # the 90 % range of page, charts and summary
ASSUMPTION = ("name", "value", "low", "high", "unit", "source", "year", "grade")


def write(folder: Path, result: Result) -> list[str]:
    """Write all tables into a folder; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "shortfall": _shortfall,
        "first-shortage": _first_shortage,
        "exports": _exports,
        "prices": _prices,
        "cover": _cover,
        "production": _production,
        "dependency": _dependency,
        "licences": _licences,
        "costs": _costs,
    }
    whole = {name: list(rows(result.dataset)) for name, rows in made.items()}
    found = losses(result.dataset, result.world.products)
    whole["lost-units"] = list(lost.rows(found))
    whole["published-losses"] = list(lost.published(found, result.world))
    names = []
    for name, table in whole.items():
        if table:
            names.append(f"{name}.csv")
            storage.write_table(folder / names[-1], list(table[0]), table)
    storage.write_table(folder / "assumptions.csv", ASSUMPTION, assumptions(result.scenario, result.world))
    return [*names, "assumptions.csv"]


def assumptions(scenario: Scenario, world: World, whole: bool = True) -> list[dict[str, Any]]:
    """Inputs with source and grade: behaviour, growth and the scenario's own numbers; `whole` adds every row of the tables."""
    rows = [
        _row(f"{scenario.name}: {m.id}, {name}", value, unit, "; ".join(m.sources or scenario.sources), "", grade)
        for m in scenario.measures
        for name, value, unit, grade in _numbers(m)
    ]
    groups: dict[str, Mapping[Any, Any]] = {
        "parameter": world.parameters,
        "growth": world.growth,
        "product": {(sector, n): f for sector, p in world.products.items() for n, f in p.figures.items()},
    }
    if whole:
        groups |= {
            "cover": world.cover,
            "price": world.prices,
            "transit": {k: v.transit for k, v in world.lanes.items()},
            "capacity": {k: v.capacity for k, v in world.facilities.items()},
            "share": {(s.buyer, s.commodity, s.supplier): s.share for s in world.sources},
            "demand": {(d.market, d.commodity): d.rate for d in world.demand},
            "recipe": {(r.id, i.commodity): i.amount for r in world.recipes.values() for i in r.inputs}
            | {(r.id, o.commodity): o.amount for r in world.recipes.values() for o in r.outputs},
        }
    for group, figures in groups.items():
        for key, figure in figures.items():
            name = key if isinstance(key, str) else ", ".join(key)
            own = scenario.parameters.get(name) if group == "parameter" else None
            rows.append(
                _row(
                    f"{group}: {name}",
                    figure.value,
                    CANONICAL.get(group, IN_TONNES.get(figure.unit, figure.unit)),
                    figure.source,
                    figure.year,
                    figure.grade,
                )
                if own is None
                else _row(f"{group}: {name}", own, figure.unit, f"scenario {scenario.name}", "", scenario.grade)
            )
    return rows


def assumptions_of_arms(arms: Sequence[Arm], world: World, whole: bool = True) -> list[dict[str, Any]]:
    """The same for all arms of a comparison, each input once: of the world, of every scenario and of every strategy."""
    found: dict[str, dict[str, Any]] = {}
    for i, arm in enumerate(arms):
        for row in assumptions(arm.ready, world, whole and i == 0):
            name = str(row["name"])
            if APART in name:  # a number of a strategy is the same under every scenario
                name = name.partition(": ")[2]
            found.setdefault(name, {**row, "name": name})
    return list(found.values())


# Figures of the world are held in the units the engine computes with, whatever the table was written in.
CANONICAL = {"price": "USD/t", "capacity": "t/d", "demand": "t/d", "cover": "d", "transit": "d"}
IN_TONNES = {"kg": "t"}


def _numbers(measure: Any, path: str = "") -> Iterator[tuple[str, Uncertain, str, str]]:
    for name in type(measure).model_fields:
        value = getattr(measure, name)
        where = f"{path}{name}"
        if isinstance(value, Uncertain):
            grade = getattr(measure, "grades", {}).get(where) or getattr(measure, "grade", None) or "D"
            yield where, value, "", grade
        elif hasattr(type(value), "model_fields") and name != "title":
            for inner, number, unit, _ in _numbers(value, f"{where}."):
                yield inner, number, unit, measure.grades.get(inner) or measure.grade or "D"


def _row(name: str, value: Uncertain, unit: str, source: str, year: str, grade: str) -> dict[str, Any]:
    ends = {"low": "", "high": ""} if value.certain else {"low": value.low, "high": value.high}
    return {"name": name, "value": value.central, **ends, "unit": unit, "source": source, "year": year, "grade": grade}


def _bands(values: np.ndarray) -> dict[str, float]:
    """Quantiles over members, the last axis."""
    return {name: float(np.quantile(values, q)) for name, q in BANDS}


def _months(dataset: Any) -> list[str]:
    return [str(m)[:7] for m in dataset["month"].values]


def _shortfall(dataset: Any) -> Iterator[dict[str, Any]]:
    gap = (
        metrics.shortfall(dataset["asked"], dataset["served"])
        .transpose("market", "commodity", "month", "member")
        .values
    )
    asked = dataset["asked"].transpose("market", "commodity", "month", "member").values.mean(axis=-1)
    markets, commodities, months = dataset["market"].values, dataset["commodity"].values, _months(dataset)
    for i, j in np.argwhere(asked.any(axis=-1)):
        for k, (month, bands) in enumerate(zip(months, _all_bands(gap[i, j]), strict=True)):
            yield {
                "market": markets[i],
                "commodity": commodities[j],
                "month": month,
                "asked_t": float(asked[i, j, k]),
                **{f"shortfall_{n}_t": v for n, v in bands.items()},
            }


def _first_shortage(dataset: Any) -> Iterator[dict[str, Any]]:
    yield from views.shortage_table(dataset)


def _exports(dataset: Any) -> Iterator[dict[str, Any]]:
    values = dataset["exports"].transpose("flow", "month", "member").values
    held = dataset["held"].transpose("flow", "month", "member").values.mean(axis=-1)
    quantiles = np.quantile(values, [q for _, q in BANDS], axis=-1)
    names = zip(dataset["exporter"].values, dataset["importer"].values, dataset["flow_commodity"].values, strict=True)
    months = _months(dataset)
    for i, (exporter, importer, commodity) in enumerate(names):
        for k, month in enumerate(months):
            yield {
                "exporter": exporter,
                "importer": importer,
                "commodity": commodity,
                "month": month,
                **{f"exports_{n}_t": float(quantiles[b, i, k]) for b, (n, _) in enumerate(BANDS)},
                "waiting_mean_t": float(held[i, k]),
            }


def _prices(dataset: Any) -> Iterator[dict[str, Any]]:
    for commodity in dataset["priced"].values:
        paid = views.price_paths(dataset, str(commodity), "paid")
        for zone, path in views.price_paths(dataset, str(commodity)).items():
            both = zip(_months(dataset), _all_bands(path), _all_bands(paid.get(zone, path)), strict=True)
            for month, bands, cost in both:
                yield {
                    "commodity": commodity,
                    "market": zone,
                    "month": month,
                    **{f"price_{n}_usd_per_t": v for n, v in bands.items()},
                    **{f"paid_{n}_usd_per_t": v for n, v in cost.items() if zone in paid},
                }


def _cover(dataset: Any) -> Iterator[dict[str, Any]]:
    cover = dataset["cover"].transpose("market", "commodity", "month", "member").values
    used = dataset["asked"].transpose("market", "commodity", ...).sum(["month", "member"]).values > 0.0
    markets, commodities, months = dataset["market"].values, dataset["commodity"].values, _months(dataset)
    for i, j in np.argwhere(used):
        for month, bands in zip(months, _all_bands(cover[i, j]), strict=True):
            yield {
                "market": markets[i],
                "commodity": commodities[j],
                "month": month,
                **{f"cover_{n}_d": v for n, v in bands.items()},
            }


def _production(dataset: Any) -> Iterator[dict[str, Any]]:
    made = dataset["made"].transpose("facility", "month", "member").values
    country, stage = dataset["facility_country"].values, dataset["facility_stage"].values
    months = _months(dataset)
    for i, facility in enumerate(dataset["facility"].values):
        for month, bands in zip(months, _all_bands(made[i]), strict=True):
            yield {
                "facility": facility,
                "country": country[i],
                "stage": stage[i],
                "month": month,
                **{f"made_{n}_t": v for n, v in bands.items()},
            }


def _all_bands(values: np.ndarray) -> list[dict[str, float]]:
    """Quantiles over members of each row of (row, member)."""
    quantiles = np.quantile(values, [q for _, q in BANDS], axis=-1).T.tolist()
    return [dict(zip((name for name, _ in BANDS), row, strict=True)) for row in quantiles]


def _dependency(dataset: Any) -> Iterator[dict[str, Any]]:
    """Share of the largest country by stage, direct from what is made, look-through from what is used, year by year."""
    years = dataset["month"].dt.year
    for year in np.unique(years.values):
        part = dataset[["made", "used_origin"]].sel(month=years == year)
        for stage in np.unique(part["facility_stage"].values):
            made = part["made"].sel(facility=part["facility_stage"] == stage).sum("month")
            by_country = made.groupby("facility_country").sum()
            share = metrics.dependency(by_country, "facility_country", leave_out=("ROW",)).values
            yield {"year": int(year), "stage": stage, "view": "direct", **_bands(share)}
        used = part["used_origin"].sel(
            commodity=[c for c in part["commodity"].values if views.is_headline(part, str(c))]
        )
        for step in ("mined", "separated"):
            groups = metrics.look_through(used.sum(["month", "country", "commodity"]), step)
            yield {
                "year": int(year),
                "stage": step,
                "view": "look-through",
                **_bands(metrics.dependency(groups, "group").values),
            }


def _licences(dataset: Any) -> Iterator[dict[str, Any]]:
    if "licence" not in dataset:
        return
    files = dataset["licence"].mean("member").transpose("office", "month", "quantity")
    for i, office in enumerate(files["office"].values):
        control, destination = str(office).split("|", 1)
        for k, month in enumerate(_months(dataset)):
            counts = dict(zip(files["quantity"].values, files.values[i, k].tolist(), strict=True))
            if any(counts.values()):
                wait = counts["days_waited"] / counts["granted"] if counts["granted"] else ""
                yield {
                    "control": control,
                    "destination": destination,
                    "month": month,
                    "filed": counts["filed"],
                    "granted": counts["granted"],
                    "refused": counts["refused"],
                    "returned": counts["returned"],
                    "mean_wait_d": wait,
                }


def _costs(dataset: Any) -> Iterator[dict[str, Any]]:
    """What adapting costs, by account, where it ever costs anything."""
    if "cost" not in dataset:
        return
    values, months = dataset["cost"].transpose("account", "month", "member").values, _months(dataset)
    names = zip(dataset["account"].values, dataset["payer"].values, dataset["purse"].values, strict=True)
    for i, (account, payer, purse) in enumerate(names):
        for month, bands in zip(months, _all_bands(values[i]), strict=True) if values[i].any() else ():
            yield {
                "cost": str(account).split("|", 1)[0],
                "payer": payer,
                "purse": purse,
                "month": month,
                **{f"cost_{n}_usd": v for n, v in bands.items()},
            }
