"""What can be concluded from a finite number of replications.

The quantiles of Student's t and of the binomial are computed here, because the library that has them takes most of a
second to import.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Interval(NamedTuple):
    """A mean with the half-width of its confidence interval, in the unit of the sample."""

    mean: float
    half_width: float

    @property
    def low(self) -> float:
        """Lower end."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end."""
        return self.mean + self.half_width


class QuantileInterval(NamedTuple):
    """A quantile with its distribution-free interval and the ranks (from 1) of the two ends."""

    estimate: float
    low: float
    high: float
    ranks: tuple[int, int]


class Check(NamedTuple):
    """Outcome of an equivalence check: "pass", "fail" or "underpowered"."""

    outcome: str
    mean: float
    half_width: float

    @property
    def passed(self) -> bool:
        """Whether the sample shows the mean to be where it should be."""
        return self.outcome == "pass"


def mean_ci(x: ArrayLike, alpha: float = 0.05) -> Interval:
    """Mean of independent replications with its Student-t interval.

    Formula: half-width = t(1 - alpha/2, n - 1) * s / sqrt(n).

    Parameters
    ----------
    x : array (replication), any unit
    alpha : total two-sided error [1]

    Raises
    ------
    ValueError
        With fewer than two replications.
    """
    sample = _sample(x)
    n = sample.size
    spread = float(sample.std(ddof=1)) / math.sqrt(n)
    return Interval(float(sample.mean()), t_quantile(1.0 - alpha / 2.0, n - 1) * spread)


def paired_ci(x: ArrayLike, y: ArrayLike, alpha: float = 0.05) -> Interval:
    """Mean of x - y where both were run with the same luck, replication by replication (see `mean_ci`)."""
    a, b = _pair(x, y)
    return mean_ci(a - b, alpha)


def crn_gain(x: ArrayLike, y: ArrayLike) -> float:
    """How much common random numbers sharpen a comparison.

    Formula: (Var x + Var y) / Var(x - y); above 1 it helps, below 1 the luck was not shared. Infinite when the
    difference does not vary.
    """
    a, b = _pair(x, y)
    spread = float((a - b).var(ddof=1))
    return float(a.var(ddof=1) + b.var(ddof=1)) / spread if spread > 0.0 else math.inf


def quantile_ranks(n: int, p: float, alpha: float = 0.05) -> tuple[int, int]:
    """Ranks (from 1) of the order statistics that enclose the quantile `p` with probability 1 - alpha or more.

    Formula: with B ~ Binomial(n, p), low = q_B(alpha/2) and high = q_B(1 - alpha/2) + 1.

    Raises
    ------
    ValueError
        When n is too small for both ends to exist.
    """
    low, high = binomial_quantile(alpha / 2.0, n, p), binomial_quantile(1.0 - alpha / 2.0, n, p) + 1
    if low < 1 or high > n:
        raise ValueError(f"{n} replications are too few for the quantile {p} at error {alpha}")
    return low, high


def quantile_ci(x: ArrayLike, p: float, alpha: float = 0.05) -> QuantileInterval:
    """A quantile with an interval that assumes no distribution.

    Parameters
    ----------
    x : array (replication), any unit
    p : which quantile, above 0 and below 1 [1]
    alpha : total two-sided error [1]

    Raises
    ------
    ValueError
        With too few replications for that quantile.
    """
    sample = np.sort(_sample(x))
    low, high = quantile_ranks(sample.size, p, alpha)
    return QuantileInterval(float(np.quantile(sample, p)), float(sample[low - 1]), float(sample[high - 1]), (low, high))


def share_ci(hits: int, n: int, alpha: float = 0.05) -> tuple[float, float]:
    """Interval of a share of replications, by Wilson's score.

    Formula: (p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n), with p = hits/n and z = z(1 - alpha/2).

    Raises
    ------
    ValueError
        When the hits are no part of n.
    """
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"hits lie between 0 and n, and n is 1 or more; got {hits} and {n}")
    z, p = NormalDist().inv_cdf(1.0 - alpha / 2.0), hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1.0 - p) / n + z * z / (4 * n * n))
    whole = 1.0 + z * z / n
    return max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0)


def n_required(sigma: float, delta: float, alpha: float = 1e-4) -> int:
    """Replications for which the (1 - alpha) half-width is at most delta / 2, and at least 10.

    Formula: ceil((2 z(1 - alpha/2) * sigma / delta)^2).

    Parameters
    ----------
    sigma : standard deviation of one replication
    delta : the discrepancy that matters, same unit
    """
    z = NormalDist().inv_cdf(1.0 - alpha / 2.0)
    return max(10, math.ceil((2.0 * z * sigma / delta) ** 2))


