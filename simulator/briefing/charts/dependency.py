"""How far outside users still hang on one supplier, month by month and strategy by strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.briefing import palette, style
from simulator.briefing.chart import ALT_LIMIT, Chart
from simulator.briefing.charts import shared
from simulator.briefing.words import Words
from simulator.results.comparison import LEVELS, falls_below
from simulator.results.paired import NOTHING
from simulator.world.stages import stages

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.studies.compare import Comparison
    from simulator.world.model import World

LOOK_THROUGH = "look-through:separated"
POINT = 0.01  # difference from doing nothing below which lines count as one [1]
YEAR = 12  # months before the event that are shown; a share is that of a trailing year
DASH = (0.0, (5.0, 2.0))
COLOURS = (palette.BLUE, palette.RED, palette.VIOLET, palette.PLUM)


class Path(NamedTuple):
    """Share of the largest supplier of one strategy in one view: median, 5th and 95th percentile, arrays (month) [1]."""

    strategy: str
    view: str
    median: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@style.drawn
def dependency_path(comparison: Comparison, scenario: str, words: Words | None = None) -> Chart | None:
    """Share of the largest supplier of those outside: direct at the last stage, and looking through to who separated.

    Parameters
    ----------
    comparison : a grid
    scenario : one of its scenarios, by name
    words : texts; English where none are given

    Returns
    -------
    None where nothing is known of any of the two

    Raises
    ------
    ValueError : there is no such scenario
    """
    words = shared.words_for(comparison, words)
    places, data, world = shared.at(comparison, scenario), comparison.outcomes, comparison.world
    views = [v for v in (f"direct:{last_stage(world)}", LOOK_THROUGH) if v in data["view"].values.tolist()]
    whole = data["dependency"].transpose("arm", "view", "month", "replication").sel(view=views).to_numpy()
    if not views or np.isnan(whole[list(places.values())]).all():
        return None
    months = data["month"].values.astype("datetime64[M]")
    event = data["event_day"].values.astype("datetime64[D]")[next(iter(places.values()))]
    ready = comparison.arms[next(iter(places.values()))].ready
    begin = max(np.datetime64(ready.start, "M") + YEAR, event.astype("datetime64[M]") - YEAR)
    shown = months >= min(begin, months[-1])
    paths = []
    for strategy, arm in places.items():
        for v, view in enumerate(views):
            low, median, high = np.quantile(whole[arm, v][shown], (0.05, 0.5, 0.95), axis=1)
            paths.append(Path(strategy, view, median, low, high))
    names = shared.strategy_names(comparison, words)
    title = _finding(comparison, scenario, paths, views[0], names, words)
    stage = words.name("stage", last_stage(world))
    page = style.frame(
        title,
        shared.subtitle(comparison, words, words.say("path.unit", country=words.country(world.inside), stage=stage),
                          [scenario]),
        shared.footer(comparison, words, words.say("path.note")),
        height=5.4,
        right=0.675,
    )  # fmt: skip
    _draw(page.axes, paths, months[shown], event, names, words)
    finals = [p for p in paths if p.view == views[0]]
    alt = words.say(
        "path.alt", start=words.month(months[shown][0]), end=words.month(months[-1]), strategies=len(places), finding=title,
        ends="; ".join(
            f"{style.cut(names[p.strategy], 28)} {words.percent(float(p.median[-1]))}"
            for p in sorted(finals, key=lambda p: float(p.median[-1]))[:3]
        ),
    )  # fmt: skip
    columns = ("month", "strategy", "view", "median [1]", "p5 [1]", "p95 [1]")
    rows = tuple(
        (str(month), names[p.strategy], p.view, float(p.median[i]), float(p.low[i]), float(p.high[i]))
        for p in paths for i, month in enumerate(months[shown])
    )  # fmt: skip
    name = f"dependency-{scenario.replace(':', '-')}"
    return Chart(name, title, page.subtitle, page.footer, alt[:ALT_LIMIT], columns, rows, page.figure)


def last_stage(world: World) -> str:
    """The last stage at which headline goods are made; the last of all where the world names none."""
    makers = {f.stage for name, f in world.facilities.items() if world.first_output(name) in world.headline}
    known = stages(world)
    return ([s for s in known if s in makers] or known)[-1]


def _draw(
    axes: Axes, paths: list[Path], months: NDArray[Any], event: np.datetime64, names: dict[str, str], words: Words
) -> None:
    """All lines, those that part from doing nothing in colours, and one label for those that do not."""
    colours = _colours(paths)
    lowest = min(float(np.nanmin(p.median)) for p in paths)
    highest = max(float(np.nanmax(p.median)) for p in paths)
    axes.set_ylim(min(lowest - 0.03, LEVELS[-1] - 0.02), min(max(highest + 0.03, LEVELS[0] + 0.02), 1.0))
    style.time_axis(axes, words, months[0].astype("datetime64[D]"), style.last_day(months))
    left, right = axes.get_xlim()
    for level in LEVELS:
        axes.axhline(level, color=palette.SOFT_INK, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
    x = style.middle(months)
    for p in sorted(paths, key=lambda p: p.strategy in colours):
        grey = p.strategy not in colours
        axes.plot(
            x, p.median, color=palette.GREY if grey else colours[p.strategy], zorder=2 if grey else 3,
            linestyle=DASH if p.view == LOOK_THROUGH else "-", linewidth=2.6 if p.strategy == NOTHING else 1.8,
        )  # fmt: skip
    day = style.number_of(event)
    if left <= day <= right:
        axes.axvline(day, color=palette.SOFT_INK, linewidth=1.0, linestyle=(0, (2, 2)), zorder=1)
        axes.annotate(
            words.say("event.mark", day=words.day(event)), (day, 1.0), xycoords=("data", "axes fraction"), xytext=(-1, 3),
            textcoords="offset points", va="bottom", size=style.SMALL, color=palette.SOFT_INK,
        )  # fmt: skip
    low, high = axes.get_ylim()
    axes.set_yticks(sorted(t for t in {*LEVELS, *(i / 10 for i in range(11))} if low <= t <= high))
    axes.yaxis.set_major_formatter(lambda v, _: words.percent(v))
    axes.tick_params(axis="y", labelsize=style.SMALL)
    ends = [end for view in dict.fromkeys(p.view for p in paths) for end in _ends(paths, view, colours, names, words)]
    style.end_labels(axes, sorted(ends, key=lambda e: e[0]), float(x[-1]), size=style.SMALL)


def _colours(paths: list[Path]) -> dict[str, str]:
    """Colours of the strategies whose lines end furthest from doing nothing, in any view; all others are grey."""
    ends = {(p.strategy, p.view): float(p.median[-1]) for p in paths}
    views = list(dict.fromkeys(p.view for p in paths))
    far = {
        s: max(abs(ends[s, v] - ends.get((NOTHING, v), ends[s, v])) for v in views)
        for s in dict.fromkeys(p.strategy for p in paths)
        if s != NOTHING
    }
    if not any(p.strategy == NOTHING for p in paths):
        far = dict.fromkeys(far, 1.0)
    chosen = sorted((s for s in far if far[s] >= POINT), key=lambda s: -far[s])[: len(COLOURS)]
    return dict(zip(chosen, COLOURS, strict=False))


def _ends(
    paths: list[Path], view: str, colours: dict[str, str], names: dict[str, str], words: Words
) -> list[tuple[float, str, str]]:
    """Labels at the line ends of one view; grey lines within a point of each other have one together."""
    key = "path.through" if view == LOOK_THROUGH else "path.direct"
    mine = sorted((p for p in paths if p.view == view), key=lambda p: float(p.median[-1]))
    found = [
        (float(p.median[-1]), _label([names[p.strategy]], float(p.median[-1]), key, words), colours[p.strategy])
        for p in mine
        if p.strategy in colours
    ]
    groups: list[list[Path]] = []
    for p in (p for p in mine if p.strategy not in colours):
        if groups and p.median[-1] - groups[-1][0].median[-1] <= POINT:
            groups[-1].append(p)
        else:
            groups.append([p])
    for group in groups:
        first = sorted(group, key=lambda p: p.strategy != NOTHING)
        end = float(np.median([p.median[-1] for p in group]))
        found.append((end, _label([names[p.strategy] for p in first], end, key, words), palette.SOFT_INK))
    return found


def _label(names: list[str], end: float, key: str, words: Words) -> str:
    """How much and who, after a stroke like that of the line."""
    who = style.cut(names[0], 27)
    if len(names) > 1:
        who = words.say("path.merged", name=style.cut(names[0], 15), count=len(names) - 1)
    return words.say(key, share=words.percent(end), who=who)


def _range(low: float, high: float, words: Words) -> str:
    """Two shares as a range, with tenths where whole percentages are the same."""
    if round(100.0 * low) != round(100.0 * high):
        return words.percent_range(low, high)
    return words.say("percent", number=words.range(100.0 * low, 100.0 * high, 3))


def _finding(
    comparison: Comparison, scenario: str, paths: list[Path], view: str, names: dict[str, str], words: Words
) -> str:
    """Where the largest supplier's share ends, with the range over runs, and who gets below a mark for good."""
    mine = {p.strategy: p for p in paths if p.view == view}
    base = mine.get(NOTHING) or next(iter(mine.values()))
    best = min(mine.values(), key=lambda p: float(p.median[-1]))

    def told(path: Path) -> dict[str, str]:
        low, middle, high = (float(v[-1]) for v in (path.low, path.median, path.high))
        return {
            "strategy": names[path.strategy],
            "share": words.percent(middle),
            "range": _range(low, high, words),
        }

    common = {
        "scenario": shared.scenario_names(comparison, words)[scenario],
        "end": words.month(comparison.outcomes["month"].values[-1].astype("datetime64[D]")),
        "goods_share": told(base)["share"],
        "goods_range": told(base)["range"],
    }
    if base.median[-1] - best.median[-1] < POINT:
        return words.say("path.finding.none", **common)
    below = [
        b for b in falls_below(comparison.outcomes.isel(arm=[shared.at(comparison, scenario)[best.strategy]]))
        if b.view == view and not np.isnat(b.month)
    ]  # fmt: skip
    if below:
        mark = min(below, key=lambda b: b.level)
        month = words.month(mark.month.astype("datetime64[D]"))
        return words.say("path.finding.below", level=words.percent(mark.level), month=month, **told(best), **common)
    return words.say("path.finding", **told(best), **common)
