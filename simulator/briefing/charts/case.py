"""One case of a backtest: what customs recorded over the simulated band, beside the best of the naive rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.briefing import palette, style
from simulator.briefing.chart import ALT_LIMIT, Chart
from simulator.briefing.words import Words
from simulator.results import naive, scores
from simulator.studies import timeline
from simulator.studies.backtest import Backtest
from simulator.studies.episode import Case, Seen
from simulator.studies.measured import measure_day
from simulator.studies.paths import Path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BEFORE = 9  # months shown before the measure
TALLEST = 1.6  # most of a band that is shown, over the largest flow recorded
GAP = 0.05  # between the panels, of the width


@dataclass(frozen=True)
class Shown:
    """What every panel of a chart shows alike."""

    case: Case
    months: NDArray[np.datetime64]
    seen: tuple[Seen, ...]
    best: str  # name of the best naive rule
    naive: NDArray[np.float64]
    start: np.datetime64
    announced: np.datetime64


@style.drawn
def case(test: Backtest, one: Case, words: Words) -> Chart:
    """Observed points over the simulated median and 80 % band, one panel for each mode.

    Points that may shape parameters are filled, those held out are hollow. The best naive rule is a thin line.
    """
    paths = [p for p in test.paths if p.case.id == one.id]
    shown, data = _shown(test, one, paths[0]), test.results[paths[0].mode].dataset
    title = _finding(shown, paths, words)
    sources = [source for s in shown.seen for source in s.source.split(" ; ")]
    unit = words.say("case.unit", unit=words.name("case.unit", shown.seen[0].unit))
    page = style.frame(
        title,
        style.scenario_line(data, test.results[paths[0].mode].scenario, words, unit),
        style.footer(data, test.results[paths[0].mode].scenario, words, sources),
        height=5.4,
        left=0.085 if max(s.value for s in shown.seen) < 1e5 else 0.115,
    )
    _panels(page, shown, paths, words)
    alt = words.say(
        "case.alt",
        case=words.title(one.title),
        start=words.month(shown.months[0]),
        end=words.month(shown.months[-1]),
        unit=words.name("case.unit", shown.seen[0].unit),
        finding=title,
    )
    columns, rows = _table(shown, paths)
    name = f"{test.record.folder.name}-{one.id}".replace("_", "-")
    return Chart(name, title, page.subtitle, page.footer, alt[:ALT_LIMIT], columns, rows, page.figure)


def _shown(test: Backtest, one: Case, path: Path) -> Shown:
    start = np.datetime64(measure_day(test.record), "D")
    announced = np.datetime64(min(e.known for e in test.record.timeline if e.kind in timeline.MEASURES), "D")
    first = min(start, announced).astype("datetime64[M]") - BEFORE
    months = path.months[path.months >= first]
    mine = [s for s in test.scored if (s.case.id, s.mode) == (one.id, path.mode)]
    chosen = next((s for s in mine if s.use == "calibration"), mine[0] if mine else None)
    best = chosen.best_naive[0] if chosen is not None else "N0"
    known = [s for s in test.record.seen(one) if s.weight > 0.0]
    seen = tuple(s for s in known if months[0] <= s.month <= months[-1])
    rule = naive.forecasts(months, start, one.baseline)[best]
    return Shown(one, months, seen or tuple(known), best, rule, start, announced)


def _panels(page: style.Frame, shown: Shown, paths: list[Path], words: Words) -> None:
    """Fill the page with one panel for each mode, of one scale; the axes of the page only lend their place."""
    box = page.axes.get_position()
    page.axes.remove()
    width = (box.width - (len(paths) - 1) * GAP) / len(paths)
    inner = max(shown.case.baseline, *(s.value for s in shown.seen))
    high, middle = (max(float(p.band[k][p.at(shown.months)].max()) for p in paths) for k in (2, 1))
    top = max(inner, middle, min(high, TALLEST * inner))  # a band that runs away must not flatten what was recorded
    for k, path in enumerate(paths):
        axes = page.figure.add_axes((box.x0 + k * (width + GAP), box.y0, width, box.height - 0.09))
        axes.set_ylim(0.0, 1.12 * top)
        _panel(axes, shown, path, words)
        axes.tick_params(labelsize=style.SMALL, labelleft=k == 0)
        colour = _look(path.mode)[0]
        axes.text(0.0, 1.15, words.say(f"mode.{path.mode}"), transform=axes.transAxes, weight="bold", color=colour)


def _panel(axes: Axes, shown: Shown, path: Path, words: Words) -> None:
    x, at = style.middle(shown.months), path.at(shown.months)
    colour, fill, dash = _look(path.mode)
    low, median, high = path.band[:, at]
    style.time_axis(axes, words, shown.months[0].astype("datetime64[D]"), style.last_day(shown.months), every=6)
    axes.fill_between(x, low, high, color=fill, alpha=0.28, linewidth=0, zorder=2)
    axes.plot(x, median, color=colour, linestyle=dash, zorder=4)
    axes.plot(x, shown.naive, color=palette.SOFT_INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=3)
    axes.grid(True, axis="y")
    axes.yaxis.set_major_formatter(lambda v, _: words.number(v, None))
    _points(axes, shown)
    _marks(axes, shown, words)
    _labels(axes, shown, path, median, colour, words)


def _look(mode: str) -> tuple[str, str, Any]:
    """Colour and dash of the median, and colour of the band."""
    return (
        (palette.BLUE, palette.BLUE, "-") if mode == "rule" else (palette.VIOLET, palette.VIOLET, palette.LINES[1][1])
    )


def _points(axes: Axes, shown: Shown) -> None:
    for use, marker, face in (("calibration", "o", palette.INK), ("development_test", "D", palette.PAPER)):
        rows = [s for s in shown.seen if s.use == use]
        axes.plot(
            style.middle(np.array([s.month for s in rows], dtype="datetime64[M]")),
            [s.value for s in rows],
            linestyle="none",
            marker=marker,
            markersize=5.5,
            markerfacecolor=face,
            markeredgecolor=palette.INK,
            markeredgewidth=1.2,
            zorder=5,
        )


def _marks(axes: Axes, shown: Shown, words: Words) -> None:
    """The day of the announcement and the day of force; one line where they are the same."""
    apart = (shown.start - shown.announced).astype(int) > 3
    days = [("case.start", shown.start), *([("case.announced", shown.announced)] if apart else [])]
    left, right = axes.get_xlim()
    for row, (key, day) in enumerate(days):
        x = style.number_of(day)
        late = x > 0.5 * (left + right)
        axes.axvline(x, color=palette.SOFT_INK, linewidth=1.0, linestyle=(0, (2, 2)), zorder=1)
        axes.annotate(
            words.say(key, day=words.day(day)),
            (x, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(1 if late else -1, 3 + 12 * row),
            textcoords="offset points",
            ha="right" if late else "left",
            va="bottom",
            size=style.SMALL,
            color=palette.SOFT_INK,
        )


def _labels(axes: Axes, shown: Shown, path: Path, median: Any, colour: str, words: Words) -> None:
    """Names beside the lines and points, on the side away from the others."""
    x, top = style.middle(shown.months), axes.get_ylim()[1]
    seen: dict[Any, float] = {s.month: s.value for s in shown.seen}
    after = [i for i, m in enumerate(shown.months) if m >= shown.start.astype("datetime64[M]")]
    pairs = [i for i in after if shown.months[i] in seen]
    if pairs:
        i = min(pairs, key=lambda j: seen[shown.months[j]])
        low = seen[shown.months[i]] < 0.1 * top
        at = (x[i], seen[shown.months[i]])
        _label(axes, words.say("case.observed"), at, (7, -1 if low else -3), "left", "bottom" if low else "top",
               palette.INK)  # fmt: skip
    late = [i for i in after if i > 0.5 * (after[0] + after[-1])] or after
    others = [[shown.naive[i], *([seen[m]] if (m := shown.months[i]) in seen else [])] for i in late]
    i, around = max(zip(late, others, strict=True), key=lambda pair: min(abs(median[pair[0]] - y) for y in pair[1]))
    up = median[i] < 0.12 * top or (median[i] > float(np.mean(around)) and median[i] < 0.9 * top)
    _label(axes, words.say("case.simulated"), (x[i], median[i]), (0, 7 if up else -7),
           "right" if i > 0.8 * x.size else "center", "bottom" if up else "top", colour)  # fmt: skip
    deep = int(shown.naive.argmin())
    name = words.say("case.naive", name=shown.best)
    if shown.naive[deep] < 0.5 * shown.naive[0]:
        edge = style.number_of(shown.start)
        _label(axes, name, (edge, shown.naive[deep]), (-4, 3), "right", "bottom", palette.SOFT_INK)
    else:
        _label(axes, name, (x[0], shown.naive[0]), (2, -4), "left", "top", palette.SOFT_INK)


def _label(
    axes: Axes, text: str, at: tuple[float, float], shift: tuple[int, int], across: str, up: str, colour: str
) -> None:
    annotate: Any = axes.annotate
    annotate(
        text,
        at,
        xytext=shift,
        textcoords="offset points",
        ha=across,
        va=up,
        size=style.SMALL,
        color=colour,
        weight="bold",
        zorder=6,
        path_effects=style.halo(),
    )


def _finding(shown: Shown, paths: list[Path], words: Words) -> str:
    """Depth of the trough as observed and as simulated, with its range."""
    values = {s.month: s.value for s in shown.seen}
    months = np.array([m for m in shown.months if m in values and m >= shown.start.astype("datetime64[M]")])
    if not months.size:
        return words.say("case.plain", case=words.title(shown.case.title))
    base = shown.case.baseline
    deep = scores.trough([values[m] for m in months], base)
    path, at = paths[0], paths[0].at(months)
    ours = scores.trough(path.band[1][at], base)
    low, high = (max(0.0, 1.0 - float(path.band[k][at][ours.month]) / base) for k in (2, 0))
    return words.say(
        "case.finding",
        case=words.title(shown.case.title),
        fall=words.percent(deep.depth),
        month=words.month(months[deep.month]),
        ours=words.percent(ours.depth),
        range=words.percent_range(low, high),
        mode=words.say(f"mode.{path.mode}").lower(),
    )


def _table(shown: Shown, paths: list[Path]) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    unit, seen = shown.seen[0].unit, {s.month: s for s in shown.seen}
    bands = [p.band[:, p.at(shown.months)] for p in paths]
    columns = (
        "month",
        f"observed [{unit}]",
        "use",
        *(f"{p.mode} mode {q} [{unit}]" for p in paths for q in ("p10", "median", "p90")),
        f"{shown.best} [{unit}]",
    )
    rows = tuple(
        (
            str(month),
            seen[month].value if month in seen else None,
            seen[month].use if month in seen else "",
            *(float(band[k, i]) for band in bands for k in range(3)),
            float(shown.naive[i]),
        )
        for i, month in enumerate(shown.months)
    )
    return columns, rows
