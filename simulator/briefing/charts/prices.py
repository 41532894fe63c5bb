"""What it costs inside and outside the controlling country."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.briefing import palette, style
from simulator.briefing.chart import Chart
from simulator.briefing.words import Words
from simulator.results import views
from simulator.results.moves import Move

if TYPE_CHECKING:
    import xarray

BEST_KNOWN = ("dy_oxide", "tb_oxide", "ndpr_oxide")
FLAT = 1.05
"""Below this multiple a price has not moved."""
LOG_FROM = 8.0
"""A log axis is taken when the highest price is more than this many times the lowest."""


@style.drawn
def price_path(
    dataset: xarray.Dataset,
    scenario: Any,
    words: Words,
    commodity: str | None = None,
    log: bool | None = None,
    move: Move | None = None,
) -> Chart | None:
    """Monthly price inside and outside, median and 90 % range of runs.

    Parameters
    ----------
    dataset, scenario : as for every chart
    commodity : which; None for the one whose outside price rises most
    log : logarithmic axis; None decides by the spread of the prices
    move : what the headline says of a price; the chart then shows that commodity and says the same
    """
    if "price" not in dataset:
        return None
    part = views.shown(dataset)
    commodity = commodity or (move.what if move else _widest(part))
    if commodity is None:
        return None
    paths = {zone: path / 1000.0 for zone, path in views.price_paths(part, commodity).items()}
    months = part["month"].values.astype("datetime64[D]")
    name, home = words.name("commodity", commodity), words.country(views.inside(dataset))
    title = _rise(move, name, words) if move else _finding(paths, months, name, home, words)
    page = style.frame(
        title,
        style.scenario_line(dataset, scenario, words, words.say("price.unit", commodity=name)),
        style.footer(dataset, scenario, words),
        right=0.78,
    )
    axes, x, ends = page.axes, style.middle(months), []
    values = np.concatenate([np.quantile(p, (0.05, 0.95), axis=1).ravel() for p in paths.values()])
    logarithmic = log if log is not None else float(values.max() / max(values.min(), 1e-9)) > LOG_FROM
    if logarithmic:
        axes.set_yscale("log")
        axes.set_ylim(float(values.min()) / 1.3, float(values.max()) * 1.3)
    else:
        axes.set_ylim(0.0, 1.15 * float(values.max()))
    style.time_axis(axes, words, months[0], style.last_day(months))
    for (zone, path), (colour, dash) in zip(sorted(paths.items(), reverse=True), palette.LINES, strict=False):
        low, median, high = np.quantile(path, (0.05, 0.5, 0.95), axis=1)
        axes.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(x, median, color=colour, linestyle=dash, zorder=3)
        ends.append(
            (
                float(median[-1]),
                words.say(f"price.{zone}", country=home, peak=words.number(float(median.max()))),
                colour,
            )
        )
    axes.grid(True, axis="y")
    axes.yaxis.set_major_formatter(lambda v, _: words.number(v))
    axes.yaxis.set_minor_formatter(lambda v, _: "")
    style.mark_event(axes, dataset, scenario, words)
    style.end_labels(axes, sorted(ends, key=lambda e: e[0]), float(x[-1]), size=style.SMALL)
    paid = {f"{zone}, paid": path / 1000.0 for zone, path in views.price_paths(part, commodity, "paid").items()}
    columns, rows = _table(paths | paid, months)
    alt = words.say(
        "price.alt",
        commodity=name,
        country=home,
        start=words.month(months[0]),
        end=words.month(months[-1]),
        finding=title,
    )
    return Chart("price", title, page.subtitle, page.footer, alt, columns, rows, page.figure)


def _table(paths: dict[str, np.ndarray], months: np.ndarray) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """The numbers behind the chart: median and 90 % range of each zone by month [USD/kg]."""
    columns = ["month"]
    rows: list[list[Any]] = [[str(m)[:7]] for m in months]
    for zone, path in paths.items():
        columns += [f"{zone} {q} [USD/kg]" for q in ("p5", "median", "p95")]
        for row, q in zip(rows, np.quantile(path, (0.05, 0.5, 0.95), axis=1).T, strict=True):
            row += [float(v) for v in q]
    return tuple(columns), tuple(map(tuple, rows))


def _widest(dataset: xarray.Dataset) -> str | None:
    """The best known oxide whose outside price parts most from the inside one, else whatever parts most."""
    gaps = {}
    for commodity in map(str, dataset["priced"].values):
        paths = views.price_paths(dataset, commodity)
        if "outside" in paths:
            below = paths.get("inside", paths["outside"][:1])
            gaps[commodity] = float(np.median(paths["outside"] / below, axis=1).max())
    known = [c for c in gaps if c in BEST_KNOWN] or list(gaps)
    return max(known, key=lambda c: (round(gaps[c], 6), c)) if known else None


def _finding(paths: dict[str, np.ndarray], months: np.ndarray, name: str, home: str, words: Words) -> str:
    outside = paths["outside"]
    if "inside" in paths:
        gaps = outside / paths["inside"]
        at = int(np.median(gaps, axis=1).argmax())
        gap = views.spread(gaps[at])
        if gap.median >= FLAT:
            return words.say(
                "price.finding",
                commodity=name,
                country=home,
                times=words.number(gap.median),
                range=words.range(gap.low, gap.high),
                month=words.month(months[at]),
            )
    at = int(np.median(outside, axis=1).argmax())
    times = views.spread(outside[at] / outside[0])
    if times.median < FLAT:
        return words.say("price.flat", commodity=name)
    return words.say(
        "price.finding.one",
        commodity=name,
        times=words.number(times.median),
        range=words.range(times.low, times.high),
        month=words.month(months[at]),
    )


def _rise(move: Move, name: str, words: Words) -> str:
    times = move.after
    return words.say(
        "price.finding.one",
        commodity=name,
        times=words.number(times.median),
        range=words.range(times.low, times.high),
        month=words.month(move.month),
    )
