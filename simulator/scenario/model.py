"""The scenario: a world, a calendar, what others do and what we choose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, PrivateAttr, StrictBool, WithJsonSchema

from simulator.scenario.kinds import AnyMeasure
from simulator.scenario.measures import Grade, Part, Title
from simulator.scenario.problems import Place
from simulator.scenario.quantities import Date, Days, Id, Parameter, Text, given, shown, wrong
from simulator.scenario.yaml import Path, Places

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


class Scenario(Part):
    """A scenario: which world, from when to when, and what happens in it."""

    name: Id = Field(description="name of the scenario, in lower case with hyphens")
    title: Title = Field(description="title of pages and charts, as text or {en, fr, ja}")
    question: Title | None = given(None, "the question that the scenario answers, as text or {en, fr, ja}")
    kind: Literal["replay", "counterfactual", "branch", "hypothetical"] = Field(
        description="replay: it happened; counterfactual: it nearly happened; branch: not known when the data end; "
        "hypothetical: invented"
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

    _text: str = PrivateAttr("")
    _file: str = PrivateAttr("")
    _places: Places | None = PrivateAttr(None)

    @property
    def text(self) -> str:
        """The file as it was read, verbatim; empty for a scenario made in Python."""
        return self._text

    @property
    def file(self) -> str:
        """The file it came from, as the user named it; empty for a scenario made in Python."""
        return self._file

    @property
    def measures(self) -> tuple[AnyMeasure, ...]:
        """Events, then responses."""
        return (*self.events, *self.responses)

    @property
    def warm_up_end(self) -> date:
        """First day that counts in results."""
        return self.start + timedelta(days=self.warm_up)

    def place(self, path: Path, key: bool = False) -> Place:
        """Where a value (or its key) stands in the file.

        Parameters
        ----------
        path : keys as written in the file and list indices from 0, such as ``("events", 0, "destinations", 1)``;
            parts that are not in the file are left out
        """
        if self._places is None:
            return Place(self._file or "<scenario>", 1, 1, 2)
        return self._places.at(path, key)

    def came_from(self, text: str, file: str, places: Places) -> Scenario:
        """Return the same scenario, knowing its file, with the grade of the scenario on measures that have none."""

        def graded(measures: tuple[AnyMeasure, ...]) -> tuple[AnyMeasure, ...]:
            return tuple(m if m.grade else m.model_copy(update={"grade": self.grade}) for m in measures)

        known: Mapping[str, Any] = {"events": graded(self.events), "responses": graded(self.responses)}
        scenario = self.model_copy(update=known)
        scenario._text, scenario._file, scenario._places = text, file, places
        return scenario
