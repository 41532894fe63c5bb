"""From a name or a file to a scenario or a strategy, or to everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from simulator.scenario import files
from simulator.scenario.checks import Calendar, Draft, check
from simulator.scenario.including import joined, later
from simulator.scenario.kinds import AnyMeasure
from simulator.scenario.measures import Measure
from simulator.scenario.model import InputFile, Scenario
from simulator.scenario.problems import Invalid, Problem, problem_at
from simulator.scenario.sentences import problems_from, wrong_paths
from simulator.scenario.strategy import Strategy
from simulator.scenario.yaml import Path, read

_MEASURE: TypeAdapter[Measure] = TypeAdapter(AnyMeasure)
File = TypeVar("File", bound=InputFile)
#: What lets the sound fields of a file be read by its model, in place of what is wrong or missing.
_STAND_IN: Mapping[type[InputFile], Mapping[str, Any]] = {
    Scenario: {"name": "x", "title": "x", "kind": "hypothetical", "end": "9999-12-31", "grade": "D"},
    Strategy: {"name": "x", "title": "x", "idea": "x", "grade": "D"},
}


def load(name_or_path: str | os.PathLike[str] = "default", branch: str | None = None) -> Scenario:
    """Scenario of a shipped name (``default`` is one) or of a file.

    Parameters
    ----------
    name_or_path : ``name:branch`` chooses a branch as well
    branch : branch of the scenario, where it has branches

    Raises
    ------
    Invalid
        with every error of the file, in its order; warnings come with them, or alone through `inspect`
    """
    scenario, problems = inspect(name_or_path)
    if scenario is None:
        raise Invalid(problems)
    return scenario.on_branch(branch) if branch is not None else scenario


def load_strategy(name_or_path: str | os.PathLike[str]) -> Strategy:
    """Strategy of a shipped name or of a file.

    Raises
    ------
    Invalid
        with every error of the file, in its order
    """
    strategy, problems = inspect_strategy(name_or_path)
    if strategy is None:
        raise Invalid(problems)
    return strategy


def inspect(name_or_path: str | os.PathLike[str]) -> tuple[Scenario | None, list[Problem]]:
    """Scenario, or None when there are errors, and every error and warning in file order."""
    name, branch = files.branch_of(name_or_path)
    try:
        path = files.find(name)
        scenario, problems = read_text(text_of(path), str(path))
        return scenario.on_branch(branch) if scenario is not None and branch else scenario, problems
    except Invalid as invalid:
        return None, list(invalid.problems)


def inspect_strategy(name_or_path: str | os.PathLike[str]) -> tuple[Strategy | None, list[Problem]]:
    """Strategy, or None when there are errors, and every error and warning in file order."""
    try:
        path = files.find_strategy(name_or_path)
        return read_strategy_text(text_of(path), str(path))
    except Invalid as invalid:
        return None, list(invalid.problems)


def read_text(text: str, file: str, within: tuple[str, ...] = ()) -> tuple[Scenario | None, list[Problem]]:
    """Scenario of a text, or None when there are errors, and every error and warning in file order.

    Parameters
    ----------
    text, file : the text, and the file it stands in
    within : files that include this one, from the outermost
    """
    return _read(text, file, Scenario, partial(_include, within=within))


def read_strategy_text(text: str, file: str, within: tuple[str, ...] = ()) -> tuple[Strategy | None, list[Problem]]:
    """Strategy of a text; parameters and answer as for `read_text`."""
    return _read(text, file, Strategy, partial(_include_strategies, within=within))


def _read(
    text: str, file: str, model: type[File], include: Callable[[File, list[Problem]], File]
) -> tuple[File | None, list[Problem]]:
    try:
        data, places = read(text, file)
    except Invalid as invalid:
        return None, list(invalid.problems)
    found: File | None = None
    problems: list[Problem] = []
    bad: set[Path] = set()
    try:
        found = model.model_validate(data)
    except ValidationError as error:
        problems, bad = problems_from(error, data, places, model), wrong_paths(error, places)
    draft = _whole(found, data) if found is not None else _parts(data, bad, model)
    problems += check(draft, places)
    if found is not None:
        found = found.came_from(text, file, places)
        if not _errors(problems):
            found = include(found, problems)
    problems.sort(key=lambda problem: problem.order)
    return (None if _errors(problems) else found), problems


def _errors(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _include(scenario: Scenario, problems: list[Problem], within: tuple[str, ...]) -> Scenario:
    """The scenario with the measures of those it includes; what goes wrong is added to `problems`."""
    parts: list[tuple[Path, Scenario]] = []
    for i, wanted in enumerate(scenario.includes):
        at: Path = ("includes", i)
        try:
            path = _beside(scenario, wanted.scenario, files.find)
            part, wrong = read_text(text_of(path), str(path), _chain(scenario, path, at, within))
            problems += [problem for problem in wrong if problem.severity == "error"]
            if part is None:
                continue
            if wanted.branch is not None:
                part = part.on_branch(wanted.branch)
            if part.undecided:
                help = f"name one, such as {wanted.scenario}:{next(iter(part.branches))}"
                problems.append(problem_at(scenario.place(at), "SC037", f"'{wanted.scenario}' has branches", help))
                continue
            unknown = [name for name in wanted.without if name not in {m.id for m in part.measures}]
            problems += [
                problem_at(scenario.place(at), "SC034", f"'{wanted.scenario}' has no measure '{name}'")
                for name in unknown
            ]
            parts.append((at, later(part, wanted)))
        except Invalid as invalid:
            problems += [_told(problem, scenario, at) for problem in invalid.problems]
    return joined(scenario, parts, problems)


def _include_strategies(strategy: Strategy, problems: list[Problem], within: tuple[str, ...]) -> Strategy:
    """The strategy with the measures of those it includes."""
    parts: list[tuple[Path, Strategy]] = []
    for i, name in enumerate(strategy.includes):
        at: Path = ("includes", i)
        try:
            path = _beside(strategy, name, files.find_strategy)
            part, wrong = read_strategy_text(text_of(path), str(path), _chain(strategy, path, at, within))
            problems += [problem for problem in wrong if problem.severity == "error"]
            if part is not None:
                parts.append((at, part))
        except Invalid as invalid:
            problems += [_told(problem, strategy, at) for problem in invalid.problems]
    return joined(strategy, parts, problems)


def _beside(owner: InputFile, name: str, find: Callable[[str | os.PathLike[str]], FilePath]) -> FilePath:
    """File of a name: one beside the file that names it, where there is such a file, or one in the box."""
    near = FilePath(owner.file).parent / name
    return near if near.suffix in (".yaml", ".yml") and near.is_file() else find(name)


def _chain(owner: InputFile, path: FilePath, at: Path, within: tuple[str, ...]) -> tuple[str, ...]:
    """Files in hand with this one; refused where the next one is among them."""
    chain = (*within, os.path.realpath(owner.file))
    if os.path.realpath(path) in chain:
        circle = [FilePath(file).stem for file in chain[chain.index(os.path.realpath(path)) :]]
        said = " includes ".join([*circle, circle[0]])
        raise Invalid([problem_at(owner.place(at), "SC035", f"a circle of includes: {said}")])
    return chain


def _told(problem: Problem, owner: InputFile, at: Path) -> Problem:
    """A problem of finding a file, at the place that names the file; one inside a file stays where it is."""
    inside = FilePath(problem.file).is_file() and problem.code != "SC037"
    return problem if inside else problem_at(owner.place(at), problem.code, problem.message, problem.help)


def text_of(path: FilePath) -> str:
    """Text of a file; a file that cannot be read is told as a problem of it."""
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


def _whole(found: InputFile, data: Mapping[str, Any]) -> Draft:
    measures: dict[Path, Measure] = {(s, i): m for s in found.SECTIONS for i, m in enumerate(getattr(found, s))}
    calendar, observed = Calendar(None, None), None
    branches: tuple[str, ...] = ()
    if isinstance(found, Scenario):
        calendar, observed = Calendar(found.start, found.end, found.warm_up), found.observed
        branches = tuple(found.branches)
    included = bool(getattr(found, "includes", ()))
    world = found.world if "world" in data else None
    return Draft(calendar, measures, bool(found.sources), found.grade, world, observed, branches, included)


def _parts(data: Mapping[str, Any], bad: set[Path], model: type[InputFile]) -> Draft:
    """Everything that is sound by itself in a file that is not, so that all its errors come at once."""
    measures = dict(_sound_measures(data, bad, model))
    unsound = {*model.SECTIONS, *(path[0] for path in bad if path)}
    sound = {key: value for key, value in data.items() if key in model.model_fields and key not in unsound}
    top = model.model_validate({**_STAND_IN[model], **sound})

    def known(key: str, value: date) -> date | None:
        return value if key in sound else None

    calendar, observed = Calendar(None, None), None
    branches: tuple[str, ...] | None = ()
    if isinstance(top, Scenario):
        start = known("start", top.start) if "start" in data else top.start
        warm_up = top.warm_up if "warm_up" not in unsound else 0.0
        calendar, observed = Calendar(start, known("end", top.end), warm_up), top.observed
        branches = tuple(top.branches) if "branches" not in unsound else None
    return Draft(
        calendar,
        measures,
        bool(data.get("sources")),
        top.grade if "grade" in sound else None,
        top.world if "world" in sound else None,
        observed,
        branches,
        bool(data.get("includes")),
    )


def _sound_measures(data: Mapping[str, Any], bad: set[Path], model: type[InputFile]) -> Iterator[tuple[Path, Measure]]:
    for block in model.SECTIONS:
        rows = data.get(block)
        for i, row in enumerate(rows if isinstance(rows, list) else ()):
            if not any(path[:2] == (block, i) for path in bad):
                yield (block, i), _MEASURE.validate_python(row)
