"""Differences of arms that had the same luck: how large, how sure, and how much the common luck was worth.

Values are labelled arrays (arm, replication) with the coordinates `scenario` and `strategy` over the arm.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.results.statistics import t_quantile

NOTHING = "do-nothing"
ROUNDING = 1e-6  # of numbers kept in single precision, and of sums of them [1]


class Bounded(NamedTuple):
    """A mean and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def differences(values: Any, against: str = NOTHING) -> Any:
    """What each strategy changes, replication by replication, under the same scenario and luck.

    Parameters
    ----------
    values : DataArray with the dim arm and any others
    against : strategy that the others are held against

    Returns
    -------
    DataArray like `values`: each arm minus the arm of its scenario with `against`

    Raises
    ------
    ValueError : no arm has that strategy
    """
    scenarios, strategies = values["scenario"].values.tolist(), values["strategy"].values.tolist()
    if against not in strategies:
        raise ValueError(f"no arm has the strategy '{against}'")
    place = {pair: i for i, pair in enumerate(zip(scenarios, strategies, strict=True))}
    base = values.isel(arm=[place[scenario, against] for scenario in scenarios])
    return values.copy(data=change(values.to_numpy(), base.to_numpy()))


def summary(values: Any, against: str = NOTHING) -> Any:
    """How sure each difference is.

    Parameters
    ----------
    values : DataArray (…, arm, replication), at least two replications; a replication without a value in one of the two
        arms is left out of that pair
    against : as for `differences`

    Returns
    -------
    Dataset over the other dims, in the unit of `values`: `mean` difference with the ends `low` and `high` of its paired
    interval of 95 %, the 5th and 95th percentile `p05` and `p95` of differences, the share `agree` of replications whose
    difference has the sign of the mean [1] (those without a difference agree with nobody), and the `gain` of common
    luck: variance of the difference of independent runs over that of these [1], infinite where the difference does not
    vary
    """
    import xarray as xr

    by_arm = values.transpose(..., "arm", "replication").astype(np.float64)
    differs = differences(by_arm, against).to_numpy()
    mine = np.where(np.isnan(differs), np.nan, by_arm.to_numpy())
    columns = interval(differs)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = _variance(differs)
        gain = np.where(spread > 0.0, (_variance(mine) + _variance(mine - differs)) / spread, np.inf)
    same = (np.sign(differs) == np.sign(columns["mean"])[..., None]) & (differs != 0.0)
    known = np.maximum((~np.isnan(differs)).sum(axis=-1), 1)
    columns |= {"agree": same.sum(axis=-1) / known, "gain": gain}
    dims = by_arm.dims[:-1]
    coords = {name: c for name, c in by_arm.coords.items() if "replication" not in c.dims}
    return xr.Dataset({name: (dims, column) for name, column in columns.items()}, coords)


def change(mine: NDArray[Any], base: NDArray[Any]) -> NDArray[np.float64]:
    """Difference; nothing where it is no more than the rounding of numbers kept in single precision."""
    differs = np.asarray(mine, dtype=np.float64) - np.asarray(base, dtype=np.float64)
    return np.where(np.abs(differs) <= ROUNDING * np.maximum(np.abs(mine), np.abs(base)), 0.0, differs)


def interval(values: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """Mean over the last axis with its 95 % interval (Student), and the 5th and 95th percentile; NaN is left out.

    Parameters
    ----------
    values : array (…, replication), any unit

    Returns
    -------
    mean, low, high, p05, p95, each (…) in that unit; NaN where there is no value, no interval where there is one
    """
    known = ~np.isnan(values)
    count = known.sum(axis=-1)
    filled = np.where(known, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count > 0, filled.sum(axis=-1) / count, np.nan)
        error = np.sqrt(_variance(values) / count)
    quantile = {n: t_quantile(0.975, n - 1) if n > 1 else np.nan for n in np.unique(count).tolist()}
    t = np.vectorize(quantile.__getitem__, otypes=[float])(count)
    p05, p95 = _percentiles(values, count)
    return {"mean": mean, "low": mean - t * error, "high": mean + t * error, "p05": p05, "p95": p95}


def ratio_interval(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> Bounded:
    """Ratio of two means of one sample of pairs, with its 95 % interval after Fieller.

    Formula: the set of r with mean(top - r bottom) = 0 not rejected by the paired t test: between the roots of
    (b² - t² s_bb/n) r² - 2 (ab - t² s_ab/n) r + (a² - t² s_aa/n).

    Parameters
    ----------
    top, bottom : array (replication)

    Returns
    -------
    ratio of the means and the ends of its interval; NaN for all where the interval of the mean of `bottom` holds 0, so
    that no ratio can be told
    """
    n = top.size
    if n < 2:
        return Bounded(np.nan, np.nan, np.nan)
    a, b = float(top.mean()), float(bottom.mean())
    cover = np.cov(top, bottom, ddof=1) / n
    t2 = t_quantile(0.975, n - 1) ** 2
    first = b * b - t2 * cover[1, 1]
    if first <= 0.0:
        return Bounded(np.nan, np.nan, np.nan)
    second, third = a * b - t2 * cover[0, 1], a * a - t2 * cover[0, 0]
    root = float(np.sqrt(max(second * second - first * third, 0.0)))
    return Bounded(a / b, float((second - root) / first), float((second + root) / first))


def _variance(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = ~np.isnan(values)
    count = known.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0.0).sum(axis=-1) / count
        return np.asarray((np.where(known, values - mean[..., None], 0.0) ** 2).sum(axis=-1) / (count - 1.0))


def _percentiles(values: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
    if (count == values.shape[-1]).all():
        return np.percentile(values, [5.0, 95.0], axis=-1)
    out = np.full((2, *count.shape), np.nan)
    some = count > 0
    out[:, some] = np.nanpercentile(values[some], [5.0, 95.0], axis=-1)
    return out
