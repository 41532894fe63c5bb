"""Calibration in one pass: thousands of samples as members of one ensemble, then weights.

Samples of the free numbers come from a Latin hypercube over their priors. Every episode is run once, in rule mode, with
the same samples; all other chance goes on as ever. What is expected at a sample, its luck aside, is read from a cubic in
the free numbers through all members (an emulator). Samples whose expected summaries lie too far from the observed ones
are ruled out (history matching); of the rest the nearest are kept and weighted by their distance (approximate Bayesian
computation). Only rows marked `calibration` are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
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
from simulator.studies.episode import Case, Numbers, Record, Seen
from simulator.studies.paths import case_path, variation
from simulator.studies.run import prepared, run_members
from simulator.world.tables import Reader

Array = NDArray[np.float64]
MOST_FREE = 5
CHUNK = 512  # members read at a time: memory stays the same whatever the number of samples
DISCREPANCY = 0.1  # what any model of this kind may be off, over the baseline [1]
RULED_OUT = 3.0  # implausibility beyond which a sample is dropped
KEPT = 0.05  # share of all samples that keeps a weight
DEGREE = 3  # of the polynomial that stands for the model
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
    distance: Array  # mean error of what is expected, over all cases and over the baseline [1]
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
    return any(case.counts == "yes" and _seen(record, case) for case in record.episode.cases)


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
    terms = polynomial(unit, DEGREE)
    for number, record in enumerate(records):
        found = []
        for part in parts:
            if progress is not None:
                progress(number * samples + part.start, samples * len(records))
            mine = {f.label: table[part, i] for i, f in enumerate(free)}
            found.append(_flows(record, priors, mine, np.arange(part.start, part.stop), seed, step, workers))
        for case in (c for c in record.episode.cases if c.id in found[0]):
            seen = _seen(record, case)
            expected = emulated(np.concatenate([flows[case.id] for flows in found], axis=1), terms)
            cases[f"{record.folder.name}/{case.id}"] = _error(expected, seen, case.baseline)
            implausible += _implausible(expected, seen, case.baseline, variation(record, case))
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


def polynomial(unit: Array, degree: int) -> Array:
    """All products of up to `degree` of the numbers, (sample, term); `unit` is (sample, number) between 0 and 1."""
    centred = 2.0 * unit - 1.0
    numbers = range(centred.shape[1])
    chosen = [c for n in range(degree + 1) for c in combinations_with_replacement(numbers, n)]
    return np.stack([np.prod(centred[:, list(c)], axis=1) for c in chosen], axis=1)


def emulated(flows: Array, terms: Array) -> Array:
    """What is expected at each sample, (month, sample): the least-squares polynomial through all members, never negative.

    Parameters
    ----------
    flows : (month, sample) as simulated, each with its own luck
    terms : (sample, term); with too few samples for them the flows are returned as they are
    """
    if terms.shape[0] < 4 * terms.shape[1]:
        return flows
    weights, *_ = np.linalg.lstsq(terms, flows.T, rcond=None)
    return np.maximum(terms @ weights, 0.0).T


def _flows(
    record: Record,
    numbers: Numbers,
    set_to: Mapping[str, Array],
    replication: NDArray[np.int64],
    seed: int,
    step: float,
    workers: int | None,
) -> dict[str, Array]:
    """Flows of every member in the calibration months of each case, (month, member), over the baseline."""
    scenario = timeline.scenario(record, "rule", numbers, replications=replication.size, step=step, seed=seed)
    ready, world = prepared(scenario)
    # Joint draws are read by replication: here each replication is a sample.
    joint = {name: np.concatenate([np.zeros(replication[0]), values]) for name, values in set_to.items()}
    values = draws(record, "rule", numbers, replication, seed, joint)
    result = run_members(ready, world, Members(np.zeros_like(replication), replication, values), workers=workers)
    found = {}
    for case in record.episode.cases:
        seen = _seen(record, case)
        if case.counts == "yes" and seen:
            path = case_path(record, case, "rule", result)
            found[case.id] = path.ensemble[path.at(np.array([s.month for s in seen]))] / case.baseline
    if not found:
        message = f"the episode {record.folder.name} has no row marked calibration"
        raise Invalid([Problem(str(record.folder / "observed.csv"), 1, 1, 2, "error", "SC034", message)])
    return found


def _seen(record: Record, case: Case) -> list[Seen]:
    """Rows of a case that may be fitted."""
    first, last = np.datetime64(case.first, "M"), np.datetime64(record.episode.end, "M")
    return [s for s in record.seen(case) if s.calibration and s.weight > 0.0 and first <= s.month <= last]


def _error(expected: Array, seen: Sequence[Seen], baseline: float) -> Array:
    """Weighted root mean squared error of each sample over the baseline, (sample,) [1]."""
    observed = np.array([s.value for s in seen]) / baseline
    weights = [s.weight for s in seen]
    return np.asarray(np.sqrt(np.average((expected - observed[:, None]) ** 2, axis=0, weights=weights)))


def _implausible(expected: Array, seen: Sequence[Seen], baseline: float, luck: float) -> list[Array]:
    """Implausibility |z - E f| / sd of each summary of a case, (sample,) each; lowest, highest and mean month.

    The summaries were written down before any fit. `luck` is how far one month's count may be off, over the flow [1].
    """
    observed = np.array([s.value for s in seen]) / baseline
    pairs = (
        (expected.min(axis=0), observed.min(), 1.0),
        (expected.max(axis=0), observed.max(), 1.0),
        (expected.mean(axis=0), observed.mean(), observed.size**-0.5),
    )
    return [np.abs(f - z) / np.hypot(DISCREPANCY, luck * z * part) for f, z, part in pairs]


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
