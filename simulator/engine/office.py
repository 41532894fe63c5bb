"""A licensing office: one FIFO queue, c clerks, and a clock of its own whose speed politics may change.

Exact for every member at once: keep the times at which each clerk is free, take the earliest per member
(Kiefer and Wolfowitz 1955).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Clerks:
    """Clerks at work, in office time [d of work at normal speed].

    One queue for each office and member. `free` has shape (queue, clerk): when each clerk is next free; clerks that a
    queue does not have stay busy for ever.
    """

    def __init__(self, clerks: NDArray[np.int64]) -> None:
        most = int(clerks.max())
        if clerks.min() < 1:
            raise ValueError("an office needs at least one clerk")
        self.free = np.where(np.arange(most) < clerks[:, None], 0.0, np.inf)
        self._all = np.arange(clerks.size)

    def begin(self, arrival: Array, service: Array, where: NDArray[np.int64] | None = None) -> Array:
        """Let one file enter each queue; returns when its review begins.

        Files must enter in order of arrival.

        Parameters
        ----------
        arrival, service : (queue,) when it joins, and the work it takes
        where : queues that a file enters; all of them when not given. `arrival` and `service` have its shape.
        """
        queue = self._all if where is None else where
        chosen = self.free[queue].argmin(axis=1)
        start = np.maximum(self.free[queue, chosen], arrival)
        self.free[queue, chosen] = start + service
        return start


class OfficeClock:
    """Office time of each queue: calendar time run at the speed that politics allows."""

    def __init__(self, queues: int) -> None:
        self.before = np.zeros(queues)  # office time at the start of this step
        self.now = np.zeros(queues)  # and at its end
        self._speed = np.ones(queues)

    def advance(self, speed: Array, step: float) -> None:
        """Let one step pass at a speed [1]; 0 freezes the office."""
        self.before, self._speed = self.now, speed
        self.now = self.before + speed * step

    def at(self, days_into_step: Array, where: NDArray[np.int64] | slice = slice(None)) -> Array:
        """Office time of some queues at a moment of this step [d after its start]."""
        return self.before[where] + self._speed[where] * days_into_step


def clerks_for(files_per_day: float, service: Array, load: Array) -> NDArray[np.int64]:
    """Clerks that give a utilisation of `load` at the normal flow of files; at least one. Shape of `load`."""
    return np.maximum(np.rint(files_per_day * service / load), 1.0).astype(np.int64)


def lognormal(mean: Array | float, cv: Array | float, normal: Array) -> Array:
    """Lognormal value of a given mean and coefficient of variation from standard normal numbers."""
    variance = np.log1p(np.square(cv))
    return mean * np.exp(np.sqrt(variance) * normal - 0.5 * variance)
