"""A grid of scenarios and strategies as arms of one ensemble: every arm meets the same luck, so differences are exact pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.results import statistics
from simulator.results.dataset import to_dataset
from simulator.scenario.loading import load_strategy
from simulator.scenario.model import Scenario
from simulator.scenario.problems import Invalid, problem_at
from simulator.scenario.strategy import Strategy
from simulator.studies.run import Result, attributes, prepared, run_arms
from simulator.world.model import World

NOTHING = "do-nothing"
SHARED = ("world", "start", "warm_up", "growth")  # what arms must have in common, beyond what a call may set for all


@dataclass(frozen=True)
class Arm:
    """One scenario with one strategy, by the names that a person gave them, ready to run."""

    scenario: str
    strategy: str
    ready: Scenario

    @property
    def name(self) -> str:
        """Both names in one."""
        return f"{self.scenario} + {self.strategy}"


@dataclass(frozen=True)
class Comparison:
    """What a grid of arms leaves; arms scenario by scenario, strategies in the order given."""

    arms: tuple[Arm, ...]
    world: World
    record: BlockRecord
    members: Members

    @cached_property
    def dataset(self) -> Any:
        """The results as an xarray.Dataset with the dims `arm` and `replication` in place of the member.

        `scenario(arm)` and `strategy(arm)` are coordinates. Days of `first_shortage` count from the event of the
        arm's own scenario, `event_day(arm)`.
        """
        first = Result(self.arms[0].ready, self.world, self.record, self.members)
        names = [arm.name for arm in self.arms]
        data = to_dataset(self.record, [names[a] for a in self.members.arm], self.members.replication, {})
        sites = [self.world.facilities[f] for f in self.record.coords["facility"]]
        data = data.assign_coords(
            facility_country=("facility", [f.country for f in sites]),
            facility_stage=("facility", [f.stage for f in sites]),
        )
        shape = (len(self.members) // len(names), len(names))
        by_arm = data.drop_vars(["arm", "replication"]).coarsen(member=shape[1])
        data = by_arm.construct(member=("replication", "arm")).transpose(..., "arm", "replication")
        data = data.assign_coords(
            arm=names,
            scenario=("arm", [arm.scenario for arm in self.arms]),
            strategy=("arm", [arm.strategy for arm in self.arms]),
            event_day=("arm", [np.datetime64(attributes(_alone(arm, self))["event_day"], "ns") for arm in self.arms]),
            replication=self.members.replication[:: len(names)],
        )
        said = attributes(first)
        kept = ("seed", "replications", "step_days", "start", "end", "warm_up_end", "world", "inside", "headline")
        data.attrs = {key: said[key] for key in (*kept, "goods", "data_vintage", "share_grade_d", "version")}
        data.attrs["behaviour"] = " ".join(self.arms[0].ready.behaviour)
        return data

    def differences(self, values: Any, against: str = NOTHING) -> Any:
        """What each strategy changes, replication by replication, under the same scenario and luck.

        Parameters
        ----------
        values : DataArray with the dims arm and replication, such as `lost.sum(("market", "commodity", "month"))`
        against : strategy that the others are held against

        Returns
        -------
        DataArray like `values`: each arm minus the arm of its scenario with `against`

        Raises
        ------
        ValueError : no arm has that strategy
        """
        place = {(arm.scenario, arm.strategy): i for i, arm in enumerate(self.arms)}
        if against not in {arm.strategy for arm in self.arms}:
            raise ValueError(f"no arm has the strategy '{against}'")
        base = values.isel(arm=[place[arm.scenario, against] for arm in self.arms])
        return values - base.assign_coords(values.coords)

    def summary(self, values: Any, against: str = NOTHING) -> Any:
        """How sure each difference is.

        Parameters
        ----------
        values : DataArray with the dims arm and replication and no other; at least two replications
        against : as for `differences`

        Returns
        -------
        Dataset over arm, in the unit of `values`: `mean` difference with the ends `low` and `high` of its paired
        interval of 95 %, the 5th and 95th percentile `p05` and `p95` of differences, the share `agree` of replications
        whose difference has the sign of the mean [1] (those without a difference agree with nobody), and the `gain` of
        common luck: variance of the difference of independent runs over that of these [1]
        """
        import xarray as xr

        by_arm = values.transpose("arm", "replication")
        change = self.differences(by_arm, against).to_numpy()
        base = by_arm.to_numpy() - change
        rows = []
        for mine, others, differs in zip(by_arm.to_numpy(), base, change, strict=True):
            told = statistics.paired_ci(mine, others)
            agree = float(np.mean((np.sign(differs) == np.sign(told.mean)) & (differs != 0.0)))
            low, high = np.percentile(differs, [5.0, 95.0])
            rows.append((told.mean, told.low, told.high, low, high, agree, statistics.crn_gain(mine, others)))
        names = ("mean", "low", "high", "p05", "p95", "agree", "gain")
        columns = dict(zip(names, np.array(rows).T, strict=True))
        coords = {name: by_arm.coords[name] for name in ("arm", "scenario", "strategy")}
        return xr.Dataset({name: ("arm", column) for name, column in columns.items()}, coords)


def _alone(arm: Arm, whole: Comparison) -> Result:
    return Result(arm.ready, whole.world, whole.record, whole.members)


def compare(
    scenarios: Sequence[str | Path | Scenario],
    strategies: Sequence[str | Path | Strategy] = (NOTHING,),
    *,
    replications: int | None = None,
    seed: int | None = None,
    step: float | None = None,
    end: date | None = None,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Run every scenario with every strategy, all with the same luck.

    Parameters
    ----------
    scenarios : scenarios, names of built-in ones (``name:branch`` where they have branches), or files
    strategies : strategies, names of built-in ones, or files
    replications, seed, step, end : in place of what the scenarios say, for all of them; step in days
    workers, keep, progress : as for `run`

    Raises
    ------
    Invalid : something is wrong, or the scenarios do not share world, calendar and luck; nothing was run

    Notes
    -----
    A behaviour that any scenario or strategy needs is at work in all arms, so that arms differ in their measures (and
    in parameters that they state) alone.
    """
    ready, world = arms(scenarios, strategies, replications=replications, seed=seed, step=step, end=end)
    first = ready[0].ready
    members = Members.grid(len(ready), range(first.replications))
    told = [arm.ready for arm in ready]
    record = run_arms(told, world, members, workers=workers, keep=keep, progress=progress)
    return Comparison(ready, world, record, members)


