"""Simulated paths of what an episode observed: an index of the flow before the event, times the observed mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulator.engine.chance import Chance
from simulator.results import scores
from simulator.results.views import export_path
from simulator.studies.episode import Case, Record, Seen
from simulator.studies.run import Result
from simulator.studies.timeline import Mode

Array = NDArray[np.float64]
BAND = (0.1, 0.9)  # 80 % of the members
LEAST = 0.1  # what any model of this kind may be off in a month, over the flow [1]
REPORT_SPREAD = 0.15  # how far a reported share of approvals may be from the whole office's [1]


@dataclass(frozen=True)
class Path:
    """A case in one mode over all months of the run: what the charts show. Flows in the unit of the rows."""

    case: Case
    mode: Mode
    months: NDArray[np.datetime64]
    ensemble: Array  # (month, member), as simulated
    weights: Array | None  # (month, member), or None where all members count alike
    luck: Array  # (month, member) factor, median 1: how far one month's count may be from the flow behind it

    @property
    def counted(self) -> Array:
        """What customs would count, (month, member): the simulated flow with the luck of single consignments."""
        return self.ensemble * self.luck

    @cached_property
    def band(self) -> Array:
        """Low end of the 80 % band, median of the simulated flow, and high end, (3, month)."""
        low, high = scores.quantile(self.counted, BAND, self.weights)
        return np.stack([low, scores.quantile(self.ensemble, [0.5], self.weights)[0], high])

    def at(self, months: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """Positions of some months."""
        return np.searchsorted(self.months, months)


def case_path(record: Record, case: Case, mode: Mode, result: Result) -> Path:
    """Simulated flow of a case, as an index of its own mean before the event times the observed baseline."""
    months = result.dataset["month"].values.astype("datetime64[M]")
    ensemble = index_path(record, case, result) * case.baseline
    return Path(
        case, mode, months, ensemble, _approval_weights(record, mode, result, months), _luck(record, case, result)
    )


def variation(record: Record, case: Case) -> float:
    """How much one month's count varied before the event [1]: its standard deviation over its mean, at least `LEAST`.

    Only months before the day of the forecast are looked at; with fewer than three of them it is `LEAST`.
    """
    before = [s.value for s in record.seen(case) if s.weight > 0.0 and s.day < record.episode.origin]
    return LEAST if len(before) < 3 else max(LEAST, float(np.std(before, ddof=1) / np.mean(before)))


def _luck(record: Record, case: Case, result: Result) -> Array:
    """Lognormal factors of median 1, the same for one seed, episode, case, month and replication."""
    chance = Chance(result.scenario.seed, result.members.replication)
    spread, owner = np.sqrt(np.log1p(variation(record, case) ** 2)), f"{record.folder.name}/{case.id}"
    months = result.dataset.sizes["month"]
    return np.exp(spread * np.stack([chance.normal(owner, "consignments", i) for i in range(months)]))


def index_path(record: Record, case: Case, result: Result) -> Array:
    """Simulated flow of a case over its own mean before the event, (month, member) [1]."""
    data = result.dataset
    months = data["month"].values.astype("datetime64[M]")
    goods = list(record.episode.goods[case.goods])
    if case.series == "production_monthly":
        made = np.isin(data["facility"].values, goods)
        flow = data["made"].isel(facility=np.flatnonzero(made)).sum("facility").transpose("month", "member").values
    else:
        importers = result.world.groups.get(case.destination, (case.destination,))
        series = "imports" if case.series == "import_monthly" else "exports"
        flow = sum(export_path(data, case.origin, importer, goods, series) for importer in importers)
    flow = np.asarray(flow, dtype=np.float64)
    first, last = (np.datetime64(m, "M") for m in case.before)
    own = flow[(months >= first) & (months <= last)].mean(axis=0)
    return flow / np.where(own > 0.0, own, 1.0)


def _approval_weights(record: Record, mode: Mode, result: Result, months: NDArray[np.datetime64]) -> Array | None:
    """Weights of members by month in licence mode: how well the approvals reported up to then fit each of them.

    Formula: prod over reports known by the end of the month of exp(-(a - r)^2 / (2 s^2)), a the share of files granted so
    far in the member, r the share reported, s `REPORT_SPREAD`.
    """
    reports = [s for s in record.observed if s.series == "licence_approval_rate"]
    if mode != "licence" or not reports or "licence" not in result.dataset:
        return None
    fit = np.zeros((months.size, len(result.members)))
    for report in reports:
        gap = granted_share(result, report, months) - report.value / 100.0
        known = months >= np.datetime64(report.day, "M")
        fit[known] -= 0.5 * (gap / REPORT_SPREAD) ** 2 * report.weight
    return np.exp(fit - fit.max(axis=1, keepdims=True))


def granted_share(result: Result, report: Seen, months: NDArray[np.datetime64]) -> Array:
    """Share of files granted of those filed up to the day of a report, (member,) [1]; all offices of its destination."""
    licence = result.dataset["licence"]
    places = set(result.world.groups.get(report.destination, (report.destination,)))
    office = [str(o).rpartition("|")[2] for o in licence["office"].values]
    mine = [i for i, name in enumerate(office) if name in places] or list(range(len(office)))
    counted = licence.isel(office=mine).sum("office").transpose("quantity", "month", "member")
    filed, granted = (np.cumsum(counted.sel(quantity=q).values.astype(float), axis=0) for q in ("filed", "granted"))
    day = np.datetime64(report.day, "D").astype(float)
    ends = (months + 1).astype("datetime64[D]").astype(float)
    at = np.array([[np.interp(day, ends, column) for column in table.T] for table in (filed, granted)])
    return np.divide(at[1], at[0], out=np.zeros_like(at[1]), where=at[0] > 0.0)
