"""Strategies, scenarios that include others, and scenarios with branches."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from simulator.scenario import load, load_strategy, with_strategy
from simulator.scenario.loading import inspect_strategy, read_text
from simulator.scenario.problems import Invalid, render

SCENARIO = """\
name: {name}
title: A scenario
kind: hypothetical
end: 2029-12-31
grade: D
"""
STRATEGY = """\
name: {name}
title: {{en: A strategy, fr: Une stratégie}}
idea: It helps
grade: D
"""


def strategy(folder: Path, name: str, body: str = "measures: []\n") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(STRATEGY.format(name=name) + body, encoding="utf-8")
    return path


def scenario(folder: Path, name: str, body: str = "") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(SCENARIO.format(name=name) + body, encoding="utf-8")
    return path


STOCK = "{kind: reserve, id: stock, effective: 2026-01-01, countries: [JPN], commodity: dy_oxide, target: 60 d}"
FIRE = "{kind: outage, id: fire, effective: 2027-04-01, facilities: [kuantan]}"


def test_a_strategy_joins_the_responses_under_names_of_its_own(tmp_path: Path) -> None:
    body = f"measures:\n  - {STOCK}\nparameters: {{patience: 9 d}}\nbehaviour: [investment]\n"
    found = load_strategy(strategy(tmp_path, "stocks", body))
    before = load("embargo-on-japan")
    after = with_strategy(before, found)
    assert [m.id for m in after.responses] == ["stocks--stock"]
    assert (after.events, after.seed, after.start, after.end) == (before.events, before.seed, before.start, before.end)
    assert after.parameters["patience"].central == 9.0
    assert after.behaviour == ("investment",)
    assert after.title["fr"] == "Embargo total sur le Japon – Une stratégie"
    assert after.title["ja"] == "対日全面禁輸／A strategy"
    assert after.strategy is found
    assert before.strategy is None
    assert before.responses == ()


def test_an_included_strategy_keeps_its_name_and_so_its_luck(tmp_path: Path) -> None:
    strategy(tmp_path, "inner", f"measures:\n  - {STOCK}\n")
    outer = load_strategy(
        strategy(
            tmp_path, "outer", f"includes: [inner.yaml]\nmeasures:\n  - {STOCK}\n".replace("id: stock", "id: more")
        )
    )
    both = with_strategy(load("no-new-controls"), outer)
    alone = with_strategy(load("no-new-controls"), load_strategy(tmp_path / "inner.yaml"))
    assert [m.id for m in both.responses] == ["outer--more", "inner--stock"]
    assert both.responses[1] == alone.responses[0]
    place = both.place(("responses", 1, "target"))
    assert (Path(place.file).name, place.line) == ("inner.yaml", 6)


def test_strategies_that_include_each_other_are_refused(tmp_path: Path) -> None:
    strategy(tmp_path, "one", "includes: [two.yaml]\n")
    strategy(tmp_path, "two", "includes: [one.yaml]\n")
    found, problems = inspect_strategy(tmp_path / "one.yaml")
    assert found is None
    assert [(Path(p.file).name, p.line, p.code, p.message) for p in problems] == [
        ("two.yaml", 5, "SC035", "a circle of includes: one includes two includes one")
    ]


def test_errors_of_a_strategy_stand_at_their_place(tmp_path: Path) -> None:
    _, problems = inspect_strategy(
        strategy(tmp_path, "bad", f"measures:\n  - {STOCK.replace('60 d', '60')}\nidee: x\n")
    )
    assert [(p.line, p.code) for p in problems] == [(6, "SC016"), (7, "SC010")]


def test_a_strategy_of_another_world_is_refused(tmp_path: Path) -> None:
    other = load_strategy(strategy(tmp_path, "other", "world: antimony\nmeasures: []\n"))
    with pytest.raises(Invalid, match="about the world 'antimony'"):
        with_strategy(load("no-new-controls"), other)


def test_an_included_scenario_can_come_later_and_in_part(tmp_path: Path) -> None:
    whole = load("quotas-2010-today")
    body = "includes:\n  - {scenario: quotas-2010-today, without: [export-taxes], shift: 31 d}\n  - embargo-on-japan\n"
    found = load(scenario(tmp_path, "both", body))
    assert [m.id for m in found.events] == ["halt-to-japan", "quotas", "embargo"]
    assert [m.central_day for m in found.events] == [date(2027, 1, 1), date(2027, 1, 1), date(2026, 12, 1)]
    assert found.events[0].sources == whole.events[0].sources
    place = found.place(("events", 2, "leakage"))
    assert Path(place.file).name == "embargo-on-japan.yaml"
    assert place == load("embargo-on-japan").place(("events", 0, "leakage"))


def test_what_two_files_include_happens_once(tmp_path: Path) -> None:
    scenario(tmp_path, "inner", f"events:\n  - {FIRE}\n")
    scenario(tmp_path, "middle", "includes: [inner.yaml]\n")
    found = load(scenario(tmp_path, "outer", "includes: [inner.yaml, middle.yaml]\n"))
    assert [m.id for m in found.events] == ["fire"]


def test_a_branch_is_chosen_and_never_drawn(tmp_path: Path) -> None:
    body = (
        "branches: {renewed: It is renewed, lapse: It lapses}\nevents:\n"
        f"  - {FIRE[:-1]}, branches: [lapse]}}\n  - {FIRE.replace('id: fire', 'id: always')}\n"
    )
    path = scenario(tmp_path, "truce", body)
    found = load(path)
    assert found.undecided
    assert [m.id for m in load(path, "renewed").events] == ["always"]
    lapse = load(path, "lapse")
    assert [m.id for m in lapse.events] == ["fire", "always"]
    assert (lapse.branch, lapse.title.en, lapse.undecided) == ("lapse", "A scenario – It lapses", False)
    assert load(path, "renewed").place(("events", 0, "id")).line == 9
    with pytest.raises(Invalid, match="there is no branch 'laps'"):
        load(path, "laps")


def test_who_includes_a_scenario_with_branches_names_one(tmp_path: Path) -> None:
    scenario(
        tmp_path, "truce", f"branches: {{calm: Calm, lapse: Lapse}}\nevents:\n  - {FIRE[:-1]}, branches: [lapse]}}\n"
    )
    found, problems = read_text(SCENARIO.format(name="x") + "includes: [truce.yaml]\n", str(tmp_path / "x.yaml"))
    assert found is None
    assert [p.code for p in problems] == ["SC037"]
    named = load(scenario(tmp_path, "named", "includes: ['truce.yaml:lapse']\n"))
    assert [m.id for m in named.events] == ["fire"]


def test_an_error_in_an_included_file_is_shown_there(tmp_path: Path) -> None:
    scenario(tmp_path, "inner", f"events:\n  - {FIRE.replace('2027-04-01', '2027-04-31')}\n")
    found, problems = read_text(SCENARIO.format(name="x") + "includes: [inner.yaml]\n", str(tmp_path / "x.yaml"))
    assert found is None
    assert "inner.yaml:7" in render(problems)
