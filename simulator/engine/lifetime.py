"""How long sold goods stay in use: Weibull lifetimes, and what is thrown away of past sales."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
HALF_YEAR = 182.5  # [d]


def mean_life(scale: Array | float, shape: float) -> Array | float:
    """Mean of a Weibull distribution, in the unit of its scale."""
    return scale * math.gamma(1.0 + 1.0 / shape)


def scale_of(mean: Array | float, shape: float) -> Array | float:
    """Scale of the Weibull distribution with this mean, in the unit of the mean."""
    return mean / math.gamma(1.0 + 1.0 / shape)


def gone(age: Array | float, scale: Array | float, shape: Array | float) -> Array:
    """Share of what was sold that is thrown away by an age [1]: `1 - exp(-(age / scale)^shape)`; none before its sale."""
    return np.asarray(-np.expm1(-((np.maximum(age, 0.0) / scale) ** shape)))


def thrown_away(sold: Sequence[Array], share: Sequence[Array]) -> Array:
    """What is thrown away today of sales at a steady pace in spans that follow on one another, (...) [t/d].

    Parameters
    ----------
    sold : pace of sales in each span, (...) [t/d]
    share : what is `gone` today of goods sold on each edge of a span, the first day and the last, (...) [1]
    """
    out = np.zeros(1)
    for pace, older, younger in zip(sold, share[:-1], share[1:], strict=True):
        out = out + pace * (older - younger)
    return out


class SoldBefore:
    """Sales before day 0, which have grown at one rate for ever, summed over half-years, each at its middle.

    Parameters
    ----------
    growth : (kind, member) growth of sales by the year [1/yr]
    scale, shape : (kind, member) and (kind, 1), of the lifetimes [d, 1]
    horizon : age that hardly anything outlives; what does counts as of that age [d]
    """

    def __init__(self, growth: Array, scale: Array, shape: Array, horizon: float) -> None:
        self._scale, self._shape = scale, shape
        self._begins = np.arange(0.0, horizon, HALF_YEAR)  # days before day 0
        log_growth = np.log1p(growth) / 365.0
        self._pace = np.exp(-log_growth * (self._begins + HALF_YEAR / 2.0)[:, None, None])  # over that of day 0
        self._oldest = np.exp(-log_growth * horizon)

    def thrown_away(self, today: float) -> Array:
        """What is thrown away today, over the pace of sales on day 0, (kind, member) [1]."""
        scale, shape = self._scale, self._shape
        older, out, left = gone(today, scale, shape), np.zeros_like(scale), np.arange(len(scale))
        for begins, pace in zip(self._begins, self._pace, strict=True):
            left = left[(older[left] < 1.0).any(axis=1)]  # of some kinds all is gone long before that age
            younger, older[left] = older[left], gone(today + begins + HALF_YEAR, scale[left], shape[left])
            out[left] += (older[left] - younger) * pace[left]
        return out + (1.0 - older) * self._oldest
