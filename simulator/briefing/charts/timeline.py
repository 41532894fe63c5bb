"""What others do and what we choose: when each was announced, took force, was suspended and ended."""

from __future__ import annotations

import textwrap
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from simulator.briefing import palette, style
from simulator.briefing.chart import Chart
from simulator.briefing.words import Words

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

NEVER = "never_took_effect"


@style.drawn
def timeline(dataset: xarray.Dataset, scenario: Any, words: Words) -> Chart | None:
    """One bar per measure: filled while in force, hatched while suspended, hollow when it never took effect.

    None when the scenario has no measures.
    """
    import numpy as np

    # Those of one day stay as the scenario orders them: the first is the one the title names.
    measures = sorted((*scenario.events, *scenario.responses), key=lambda m: central(m.announced or m.effective))
    if not measures:
        return None
    end = scenario.end
    start = min(central(m.announced or m.effective) for m in measures)
    first, last = start - timedelta(days=60), max(end, *(min(_stop(m, end), end) for m in measures))
    title = _finding(measures, words)
    page = style.frame(
        title,
        style.scenario_line(dataset, scenario, words, words.say("timeline.unit")),
        style.footer(dataset, scenario, words),
        height=2.1 + 0.62 * len(measures),
        left=0.03,
        right=0.975,
    )
    axes = page.axes
    style.time_axis(axes, words, np.datetime64(first), np.datetime64(last))
    for row, measure in enumerate(measures):
        _bar(axes, measure, row, end, words)
        name = words.title(measure.title) or words.name("kind", measure.kind)
        left = style.number_of(central(measure.announced or measure.effective))
        share = (left - style.number_of(first)) / (style.number_of(last) - style.number_of(first))
        text = f"{_cut(name)} · {_status(measure, end, words)}"
        late = share > 0.45
        axes.annotate(
            text,
            (style.number_of(last) if late else left, row),
            xytext=(0, 9),
            textcoords="offset points",
            ha="right" if late else "left",
            va="bottom",
        )
    axes.set_ylim(len(measures) - 0.55, -0.85)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(True, axis="x")
    columns = ("measure", "kind", "announced", "effective", "expires", "suspended", "status", "grade")
    rows = tuple(
        (
            words.title(m.title),
            words.name("kind", m.kind),
            m.announced,
            central(m.effective),
            _stop(m, None),
            "; ".join(f"{s.start} to {s.end}" for s in m.suspended),
            words.name("status", m.status),
            m.grade,
        )
        for m in measures
    )
    alt = words.say("timeline.alt", count=len(measures), start=words.month(start), end=words.month(end), finding=title)
    return Chart("timeline", title, page.subtitle, page.footer, alt, columns, rows, page.figure)


def central(day: Any) -> date:
    """A date, or the central one of an uncertain date."""
    found: date = getattr(day, "central", day)
    return found


def _stop(measure: Any, end: date | None) -> Any:
    """Last day of a measure; `end` when it has none."""
    if measure.expires is not None:
        return central(measure.expires)
    length = getattr(measure, "duration", None)
    if length is not None:
        return central(measure.effective) + timedelta(days=float(getattr(length, "central", length)))
    return end


def _bar(axes: Axes, measure: Any, row: int, end: date, words: Words) -> None:
    start, stop = central(measure.effective), min(_stop(measure, end), end)
    never = measure.status == NEVER
    announced = measure.announced
    if announced is not None and announced < start:
        axes.plot(
            [style.number_of(announced), style.number_of(start)],
            [row, row],
            color=palette.SOFT_INK,
            linewidth=1.2,
            linestyle=(0, (1, 1.5)),
            zorder=2,
        )
        axes.plot(
            [style.number_of(announced)],
            [row],
            marker="o",
            markersize=6,
            markerfacecolor=palette.PAPER,
            markeredgecolor=palette.SOFT_INK,
            zorder=3,
        )
    if stop <= start:
        return
    face = "none" if never else palette.BLUE
    edge = palette.SOFT_INK if never else palette.BLUE
    axes.barh(
        row,
        (stop - start).days,
        left=style.number_of(start),
        height=0.24,
        facecolor=face,
        edgecolor=edge,
        linewidth=1.2,
        linestyle="--" if never else "-",
        zorder=3,
    )
    if _stop(measure, None) is None and not never:
        axes.plot([style.number_of(end)], [row], marker=">", markersize=9, color=palette.BLUE, clip_on=False, zorder=4)
    for span in measure.suspended:
        a, b = max(span.start, start), min(span.end or stop, stop)
        if b > a and not never:
            axes.barh(
                row,
                (b - a).days,
                left=style.number_of(a),
                height=0.24,
                facecolor=palette.PAPER,
                hatch="////",
                edgecolor=palette.BLUE,
                linewidth=1.0,
                zorder=3.5,
            )


def _status(measure: Any, end: date, words: Words) -> str:
    start = central(measure.effective)
    if measure.status == NEVER:
        return words.say("timeline.never")
    if measure.suspended and any(s.start <= start for s in measure.suspended):
        span = next(s for s in measure.suspended if s.start <= start)
        return (
            words.say("timeline.suspended", day=words.day(span.end))
            if span.end
            else words.say("timeline.suspended.open")
        )
    stop = _stop(measure, None)
    if stop is not None and stop < end:
        return words.say("timeline.from_to", start=words.day(start), end=words.day(stop))
    return words.say("timeline.from", start=words.day(start))


def _finding(measures: list[Any], words: Words) -> str:
    bind = [m for m in measures if m.status != NEVER]
    never = len(measures) - len(bind)
    if not bind:
        return words.say("timeline.nothing", count=len(measures))
    first = min(bind, key=lambda m: central(m.effective))
    notice = (central(first.effective) - first.announced).days if first.announced else 0
    name = words.title(first.title) or words.name("kind", first.kind)
    text = (
        words.say("timeline.no_notice", name=name, day=words.day(central(first.effective)))
        if notice <= 0
        else words.say("timeline.notice", name=name, day=words.day(central(first.effective)), days=notice)
    )
    rest = len(measures) - 1
    if rest:
        text += words.say("timeline.more.one" if rest == 1 else "timeline.more", count=rest)
        if never:
            text += words.say("timeline.more.never", count=never)
    return text


def _cut(text: str) -> str:
    return textwrap.shorten(text, 64, placeholder=" …")
