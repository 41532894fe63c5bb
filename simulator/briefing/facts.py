"""The few numbers that headline, page and terminal share, already in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.briefing.style import capital
from simulator.briefing.words import Words
from simulator.results import views
from simulator.results.moves import Move, moves

if TYPE_CHECKING:
    import xarray


MOST_MOVES = 2
"""Marks that fit into a sentence, of end users first and then of trade; the key numbers hold all."""


@dataclass(frozen=True, slots=True)
class KeyNumber:
    """One number for the page: what it is, its value and its range or place."""

    label: str
    value: str
    detail: str


def first_short(dataset: xarray.Dataset, most: int = 2) -> list[tuple[str, views.Spread]]:
    """Countries outside that go short in most runs, the earliest first, with the spread of their first shortage [d]."""
    if views.event_day(dataset) is None:
        return []
    horizon = views.horizon_days(dataset)
    found = [
        (c, views.spread_of_times(views.country_first_shortage(dataset, c), horizon))
        for c in views.outside_countries(dataset)
    ]
    hit = [item for item in found if not np.isnan(item[1].median)]
    return sorted(hit, key=lambda item: (item[1].median, item[1].low))[:most]


def sectors_hit_first(dataset: xarray.Dataset) -> list[str]:
    """Sectors outside in the order of their first shortage; those that stay unharmed in most runs are left out."""
    horizon = views.horizon_days(dataset)
    times = {
        s: views.spread_of_times(views.sector_first_shortage(dataset, s), horizon).median
        for s in dict.fromkeys(views.market_sectors(dataset).tolist())
    }
    loss = views.sector_loss(dataset)
    return sorted((s for s, t in times.items() if not np.isnan(t)), key=lambda s: (times[s], -loss.get(s, 0.0), s))


def unharmed_share(dataset: xarray.Dataset) -> float:
    """Share of runs in which no market outside goes short [1]."""
    firsts = [views.country_first_shortage(dataset, c) for c in views.outside_countries(dataset)]
    return float(np.isnan(np.array(firsts)).all(axis=0).mean())


def moved(dataset: xarray.Dataset) -> list[Move]:
    """What to tell when no end user outside goes short: what else the event moves; empty where somebody goes short."""
    return [] if first_short(dataset, 1) else moves(dataset)


def headline(dataset: xarray.Dataset, words: Words) -> str:
    """The answer in one sentence, with its ranges; where nobody goes short, a second one says what moves."""
    home, end = words.country(views.inside(dataset)), words.month(str(dataset.attrs["end"]))
    first = first_short(dataset, 1)
    if not first:
        calm = words.say("headline.calm", country=home, end=end, share=words.percent(unharmed_share(dataset)))
        calm += _rarely(dataset, words)
        found = moved(dataset)
        users, trade = [m for m in found if m.sector], [m for m in found if not m.sector]
        told = [moved_in_words(m, words) for m in (*users[:1], *trade, *users[1:])[:MOST_MOVES]]
        if told:
            return words.say("headline.moved", calm=calm, moves="; ".join(told))
        return words.say("headline.still" if views.event_day(dataset) is None else "headline.hardly", calm=calm)
    lost = views.spread(views.lost_tonnes(dataset, views.outside_countries(dataset)))
    a = words.say(
        "headline.lost", country=home, lost=words.number(lost.median), range=words.range(lost.low, lost.high), end=end
    )
    b = words.say("headline.first", country=words.country(first[0][0]), weeks=words.weeks(first[0][1]))
    return words.say("headline.join", first=a, second=b)


def _rarely(dataset: xarray.Dataset, words: Words) -> str:
    """The market outside that goes short most often, where most runs see no shortage; empty when none ever does."""
    rows = [r for r in views.shortage_table(dataset) if r["country"] != views.inside(dataset) and r["hit"] > 0.0]
    if not rows:
        return ""
    worst = max(rows, key=lambda r: r["hit"])
    sector, country = words.name("sector", worst["sector"]), words.country(worst["country"])
    return words.say("headline.rare", sector=sector, country=country, share=words.percent(worst["hit"]))


def moved_in_words(move: Move, words: Words) -> str:
    """One mark of the event as part of a sentence, with its range."""
    figures = _figures(move, words)
    alike = figures["range"] in (figures["share"], figures["after"])
    text = words.say(f"moved.{move.kind}", **{**figures, "range": "" if alike else f" ({figures['range']})"})
    if move.others:
        text += words.say("moved.others.one" if move.others == 1 else "moved.others", count=move.others)
    return text


def key_numbers(dataset: xarray.Dataset, words: Words) -> list[KeyNumber]:
    """A few numbers for the top of the page; where nobody goes short, two and then those of what moves."""
    outside, home = views.outside_countries(dataset), words.country(views.inside(dataset))
    lost = views.spread(views.lost_tonnes(dataset, outside))
    found = [
        KeyNumber(
            words.say("key.lost", country=home),
            words.number(lost.median) + " t",
            words.say("key.range", range=words.range(lost.low, lost.high)),
        )
    ]
    calm = KeyNumber(words.say("key.runs"), words.percent(unharmed_share(dataset)), "")
    first = first_short(dataset, 1)
    if not first:
        return [*found, calm, *(_key_of(m, words) for m in moved(dataset))]
    part = views.shown(dataset)
    path = views.shortfall_path(part, outside)
    at = int(np.median(path, axis=1).argmax())
    worst = views.spread(path[at])
    month = words.month(part["month"].values[at].astype("datetime64[D]"))
    found.append(
        KeyNumber(
            words.say("key.worst"),
            words.percent(worst.median),
            f"{month}; " + words.say("key.range", range=words.percent_range(worst.low, worst.high)),
        )
    )
    found.append(
        KeyNumber(
            words.say("key.first"),
            words.weeks(first[0][1]),
            words.say("key.in_country", country=words.country(first[0][0])),
        )
    )
    slowest = _slowest(part, outside, words)
    if slowest:
        found.append(slowest)
    return [*found, calm]


def caveats(dataset: xarray.Dataset, words: Words) -> list[str]:
    """The two or three reservations that move the answer most."""
    home, calm = words.country(views.inside(dataset)), unharmed_share(dataset)
    found = [words.say("caveat.stocks"), words.say("caveat.policy")]
    if 0.05 <= calm < 1.0:
        found.append(words.say("caveat.horizon", share=words.percent(calm), country=home))
    elif dataset.attrs.get("share_grade_d") not in (None, ""):
        found.append(words.say("caveat.grades", share=words.percent(float(dataset.attrs["share_grade_d"]))))
    return found


def _figures(move: Move, words: Words) -> dict[str, str]:
    """The figures of a mark in words; every text takes those it needs."""
    middle, low, high = move.after
    share = move.kind in ("unserved", "at_risk", "exports", "output")
    return {
        "commodity": _within(words.name("commodity", move.what)),
        "stage": words.name("stage", move.what),
        "sector": words.name("sector", move.sector),
        "country": words.country(move.country),
        "month": words.month(move.month),
        "share": words.percent(middle) if share else "",
        "before": words.number(move.before, None),
        "after": words.number(middle, None),
        "times": words.number(middle),
        "range": words.percent_range(low, high)
        if share
        else words.range(low, high, 2 if move.kind == "price" else None),
    }


def _key_of(move: Move, words: Words) -> KeyNumber:
    figures, value = _figures(move, words), f"key.moved.{move.kind}.value"
    detail = figures["month"]
    if move.kind != "at_risk":  # a share of runs has no range over runs
        detail += "; " + words.say("key.range", range=figures["range"])
    return KeyNumber(
        capital(words.say(f"key.moved.{move.kind}", **figures)),
        words.say(value, **figures) if words.has(value) else figures["share"],
        detail,
    )


def _within(name: str) -> str:
    """A name inside a sentence: its capital goes, unless its first word has more of them, as symbols do."""
    first = name.split(" ")[0]
    return name if any(c.isupper() for c in first[1:]) else name[:1].lower() + name[1:]


def _slowest(part: xarray.Dataset, outside: list[str], words: Words) -> KeyNumber | None:
    if "service" not in part:
        return None
    times = {c: views.recovery(part, c)[2] for c in outside if c in part["country"].values}
    fell = {c: t for c, t in times.items() if np.isnan(t).any() or np.median(t) > 0}
    if not fell:
        return None
    filled = {c: np.where(np.isnan(t), np.inf, t) for c, t in fell.items()}
    country = max(filled, key=lambda c: (float(np.quantile(filled[c], 0.5, method="inverted_cdf")), c))
    low, median, high = (float(np.quantile(filled[country], q, method="inverted_cdf")) for q in (0.05, 0.5, 0.95))
    if not np.isfinite(median):
        return KeyNumber(
            words.say("key.recovery"), "–", words.say("key.recovery.never", country=words.country(country))
        )
    reach = (
        words.say("key.range", range=words.range(low, high))
        if np.isfinite(high)
        else words.say("key.open", low=words.number(low))
    )
    return KeyNumber(
        words.say("key.recovery"),
        words.say("key.recovery.unit", days=words.number(median)),
        f"{words.country(country)}; {reach}",
    )
