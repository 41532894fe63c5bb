"""The scenario: a world, a calendar, what others do and what we choose; and what every input file has in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, PlainValidator, PrivateAttr, StrictBool, WithJsonSchema, model_validator

from simulator.scenario.kinds import AnyMeasure
from simulator.scenario.measures import LANGUAGES, Grade, Measure, Part, Title
from simulator.scenario.problems import Invalid, Place, did_you_mean, problem_at
from simulator.scenario.quantities import Date, Days, Id, Parameter, Text, given, shown, wrong
from simulator.scenario.yaml import Path, Places

if TYPE_CHECKING:
    from simulator.scenario.strategy import Strategy

SCHEMA_LINE = "# yaml-language-server: $schema=scenario.schema.json"


def _whole(low: int) -> Any:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            raise wrong("SC014", f"{{key}} is a whole number of {low} or more; got {shown(value)}")
        return value

    return read


def _step(value: Any) -> float:
    if value in ("1 d", 1.0):
        return 1.0
    if value in ("7 d", "1 wk", 7.0):
        return 7.0
    raise wrong("SC012", f"{shown(value)} is not one of 1 d, 7 d", "a step is a day or a week")


Behaviour = Literal[
    "anticipation",
    "basket",
    "contracts",
    "demand_response",
    "grade_substitution",
    "investment",
    "price_leakage",
    "recycling",
    "supplier_switching",
    "supply_response",
    "thrifting",
]
Count = Annotated[int, PlainValidator(_whole(1)), WithJsonSchema({"type": "integer", "minimum": 1})]
Seed = Annotated[int, PlainValidator(_whole(0)), WithJsonSchema({"type": "integer", "minimum": 0})]
Step = Annotated[float, PlainValidator(_step), WithJsonSchema({"enum": ["1 d", "7 d"]})]


class InputFile(Part):
    """What a scenario and a strategy have in common: the text they were read from, and where each part of it stands."""

    SECTIONS: ClassVar[tuple[str, ...]] = ()  # keys that hold lists of measures

    if TYPE_CHECKING:  # every kind of file has these; each describes them in its own words and order
        name: str
        title: Title
        world: str
        behaviour: tuple[str, ...]
        parameters: dict[str, Any]
        grade: Grade
        sources: tuple[str, ...]

    _text: str = PrivateAttr("")
    _file: str = PrivateAttr("")
    _places: Places | None = PrivateAttr(None)
    _from: Mapping[Path, tuple[InputFile, Path]] = PrivateAttr(default_factory=dict)

    @property
    def text(self) -> str:
        """The file as it was read, verbatim; empty for one made in Python."""
        return self._text

    @property
    def file(self) -> str:
        """The file it came from, as the user named it; empty for one made in Python."""
        return self._file

    def place(self, path: Path, key: bool = False) -> Place:
        """Where a value (or its key) stands in the file; for a measure that was included, in the file it came from.

        Parameters
        ----------
        path : keys as written in the file and list indices from 0, such as ``("events", 0, "destinations", 1)``;
            parts that are not in the file are left out
        """
        owner, start = self._from.get(path[:2], (self, path[:2]))
        if owner is not self:
            return owner.place((*start, *path[2:]), key)
        if self._places is None:
            return Place(self._file or "<scenario>", 1, 1, 2)
        return self._places.at((*start, *path[2:]), key)

    def placed(self, section: str) -> list[Placed]:
        """Measures of a section, each with the file it came from and its path there."""
        rows = enumerate(getattr(self, section))
        return [(m, *self._from.get((section, i), (self, (section, i)))) for i, m in rows]

    def with_measures(self, sections: Mapping[str, Sequence[Placed]], **more: Any) -> Self:
        """The same file with other measures, each of which remembers where it stands, and other values of keys."""
        known = {section: tuple(m for m, _, _ in rows) for section, rows in sections.items()}
        changed = self.model_copy(update={**known, **more})
        changed._from = {
            **{path: at for path, at in self._from.items() if path[0] not in sections},
            **{(section, i): (o, path) for section, rows in sections.items() for i, (_, o, path) in enumerate(rows)},
        }
        return changed

    def came_from(self, text: str, file: str, places: Places) -> Self:
        """Return the same, knowing its file, with the grade of the file on measures that have none."""

        def graded(measures: tuple[AnyMeasure, ...]) -> tuple[AnyMeasure, ...]:
            return tuple(m if m.grade else m.model_copy(update={"grade": self.grade}) for m in measures)

        read = self.model_copy(update={section: graded(getattr(self, section)) for section in self.SECTIONS})
        read._text, read._file, read._places = text, file, places
        return read


Placed = tuple[Measure, InputFile, Path]  # a measure, the file it came from and its path there


class Include(Part):
    """Another scenario whose measures happen too. A plain text is its name, with ``:branch`` where it has branches."""

    scenario: Text = Field(description="name of a scenario, or a file beside this one")
    branch: Text | None = given(None, "branch of it, where it has branches")
    without: tuple[Text, ...] = given((), "measures of it that are left out, by id")
    shift: Days = given("0 d", "how much later everything in it happens [d]")

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        name, _, branch = value.partition(":")
        return {"scenario": name, "branch": branch} if branch else {"scenario": name}


class Scenario(InputFile):
    """A scenario: which world, from when to when, and what happens in it."""

    SECTIONS: ClassVar[tuple[str, ...]] = ("events", "responses")

    name: Id = Field(description="name of the scenario, in lower case with hyphens")
    title: Title = Field(description="title of pages and charts, as text or {en, fr, ja}")
    question: Title | None = given(None, "the question that the scenario answers, as text or {en, fr, ja}")
    kind: Literal["replay", "counterfactual", "branch", "hypothetical"] = Field(
        description="replay: it happened; counterfactual: it nearly happened; branch: not known when the data end; "
        "hypothetical: invented"
    )
    catalogue: Text | None = given(None, "its number in a catalogue of scenarios")
    includes: tuple[Include, ...] = given((), "other scenarios whose measures happen too, so that nothing is copied")
    branches: dict[Text, Title] = given(
        {},
        "what may become of it, by name, where nobody knows: whoever runs it chooses one, and none has a probability",
    )
    world: Text = given("rare_earths", "world in which it happens: a name, or a folder of tables")
    start: Date = given("2024-01-01", "first day of the run")
    end: Date = Field(description="last day of the run")
    warm_up: Days = given("365 d", "first part of the run, kept out of every result [d]")
    replications: Count = given(200, "number of draws of all chance")
    seed: Seed = given(1, "start of the random numbers; the same seed gives the same results")
    step: Step = given("1 d", "time between two reviews: a day, or a week for previews [d]")
    growth: StrictBool = given(True, "whether demand grows with the years, and capacity with it")
    behaviour: tuple[Behaviour, ...] = given((), "how firms react beyond ordering and rationing; none where not given")
    signature: Text | None = given(None, "what should be seen in the results if the model is right")
    sources: tuple[Text, ...] = given((), "where the numbers come from, for every measure that names no source")
    grade: Grade = Field(
        description="A official, B trade press, C weak, D our assumption; "
        "for every measure that has no grade of its own"
    )
    policy_data: Text | None = given(None, "up to when policy is known, such as: policy data to July 2026")
    events: tuple[AnyMeasure, ...] = given((), "what others do")
    responses: tuple[AnyMeasure, ...] = given((), "what we choose; the same kinds as events")
    parameters: dict[Text, Parameter] = given(
        {}, "parameters of the world to replace, by name: a number, a text with a unit, or {low, central, high}"
    )
    also_record: tuple[Literal["imports"], ...] = given(
        (), "further series to keep: imports, what lands in each month (exports are counted at the border)"
    )
    observed: Text | None = given(None, "table of observed figures to compare with, by name")

    _branch: str = PrivateAttr("")
    _strategy: Strategy | None = PrivateAttr(None)

    @property
    def branch(self) -> str:
        """The branch that was chosen; empty where there is none to choose, or none was chosen yet."""
        return self._branch

    @property
    def strategy(self) -> Strategy | None:
        """The strategy that was put on it."""
        return self._strategy

    @property
    def measures(self) -> tuple[AnyMeasure, ...]:
        """Events, then responses."""
        return (*self.events, *self.responses)

    @property
    def warm_up_end(self) -> date:
        """First day that counts in results."""
        return self.start + timedelta(days=self.warm_up)

    @property
    def undecided(self) -> bool:
        """Whether a branch still has to be chosen."""
        return bool(self.branches) and not self._branch

    def on_branch(self, name: str) -> Scenario:
        """The scenario on one of its branches: what belongs to others does not happen.

        Raises
        ------
        Invalid : there is no such branch
        """
        if name not in self.branches:
            help = did_you_mean(name, self.branches) or (
                f"branches are {', '.join(self.branches)}" if self.branches else "it has no branches"
            )
            raise Invalid(
                [problem_at(self.place(("branches",), key=True), "SC037", f"there is no branch '{name}'", help)],
                {self.file: self.text},
            )
        kept = {s: [row for row in self.placed(s) if name in (row[0].branches or (name,))] for s in self.SECTIONS}
        chosen = self.with_measures(kept, title=joined_titles(self.title, self.branches[name]))
        chosen._branch = name
        return chosen


def joined_titles(title: Title, other: Title) -> Title:
    """Two titles as one, in every language that either has."""
    words = {
        language: f"{title[language]}{' – ' if language != 'ja' else '／'}{other[language]}"
        for language in LANGUAGES
        if getattr(title, language) or getattr(other, language)
    }
    return Title(**words)
