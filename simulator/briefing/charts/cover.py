"""How many days of stock it takes: the share of runs without a shortage against the stock, one line for each closure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.briefing import palette, style
from simulator.briefing.chart import ALT_LIMIT, Chart
from simulator.briefing.words import Words
from simulator.studies.stock import EVERY, LADDER, MOST, TARGETS, Needed, Stock
from simulator.world.checks import grade_shares

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHARES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)  # lines across
KEY = 0.05  # of the height, for the names of the lines


@style.drawn
def cover_curve(
    stock: Stock,
    country: str,
    words: Words | None = None,
    sector: str = EVERY,
    level: float = 0.9,
    targets: Sequence[float] = TARGETS,
) -> Chart:
    """Cover curve of a country, or of one of its sectors.

    Parameters
    ----------
    stock : what the study found
    country, sector : whose; every sector asked about, none of which may go short, when no sector is given
    words : of every text; English when not given
    level : share of runs that the title speaks of and dots mark [1]
    targets : stocks that are marked [d]
    """
    words = words or Words()
    sectors = [m.sector for m in stock.markets if m.country == country]
    sector = sectors[0] if sector == EVERY and len(sectors) == 1 else sector
    rows = [r for r in stock.needed((level,)) if (r.country, r.sector) == (country, sector)]
    title = finding(spoken(rows), words)
    unit = words.say("cover.unit", stock=words.say("cover.stock.every" if sector == EVERY else "cover.stock.one"))
    begins = words.day(stock.closures.measure.central_day)
    page = style.frame(
        title,
        words.say("cover.subtitle", unit=unit, scenario=words.title(stock.scenario.title), begins=begins),
        style.footer(as_dataset(stock), stock.scenario, words),
        height=5.3,
        left=0.1,
        right=0.955,
        bottom=0.16,
    )
    _draw(page.axes, stock, rows, targets, words)
    columns = ("closure [months]", "stock [d]", "share of runs without a shortage [1]", "low [1]", "high [1]")
    grid = sorted({*LADDER, *targets})
    found = [stock.chance(country, sector, months, cover) for months in stock.closures.months for cover in grid]
    said = "; ".join(
        words.say("cover.alt.line", months=length(r.months, words), cover=days(r.cover, words)) for r in rows
    )
    alt = words.say("cover.alt", level=words.percent(level), said=said, finding=title)
    table = tuple((c.months, c.cover, round(c.share, 4), round(c.low, 4), round(c.high, 4)) for c in found)
    return Chart(_name(stock, country), title, page.subtitle, page.footer, alt[:ALT_LIMIT], columns, table, page.figure)


def spoken(rows: Sequence[Needed]) -> Needed:
    """The closure that headlines speak of: a year where it was asked about, the longest where not."""
    return next((r for r in rows if r.months == 12), rows[-1])


def finding(row: Needed, words: Words) -> str:
    """What one closure takes, in a sentence with its range."""
    where = words.say("cover.where", country=words.country(row.country), sector=sector_name(row.sector, words))
    told = {"where": where, "months": length(row.months, words), "level": words.percent(row.level)}
    if math.isinf(row.cover):
        return words.say("cover.finding.beyond", most=words.number(MOST, None), **told)
    if row.cover <= 1.0:
        return words.say("cover.finding.none", **told)
    return words.say("cover.finding", cover=words.number(row.cover, None), range=span(row, words), **told)


def span(row: Needed, words: Words) -> str:
    """The interval of a cover."""
    if math.isinf(row.high):
        return words.say("cover.open", low=words.number(row.low, None))
    return words.range(row.low, row.high, None)


def length(months: int, words: Words) -> str:
    """Length of a closure in words."""
    return words.say("cover.months.one") if months == 1 else words.say("cover.months", months=months)


def sector_name(sector: str, words: Words) -> str:
    """A sector in words, or all of them."""
    return words.say("cover.every") if sector == EVERY else words.name("sector", sector)


def days(cover: float, words: Words) -> str:
    """A cover in words [d]."""
    return words.say("cover.beyond", most=words.number(MOST, None)) if math.isinf(cover) else words.number(cover, None)


def as_dataset(stock: Stock) -> Any:
    """What captions need to know of a study, held as a Dataset holds it."""
    world, scenario = stock.world, stock.scenario
    attrs = {
        "replications": scenario.replications,
        "seed": scenario.seed,
        "share_grade_d": float(grade_shares(world)["D"]),
        "data_vintage": world.data_vintage,
    }
    return SimpleNamespace(attrs=attrs)


def _name(stock: Stock, country: str) -> str:
    return "cover" if len(stock.countries) == 1 else f"cover-{country.lower()}"


def _draw(axes: Axes, stock: Stock, rows: Sequence[Needed], targets: Sequence[float], words: Words) -> None:
    box = axes.get_position()
    axes.set_position((box.x0, box.y0, box.width, box.height - KEY))
    enough = stock.enough(rows[0].country, rows[0].sector)
    right = _reach(enough, targets)
    axes.set_xlim(0.0, right)
    axes.set_ylim(0.0, 1.0)
    for i, (row, one) in enumerate(zip(rows, enough, strict=True)):
        colour, dash = palette.LINES[i] if i < len(palette.LINES) else (palette.SOFT_INK, "-")
        seen = np.sort(one[np.isfinite(one)])
        share = np.arange(seen.size + 1) / one.size
        x, y = [*seen[:1], *seen], [*share]  # from the first run that is carried to the last; only what is not, goes on
        if seen.size < one.size:
            x, y = [*(x or [0.0]), right], [*y, share[-1]]
        axes.step(x, y, where="post", color=colour, linestyle=dash, zorder=3 - 0.01 * i)
        if row.cover <= right:
            axes.plot([row.cover], [row.level], "o", color=colour, markersize=6.5, clip_on=False, zorder=4)
        name = words.say("cover.line", months=length(row.months, words), cover=days(row.cover, words))
        _key(axes, i, len(rows), name, colour, dash)
    axes.axhline(rows[0].level, color=palette.SOFT_INK, linewidth=1.0, zorder=1)
    _marks(axes, rows[0], targets, words)
    axes.grid(True, axis="y")
    axes.set_yticks(SHARES, [words.percent(s) if s else "0" for s in SHARES], size=style.SMALL)
    axes.xaxis.set_major_formatter(lambda v, _: words.number(v, None))
    axes.tick_params(axis="x", labelsize=style.SMALL)
    axes.set_xlabel(words.say("cover.axis"), size=style.SMALL, labelpad=2)


def _key(axes: Axes, i: int, count: int, text: str, colour: str, dash: Any) -> None:
    """Name of a line with a piece of it, in a row above the axes: the curves lie too close to bear names in themselves."""
    from matplotlib.lines import Line2D

    figure: Any = axes.get_figure(root=True)
    left, y = style.MARGIN + i * (1.0 - style.MARGIN) / max(count, 4), axes.get_position().y1 + KEY + 0.018
    figure.add_artist(
        Line2D([left, left + 0.04], [y, y], transform=figure.transFigure, color=colour, linestyle=dash, linewidth=2.0)
    )
    figure.text(left + 0.047, y, text, size=style.SMALL, weight="bold", color=colour, va="center")


def _reach(enough: np.ndarray, targets: Sequence[float]) -> float:
    """Right end of the axis: a little beyond the last step, or all that was tried [d]."""
    if np.isinf(enough).any():
        return MOST
    return float(min(MOST, max(1.04 * enough.max(), 1.06 * max(targets, default=0.0), 30.0)))


def _marks(axes: Axes, row: Needed, targets: Sequence[float], words: Words) -> None:
    """Targets, and today's stock of a single market, as thin lines named above the axes."""
    right = axes.get_xlim()[1]
    named = [(t, words.say("cover.target", days=words.number(t, None))) for t in targets if t <= right]
    if not math.isnan(row.today):
        named = [(t, text) for t, text in named if abs(t - row.today) > 0.5]
        named.append((row.today, words.say("cover.today", days=words.number(row.today, None))))
    named.sort()
    for x, _ in named:
        axes.axvline(x, color=palette.SOFT_INK, linewidth=1.0, linestyle=(0, (2, 2)), zorder=1)
    places = style.spread_apart([x for x, _ in named], 0.125 * right, 0.0, right) if named else []
    annotate: Any = axes.annotate
    for (_, text), x in zip(named, places, strict=True):
        annotate(
            text, (x, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 4), textcoords="offset points",
            ha="center", va="bottom", size=style.SMALL, color=palette.SOFT_INK,
        )  # fmt: skip
