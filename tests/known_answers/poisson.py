"""Poisson numbers through a tabulated inverse: one uniform number each, whatever the mean."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def poisson(mean: float, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Poisson numbers of a mean from uniform numbers, same shape."""
    chance = np.array(
        [math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(int(mean + 12 * mean**0.5 + 12))]
    )
    return np.searchsorted(np.cumsum(chance), uniform, side="right").astype(float)
