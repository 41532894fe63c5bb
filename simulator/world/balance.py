"""Closing the base year: the least change of weak rows, each within its stated range, that makes supply meet need.

Only rows graded C or D may change. The result is kept in `balance.csv`; the tables hold the values used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.world.model import Adjustment
from simulator.world.tables import Reader, Row

Vector = NDArray[np.float64]
COLUMNS = ("row", "stated", "low", "high", "used", "grade", "reason")


def fit(
    stated: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    gaps: Callable[[Vector], Sequence[float]],
    weight: ArrayLike,
    rounds: int = 12,
) -> Vector:
    """Values nearest to the stated ones, measured in half-ranges, that close the gaps.

    Parameters
    ----------
    stated, low, high : (rows,) of the weak rows, any unit
    gaps : values (rows,) -> gaps (gaps,), for instance need less supply [t/yr]; smooth
    weight : (gaps,) how much a unit of gap counts against half a range of a row, squared in the sum
    rounds : Gauss-Newton steps at most; the gaps are nearly linear, so few are needed

    Returns
    -------
    (rows,) values inside their ranges
    """
    from scipy.optimize import lsq_linear  # here: whoever loads a world has no use for it

    start, lower, upper = (np.asarray(v, float) for v in (stated, low, high))
    half = np.where(upper > lower, (upper - lower) / 2.0, 1.0)
    heavy = np.asarray(weight, float)
    x = start.copy()
    for _ in range(rounds):
        now = heavy * np.asarray(gaps(x), float)
        slopes = np.empty((len(now), len(x)))
        for j in range(len(x)):
            probe = x.copy()
            probe[j] += half[j] * (1e-5 if x[j] < upper[j] else -1e-5)
            slopes[:, j] = (heavy * np.asarray(gaps(probe), float) - now) / (probe[j] - x[j])
        matrix, residual = np.vstack([np.eye(len(x)), slopes * half]), np.concatenate([(x - start) / half, now])
        step = lsq_linear(matrix, -residual, ((lower - x) / half, (upper - x) / half), method="bvls").x
        x = np.clip(x + half * step, lower, upper)
        if np.abs(step).max(initial=0.0) < 1e-6:
            break
    return x


def adjustments(reader: Reader, rows: Sequence[Row]) -> tuple[Adjustment, ...]:
    """Rows of `balance.csv`. A used value outside its range, or a row graded A or B, is a problem."""
    found = []
    for row in rows:
        numbers = [reader.number(row, column) for column in ("stated", "low", "high", "used")]
        if row["grade"] not in ("C", "D"):
            reader.error(row, "grade", "WT027", f"only rows graded C or D may be adjusted, found {row['grade']!r}")
        if not row["reason"]:
            reader.error(row, "reason", "WT008", "an adjustment needs a reason")
        if any(number is None for number in numbers):
            continue
        stated, low, high, used = (float(number) for number in numbers if number is not None)
        if not (low <= used <= high and low <= stated <= high):
            reader.error(
                row, "used", "WT006", f"stated {stated:g} and used {used:g} must lie within {low:g} to {high:g}"
            )
        found.append(Adjustment(row["row"], stated, low, high, used, row["grade"], row["reason"], row.place))
    return tuple(found)
