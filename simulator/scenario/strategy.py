"""The strategy: what somebody does to be hit less, and how it is put on a scenario."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from simulator.scenario.kinds import AnyMeasure
from simulator.scenario.measures import Grade, Measure, Title
from simulator.scenario.model import Behaviour, InputFile, Placed, Scenario, joined_titles
from simulator.scenario.problems import Invalid, problem_at
from simulator.scenario.quantities import Id, Parameter, Text, given

APART = "--"  # stands between the name of a strategy and the id of its measure; no id that a user writes holds it


class Strategy(InputFile):
    """A strategy: a named bundle of measures that can be put on any scenario of its world."""

    SECTIONS: ClassVar[tuple[str, ...]] = ("measures",)

    name: Id = Field(description="name of the strategy, in lower case with hyphens")
    title: Title = Field(description="title of pages and charts, as text or {en, fr, ja}")
    idea: Title = Field(description="what it relies on, in a sentence, as text or {en, fr, ja}")
    catalogue: Text | None = given(None, "its number in a catalogue of strategies")
    world: Text = given("rare_earths", "world for which it is written: a name, or a folder of tables")
    includes: tuple[Text, ...] = given((), "other strategies whose measures belong to it: names, or files beside it")
    behaviour: tuple[Behaviour, ...] = given((), "how firms must react for it to do anything; added to the scenario's")
    sources: tuple[Text, ...] = given((), "where the numbers come from, for every measure that names no source")
    grade: Grade = Field(
        description="A official, B trade press, C weak, D our assumption; "
        "for every measure that has no grade of its own"
    )
    policy_data: Text | None = given(None, "up to when policy is known, such as: policy data to July 2026")
    note: Text | None = given(None, "what a reader should know, such as what it leaves out and why")
    measures: tuple[AnyMeasure, ...] = given((), "what is done; the same kinds as in scenarios")
    parameters: dict[Text, Parameter] = given(
        {}, "parameters of the world to replace, by name: a number, a text with a unit, or {low, central, high}"
    )


def with_strategy(scenario: Scenario, strategy: Strategy) -> Scenario:
    """The scenario with the measures of a strategy among its responses; world, calendar and seed are the scenario's.

    The id of each measure begins with the name of the strategy that holds it, so that it never meets one of the
    scenario, and a strategy draws the same numbers alone and inside another one that includes it.

    Raises
    ------
    Invalid : the strategy is about another world
    """
    if strategy.world != scenario.world:
        message = f"the strategy is about the world '{strategy.world}', the scenario about '{scenario.world}'"
        raise Invalid([problem_at(strategy.place(("world",)), "SC036", message)], {strategy.file: strategy.text})
    added: list[Placed] = [(_named(m, owner, strategy), owner, path) for m, owner, path in strategy.placed("measures")]
    with_it = scenario.with_measures(
        {"responses": [*scenario.placed("responses"), *added]},
        title=joined_titles(scenario.title, strategy.title),
        parameters={**scenario.parameters, **strategy.parameters},
        behaviour=tuple(sorted({*scenario.behaviour, *strategy.behaviour})),
    )
    with_it._strategy = strategy
    return with_it


def _named(measure: Measure, owner: InputFile, strategy: Strategy) -> Measure:
    name = owner.name
    change: dict[str, Any] = {"id": f"{name}{APART}{measure.id}"}
    if measure.only_if is not None:
        change["only_if"] = f"{name}{APART}{measure.only_if}"
    if not measure.sources:
        change["sources"] = strategy.sources
    return measure.model_copy(update=change)
