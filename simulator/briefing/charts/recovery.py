"""How far service falls and how long it takes to come back, for the countries hit hardest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.briefing import palette, style
from simulator.briefing.chart import Chart
from simulator.briefing.words import Words
from simulator.results import views

if TYPE_CHECKING:
    import xarray


COLUMNS, MOST = 3, 6


@style.drawn
def recovery_curve(dataset: xarray.Dataset, scenario: Any, words: Words) -> Chart | None:
    """Mean service of the last 28 days, one panel for each of the countries that fall lowest.

    None when the results hold no daily service.
    """
    known = (
        [c for c in views.outside_countries(dataset) if c in dataset["country"].values] if "service" in dataset else []
    )
    if not known:
        return None
    part = views.shown(dataset)
    paths = {c: views.recovery(part, c) for c in known}
    medians = {c: np.median(p[1], axis=1) for c, p in paths.items()}
    lowest = {c: lowest_service(p[1]) for c, p in paths.items()}
    order = sorted(known, key=lambda c: (round(lowest[c].median, 4), known.index(c)))
    deep, days = order[:MOST], paths[known[0]][0]
    title = _finding(lowest[deep[0]], paths[deep[0]][2], words.country(deep[0]), words)
    rest = len(known) - len(deep)
    unit = words.say("recovery.unit") + (". " + words.say("more", count=rest) if rest else "")
    lines = -(-len(deep) // COLUMNS)
    page = style.frame(
        title,
        style.scenario_line(dataset, scenario, words, unit),
        style.footer(dataset, scenario, words),
        height=2.0 + 1.95 * lines,
    )
    _panels(page, deep, paths, lowest, words)
    rows = tuple((str(day), *(float(medians[c][i]) for c in order)) for i, day in enumerate(days) if i % 7 == 0)
    columns = ("day", *(f"{words.country(c)} median service [1]" for c in order))
    told = ", ".join(f"{words.country(c)} {words.percent(lowest[c].median)}" for c in deep)
    alt = words.say("recovery.alt", start=words.month(days[0]), end=words.month(days[-1]), lowest=told, finding=title)
    return Chart("recovery", title, page.subtitle, page.footer, alt, columns, rows, page.figure)


def lowest_service(smooth: np.ndarray) -> views.Spread:
    """The lowest service of each run, over runs; title, panels and alt text all tell this one."""
    return views.spread(smooth.min(axis=0))


def _panels(
    page: style.Frame,
    countries: list[str],
    paths: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
    lowest: dict[str, views.Spread],
    words: Words,
) -> None:
    """Fill the page with panels of one scale; the axes of the page only lend their place."""
    box = page.axes.get_position()
    page.axes.remove()
    lines = -(-len(countries) // COLUMNS)
    across, down = 0.035, 0.8 / page.figure.get_figheight()
    width, height = (box.width - (COLUMNS - 1) * across) / COLUMNS, (box.height - (lines - 0.68) * down) / lines
    floor = min(float(np.quantile(paths[c][1], 0.05, axis=1).min()) for c in countries)
    for k, country in enumerate(countries):
        row, column = divmod(k, COLUMNS)
        days, smooth, back = paths[country]
        thin = slice(None, None, max(1, days.size // 180))  # a point every few days: finer would not show
        axes = page.figure.add_axes(
            (box.x0 + column * (width + across), box.y1 - 0.32 * down - height - row * (height + down), width, height)
        )
        style.time_axis(
            axes, words, days[0], days[-1], every=12 if days[-1] - days[0] < np.timedelta64(1900, "D") else 24
        )
        style.fan(axes, style.number_of(days[thin]), smooth[thin])
        axes.axhline(0.95, color=palette.SOFT_INK, linewidth=0.8, linestyle=(0, (1, 2)))
        axes.set_ylim(max(0.0, np.floor(10.0 * (floor - 0.02)) / 10.0), 1.03)
        axes.yaxis.set_major_formatter(lambda v, _: words.percent(v))
        axes.tick_params(labelsize=style.SMALL, labelleft=column == 0)
        axes.grid(True, axis="y")
        axes.text(
            0.0, 1.15, style.capital(words.country(country)), transform=axes.transAxes, weight="bold", va="bottom"
        )
        axes.text(
            0.0,
            1.03,
            _label(lowest[country].median, back, words),
            transform=axes.transAxes,
            va="bottom",
            size=style.SMALL,
        )


def _label(lowest: float, back: np.ndarray, words: Words) -> str:
    low = words.percent(lowest)
    if lowest >= 0.95:
        return words.say("recovery.fine", low=low)
    if float(np.isnan(back).mean()) > 0.5:
        return words.say("recovery.never", low=low)
    return words.say("recovery.label", low=low, days=words.number(float(np.nanmedian(back))))


def _finding(lowest: views.Spread, back: np.ndarray, name: str, words: Words) -> str:
    if lowest.median >= 0.995:
        return words.say("recovery.finding.full")
    if lowest.median >= 0.95:
        return words.say("recovery.finding.fine", share=words.percent(lowest.median))
    share, reach = words.percent(lowest.median), words.percent_range(lowest.low, lowest.high)
    if np.isnan(back).mean() > 0.5:
        return words.say(
            "recovery.finding.never",
            country=name,
            share=share,
            range=reach,
            runs=words.percent(float(np.isnan(back).mean())),
        )
    time = views.spread(back)
    return words.say(
        "recovery.finding",
        country=name,
        share=share,
        range=reach,
        days=words.number(time.median),
        days_range=words.range(time.low, time.high),
    )
