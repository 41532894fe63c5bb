"""The grid: which scenarios are compared with which strategies, as a file that can be run again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from simulator.scenario import files
from simulator.scenario.loading import load, load_strategy, text_of
from simulator.scenario.measures import Part, Title
from simulator.scenario.model import Count, Seed, Step
from simulator.scenario.problems import Invalid, Problem, problem_at
from simulator.scenario.quantities import Date, Id, Text, given, wrong
from simulator.scenario.sentences import problems_from
from simulator.scenario.yaml import Places, read


class Grid(Part):
    """A grid: every scenario is run with every strategy, all with the same luck."""

    name: Id = Field(description="name of the grid, in lower case with hyphens")
    title: Title | None = given(None, "title of the page, as text or {en, fr, ja}")
    scenarios: tuple[Text, ...] = Field(description="names, `name:branch`, or files beside the grid")
    strategies: tuple[Text, ...] = given(
        (), "names, or files beside the grid; doing nothing is compared with all of them"
    )
    lasting: tuple[Count, ...] = given(
        (), "months; every scenario is run once for each, with the measure that closes its trade as long"
    )
    end: Date | None = given(None, "last day of every run; what the scenarios say when it is missing")
    step: Step | None = given(None, "time between two reviews, for all; a day, or a week")
    replications: Count | None = given(None, "number of draws of all chance, for all")
    seed: Seed | None = given(None, "start of the random numbers, for all")
    targets: tuple[Text, ...] = given((), "what a strategy should reach, such as `short_share@JPN <= 1 %`")
    note: Text | None = given(None, "what a reader should know")

    @model_validator(mode="after")
    def _something_to_run(self) -> Self:
        if not self.scenarios:
            raise wrong("SC013", "scenarios is empty", "name at least one scenario", at=("scenarios",))
        return self


def load_grid(name_or_path: str | os.PathLike[str]) -> Grid:
    """Grid of a shipped name or of a file; scenarios and strategies that stand beside the file are found.

    Raises
    ------
    Invalid
        with every error of the file; what is wrong with a scenario or a strategy is told at the line that names it
    """
    path = files.find_grid(name_or_path)
    text = text_of(path)
    data, places = read(text, str(path))
    try:
        grid = Grid.model_validate(data)
    except ValidationError as error:
        raise Invalid(problems_from(error, data, places, Grid), {str(path): text}) from None
    problems: list[Problem] = []
    found = {
        "scenarios": tuple(
            _found(path, name, places, ("scenarios", i), problems) for i, name in enumerate(grid.scenarios)
        ),
        "strategies": tuple(
            _found(path, name, places, ("strategies", i), problems) for i, name in enumerate(grid.strategies)
        ),
    }
    if problems:
        raise Invalid(problems, {str(path): text})
    return grid.model_copy(update=found)


def _found(grid: Path, name: str, places: Places, at: tuple[str, int], problems: list[Problem]) -> str:
    """The name as it can be loaded from here; what is wrong with it is added to `problems`."""
    beside = grid.parent / name
    wanted = str(beside) if beside.suffix in (".yaml", ".yml") and beside.is_file() else name
    try:
        if at[0] == "scenarios":
            load(wanted)
        else:
            load_strategy(wanted)
    except Invalid as invalid:
        first = invalid.problems[0]
        where = "" if first.file == wanted else f" ({first.file}, line {first.line})"
        problems.append(problem_at(places.at(at), first.code, f"{first.message}{where}", first.help))
    return wanted
