"""An episode: what governments did, and what customs recorded; a folder of data, no code.

`episode.yaml` names the world and what is scored, `timeline.csv` what was done and when it was known, `observed.csv`
what was seen, and `numbers.csv`, which may be missing, what was measured for this episode alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema

from simulator.scenario import yaml
from simulator.scenario.files import built_in
from simulator.scenario.measures import Part, Title
from simulator.scenario.model import Behaviour
from simulator.scenario.problems import Invalid, Problem, did_you_mean, problem_at
from simulator.scenario.quantities import Date, Days, Factor, Id, Names, Text, given, shown, wrong
from simulator.scenario.sentences import problems_from
from simulator.world.model import Figure
from simulator.world.tables import GRADES, UNITS, Reader, Row

Month = Annotated[str, BeforeValidator(lambda value: _month(value)), WithJsonSchema({"type": "string"})]
Series = Literal["export_monthly", "import_monthly", "production_monthly"]
TIMELINE = ("announced", "effective", "end", "actor", "measure", "kind", "goods", "destinations", "parameters")
OBSERVED = (
    "period",
    "series",
    "origin",
    "destination",
    "commodity",
    "value",
    "unit",
    "source",
    "grade",
    "weight",
    "use",
)
NUMBERS = ("number", "value", "low", "high", "unit", "source", "year", "grade", "note")
PRIORS, FITTED, DRAWS = "priors.csv", "fitted.csv", "draws.csv"


def _month(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value):
        raise wrong("SC018", f"{{key}} is a month such as 2025-04; got {shown(value)}")
    return value


class Case(Part):
    """One observed flow that a backtest scores."""

    id: Id = Field(description="name of the case, in lower case with hyphens")
    title: Title = Field(description="what it is, as text or {en, fr, ja}")
    series: Series = Field(description="which rows of observed.csv: what leaves, what arrives, or what is made")
    origin: Text = Field(description="country that sends or makes, as an ISO code")
    destination: Text = given("all", "country or group that receives, or all")
    goods: Text = Field(description="name of the goods, as in observed.csv and under goods")
    first: Month = Field(alias="from", description="first month scored, YYYY-MM")
    before: tuple[Month, Month] = Field(description="first and last month of the mean flow before the event, YYYY-MM")
    baseline: Factor = Field(description="mean monthly flow in those months, in the unit of the rows")
    baseline_source: Text = Field(description="where the baseline comes from, or how it was computed")
    counts: Literal["yes", "shown"] = given("yes", "whether it counts for the pass mark, or is shown only")


class Goods(Part):
    """Goods of a country that are watched beside those of the cases."""

    origin: Text = Field(description="country that sends, as an ISO code")
    goods: Text = Field(description="name of the goods, under goods")


class Stoppage(Part):
    """The first line that stopped, as reported."""

    day: Date = Field(description="day of the first reported stop")
    what: Text = Field(description="who stopped")
    countries: Names = Field(description="countries among which the stop was reported")
    sectors: Names = Field(description="sectors of the world that stand for it")


class Episode(Part):
    """What `episode.yaml` says."""

    name: Text = Field(description="name of the folder")
    title: Title = Field(description="title of page and charts")
    world: Text = Field(description="world in which it happens: a name, or a folder of tables beside this file")
    start: Date = Field(description="first day of the run")
    origin: Date = Field(description="day of the forecast: what became known later is not used in rule mode")
    end: Date = Field(description="last day of the run")
    warm_up: Days = given("180 d", "first part of the run, kept out of results [d]")
    behaviour: tuple[Behaviour, ...] = given((), "how firms react")
    goods: dict[Text, Names] = Field(description="goods of the tables, as commodities of the world (or sites)")
    cases: tuple[Case, ...] = Field(description="flows that are scored")
    prices: tuple[Text, ...] = given((), "goods whose quotes are compared, inside and outside the controlling country")
    placebo: Goods | None = given(None, "goods that no measure names: they must not move")
    neighbour: Goods | None = given(None, "goods that are formally free, under the same customs line: they fall too")
    stoppage: Stoppage | None = given(None, "first reported stop of a line")
    note: Text | None = given(None, "what a reader should know")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: who did what, when it was known, from when to when."""

    announced: date | None
    effective: date
    end: date | None
    actor: str
    measure: str
    kind: str
    goods: tuple[str, ...]
    destinations: tuple[str, ...]  # () means all
    parameters: Mapping[str, str]
    source: str
    grade: str
    note: str
    row: Row

    @property
    def known(self) -> date:
        """Day on which anybody could know of it."""
        return self.effective if self.announced is None else min(self.announced, self.effective)


