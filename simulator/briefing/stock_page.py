"""The page of a stock study: the curve, the days needed, what they would tie up, and how they were found."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator import __version__
from simulator.briefing.chart import Chart
from simulator.briefing.charts.cover import days, finding, length, sector_name, span, spoken
from simulator.briefing.page import environment, shown
from simulator.briefing.words import Words
from simulator.studies.closures import AFTER
from simulator.studies.stock import MOST, Needed, Stock


def render(
    stock: Stock, charts: Sequence[Chart], level: float, targets: Sequence[float], command: str, words: Words
) -> str:
    """The page as text.

    Parameters
    ----------
    stock : what was found
    charts : in the order in which they are shown
    level : share of runs of the tables [1]
    targets : stocks whose safety is told [d]
    command : how to repeat the study
    words : of every text
    """
    rows = stock.needed((level,))
    scenario, world, months = stock.scenario, stock.world, spoken(rows).months
    share = words.percent(level)
    return environment().get_template("stock.html").render(
        language=words.language,
        say=words.say,
        title=words.title(scenario.title),
        headline=". ".join(headlines(stock, level, words)) + ".",
        figures=[shown(chart) for chart in charts],
        needed_intro=words.say("stock.needed.intro", level=share, runs=scenario.replications),
        needed_head=needed_head(stock, words),
        needed=needed(stock, rows, words),
        held_intro=words.say(
            "stock.held.intro", months=length(months, words), level=share,
            targets=", ".join(words.say("stock.held.target", days=words.number(t, None)) for t in targets),
        ),
        held_head=[
            words.say("col.country"), words.say("col.sector"), words.say("col.today"), words.say("col.today.share"),
            *(words.say("stock.held.target", days=words.number(t, None)) for t in targets),
            words.say("col.needed"), words.say("col.extra_t"), words.say("col.extra_usd"),
        ],
        held=[_held(stock, row, targets, words) for row in rows if row.months == months],
        how=how(stock, words),
        limits=words.lines("stock.limits.lines"),
        command=command,
        made=words.say(
            "stock.made", version=__version__, seed=scenario.seed, runs=scenario.replications, step=f"{scenario.step:g}",
            start=scenario.start, end=scenario.end, world=world.name, vintage=world.data_vintage,
        ),
    )  # fmt: skip


def headlines(stock: Stock, level: float, words: Words) -> list[str]:
    """A sentence for each of the largest countries: what the closure that headlines speak of takes."""
    firsts = {country: next(p for p in stock.places() if p[0] == country) for country in stock.countries[:3]}
    rows = stock.needed((level,))
    return [finding(spoken([r for r in rows if (r.country, r.sector) == place]), words) for place in firsts.values()]


def needed_head(stock: Stock, words: Words) -> list[str]:
    """Heads of the table of days needed."""
    lengths = [length(months, words) for months in stock.closures.months]
    return [words.say("col.country"), words.say("col.sector"), *lengths]


def needed(stock: Stock, rows: Sequence[Needed], words: Words) -> list[list[str]]:
    """A line for each place: days needed, with their interval, for each closure."""
    return [
        [
            words.country(country),
            sector_name(sector, words),
            *(_cell(r, words) for r in rows if (r.country, r.sector) == (country, sector)),
        ]
        for country, sector in stock.places()
    ]


def how(stock: Stock, words: Words) -> list[str]:
    """How it was computed, in sentences."""
    found, begins = stock.closures, words.day(stock.closures.measure.central_day)
    title = words.title(stock.scenario.title)
    changed = (
        words.say("stock.changed.invented", measure=f"{title}; nothing gets around it.", begins=begins)
        if found.invented
        else words.say("stock.changed", id=found.measure.id, begins=begins)
    )
    lines = [
        changed,
        words.say("stock.trials", runs=stock.scenario.replications, trials=words.number(stock.runs, None),
                  most=words.number(MOST, None)),
        words.say("stock.short", after=AFTER),
        words.say("stock.together"),
    ]  # fmt: skip
    return [*lines, *([words.say("stock.step")] if stock.scenario.step > 1.0 else [])]


def _cell(row: Needed, words: Words) -> str:
    cover = days(row.cover, words)
    return cover if math.isinf(row.cover) else words.say("stock.cell", cover=cover, range=span(row, words))


def _held(stock: Stock, row: Needed, targets: Sequence[float], words: Words) -> list[str]:
    def share(cover: float) -> str:
        return words.percent(stock.chance(row.country, row.sector, row.months, cover).share)

    today = stock.chance_today(row.country, row.sector, row.months).share
    return [
        words.country(row.country), sector_name(row.sector, words),
        words.number(row.today, None), words.percent(today),
        *(share(t) for t in targets),
        days(row.cover, words), words.number(row.extra_t), words.number(row.extra_usd / 1e6),
    ]  # fmt: skip
