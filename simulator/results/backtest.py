"""Simulated against observed trade, month by month, with its error whatever it is."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.results.metrics import nrmse
from simulator.results.views import export_path, is_magnet

if TYPE_CHECKING:
    import xarray

EVERYWHERE = ("all", "world")
COLUMNS = ("period", "origin", "destination", "commodity", "value", "unit", "source", "grade", "use")
UNITS = {"t": 1.0, "kt": 1e3, "kg": 1e-3}


@dataclass(frozen=True, slots=True)
class Observation:
    """One observed flow of a month (or, with `year_only`, of a whole year) [t]."""

    month: np.datetime64  # first day
    exporter: str
    importer: str  # a code, or "all"
    commodity: str  # an id, several with blanks between them, or "magnets"
    value: float  # [t]
    source: str
    grade: str
    use: str  # "calibration", or anything else: held out
    year_only: bool = False

    @property
    def calibration(self) -> bool:
        """Whether the model may have been adjusted to it."""
        return self.use == "calibration"


@dataclass(frozen=True, slots=True)
class Backtest:
    """Simulated and observed flow by month; arrays over month unless said otherwise. Tonnes, errors as shares."""

    exporter: str
    importer: str
    months: np.ndarray  # datetime64
    simulated: np.ndarray  # (month, member)
    observed: np.ndarray  # NaN where nothing was observed
    calibration: np.ndarray  # bool
    baseline: float  # mean monthly flow before the event
    baseline_observed: bool  # False: no observation, so the simulated mean was taken
    error: float  # NRMSE of the median over calibration months from the event on; NaN without any
    sources: tuple[str, ...]

    @property
    def median(self) -> np.ndarray:
        """Median over members, by month [t]."""
        return np.median(self.simulated, axis=1)

    def rows(self) -> list[dict[str, Any]]:
        """One row per observed month: month, observed, simulated median and 90 % range, error, use."""
        low, high = np.quantile(self.simulated, (0.05, 0.95), axis=1)
        return [
            {
                "month": str(self.months[i])[:7],
                "observed": float(self.observed[i]),
                "simulated": float(self.median[i]),
                "low": float(low[i]),
                "high": float(high[i]),
                "error": float(self.median[i] - self.observed[i]),
                "error_share": float((self.median[i] - self.observed[i]) / self.baseline),
                "use": "calibration" if self.calibration[i] else "held out",
            }
            for i in np.flatnonzero(~np.isnan(self.observed))
        ]


def read(path: str | Path) -> list[Observation]:
    """Read a table of observed exports.

    Columns: period (YYYY-MM, or YYYY for a year), origin, destination (a code, or all), commodity, value, unit (t, kt
    or kg, with or without "/month" or "/yr"), source, grade, use. Further columns are ignored.

    Raises
    ------
    ValueError
        When a column is missing or a row cannot be read; the message names file and line.
    """
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return [_observation(row, f"{path}:{line}") for line, row in enumerate(csv.DictReader(file), start=2)]


def compare(
    dataset: xarray.Dataset,
    observations: Iterable[Observation],
    exporter: str = "CHN",
    importer: str = "all",
    commodities: Sequence[str] | None = None,
) -> Backtest | None:
    """Set simulated exports beside what was observed.

    Parameters
    ----------
    dataset : results with `exports`
    observations : rows of other flows are left out
    exporter, importer : the flow; "all" sums over importers
    commodities : those to add up; None for all magnets

    Returns
    -------
    Backtest, or None when nothing was observed of that flow

    Notes
    -----
    Error: sqrt(mean((median - observed)^2)) / baseline, over calibration months from the event on. Baseline: the mean
    of observed months before the event, else of an observed year before it, else the simulated mean before it.
    """
    rows = [o for o in observations if _same_flow(o, exporter, importer, commodities)]
    months = dataset["month"].values.astype("datetime64[M]")
    if not any(o.month.astype("datetime64[M]") in months for o in rows):
        return None
    simulated = export_path(dataset, exporter, importer, commodities)
    observed, calibration = np.full(months.size, np.nan), np.zeros(months.size, dtype=bool)
    for o in rows:
        at = np.flatnonzero(months == o.month.astype("datetime64[M]"))
        if at.size and not o.year_only:
            observed[at], calibration[at] = o.value, o.calibration
    event = np.datetime64(str(dataset.attrs["event_day"]), "M")
    baseline, known = _baseline(rows, observed, months, event, simulated)
    scored = calibration & (months >= event) & ~np.isnan(observed)
    median = np.median(simulated, axis=1)
    error = float(nrmse(median[scored], observed[scored], baseline)) if scored.any() else float("nan")
    sources = tuple(dict.fromkeys(o.source for o in rows if o.source))
    return Backtest(exporter, importer, months, simulated, observed, calibration, baseline, known, error, sources)


def _baseline(
    rows: Sequence[Observation], observed: np.ndarray, months: np.ndarray, event: np.datetime64, simulated: np.ndarray
) -> tuple[float, bool]:
    before = observed[(months < event) & ~np.isnan(observed)]
    if before.size >= 3:
        return float(before.mean()), True
    years = [
        o.value / 12.0 for o in rows if o.year_only and o.month.astype("datetime64[Y]") < event.astype("datetime64[Y]")
    ]
    if years:
        return years[-1], True
    if before.size:
        return float(before.mean()), True
    return float(simulated[months < event].mean()), False


def _same_flow(o: Observation, exporter: str, importer: str, commodities: Sequence[str] | None) -> bool:
    wanted = {"magnets"} if commodities is None else set(commodities)
    named = set(o.commodity.split())
    goods = named == wanted or (commodities is None and all(is_magnet(c) for c in named))
    return o.exporter == exporter and o.importer == importer and goods


def _observation(row: dict[str, Any], place: str) -> Observation:
    missing = [name for name in COLUMNS if row.get(name) is None]
    if missing:
        raise ValueError(f"{place}: column missing: {', '.join(missing)}")
    importer = "all" if row["destination"].lower() in EVERYWHERE else row["destination"]
    try:
        value = float(row["value"]) * UNITS[row["unit"].split("/")[0]]
        month = np.datetime64(row["period"], "D")
    except (KeyError, ValueError) as error:
        raise ValueError(
            f"{place}: period is YYYY-MM or YYYY, value a number, unit one of {', '.join(UNITS)}"
        ) from error
    return Observation(
        month,
        row["origin"],
        importer,
        row["commodity"],
        value,
        row["source"],
        row["grade"],
        row["use"],
        year_only=len(row["period"]) == 4,
    )
