"""How a new plant comes up to capacity: a logistic curve through its tenth and its nine tenths. Pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
YEAR = 365.0


def steepness(tenth: Array | float, ninetieth: Array | float) -> Array:
    """`k = 2 ln 9 / (t90 - t10)` of the curve that reaches a tenth and nine tenths on these days [1/d]."""
    return 2.0 * np.log(9.0) / (np.asarray(ninetieth) - tenth)


def logistic(since: Array | float, tenth: Array | float, ninetieth: Array | float) -> Array:
    """Share of capacity reached some days after opening [1]: `1 / (1 + exp(-k (t - t50)))`."""
    middle = (np.asarray(tenth) + ninetieth) / 2.0
    # The exponent is kept within what a float can hold: far outside the curve is flat.
    return 1.0 / (1.0 + np.exp(np.clip(-steepness(tenth, ninetieth) * (since - middle), -700.0, 700.0)))


def reached(first: Array | float, last: Array | float, tenth: Array | float, ninetieth: Array | float) -> Array:
    """Days of full work that the days from `first` to `last` after opening are worth [d]: the curve's integral."""
    k, middle = steepness(tenth, ninetieth), (np.asarray(tenth) + ninetieth) / 2.0
    return (np.logaddexp(0.0, k * (last - middle)) - np.logaddexp(0.0, k * (first - middle))) / k


def sold_by_year(sales: Array | float, life: Array | float, tenth: Array | float, ninetieth: Array | float) -> Array:
    """Share of capacity sold in each year of work, (year, ...) [1]: the ramp, and then life's end.

    Parameters
    ----------
    sales : share sold once the plant has come up [1]
    life : length of its work [d]
    """
    share, life = np.asarray(sales), np.asarray(life) / YEAR
    years = np.arange(int(np.ceil(life.max())))
    ramp = np.stack([reached(y * YEAR, (y + 1) * YEAR, tenth, ninetieth) / YEAR for y in years])
    return share * ramp * np.stack([np.clip(life - y, 0.0, 1.0) for y in years])
