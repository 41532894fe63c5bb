"""How much demand goes unserved, and how sure that is: a fan over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.briefing import style
from simulator.briefing.chart import Chart
from simulator.briefing.words import Words
from simulator.results import views

if TYPE_CHECKING:
    import xarray


@style.drawn
def shortfall_fan(dataset: xarray.Dataset, scenario: Any, words: Words, country: str | None = None) -> Chart:
    """Share of demand not served on time, by month, with 50, 80 and 90 % bands.

    Parameters
    ----------
    dataset, scenario : as for every chart
    country : one country, or None for all outside the controlling one
    """
    part = views.shown(dataset)
    countries = [country] if country else views.outside_countries(part)
    where = words.country(country) if country else words.say("outside", country=words.country(views.inside(dataset)))
    path = views.shortfall_path(part, countries)
    months = part["month"].values.astype("datetime64[D]")
    name = f"shortfall-{country.lower()}" if country else "shortfall"
    title, peak = finding(path, months, where, words)
    page = style.frame(
        title,
        style.scenario_line(dataset, scenario, words, words.say("shortfall.unit")),
        style.footer(dataset, scenario, words),
    )
    axes, x = page.axes, style.middle(months)
    style.time_axis(axes, words, months[0], style.last_day(months))
    style.fan(axes, x, path)
    axes.set_ylim(0.0, max(0.05, 1.12 * float(np.quantile(path, 0.95, axis=1).max())))
    axes.grid(True, axis="y")
    axes.yaxis.set_major_formatter(lambda v, _: words.percent(v) if v else "0")
    style.mark_event(axes, dataset, scenario, words)
    if peak is not None:
        at, spread = peak
        label = words.say("shortfall.peak", month=words.month(months[at]), share=words.percent(spread.median))
        axes.annotate(
            label,
            (x[at], spread.median),
            xytext=(x[at] + 75, spread.high),
            va="center",
            linespacing=1.2,
            path_effects=style.halo(),
            arrowprops={"arrowstyle": "-", "linewidth": 0.8, "shrinkB": 2},
        )
    cut = np.quantile(path, (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95), axis=1).T
    rows = tuple((str(m)[:7], *map(float, q)) for m, q in zip(months, cut, strict=True))
    columns = ("month", *(f"shortfall {q} [1]" for q in ("p5", "p10", "p25", "median", "p75", "p90", "p95")))
    alt = words.say(
        "shortfall.alt", where=where, start=words.month(months[0]), end=words.month(months[-1]), finding=title
    )
    return Chart(name, title, page.subtitle, page.footer, alt, columns, rows, page.figure)


def finding(
    path: np.ndarray, months: np.ndarray, where: str, words: Words
) -> tuple[str, tuple[int, views.Spread] | None]:
    """The title, and the month of the worst median with its range; None when hardly anything goes short."""
    median, high = np.median(path, axis=1), np.quantile(path, 0.95, axis=1)
    if high.max() < views.SHORT:
        return words.say("shortfall.none", where=where, limit=words.percent(views.SHORT)), None
    if median.max() < views.SHORT:
        at = int(high.argmax())
        return words.say(
            "shortfall.rare", where=where, share=words.percent(float(high[at])), month=words.month(months[at])
        ), None
    at = int(median.argmax())
    spread = views.spread(path[at])
    title = words.say(
        "shortfall.finding",
        where=where,
        share=words.percent(spread.median),
        range=words.percent_range(spread.low, spread.high),
        month=words.month(months[at]),
    )
    return title, (at, spread)
