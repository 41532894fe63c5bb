"""Whole units: Poisson numbers, one addressed uniform each, through the inverse of their distribution.

No sampler with parameters is asked: it would use a varying number of draws, and one member's mean would change its
neighbours' luck.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
HIGHEST = 500.0  # largest mean; far beyond it exp(-mean) is nothing
_CELLS = 4096  # cells of the table; a power of two, so that u * cells is exact


class PoissonTable:
    """The inverse distribution at one mean, tabulated: where a cell of the unit interval holds one answer, it is looked up.

    Parameters
    ----------
    mean : units expected, from 0 to `HIGHEST`
    """

    def __init__(self, mean: float) -> None:
        self._sums = np.array(_sums(mean))
        edges = np.searchsorted(self._sums, np.arange(_CELLS + 1) / _CELLS, side="right")
        same = edges[:-1] == edges[1:]
        self._answer = np.where(same, edges[:-1], -1).astype(float)

    def numbers(self, uniform: Array) -> Array:
        """Poisson numbers of the shape of `uniform`, which lies in [0, 1)."""
        found = self._answer[(uniform * _CELLS).astype(np.intp)]
        unsure = np.flatnonzero(found < 0.0)
        found.reshape(-1)[unsure] = np.searchsorted(self._sums, uniform.reshape(-1)[unsure], side="right")
        return found


class Poisson:
    """Poisson numbers of any mean; tables are kept while their mean does not change."""

    def __init__(self) -> None:
        self._tables: dict[float, PoissonTable] = {}

    def numbers(self, mean: Array, uniform: Array) -> Array:
        """Poisson numbers of means (row, member) from uniforms of that shape.

        Raises
        ------
        ValueError : a mean is above `HIGHEST`
        """
        lowest, highest = mean.min(axis=1), mean.max(axis=1)
        if highest.max() > HIGHEST:
            raise ValueError(f"demand in whole units has a mean of at most {HIGHEST:g} a step; got {highest.max():g}")
        if lowest.min() == highest.max():
            return self._table(float(lowest[0])).numbers(uniform)
        out = np.empty_like(uniform)
        for row, (low, high) in enumerate(zip(lowest, highest, strict=True)):
            one = self._table(float(low)).numbers if low == high else lambda u, m=mean[row]: by_counting(m, u)
            out[row] = one(uniform[row])
        return out

    def _table(self, mean: float) -> PoissonTable:
        found = self._tables.get(mean)
        if found is None:
            if len(self._tables) >= _CELLS:
                self._tables.clear()
            found = self._tables[mean] = PoissonTable(mean)
        return found


def by_counting(mean: Array, uniform: Array) -> Array:
    """Poisson numbers where every member has a mean of its own, bit for bit those of the tables; arrays (member,)."""
    chance = np.array([math.exp(-m) for m in mean])
    total, count = chance.copy(), np.zeros_like(mean)
    for k in range(1, _terms(float(mean.max()))):
        above = uniform >= total
        if not above.any():
            break
        count += above
        chance = chance * mean / k
        total = total + chance
    return np.minimum(count, [_terms(float(m)) for m in mean])


def _terms(mean: float) -> int:
    return int(mean + 12.0 * math.sqrt(mean) + 20.0)


def _sums(mean: float) -> list[float]:
    chance = math.exp(-mean)
    sums = [chance]
    for k in range(1, _terms(mean)):
        chance = chance * mean / k
        sums.append(sums[-1] + chance)
    return sums
