"""What strategies cost for what they avoid: a point for each, and the line of those that none beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulator.briefing import palette, style
from simulator.briefing.chart import ALT_LIMIT, Chart
from simulator.briefing.charts import shared
from simulator.briefing.words import Words
from simulator.results.comparison import Effect, cost_effectiveness
from simulator.results.key_figures import short_outside
from simulator.results.paired import NOTHING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

    from simulator.studies.compare import Comparison

MOST = 6  # panels
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LINE = 0.17  # inches of a line of the key
TIE = 15.0  # points from which a label is tied to its mark
NEAR = 6.0  # points of paper below which two marks share one label
SHIFTS = tuple(
    (far * x, far * y)
    for far in (1.0, 2.0, 3.2, 4.6, 6.2, 8.0)
    for x, y in ((9, 0), (7, 5), (7, -5), (0, 8), (0, -8), (-9, 0), (-7, 5), (-7, -5))
)  # where a label may stand, from its mark, nearest first [points]


class Point(NamedTuple):
    """A mark of a panel: [t] across, bn USD up, and the label of its own."""

    effect: Effect
    x: float
    y: float
    label: str


@style.drawn
def cost_scatter(
    comparison: Comparison, words: Words | None = None, scenarios: Sequence[str] | None = None
) -> Chart | None:
    """Cost against tonnes of shortage avoided, with crosses for the 95 % intervals of both, paired with doing nothing.

    Parameters
    ----------
    comparison : a grid with doing nothing among its strategies
    words : texts; English where none are given
    scenarios : at most six, by name; those with the largest shortage where none are given. One scenario has the names
        at its marks, several have letters

    Returns
    -------
    None where there is no other strategy than to do nothing, or neither cost nor shortage in these scenarios

    Raises
    ------
    ValueError : there is no such scenario, or too many of them
    """
    words = shared.words_for(comparison, words)
    known, strategies = shared.order_of(comparison)
    if NOTHING not in strategies or len(strategies) < 2:
        return None
    bare = {w: shared.bounded(_short(comparison, w)) for w in known}
    if scenarios is None:
        scenarios = sorted(sorted(known, key=lambda w: -bare[w].mean)[:MOST], key=known.index)
    if len(scenarios) > MOST:
        raise ValueError(f"at most {MOST} scenarios have a panel each; {len(scenarios)} are asked for")
    for name in scenarios:
        shared.at(comparison, name)
    found = [e for e in cost_effectiveness(comparison.outcomes) if e.scenario in scenarios]
    if not any(v for e in found for v in (*e.cost, *e.avoided)) and not any(bare[w].mean for w in scenarios):
        return None
    titles, names = shared.scenario_names(comparison, words), shared.strategy_names(comparison, words)
    title = _finding(found, bare, list(scenarios), titles, names, words)
    many = len(scenarios) > 1
    rows_of_panels = -(-len(scenarios) // 3) if len(scenarios) != 4 else 2
    page = style.frame(
        title,
        shared.subtitle(comparison, words, words.say("effect.unit"), scenarios),
        shared.footer(comparison, words, words.say("effect.note")),
        height=3.2 + 1.95 * rows_of_panels if many else 5.6,
        left=0.105,
    )
    if many:
        _panels(page, found, list(scenarios), titles, names, rows_of_panels, words)
    else:
        _panel(page.axes, found, names, words, False)
        page.axes.set_xlabel(words.say("effect.across"), size=style.SMALL, labelpad=2)
    alt = words.say(
        "effect.alt", strategies=len(strategies) - 1, scenarios=len(scenarios), finding=title,
        points="; ".join(
            f"{style.cut(names[e.strategy], 28)} {words.number(e.avoided.mean)} t, {shared.billions(e.cost.mean, words)}"
            for e in sorted(found, key=lambda e: -e.avoided.mean)[:3]
        ),
    )  # fmt: skip
    columns = (
        "scenario", "strategy", "avoided [t]", "avoided low [t]", "avoided high [t]", "cost [bn USD]", "cost low [bn USD]",
        "cost high [bn USD]", "cost per tonne [USD/t]", "cost per tonne low [USD/t]", "cost per tonne high [USD/t]",
        "status", "on the frontier",
    )  # fmt: skip
    rows = tuple(
        (titles[e.scenario], names[e.strategy], *e.avoided, *(v / shared.BILLION for v in e.cost),
         *(None if np.isnan(v) else v for v in e.ratio), e.status, e.efficient)
        for e in found
    )  # fmt: skip
    name = "cost-effectiveness" + ("" if many or len(known) == 1 else f"-{scenarios[0].replace(':', '-')}")
    return Chart(name, title, page.subtitle, page.footer, alt[:ALT_LIMIT], columns, rows, page.figure)


def _short(comparison: Comparison, scenario: str) -> Any:
    arm = shared.at(comparison, scenario)[NOTHING]
    return short_outside(comparison.outcomes).transpose("arm", "replication").to_numpy()[arm]


def _panels(
    page: style.Frame,
    found: list[Effect],
    scenarios: list[str],
    titles: dict[str, str],
    names: dict[str, str],
    down: int,
    words: Words,
) -> None:
    """A panel for each scenario, letters at the marks and the names of the letters below."""
    box, height = page.axes.get_position(), page.figure.get_figheight()
    page.axes.remove()
    letters = dict(zip((s for s in names if s != NOTHING), LETTERS, strict=False))
    across = -(-len(scenarios) // down)
    lines = -(-(len(letters) + 1) // 2)
    key = (LINE * lines - 0.1) / height
    each, deep = (box.width + 0.07) / across, (box.height - key + 0.27 / height) / down
    for k, scenario in enumerate(scenarios):
        row, column = divmod(k, across)
        rectangle = (
            box.x0 + column * each, box.y1 - (row + 1) * deep + 0.5 / height, each - 0.08, deep - 0.66 / height,
        )  # fmt: skip
        axes = page.figure.add_axes(rectangle)
        heading = style.wrap(style.cut(titles[scenario], 50), int(72 / across))
        axes.set_title(heading, size=style.SMALL, weight="bold", loc="left", pad=4, linespacing=1.05)
        _panel(axes, [e for e in found if e.scenario == scenario], letters, words, True)
        if column == 0 and row == down - 1:
            axes.set_xlabel(words.say("effect.across"), size=style.SMALL, loc="left", labelpad=2)
    low = box.y0 - 0.32 / height
    for i, (s, letter) in enumerate({**letters, NOTHING: "■"}.items()):
        column, row = divmod(i, lines)
        at = (0.06 + 0.47 * column, low + (lines - 1 - row) * LINE / height)
        page.figure.text(*at, letter, size=style.SMALL, weight="bold", va="bottom")
        page.figure.text(at[0] + 0.025, at[1], names[s], size=style.SMALL, va="bottom")


def _panel(axes: Axes, found: list[Effect], labels: dict[str, str], words: Words, small: bool) -> None:
    points = [Point(e, e.avoided.mean, e.cost.mean / shared.BILLION, labels[e.strategy]) for e in found]
    _limits(axes, found)
    axes.axhline(0.0, color=palette.SOFT_INK, linewidth=0.8, zorder=1)
    axes.axvline(0.0, color=palette.SOFT_INK, linewidth=0.8, zorder=1)
    axes.grid(True, axis="both")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda v, _: words.number(v) if v else "0")
        axis.set_tick_params(labelsize=style.SMALL)
    if any(v for e in found for v in e.avoided):
        axes.locator_params(axis="x", nbins=3 if small else 6, prune="upper" if small else None)
    else:
        axes.set_xticks([0.0])
    axes.locator_params(axis="y", nbins=4 if small else 6)
    beaten = any(p.y <= 0.0 and p.x >= 0.0 and (p.x, p.y) != (0.0, 0.0) for p in points)
    line = sorted([(p.x, p.y) for p in points if p.effect.efficient] + ([] if beaten else [(0.0, 0.0)]))
    axes.plot(*zip(*line, strict=True), color=palette.GREY, linewidth=2.5, zorder=2, solid_capstyle="round")
    axes.plot(0.0, 0.0, marker="s", markersize=5, color=palette.SOFT_INK, zorder=3, linestyle="none")
    for p in points:
        _mark(axes, p)
    _labels(axes, points, line, small, words)


def _limits(axes: Axes, found: list[Effect]) -> None:
    """Room for all crosses, zero, and names beside the marks."""
    sides = []
    for ends in ([v for e in found for v in e.avoided], [v / shared.BILLION for e in found for v in e.cost]):
        known = [0.0, *(v for v in ends if not np.isnan(v))]
        low, high = min(known), max(known)
        if high - low <= 0.0:
            high = low + 1.0
        sides.append((low - 0.13 * (high - low), high + 0.12 * (high - low)))
    axes.set_xlim(*sides[0])
    axes.set_ylim(*sides[1])


def _mark(axes: Axes, point: Point) -> None:
    """A cross of both intervals under a mark: full where something is surely avoided, hollow where nothing is told."""
    effect = point.effect
    colour = palette.RED if effect.status == "never" else palette.BLUE
    low, high = (v / shared.BILLION for v in effect.cost[1:])
    axes.plot(effect.avoided[1:], [point.y] * 2, color=colour, linewidth=1.1, zorder=3)
    axes.plot([point.x] * 2, [low, high], color=colour, linewidth=1.1, zorder=3)
    axes.plot(
        point.x, point.y, linestyle="none", marker="X" if effect.status == "never" else "o", markersize=7.5, zorder=4,
        markerfacecolor="none" if effect.status == "undefined" else colour, markeredgecolor=colour,
        markeredgewidth=1.4,
    )  # fmt: skip


def _labels(axes: Axes, points: list[Point], line: list[tuple[float, float]], small: bool, words: Words) -> None:
    """Labels near their marks, none over another; marks that all but coincide share one."""
    figure: Any = axes.get_figure(root=True)
    scale, spot = figure.dpi / 72.0, axes.transData.transform
    spots = [spot((0.0, 0.0)), *(spot((p.x, p.y)) for p in points)]
    texts = [words.say("effect.nothing"), *(p.label if small else _named(p, words) for p in points)]
    bold = [False, *(p.effect.efficient for p in points)]
    taken: list[Bbox] = [_square(one, 5.0 * scale) for one in spots]
    for p in points:
        taken += [_square(spot((x, p.y)), 1.5 * scale) for x in np.linspace(*p.effect.avoided[1:], 9) if np.isfinite(x)]
    for start, end in zip(line, line[1:], strict=False):
        taken += [_square(spot(one), 1.5 * scale) for one in np.linspace(start, end, 25)]
    groups: list[list[int]] = []
    for i in sorted(range(len(spots)), key=lambda i: (-spots[i][0], -spots[i][1], i)):
        near = next((g for g in groups if np.hypot(*(spots[g[0]] - spots[i])) < NEAR * scale), None)
        groups.append([i]) if near is None else near.append(i)
    for group in groups:
        told = sorted(i for i in group if i or not small)  # the square of doing nothing has no letter
        if told:
            weight = "bold" if any(bold[i] for i in told) else "normal"
            _place(axes, (" " if small else "\n").join(texts[i] for i in told), spots[group[0]], taken, weight)


def _named(point: Point, words: Words) -> str:
    """The name of a strategy, with what a reader must know of its mark."""
    key = {"undefined": "effect.undefined", "never": "effect.never"}.get(point.effect.status)
    return style.wrap(point.label, 31) + (f"\n{words.say(key)}" if key else "")


def _place(axes: Axes, text: str, spot: np.ndarray, taken: list[Bbox], weight: str) -> None:
    """A text on the nearest free place beside its mark, tied to it where that is far."""
    figure: Any = axes.get_figure(root=True)
    scale = figure.dpi / 72.0
    inside = axes.bbox.padded(2.0 * scale)
    tried: list[tuple[float, tuple[float, float], Bbox]] = []
    for shift in SHIFTS:
        label = _label(axes, text, spot, shift, weight, tie=False)
        extent = label.get_window_extent()
        label.remove()
        out = extent.width * extent.height - _shared(extent, inside)
        tried.append((sum(_shared(extent, other) for other in taken) + 3.0 * out, shift, extent))
        if tried[-1][0] < 1e-6:
            break
    _, shift, extent = min(tried, key=lambda one: one[0])
    _label(axes, text, spot, shift, weight, tie=np.hypot(*shift) > TIE)
    taken.append(extent.padded(1.5 * scale))


def _label(axes: Axes, text: str, spot: np.ndarray, shift: tuple[float, float], weight: Any, tie: bool) -> Annotation:
    x, y = shift
    stroke = {"arrowstyle": "-", "color": palette.SOFT_INK, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 4}
    return axes.annotate(
        text, tuple(axes.transData.inverted().transform(spot)), xytext=shift, textcoords="offset points", annotation_clip=False,
        ha="left" if x > 0 else "right" if x < 0 else "center", va="center" if y == 0 else "bottom" if y > 0 else "top",
        size=style.SMALL, weight=weight, zorder=6, linespacing=1.05, path_effects=style.halo(),
        arrowprops=stroke if tie else None,
    )  # fmt: skip


def _square(spot: np.ndarray, half: float) -> Bbox:
    from matplotlib.transforms import Bbox

    return Bbox([spot - half, spot + half])


def _shared(one: Bbox, other: Bbox) -> float:
    """Area that two boxes share [pixel²]."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    up = min(one.y1, other.y1) - max(one.y0, other.y0)
    return max(across, 0.0) * max(up, 0.0)


