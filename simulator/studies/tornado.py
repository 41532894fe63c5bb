"""Which uncertain number moves the answer most: one at a time at its low and at its high end, everything else as drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.members import Members
from simulator.engine.simulation import Simulation, event_day
from simulator.results.statistics import Interval, paired_ci
from simulator.results.survival import kaplan_meier
from simulator.scenario.model import Scenario
from simulator.scenario.strategy import Strategy
from simulator.scenario.uncertain import Uncertain
from simulator.studies.run import prepared
from simulator.studies.shortages import Shortages, shortages
from simulator.world.model import Figure, World

Array = NDArray[np.float64]
MANY = 60  # numbers from which on a few replications choose those worth all of them
FEW = 4  # replications that choose
MOST = 12  # numbers that are kept


@dataclass(frozen=True)
class Varied:
    """What is varied as one: a number, or all numbers of a kind, such as the stocks of all end users.

    `kind` is "parameter" or "measure" for single numbers, where `name` says which, and else the kind of its numbers,
    such as "cover:users". `pins` has each number by the name under which it is drawn, `grade` that of most of them.
    """

    kind: str
    name: str
    pins: Mapping[str, Uncertain]
    grade: str


@dataclass(frozen=True)
class Swing:
    """The outcomes of all replications with a number at its low and at its high end."""

    varied: Varied
    low: Shortages
    high: Shortages


@dataclass(frozen=True)
class Tornado:
    """Swings about the outcomes `base` of the scenario as it is, the widest first.

    `looked_at` counts the numbers varied at all, `chosen_by` the replications that chose those kept: 0 where all were run.
    """

    scenario: Scenario
    world: World
    base: Shortages
    swings: tuple[Swing, ...]
    looked_at: int
    chosen_by: int

    @property
    def horizon(self) -> float:
        """Days from the event to the end of the run."""
        return float((self.scenario.end - event_day(self.scenario)).days + 1)

    def short(self, end: Shortages) -> Interval:
        """What an end changes in tonnes short, with its paired interval of 95 % [t]."""
        return paired_ci(end.short, self.base.short)

    def sooner(self, end: Shortages) -> Interval:
        """What an end changes in the day of the first shortage, paired [d]; none counts as the end of the run."""
        there, usual = (np.where(np.isnan(one.first), self.horizon, one.first) for one in (end, self.base))
        return paired_ci(there, usual)

    def first(self, end: Shortages) -> float:
        """Median day of the first shortage [d after the event]; NaN where most runs have none."""
        return float(kaplan_meier(end.first, self.horizon).quantile(0.5))


def tornado(
    scenario: str | Path | Scenario,
    strategy: str | Path | Strategy | None = None,
    *,
    branch: str | None = None,
    replications: int | None = None,
    seed: int | None = None,
    step: float | None = None,
    end: date | None = None,
    most: int = MOST,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Tornado:
    """Set each uncertain number of a run to both of its ends, with common luck.

    Parameters
    ----------
    scenario, strategy, branch : as for `prepared`
    replications, seed, step, end : in place of what the scenario says; step in days; two replications or more
    most : numbers that are kept, those that move the tonnes most
    workers, keep, progress : as for `run`; where numbers are chosen first, progress begins anew for those chosen

    Raises
    ------
    Invalid : something is wrong; nothing was run
    """
    overrides: dict[str, Any] = {"replications": replications, "seed": seed, "step": step, "end": end}
    ready, world = prepared(scenario, branch=branch, strategy=strategy, **overrides)
    return swung(ready, world, varied(ready, world), most=most, workers=workers, keep=keep, progress=progress)


def swung(
    scenario: Scenario, world: World, numbers: Sequence[Varied], *, most: int = MOST, many: int = MANY, **how: Any
) -> Tornado:
    """Vary some numbers of a scenario; with more than `many`, a few replications choose those worth all of them.

    Parameters
    ----------
    numbers : what is varied, each alone
    most : numbers that are kept
    how : workers, keep and progress, as for `run_arms`
    """
    looked_at, chosen_by = len(numbers), 0
    if looked_at > many:
        chosen_by = min(FEW, scenario.replications)
        numbers = [one.varied for one in _both_ends(scenario, world, numbers, chosen_by, how)[1][:most]]
    base, swings = _both_ends(scenario, world, numbers, scenario.replications, how)
    return Tornado(scenario, world, base, tuple(swings[:most]), looked_at, chosen_by)


def _both_ends(
    scenario: Scenario, world: World, numbers: Sequence[Varied], replications: int, how: Mapping[str, Any]
) -> tuple[Shortages, list[Swing]]:
    """Shortages as drawn, and of every number at both ends, the widest first."""
    found = shortages([scenario], world, table(numbers, replications), **how)
    short, first = (values.reshape(replications, -1).T for values in (found.short, found.first))
    base, *ends = (Shortages(a, b) for a, b in zip(short, first, strict=True))
    swings = [Swing(one, *ends[2 * i : 2 * i + 2]) for i, one in enumerate(numbers)]
    usual = float(base.short.mean())

    def width(swing: Swing) -> float:
        means = (usual, float(swing.low.short.mean()), float(swing.high.short.mean()))
        return max(means) - min(means)

    return base, sorted(swings, key=lambda s: (-width(s), s.varied.kind, s.varied.name))


def table(numbers: Sequence[Varied], replications: int) -> Members:
    """Members of all replications: as drawn, then each number at its low and at its high end, NaN for what is drawn."""
    size = 2 * len(numbers) + 1
    values: dict[str, Array] = {}
    for place, one in enumerate(numbers):
        for pin, number in one.pins.items():
            ends = np.full(size, np.nan)
            ends[2 * place + 1], ends[2 * place + 2] = number.low, number.high
            values[pin] = np.tile(ends, replications)
    replication = np.repeat(np.arange(replications), size)
    return Members(np.zeros_like(replication), replication, values)


def varied(scenario: Scenario, world: World) -> list[Varied]:
    """Every uncertain number that a run of the scenario draws: alone, or with all others of its kind.

    Parameters of the world and numbers of measures stand alone. Stocks, openings, growth and what sponsors reckon with
    have a number for each holder, site or sector: varied one by one each would drown in noise, so each kind moves as one.
    """
    simulation = Simulation(world, (scenario,), Members.grid(1, range(2)))
    found: dict[tuple[str, str], dict[str, Uncertain]] = {}
    for pin, stated in simulation.context.pins.asked.items():
        if not stated[0].certain:
            found.setdefault(_kind(pin, scenario, world), {})[pin] = stated[0]
    grades = _grades(scenario, world)

    def grade(pin: str) -> str:
        measure = _measure(pin, scenario)
        return grades[pin] if measure is None else str(measure.grade)

    return [
        Varied(kind, name, pins, _usual([grade(pin) for pin in pins])) for (kind, name), pins in sorted(found.items())
    ]


def _kind(pin: str, scenario: Scenario, world: World) -> tuple[str, str]:
    """Kind and name of what a number is varied with."""
    if pin in world.parameters:
        return "parameter", pin
    if _measure(pin, scenario) is not None:
        return "measure", pin
    kind, _, rest = pin.partition(":")
    if kind == "cover":
        return ("cover:users" if "/" in rest else "cover:sites"), ""
    return (f"{kind}:{rest.rpartition(':')[2]}" if kind == "project" else kind), ""


def _measure(pin: str, scenario: Scenario) -> Any:
    """The measure that a number belongs to, if it belongs to one."""
    return next((m for m in scenario.measures if pin.startswith(f"{m.id}.")), None)


def _grades(scenario: Scenario, world: World) -> dict[str, str]:
    """Grade of each number by the name under which it is drawn."""
    numbers: dict[str, Figure] = {**world.parameters, **{f"growth:{s}": f for s, f in world.growth.items()}}
    numbers |= {f"cover:{holder}:{commodity}": figure for (holder, commodity), figure in world.cover.items()}
    numbers |= {f"reorder:{holder}:{commodity}": figure for (holder, commodity), figure in world.reorder.items()}
    numbers |= {f"life:{one.commodity}:{one.sector}": one.mean for one in world.lifetimes}
    for id, project in world.projects.items():
        numbers |= {f"project:{id}:{name}": getattr(project, name) for name in ("capex", "opex", "permit", "build")}
    for recipe in world.recipes.values():
        numbers |= {f"floor:{recipe.id}:{one.commodity}": one.floor for one in recipe.inputs if one.floor is not None}
    for one in world.substitutes:
        pair = f"{one.commodity}>{one.instead}"
        numbers |= {f"{name}:{pair}": getattr(one, name) for name in ("ceiling", "amount", "cost", "lag")}
    grades = {name: figure.grade for name, figure in numbers.items()}
    grades |= {f"opens:{site.id}": site.opens_grade for site in world.facilities.values()}
    grades |= {name: str(scenario.grade) for name in scenario.parameters}
    return grades


def _usual(grades: Sequence[str]) -> str:
    """The grade of most; of those that are as many, the weakest."""
    count = Counter(grades)
    return max(count, key=lambda grade: (count[grade], grade))
