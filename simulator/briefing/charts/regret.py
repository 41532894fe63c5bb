"""Which strategy one would regret least: cost and loss above the best choice, scenario by scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.briefing import palette, style
from simulator.briefing.chart import ALT_LIMIT, Chart
from simulator.briefing.charts import shared
from simulator.briefing.words import Words
from simulator.results.comparison import Regret, regrets

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.studies.compare import Comparison

ROW, HEADING = 0.36, 0.155  # inches of a row, and of a line of a heading
STEPS = palette.LITTLE_TO_MUCH
TIED = 1e-6  # share of the largest regret below which two are the same [1]


@style.drawn
def regret_table(comparison: Comparison, words: Words | None = None, wide: bool = False) -> Chart | None:
    """Regret of each strategy in each scenario, the worst of each in the last column, the least regretted on top.

    Parameters
    ----------
    comparison : a grid of at least two strategies
    words : texts; English where none are given
    wide : loss with all who supply the builders, in place of the direct one

    Returns
    -------
    None where there is nothing to choose: one strategy, or neither cost nor loss anywhere
    """
    words = shared.words_for(comparison, words)
    scenarios, strategies = shared.order_of(comparison)
    cells = {(r.scenario, r.strategy): r for r in regrets(comparison.outcomes, wide)}
    if len(strategies) < 2 or not any(r.regret > 0.0 for r in cells.values()):
        return None
    worst = {s: max((cells[w, s] for w in scenarios), key=lambda r: r.regret) for s in strategies}
    order = sorted(strategies, key=lambda s: worst[s].regret)
    least, most = worst[order[0]].regret, worst[order[-1]].regret
    chosen = [s for s in order if worst[s].regret <= least + TIED * most]
    names = shared.scenario_names(comparison, words), shared.strategy_names(comparison, words)
    title = _finding(worst, chosen, order[-1], names, words)
    loss = words.say("loss.wide" if wide else "loss.direct", country=words.country(comparison.world.inside))
    headings = [style.wrap(names[0][w], 54 // (len(scenarios) + 1) + 3) for w in scenarios]
    lines = max(h.count("\n") + 1 for h in headings)
    page = style.frame(
        title,
        shared.subtitle(comparison, words, words.say("regret.unit", loss=loss), scenarios),
        shared.footer(comparison, words, words.say("regret.note")),
        height=2.4 + ROW * (len(order) + 1) + HEADING * lines,
        left=0.28,
        right=0.985,
        bottom=-0.4,
    )
    _draw(page.axes, cells, worst, order, chosen, headings, names[1], words)
    rows = [
        (names[1][s], names[0][w], *(v / shared.BILLION for v in cells[w, s][2:6]), cells[w, s].near,
         worst[s].regret / shared.BILLION, s in chosen)
        for s in order for w in scenarios
    ]  # fmt: skip
    columns = (
        "strategy", "scenario", "cost and loss [bn USD]", "regret [bn USD]", "regret low [bn USD]", "regret high [bn USD]",
        "runs within 10 % of the best [1]", "worst regret of the strategy [bn USD]", "smallest worst regret",
    )  # fmt: skip
    alt = words.say(
        "regret.alt", strategies=len(order), scenarios=len(scenarios), finding=title,
        worst="; ".join(f"{style.cut(names[1][s], 28)} {shared.billions(worst[s].regret, words)}" for s in order[:4]),
    )  # fmt: skip
    return Chart("regret", title, page.subtitle, page.footer, alt[:ALT_LIMIT], columns, tuple(rows), page.figure)


def _draw(
    axes: Axes,
    cells: dict[tuple[str, str], Regret],
    worst: dict[str, Regret],
    order: list[str],
    chosen: list[str],
    headings: list[str],
    names: dict[str, str],
    words: Words,
) -> None:
    """The table: a cell is drawn by its share of the largest regret, the last column stands a little apart."""
    scenarios = list(dict.fromkeys(w for w, _ in cells))
    last, most = len(scenarios) + 0.12, max(r.regret for r in worst.values())
    for i, s in enumerate(order):
        for j, w in enumerate(scenarios):
            _cell(axes, j, i, cells[w, s], most, words)
        _cell(axes, last, i, worst[s], most, words, own=True)
        if s in chosen:
            axes.plot(*_frame(last, i), color=palette.INK, linewidth=2.2, zorder=4, clip_on=False)
    for j, w in enumerate(scenarios):
        best = min(cells[w, s].cost_and_loss for s in order)
        text = shared.billions(best, words)
        axes.text(j, len(order), text, ha="center", va="center", size=style.SMALL, color=palette.SOFT_INK)
    for x, text in (*enumerate(headings), (last, words.say("regret.worst"))):
        bold = "bold" if x == last else "normal"
        axes.text(x, -0.62, text, ha="center", va="bottom", size=style.SMALL, weight=bold, linespacing=1.1)
    axes.set_xlim(-0.5, last + 0.5)
    depth = HEADING * max(h.count("\n") + 1 for h in headings) / ROW
    axes.set_ylim(len(order) + 0.45, -0.55 - depth)
    axes.set_xticks([])
    titles = [style.wrap(names[s], 30) for s in order]
    axes.set_yticks(range(len(order) + 1), [*titles, words.say("regret.best.row")], size=style.SMALL)
    for label, s in zip(axes.get_yticklabels(), [*order, ""], strict=True):
        label.set_fontweight("bold" if s in chosen else "normal")
        label.set(linespacing=1.0, va="center_baseline")
    axes.get_yticklabels()[-1].set_color(palette.SOFT_INK)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _frame(x: float, y: float) -> tuple[list[float], list[float]]:
    """The outline of a cell."""
    return [x - 0.47, x + 0.47, x + 0.47, x - 0.47, x - 0.47], [y - 0.45, y - 0.45, y + 0.45, y + 0.45, y - 0.45]


def _cell(axes: Axes, x: float, y: float, cell: Regret, most: float, words: Words, own: bool = False) -> None:
    """One number on its colour; the best of a scenario is named so on white, what may be as good stands in brackets."""
    best = cell.regret <= TIED * most and not own
    step = min(int(len(STEPS) * (cell.regret / most) ** 0.5), len(STEPS) - 1)
    colour = palette.PAPER if best else STEPS[step]
    axes.fill_between([x - 0.47, x + 0.47], y - 0.45, y + 0.45, facecolor=colour, edgecolor=palette.RULE, linewidth=0.8)
    text = words.say("regret.best") if best else shared.billions(cell.regret, words)
    if not best and not own and cell.low <= 0.0:
        text = words.say("regret.unsure", number=text)
    weight = "bold" if best or own else "normal"
    axes.text(x, y, text, ha="center", va="center", size=style.SMALL, weight=weight, color=palette.ink_on(colour))


def _finding(
    worst: dict[str, Regret],
    chosen: list[str],
    largest: str,
    names: tuple[dict[str, str], dict[str, str]],
    words: Words,
) -> str:
    best, far = worst[chosen[0]], worst[largest]
    told = {
        "strategy": names[1][chosen[0]],
        "regret": shared.billions(best.regret, words),
        "range": shared.billions_range(max(best.low, 0.0), best.high, words),
        "scenario": names[0][best.scenario],
        "largest": names[1][largest],
        "most": shared.billions(far.regret, words),
        "most_range": shared.billions_range(max(far.low, 0.0), far.high, words),
    }
    if best.regret <= TIED * far.regret:
        return words.say("regret.finding.always", **told)
    if len(chosen) > 1:
        return words.say("regret.finding.tied", count=len(chosen), **told)
    return words.say("regret.finding", **told)
