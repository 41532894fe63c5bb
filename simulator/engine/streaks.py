"""The first long spell of shortage, kept up to date day by day without storing daily paths."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Streak:
    """First day of the first run of days on which more than a threshold went unserved.

    Parameters
    ----------
    shape : tuple of int
        Shape of the arrays to come, (market, member).
    threshold : float
        A day counts when asked - served exceeds this share of asked [1].
    run_days : float
        How long a run must last before it counts [d].
    step : float
        Days from one update to the next [d].

    Raises
    ------
    ValueError
        When the threshold is outside [0, 1), or the run or the step is not positive.
    """

    def __init__(
        self, shape: tuple[int, ...], threshold: float = 0.02, run_days: float = 7.0, step: float = 1.0
    ) -> None:
        if not 0.0 <= threshold < 1.0:
            raise ValueError(f"threshold is a share from 0 to below 1; got {threshold}")
        if run_days <= 0.0 or step <= 0.0:
            raise ValueError(f"run_days and step must be positive; got {run_days} and {step}")
        self.threshold, self.run_days, self.step = threshold, run_days, step
        self._since = np.full(shape, np.nan)
        self._first = np.full(shape, np.nan)

    @property
    def first(self) -> NDArray[np.float64]:
        """First day of the first long enough run, on the caller's calendar [d]; NaN where there is none yet."""
        return self._first.copy()

    def update(self, day: float, asked: ArrayLike, served: ArrayLike) -> None:
        """Take in one day.

        Parameters
        ----------
        day : float
            Day on the caller's calendar, one step after the day before [d].
        asked, served : array of the streak's shape, or broadcast to it
            Demand and what was served of it on time [t] or [t/d].
        """
        wanted = np.asarray(asked)
        short = wanted - np.asarray(served) > self.threshold * wanted
        self._since = np.where(short, np.where(np.isnan(self._since), day, self._since), np.nan)
        long_enough = day + self.step - self._since >= self.run_days - 1e-9
        self._first = np.where(np.isnan(self._first) & long_enough, self._since, self._first)
