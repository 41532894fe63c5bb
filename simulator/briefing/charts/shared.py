"""What the charts of a comparison share: names of its arms, what travels with each chart, money in words, labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.briefing import style
from simulator.briefing.words import Words
from simulator.results.paired import Bounded, interval
from simulator.scenario.strategy import APART
from simulator.world.checks import figures

if TYPE_CHECKING:
    from simulator.studies.compare import Comparison

BILLION = 1e9  # USD


def words_for(comparison: Comparison, words: Words | None) -> Words:
    """The words asked for, or English ones that call the goods of the world by their name."""
    return words or Words(goods=comparison.world.goods.get("en", ("product", "products")))


def scenario_names(comparison: Comparison, words: Words) -> dict[str, str]:
    """Title of each scenario without that of its strategy, in the order of the arms."""
    return {arm.scenario: words.title(arm.title) for arm in comparison.arms}


def strategy_names(comparison: Comparison, words: Words) -> dict[str, str]:
    """Title of each strategy, in the order of the arms."""
    return {
        arm.strategy: words.title(arm.ready.strategy.title) if arm.ready.strategy else arm.strategy
        for arm in comparison.arms
    }


def order_of(comparison: Comparison) -> tuple[list[str], list[str]]:
    """Scenarios and strategies in the order of the arms."""
    return (
        list(dict.fromkeys(arm.scenario for arm in comparison.arms)),
        list(dict.fromkeys(arm.strategy for arm in comparison.arms)),
    )


def subtitle(comparison: Comparison, words: Words, unit: str, scenarios: Sequence[str]) -> str:
    """Unit, scenarios, strategies and the span of days."""
    first, titles, strategies = comparison.arms[0].ready, scenario_names(comparison, words), order_of(comparison)[1]
    return words.say(
        "compared.subtitle.one" if len(scenarios) == 1 else "compared.subtitle",
        unit=unit,
        scenarios=titles[scenarios[0]] if len(scenarios) == 1 else words.number(len(scenarios), None),
        strategies=words.number(len(strategies), None),
        start=words.month(first.start),
        end=words.month(first.end),
    )


def footer(comparison: Comparison, words: Words, note: str = "") -> str:
    """Replications, seed, sources, assumptions among the rows of the world and the measures of all arms, and vintage."""
    data, ready = comparison.outcomes, [arm.ready for arm in comparison.arms]
    measures = {(m.id, "" if APART in m.id else one.name): m for one in ready for m in one.measures}
    grades = [one.grade for one in (*figures(comparison.world), *measures.values())]
    named = dict.fromkeys([s for one in (*ready, *measures.values()) for s in one.sources])
    parts = [note] if note else []
    parts.append(words.say("footer.runs", runs=data.sizes["replication"], seed=data.attrs["seed"]))
    if named:
        parts.append(words.say("footer.sources", sources=style.publishers(list(named))))
    parts.append(words.say("study.grades", n=words.number(grades.count("D"), None), m=words.number(len(grades), None)))
    parts.append(words.say("footer.vintage", vintage=comparison.world.data_vintage))
    parts += dict.fromkeys(str(one.policy_data) for one in ready[:1] if one.policy_data)
    return " · ".join(parts)


def at(comparison: Comparison, scenario: str) -> dict[str, int]:
    """Where the arm of each strategy of a scenario stands among the arms.

    Raises
    ------
    ValueError : there is no such scenario
    """
    found = {arm.strategy: i for i, arm in enumerate(comparison.arms) if arm.scenario == scenario}
    if not found:
        known = ", ".join(dict.fromkeys(arm.scenario for arm in comparison.arms))
        raise ValueError(f"no arm has the scenario '{scenario}'; there are {known}")
    return found


def bounded(values: Any) -> Bounded:
    """Mean of draws (replication) with its 95 % interval; the mean alone of a single draw."""
    told = {name: float(v) for name, v in interval(np.asarray(values, dtype=np.float64)).items()}
    low, high = (told["mean"] if np.isnan(told[n]) else told[n] for n in ("low", "high"))
    return Bounded(told["mean"], low, high)


def billions(usd: float, words: Words) -> str:
    """Money in billions to two significant figures; "<0.01" for what is less than ten million."""
    if 0.0 < abs(usd) < 0.01 * BILLION:
        return words.say("money.little")
    told = words.number(abs(usd) / BILLION)
    return told if usd >= 0.0 or told == "0" else "−" + told


def billions_range(low: float, high: float, words: Words) -> str:
    """Two sums of money in billions."""
    a, b = billions(low, words), billions(high, words)
    if a == b:  # a range that two figures cannot tell apart takes a third
        return a if "<" in a or low < 0.0 else words.range(low / BILLION, high / BILLION, 3)
    if low < 0.0 or "<" in a:
        return words.say("to", low=a, high=b)
    return words.range(low / BILLION, high / BILLION)


def signed_range(low: float, high: float, words: Words) -> str:
    """Two numbers that may be negative."""
    if low >= 0.0:
        return words.range(low, high)
    return words.say("to", low=words.change(low), high=words.change(high))


def payer_name(payer: str, words: Words) -> str:
    """A payer in words: a country by its code, any other as it was written."""
    return words.country(payer) if len(payer) == 3 and payer.isupper() else payer
