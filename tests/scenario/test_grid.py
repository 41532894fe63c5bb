"""Grids: read with their places, scenarios and strategies beside the file found, mistakes told at their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.scenario import files
from simulator.scenario.grid import Grid, load_grid
from simulator.scenario.problems import Invalid
from simulator.scenario.schema import as_text


def test_every_grid_in_the_box_can_be_compared() -> None:
    from simulator.studies.compare import grid_arms

    assert files.grids() == ["briefing", "europe"]
    for name in files.grids():
        grid = load_grid(name)
        arms, _ = grid_arms(grid)
        assert len(arms) == len(grid.scenarios) * len(grid.strategies)
        assert arms[0].strategy == "do-nothing"


def test_the_schema_beside_the_grids_is_the_one_of_the_model() -> None:
    assert (files.built_in() / "grids" / "grid.schema.json").read_text("utf-8") == as_text(Grid)


def test_files_beside_the_grid_are_found(tmp_path: Path) -> None:
    text = (files.built_in() / "strategies" / "fast-permits.yaml").read_text("utf-8")
    (tmp_path / "own.yaml").write_text(text.replace("fast-permits", "own-permits"), encoding="utf-8")
    (tmp_path / "g.yaml").write_text(
        "name: mine\nscenarios: [embargo-on-japan]\nstrategies: [own.yaml]\n", encoding="utf-8"
    )
    assert load_grid(tmp_path / "g.yaml").strategies == (str(tmp_path / "own.yaml"),)


@pytest.mark.parametrize(
    ("text", "line", "said", "help"),
    [
        ("name: g\nscenarios: []\n", 2, "scenarios", ""),
        ("name: g\nscenario: [default]\n", 2, "unknown key 'scenario'", "did you mean 'scenarios'?"),
        ("name: g\nscenarios:\n  - embargo-on-japn\n", 3, "there is no scenario 'embargo-on-japn'", "embargo-on-japan"),
        ("name: g\nscenarios: [default]\nstrategies:\n  - luck\n", 4, "there is no strategy 'luck'", "strategies are"),
        ("name: g\nscenarios: [default]\nstep: 2 d\n", 3, "2 d", ""),
    ],
)
def test_a_mistake_is_told_at_its_line(tmp_path: Path, text: str, line: int, said: str, help: str) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as raised:
        load_grid(path)
    problem = raised.value.problems[0]
    assert (problem.file, problem.line) == (str(path), line)
    assert said in problem.message
    assert help in problem.help


def test_what_is_wrong_inside_a_strategy_is_told_with_both_places(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("name: own\ntitle: x\nidea: x\ngrade: D\nmeasures: 3\n", encoding="utf-8")
    (tmp_path / "g.yaml").write_text("name: g\nscenarios: [default]\nstrategies: [own.yaml]\n", encoding="utf-8")
    with pytest.raises(Invalid) as raised:
        load_grid(tmp_path / "g.yaml")
    problem = raised.value.problems[0]
    assert (problem.file, problem.line) == (str(tmp_path / "g.yaml"), 3)


def test_no_such_grid_names_those_there_are() -> None:
    with pytest.raises(Invalid, match="there is no grid 'brief'"):
        load_grid("brief")


def test_a_scenario_can_last_for_several_lengths() -> None:
    from simulator.studies.compare import grid_arms

    grid = Grid(name="g", scenarios=("embargo-on-japan",), strategies=(), lasting=(3, 24))
    arms, _ = grid_arms(grid)
    assert [a.scenario for a in arms] == ["embargo-on-japan-3-months", "embargo-on-japan-24-months"]
    lengths = [next(m for m in a.ready.events if m.kind == "export_ban").duration for a in arms]
    assert [round(d.central) for d in lengths if d] == [91, 730]
    assert len({a.ready.end for a in arms}) == 1
    assert arms[0].title.en.endswith("(3 months)")
    with pytest.raises(Invalid, match="has no measure that closes a trade"):
        grid_arms(Grid(name="g", scenarios=("heavy-separator-outage",), lasting=(3,)))
