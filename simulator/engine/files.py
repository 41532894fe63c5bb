"""Files at a licence office, in slots that are used again once a file is closed in every member."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FIRST = 256  # slots at the start; they double when they run out


class Files:
    """What is known of each file; arrays of shape (slot, member) unless stated.

    Attributes
    ----------
    desk, serial : (slot,) the desk that filed, and the number in order of filing
    filed : (slot,) day of filing
    mass : (slot, lane of the desk, member) [t]
    mix : (slot, origin, member) [1]
    arrival : day on which it joins the queue
    service : work of a clerk [d]
    done : office time at which the review ends; infinite before it begins
    not_before : day before which there is no decision
    refused, appeals, refused_again : what the decision will be
    mended : time to mend the file before an appeal [d]
    open : goods still wait
    """

    def __init__(self, lanes: int, origins: int, members: int) -> None:
        self._next = 0
        self.desk, self.serial = np.zeros(_FIRST, dtype=np.int64), np.zeros(_FIRST, dtype=np.int64)
        self.filed = np.zeros(_FIRST)
        self.mass, self.mix = np.zeros((_FIRST, lanes, members)), np.zeros((_FIRST, origins, members))
        self.arrival, self.service = np.zeros((_FIRST, members)), np.zeros((_FIRST, members))
        self.done, self.not_before = np.zeros((_FIRST, members)), np.zeros((_FIRST, members))
        self.mended = np.zeros((_FIRST, members))
        self.refused, self.appeals = (np.zeros((_FIRST, members), dtype=bool) for _ in range(2))
        self.refused_again, self.open = (np.zeros((_FIRST, members), dtype=bool) for _ in range(2))

    def add(self, **columns: Any) -> None:
        """Add files, in order of name; `done` and `serial` are set here."""
        count = len(columns["desk"])
        free = np.flatnonzero(~self.open.any(axis=1))
        while free.size < count:
            self._grow()
            free = np.flatnonzero(~self.open.any(axis=1))
        slots = free[:count]
        for name, column in columns.items():
            getattr(self, name)[slots] = column
        self.done[slots] = np.inf
        self.serial[slots] = self._next + np.arange(count)
        self._next += count

    def appeal(self, again: Mask, today: float) -> None:
        """Send refused files back to the queue once; the second decision is another draw."""
        if not again.any():
            return
        np.copyto(self.arrival, today + self.mended, where=again)
        np.copyto(self.done, np.inf, where=again)
        np.copyto(self.refused, self.refused_again, where=again)
        self.appeals &= ~again

    def close(self, which: Mask) -> None:
        """Goods have left these files."""
        self.open &= ~which

    def _grow(self) -> None:
        for name, column in vars(self).items():
            if isinstance(column, np.ndarray):
                setattr(self, name, np.concatenate((column, np.zeros_like(column))))
