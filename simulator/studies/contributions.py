"""What each measure of a strategy adds: its measures put on a scenario one after the other, all with the same luck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.members import Members
from simulator.results.statistics import Interval, paired_ci
from simulator.scenario.loading import load_strategy
from simulator.scenario.measures import Measure
from simulator.scenario.model import Placed, Scenario
from simulator.scenario.strategy import Strategy
from simulator.studies.run import prepared
from simulator.studies.shortages import shortages
from simulator.world.model import World

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rung:
    """A scenario with the first measures of a strategy; `added` came last, None where nothing or no measure did."""

    added: Measure | None
    ready: Scenario


@dataclass(frozen=True)
class Contributions:
    """Tonnes short after each rung, (rung, replication) [t]: without the strategy, then with one measure more each."""

    rungs: tuple[Rung, ...]
    world: World
    short: Array

    def change(self, rung: int) -> Interval:
        """What a rung changes against the one before, with its paired interval of 95 % [t]; rungs from 1."""
        return paired_ci(self.short[rung], self.short[rung - 1])

    @property
    def total(self) -> Interval:
        """What the whole strategy changes [t]: the sum of all steps."""
        return paired_ci(self.short[-1], self.short[0])

    @property
    def scenario(self) -> Scenario:
        """The scenario with the whole strategy."""
        return self.rungs[-1].ready


def contributions(
    scenario: str | Path | Scenario,
    strategy: str | Path | Strategy,
    *,
    branch: str | None = None,
    replications: int | None = None,
    seed: int | None = None,
    step: float | None = None,
    end: date | None = None,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Contributions:
    """Add the measures of a strategy one after the other, as arms of one ensemble.

    Parameters
    ----------
    scenario, strategy, branch : as for `prepared`
    replications, seed, step, end : in place of what the scenario says; step in days; two replications or more
    workers, keep, progress : as for `run`

    Raises
    ------
    Invalid : something is wrong; nothing was run

    Notes
    -----
    What a measure adds depends on what is there already, so the order decides how the whole is shared out; see
    `in_order`. Firms behave in all rungs as the strategy needs it, so that rungs differ in measures alone.
    """
    overrides: dict[str, Any] = {"replications": replications, "seed": seed, "step": step, "end": end}
    ready, world = prepared(scenario, branch=branch, **overrides)
    whole = strategy if isinstance(strategy, Strategy) else load_strategy(strategy)
    return shared_out(rungs(ready, whole), world, workers=workers, keep=keep, progress=progress)


def shared_out(
    found: Sequence[Rung],
    world: World,
    *,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Contributions:
    """Run rungs that share everything but their measures, each with the same luck."""
    members = Members.grid(len(found), range(found[0].ready.replications))
    told = shortages([s.ready for s in found], world, members, workers=workers, keep=keep, progress=progress)
    return Contributions(tuple(found), world, told.short.reshape(-1, len(found)).T)


def rungs(scenario: Scenario, strategy: Strategy) -> list[Rung]:
    """The scenario alone, and with one measure of the strategy more each; parameters that it states come first of all.

    Raises
    ------
    Invalid : the strategy does not fit the scenario
    """
    rows = in_order(strategy)
    found = [Rung(None, _with(scenario, strategy, [], {}))]
    if strategy.parameters:
        found.append(Rung(None, _with(scenario, strategy, [], strategy.parameters)))
    for count, (measure, _, _) in enumerate(rows, 1):
        found.append(Rung(measure, _with(scenario, strategy, rows[:count], strategy.parameters)))
    return found


def _with(scenario: Scenario, strategy: Strategy, rows: Sequence[Placed], parameters: dict[str, Any]) -> Scenario:
    part = strategy.with_measures({"measures": rows}, parameters=parameters)
    return prepared(scenario, strategy=part)[0]


def in_order(strategy: Strategy) -> list[Placed]:
    """Measures in the order in which they are added: those of included strategies, then its own, each as its file lists.

    One that depends on another (`only_if`) waits until that is there.
    """
    left = sorted(strategy.placed("measures"), key=lambda row: row[1].name == strategy.name)
    waiting, out = {measure.id for measure, _, _ in left}, []
    while left:
        free = (i for i, (measure, _, _) in enumerate(left) if measure.only_if not in waiting)
        row = left.pop(next(free, 0))
        waiting.remove(row[0].id)
        out.append(row)
    return out
