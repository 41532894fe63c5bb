"""Backtests: run an episode with what was known, and score the result against what customs recorded.

The model gets the timeline up to the day of the forecast, and flows, stocks and prices from before. Simulated flows are
read as an index of their own mean before the event, times the observed mean: what is scored is the path, not the level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as Folder
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.chance import Chance
from simulator.engine.members import Members
from simulator.results import naive, scores
from simulator.studies import episode as episodes
from simulator.studies import timeline
from simulator.studies.episode import Case, Numbers, Record
from simulator.studies.measured import Measured, measure_day, measures
from simulator.studies.paths import BAND, Path, case_path
from simulator.studies.run import Result, prepared, run_members
from simulator.studies.timeline import Mode

Array = NDArray[np.float64]
MODES: tuple[Mode, ...] = ("rule", "licence")
USES = ("calibration", "development_test")


@dataclass(frozen=True)
class Scored:
    """One case in one mode, over the months of one use; arrays over scored months, flows in the unit of the rows."""

    case: Case
    mode: Mode
    use: str
    months: NDArray[np.datetime64]
    observed: Array
    weights: Array  # say of each month [1]
    median: Array
    low: Array  # of the 80 % band
    high: Array
    naive: Mapping[str, Array]  # by rule
    crps: float  # mean over months, over the baseline [1]
    coverage: float  # share of months inside the 80 % band [1]

    @property
    def nrmse(self) -> float:
        """Error of the median path over the baseline [1]."""
        return scores.nrmse(self.median, self.observed, self.case.baseline, self.weights)

    @cached_property
    def naive_nrmse(self) -> Mapping[str, float]:
        """The same for each naive rule."""
        return {
            name: scores.nrmse(path, self.observed, self.case.baseline, self.weights)
            for name, path in self.naive.items()
        }

    @property
    def best_naive(self) -> tuple[str, float]:
        """Name and error of the best of the rules N0 to N3."""
        rules = {name: error for name, error in self.naive_nrmse.items() if name in ("N0", "N1", "N2", "N3")}
        name = min(rules, key=lambda n: rules[n])
        return name, rules[name]


@dataclass(frozen=True)
class Backtest:
    """All cases of an episode, in every mode that was run."""

    record: Record
    results: Mapping[Mode, Result]
    paths: tuple[Path, ...]
    scored: tuple[Scored, ...]
    measured: tuple[Measured, ...]

    def path(self, case: str, mode: Mode) -> Path:
        """One case in one mode."""
        return next(p for p in self.paths if (p.case.id, p.mode) == (case, mode))


def shared_numbers(fitted: bool = True) -> Numbers:
    """Numbers that all episodes share: the priors, with what was fitted in their place where there is a fit."""
    numbers = episodes.read_numbers(episodes.home() / episodes.PRIORS)
    file = episodes.home() / episodes.FITTED
    return {**numbers, **episodes.read_numbers(file)} if fitted and file.is_file() else numbers


def fitted_draws() -> Mapping[str, Array]:
    """Joint draws of the shipped fit, (draw,) by number; nothing where there is none."""
    file = episodes.home() / episodes.DRAWS
    if not file.is_file():
        return {}
    names = file.read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    table = np.loadtxt(file, delimiter=",", skiprows=1, ndmin=2)
    return dict(zip(names, table.T, strict=True))


def backtest(
    name_or_record: str | Record,
    *,
    modes: Sequence[Mode] = MODES,
    replications: int = 200,
    step: float = 1.0,
    seed: int = 1,
    numbers: Numbers | None = None,
    joint: Mapping[str, Array] | None = None,
    workers: int | None = None,
    keep: Folder | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Backtest:
    """Run and score one episode.

    Parameters
    ----------
    name_or_record : a shipped episode, a folder, or an episode already read
    modes : "rule", "licence" or both
    replications, step, seed, workers, keep, progress : of the run; step in days; progress counts all modes as one
    numbers : in place of the shipped ones that all episodes share, which are the fitted ones
    joint : (draw,) by number: draws from a fit, which keep what goes with what; replication r takes draw r

    Raises
    ------
    Invalid : the episode, its world or the scenario that follows from it is wrong; nothing was run
    """
    record = name_or_record if isinstance(name_or_record, Record) else episodes.load(name_or_record)
    shared = shared_numbers() if numbers is None else numbers
    drawn = fitted_draws() if numbers is None and joint is None else joint or {}
    results, paths, scored, measured = {}, [], [], []
    for i, mode in enumerate(modes):
        scenario = timeline.scenario(record, mode, shared, replications=replications, step=step, seed=seed)
        ready, world = prepared(scenario)
        values = draws(record, mode, shared, np.arange(replications), seed, drawn)
        members = Members(np.zeros(replications, dtype=np.int64), np.arange(replications), values)
        result = run_members(
            ready, world, members, workers=workers, keep=keep, progress=_later(progress, i, len(modes))
        )
        results[mode] = result
        mine = [case_path(record, case, mode, result) for case in record.episode.cases]
        paths += mine
        scored += [one for path in mine for use in USES if (one := score(record, path, use, mine)) is not None]
        measured += measures(record, mode, result, mine)
    return Backtest(record, results, tuple(paths), tuple(scored), tuple(measured))


def _later(progress: Callable[[int, int], None] | None, mode: int, modes: int) -> Callable[[int, int], None] | None:
    """Progress of one mode, told as progress of all."""
    return None if progress is None else (lambda done, whole: progress(mode * whole + done, modes * whole))


def draws(
    record: Record, mode: Mode, numbers: Numbers, replication: NDArray[np.int64], seed: int, joint: Mapping[str, Array]
) -> dict[str, Array]:
    """Values of the shared numbers for each replication, under every name the engine asks for.

    One office, one practice: all licences of an episode have the same draw, and so have all episodes.
    """
    chance, merged = Chance(seed, replication), record.all_numbers(numbers)
    mine = f"@{record.folder.name}"
    joint = {
        **{n: d for n, d in joint.items() if "@" not in n},
        **{n.removesuffix(mine): d for n, d in joint.items() if n.endswith(mine)},
    }
    values: dict[str, Array] = {}
    for entry, measure in timeline.measures(record, mode, merged):
        for name, figure in merged.items():
            kind, _, key = name.partition(".")
            told = entry.kind == kind and key.split(".")[0] in measure and not _stated(entry, key)
            if told and not figure.value.certain:
                drawn = _draw(name, figure.value, chance, replication, joint)
                values[f"{measure['id']}.{key}"] = timeline.prepared(entry, key, drawn)
    for name, figure in merged.items():
        if name.startswith("parameter.") and not figure.value.certain:
            values[name.removeprefix("parameter.")] = _draw(name, figure.value, chance, replication, joint)
    return values


def _stated(entry: episodes.Entry, key: str) -> bool:
    """Whether the line of the timeline says this number itself."""
    return any(timeline.PARAMETERS[name][0] == key for name in entry.parameters if name in timeline.PARAMETERS)


def _draw(name: str, value: Any, chance: Chance, replication: NDArray[np.int64], joint: Mapping[str, Array]) -> Array:
    if name in joint:
        drawn = joint[name]
        return np.asarray(drawn[replication % drawn.size], dtype=np.float64)
    return np.asarray(value.at(chance.uniform(name, "shared")), dtype=np.float64)


# ---------------------------------------------------------------------------------------------------- scores


def score(record: Record, path: Path, use: str, others: Sequence[Path]) -> Scored | None:
    """Score a path over the months of one use that were observed and carry weight; None where there are none."""
    case, first = path.case, np.datetime64(path.case.first, "M")
    seen = [
        s for s in record.seen(case)
        if s.use == use and s.weight > 0.0 and first <= s.month <= path.months[-1]
    ]  # fmt: skip
    if not seen:
        return None
    months = np.array([s.month for s in seen])
    observed, weights = np.array([s.value for s in seen]), np.array([s.weight for s in seen])
    at = path.at(months)
    low, median, high = path.band[:, at]
    counted, shares = path.counted[at], None if path.weights is None else path.weights[at]
    missed = scores.crps(counted, observed, shares)
    return Scored(
        case, path.mode, use, months, observed, weights, median, low, high,
        _naive(record, path, months, others),
        float(np.average(missed, weights=weights) / case.baseline),
        scores.coverage(counted, observed, BAND[1] - BAND[0], shares),
    )  # fmt: skip


def _naive(record: Record, path: Path, months: NDArray[np.datetime64], others: Sequence[Path]) -> dict[str, Array]:
    case, start = path.case, measure_day(record)
    rules = naive.forecasts(months, start, case.baseline)
    reports = {s.day: s.value / 100.0 for s in record.observed if s.series == "licence_approval_rate"}
    if reports:
        rules["N4"] = naive.by_approval(months, start, case.baseline, reports)
    world = next((p.case for p in others if p.case.destination == "all" and p.case.series == case.series), None)
    if world is not None and world.id != case.id:
        total = {s.month: s.value for s in record.seen(world)}
        if all(m in total for m in months):
            rules["N5"] = naive.by_world(np.array([total[m] for m in months]), world.baseline, case.baseline)
    return rules