@dataclass(frozen=True, slots=True)
class Seen:
    """One observed figure; `period` is its month or day, `weight` its say in a score [1]."""

    period: str
    series: str
    origin: str
    destination: str
    goods: str
    value: float
    unit: str
    source: str
    grade: str
    weight: float
    use: str
    note: str

    @property
    def month(self) -> np.datetime64:
        """Month of the figure; the first of a year that is given alone."""
        return np.datetime64(self.period[:7], "M")

    @property
    def day(self) -> date:
        """Day of the figure; the last of a month that is given alone."""
        if len(self.period) == 10:
            return date.fromisoformat(self.period)
        return (np.datetime64(self.period, "M") + 1).astype("datetime64[D]").item() - date.resolution

    @property
    def calibration(self) -> bool:
        """Whether a parameter may be fitted to it."""
        return self.use == "calibration"


Numbers = Mapping[str, Figure]


@dataclass(frozen=True)
class Record:
    """Everything in the folder of an episode."""

    episode: Episode
    folder: Path
    timeline: tuple[Entry, ...]
    observed: tuple[Seen, ...]
    numbers: Numbers  # measured for this episode alone

    @property
    def world(self) -> str:
        """World as `simulator.world.load` takes it."""
        beside = self.folder / self.episode.world
        return str(beside) if (beside / "world.yaml").is_file() else self.episode.world

    def all_numbers(self, shared: Numbers) -> Numbers:
        """Shared numbers, with this episode's own on top; what was fitted for it alone is named number@episode."""
        mine = f"@{self.folder.name}"
        fitted = {name.removesuffix(mine): figure for name, figure in shared.items() if name.endswith(mine)}
        return {**{n: f for n, f in shared.items() if "@" not in n}, **self.numbers, **fitted}

    def seen(self, case: Case) -> list[Seen]:
        """Monthly figures of a case, in order of time."""
        flow = (case.series, case.origin, case.destination, case.goods)
        rows = [s for s in self.observed if (s.series, s.origin, s.destination, s.goods) == flow]
        return sorted(rows, key=lambda s: s.period)


def home() -> Path:
    """Folder of the shipped episodes."""
    return built_in() / "episodes"


def names() -> list[str]:
    """Names of the shipped episodes, in order."""
    return sorted(path.parent.name for path in home().glob("*/episode.yaml"))


def load(name_or_path: str | Path) -> Record:
    """Read an episode.

    Parameters
    ----------
    name_or_path : a shipped name, or a folder with `episode.yaml`, `timeline.csv` and `observed.csv`

    Raises
    ------
    Invalid : something is wrong; carries every problem found with file, line and column
    """
    folder = Path(name_or_path)
    if not folder.is_dir() and str(name_or_path) in names():
        folder = home() / str(name_or_path)
    file = folder / "episode.yaml"
    if not file.is_file():
        known = names()
        message = f"there is no episode '{name_or_path}'"
        help = did_you_mean(str(name_or_path), known) or f"episodes are {', '.join(known)}; or give a folder"
        raise Invalid([Problem(str(name_or_path), 1, 1, 2, "error", "SC034", message, help)], {str(name_or_path): ""})
    episode = _heading(file)
    reader = Reader(folder)
    timeline = [
        e for row in reader.rows("timeline.csv", (*TIMELINE, "source", "grade", "note")) if (e := _entry(reader, row))
    ]
    observed = [s for row in reader.rows("observed.csv", (*OBSERVED, "note")) if (s := _seen(reader, row))]
    numbers = figures(reader, "numbers.csv", optional=True)
    for entry in timeline:
        for name in entry.goods:
            reader.known(
                Row(entry.row.file, entry.row.line, {"goods": name}, entry.row.starts), "goods", episode.goods, "goods"
            )
    if reader.problems:
        raise Invalid(reader.problems)
    record = Record(episode, folder, tuple(timeline), tuple(observed), numbers)
    _anything_to_score(record, file)
    return record


def read_numbers(path: Path) -> Numbers:
    """Numbers of a table such as `priors.csv`, by name, in canonical units.

    Raises
    ------
    Invalid : with file, line and column
    """
    reader = Reader(path.parent)
    found = figures(reader, path.name)
    if reader.problems:
        raise Invalid(reader.problems)
    return found


def _heading(file: Path) -> Episode:
    text = file.read_text(encoding="utf-8-sig")
    data, places = yaml.read(text, str(file))
    try:
        episode = Episode.model_validate(data)
    except ValidationError as error:
        raise Invalid(problems_from(error, data, places, Episode), {str(file): text}) from None
    problems = [problem_at(places.at(path), code, message, help) for path, code, message, help in _misfits(episode)]
    if problems:
        raise Invalid(problems, {str(file): text})
    return episode


