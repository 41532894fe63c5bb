"""Calibration in one pass: thousands of samples as members of one ensemble, then weights.

Samples of the free numbers come from a Latin hypercube over their priors. Every episode is run once, in rule mode, with
the same samples. Members whose summaries lie too far from the observed ones are ruled out (history matching); of the
rest the nearest are kept and weighted by their distance (approximate Bayesian computation). Only rows marked
`calibration` are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator import __version__
from simulator.engine.members import Members
from simulator.results import scores
from simulator.scenario.problems import Invalid, Problem
from simulator.studies import episode as episodes
from simulator.studies import timeline
from simulator.studies.backtest import draws
from simulator.studies.episode import Numbers, Record
from simulator.studies.paths import Path, case_path, variation
from simulator.studies.run import prepared, run_members
from simulator.world.tables import Reader

Array = NDArray[np.float64]
MOST_FREE = 5
CHUNK = 512  # members read at a time: memory stays the same whatever the number of samples
DISCREPANCY = 0.1  # what any model of this kind may be off, over the baseline [1]
RULED_OUT = 3.0  # implausibility beyond which a sample is dropped
KEPT = 0.1  # share of all samples that keeps a weight
IDENTIFIED, WEAK = 0.6, 0.9  # posterior over prior spread


@dataclass(frozen=True)
class Free:
    """A number that may be fitted: shared by all episodes, or of one alone."""

    name: str
    low: float
    high: float
    unit: str
    note: str
    episode: str = ""  # "" where all share it

    @property
    def label(self) -> str:
        """Name, with @ and the episode where it belongs to one."""
        return f"{self.name}@{self.episode}" if self.episode else self.name


@dataclass(frozen=True)
class Fit:
    """What a calibration found; arrays over samples unless said otherwise."""

    free: tuple[Free, ...]
    samples: Array  # (sample, free)
    distance: Array  # mean error over all cases, over the baseline [1]
    implausibility: Array  # the second largest over all summaries
    weights: Array  # sum to one
    by_case: Mapping[str, Array]  # error of each sample in each case [1]
    episodes: tuple[str, ...]
    seed: int
    step: float

    @property
    def ruled_out(self) -> float:
        """Share of samples ruled out by history matching [1]."""
        return float((self.implausibility > RULED_OUT).mean())

    @property
    def effective(self) -> float:
        """Samples that the weights are worth: 1 / sum(w^2)."""
        return float(1.0 / (self.weights**2).sum())

    def band(self, i: int, levels: Sequence[float] = (0.05, 0.5, 0.95)) -> Array:
        """Quantiles of a free number after the fit."""
        return scores.quantile(self.samples[None, :, i], levels, self.weights[None, :])[:, 0]

    def spread(self, i: int) -> float:
        """Standard deviation after over before the fit [1]: how far the data say what the number is."""
        x = self.samples[:, i]
        mean = np.average(x, weights=self.weights)
        return float(np.sqrt(np.average((x - mean) ** 2, weights=self.weights)) / x.std())

    def verdict(self, i: int) -> str:
        """Whether the data identify a number."""
        spread = self.spread(i)
        return "identified" if spread < IDENTIFIED else "weakly identified" if spread < WEAK else "not identified"

    def correlation(self) -> Array:
        """Correlation of the free numbers after the fit, (free, free) [1]."""
        centred = self.samples - np.average(self.samples, axis=0, weights=self.weights)
        covariance = (centred * self.weights[:, None]).T @ centred
        spread = np.sqrt(np.diag(covariance))
        return covariance / np.outer(spread, spread)

    def drawn(self, count: int) -> Array:
        """Samples after the fit, all of one weight, (count, free): systematic resampling, the same for one seed."""
        chance = np.random.Generator(np.random.Philox(self.seed))
        at = (chance.random() + np.arange(count)) / count
        chosen = np.searchsorted(np.cumsum(self.weights), at, side="right").clip(max=self.weights.size - 1)
        return self.samples[chance.permutation(chosen)]


def calibration_episodes() -> list[str]:
    """Shipped episodes that have a row to calibrate on, in order."""
    return [name for name in episodes.names() if _may_be_fitted(episodes.load(name))]


def _may_be_fitted(record: Record) -> bool:
    return any(
        seen.calibration and seen.month >= np.datetime64(case.first, "M")
        for case in record.episode.cases
        if case.counts == "yes"
        for seen in record.seen(case)
    )


def free_numbers(records: Sequence[Record]) -> tuple[Free, ...]:
    """Numbers marked free in the priors that all share, then in those of each episode.

    Raises
    ------
    Invalid : none is free, or more than five are
    """
    priors = episodes.home() / episodes.PRIORS
    found = list(_marked(priors.parent, priors.name, ""))
    for record in records:
        if (record.folder / "numbers.csv").is_file():
            found += _marked(record.folder, "numbers.csv", record.folder.name)
    if not 1 <= len(found) <= MOST_FREE:
        names = ", ".join(f.label for f in found) or "none"
        message = f"between one and {MOST_FREE} numbers can be fitted; free are {names}"
        raise Invalid([Problem(str(priors), 1, 1, 2, "error", "SC015", message, "write no in the column 'free'")])
    return tuple(found)


def _marked(folder: Any, name: str, episode: str) -> Iterator[Free]:
    reader = Reader(folder)
    figures = episodes.figures(reader, name)
    for row in reader.rows(name, episodes.NUMBERS):
        if row["free"] == "yes" and row["number"] in figures:
            value = figures[row["number"]].value
            yield Free(row["number"], value.low, value.high, row["unit"], row["note"], episode)


def calibrate(
    names: Sequence[str | Record],
    *,
    samples: int = 2000,
    seed: int = 1,
    step: float = 7.0,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Fit:
    """Fit the free numbers to the calibration rows of some episodes.

    Parameters
    ----------
    names : shipped episodes, folders or episodes already read
    samples : members of the ensemble
    seed, step, workers, progress : of the run; step in days

    Raises
    ------
    Invalid : an episode is wrong, has no row to calibrate on, or too many numbers are free; nothing was run
    """
    from scipy.stats import qmc

    records = [name if isinstance(name, Record) else episodes.load(name) for name in names]
    free = free_numbers(records)
    priors = episodes.read_numbers(episodes.home() / episodes.PRIORS)
    unit = qmc.LatinHypercube(len(free), rng=np.random.Generator(np.random.Philox(seed))).random(samples)
    table = np.array([f.low for f in free]) + unit * np.array([f.high - f.low for f in free])
    cases: dict[str, Array] = {}
    implausible: list[Array] = []
    parts = [slice(a, min(a + CHUNK, samples)) for a in range(0, samples, CHUNK)]
    for number, record in enumerate(records):
        found = []
        for part in parts:
            if progress is not None:
                progress(number * samples + part.start, samples * len(records))
            mine = {f.label: table[part, i] for i, f in enumerate(free)}
            found.append(_distances(record, priors, mine, np.arange(part.start, part.stop), seed, step, workers))
        for name in found[0][0]:
            cases[f"{record.folder.name}/{name}"] = np.concatenate([d[name] for d, _ in found])
        implausible += list(np.concatenate([i for _, i in found], axis=1))
    if progress is not None:
        progress(samples * len(records), samples * len(records))
    distance = np.mean(list(cases.values()), axis=0)
    # The second largest, so that one summary alone, which the model may be wrong about, rules nothing out.
    ranked = np.sort(np.array(implausible), axis=0)
    second = ranked[-2] if len(ranked) > 1 else ranked[-1]
    return Fit(
        free, table, distance, second, _weights(distance, second), cases,
        tuple(r.folder.name for r in records), seed, step,
    )  # fmt: skip


def _distances(
    record: Record,
    numbers: Numbers,
    set_to: Mapping[str, Array],
    replication: NDArray[np.int64],
    seed: int,
    step: float,
    workers: int | None,
) -> tuple[dict[str, Array], Array]:
    """Error of each member in each case [1], and the implausibility of each summary, (summary, member)."""
    scenario = timeline.scenario(record, "rule", numbers, replications=replication.size, step=step, seed=seed)
    ready, world = prepared(scenario)
    # Joint draws are read by replication: here each replication is a sample.
    joint = {name: np.concatenate([np.zeros(replication[0]), values]) for name, values in set_to.items()}
    values = draws(record, "rule", numbers, replication, seed, joint)
    result = run_members(ready, world, Members(np.zeros_like(replication), replication, values), workers=workers)
    paths = [case_path(record, case, "rule", result) for case in record.episode.cases if case.counts == "yes"]
    errors = {path.case.id: error for path in paths if (error := _error(record, path)) is not None}
    if not errors:
        message = f"the episode {record.folder.name} has no row marked calibration"
        raise Invalid([Problem(str(record.folder / "observed.csv"), 1, 1, 2, "error", "SC034", message)])
    return errors, np.stack([i for path in paths for i in _summaries(record, path)])


def _scored(record: Record, path: Path) -> tuple[Array, Array, Array] | None:
    """Observed flows and weights of the calibration months, and the members' flows, over the baseline."""
    first = np.datetime64(path.case.first, "M")
    seen = [
        s for s in record.seen(path.case) if s.calibration and s.weight > 0.0 and first <= s.month <= path.months[-1]
    ]
    if not seen:
        return None
    at = path.at(np.array([s.month for s in seen]))
    observed, weights = np.array([s.value for s in seen]), np.array([s.weight for s in seen])
    return observed / path.case.baseline, weights, path.ensemble[at] / path.case.baseline


