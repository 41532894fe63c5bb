"""What a scenario says that no single key can show: dates in order, ids used once, numbers with a source.

Only what the file alone can tell is checked here; names of sites, countries and commodities are checked against the
world by the world.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from simulator.scenario import files
from simulator.scenario.measures import Measure
from simulator.scenario.problems import Problem, did_you_mean, problem_at
from simulator.scenario.quantities import UncertainDate
from simulator.scenario.yaml import Path, Places

Days = tuple[date, date]  # earliest and latest


@dataclass(frozen=True)
class Calendar:
    """Days of the run, as far as they could be read."""

    start: date | None
    end: date | None
    warm_up: float = 0.0


@dataclass(frozen=True)
class Draft:
    """The parts of a file that are sound by themselves, by their path."""

    calendar: Calendar
    measures: Mapping[Path, Measure]
    sourced: bool  # the scenario itself names sources
    grade: str | None
    world: str | None
    observed: str | None
    branches: tuple[str, ...] | None = ()  # None: they could not be read
    includes: bool = False  # ids of other files may be meant


def check(draft: Draft, places: Places) -> list[Problem]:
    """Problems and warnings of the parts that could be read."""
    problems = [*_calendar(draft.calendar, places), *_ids(draft.measures, places), *_names(draft, places)]
    for path, measure in draft.measures.items():
        problems += _dates(path, measure, places)
        problems += _source(path, measure, draft, places)
        problems += _against(path, measure, draft.calendar, places)
        problems += _references(path, measure, draft, places)
    return problems


def _span(day: date | UncertainDate) -> Days:
    return (day.earliest, day.latest) if isinstance(day, UncertainDate) else (day, day)


def _calendar(calendar: Calendar, places: Places) -> Iterable[Problem]:
    start, end = calendar.start, calendar.end
    if start is None or end is None:
        return
    if end <= start:
        yield problem_at(places.at(("end",)), "SC030", f"the run ends before it starts on {start}")
    elif end < start + timedelta(days=calendar.warm_up):
        yield problem_at(
            places.at(("end",)), "SC030", "the run ends before its warm-up does", "end later, or shorten warm_up"
        )


def _ids(measures: Mapping[Path, Measure], places: Places) -> Iterable[Problem]:
    first: dict[str, Path] = {}
    for path, measure in measures.items():
        if measure.id in first:
            line = places.at((*first[measure.id], "id")).line
            yield problem_at(
                places.at((*path, "id")),
                "SC032",
                f"the id '{measure.id}' is used twice",
                notes=[f"it is first used at line {line}"],
            )
        else:
            first[measure.id] = path


def _names(draft: Draft, places: Places) -> Iterable[Problem]:
    if draft.world is not None and "/" not in draft.world and "\\" not in draft.world and draft.world != ".":
        known = files.worlds()
        if draft.world not in known:
            yield problem_at(
                places.at(("world",)),
                "SC034",
                f"there is no world '{draft.world}'",
                did_you_mean(draft.world, known) or f"worlds are {', '.join(known)}; or give a folder",
            )
    if draft.observed is not None and draft.observed not in files.observed():
        yield problem_at(
            places.at(("observed",)),
            "SC034",
            f"there is no table of observed figures '{draft.observed}'",
            did_you_mean(draft.observed, files.observed()) or f"tables are {', '.join(files.observed())}",
        )


def _dates(path: Path, measure: Measure, places: Places) -> Iterable[Problem]:
    earliest, latest = _span(measure.effective)
    if measure.announced is not None and earliest < measure.announced:
        yield problem_at(
            places.at((*path, "effective")), "SC030", f"it takes force before it is announced on {measure.announced}"
        )
    if measure.expires is not None and _span(measure.expires)[0] <= latest:
        by = "by" if latest != earliest else "on"
        yield problem_at(places.at((*path, "expires")), "SC030", f"it expires before it takes force {by} {latest}")


def _source(path: Path, measure: Measure, draft: Draft, places: Places) -> Iterable[Problem]:
    if (measure.grade or draft.grade) in ("A", "B", "C") and not measure.sources and not draft.sourced:
        yield problem_at(
            places.at((*path, "id")),
            "SC033",
            f"the numbers of '{measure.id}' have no source",
            "give sources, or grade D for an assumption of your own",
        )


def _against(path: Path, measure: Measure, calendar: Calendar, places: Places) -> Iterable[Problem]:
    earliest, latest = _span(measure.effective)
    place = places.at((*path, "effective"))
    if calendar.end is not None and latest > calendar.end:
        may = "may take" if earliest <= calendar.end else "takes"
        yield problem_at(
            place, "SC040", f"'{measure.id}' {may} force after the end of the run on {calendar.end}", severity="warning"
        )
    if calendar.start is not None and earliest < calendar.start + timedelta(days=calendar.warm_up):
        ready = calendar.start + timedelta(days=calendar.warm_up)
        yield problem_at(
            place,
            "SC041",
            f"'{measure.id}' takes force before the warm-up ends on {ready}",
            "results begin after the warm-up: start earlier, or shorten warm_up",
            severity="warning",
        )


def _references(path: Path, measure: Measure, draft: Draft, places: Places) -> Iterable[Problem]:
    ids = [other.id for other in draft.measures.values() if other.id != measure.id]
    if measure.only_if is not None and measure.only_if not in (measure.id, *ids) and not draft.includes:
        yield problem_at(
            places.at((*path, "only_if")),
            "SC034",
            f"there is no other measure '{measure.only_if}'",
            did_you_mean(measure.only_if, ids),
        )
    needs = {other.id: other.only_if for other in draft.measures.values()}
    chain = [measure.id]
    while (before := needs.get(chain[-1])) is not None and before not in chain:
        chain.append(before)
    if before == measure.id:
        message = f"a circle: {' only if '.join([*chain, before])}"
        yield problem_at(places.at((*path, "only_if")), "SC035", message)
    for i, name in enumerate(measure.branches):
        if draft.branches is not None and name not in draft.branches:
            help = did_you_mean(name, draft.branches) or "name it under branches"
            yield problem_at(places.at((*path, "branches", i)), "SC037", f"there is no branch '{name}'", help)
