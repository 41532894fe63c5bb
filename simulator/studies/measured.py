"""What a backtest tells beside the error of a path: depth, timing, front-loading, order of destinations, prices, first stop.

Each measure is computed on the observed rows and on every member alike; what the model misses shows as the distance of
the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.results import scores
from simulator.studies import timeline
from simulator.studies.episode import Record
from simulator.studies.paths import BAND, Path, granted_share, index_path
from simulator.studies.run import Result
from simulator.studies.timeline import Mode

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one case in one mode: what was observed, and the simulated median with its 80 % band."""

    case: str  # "" where the episode as a whole is meant
    mode: Mode
    measure: str
    unit: str
    observed: float | None
    median: float
    low: float
    high: float
    note: str = ""


def measure_day(record: Record) -> Any:
    """Day on which the first measure of the episode takes force."""
    return min(e.effective for e in record.timeline if e.kind in timeline.MEASURES)


def measures(record: Record, mode: Mode, result: Result, paths: Sequence[Path]) -> list[Measured]:
    """All measures of an episode in one mode, in order of case."""
    found = [m for path in paths for m in _of_a_case(record, mode, path)]
    return [
        *found,
        *_destinations(record, mode, paths),
        *_prices(record, mode, result),
        *_first_stop(record, mode, result),
        *_placebo(record, mode, result, paths),
        *_approvals(record, mode, result),
    ]


def _row(
    case: str,
    mode: Mode,
    measure: str,
    unit: str,
    observed: float | None,
    members: Any,
    weights: Any = None,
    note: str = "",
) -> Measured:
    """A measure over members (member,); NaN is what a member does not reach and is left out."""
    values = np.asarray(members, dtype=np.float64)
    known = np.isfinite(values)
    if not known.any():
        return Measured(case, mode, measure, unit, observed, np.nan, np.nan, np.nan, note)
    share = None if weights is None else np.asarray(weights)[known][None, :]
    low, median, high = scores.quantile(values[known][None, :], [BAND[0], 0.5, BAND[1]], share)[:, 0]
    return Measured(case, mode, measure, unit, observed, float(median), float(low), float(high), note)


def _of_a_case(record: Record, mode: Mode, path: Path) -> Iterator[Measured]:
    case, baseline = path.case, path.case.baseline
    start, announced = np.datetime64(measure_day(record), "M"), np.datetime64(_announced(record), "M")
    seen = {s.month: s.value for s in record.seen(case) if s.weight > 0.0}
    after = np.array(
        [m for m in sorted(seen) if m >= max(start, np.datetime64(case.first, "M")) and m <= path.months[-1]]
    )
    if not after.size:
        return
    observed, members = np.array([seen[m] for m in after]), path.ensemble[path.at(after)]
    share = None if path.weights is None else path.weights[path.at(after)][-1]
    name = case.id

    def each(measure: Any) -> Array:
        return np.array([measure(column) for column in members.T])

    low = scores.trough(observed, baseline)
    yield _row(
        name, mode, "trough", "%", 100 * low.depth, each(lambda x: 100 * scores.trough(x, baseline).depth), share
    )
    month = each(lambda x: scores.trough(x, baseline).month) - low.month
    yield _row(name, mode, "trough month, from the observed one", "months", 0.0, month, share)
    back = scores.recovery(observed, baseline)
    late = each(lambda x: np.nan if (r := scores.recovery(x, baseline)) is None else float(r))
    when = "not reached" if back is None else after[back]
    words = f"observed: {when}; {100 * np.isfinite(late).mean():.0f} % of members reach it"
    first = None if back is None else 0.0
    yield _row(name, mode, "90 % again, from the observed month", "months", first, late - (back or 0), share, words)
    for most in (3, 12):
        months = min(most, after.size)
        if months == most or most == 12:
            what = f"trade lost in the first {months} months observed"
            lost = each(lambda x, n=months: scores.lost_trade(x, baseline, n))
            yield _row(name, mode, what, "months", scores.lost_trade(observed, baseline, months), lost, share)
    yield _row(name, mode, "largest month after the trough", "x", float(observed[low.month :].max() / baseline),
               each(lambda x: x[scores.trough(x, baseline).month :].max() / baseline), share)  # fmt: skip
    window = np.arange(announced, start + (0 if _first_of_month(record) else 1))
    if announced < start and window.size:
        known = [seen[m] for m in window if m in seen]
        ahead = [scores.front_loading(column, baseline) for column in path.ensemble[path.at(window)].T]
        seen_ahead = scores.front_loading(known, baseline) if known else None
        yield _row(name, mode, "front-loading before the start", "x", seen_ahead, ahead, share)


def _announced(record: Record) -> Any:
    return min(e.known for e in record.timeline if e.kind in timeline.MEASURES)