def _error(record: Record, path: Path) -> Array | None:
    scored = _scored(record, path)
    if scored is None:
        return None
    observed, weights, members = scored
    return np.asarray(np.sqrt(np.average((members - observed[:, None]) ** 2, axis=0, weights=weights)))


def _summaries(record: Record, path: Path) -> Iterator[Array]:
    """Implausibility |z - f| / sd of each summary of a case, written down before any fit: depth, trade lost, highest month."""
    scored = _scored(record, path)
    if scored is None:
        return
    observed, _, members = scored
    luck = variation(record, path.case)  # of one month's count, over the flow
    for simulated, seen in ((members.min(axis=0), observed.min()), (members.max(axis=0), observed.max())):
        yield np.abs(simulated - seen) / np.hypot(DISCREPANCY, luck * seen)
    mean = observed.mean()
    yield np.abs(members.mean(axis=0) - mean) / np.hypot(DISCREPANCY, luck * mean / np.sqrt(observed.size))


def _weights(distance: Array, implausibility: Array) -> Array:
    """Weights of an Epanechnikov kernel over the nearest share `KEPT` of samples that are not ruled out; they sum to one.

    Where history matching leaves fewer than that, the nearest are taken all the same: the fit then says that every sample
    was ruled out.
    """
    most = max(int(np.ceil(KEPT * distance.size)), 2)
    left = np.flatnonzero(implausibility <= RULED_OUT)
    pool = left if left.size >= most else np.arange(distance.size)
    chosen = pool[np.argsort(distance[pool], kind="stable")[:most]]
    reach = distance[chosen].max() * (1.0 + 1e-9)
    weights = np.zeros_like(distance)
    weights[chosen] = np.maximum(1.0 - (distance[chosen] / reach) ** 2, 0.0) if reach > 0.0 else 1.0
    if not weights.any():
        weights[chosen] = 1.0
    return weights / weights.sum()


def provenance(fit: Fit) -> str:
    """Where a fitted number comes from, as its `source` says it."""
    return (
        f"simulator calibrate {' '.join(fit.episodes)} --samples {fit.distance.size} --seed {fit.seed}, version {__version__}: "
        f"Latin hypercube over the priors, history matching, then ABC; rows marked calibration only"
    )
