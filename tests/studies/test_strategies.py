"""The strategies in the box: each is complete, and a text without tonnes equals doing nothing."""

from __future__ import annotations

import jsonschema
import numpy as np
import pytest

from simulator import world
from simulator.engine.members import Members
from simulator.engine.simulation import simulate
from simulator.scenario import Strategy, files, load, load_strategy, with_strategy
from simulator.scenario.loading import inspect_strategy
from simulator.scenario.measures import LANGUAGES
from simulator.scenario.schema import as_text, json_schema
from simulator.scenario.yaml import read
from simulator.studies.compare import compare
from simulator.studies.run import prepared
from simulator.world.resolve import resolve

SHORT = {"replications": 2, "step": 7.0}


@pytest.mark.parametrize("name", files.strategies())
def test_each_is_complete_and_without_a_warning(name: str) -> None:
    strategy, problems = inspect_strategy(name)
    assert strategy is not None, problems
    assert problems == []
    assert strategy.name == name
    assert strategy.catalogue
    for words in (strategy.title, strategy.idea, *(m.title for m in strategy.measures)):
        assert words is not None
        assert all(getattr(words, language) for language in LANGUAGES)
    assert all(m.grade == "D" or m.sources or strategy.sources for m in strategy.measures)
    assert resolve(strategy, world.load(strategy.world)) == []


@pytest.mark.parametrize("name", files.strategies())
def test_each_follows_the_schema(name: str) -> None:
    path = files.find_strategy(name)
    data, _ = read(path.read_text("utf-8"), str(path))
    jsonschema.Draft202012Validator(json_schema(Strategy)).validate(data)


def test_the_committed_schema_is_the_schema() -> None:
    assert (files.built_in() / "strategies" / "strategy.schema.json").read_text("utf-8") == as_text(Strategy)


def test_every_strategy_of_the_catalogue_is_there() -> None:
    numbers = sorted(str(load_strategy(name).catalogue) for name in files.strategies())
    assert numbers == [f"D{i:02}" for i in range(17)]


BRANCHES = [f"{name}:{branch}" for name in files.names() for branch in load(name).branches]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*(name for name in files.names() if not load(name).branches), *BRANCHES])
def test_each_scenario_runs_by_the_week(name: str) -> None:
    scenario, tables = prepared(name, replications=4, step=7.0)
    record = simulate(tables, (scenario,), Members.grid(1, range(4)))
    assert max(record.audit.values()) < 1e-9
    assert all(np.isfinite(record.values[v][1]).all() for v in ("asked", "served", "lost"))


@pytest.mark.slow
def test_every_strategy_runs_by_the_week_and_all_but_the_text_change_something() -> None:
    found = compare(["squeeze-on-g7"], files.strategies(), replications=4, step=7.0, workers=1)
    assert found.imbalance < 1e-9
    data = found.outcomes
    same = [
        strategy
        for strategy in files.strategies()
        if not any(
            found.differences(data[n].fillna(-1.0)).sel(arm=f"squeeze-on-g7 + {strategy}").any() for n in data.data_vars
        )
    ]
    assert same == ["accord-text-only", "do-nothing"]


@pytest.mark.parametrize("name", ["april-2025-licences", "embargo-on-japan"])
def test_the_text_of_the_accord_is_worth_nothing_in_tonnes(name: str) -> None:
    """T7: to the last bit, in every variable, alone and side by side."""
    scenario, tables = prepared(name, **SHORT, end=load(name).start.replace(year=2027))
    nothing, text = (with_strategy(scenario, load_strategy(s)) for s in ("do-nothing", "accord-text-only"))
    assert text.responses
    both = simulate(tables, [nothing, text], Members.grid(2, range(2)))
    for variable, (_, values) in both.values.items():
        assert np.array_equal(values[..., 0::2], values[..., 1::2], equal_nan=True), variable
