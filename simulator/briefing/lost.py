"""What is lost downstream, for the page and as tables: units not built, value added at risk, published losses beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.briefing.words import Words
from simulator.results import views
from simulator.results.losses import Loss, losses
from simulator.world.model import World

if TYPE_CHECKING:
    import xarray

BANDS = (("p5", 0.05), ("median", 0.5), ("p95", 0.95))


@dataclass(frozen=True)
class Section:
    """The part of the page: a sentence, units by sector, and published losses by study."""

    said: str
    units: list[list[str]]
    published: list[list[str]]


def rows(found: list[Loss]) -> Iterator[dict[str, Any]]:
    """One row for each country and sector that builds a product, in full precision."""
    for loss in found:
        row: dict[str, Any] = {"country": loss.country, "sector": loss.sector, "unit": loss.unit}
        for name in ("stopped", "made_up"):
            row |= {f"{name}_{n}": float(np.quantile(getattr(loss, name), q)) for n, q in BANDS}
        for name in ("direct", "economy_wide"):
            row |= {f"value_added_{name}_{n}_usd": float(np.quantile(getattr(loss, name), q)) for n, q in BANDS}
        yield row


def published(found: list[Loss], world: World) -> Iterator[dict[str, Any]]:
    """One row for each published loss, with the simulated one of that country beside it [% of GDP]."""
    for estimate in world.estimates:
        direct, wide = _of_country(found, estimate.country)
        output = world.outputs.get(estimate.country)
        share = (np.median(direct), np.median(wide)) if output is not None else (np.nan, np.nan)
        whole = output.central if output is not None else 1.0
        value, loss = estimate.loss.value, estimate.loss
        yield {
            "country": estimate.country,
            "study": estimate.study,
            "shock": estimate.shock,
            "published_low_percent": 100.0 * value.low,
            "published_percent": 100.0 * value.central,
            "published_high_percent": 100.0 * value.high,
            "here_low_percent": 100.0 * float(share[0]) / whole,
            "here_high_percent": 100.0 * float(share[1]) / whole,
            "source": loss.source,
            "year": loss.year,
            "grade": loss.grade,
        }


def section(dataset: xarray.Dataset, world: World, words: Words) -> Section | None:
    """The part of the page; None in a world that says nothing of products."""
    if not world.products:
        return None
    home, found = views.inside(dataset), losses(dataset, world.products)
    abroad = [loss for loss in found if loss.country != home]
    lines = []
    for sector in dict.fromkeys(loss.sector for loss in abroad):
        mine = [loss for loss in abroad if loss.sector == sector]
        stopped, built = _sum(mine, lambda x: x.stopped), _sum(mine, lambda x: x.made_up)
        direct, wide = _sum(mine, lambda x: x.direct), _sum(mine, lambda x: x.economy_wide)
        lines.append(
            [
                words.name("sector.short", sector),
                words.name("unit", mine[0].unit),
                _spread(stopped, words),
                words.number(float(np.median(built))),
                _money(float(np.median(direct)), float(np.median(wide)), words),
                _money(float(np.quantile(direct, 0.05)), float(np.quantile(wide, 0.95)), words),
            ]
        )
    direct, wide = _sum(abroad, lambda x: x.direct), _sum(abroad, lambda x: x.economy_wide)
    usual, most = _money(float(np.median(direct)), float(np.median(wide)), words), _most(wide, words)
    if usual != "0":
        key = "page.lost.intro"
    elif most != "0":
        key = "page.lost.made_up"
    else:
        key = "page.lost.all_made_up" if _sum(abroad, lambda x: x.stopped).any() else "page.lost.none"
    said = words.say(key, country=words.country(home), money=usual, most=most)
    return Section(said, lines, [_compared(row, words) for row in published(found, world)])


def _compared(row: dict[str, Any], words: Words) -> list[str]:
    theirs = [row[f"published_{n}percent"] for n in ("low_", "", "high_")]
    said = words.range(theirs[0], theirs[2]) if theirs[0] < theirs[2] else words.number(theirs[1])
    low, high = (round(row[f"here_{n}_percent"], 5) for n in ("low", "high"))
    here = words.range(low, high, 1) if high > 0.0 else "0"
    known = not np.isnan(row["here_high_percent"])
    return [words.country(row["country"]), row["study"], row["shock"], said, here if known else "–", row["grade"]]


def _of_country(found: list[Loss], country: str) -> tuple[np.ndarray, np.ndarray]:
    mine = [loss for loss in found if loss.country == country]
    return _sum(mine, lambda x: x.direct), _sum(mine, lambda x: x.economy_wide)


def _sum(found: list[Loss], what: Callable[[Loss], np.ndarray]) -> np.ndarray:
    """Sum over markets, array (member)."""
    return np.sum([what(loss) for loss in found], axis=0) if found else np.zeros(1)


def _spread(values: np.ndarray, words: Words) -> str:
    middle, low, high = views.spread(values)
    return f"{words.number(middle)} ({words.range(low, high)})" if high > 0.0 else "0"


def _money(low: float, high: float, words: Words) -> str:
    """A range of USD in billions, one significant figure and no finer than a million: the inputs carry no more."""
    low, high = round(low / 1e9, 3), round(high / 1e9, 3)
    return words.range(low, high, 1) if high > 0.0 else "0"


def _most(values: np.ndarray, words: Words) -> str:
    """What 95 % of runs stay below, in billions of USD."""
    most = float(np.quantile(values, 0.95))
    return _money(most, most, words)
