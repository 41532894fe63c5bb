"""What a commodity could cost outside the controlling country: capacity by a day against unit cost, as steps."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.briefing import palette, style
from simulator.briefing.chart import ALT_LIMIT, Chart
from simulator.briefing.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.results.supply_cost import Floor, Offer, SupplyCost
    from simulator.world.model import World

LETTER, LINE = 0.072, 0.165  # width of a small letter and height of a small line on paper [inch]


@style.drawn
def supply_cost_chart(
    found: SupplyCost, world: World, scenario: Any = None, words: Words | None = None
) -> Chart | None:
    """One step for each site whose cost is known; None where none is. Words in English where none are given.

    Parameters
    ----------
    found, world : as `supply_cost` returns and takes them
    scenario : named in the subtitle, with its replications where a run gave prices
    """
    words = words or Words(goods=world.goods.get("en", ("product", "products")))
    known = [o for o in found.offers if not np.isnan(o.cost.median)]
    if not known:
        return None
    title = _finding(found, known, world, words)
    names = {"country": words.country(world.inside), "commodity": words.name("commodity", found.commodity)}
    unit = words.say("supply.unit", by=words.month(found.by), **names)
    if scenario is not None and "base" not in found.prices:
        unit = style.study_line(scenario, words, unit)
    elif scenario is not None:
        unit = words.say("supply.scenario", unit=unit, scenario=words.title(scenario.title))
    lines = _lines(found, words)
    sources = [world.prices[found.commodity].source] if found.commodity in world.prices else []
    footer = f"{_notes(found, known, words)} · {style.study_footer(scenario, world, words, sources)}"
    page = style.frame(title, unit, footer, height=6.2, left=0.09, right=0.76, bottom=0.18)
    axes, whole = page.axes, sum(o.capacity.median for o in known)
    top = max([o.cost.high for o in known] + [price for price, _, _ in lines])
    axes.set_xlim(0.0, whole)
    axes.set_ylim(0.0, 1.06 * top)
    left = 0.0
    for offer in known:
        _step(axes, left, offer, words)
        left += offer.capacity.median
    for price, _, dash in lines:
        axes.axhline(price, color=palette.INK, linewidth=1.2, linestyle=dash, zorder=3)
    style.end_labels(axes, [(price, text, palette.INK) for price, text, _ in lines], whole, size=style.SMALL)
    axes.set_xlabel(words.say("supply.axis", **names), size=style.SMALL)
    axes.set_ylabel(words.say("supply.cost"), size=style.SMALL)
    axes.grid(True, axis="y")
    axes.xaxis.set_major_formatter(lambda v, _: words.number(v, None))
    alt = words.say(
        "supply.alt", count=len(known), whole=words.number(whole), cheapest=words.number(known[0].cost.median),
        dearest=words.number(known[-1].cost.median), finding=title,
        lines="; ".join(text.replace("\n", " ") for _, text, _ in lines), **names,
    )[:ALT_LIMIT]  # fmt: skip
    columns = (
        "site", "country", "decided", "capacity [t/yr]", "capacity, late opening [t/yr]",
        "capacity, early opening [t/yr]", "cost [USD/kg]", "cost low [USD/kg]", "cost high [USD/kg]",
        "grade of cost of work", "opened in runs [1]",
    )  # fmt: skip
    rows = tuple(_row(offer, words) for offer in found.offers)
    return Chart("supply-cost", title, page.subtitle, page.footer, alt, columns, rows, page.figure)


def _row(offer: Offer, words: Words) -> tuple[Any, ...]:
    cost = [None if np.isnan(c) else c for c in offer.cost]
    decided = "yes" if offer.decided else "no"
    return (offer.name, words.country(offer.country), decided, *offer.capacity, *cost, offer.grade, offer.odds)


def _step(axes: Axes, left: float, offer: Offer, words: Words) -> None:
    width, height = offer.capacity.median, offer.cost.median
    axes.bar(
        left, height, width=width, align="edge", zorder=2, edgecolor=palette.INK, linewidth=0.8,
        facecolor="#c6d8fb" if offer.decided else palette.PAPER, hatch=None if offer.decided else "////",
    )  # fmt: skip
    name = offer.name
    if offer.odds is not None and not offer.decided:
        name = words.say("supply.odds", name=name, share=words.percent(offer.odds))
    figure, box = axes.get_figure(root=True), axes.get_position()
    assert figure is not None
    inches = width / axes.get_xlim()[1] * box.width * figure.get_figwidth()
    letters = int(inches / LETTER)
    across, upwards = letters >= max(map(len, name.split())), inches >= LINE
    aside = 0.9 if across or upwards else 0.5  # the thin line keeps clear of the name
    axes.plot([left + aside * width] * 2, [offer.cost.low, offer.cost.high], color=palette.RED, linewidth=1.4, zorder=4)
    if across:
        _label(axes, left + width / 2.0, textwrap.fill(name, letters, break_long_words=False), 0.0)
    elif upwards:
        _label(axes, left + (0.5 if inches < 2.0 * LINE else 0.4) * width, name, 90.0)


def _label(axes: Axes, x: float, text: str, rotation: float) -> None:
    axes.annotate(
        text, (x, 0.0), xytext=(0, 4), textcoords="offset points", ha="center", va="bottom", size=style.SMALL,
        rotation=rotation, path_effects=style.halo(), zorder=6, linespacing=1.1,
    )  # fmt: skip


def _lines(found: SupplyCost, words: Words) -> list[tuple[float, str, Any]]:
    """Price, text and dash of each line; floors of one price are one line."""
    dashes: dict[str, Any] = {"base": "-", "outside": "-", "inside": (0.0, (5.0, 1.5))}
    lines = [
        (price.median, words.say(f"supply.{zone}", price=words.number(price.median)), dashes[zone])
        for zone, price in found.prices.items()
    ]
    if len({text.split(",")[0] for _, text, _ in lines}) < len(lines):  # one price, as far as it is told
        same = lines[0][0]
        lines = [(same, words.say("supply.both", price=words.number(same)), "-")]
    by_price: dict[float, list[Floor]] = {}
    for floor in found.floors:
        by_price.setdefault(floor.price, []).append(floor)
    for price, floors in by_price.items():
        title = style.cut(words.title(floors[0].title), 22)
        key = "supply.floor" if len(floors) == 1 else "supply.floors"
        lines.append((price, words.say(key, price=words.number(price), title=title, count=len(floors)), ":"))
    return sorted(lines, key=lambda line: line[0])


def _notes(found: SupplyCost, known: list[Offer], words: Words) -> str:
    grades = {o.grade for o in known}
    text = words.say("supply.known", share=words.percent(found.known))
    if len(grades) == 1:
        text += words.say("supply.known.grade", grade=grades.pop())
    parts = [text, words.say("supply.small")]
    if any(o.odds is not None for o in known if not o.decided):
        parts.append(words.say("supply.odds.note"))
    if found.later:
        parts.append(words.say("supply.later", count=len(found.later)))
    return "; ".join(parts)


def _finding(found: SupplyCost, known: list[Offer], world: World, words: Words) -> str:
    """How much costs less than what the home market pays, and how much of that nobody has decided on."""
    price = next((found.prices[zone].median for zone in ("inside", "base", "outside") if zone in found.prices), np.inf)

    def below(end: int) -> list[Offer]:
        return [o for o in known if o.cost[end] < price]

    usual, dear, cheap = (sum(o.capacity.median for o in below(end)) for end in (0, 2, 1))
    return words.say(
        "supply.finding",
        commodity=words.name("commodity", found.commodity),
        country=words.country(world.inside),
        below=words.number(usual),
        whole=words.number(sum(o.capacity.median for o in known)),
        price=words.number(price),
        by=words.month(found.by),
        range=words.range(dear, cheap),
        undecided=words.number(sum(o.capacity.median for o in below(0) if not o.decided)),
    )
