"""Who goes short first: country by sector, with the quarter of the first shortage written in each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.briefing import palette, style
from simulator.briefing.chart import Chart
from simulator.briefing.words import Words
from simulator.results import views

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

MOST_ROWS = 12
LAST_STEP = len(palette.EARLY_TO_LATE) - 1  # one colour a quarter, the last for all later ones


@style.drawn
def shortage_map(dataset: xarray.Dataset, scenario: Any, words: Words) -> Chart | None:
    """Quarter of the median first shortage of each country and sector; None when there is no event to count from."""
    start = views.event_day(dataset)
    if start is None:
        return None
    cells = {(r["country"], r["sector"]): r for r in views.shortage_table(dataset)}
    everyone = [*views.outside_countries(dataset), views.inside(dataset)]
    present = [c for c in everyone if any(k[0] == c for k in cells)]
    sectors = sorted({s for _, s in cells}, key=lambda s: _mean_time(cells, s))
    countries = _most_affected(cells, present)
    title = _finding(cells, start, words)
    left_off = len(present) - len(countries)
    unit = words.say("shortage.unit") + (". " + words.say("more", count=left_off) if left_off > 0 else "")
    page = style.frame(
        title,
        style.scenario_line(dataset, scenario, words, unit),
        style.footer(dataset, scenario, words),
        height=2.45 + 0.43 * len(countries),
        left=0.175,
        right=0.985,
        bottom=0.08,
    )
    _draw(page.axes, cells, countries, sectors, start, words)
    rows = tuple(
        (
            words.country(r["country"]),
            words.name("sector", r["sector"]),
            r["hit"],
            r["low"],
            r["median"],
            r["high"],
            _quarter(r, start, words),
        )
        for r in cells.values()
    )
    columns = (
        "country",
        "sector",
        "runs with a shortage [1]",
        "first shortage p5 [d]",
        "first shortage median [d]",
        "first shortage p95 [d]",
        "quarter",
    )
    hit = sum(not np.isnan(r["median"]) for r in cells.values())
    alt = words.say(
        "shortage.alt", countries=len(countries), sectors=len(sectors), hit=hit, cells=len(cells), finding=title
    )
    return Chart("first-shortage", title, page.subtitle, page.footer, alt, columns, rows, page.figure)


def _draw(
    axes: Axes, cells: dict, countries: list[str], sectors: list[str], start: np.datetime64, words: Words
) -> None:
    for i, country in enumerate(countries):
        for j, sector in enumerate(sectors):
            row = cells.get((country, sector))
            if row is None:
                axes.text(j, i, "–", ha="center", va="center", size=style.SMALL, color=palette.SOFT_INK)
                continue
            index = _quarter_index(row, start)
            colour = palette.PAPER if index is None else palette.EARLY_TO_LATE[min(index, LAST_STEP)]
            axes.fill_between(
                [j - 0.485, j + 0.485], i - 0.46, i + 0.46, facecolor=colour, edgecolor=palette.RULE, linewidth=0.8
            )
            ink = palette.SOFT_INK if index is None else palette.ink_on(colour)
            axes.text(
                j, i, _cell(row, start, words), ha="center", va="center", size=style.SMALL, color=ink, linespacing=1.1
            )
    axes.set_xlim(-0.5, len(sectors) - 0.5)
    axes.set_ylim(len(countries) - 0.5, -0.5)
    axes.set_yticks(
        range(len(countries)), [style.wrap(style.capital(words.country(c)), 15) for c in countries], size=style.BODY
    )
    axes.xaxis.tick_bottom()
    axes.set_xticks(
        range(len(sectors)), [style.wrap(words.name("sector.short", s), 13) for s in sectors], size=style.SMALL
    )
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _cell(row: dict, start: np.datetime64, words: Words) -> str:
    hit = row["hit"]
    if np.isnan(row["median"]):
        return words.say("shortage.none") if hit < 0.005 else words.say("shortage.rare", share=words.percent(hit))
    week = int(row["median"] // 7) + 1
    below = (
        words.say("shortage.week", week=week)
        if hit > 0.995
        else words.say("shortage.week.share", week=week, share=words.percent(hit))
    )
    return f"{_quarter(row, start, words)}\n{below}"


def _quarter(row: dict, start: np.datetime64, words: Words) -> str:
    if np.isnan(row["median"]):
        return words.say("shortage.none")
    return words.quarter(start + np.timedelta64(int(row["median"]), "D"))


def _quarter_index(row: dict, start: np.datetime64) -> int | None:
    """Quarters from the event's own to that of the shortage."""
    if np.isnan(row["median"]):
        return None
    first, then = start.astype(object), (start + np.timedelta64(int(row["median"]), "D")).astype(object)
    return int(4 * (then.year - first.year) + (then.month - 1) // 3 - (first.month - 1) // 3)


def _mean_time(cells: dict, sector: str) -> tuple[float, str]:
    times = [np.inf if np.isnan(r["median"]) else r["median"] for (_, s), r in cells.items() if s == sector]
    return float(np.mean(np.minimum(times, 3650.0))), sector


def _most_affected(cells: dict, present: list[str]) -> list[str]:
    """Countries in order of their earliest shortage; when there are too many, the least affected are left off."""

    def earliest(country: str) -> float:
        times = [r["median"] for (c, _), r in cells.items() if c == country and not np.isnan(r["median"])]
        return min(times, default=np.inf)

    return sorted(present, key=lambda c: (earliest(c), present.index(c)))[:MOST_ROWS]


def _finding(cells: dict, start: np.datetime64, words: Words) -> str:
    hit = [r for r in cells.values() if not np.isnan(r["median"])]
    if not hit:
        return words.say("shortage.nobody", cells=len(cells))
    first = min(hit, key=lambda r: (r["median"], r["low"], r["country"], r["sector"]))
    weeks = words.weeks(views.Spread(first["median"], first["low"], first["high"]))
    return words.say(
        "shortage.finding",
        sector=words.name("sector", first["sector"]),
        country=words.country(first["country"]),
        weeks=weeks,
        hit=len(hit),
        cells=len(cells),
    )
