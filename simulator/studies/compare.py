"""A grid of scenarios and strategies as arms of one ensemble: every arm meets the same luck, so differences are exact pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from simulator.engine.simulation import event_day
from simulator.results.key_figures import OUTSIDE, KeyFigure, key_figures
from simulator.results.outcomes import outcomes
from simulator.results.paired import NOTHING, differences, summary
from simulator.scenario.grid import Grid
from simulator.scenario.loading import load_strategy
from simulator.scenario.measures import Measure, Title
from simulator.scenario.model import Scenario
from simulator.scenario.problems import Invalid, problem_at
from simulator.scenario.quantities import Selection
from simulator.scenario.strategy import APART, Strategy
from simulator.studies.closures import lasting
from simulator.studies.run import Result, prepared, run_apart
from simulator.world.model import World

SHARED = ("world", "start", "warm_up", "growth")  # what arms must have in common, beyond what a call may set for all


@dataclass(frozen=True)
class Arm:
    """One scenario with one strategy, by the names that a person gave them, ready to run."""

    scenario: str
    strategy: str
    ready: Scenario
    title: Title  # of the scenario without the strategy

    @property
    def name(self) -> str:
        """Both names in one."""
        return f"{self.scenario} + {self.strategy}"


@dataclass(frozen=True)
class Comparison:
    """What a grid of arms leaves; arms scenario by scenario, strategies in the order given.

    `outcomes` is an xarray.Dataset with the dims `arm` and `replication` last; `scenario(arm)`, `strategy(arm)`,
    `event_day(arm)` and `event_end(arm)` are coordinates (no end where an event goes on to the end of the run). Days of
    `first_shortage` count from the event of the arm's own scenario. `imbalance` is the largest of mass in any block over
    its throughput [1]; NaN where what is kept of a block does not say it.
    """

    arms: tuple[Arm, ...]
    world: World
    outcomes: Any
    imbalance: float = np.nan

    @property
    def members(self) -> dict[str, tuple[str, ...]]:
        """For each strategy the countries that take part in it: those its measures name, and those of its sites."""
        return {arm.strategy: tuple(sorted(_countries(arm.ready, self.world))) for arm in self.arms}

    @cached_property
    def key_figures(self) -> list[KeyFigure]:
        """The key figures of every member, see `results.key_figures`."""
        return key_figures(self.outcomes, self.world, self.members)

    def key_figure(self, name: str, place: str = OUTSIDE) -> KeyFigure:
        """One of them by name and place, such as ("short", "JPN").

        Raises
        ------
        ValueError : there is none
        """
        found = [f for f in self.key_figures if (f.name, f.place) == (name, place)]
        if not found:
            known = sorted({f.name for f in self.key_figures})
            places = sorted(f.place for f in self.key_figures if f.name == name)
            said = f"of {place}: places are {', '.join(places)}" if places else f": there are {', '.join(known)}"
            raise ValueError(f"there is no key figure '{name}' {said}")
        return found[0]

    def differences(self, values: Any, against: str = NOTHING) -> Any:
        """What each strategy changes, see `results.paired.differences`; such as of `key_figure("short").values`."""
        return differences(values, against)

    def summary(self, values: Any, against: str = NOTHING) -> Any:
        """How sure each difference is, see `results.paired.summary`."""
        return summary(values, against)


def _countries(ready: Scenario, world: World) -> set[str]:
    """Countries that the strategy's own measures name, and those of the sites they name."""
    found: set[str] = set()
    for measure in (m for m in ready.responses if APART in m.id):
        for name in (n for key in ("countries", "members", "buyers") for n in _named(measure, key)):
            found |= set(world.groups.get(name, (name,)))
        sites = (*_named(measure, "facilities"), *_named(measure, "facility"))
        found |= {world.facilities[site].country for site in sites if site in world.facilities}
    return found - {world.inside}


def _named(measure: Measure, key: str) -> tuple[str, ...]:
    value = getattr(measure, key, None) or ()
    if isinstance(value, Selection):
        return value.names or ()
    return (value,) if isinstance(value, str) else tuple(value)


def keep_outcomes(result: Result) -> Any:
    """What is kept of a block of one arm unless something else is asked for: outcomes, and the block's worst imbalance."""
    kept = outcomes(result.dataset, result.world)
    return kept.assign_attrs(imbalance=max(result.record.audit.values()))


