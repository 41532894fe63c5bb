"""How long sold goods stay in use: Weibull lifetimes, and what is thrown away of past sales. Pure functions."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def mean_life(scale: Array | float, shape: float) -> Array | float:
    """Mean of a Weibull distribution, in the unit of its scale."""
    return scale * math.gamma(1.0 + 1.0 / shape)


def scale_of(mean: Array | float, shape: float) -> Array | float:
    """Scale of the Weibull distribution with this mean, in the unit of the mean."""
    return mean / math.gamma(1.0 + 1.0 / shape)


def gone(age: Array | float, scale: Array | float, shape: Array | float) -> Array:
    """Share of what was sold that is thrown away by an age [1]: `1 - exp(-(age / scale)^shape)`; none before its sale."""
    return np.asarray(-np.expm1(-((np.maximum(age, 0.0) / scale) ** shape)))


def thrown_away(sold: Array, begins: Array, ends: Array, today: float, scale: Array, shape: Array | float) -> Array:
    """What is thrown away today of sales at a steady pace in each of some spans.

    Parameters
    ----------
    sold : (span, ...) pace of sales [t/d]
    begins, ends : (span, 1, ...) first and last day of each span [d]
    today : the day [d]
    scale, shape : of the lifetimes [d, 1]

    Returns
    -------
    (...) [t/d]
    """
    share = gone(today - begins, scale, shape) - gone(today - ends, scale, shape)
    return np.asarray((sold * share).sum(axis=0))


def before_the_start(growth: Array, today: float, scale: Array, shape: Array | float, horizon: float) -> Array:
    """What is thrown away today of sales before day 0, over the pace of sales on that day [1].

    Sales have grown at one rate for ever. Summed over half-years of age, each at its middle.

    Parameters
    ----------
    growth : growth of sales by the year [1/yr]
    horizon : age that hardly anything outlives; what does counts as of that age [d]
    """
    out, width = np.zeros(np.broadcast_shapes(np.shape(growth), np.shape(scale))), 182.5
    log_growth = np.log1p(growth) / 365.0
    older = gone(today, scale, shape)
    for age in np.arange(today, today + horizon, width):
        younger, older = older, gone(age + width, scale, shape)
        out = out + (older - younger) * np.exp(-log_growth * (age + width / 2.0 - today))
    return out + (1.0 - older) * np.exp(-log_growth * horizon)
