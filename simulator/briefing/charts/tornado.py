"""Which uncertain number moves the answer most: a tornado of tonnes short, with the first shortage beside."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.briefing import palette, style
from simulator.briefing.chart import ALT_LIMIT, Chart
from simulator.briefing.words import Words
from simulator.results import views
from simulator.world.tables import UNITS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.results.statistics import Interval
    from simulator.studies.tornado import Swing, Tornado, Varied

LONGEST = 40  # letters in a line of a name beside its bars


@style.drawn
def tornado_chart(found: Tornado, words: Words | None = None) -> Chart:
    """Two bars for each number, widest pair first; words in English where none are given."""
    scenario, world = found.scenario, found.world
    words = words or Words(goods=world.goods.get("en", ("product", "products")))
    title = _finding(found, words)
    note = words.say("tornado.note", kept=len(found.swings), looked=found.looked_at)
    if found.chosen_by:
        note += words.say("tornado.chosen", runs=found.chosen_by)
    page = style.frame(
        title,
        style.study_line(scenario, words, words.say("tornado.unit", country=words.country(world.inside))),
        note + " · " + style.study_footer(scenario, world, words),
        height=3.1 + 0.46 * len(found.swings),
        left=0.395,
        right=0.82,
    )
    axes = page.axes
    _limits(axes, found)
    for row, swing in enumerate(found.swings):
        _pair(axes, row, swing, found, words)
    axes.axvline(0.0, color=palette.INK, linewidth=1.0, zorder=3)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(True, axis="x")
    axes.xaxis.set_major_formatter(lambda v, _: words.change(v))
    axes.locator_params(axis="x", nbins=4)
    usual = words.say("tornado.first", day=_day(found.first(found.base), words))
    _beside(axes, 1.03, -0.65, usual, "left", va="bottom", color=palette.SOFT_INK)
    columns = (
        "number", "grade", "numbers moved together", "low end", "high end",
        *(f"{what} {end}" for end in ("at low", "at high") for what in (
            "change of tonnes short [t]", "95 % low [t]", "95 % high [t]", "first shortage median [d]",
            "change of first shortage [d]", "95 % low [d]", "95 % high [d]",
        )),
    )  # fmt: skip
    rows = tuple(_row(swing, found, words) for swing in found.swings)
    alt = words.say("tornado.alt", widest=_widest(found, words), finding=title)[:ALT_LIMIT]
    return Chart("tornado", title, page.subtitle, page.footer, alt, columns, rows, page.figure)


def name_of(varied: Varied, found: Tornado, words: Words) -> str:
    """What is varied in words, with its two ends where it is one number, and its measure where it belongs to one."""
    if varied.kind not in ("parameter", "measure"):
        return words.name("varied", varied.kind)
    number = varied.pins[varied.name]
    if varied.kind == "parameter":
        unit = found.world.parameters[varied.name].unit
        name, factor = words.name("parameter", varied.name), UNITS[unit]
    else:
        measure = next(m for m in found.scenario.measures if varied.name.startswith(f"{m.id}."))
        path = varied.name.removeprefix(f"{measure.id}.").split(".")
        of = style.cut(words.title(measure.title) or words.name("kind", measure.kind), LONGEST)
        said = " ".join(path).replace("_", " ")
        name, factor, unit = words.say("varied.measure", measure=of, name=said), 1.0, _unit(measure, path)
    ends = words.say("range", low=f"{number.low / factor:.3g}", high=f"{number.high / factor:.3g}")
    return words.say("varied.number", name=name, range=ends + ("" if unit in ("", "1") else f"\u00a0{unit}"))


def _unit(part: Any, path: Sequence[str]) -> str:
    """Unit of a number of a measure: what stands in brackets where its key is described."""
    for key in path[:-1]:
        part = getattr(part, key, None)
    field = getattr(type(part), "model_fields", {}).get(path[-1])
    said = re.search(r"\[([^\]]+)\]$", (field.description or "") if field is not None else "")
    return said[1] if said else ""


def _limits(axes: Axes, found: Tornado) -> None:
    """Room for the widest pair with its thin lines and, beside them, what is written at their ends."""
    ends = [found.short(end) for swing in found.swings for end in (swing.low, swing.high)]
    low, high = min((e.low for e in ends), default=-1.0), max((e.high for e in ends), default=1.0)
    room = 0.5 * max(high - low, 1e-9)
    axes.set_xlim(min(low, 0.0) - room, max(high, 0.0) + room)
    axes.set_ylim(len(found.swings) - 0.45, -1.4)  # the heading of the column stands inside


def _pair(axes: Axes, row: int, swing: Swing, found: Tornado, words: Words) -> None:
    ends = (("low", swing.low, -0.2, palette.PAPER), ("high", swing.high, 0.2, palette.BLUE))
    for name, end, beside, fill in ends:
        change = found.short(end)
        axes.barh(
            row + beside, change.mean, height=0.36, zorder=2, facecolor=fill, edgecolor=palette.INK, linewidth=0.8,
            hatch="////" if swing.varied.grade == "D" else None,
        )  # fmt: skip
        axes.plot([change.low, change.high], [row + beside] * 2, color=palette.INK, linewidth=1.8, zorder=4)
        text = words.say(f"tornado.{name}", change=_change(change, found, words))
        leftwards = change.mean < 0.0
        axes.annotate(
            text,
            (min(change.low, 0.0) if leftwards else max(change.high, 0.0), row + beside),
            xytext=(-4 if leftwards else 4, 0),
            textcoords="offset points",
            ha="right" if leftwards else "left",
            va="center",
            size=style.SMALL,
        )
    name = textwrap.fill(style.capital(name_of(swing.varied, found, words)), LONGEST)
    _beside(axes, -0.075, row, name, "right")
    _beside(axes, -0.035, row, swing.varied.grade, "center", weight="bold")
    low, high = (_day(found.first(end), words) for end in (swing.low, swing.high))
    _beside(axes, 1.03, row, f"{low} / {high}", "left")


def _beside(axes: Axes, x: float, row: float, text: str, side: Any, va: Any = "center", **more: Any) -> None:
    axes.annotate(
        text, (x, row), xycoords=("axes fraction", "data"), ha=side, va=va, size=style.SMALL, annotation_clip=False,
        **more,
    )  # fmt: skip


def _change(change: Interval, found: Tornado, words: Words) -> str:
    if change.mean == 0.0:
        return "0"
    little = abs(change.mean) < 0.001 * float(found.base.short.mean())
    return words.say("contributions.little") if little else words.change(change.mean)


def _day(day: float, words: Words) -> str:
    return words.say("tornado.never") if np.isnan(day) else words.number(day, None)


def _finding(found: Tornado, words: Words) -> str:
    usual = float(found.base.short.mean())
    runs = views.spread(found.base.short)
    known = {"usual": words.number(usual), "range": words.range(runs.low, runs.high)}
    if not found.swings or not any(found.short(end).mean for s in found.swings for end in (s.low, s.high)):
        return words.say("tornado.still", looked=found.looked_at, **known)
    most = found.swings[0]
    ends = sorted([float(most.low.short.mean()), float(most.high.short.mean()), usual])
    name = name_of(most.varied, found, words)
    return words.say(
        "tornado.finding", Number=style.capital(name), low=words.number(ends[0]), high=words.number(ends[-1]), **known
    )


def _widest(found: Tornado, words: Words) -> str:
    def both(swing: Swing) -> str:
        low, high = (words.change(found.short(end).mean) for end in (swing.low, swing.high))
        return f"{name_of(swing.varied, found, words)} {words.say('to', low=low, high=high)}"

    return "; ".join(both(swing) for swing in found.swings[:3])


def _row(swing: Swing, found: Tornado, words: Words) -> tuple[Any, ...]:
    """The numbers of a pair; the ends of a number alone are in the unit in which the model counts."""
    alone = next(iter(swing.varied.pins.values())) if len(swing.varied.pins) == 1 else None
    ends: list[Any] = ["", ""] if alone is None else [alone.low, alone.high]
    for end in (swing.low, swing.high):
        ends += [*_interval(found.short(end)), _or_blank(found.first(end)), *_interval(found.sooner(end))]
    return (name_of(swing.varied, found, words), swing.varied.grade, len(swing.varied.pins), *ends)


def _interval(change: Interval) -> list[float]:
    return [change.mean, change.low, change.high]


def _or_blank(day: float) -> float | str:
    return "" if np.isnan(day) else day
