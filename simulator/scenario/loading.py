"""From a name or a file to a scenario, or to everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path as FilePath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from simulator.scenario import files
from simulator.scenario.checks import Calendar, Draft, check
from simulator.scenario.kinds import AnyMeasure
from simulator.scenario.measures import Measure
from simulator.scenario.model import Scenario
from simulator.scenario.problems import Invalid, Problem
from simulator.scenario.sentences import problems_from, wrong_paths
from simulator.scenario.yaml import Path, read

_MEASURE: TypeAdapter[Measure] = TypeAdapter(AnyMeasure)


def load(name_or_path: str | os.PathLike[str] = "default") -> Scenario:
    """Scenario of a shipped name (``default`` is one) or of a file.

    Raises
    ------
    Invalid
        with every error of the file, in its order; warnings come with them, or alone through `inspect`
    """
    scenario, problems = inspect(name_or_path)
    if scenario is None:
        raise Invalid(problems)
    return scenario


def inspect(name_or_path: str | os.PathLike[str]) -> tuple[Scenario | None, list[Problem]]:
    """Scenario, or None when there are errors, and every error and warning in file order."""
    try:
        path = files.find(name_or_path)
        return read_text(_text(path), str(path))
    except Invalid as invalid:
        return None, list(invalid.problems)


def read_text(text: str, file: str) -> tuple[Scenario | None, list[Problem]]:
    """Scenario of a text, or None when there are errors, and every error and warning in file order."""
    try:
        data, places = read(text, file)
    except Invalid as invalid:
        return None, list(invalid.problems)
    scenario: Scenario | None = None
    problems: list[Problem] = []
    bad: set[Path] = set()
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        problems, bad = problems_from(error, data, places), wrong_paths(error, places)
    draft = _whole(scenario, data) if scenario is not None else _parts(data, bad)
    problems = sorted([*problems, *check(draft, places)], key=lambda problem: problem.order)
    if scenario is None or any(problem.severity == "error" for problem in problems):
        return None, problems
    return scenario.came_from(text, file, places), problems


def _text(path: FilePath) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise Invalid(
            [Problem(str(path), line, 1, 2, "error", "SC001", "the file is not UTF-8 text", "save it as UTF-8")],
            {str(path): ""},
        ) from None
    except OSError as error:
        raise Invalid(
            [Problem(str(path), 1, 1, 2, "error", "SC001", f"the file cannot be read: {error.strerror}")],
            {str(path): ""},
        ) from None


def _whole(scenario: Scenario, data: Mapping[str, Any]) -> Draft:
    measures: dict[Path, Measure] = {("events", i): m for i, m in enumerate(scenario.events)}
    measures |= {("responses", i): m for i, m in enumerate(scenario.responses)}
    world = scenario.world if "world" in data else None
    return Draft(
        Calendar(scenario.start, scenario.end, scenario.warm_up),
        measures,
        bool(scenario.sources),
        scenario.grade,
        world,
        scenario.observed,
    )


def _parts(data: Mapping[str, Any], bad: set[Path]) -> Draft:
    """Everything that is sound by itself in a file that is not, so that all its errors come at once."""
    measures: dict[Path, Measure] = {}
    for block in ("events", "responses"):
        rows = data.get(block)
        for i, row in enumerate(rows if isinstance(rows, list) else ()):
            if not any(path[:2] == (block, i) for path in bad):
                measures[block, i] = _MEASURE.validate_python(row)
    # Stand-ins for what is wrong or missing let the sound fields of the top level be read by the model itself.
    stand_in: dict[str, Any] = {"name": "x", "title": "x", "kind": "hypothetical", "end": "9999-12-31", "grade": "D"}
    unsound = {"events", "responses", *(path[0] for path in bad if path)}
    sound = {key: value for key, value in data.items() if key in Scenario.model_fields and key not in unsound}
    top = Scenario.model_validate(stand_in | sound)

    def known(key: str, value: date) -> date | None:
        return value if key in sound else None

    start = known("start", top.start) if "start" in data else top.start
    warm_up = top.warm_up if "warm_up" not in unsound else 0.0
    return Draft(
        Calendar(start, known("end", top.end), warm_up),
        measures,
        bool(data.get("sources")),
        top.grade if "grade" in sound else None,
        top.world if "world" in sound else None,
        top.observed,
    )
