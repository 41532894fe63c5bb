"""What each measure of a strategy adds: a waterfall from doing nothing to what stays short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.briefing import palette, style
from simulator.briefing.chart import ALT_LIMIT, Chart
from simulator.briefing.words import Words
from simulator.results.statistics import Interval, mean_ci

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.studies.contributions import Contributions, Rung

LITTLE = 0.001  # of what was short: changes below it are not told in tonnes
LONGEST = 46  # letters of a measure's title beside its bar


@style.drawn
def contributions_chart(found: Contributions, words: Words | None = None) -> Chart:
    """One bar for each measure, hanging where the one before ended; words in English where none are given."""
    scenario, world = found.scenario, found.world
    words = words or Words(goods=world.goods.get("en", ("product", "products")))
    least = LITTLE * float(found.short[0].mean())
    names = [_name(rung, words) for rung in found.rungs[1:]]
    steps = [found.change(i) for i in range(1, len(found.rungs))]
    before, after = mean_ci(found.short[0]), mean_ci(found.short[-1])
    home = words.country(world.inside)
    title = _finding(names, steps, before, after, least, home, words)
    unit = words.say("contributions.unit", country=home)
    page = style.frame(
        title,
        style.study_line(scenario, words, unit),
        words.say("contributions.note") + " · " + style.study_footer(scenario, world, words),
        height=2.75 + 0.27 * (len(steps) + 2),
        left=0.385,
        right=0.74,
    )
    axes, means = page.axes, found.short.mean(axis=1)
    last = len(steps) + 1
    _total(axes, 0, before, words.say("contributions.before"), words)
    for row, (name, step) in enumerate(zip(names, steps, strict=True), 1):
        _step(axes, row, float(means[row - 1]), step, name, least, words)
    for row in range(last):
        axes.plot([means[row]] * 2, [row - 0.32, row + 1.32], color=palette.SOFT_INK, linewidth=0.7, zorder=1)
    _total(axes, last, after, words.say("contributions.after"), words)
    axes.set_ylim(last + 0.6, -0.6)
    axes.set_xlim(0.0, 1.03 * max(float(means.max()), before.high, after.high, 1.0))
    axes.set_yticks([])
    axes.grid(True, axis="x")
    axes.xaxis.set_major_formatter(lambda v, _: words.number(v, None))
    axes.locator_params(axis="x", nbins=4)
    axes.annotate(
        words.say("contributions.column"),
        (1.03, 1.0),
        xycoords="axes fraction",
        xytext=(0, 2),
        textcoords="offset points",
        va="bottom",
        size=style.SMALL,
        color=palette.SOFT_INK,
    )
    rows: list[tuple[Any, ...]] = [
        (words.say("contributions.before"), "", "", "", before.mean, before.low, before.high)
    ]
    for rung, name, step, short in zip(found.rungs[1:], names, steps, found.short[1:], strict=True):
        left = mean_ci(short)
        grade = rung.added.grade if rung.added is not None else ""
        rows.append((name, grade, step.mean, f"{step.low:.6g} to {step.high:.6g}", left.mean, left.low, left.high))
    columns = ("measure", "grade", "change [t]", "95 % interval [t]", "short [t]", "short low [t]", "short high [t]")
    return Chart(
        "contributions", title, page.subtitle, page.footer, _alt(title, names, steps, before, after, least, words), columns,
        tuple(rows), page.figure,
    )  # fmt: skip


def _name(rung: Rung, words: Words) -> str:
    if rung.added is None:
        return words.say("contributions.parameters")
    return words.title(rung.added.title) or words.name("kind", rung.added.kind)


def _told_apart(step: Interval, least: float) -> bool:
    """Whether a change is large enough to be told, and its interval leaves zero out."""
    return abs(step.mean) > least and step.low * step.high > 0.0


def _change(step: Interval, least: float, words: Words) -> str:
    if step.mean == 0.0 and step.half_width == 0.0:
        return "0"
    if max(abs(step.low), abs(step.high)) <= least:
        return words.say("contributions.little")
    return words.change(step.mean) + f" ({words.say('to', low=words.change(step.low), high=words.change(step.high))})"


def _total(axes: Axes, row: int, level: Interval, name: str, words: Words) -> None:
    axes.barh(row, level.mean, height=0.64, color=palette.GREY, zorder=2)
    _whisker(axes, row, level)
    _texts(axes, row, name, f"{words.number(level.mean)} ({words.range(max(level.low, 0.0), level.high)})", bold=True)


def _step(axes: Axes, row: int, start: float, step: Interval, name: str, least: float, words: Words) -> None:
    colour = palette.BLUE if step.mean <= 0.0 else palette.RED
    sure = _told_apart(step, least)
    if abs(step.mean) > least:
        axes.barh(
            row, step.mean, left=start, height=0.64, zorder=2, edgecolor=colour,
            facecolor=colour if sure else palette.PAPER, hatch="////" if sure and step.mean > 0.0 else None,
        )  # fmt: skip
        _whisker(axes, row, Interval(start + step.mean, step.half_width))
    _texts(axes, row, style.cut(name, LONGEST), _change(step, least, words), bold=sure)


def _whisker(axes: Axes, row: int, level: Interval) -> None:
    axes.plot([max(level.low, 0.0), level.high], [row, row], color=palette.INK, linewidth=1.1, zorder=4)


def _texts(axes: Axes, row: int, name: str, value: str, bold: bool) -> None:
    weight = "bold" if bold else "normal"
    for x, text, side in ((-0.03, name, "right"), (1.03, value, "left")):
        axes.annotate(
            text, (x, row), xycoords=("axes fraction", "data"), ha=side, va="center", size=style.SMALL, weight=weight
        )


def _finding(
    names: list[str], steps: list[Interval], before: Interval, after: Interval, least: float, home: str, words: Words
) -> str:
    left = {"after": words.number(after.mean), "after_range": words.range(max(after.low, 0.0), after.high)}
    if before.mean == 0.0:
        return words.say("contributions.calm", country=home)
    sure = [
        (step, name) for step, name in zip(steps, names, strict=True) if _told_apart(step, least) and step.mean < 0.0
    ]
    if not sure:
        return words.say("contributions.none", **left)
    best, name = min(sure, key=lambda pair: pair[0].mean)
    return words.say(
        "contributions.finding", measure=name, cut=words.number(-best.mean), before=words.number(before.mean),
        range=words.range(-best.high, -best.low), **left,
    )  # fmt: skip


def _alt(
    title: str, names: list[str], steps: list[Interval], before: Interval, after: Interval, least: float, words: Words
) -> str:
    most = sorted(zip(steps, names, strict=True), key=lambda pair: -abs(pair[0].mean))[:3]
    told = "; ".join(f"{style.cut(name, 30)} {_change(step, least, words)}" for step, name in most)
    text = words.say(
        "contributions.alt", before=words.number(before.mean), after=words.number(after.mean), count=len(steps),
        steps=told, finding=title,
    )  # fmt: skip
    return text[:ALT_LIMIT]