def equivalence_check(x: ArrayLike, reference: float, delta: float, alpha: float = 1e-4) -> Check:
    """Whether the mean of replications equals a known answer within a stated tolerance.

    A test that asks whether the answer lies in the 95 % interval fails one correct program in twenty. Here the
    tolerance is fixed first; the check passes when the mean is within it and the half-width is no wider than it.

    Parameters
    ----------
    x : array (replication)
    reference : the known answer, same unit
    delta : tolerance, same unit
    alpha : error of the half-width [1]
    """
    mean, half_width = mean_ci(x, alpha)
    if half_width > delta:
        return Check("underpowered", mean, half_width)
    return Check("pass" if abs(mean - reference) <= delta else "fail", mean, half_width)


def mser(x: ArrayLike, batch: int = 5) -> int:
    """How many entries at the start of a series to leave out as warm-up (MSER-5).

    Formula: the d in the first half of the k batch means that minimises Var(z_d ... z_k) / (k - d).

    Parameters
    ----------
    x : array (time)
    batch : entries per batch

    Returns
    -------
    entries to leave out; about half the series means it was too short to tell

    Raises
    ------
    ValueError
        When the series holds fewer than two batches.
    """
    series = np.asarray(x, dtype=np.float64)
    k = series.size // batch
    if k < 2:
        raise ValueError(f"a series of {series.size} is too short for batches of {batch}")
    z = series[: k * batch].reshape(k, batch).mean(axis=1)
    scores = [float(z[d:].var()) / (k - d) for d in range(k // 2 + 1)]
    return int(np.argmin(scores)) * batch


def ar1_inflation(phi: float) -> float:
    """By how much autocorrelation inflates the variance of a long mean: (1 + phi) / (1 - phi) [1]."""
    if not -1.0 < phi < 1.0:
        raise ValueError(f"phi lies between -1 and 1; got {phi}")
    return (1.0 + phi) / (1.0 - phi)


def t_quantile(p: float, degrees: int) -> float:
    """Quantile of Student's t with `degrees` degrees of freedom.

    The distribution function is a regularised incomplete beta function; its inverse is found by bisection.
    """
    if not 0.0 < p < 1.0 or degrees < 1:
        raise ValueError(f"p lies between 0 and 1 and degrees from 1; got {p} and {degrees}")
    if p < 0.5:
        return -t_quantile(1.0 - p, degrees)
    low, high = 0.0, 1.0
    while _t_cdf(high, degrees) < p:
        low, high = high, 2.0 * high
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if _t_cdf(middle, degrees) < p else (low, middle)
    return 0.5 * (low + high)


def binomial_quantile(p: float, n: int, chance: float) -> int:
    """Smallest k with P(Binomial(n, chance) <= k) >= p."""
    if not 0.0 < chance < 1.0 or n < 1:
        raise ValueError(f"chance lies between 0 and 1 and n from 1; got {chance} and {n}")
    k = np.arange(n + 1)
    logs = np.cumsum(np.log(np.maximum(k, 1)))  # log k!
    mass = np.exp(logs[n] - logs - logs[::-1] + k * math.log(chance) + (n - k) * math.log1p(-chance))
    return int(np.searchsorted(np.cumsum(mass), p - 1e-14))


def _t_cdf(t: float, degrees: int) -> float:
    tail = 0.5 * _incomplete_beta(0.5 * degrees, 0.5, degrees / (degrees + t * t))
    return 1.0 - tail if t >= 0 else tail


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function by its continued fraction (modified Lentz)."""
    if x <= 0.0 or x >= 1.0:
        return min(max(x, 0.0), 1.0)
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _incomplete_beta(b, a, 1.0 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    value, c, d = 1.0, 1.0, 0.0
    for i in range(1000):
        m = i // 2
        if i == 0:
            term = 1.0
        elif i % 2 == 0:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1.0 / _away_from_zero(1.0 + term * d)
        c = _away_from_zero(1.0 + term / c)
        value *= c * d
        if i > 0 and abs(c * d - 1.0) < 1e-15:
            break
    return front * (value - 1.0)


def _away_from_zero(x: float) -> float:
    return x if abs(x) > 1e-300 else 1e-300


def _sample(x: ArrayLike) -> NDArray[np.float64]:
    sample = np.asarray(x, dtype=np.float64).ravel()
    if sample.size < 2:
        raise ValueError("an interval needs at least two replications")
    return sample


def _pair(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = _sample(x), _sample(y)
    if a.shape != b.shape:
        raise ValueError(f"paired samples have the same length; got {a.size} and {b.size}")
    return a, b