def _first_of_month(record: Record) -> bool:
    return bool(measure_day(record).day == 1)


def _destinations(record: Record, mode: Mode, paths: Sequence[Path]) -> Iterator[Measured]:
    """Whether the destinations are served in the observed order: in the first and the last month that several report."""
    single = [p for p in paths if p.case.destination != "all"]
    flows = [{s.month: s.value / p.case.baseline for s in record.seen(p.case) if s.weight > 0.0} for p in single]
    start = np.datetime64(measure_day(record), "M")
    several = sorted(m for m in set().union(*flows) if m > start and sum(m in f for f in flows) >= 3) if flows else []
    for label, month in (("trough", several[:1]), ("recovery", several[-1:])):
        for m in month:
            mine = [i for i, f in enumerate(flows) if m in f]
            simulated = np.stack(
                [single[i].ensemble[single[i].at(np.array([m]))[0]] / single[i].case.baseline for i in mine]
            )
            rho = [scores.rank_agreement(column, [flows[i][m] for i in mine]) for column in simulated.T]
            yield _row("", mode, f"order of destinations, {label} ({m})", "rho", 1.0, rho)


def _prices(record: Record, mode: Mode, result: Result) -> Iterator[Measured]:
    data = result.dataset
    months = data["month"].values.astype("datetime64[M]")
    start = np.datetime64(record.episode.origin, "M")
    for goods in record.episode.prices:
        commodity = record.episode.goods[goods][0]
        for zone in ("outside", "inside"):
            rows = sorted(
                (s for s in record.observed if s.series == f"price_{zone}" and s.goods == goods), key=lambda s: s.day
            )
            before = [s for s in rows if s.day <= record.episode.origin]
            after = [s for s in rows if s.day > record.episode.origin]
            if not before or not after:
                continue
            observed = max(s.value for s in after) / before[-1].value
            last = np.datetime64(after[-1].day, "M")
            quote = data["price"].sel(priced=commodity, zone=zone).transpose("month", "member").values.astype(float)
            base = quote[(months < start) & (months >= start - 3)].mean(axis=0)
            peak = quote[(months >= start) & (months <= last)].max(axis=0) / base
            yield _row(
                goods, mode, f"price {zone}, peak over before", "x", observed, peak, note=f"to {after[-1].period}"
            )


def _first_stop(record: Record, mode: Mode, result: Result) -> Iterator[Measured]:
    stop = record.episode.stoppage
    if stop is None:
        return
    data = result.dataset
    countries = {c for name in stop.countries for c in result.world.groups.get(name, (name,))}
    chosen = np.isin(data["market_country"].values, list(countries)) & np.isin(
        data["market_sector"].values, list(stop.sectors)
    )
    first = data["first_shortage"].values[chosen].astype(float)
    earliest = np.where(np.isfinite(first), first, np.inf).min(axis=0)
    reached = np.isfinite(earliest)
    observed = float((stop.day - measure_day(record)).days)
    words = f"{stop.what}; {100 * reached.mean():.0f} % of members have one"
    yield _row(
        "", mode, "first line stopped, after the start", "d", observed, np.where(reached, earliest, np.nan), note=words
    )


def _placebo(record: Record, mode: Mode, result: Result, paths: Sequence[Path]) -> Iterator[Measured]:
    """How far goods that no measure names move, over how far the controlled ones do."""
    placebo, world = record.episode.placebo, next((p for p in paths if p.case.destination == "all"), None)
    if placebo is None or world is None:
        return
    case = world.case.model_copy(update={"goods": placebo.goods, "origin": placebo.origin, "baseline": 1.0})
    free = index_path(record, case, result)
    months = world.months
    window = (months > np.datetime64(measure_day(record), "M")) & (
        months <= np.datetime64(measure_day(record), "M") + 3
    )
    moved = np.abs(free[window] - 1.0).max(axis=0)
    controlled = np.abs(world.ensemble[window] / world.case.baseline - 1.0).max(axis=0)
    ratio = np.divide(moved, controlled, out=np.full_like(moved, np.nan), where=controlled > 0.0)
    yield _row(
        "",
        mode,
        "move of goods that are free, over that of controlled ones",
        "1",
        0.1,
        ratio,
        note="0.1 is the most allowed",
    )


def _approvals(record: Record, mode: Mode, result: Result) -> Iterator[Measured]:
    if "licence" not in result.dataset:
        return
    months = result.dataset["month"].values.astype("datetime64[M]")
    for report in (s for s in record.observed if s.series == "licence_approval_rate"):
        share = 100.0 * granted_share(result, report, months)
        where = f"{report.destination}, {report.period}"
        yield _row("", mode, f"files granted so far ({where})", "%", report.value, share, note=report.note[:120])
