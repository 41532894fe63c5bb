"""What export controls had in common in several episodes: each regularity as a small function of a backtest.

A regularity is looked for in the observed rows and in the simulated members of rule mode, by the same arithmetic where
both can be had. It holds where the simulated median lies in the range that history shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.results import scores
from simulator.results.views import export_path
from simulator.studies import timeline
from simulator.studies.backtest import Backtest
from simulator.studies.episode import Entry
from simulator.studies.measured import measure_day
from simulator.studies.paths import BAND, Path, index_path

Array = NDArray[np.float64]
HALF_MONTH = 15.0  # flows are known by month, so no day is finer than this [d]
NOTICE = (29.0, 42.0)


@dataclass(frozen=True, slots=True)
class Regularity:
    """One regularity in one episode; the simulated values are the median over members and their 80 % band."""

    key: str
    episode: str
    case: str
    unit: str
    expected: tuple[float, float]
    observed: float | None
    simulated: float | None
    low: float | None
    high: float | None

    @property
    def holds(self) -> bool | None:
        """Whether the simulated median lies in the expected range; None where it cannot be told."""
        return None if self.simulated is None else self.expected[0] <= self.simulated <= self.expected[1]


Found = Iterator[Regularity]


def regularities(tests: Sequence[Backtest]) -> list[Regularity]:
    """All regularities of all episodes that were run in rule mode."""
    return [found for look in LOOKS.values() for test in tests if "rule" in test.results for found in look(test)]


def _told(
    key: str, test: Backtest, case: str, unit: str, expected: tuple[float, float], observed: float | None, members: Any
) -> Regularity:
    values = np.asarray(members, dtype=np.float64)
    values = values[np.isfinite(values)]
    low, median, high = np.quantile(values, (BAND[0], 0.5, BAND[1])) if values.size else (None, None, None)
    return Regularity(key, test.record.folder.name, case, unit, expected, observed, median, low, high)


# ------------------------------------------------------------------------------------------------ helpers


def _paths(test: Backtest) -> Iterator[tuple[Path, Mapping[Any, float]]]:
    """Flows that stand for their goods: to everybody where there is such a case, each with what was observed."""
    rule = [p for p in test.paths if p.mode == "rule" and p.case.series != "production_monthly"]
    whole = [p for p in rule if p.case.destination == "all"]
    for path in whole or rule:
        yield path, {s.month: s.value for s in test.record.seen(path.case) if s.weight > 0.0}


def _lines(test: Backtest, *kinds: str) -> list[Entry]:
    return [e for e in test.record.timeline if e.kind in (kinds or tuple(timeline.MEASURES))]


def _start(test: Backtest) -> np.datetime64:
    return np.datetime64(measure_day(test.record), "D")


def _controls(test: Backtest) -> bool:
    """Whether governments acted at all; an earthquake follows other rules."""
    return any(e.kind != "natural" for e in _lines(test))


def _first_full(start: np.datetime64) -> np.datetime64:
    month = start.astype("datetime64[M]")
    return month if start == month.astype("datetime64[D]") else month + 1


def _notice(test: Backtest) -> float:
    """Days from the announcement to the start of the first measure [d]."""
    first = min(_lines(test), key=lambda e: e.effective)
    return float((first.effective - first.known).days)


# ---------------------------------------------------------------------------------------- the regularities


def front_loading(test: Backtest) -> Found:
    """Announced 29 to 42 days ahead, flows rise 1.6- to 3.3-fold before the start; without notice they do not."""
    if not _controls(test):
        return
    start, notice = _start(test), _notice(test)
    announced = NOTICE[0] - 1.0 <= notice <= NOTICE[1] + 1.0
    key, expected = ("front_loading", (1.6, 3.3)) if announced else ("no_front_loading", (0.0, 1.3))
    last = _first_full(start) - (1 if start.astype("datetime64[M]") == _first_full(start) else 2)
    first = min((start - int(notice)).astype("datetime64[M]"), last) if announced else last
    window = np.arange(first, max(first, last) + 1)
    if not announced and notice > 7.0:
        return
    for path, seen in _paths(test):
        known = [seen[m] for m in window if m in seen]
        peak = path.ensemble[path.at(window)].max(axis=0) / path.case.baseline
        yield _told(key, test, path.case.id, "x", expected,
                    max(known) / path.case.baseline if known else None, peak)  # fmt: skip


def first_licences(test: Backtest) -> Found:
    """The first licences are granted 15 to 60 days after the start, give or take half a month."""
    data = test.results["rule"].dataset
    if not _lines(test, "licence") or "licence" not in data:
        return
    granted = data["licence"].sel(quantity="granted").sum("office").transpose("month", "member").values.astype(float)
    months = data["month"].values.astype("datetime64[M]")
    start = np.datetime64(min(e.effective for e in _lines(test, "licence")), "D")
    edges = (np.append(months, months[-1] + 1).astype("datetime64[D]") - start).astype(float).clip(0.0)
    middle = (edges[:-1] + edges[1:]) / 2.0
    some = granted > 0.0
    days = np.where(some.any(axis=0), middle[some.argmax(axis=0)], np.nan)
    yield _told("first_licences", test, "", "d", (15.0 - HALF_MONTH, 60.0 + HALF_MONTH), None, days)


def normal_again(test: Backtest) -> Found:
    """Flows are back to 90 % of normal after 90 to 120 days, give or take half a month."""
    if not _controls(test):
        return
    start = _start(test)
    for path, seen in _paths(test):
        months = path.months[path.months >= start.astype("datetime64[M]")]
        since = (months.astype("datetime64[D]") - start).astype(float)
        flow = path.ensemble[path.at(months)]
        known = np.array([m for m in months if m in seen])
        back = scores.recovery([seen[m] for m in known], path.case.baseline) if known.size else None
        observed = None if back is None else float((known[back].astype("datetime64[D]") - start).astype(float))
        days = [np.nan if (r := scores.recovery(x, path.case.baseline)) is None else since[r] for x in flow.T]
        yield _told("normal_again", test, path.case.id, "d", (90.0 - HALF_MONTH, 120.0 + HALF_MONTH), observed, days)


def first_months(test: Backtest) -> Found:
    """The first full month under the measure carries 0 to 35 % of the normal flow."""
    if not _controls(test):
        return
    month = _first_full(_start(test))
    for path, seen in _paths(test):
        share = path.ensemble[path.at(np.array([month]))[0]] / path.case.baseline
        known = seen[month] / path.case.baseline if month in seen else None
        yield _told("first_months", test, path.case.id, "1", (0.0, 0.35), known, share)


def overshoot(test: Backtest) -> Found:
    """After reopening, flows overshoot the normal one by 10 to 140 %."""
    if not _controls(test):
        return
    for path, seen in _paths(test):
        months = path.months[path.months >= _start(test).astype("datetime64[M]")]
        known = [seen[m] for m in months if m in seen]
        over = [_after(x, path.case.baseline) for x in path.ensemble[path.at(months)].T]
        yield _told("overshoot", test, path.case.id, "1", (0.1, 1.4),
                    _after(known, path.case.baseline) if known else None, over)  # fmt: skip


def _after(flow: Any, baseline: float) -> float:
    """Largest month after the trough over the baseline, less one [1]."""
    return float(np.max(np.asarray(flow)[scores.trough(flow, baseline).month :]) / baseline - 1.0)


def free_neighbours(test: Backtest) -> Found:
    """Goods that are formally free, under the same customs line, fall too: by a tenth or more."""
    neighbour, path = test.record.episode.neighbour, next((p for p, _ in _paths(test)), None)
    if neighbour is None or path is None:
        return
    free = {"goods": neighbour.goods, "origin": neighbour.origin, "destination": "all", "baseline": 1.0}
    flow = index_path(test.record, path.case.model_copy(update=free), test.results["rule"])
    first = _first_full(_start(test))
    fall = 1.0 - flow[path.at(np.arange(first, first + 3))].min(axis=0)
    yield _told("free_neighbours", test, neighbour.goods, "1", (0.1, 1.0), None, fall)


def two_prices(test: Backtest) -> Found:
    """Within two months the price outside rises by a tenth or more above the one inside."""
    if not _controls(test):
        return
    data = test.results["rule"].dataset
    months, start = data["month"].values.astype("datetime64[M]"), _start(test).astype("datetime64[M]")
    before, after = (months >= start - 3) & (months < start), (months >= start) & (months <= start + 2)
    for goods in test.record.episode.prices:
        quote = data["price"].sel(priced=test.record.episode.goods[goods][0]).transpose("zone", "month", "member")
        rise = {}
        for zone in ("outside", "inside"):
            values = quote.sel(zone=zone).values.astype(float)
            rise[zone] = values[after].max(axis=0) / values[before].mean(axis=0)
        yield _told("two_prices", test, goods, "x", (1.1, np.inf), _price_split(test, goods),
                    rise["outside"] / rise["inside"])  # fmt: skip


def _price_split(test: Backtest, goods: str) -> float | None:
    """The same from observed quotes: outside over inside, each over its last quote before; inside flat where unknown."""
    start, rise = measure_day(test.record), {"outside": None, "inside": 1.0}
    for zone in rise:
        rows = sorted((s for s in test.record.observed if (s.series, s.goods) == (f"price_{zone}", goods)),
                      key=lambda s: s.day)  # fmt: skip
        before = [s.value for s in rows if s.day <= start]
        after = [s.value for s in rows if 0 < (s.day - start).days <= 92]
        if before and after:
            rise[zone] = max(after) / before[-1]
    return None if rise["outside"] is None or rise["inside"] is None else rise["outside"] / rise["inside"]


def leaks(test: Backtest) -> Found:
    """A ban on some countries leaks: between 2 and 90 % of the flow before still gets there, through third countries."""
    result = test.results["licence" if "licence" in test.results else "rule"]  # what the ban did, known ahead or not
    data = result.dataset
    if "leaked" not in data:
        return
    months = data["month"].values.astype("datetime64[M]")
    for entry in (e for e in _lines(test, "ban", "embargo") if e.destinations):
        goods = [c for name in entry.goods for c in test.record.episode.goods[name]]
        places = [c for d in entry.destinations for c in result.world.groups.get(d, (d,))]
        origin, first = test.record.episode.cases[0].origin, _first_full(np.datetime64(entry.effective, "D"))
        flow = np.isin(data["importer"].values, places) & (data["exporter"].values == origin)
        flow &= np.isin(data["flow_commodity"].values, goods)
        around = data["leaked"].isel(flow=np.flatnonzero(flow)).sum("flow").transpose("month", "member").values
        direct = sum(export_path(data, origin, place, goods) for place in places)
        controlled = np.datetime64(measure_day(test.record), "M")
        normal = np.asarray(direct)[(months < controlled) & (months >= controlled - 12)].mean(axis=0)
        arrived = around[(months >= first) & (months < first + 6)].astype(float)
        if arrived.size and (normal > 0.0).any():
            share = arrived.mean(axis=0) / np.where(normal > 0.0, normal, np.nan)
            yield _told("leaks", test, " ".join(entry.destinations), "1", (0.02, 0.9), None, share)


LOOKS: Mapping[str, Callable[[Backtest], Found]] = {
    "front_loading": front_loading,
    "first_licences": first_licences,
    "normal_again": normal_again,
    "first_months": first_months,
    "overshoot": overshoot,
    "free_neighbours": free_neighbours,
    "two_prices": two_prices,
    "leaks": leaks,
}
