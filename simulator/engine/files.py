"""Files at a licence office, in slots that are used again once a file is closed in every member.

A file of one member is an *entry*, the flat place slot * members + member in the arrays below. Entries stand in an agenda
under the step at which something can next happen to them, so that a day costs what happens on it, not all that waits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_FIRST = 256  # slots at the start; they double when they run out
_FAR = 32767  # steps ahead that the sort tells apart


class Agenda:
    """Entries by the step at which to look at them next, each with the serial number of its file."""

    def __init__(self) -> None:
        self._by_step: dict[int, list[Index]] = {}

    def put(self, steps: Index, entries: Index, serials: Index) -> None:
        """Note entries under their steps; all of shape (entry,)."""
        if steps.size == 0:
            return
        ahead = np.minimum(steps - steps.min(), _FAR).astype(np.int16)  # small numbers sort fastest
        order = np.argsort(ahead, kind="stable")
        steps, noted = steps[order], np.stack((entries, serials))[:, order]
        starts = [0, *(np.flatnonzero(np.diff(steps)) + 1).tolist()]
        for step, start, end in zip(steps[starts].tolist(), starts, [*starts[1:], steps.size], strict=True):
            self._by_step.setdefault(step, []).append(noted[:, start:end])

    def pull(self, step: int) -> Index:
        """Take out what stands under a step: entries and serial numbers (2, entry), in no order."""
        return np.concatenate([np.zeros((2, 0), dtype=np.int64), *self._by_step.pop(step, [])], axis=1)


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
    waiting : (slot,) in how many members they do
    """

    def __init__(self, lanes: int, origins: int, members: int) -> None:
        self._next, self._members = 0, members
        self.desk, self.serial = np.zeros(_FIRST, dtype=np.int64), np.zeros(_FIRST, dtype=np.int64)
        self.filed = np.zeros(_FIRST)
        self.mass, self.mix = np.zeros((_FIRST, lanes, members)), np.zeros((_FIRST, origins, members))
        self.arrival, self.service = np.zeros((_FIRST, members)), np.zeros((_FIRST, members))
        self.done, self.not_before = np.zeros((_FIRST, members)), np.zeros((_FIRST, members))
        self.mended = np.zeros((_FIRST, members))
        self.refused, self.appeals = (np.zeros((_FIRST, members), dtype=bool) for _ in range(2))
        self.refused_again, self.open = (np.zeros((_FIRST, members), dtype=bool) for _ in range(2))
        self.waiting = np.zeros(_FIRST, dtype=np.int64)
        self._to_review, self._to_decide = Agenda(), Agenda()

    def place(self, entries: Index) -> tuple[Index, Index]:
        """Slot and member of some entries."""
        slot = entries // self._members
        return slot, entries - slot * self._members

    def add(self, step: float, **columns: Any) -> None:
        """Add files, in order of name; `done` and `serial` are set here, and the day on which each joins its queue noted."""
        count = len(columns["desk"])
        while (self.waiting == 0).sum() < count:
            self._grow()
        slots = np.flatnonzero(self.waiting == 0)[:count]
        for name, column in columns.items():
            getattr(self, name)[slots] = column
        self.waiting[slots] = columns["open"].sum(axis=1)
        self.done[slots] = np.inf
        self.serial[slots] = self._next + np.arange(count)
        self._next += count
        file, member = np.nonzero(columns["open"])
        self._await_review(slots[file] * self._members + member, step, 0)

    def arrived(self, now: int) -> Index:
        """Entries that join their queue in step `now`."""
        return self._valid(self._to_review.pull(now))

    def due(self, now: int) -> Index:
        """Entries on which there may be a decision in step `now`."""
        return self._valid(self._to_decide.pull(now))

    def await_decision(self, entries: Index, steps: Index) -> None:
        """Look at entries again for a decision at these steps."""
        self._to_decide.put(steps, entries, self.serial[entries // self._members])

    def _await_review(self, entries: Index, step: float, earliest: int) -> None:
        steps = np.floor(self.arrival.reshape(-1)[entries] / step).astype(np.int64)
        self._to_review.put(np.maximum(steps, earliest), entries, self.serial[entries // self._members])

    def appeal(self, entries: Index, today: float, step: float, now: int) -> None:
        """Send refused files back to the queue once, from the next step on; the second decision is another draw."""
        flat = {name: getattr(self, name).reshape(-1) for name in ("arrival", "done", "refused", "appeals")}
        flat["arrival"][entries] = today + self.mended.reshape(-1)[entries]
        flat["done"][entries] = np.inf
        flat["refused"][entries] = self.refused_again.reshape(-1)[entries]
        flat["appeals"][entries] = False
        self._await_review(entries, step, now + 1)

    def close(self, entries: Index) -> None:
        """Goods have left these files."""
        self.open.reshape(-1)[entries] = False
        self.waiting -= np.bincount(entries // self._members, minlength=self.waiting.size)

    def all_open(self) -> tuple[Index, Index]:
        """Slot and member of all goods that wait, in order of filing."""
        slots = np.flatnonzero(self.waiting)
        slots = slots[np.argsort(self.serial[slots])]
        place, member = np.nonzero(self.open[slots])
        return slots[place], member

    def in_order(self, entries: Index) -> Index:
        """Entries in order of filing, not of slot: which slot is free depends on the other members."""
        slot, member = self.place(entries)
        return entries[np.argsort(self.serial[slot] * self._members + member)]

    def _valid(self, found: Index) -> Index:
        # What left early stays in the agenda, and its slot may hold another file by now.
        entries, serials = found
        return entries[self.open.reshape(-1)[entries] & (self.serial[entries // self._members] == serials)]

    def _grow(self) -> None:
        for name, column in vars(self).items():
            if isinstance(column, np.ndarray):
                setattr(self, name, np.concatenate((column, np.zeros_like(column))))
