"""The few numbers that headline, page and terminal share, already in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.briefing.words import Words
from simulator.results import views

if TYPE_CHECKING:
    import xarray


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


def headline(dataset: xarray.Dataset, words: Words) -> str:
    """The answer in one sentence, with its ranges."""
    home, end = words.country(views.inside(dataset)), words.month(str(dataset.attrs["end"]))
    first = first_short(dataset, 1)
    if not first:
        return words.say("headline.nothing", country=home, end=end)
    lost = views.spread(views.lost_tonnes(dataset, views.outside_countries(dataset)))
    a = words.say(
        "headline.lost", country=home, lost=words.number(lost.median), range=words.range(lost.low, lost.high), end=end
    )
    b = words.say("headline.first", country=words.country(first[0][0]), weeks=words.weeks(first[0][1]))
    return words.say("headline.join", first=a, second=b)


def key_numbers(dataset: xarray.Dataset, words: Words) -> list[KeyNumber]:
    """Three to five numbers for the top of the page."""
    outside, home = views.outside_countries(dataset), words.country(views.inside(dataset))
    lost = views.spread(views.lost_tonnes(dataset, outside))
    found = [
        KeyNumber(
            words.say("key.lost", country=home),
            words.number(lost.median) + " t",
            words.say("key.range", range=words.range(lost.low, lost.high)),
        )
    ]
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
    first = first_short(dataset, 1)
    if first:
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
    found.append(KeyNumber(words.say("key.runs"), words.percent(unharmed_share(dataset)), ""))
    return found


def caveats(dataset: xarray.Dataset, words: Words) -> list[str]:
    """The two or three reservations that move the answer most."""
    home, calm = words.country(views.inside(dataset)), unharmed_share(dataset)
    found = [words.say("caveat.stocks"), words.say("caveat.policy")]
    if 0.05 <= calm < 1.0:
        found.append(words.say("caveat.horizon", share=words.percent(calm), country=home))
    elif dataset.attrs.get("share_grade_d") not in (None, ""):
        found.append(words.say("caveat.grades", share=words.percent(float(dataset.attrs["share_grade_d"]))))
    return found


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
