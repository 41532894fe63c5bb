"""How near a simulated path came to what was observed: the measures of a backtest.

Paths are monthly flows; `baseline` is the mean monthly flow before the event, in the same unit. Months without an
observation are left out by the caller. Ensembles have the member axis last.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
BACK = 0.9
"""Share of the baseline at which a flow counts as recovered [1]."""


def nrmse(path: ArrayLike, observed: ArrayLike, baseline: float, weights: ArrayLike | None = None) -> float:
    """Root of the weighted mean squared error over the baseline [1].

    Formula: sqrt(sum(w (x - y)^2) / sum(w)) / baseline.

    Parameters
    ----------
    path, observed : (month,)
    weights : (month,) [1]; equal when not given
    """
    error = np.asarray(path, dtype=np.float64) - np.asarray(observed, dtype=np.float64)
    say = np.ones_like(error) if weights is None else np.asarray(weights, dtype=np.float64)
    return float(np.sqrt(np.average(error**2, weights=say)) / baseline)


def crps(ensemble: ArrayLike, observed: ArrayLike, weights: ArrayLike | None = None) -> Array:
    """Continuous ranked probability score of each month, in the unit of the flow.

    Formula: E|X - y| - E|X - X'| / 2 over the ensemble (Gneiting and Raftery 2007), each member with its weight.

    Parameters
    ----------
    ensemble : (month, member)
    observed : (month,)
    weights : (month, member) of members; equal when not given

    Returns
    -------
    (month,); the absolute error where there is one member
    """
    x, y = np.asarray(ensemble, dtype=np.float64), np.asarray(observed, dtype=np.float64)
    share = _shares(x, weights)
    order = np.argsort(x, axis=1, kind="stable")
    x, share = np.take_along_axis(x, order, 1), np.take_along_axis(share, order, 1)
    # E|X - X'| / 2 = sum_i w_i x_i (2 W_i - w_i - 1), W the running sum of weights in order of x.
    spread = (share * x * (2.0 * np.cumsum(share, axis=1) - share - 1.0)).sum(axis=1)
    return (share * np.abs(x - y[:, None])).sum(axis=1) - spread


def quantile(ensemble: ArrayLike, levels: ArrayLike, weights: ArrayLike | None = None) -> Array:
    """Quantiles over members, (level, month), each member with its weight.

    Parameters
    ----------
    ensemble : (month, member)
    levels : (level,) [1]
    weights : (month, member); equal when not given
    """
    x, asked = np.asarray(ensemble, dtype=np.float64), np.asarray(levels, dtype=np.float64)
    if weights is None:
        return np.quantile(x, asked, axis=1)
    share = _shares(x, weights)
    order = np.argsort(x, axis=1, kind="stable")
    x, share = np.take_along_axis(x, order, 1), np.take_along_axis(share, order, 1)
    middle = np.cumsum(share, axis=1) - share / 2.0
    return np.stack([np.interp(asked, m, row) for m, row in zip(middle, x, strict=True)], axis=1)


def coverage(ensemble: ArrayLike, observed: ArrayLike, level: float = 0.8, weights: ArrayLike | None = None) -> float:
    """Share of months whose observation lies inside the central band that holds `level` of the members [1]."""
    low, high = quantile(ensemble, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], weights)
    y = np.asarray(observed, dtype=np.float64)
    return float(((low <= y) & (y <= high)).mean())


class Trough(NamedTuple):
    """The lowest month of a path: position, and depth as a share of the baseline lost [1]."""

    month: int
    depth: float


def trough(path: ArrayLike, baseline: float) -> Trough:
    """Lowest month of a path (month,); the first of several."""
    flow = np.asarray(path, dtype=np.float64)
    at = int(flow.argmin())
    return Trough(at, float(1.0 - flow[at] / baseline))


def recovery(path: ArrayLike, baseline: float, level: float = BACK) -> int | None:
    """Position of the first month after the trough at or above `level` of the baseline; None where there is none."""
    flow = np.asarray(path, dtype=np.float64)
    back = np.flatnonzero(flow[trough(flow, baseline).month :] >= level * baseline)
    return int(back[0]) + trough(flow, baseline).month if back.size else None


def lost_trade(path: ArrayLike, baseline: float, months: int) -> float:
    """Months of normal trade lost over the first `months` months: sum of 1 - flow / baseline [months]."""
    flow = np.asarray(path, dtype=np.float64)[:months]
    return float((1.0 - flow / baseline).sum())


def front_loading(path: ArrayLike, baseline: float) -> float:
    """Largest flow between announcement and start over the baseline [1]; NaN where no month lies between."""
    flow = np.asarray(path, dtype=np.float64)
    return float(flow.max() / baseline) if flow.size else float("nan")


def rank_agreement(simulated: ArrayLike, observed: ArrayLike) -> float:
    """Spearman's rank correlation of shares by destination [1]; NaN with fewer than three destinations."""
    if np.size(observed) < 3:
        return float("nan")
    from scipy.stats import spearmanr

    return float(spearmanr(np.asarray(simulated), np.asarray(observed)).statistic)


def _shares(x: Array, weights: Any) -> Array:
    if weights is None:
        return np.full(x.shape, 1.0 / x.shape[1])
    given = np.broadcast_to(np.asarray(weights, dtype=np.float64), x.shape)
    return given / given.sum(axis=1, keepdims=True)
