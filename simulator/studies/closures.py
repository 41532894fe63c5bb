"""Closures: one scenario as several arms, which differ in how long the measure that closes the trade lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from simulator.engine.simulation import event_day
from simulator.scenario.measures import Measure
from simulator.scenario.model import Scenario
from simulator.scenario.problems import Invalid, did_you_mean, problem_at
from simulator.scenario.quantities import UncertainDate
from simulator.scenario.uncertain import Uncertain
from simulator.studies.run import prepared
from simulator.world.loading import load as load_world
from simulator.world.model import World

CLOSING = ("export_ban", "military_end_use_ban", "export_licence")  # what may close a trade, the tightest first
AFTER = 90  # days after its end in which a shortage still counts: goods take their time to come again [d]
YEARS_ON = 3  # a closure made from a world begins so many years after the year that the world describes


@dataclass(frozen=True)
class Closures:
    """Arms of one scenario, one for each length of its closing measure."""

    months: tuple[int, ...]
    arms: tuple[Scenario, ...]
    world: World
    measure: Measure  # what is lengthened, as the scenario has it
    invented: bool  # made from the world, and not taken from a scenario

    @property
    def windows(self) -> tuple[float, ...]:
        """For each arm, days from the scenario's first event in which a shortage counts [d]."""
        first = event_day(self.arms[0])
        return tuple(float((_latest(self.measure) - first).days + days(m) + AFTER) for m in self.months)

    @property
    def hit(self) -> tuple[str, ...]:
        """Countries that the measure is aimed at, without the one that takes it."""
        return tuple(sorted(_aimed_at(self.measure, self.world) - {self.world.inside}))


def days(months: int) -> int:
    """Length of so many months [d]."""
    return round(months * 365.0 / 12.0)


def of_scenario(
    scenario: str | Path | Scenario, months: Sequence[int], measure: str | None = None, **overrides: Any
) -> Closures:
    """Arms of a scenario; nothing but the length of one measure, and the end of the run, is changed.

    Parameters
    ----------
    scenario : a scenario, the name of a built-in one (``name:branch`` where it has branches), or a file
    months : lengths, in rising order
    measure : id of the measure to lengthen; if not given, a ban comes before a licence, and an earlier one before a later
    overrides : other values of keys of the scenario

    Raises
    ------
    Invalid : the scenario is wrong, or has no such measure
    """
    return lengthened(*prepared(scenario, **overrides), months, measure)


def of_world(name: str, months: Sequence[int], countries: Sequence[str] = (), **overrides: Any) -> Closures:
    """Arms in which the controlling country of a world sells nothing of the headline goods and of what goes into them.

    Parameters
    ----------
    name : of a world, or its folder
    months : lengths, in rising order
    countries : countries that get nothing; all others when none is named
    overrides : other values of keys of a scenario

    Raises
    ------
    Invalid : the world has no such country
    """
    world = load_world(name)
    goods, home = world.goods.get("en", ("", "goods"))[1], world.countries.get(world.inside, {}).get("en", world.inside)
    named = [world.countries.get(c, {}).get("en", c) for c in countries]
    begins = date(world.base_year + YEARS_ON, 1, 1)
    scenario = Scenario.model_validate(
        {
            "name": "-".join(["closure", *(c.lower() for c in countries)]),
            "title": f"{home} sells no {goods}, and nothing that goes into them, to {', '.join(named) or 'anybody'}",
            "kind": "hypothetical",
            "world": name,
            "start": date(world.base_year, 1, 1).isoformat(),
            "end": begins.isoformat(),
            "grade": "D",
            "events": [
                {
                    "kind": "export_ban",
                    "id": "closure",
                    "effective": begins.isoformat(),
                    "exporter": world.inside,
                    "destinations": list(countries) or "all",
                    "commodities": upstream(world),
                }
            ],
        }
    )
    return lengthened(*prepared(scenario, **overrides), months, invented=True)


