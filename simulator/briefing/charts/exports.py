"""Exports of what headlines count, simulated against observed: the first thing a sceptic asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.briefing import palette, style
from simulator.briefing.chart import Chart
from simulator.briefing.words import Words
from simulator.results import views
from simulator.results.backtest import Backtest, Observation, compare

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes


@style.drawn
def exports(
    dataset: xarray.Dataset,
    scenario: Any,
    words: Words,
    observed: Iterable[Observation] | None = None,
    importer: str = "all",
) -> Chart | None:
    """Exports of headline goods of the controlling country by month, with bands, and observed months as points.

    Points used to calibrate are filled, those held out are hollow. None when the results hold no such exports.
    """
    home = views.inside(dataset)
    if not views.traded_goods(dataset) or home not in dataset["exporter"].values:
        return None
    test = compare(dataset, observed or (), exporter=home, importer=importer)
    part = views.shown(dataset)
    path = views.export_path(part, home, importer)
    months = part["month"].values.astype("datetime64[D]")
    start = views.event_day(dataset)
    title = _finding(path, months, start, home, test, words)
    unit = _unit(test, words)
    sources = [] if test is None else list(test.sources)
    page = style.frame(
        title,
        style.scenario_line(dataset, scenario, words, unit),
        style.footer(dataset, scenario, words, sources),
        right=0.97 if test is None else 0.965,
    )
    x = style.middle(months)
    style.time_axis(page.axes, words, months[0], style.last_day(months))
    style.fan(page.axes, x, path)
    top = float(np.quantile(path, 0.95, axis=1).max())
    if test is not None:
        _points(page.axes, test, words)
        top = max(top, float(np.nanmax(test.observed)))
    page.axes.set_ylim(0.0, 1.18 * top)
    page.axes.grid(True, axis="y")
    page.axes.yaxis.set_major_formatter(lambda v, _: words.number(v, None))
    page.axes.annotate(
        words.say("exports.simulated"),
        (x[-1], float(np.quantile(path[-9:], 0.95, axis=1).max())),
        xytext=(0, 4),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=palette.BLUE,
        weight="bold",
        path_effects=style.halo(),
    )
    style.mark_event(page.axes, dataset, scenario, words)
    columns, rows = _table(path, months, test)
    alt = words.say(
        "exports.alt",
        country=words.country(home),
        start=words.month(months[0]),
        end=words.month(months[-1]),
        finding=title,
    )
    return Chart("exports", title, page.subtitle, page.footer, alt, columns, rows, page.figure)


def _unit(test: Backtest | None, words: Words) -> str:
    if test is None:
        return words.say("exports.unit")
    text = words.say("exports.unit") + ". " + words.say("exports.points")
    return text if np.isnan(test.error) else text + ". " + words.say("exports.error", error=words.number(test.error))


def _points(axes: Axes, test: Backtest, words: Words) -> None:
    x, seen = style.middle(test.months), ~np.isnan(test.observed)
    left, right = axes.get_xlim()
    seen &= (x >= left) & (x <= right)
    for mask, marker, face in (
        (seen & test.calibration, "o", palette.INK),
        (seen & ~test.calibration, "D", palette.PAPER),
    ):
        axes.plot(
            x[mask],
            test.observed[mask],
            linestyle="none",
            marker=marker,
            markersize=6.5,
            markerfacecolor=face,
            markeredgecolor=palette.INK,
            markeredgewidth=1.3,
            zorder=5,
        )
    if seen.any():
        at = int(np.nanargmin(np.where(seen, test.observed, np.nan)))
        axes.annotate(
            words.say("exports.observed"),
            (x[at], test.observed[at]),
            xytext=(8, -2),
            textcoords="offset points",
            ha="left",
            va="top",
            weight="bold",
            zorder=6,
            path_effects=style.halo(),
        )


def _finding(
    path: np.ndarray, months: np.ndarray, start: np.datetime64 | None, home: str, test: Backtest | None, words: Words
) -> str:
    name = words.country(home)
    if start is None or not (months < start).any() or not (months >= start).any():
        spread = views.spread(path.mean(axis=0))
        return words.say(
            "exports.steady", country=name, flow=words.number(spread.median), range=words.range(spread.low, spread.high)
        )
    first = int(np.flatnonzero(months >= start.astype("datetime64[M]").astype("datetime64[D]"))[0])
    normal = path[:first].mean(axis=0)
    year = path[first : first + 12]
    at = int(np.median(year, axis=1).argmin())
    fall = views.spread(1.0 - year[at] / np.maximum(normal, 1e-12))
    month = words.month(months[first + at])
    if fall.median < 0.05:
        return words.say("exports.no_fall", country=name)
    text = words.say(
        "exports.finding",
        country=name,
        fall=words.percent(fall.median),
        month=month,
        range=words.percent_range(fall.low, fall.high),
    )
    if test is not None and not np.isnan(test.observed[test.months >= start.astype("datetime64[M]")]).all():
        later = np.where(test.months >= start.astype("datetime64[M]"), test.observed, np.nan)
        worst = int(np.nanargmin(later))
        text += words.say(
            "exports.finding.observed",
            fall=words.percent(1.0 - float(later[worst]) / test.baseline),
            month=words.month(test.months[worst].astype("datetime64[D]")),
        )
    return text


def _table(
    path: np.ndarray, months: np.ndarray, test: Backtest | None
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    cut = np.quantile(path, (0.05, 0.25, 0.5, 0.75, 0.95), axis=1).T
    seen = {} if test is None else {r["month"]: r for r in test.rows()}
    rows = tuple(
        (
            m,
            *map(float, q),
            seen.get(m, {}).get("observed"),
            seen.get(m, {}).get("error"),
            seen.get(m, {}).get("use", ""),
        )
        for m, q in zip((str(m)[:7] for m in months), cut, strict=True)
    )
    return (
        "month",
        *(f"simulated {q} [t]" for q in ("p5", "p25", "median", "p75", "p95")),
        "observed [t]",
        "median minus observed [t]",
        "use of the observation",
    ), rows