def arms(
    scenarios: Sequence[str | Path | Scenario],
    strategies: Sequence[str | Path | Strategy] = (NOTHING,),
    **overrides: Any,
) -> tuple[tuple[Arm, ...], World]:
    """Arms of a grid, checked and with the same behaviours, and their world; parameters as for `compare`.

    Raises
    ------
    Invalid : something is wrong, an arm is named twice, or the arms do not share world, calendar and luck
    """
    found, worlds = [], []
    loaded = [one if isinstance(one, Strategy) else load_strategy(one) for one in strategies]
    for scenario in scenarios:
        for strategy in loaded:
            ready, world = prepared(scenario, strategy=strategy, **overrides)
            name = f"{ready.name}:{ready.branch}" if ready.branch else ready.name
            found.append(Arm(name, strategy.name, ready))
            worlds.append(world)
    if not found:
        raise ValueError("a comparison needs a scenario and a strategy")
    _same(found)
    behaviour = tuple(sorted({name for arm in found for name in arm.ready.behaviour}))
    ready_arms = [Arm(a.scenario, a.strategy, a.ready.model_copy(update={"behaviour": behaviour})) for a in found]
    return tuple(ready_arms), worlds[0]


def _same(found: Sequence[Arm]) -> None:
    """Refuse arms that do not share world, calendar and luck, or that bear one name."""
    first, problems = found[0], []
    for arm in found[1:]:
        for key in (*SHARED, "end", "seed", "step", "replications"):
            mine, other = getattr(arm.ready, key), getattr(first.ready, key)
            if mine != other:
                message = f"'{arm.scenario}' cannot be compared with '{first.scenario}': {key} is {mine}, not {other}"
                help = "" if key in SHARED else f"set {key} for all of them"
                problems.append(problem_at(arm.ready.place((key,)), "SC036", message, help))
    names = [arm.name for arm in found]
    for arm in found:
        if names.count(arm.name) > 1:
            problems.append(problem_at(arm.ready.place(("name",)), "SC032", f"two arms are called '{arm.name}'"))
    if problems:
        raise Invalid(dict.fromkeys(problems), {arm.ready.file: arm.ready.text for arm in found})
