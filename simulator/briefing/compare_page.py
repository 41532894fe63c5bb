"""The page of a comparison: the answer, then each scenario with what every strategy changes, who pays and who loses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from simulator.briefing.chart import Chart
from simulator.briefing.compare_rows import Concluded
from simulator.briefing.page import assumption, environment, shown
from simulator.briefing.tables import assumptions_of_arms
from simulator.briefing.words import Words
from simulator.results.comparison import Below, Effect
from simulator.results.key_figures import EVERYBODY, OUTSIDE
from simulator.results.paired import NOTHING
from simulator.scenario.grid import Grid

MILLION, BILLION = 1e6, 1e9
PURSES = ("public", "contingent", "firms", "buyers")
COLUMNS = ("strategy", "short", "change", "agree", "first", *(f"purse.{p}" for p in PURSES), "per_tonne")
LOSERS = 12  # rows of a table on the page; the CSV has all


def render(said: Concluded, grid: Grid, charts: Sequence[Chart], command: str, words: Words) -> str:
    """The page as text.

    Parameters
    ----------
    said : what was concluded
    grid : its title and note are shown
    charts : as `comparison_charts` returns them
    command : how to repeat the comparison
    words : of every text
    """
    data = said.comparison.outcomes
    return environment().get_template("compare.html").render(
        language=words.language,
        say=words.say,
        title=words.title(grid.title) or words.say("compare.title"),
        headline=headline(said, words),
        note=grid.note or "",
        caveats=_caveats(said, words),
        head=heads(words),
        charts=[shown(chart) for chart in charts],
        scenarios=[_scenario(said, name, words) for name in _scenarios(said)],
        dates=[_date(b, said, words) for b in said.below if b.share > 0.0 or b.level == 0.65],
        targets=_targets(said, words),
        behaviour=", ".join(words.name("behaviour", b) for b in said.comparison.arms[0].ready.behaviour),
        assumptions=[assumption(row) for row in assumptions_of_arms(said.comparison.arms, said.comparison.world, False)],
        grade_d=words.percent(float(data.attrs["share_grade_d"])),
        missing=[*words.lines("compare.missing"), *words.lines("missing")],
        command=command,
        files=sorted({f"inputs/{arm.ready.name}.yaml" for arm in said.comparison.arms}),
        made=words.say(
            "page.version", version=data.attrs["version"], seed=data.attrs["seed"], runs=data.attrs["replications"],
            step=f"{float(data.attrs['step_days']):g}", start=data.attrs["start"], end=data.attrs["end"],
            world=data.attrs["world"], vintage=data.attrs["data_vintage"],
        ),
    )  # fmt: skip


def heads(words: Words) -> list[str]:
    """Headings of the table of a scenario; `compare.units` tells what they mean."""
    return [words.say(f"compare.col.{name}") for name in COLUMNS]


def headline(said: Concluded, words: Words) -> str:
    """The answer in a few sentences, by rule: what avoids most shortage, and what is least regretted."""
    parts = [_most_avoided(said, words)]
    scenarios, worst = _scenarios(said), _worst_regrets(said)
    if len(worst) > 1 and any(worst.values()):
        best = min(worst, key=lambda name: worst[name])
        key = "compare.headline.regret" + ("" if len(scenarios) > 1 else ".one") + (".none" if best == NOTHING else "")
        told = {"regret": worst[best], "nothing": worst.get(NOTHING, np.nan)}
        money = {name: _money(value, words) for name, value in told.items()}
        parts.append(words.say(key, strategy=_strategy(said, best, words), **money))
    return " ".join(part for part in parts if part)


def _most_avoided(said: Concluded, words: Words) -> str:
    sure = [e for e in said.effects if e.avoided.low > 0.0]
    if not any(_short(said, name) > 0.0 for name in _scenarios(said)):
        return words.say("compare.headline.no_shortage")
    if not sure:
        return words.say("compare.headline.none")
    best = max(sure, key=lambda e: e.avoided.mean)
    return words.say(
        "compare.headline.avoids",
        strategy=_strategy(said, best.strategy, words),
        scenario=_title(said, best.scenario, words),
        avoided=words.number(best.avoided.mean),
        range=words.range(best.avoided.low, best.avoided.high),
        whole=words.number(_short(said, best.scenario)),
    )


def _short(said: Concluded, scenario: str) -> float:
    told = said.arm(scenario, NOTHING, "short")
    return 0.0 if told is None else told.mean


def _worst_regrets(said: Concluded) -> dict[str, float]:
    worst: dict[str, float] = {}
    for r in said.regrets:
        worst[r.strategy] = max(worst.get(r.strategy, 0.0), r.regret)
    return worst


def lines(said: Concluded, scenario: str, words: Words) -> list[list[str]]:
    """The table of a scenario: a row of cells for each strategy, as `heads` names them."""
    effects = {e.strategy: e for e in said.effects if e.scenario == scenario}
    return [
        [
            _strategy(said, strategy, words),
            _level(said, scenario, strategy, words),
            *_change(said, scenario, strategy, words),
            _first(said, scenario, strategy, words),
            *(_paid(said, scenario, strategy, purse, words) for purse in PURSES),
            _per_tonne(effects.get(strategy), words),
        ]
        for strategy in dict.fromkeys(arm.strategy for arm in said.comparison.arms)
    ]


def _level(said: Concluded, scenario: str, strategy: str, words: Words) -> str:
    told = said.arm(scenario, strategy, "short")
    if told is None or told.p95 <= 0.0:
        return "0"
    return f"{words.number(told.mean)} ({words.range(max(told.p05, 0.0), told.p95)})"


def _change(said: Concluded, scenario: str, strategy: str, words: Words) -> tuple[str, str]:
    told = said.difference(scenario, strategy, "short")
    if told is None:
        return "–", "–"
    if told.mean == 0.0:
        return "0", "–"
    return f"{words.change(told.mean)} ({words.change(told.low)} … {words.change(told.high)})", words.percent(
        told.agree
    )


def _first(said: Concluded, scenario: str, strategy: str, words: Words) -> str:
    none, first = (said.arm(scenario, strategy, name) for name in ("no_shortage", "first_shortage"))
    if none is None or first is None:
        return "–"
    if none.mean == 1.0:
        return words.say("compare.never")
    day = words.say("compare.day", day=words.number(first.mean))
    return day if none.mean == 0.0 else words.say("compare.day.some", day=day, none=words.percent(none.mean))


def _paid(said: Concluded, scenario: str, strategy: str, purse: str, words: Words) -> str:
    told = said.arm(scenario, strategy, f"cost_{purse}", EVERYBODY)
    return "–" if told is None or told.mean == 0.0 else words.number(told.mean / MILLION)


def _per_tonne(effect: Effect | None, words: Words) -> str:
    if effect is None:
        return "–"
    if effect.status in ("undefined", "never"):
        return words.say(f"compare.effect.{effect.status}")
    if effect.status == "saves":
        return words.say("compare.effect.saves")
    return f"{words.number(effect.ratio.mean)} ({words.range(effect.ratio.low, effect.ratio.high)})"


def _scenario(said: Concluded, name: str, words: Words) -> dict[str, Any]:
    beaten = [d for d in said.dominated if d.scenario == name]
    return {
        "id": name.replace(":", "-"),
        "title": _title(said, name, words),
        "rows": lines(said, name, words),
        "efficient": [
            _strategy(said, e.strategy, words)
            for e in said.effects
            if e.scenario == name and e.efficient and e.status in ("pays", "saves")
        ],
        "dominated": [
            words.say(
                "compare.dominated.line",
                strategy=_strategy(said, s, words),
                by=", ".join(_strategy(said, d.by, words) for d in beaten if d.strategy == s),
            )
            for s in dict.fromkeys(d.strategy for d in beaten)
        ],
        "losers": _losers(said, name, words),
        "payers": _payers(said, name, words),
    }


def _losers(said: Concluded, scenario: str, words: Words) -> list[list[str]]:
    """Countries with most value at risk when nothing is done, and what each strategy changes for them."""
    strategies = list(dict.fromkeys(arm.strategy for arm in said.comparison.arms))
    countries = [
        t for t in said.arms
        if (t.scenario, t.strategy, t.name) == (scenario, NOTHING, "value_lost") and len(t.place) == 3 and t.mean > 0.0
    ]  # fmt: skip
    rows = []
    for told in sorted(countries, key=lambda t: -t.mean)[:LOSERS]:
        cells = [words.country(told.place)]
        for strategy in strategies:
            mine = said.arm(scenario, strategy, "value_lost", told.place)
            cells.append("–" if mine is None else words.number(mine.mean / MILLION))
        rows.append(cells)
    return rows


def _payers(said: Concluded, scenario: str, words: Words) -> list[list[str]]:
    """Who pays how much for which strategy, by purse; largest first."""
    paid = [
        t for t in said.arms
        if t.scenario == scenario and t.name.startswith("cost_") and t.place != EVERYBODY and abs(t.mean) >= 0.5 * MILLION
    ]  # fmt: skip
    order = [arm.strategy for arm in said.comparison.arms]
    return [
        [
            _strategy(said, t.strategy, words),
            words.country(t.place) if len(t.place) == 3 and t.place.isupper() else t.place,
            words.say(f"compare.purse.{t.name.removeprefix('cost_')}"),
            f"{words.number(t.mean / MILLION)} ({words.range(t.p05 / MILLION, t.p95 / MILLION)})",
        ]
        for t in sorted(paid, key=lambda t: (order.index(t.strategy), -abs(t.mean)))
    ]


def _date(below: Below, said: Concluded, words: Words) -> list[str]:
    when = words.say("compare.not_before", year=str(said.comparison.outcomes["month"].values[-1])[:4])
    if not np.isnat(below.month):
        late = words.quarter(below.late) if not np.isnat(below.late) else words.say("compare.later")
        when = f"{words.quarter(below.month)} ({words.quarter(below.early)} – {late})"
    view, stage = below.view.split(":")
    return [
        _title(said, below.scenario, words),
        _strategy(said, below.strategy, words),
        words.say(f"compare.view.{view}", stage=words.name("stage", stage)),
        words.percent(below.level),
        when,
        words.percent(below.share),
    ]


def _targets(said: Concluded, words: Words) -> list[dict[str, Any]]:
    """For each target a table: strategies down, scenarios across."""
    scenarios, met = _scenarios(said), {(m.target, m.scenario, m.strategy): m for m in said.met}
    found = []
    for text in dict.fromkeys(m.target for m in said.met):
        rows = []
        for strategy in dict.fromkeys(m.strategy for m in said.met):
            cells = [met[text, scenario, strategy] for scenario in scenarios]
            shares = [f"{words.percent(m.share)} ({words.percent_range(m.low, m.high)})" for m in cells]
            rows.append([_strategy(said, strategy, words), *shares])
        found.append({"said": text, "head": [_title(said, s, words) for s in scenarios], "rows": rows})
    return found


def _caveats(said: Concluded, words: Words) -> list[str]:
    """The two or three things that move the answer."""
    data = said.comparison.outcomes
    found = [words.say("compare.caveat.grade", share=words.percent(float(data.attrs["share_grade_d"])))]
    if float(data.attrs["step_days"]) > 1.0:
        found.append(words.say("compare.caveat.week"))
    lost, wide = (
        sum(t.mean for t in said.arms if (t.name, t.place) == (n, OUTSIDE)) for n in ("value_lost", "value_lost_wide")
    )
    if lost > 0.0:
        found.append(words.say("compare.caveat.loss", times=words.number(wide / lost)))
    return found


def _scenarios(said: Concluded) -> list[str]:
    return list(dict.fromkeys(arm.scenario for arm in said.comparison.arms))


def _title(said: Concluded, scenario: str, words: Words) -> str:
    arm = next(a for a in said.comparison.arms if a.scenario == scenario)
    return words.title(arm.title)


def _strategy(said: Concluded, name: str, words: Words) -> str:
    strategy = next(a.ready.strategy for a in said.comparison.arms if a.strategy == name)
    return name if strategy is None else words.title(strategy.title)


def _money(value: float, words: Words) -> str:
    """Billions, or millions where it is less than one."""
    if np.isnan(value):
        return "–"
    big = abs(value) >= BILLION
    return words.say("compare.bn" if big else "compare.m", number=words.number(value / (BILLION if big else MILLION)))
