"""Who loses and who pays under each strategy: side by side, never netted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.briefing import palette, style
from simulator.briefing.chart import ALT_LIMIT, Chart
from simulator.briefing.charts import shared
from simulator.briefing.words import Words
from simulator.results import views
from simulator.results.key_figures import CASH
from simulator.results.paired import NOTHING, Bounded, change

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.studies.compare import Comparison

LARGEST = 4  # countries with a piece of their own
OTHERS = ""
PURSES = ("public", "contingent", "firms", "buyers")
LOOKS: dict[str, tuple[str, str | None, str]] = {  # face, hatch and edge of each purse
    "public": (palette.BLUE, None, palette.PAPER),
    "contingent": (palette.PAPER, "////", palette.BLUE),
    "firms": (palette.ORANGE, None, palette.PAPER),
    "buyers": (palette.PLUM, None, palette.PAPER),
}
SHADES = palette.LITTLE_TO_MUCH[::-1]
THICK, THIN = 0.5, 0.16  # of a row: bars of what is lost and paid, and of what is spared
LINE = 36  # letters of a line beside a bar
LETTER = 0.071  # inches of a letter of a label


class Row(NamedTuple):
    """One strategy: what each country loses and each (purse, payer) pays or is spared, means [USD].

    `lost` and `cash` are the totals with their intervals, `change` the loss less that of doing nothing, paired.
    """

    strategy: str
    losses: dict[str, float]
    paid: dict[tuple[str, str], float]
    spared: dict[tuple[str, str], float]
    lost: Bounded
    change: Bounded
    purses: dict[str, Bounded]


@style.drawn
def incidence_bars(
    comparison: Comparison, scenario: str, words: Words | None = None, wide: bool = False
) -> Chart | None:
    """Value added at risk by country to the left, costs by purse and payer to the right; both in bn USD, on one scale.

    Parameters
    ----------
    comparison : a grid
    scenario : one of its scenarios, by name
    words : texts; English where none are given
    wide : loss with all who supply the builders, in place of the direct one

    Returns
    -------
    None where nobody loses and nobody pays

    Raises
    ------
    ValueError : there is no such scenario
    """
    words = shared.words_for(comparison, words)
    rows = _rows(comparison, scenario, wide)
    if not any(r.lost.mean or r.paid or r.spared for r in rows):
        return None
    whole = {c: sum(r.losses[c] for r in rows) for c in rows[0].losses}
    largest = sorted((c for c in whole if whole[c] > 0.0), key=lambda c: (-whole[c], c))[:LARGEST]
    names = shared.strategy_names(comparison, words)
    title = _finding(rows, shared.scenario_names(comparison, words)[scenario], names, words)
    loss = words.say("loss.wide" if wide else "loss.direct", country=words.country(comparison.world.inside))
    page = style.frame(
        title,
        shared.subtitle(comparison, words, words.say("incidence.unit", loss=loss), [scenario]),
        shared.footer(comparison, words, words.say("incidence.note")),
        height=3.2 + 0.47 * len(rows),
        left=0.275,
        right=0.985,
        bottom=0.07,
    )
    _draw(page.axes, rows, largest, names, words)
    _key(page, rows, largest, words)
    cash = {r.strategy: sum(b.mean for p, b in r.purses.items() if p in CASH) for r in rows}
    told = sorted(rows, key=lambda r: -abs(r.change.mean) - cash[r.strategy])[:3]
    alt = words.say(
        "incidence.alt", strategies=len(rows), finding=title,
        told="; ".join(
            f"{style.cut(names[r.strategy], 26)} {shared.billions(r.lost.mean, words)}, "
            f"{shared.billions(cash[r.strategy], words)}"
            for r in told
        ),
    )  # fmt: skip
    name = f"incidence-{scenario.replace(':', '-')}"
    columns = ("strategy", "side", "who", "purse", "amount [bn USD]")
    return Chart(
        name,
        title,
        page.subtitle,
        page.footer,
        alt[:ALT_LIMIT],
        columns,
        tuple(_table(rows, names, words)),
        page.figure,
    )


def _rows(comparison: Comparison, scenario: str, wide: bool) -> list[Row]:
    data, places = comparison.outcomes, shared.at(comparison, scenario)
    abroad = data["market_country"].values != views.inside(data)
    countries, name = data["market_country"].values, "value_lost_wide" if wide else "value_lost"
    empty = np.zeros((data.sizes["market"], data.sizes["arm"], data.sizes["replication"]))
    lost = data[name].transpose("market", "arm", "replication").to_numpy().astype(np.float64) if name in data else empty
    whole = lost[abroad].sum(axis=0)
    base = places.get(NOTHING)
    rows = []
    for strategy, arm in places.items():
        losses = {str(c): float(lost[countries == c, arm].sum(axis=0).mean()) for c in np.unique(countries[abroad])}
        paid, spared, purses = _costs(data, arm)
        differs = change(whole[arm], whole[arm if base is None else base])
        bounds = shared.bounded(whole[arm]), shared.bounded(differs)
        rows.append(Row(strategy, losses, paid, spared, *bounds, purses))
    return rows


def _costs(
    data: Any, arm: int
) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float], dict[str, Bounded]]:
    """What each (purse, payer) pays and is spared, account by account, and the interval of what each purse pays."""
    paid: dict[tuple[str, str], float] = {}
    spared: dict[tuple[str, str], float] = {}
    draws: dict[str, NDArray[np.float64]] = {}
    if "cost" not in data:
        return paid, spared, {}
    cost = data["cost"].transpose("arm", "account", "replication").to_numpy()[arm].astype(np.float64)
    for values, purse, payer in zip(cost, data["purse"].values.tolist(), data["payer"].values.tolist(), strict=True):
        mean = float(values.mean())
        if mean:
            side = paid if mean > 0.0 else spared
            side[purse, payer] = side.get((purse, payer), 0.0) + abs(mean)
        if mean > 0.0:
            draws[purse] = draws.get(purse, 0.0) + values
    return paid, spared, {purse: shared.bounded(values) for purse, values in draws.items()}


def _table(rows: list[Row], names: dict[str, str], words: Words) -> list[tuple[Any, ...]]:
    table: list[tuple[Any, ...]] = []
    for r in rows:
        table += [(names[r.strategy], "loses", words.country(c), "", v / shared.BILLION) for c, v in r.losses.items()]
        for side, costs in (("pays", r.paid), ("is spared", r.spared)):
            table += [
                (names[r.strategy], side, shared.payer_name(payer, words), purse, v / shared.BILLION)
                for (purse, payer), v in sorted(costs.items(), key=lambda kv: (PURSES.index(kv[0][0]), -kv[1], kv[0]))
            ]
    return table


def _draw(axes: Axes, rows: list[Row], largest: list[str], names: dict[str, str], words: Words) -> None:
    """Bars from the middle outwards, with their totals at the ends; one scale for both sides."""
    inches = axes.get_position().width * style.WIDTH
    lefts = [_lost(r, words) for r in rows]
    rights = [_paid(r, words) for r in rows]
    lost = [r.lost.mean / shared.BILLION for r in rows]
    paid = [max(sum(r.paid.values()), sum(r.spared.values())) / shared.BILLION for r in rows]
    need = [[_breadth(t) for t in lefts], [max(_breadth(t) for t in both) for both in rights]]
    scale = _scale(lost, paid, need, inches)
    left = max(v * scale + n for v, n in zip(lost, need[0], strict=True))
    axes.set_xlim(-left / scale, (inches - left) / scale)
    for y, r in enumerate(rows):
        _losses(axes, y, r, largest, scale, words)
        _pieces(axes, y, r, scale, words)
        axes.text(-lost[y] - 0.06 / scale, y, lefts[y], ha="right", va="center", size=style.SMALL)
        end = sum(r.paid.values()) / shared.BILLION
        up = 0.12 if rights[y][1] and "\n" in rights[y][0] else 0.0
        axes.text(end + 0.06 / scale, y - up, rights[y][0], ha="left", va="center", size=style.SMALL, linespacing=1.05)
        if rights[y][1]:
            beside = sum(r.spared.values()) / shared.BILLION + 0.06 / scale
            axes.text(beside, y + 0.39, rights[y][1], ha="left", va="center", size=style.SMALL, color=palette.SOFT_INK)
    axes.axvline(0.0, color=palette.INK, linewidth=1.0, zorder=4)
    axes.set_ylim(len(rows) - 0.4, -0.85)
    for side, text, x in (("right", "incidence.loses", -0.06), ("left", "incidence.pays", 0.06)):
        axes.text(x / scale, -0.6, words.say(text), ha=side, va="bottom", size=style.SMALL, weight="bold")
    axes.set_yticks(range(len(rows)), [style.wrap(names[r.strategy], 30) for r in rows], size=style.SMALL)
    axes.tick_params(axis="y", length=0)
    axes.set_xticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _key(page: style.Frame, rows: list[Row], largest: list[str], words: Words) -> None:
    """Below the bars, what their pieces are: countries from dark to light, and the purses in use."""
    box, height = page.axes.get_position(), page.figure.get_figheight()
    low = box.y0 - 0.24 / height
    if largest:
        told = ", ".join([*(words.country(c) for c in largest), words.say("incidence.others")])
        text = words.say("incidence.key", countries=told)
        page.figure.text(style.MARGIN, low, text, size=style.SMALL, color=palette.SOFT_INK)
    x = style.MARGIN
    for purse in (p for p in PURSES if any(p == q for r in rows for q, _ in (*r.paid, *r.spared))):
        face, hatch, edge = LOOKS[purse]
        square = "▨" if hatch else "■"
        page.figure.text(x, low - 0.18 / height, square, size=style.BODY, color=edge if hatch else face)
        name = words.say(f"incidence.{purse}")
        page.figure.text(x + 0.022, low - 0.18 / height, name, size=style.SMALL, color=palette.SOFT_INK)
        x += 0.022 + (LETTER * (len(name) + 3)) / style.WIDTH


def _breadth(text: str) -> float:
    """Room that a label takes beside its bar [inch]."""
    return LETTER * (2 + max(len(line) for line in text.split("\n")))


def _scale(lost: list[float], paid: list[float], need: list[list[float]], inches: float) -> float:
    """Inches per bn USD with which both sides and their labels fit."""
    low, high = 0.0, inches / max(*lost, *paid, 1e-12)
    for _ in range(40):
        scale = 0.5 * (low + high)
        wide = sum(
            max(v * scale + n for v, n in zip(*side, strict=True)) for side in zip((lost, paid), need, strict=True)
        )
        low, high = (scale, high) if wide <= inches else (low, scale)
    return max(low, 1e-9)


def _lost(row: Row, words: Words) -> str:
    told = shared.billions(row.lost.mean, words)
    if not row.lost.mean:
        return told
    return f"{told} ({shared.billions_range(max(row.lost.low, 0.0), row.lost.high, words)})"


def _paid(row: Row, words: Words) -> tuple[str, str]:
    """What each purse pays, and what each is spared, in words."""
    whole = [{p: sum(v for (q, _), v in costs.items() if q == p) for p in PURSES} for costs in (row.paid, row.spared)]
    paid, spared = (
        "; ".join(
            words.say(key, purse=words.say(f"incidence.{p}"), amount=shared.billions(v, words)).replace(" ", "\u00a0")
            for p, v in of.items()
            if v
        )
        for key, of in zip(("incidence.part", "incidence.spared"), whole, strict=True)
    )
    return style.wrap(paid, LINE) or words.say("incidence.nothing"), spared


def _losses(axes: Axes, y: int, row: Row, largest: list[str], scale: float, words: Words) -> None:
    """Countries from the middle to the left, the largest first, the others together last."""
    pieces = [(c, row.losses[c]) for c in largest]
    pieces.append((OTHERS, sum(v for c, v in row.losses.items() if c not in largest)))
    start = 0.0
    for (country, value), shade in zip(pieces, SHADES, strict=False):
        size = value / shared.BILLION
        axes.barh(y, -size, left=-start, height=THICK, color=shade, edgecolor=palette.PAPER, linewidth=0.6, zorder=2)
        name = words.country(country) if country else words.say("incidence.others")
        _inside(axes, -start - 0.5 * size, y, name, size * scale, shade)
        start += size


def _pieces(axes: Axes, y: int, row: Row, scale: float, words: Words) -> None:
    """Payers by purse from the middle to the right, and below them what is spared, in outline."""
    for costs, height, shift, outline in ((row.paid, THICK, 0.0, False), (row.spared, THIN, 0.39, True)):
        start = 0.0
        for (purse, payer), value in sorted(costs.items(), key=lambda kv: (PURSES.index(kv[0][0]), -kv[1], kv[0])):
            size, (face, hatch, edge) = value / shared.BILLION, LOOKS[purse]
            if outline:
                face, hatch, edge = palette.PAPER, None, face if face != palette.PAPER else edge
            axes.barh(
                y + shift, size, left=start, height=height, facecolor=face, edgecolor=edge, hatch=hatch, zorder=2,
                linewidth=1.2 if outline or hatch else 0.6,
            )  # fmt: skip
            if not outline and not hatch:
                _inside(axes, start + 0.5 * size, y, shared.payer_name(payer, words), size * scale, face)
            start += size


def _inside(axes: Axes, x: float, y: float, name: str, inches: float, ground: str) -> None:
    """A name inside its piece, where it fits."""
    if LETTER * (len(name) + 0.5) <= inches:
        axes.text(x, y, name, ha="center", va="center", size=style.SMALL, color=palette.ink_on(ground), zorder=5)


def _finding(rows: list[Row], scenario: str, names: dict[str, str], words: Words) -> str:
    """What is lost without and with the strategy that surely lowers it most, and what its payers pay."""
    base = next((r for r in rows if r.strategy == NOTHING), rows[0])
    told = {
        "scenario": scenario,
        "base": shared.billions(base.lost.mean, words),
        "base_range": shared.billions_range(max(base.lost.low, 0.0), base.lost.high, words),
    }
    better = [r for r in rows if r.change.high < 0.0]
    if better:
        best, key = min(better, key=lambda r: r.change.mean), "incidence.finding"
    else:
        best = max(rows, key=lambda r: sum(r.paid.values()))
        key = "incidence.finding.none" if base.lost.mean else "incidence.finding.calm"
        if not best.paid:
            return words.say("incidence.finding.free", **told)
    return words.say(
        key,
        strategy=names[best.strategy],
        loss=shared.billions(best.lost.mean, words),
        loss_range=shared.billions_range(max(best.lost.low, 0.0), best.lost.high, words),
        payers=_payers(best, words),
        **told,
    )


def _payers(row: Row, words: Words) -> str:
    """What the purses pay, the two largest, with their ranges."""
    most = sorted(row.purses.items(), key=lambda kv: -kv[1].mean)[:2]
    return ", ".join(
        words.say(
            f"incidence.pay.{purse}", amount=shared.billions(b.mean, words),
            range=shared.billions_range(b.low, b.high, words),
        )
        for purse, b in most
    ) or words.say("incidence.nothing")  # fmt: skip