def lengthened(
    scenario: Scenario, world: World, months: Sequence[int], measure: str | None = None, invented: bool = False
) -> Closures:
    """Arms of a scenario that is checked already; parameters as for `of_scenario`.

    Raises
    ------
    Invalid : the scenario has no such measure
    """
    chosen = _closing(scenario, world, measure)
    return Closures(tuple(months), _arms(scenario, chosen, months), world, chosen, invented)


def lasting(scenario: str | Path | Scenario, months: Sequence[int]) -> list[Scenario]:
    """The scenario once for each length of its closing measure, each named for it; nothing else is changed.

    Raises
    ------
    Invalid : the scenario is wrong, or has no measure that closes a trade
    """
    ready, world = prepared(scenario)
    found = []
    for length, arm in zip(months, _arms(ready, _closing(ready, world, None), months), strict=True):
        title = {name: f"{text} ({_MONTHS[name].format(length)})" for name, text in ready.title if text}
        named = {
            "name": f"{ready.name}-{length}-months",
            "end": ready.end,
            "title": ready.title.model_copy(update=title),
        }
        found.append(arm.model_copy(update=named))
    return found


_MONTHS = {"en": "{} months", "fr": "{} mois", "ja": "{}か月"}


def headline(world: World) -> list[str]:
    """Commodities whose shortage counts: those that the world names, or all that is demanded."""
    return sorted(world.headline or {d.commodity for d in world.demand})


def upstream(world: World) -> list[str]:
    """The headline goods and everything that goes into them, by id."""
    needs: dict[str, set[str]] = {}
    for recipe in world.recipes.values():
        for output in recipe.outputs:
            needs.setdefault(output.commodity, set()).update(i.commodity for i in recipe.inputs)
    found, todo = set(), headline(world)
    while todo:
        commodity = todo.pop()
        if commodity not in found:
            found.add(commodity)
            todo += needs.get(commodity, ())
    return sorted(found)


def _closing(scenario: Scenario, world: World, wanted: str | None) -> Measure:
    """The measure to lengthen."""
    known = [
        m for m in scenario.events if m.kind in CLOSING and m.takes_effect and _aimed_at(m, world) - {world.inside}
    ]
    chosen = [m for m in known if wanted in (None, m.id)]
    if not chosen:
        kinds = ", ".join(CLOSING)
        message = (
            f"'{scenario.name}' has no measure that closes a trade"
            if wanted is None
            else f"'{scenario.name}' has no measure '{wanted}' that closes a trade"
        )
        help = did_you_mean(wanted or "", [m.id for m in known]) or (
            f"one of {', '.join(m.id for m in known)}"
            if known
            else f"it needs an event of kind {kinds}; without a scenario a closure is made from the world"
        )
        raise Invalid(
            [problem_at(scenario.place(("events",), key=True), "SC034", message, help)], {scenario.file: scenario.text}
        )
    return min(chosen, key=lambda m: (CLOSING.index(m.kind), m.central_day, m.id))


def _arms(scenario: Scenario, measure: Measure, months: Sequence[int]) -> tuple[Scenario, ...]:
    # A run of short days that begins on the last day that counts must still be seen whole.
    end = _latest(measure) + timedelta(days=days(months[-1]) + AFTER + 14)
    out = []
    for length in months:
        lasting = {"duration": Uncertain.exactly(float(days(length))), "expires": None}
        events = [(m.model_copy(update=lasting) if m is measure else m, *at) for m, *at in scenario.placed("events")]
        out.append(scenario.with_measures({"events": events}, end=end))  # type: ignore[dict-item]
    return tuple(out)


def _latest(measure: Measure) -> date:
    """Last day on which it can take force."""
    return measure.effective.latest if isinstance(measure.effective, UncertainDate) else measure.effective


def _aimed_at(measure: Any, world: World) -> set[str]:
    def spread(names: Sequence[str]) -> set[str]:
        return {c for name in names for c in world.groups.get(name, (name,))}

    everybody, chosen = set(world.countries), measure.destinations
    reached = everybody - spread(chosen.excluded) if chosen.names is None else spread(chosen.names)
    return reached - spread([measure.exporter])