def _misfits(episode: Episode) -> Iterator[tuple[yaml.Path, str, str, str]]:
    """What does not fit together in `episode.yaml`: where, code, sentence and help."""
    named: list[tuple[yaml.Path, str]] = [(("cases", i, "goods"), case.goods) for i, case in enumerate(episode.cases)]
    named += [(("prices", i), name) for i, name in enumerate(episode.prices)]
    for key, other in (("placebo", episode.placebo), ("neighbour", episode.neighbour)):
        if other is not None:
            named.append(((key, "goods"), other.goods))
    for path, name in named:
        if name not in episode.goods:
            known = did_you_mean(name, episode.goods) or f"goods are {', '.join(episode.goods)}"
            yield path, "SC034", f"goods '{name}' are not listed under goods", known
    first, last = (day.isoformat()[:7] for day in (episode.start, episode.end))
    for i, case in enumerate(episode.cases):
        if not first <= case.before[0] <= case.before[1] <= last:
            yield ("cases", i, "before"), "SC030", f"before is two months in order, from {first} to {last}", ""
        if case.baseline == 0.0:
            yield ("cases", i, "baseline"), "SC015", "a baseline of 0 has no path to be compared with", ""


def _anything_to_score(record: Record, file: Path) -> None:
    empty = [
        case.id
        for case in record.episode.cases
        if not any(s.month >= np.datetime64(case.first, "M") for s in record.seen(case))
    ]
    if empty:
        message = f"observed.csv has no month of {', '.join(empty)} to score"
        help = "series, origin, destination and goods of a case are those of its rows"
        raise Invalid([Problem(str(file), 1, 1, 2, "error", "SC034", message, help)], {str(file): ""})
    for case in record.episode.cases:
        units = sorted({s.unit for s in record.seen(case)})
        if len(units) > 1:
            message = f"observed.csv has {' and '.join(units)} in the rows of {case.id}: one unit, that of its baseline"
            raise Invalid([Problem(str(file), 1, 1, 2, "error", "SC016", message)], {str(file): ""})


def _entry(reader: Reader, row: Row) -> Entry | None:
    days = {name: reader.day(row, name) for name in ("announced", "effective", "end") if row[name]}
    if "effective" not in days:
        reader.error(row, "effective", "WT011", "every line needs the day from which it holds")
    if not row["source"]:
        reader.error(row, "source", "WT008", "a line of the timeline needs a source")
    if row["grade"] not in tuple(GRADES):
        reader.error(row, "grade", "WT009", f"a grade is A, B, C or D, found {row['grade']!r}")
    pairs = [part.partition("=") for part in row["parameters"].split(";") if part.strip()]
    for key, sign, _ in pairs:
        if not sign:
            reader.error(row, "parameters", "WT010", f"parameters are key=value; found {key.strip()!r}")
    effective = days.get("effective")
    if effective is None:
        return None
    parameters = {key.strip(): value.strip() for key, _, value in pairs}
    places = () if row["destinations"] in ("", "all") else tuple(row["destinations"].split())
    return Entry(
        days.get("announced"), effective, days.get("end"), row["actor"], row["measure"], row["kind"],
        tuple(row["goods"].split()), places, parameters, row["source"], row["grade"], row["note"], row,
    )  # fmt: skip


def _seen(reader: Reader, row: Row) -> Seen | None:
    value, weight = reader.number(row, "value"), reader.number(row, "weight")
    try:
        np.datetime64(row["period"])
    except ValueError:
        reader.error(row, "period", "WT011", f"period is YYYY, YYYY-MM or YYYY-MM-DD, found {row['period']!r}")
        return None
    if not row["source"]:
        reader.error(row, "source", "WT008", "an observed figure needs a source")
    if row["use"] not in ("calibration", "development_test"):
        reader.error(row, "use", "WT012", f"use is calibration or development_test, found {row['use']!r}")
    if value is None or weight is None:
        return None
    return Seen(
        row["period"], row["series"], row["origin"], row["destination"], row["commodity"], value, row["unit"],
        row["source"], row["grade"], weight, row["use"], row["note"],
    )  # fmt: skip


def figures(reader: Reader, name: str, optional: bool = False) -> dict[str, Figure]:
    """Numbers of a table by name; problems are noted with the reader."""
    rows = reader.rows(name, NUMBERS, optional)
    found = {row["number"]: reader.figure(row, "value", tuple(UNITS), low=-1e9) for row in rows}
    return {number: figure for number, figure in found.items() if figure is not None}
