"""Goods on their way: a ring of day buckets, read on arrival. A lag that is no whole step is split over two buckets."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class DueBook:
    """What arrives when, shape (bucket, row, origin, member) [t].

    Parameters
    ----------
    rows, origins, members : shape of one bucket
    longest : longest lag that will be booked [d]
    step : length of a step [d]
    window : goods due within this many days are kept summed in `soon` (row, member); 0 keeps none
    """

    def __init__(self, rows: int, origins: int, members: int, longest: float, step: float, window: float = 0.0) -> None:
        self.step = step
        self.buckets = math.ceil(max(longest, step) / step - 1e-9) + 2
        self._book = np.zeros((self.buckets, rows, origins, members))
        self._now = 0
        self._window = min(int(window / step), self.buckets - 1)
        self.soon = np.zeros((rows, members))
        self.inside = np.zeros((rows, members))

    def split(self, lag: float) -> tuple[int, float]:
        """Whole buckets ahead and the share that falls into the next one; never less than one step ahead."""
        steps = max(lag / self.step, 1.0)
        whole = math.floor(steps + 1e-9)
        return whole, max(steps - whole, 0.0)

    def book(self, lag: float, rows: NDArray[np.int64], tonnes: Array) -> None:
        """Book tonnes (row, origin, member) to arrive after `lag` days; `rows` must not repeat."""
        whole, rest = self.split(lag)
        if whole + (rest > 0.0) >= self.buckets:
            raise OverflowError(f"a lag of {lag} d is longer than the book of {self.buckets - 1} steps")
        total = tonnes.sum(axis=1)
        self.inside[rows] += total
        for ahead, share in ((whole, 1.0 - rest), (whole + 1, rest)):
            if share > 0.0:
                self._book[(self._now + ahead) % self.buckets, rows] += tonnes if share == 1.0 else tonnes * share
                if ahead <= self._window:
                    self.soon[rows] += total * share

    def book_each(self, lags: Array, rows: NDArray[np.int64], members: NDArray[np.int64], tonnes: Array) -> None:
        """Book entries one by one: lags, rows and members of shape (entry,), tonnes (entry, origin). Rows may repeat."""
        steps = np.maximum(lags / self.step, 1.0)
        whole = np.floor(steps + 1e-9).astype(np.int64)
        rest = np.maximum(steps - whole, 0.0)
        if whole.size and whole.max() + 1 >= self.buckets:
            raise OverflowError(f"a lag of {lags.max()} d is longer than the book of {self.buckets - 1} steps")
        _, many, origins, size = self._book.shape
        flat, total = self._book.reshape(-1), tonnes.sum(axis=1)
        np.add.at(self.inside.reshape(-1), rows * size + members, total)
        for ahead, share in ((whole, 1.0 - rest), (whole + 1, rest)):
            if not share.any():
                continue
            bucket = (self._now + ahead) % self.buckets
            place = ((bucket * many + rows) * origins) * size + members
            for origin in range(origins):
                np.add.at(flat, place + origin * size, tonnes[:, origin] * share)
            near = ahead <= self._window
            if self._window and near.any():
                np.add.at(self.soon.reshape(-1), (rows * size + members)[near], (total * share)[near])

    def arrivals(self, rows: slice) -> Array:
        """What arrives today at some rows, shape (row, origin, member); the bucket is emptied."""
        due = self._book[self._now, rows]
        out = due.copy()
        due[...] = 0.0
        total = out.sum(axis=1)
        self.inside[rows] -= total
        if self._window:
            self.soon[rows] -= total
        return out

    def turn(self) -> None:
        """Go to the next bucket."""
        self._now = (self._now + 1) % self.buckets
        if self._window:
            self.soon += self._book[(self._now + self._window) % self.buckets].sum(axis=1)

    def fill_steady(self, lag: float, rows: NDArray[np.int64], rate: Array) -> None:
        """Fill as if `rate` (row, origin, member) [t/d] had been shipped for ever over `lag` days."""
        whole, rest = self.split(lag)
        per_step = rate * self.step
        for ahead in range(whole + (rest > 0.0)):
            share = 1.0 if ahead < whole else rest
            self._book[(self._now + ahead) % self.buckets, rows] += per_step * share
            self.inside[rows] += per_step.sum(axis=1) * share
            if ahead <= self._window:
                self.soon[rows] += per_step.sum(axis=1) * share
