"""A licensing office: one FIFO queue, c clerks, and a clock of its own whose speed politics may change.

Exact for every member at once: keep the times at which each clerk is free, take the earliest per member
(Kiefer and Wolfowitz 1955).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Clerks:
    """Clerks of one office, in office time [d of work at normal speed].

    `free` has shape (clerk, member): when each clerk is next free. Clerks that a member does not have stay busy for ever.
    """

    def __init__(self, clerks: NDArray[np.int64]) -> None:
        most = int(clerks.max())
        if clerks.min() < 1:
            raise ValueError("an office needs at least one clerk")
        self.free = np.where(np.arange(most)[:, None] < clerks, 0.0, np.inf)
        self._members = np.arange(clerks.size)

    def begin(self, arrival: Array, service: Array, present: NDArray[np.bool_] | None = None) -> Array:
        """Let one file per member enter the queue; returns when its review begins, shape (member,).

        Files must enter in order of arrival. Where `present` is False no file enters and the answer means nothing.
        """
        chosen = self.free.argmin(axis=0)
        earliest = self.free[chosen, self._members]
        start = np.maximum(earliest, arrival)
        done = start + service
        self.free[chosen, self._members] = done if present is None else np.where(present, done, earliest)
        return start


class OfficeClock:
    """Office time of each member: calendar time run at the speed that politics allows."""

    def __init__(self, members: int) -> None:
        self.before = np.zeros(members)     # office time at the start of this step
        self.now = np.zeros(members)        # and at its end
        self._speed = np.ones(members)
        self._step = 1.0

    def advance(self, speed: Array, step: float) -> None:
        """Let one step pass at a speed [1]; 0 freezes the office."""
        self.before, self._speed, self._step = self.now, speed, step
        self.now = self.before + speed * step

    def at(self, days_into_step: Array) -> Array:
        """Office time at a moment of this step [d after its start]."""
        return self.before + self._speed * days_into_step


def clerks_for(files_per_day: float, service: Array, load: Array) -> NDArray[np.int64]:
    """Clerks that give a utilisation of `load` at the normal flow of files; at least one. Shape of `load`."""
    return np.maximum(np.rint(files_per_day * service / load), 1.0).astype(np.int64)


def lognormal(mean: Array | float, cv: Array | float, normal: Array) -> Array:
    """Lognormal value of a given mean and coefficient of variation from standard normal numbers."""
    variance = np.log1p(np.square(cv))
    return mean * np.exp(np.sqrt(variance) * normal - 0.5 * variance)
