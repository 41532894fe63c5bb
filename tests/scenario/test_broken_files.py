"""Broken files give exactly the expected text: place, line, marker, help and count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.scenario.loading import inspect, load
from simulator.scenario.problems import CODES, Invalid, as_json, render

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
EXPECTED = Path(__file__).parents[1] / "expected"


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_text_is_as_expected(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    _, problems = inspect(path.name)
    assert render(problems) + "\n" == (EXPECTED / f"{path.stem}.txt").read_text("utf-8")


def test_every_broken_file_has_an_expected_text_and_the_other_way_round() -> None:
    assert len(BROKEN) >= 20
    assert {path.stem for path in BROKEN} == {path.stem for path in EXPECTED.glob("*.txt")}


def test_every_code_used_is_documented_and_every_one_documented_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN[0].parent)
    used = {problem.code for path in BROKEN for problem in inspect(path.name)[1]} | {"SC001"}
    used |= {"SC038"}  # of arms and targets, which are no file
    assert used == set(CODES)


def test_load_raises_all_errors_at_once_in_file_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN[0].parent)
    with pytest.raises(Invalid) as caught:
        load("shares.yaml")
    problems = caught.value.problems
    assert len(problems) == 4
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)
    assert str(caught.value).endswith("4 errors in shares.yaml. Nothing was run.")


def test_json_holds_place_and_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN[0].parent)
    first = json.loads(as_json(inspect("shares.yaml")[1]))[0]
    assert first == {
        "file": "shares.yaml",
        "line": 12,
        "column": 10,
        "end_column": 12,
        "severity": "error",
        "code": "SC015",
        "message": "cut is a share between 0 and 1, or a percentage; got 90",
        "help": "did you mean 90 %?",
        "notes": [],
    }


def test_warnings_alone_do_not_stop_a_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BROKEN[0].parent)
    scenario, problems = inspect("odd-but-legal.yaml")
    assert scenario is not None
    assert {problem.severity for problem in problems} == {"warning"}


def test_a_missing_file_and_an_unknown_name_are_told(tmp_path: Path) -> None:
    assert inspect(tmp_path / "none.yaml")[1][0].message == f"there is no file '{tmp_path / 'none.yaml'}'"
    assert inspect("april-2025-licenses")[1][0].help == "did you mean 'april-2025-licences'?"


def test_bytes_that_are_not_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"name: x\ntitle: \xe9\n")
    problem = inspect(path)[1][0]
    assert (problem.line, problem.message) == (2, "the file is not UTF-8 text")
    path.write_text("name: x\ntitle: a\x07b\n", encoding="utf-8")
    problem = inspect(path)[1][0]
    assert (problem.line, problem.column, problem.message) == (2, 9, "a control character is not allowed")