def compare(
    scenarios: Sequence[str | Path | Scenario],
    strategies: Sequence[str | Path | Strategy] = (NOTHING,),
    *,
    replications: int | None = None,
    seed: int | None = None,
    step: float | None = None,
    end: date | None = None,
    reduce: Callable[[Result], Any] = keep_outcomes,
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
    reduce : what is kept of the result of each block: a Dataset with a dim `member`; a function of a module, so that
        other processes find it
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
    return run_grid(ready, world, reduce=reduce, workers=workers, keep=keep, progress=progress)


def run_grid(
    ready: Sequence[Arm],
    world: World,
    *,
    reduce: Callable[[Result], Any] = keep_outcomes,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Run arms that `arms` made; parameters as for `compare`."""
    left = run_apart([arm.ready for arm in ready], world, reduce, workers=workers, keep=keep, progress=progress)
    worst = [part.attrs.pop("imbalance", np.nan) for parts in left for part in parts]
    return Comparison(tuple(ready), world, _together(ready, left), float(max(worst)))


def _together(ready: Sequence[Arm], left: list[list[Any]]) -> Any:
    """One Dataset of all arms; what an arm has no account for costs it nothing."""
    import xarray as xr

    whole = []
    for parts in left:
        one = xr.concat(parts, "member", data_vars="minimal", coords="minimal", join="exact", combine_attrs="override")
        whole.append(one.drop_vars(["arm", "replication"], errors="ignore").rename(member="replication"))
    accounts = list(dict.fromkeys(a for one in whole if "cost" in one for a in one["account"].values.tolist()))
    if accounts:
        whole = [_with_accounts(one, accounts, whole) for one in whole]
    data = xr.concat(whole, "arm", data_vars="all", coords="minimal", join="outer", combine_attrs="override")
    days = {
        name: np.array([np.datetime64("NaT") if day is None else np.datetime64(day) for day in found], "datetime64[ns]")
        for name, found in (
            ("event_day", [event_day(arm.ready) for arm in ready]),
            ("event_end", [event_end(arm.ready) for arm in ready]),
        )
    }
    data = data.assign_coords(
        arm=[arm.name for arm in ready],
        scenario=("arm", [arm.scenario for arm in ready]),
        strategy=("arm", [arm.strategy for arm in ready]),
        replication=np.arange(data.sizes["replication"]),
        **{name: ("arm", found) for name, found in days.items()},
    )
    for own in ("scenario", "title", "branch", "strategy", "event_day", "announced_day"):
        data.attrs.pop(own, None)
    data.attrs["behaviour"] = " ".join(ready[0].ready.behaviour)
    return data.transpose(..., "arm", "replication")


def _with_accounts(one: Any, accounts: list[str], whole: Sequence[Any]) -> Any:
    import xarray as xr

    said = {
        account: (payer, purse)
        for other in whole
        if "cost" in other
        for account, payer, purse in zip(
            *(other[n].values.tolist() for n in ("account", "payer", "purse")), strict=True
        )
    }
    zeros = np.zeros((len(accounts), one.sizes["replication"]), dtype=np.float32)
    if "cost" in one:
        at = [accounts.index(a) for a in one["account"].values.tolist()]
        zeros[at] = one["cost"].transpose("account", "replication").values
        one = one.drop_dims("account")
    cost = xr.DataArray(zeros, dims=("account", "replication"), attrs={"units": "USD"})
    payers, purses = ([said[a][k] for a in accounts] for k in (0, 1))
    return one.assign(cost=cost).assign_coords(account=accounts, payer=("account", payers), purse=("account", purses))


def event_end(scenario: Scenario) -> date | None:
    """Last day of the events that can bind after the warm-up; None where one goes on to the end of the run."""
    binding = [m for m in scenario.events if m.takes_effect and m.central_day >= scenario.warm_up_end]
    ends = [m.central_end or date.max for m in binding]
    return max(ends) if ends and max(ends) <= scenario.end else None


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
        plain, world = prepared(scenario, **overrides)
        name = f"{plain.name}:{plain.branch}" if plain.branch else plain.name
        worlds.append(world)
        for strategy in loaded:
            ready, _ = prepared(plain, strategy=strategy)
            found.append(Arm(name, strategy.name, ready, plain.title))
    if not found:
        raise ValueError("a comparison needs a scenario and a strategy")
    _same(found, worlds[0])
    behaviour = tuple(sorted({name for arm in found for name in arm.ready.behaviour}))
    ready_arms = [replace(a, ready=a.ready.model_copy(update={"behaviour": behaviour})) for a in found]
    return tuple(ready_arms), worlds[0]


def grid_arms(grid: Grid, **overrides: Any) -> tuple[tuple[Arm, ...], World]:
    """Arms of a grid as a file says it, doing nothing first; overrides that are None leave what it says."""
    setting = {name: getattr(grid, name) for name in ("replications", "seed", "step", "end")}
    setting |= {name: value for name, value in overrides.items() if value is not None}
    scenarios: Sequence[str | Scenario] = grid.scenarios
    if grid.lasting:
        scenarios = [one for name in grid.scenarios for one in lasting(name, grid.lasting)]
    return arms(scenarios, tuple(dict.fromkeys((NOTHING, *grid.strategies))), **setting)


def _same(found: Sequence[Arm], world: World) -> None:
    """Refuse arms that do not share world, calendar and luck, or that bear one name, or whose costs cannot be discounted."""
    first, problems = found[0], []
    if "discount_rate" not in world.parameters:
        message = f"the world '{world.name}' has no parameter discount_rate, by which costs are compared"
        help = "add a row to its parameters.csv, such as discount_rate,0.035,…"
        problems.append(problem_at(first.ready.place(("world",)), "SC034", message, help))
    for arm in found:
        for key in (*SHARED, "end", "seed", "step", "replications"):
            mine, other = getattr(arm.ready, key), getattr(first.ready, key)
            if mine != other:
                message = f"'{arm.scenario}' cannot be compared with '{first.scenario}': {key} is {mine}, not {other}"
                help = "" if key in SHARED else f"set {key} for all of them"
                problems.append(problem_at(arm.ready.place((key,)), "SC038", message, help))
        if event_day(arm.ready) > arm.ready.end:
            message = f"nothing happens in '{arm.scenario}' before the end of the run, {arm.ready.end}"
            help = f"its first event is on {event_day(arm.ready)}; choose a later end"
            problems.append(problem_at(arm.ready.place(("end",)), "SC038", message, help))
    names = [arm.name for arm in found]
    for arm in found:
        if names.count(arm.name) > 1:
            problems.append(problem_at(arm.ready.place(("name",)), "SC032", f"two arms are called '{arm.name}'"))
    if problems:
        raise Invalid(dict.fromkeys(problems), {arm.ready.file: arm.ready.text for arm in found})
