"""What one file takes from others: their measures, moved in time if so asked, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar

from simulator.scenario.measures import Measure, Part
from simulator.scenario.model import Include, InputFile, Placed, Scenario
from simulator.scenario.problems import Problem, problem_at
from simulator.scenario.quantities import UncertainDate
from simulator.scenario.yaml import Path

File = TypeVar("File", bound=InputFile)


def later(scenario: Scenario, wanted: Include) -> Scenario:
    """The part of a scenario that another one includes: some measures left out, all days moved."""
    rows = {
        section: [
            (shifted(m, timedelta(days=round(wanted.shift))), owner, path)
            for m, owner, path in scenario.placed(section)
            if m.id not in wanted.without
        ]
        for section in scenario.SECTIONS
    }
    return scenario.with_measures(rows)


def shifted(value: Any, by: timedelta) -> Any:
    """A measure, or any part of one, with every day in it moved."""
    if not by:
        return value
    if isinstance(value, date):
        return value + by
    if isinstance(value, UncertainDate):
        return replace(value, earliest=value.earliest + by, central=value.central + by, latest=value.latest + by)
    if isinstance(value, tuple):
        return tuple(shifted(part, by) for part in value)
    if isinstance(value, Part):
        return value.model_copy(update={key: shifted(getattr(value, key), by) for key in type(value).model_fields})
    return value


def joined(owner: File, parts: Sequence[tuple[Path, File]], problems: list[Problem]) -> File:
    """A file with the measures of those it includes, after its own; two that are equal are one.

    Parameters
    ----------
    owner : the file that includes
    parts : where it names each of them, and what was found there
    problems : what does not fit is added here
    """
    if not parts:
        return owner
    rows: dict[str, list[Placed]] = {section: owner.placed(section) for section in owner.SECTIONS}
    known: dict[str, Measure] = {m.id: m for section in rows.values() for m, _, _ in section}
    more: dict[str, Any] = {"parameters": {}, "behaviour": set(owner.behaviour)}
    for at, part in parts:
        if part.world != owner.world:
            message = f"'{part.name}' is about the world '{part.world}', this file about '{owner.world}'"
            problems.append(problem_at(owner.place(at), "SC036", message))
        for section in owner.SECTIONS:
            for measure, file, path in part.placed(section):
                own = measure if measure.sources else measure.model_copy(update={"sources": part.sources})
                if measure.id not in known:
                    known[measure.id] = own
                    rows[section].append((own, file, path))
                elif known[measure.id] != own:
                    message = f"the id '{measure.id}' of '{part.name}' stands for something else here"
                    problems.append(problem_at(owner.place(at), "SC036", message))
        more["parameters"] |= part.parameters
        more["behaviour"] |= set(part.behaviour)
    more = {"parameters": more["parameters"] | owner.parameters, "behaviour": tuple(sorted(more["behaviour"]))}
    return owner.with_measures(rows, **more)