def _finding(
    found: list[Effect],
    bare: dict[str, Any],
    scenarios: list[str],
    titles: dict[str, str],
    names: dict[str, str],
    words: Words,
) -> str:
    """The strategy that surely avoids most, or that surely avoids something in most scenarios."""
    costs = [e.cost for e in found]
    low, high = min(c.low for c in costs), max(c.high for c in costs)
    span = {"costs": shared.billions_range(low, high, words), "count": len(scenarios)}
    sure = [e for e in found if e.status in ("pays", "saves")]
    if not any(bare[w].mean for w in scenarios):
        return words.say("effect.finding.calm" if len(scenarios) > 1 else "effect.finding.calm.one",
                         scenario=titles[scenarios[0]], **span)  # fmt: skip
    if not sure:
        return words.say("effect.finding.none" if len(scenarios) > 1 else "effect.finding.none.one",
                         scenario=titles[scenarios[0]], **span)  # fmt: skip
    if len(scenarios) == 1:
        best = max(sure, key=lambda e: (e.efficient, e.avoided.mean))
        return words.say(
            "effect.finding.one", strategy=names[best.strategy], scenario=titles[best.scenario],
            avoided=words.number(best.avoided.mean), range=words.range(best.avoided.low, best.avoided.high),
            cost=shared.billions(best.cost.mean, words),
            cost_range=shared.billions_range(best.cost.low, best.cost.high, words),
        )  # fmt: skip
    mine = {s: [e for e in sure if e.strategy == s] for s in names}
    best_name = max(mine, key=lambda s: (len(mine[s]), sum(e.avoided.mean for e in mine[s])))
    those = mine[best_name]
    return words.say(
        "effect.finding", strategy=names[best_name], hit=len(those), count=len(scenarios),
        avoided=words.range(min(e.avoided.low for e in those), max(e.avoided.high for e in those)),
        cost=shared.billions_range(min(e.cost.low for e in those), max(e.cost.high for e in those), words),
    )  # fmt: skip
