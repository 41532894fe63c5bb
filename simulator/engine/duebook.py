"""Goods on their way: a ring of day buckets, read on arrival. A lag that is no whole step is split over two buckets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping, add_entries
from simulator.engine.stock import over_origins, over_origins_of_entries

Array = NDArray[np.float64]
Index = NDArray[np.int64]
_CACHED = 16_384  # numbers a processor's cache holds with room to spare; more are booked one origin at a time


@dataclass(frozen=True)
class Routes:
    """Regular ways into the book, resolved once: which share of each route's goods falls into which cell of the ring.

    A cell is a row some buckets ahead, `ahead` and `rows` (cell,); `to_cell` adds up shares of routes by cell, and
    `to_row` cells that come within the window by row.
    """

    to_cell: Grouping
    ahead: Index
    rows: Index
    to_row: Grouping


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

    @property
    def inside(self) -> Array:
        """All that is on its way to each row, summed afresh from the next bucket on, shape (row, member) [t]."""
        out = np.zeros_like(self.soon)
        for ahead in range(self.buckets):
            out += self._book[(self._now + ahead) % self.buckets].sum(axis=1)
        return out

    def split(self, lags: Array) -> tuple[Index, Array]:
        """Whole buckets ahead and the share that falls into the next one; never less than one step ahead."""
        steps = np.maximum(np.asarray(lags, dtype=float) / self.step, 1.0)
        whole = np.floor(steps + 1e-9).astype(np.int64)
        rest = np.maximum(steps - whole, 0.0)
        if whole.size and (whole + (rest > 0.0)).max() >= self.buckets:
            raise OverflowError(f"a lag of {np.max(lags):g} d is longer than the book of {self.buckets - 1} steps")
        return whole, rest

    def routes(self, lags: Array, rows: Index, order: Index | None = None) -> Routes:
        """Resolve regular ways: lags [d], rows and, where they are to be added in another order, ranks, all (route,)."""
        whole, rest = self.split(lags)
        later = np.flatnonzero(rest > 0.0)
        route = np.concatenate((np.arange(whole.size), later))
        share = np.concatenate((1.0 - rest, rest[later]))
        many = self._book.shape[1]
        cells, of = np.unique(np.concatenate((whole, whole[later] + 1)) * many + rows[route], return_inverse=True)
        ahead, row = np.divmod(cells, many)
        soon = np.flatnonzero(ahead <= self._window)
        return Routes(
            Grouping(of.reshape(-1), cells.size, route if order is None else order[route], share, route),
            ahead,
            row,
            Grouping(row[soon], many, None, None, soon, cells.size),
        )

    def book(self, routes: Routes, tonnes: Array, mix: Array, source: Index) -> None:
        """Book tonnes (route, member) on their way, of the origin `mix` (row, origin, member) of their `source` (route,)."""
        cells = (self._now + routes.ahead) % self.buckets, routes.rows
        total = np.zeros((routes.rows.size, tonnes.shape[1]))
        origins = mix.shape[1]
        width = 1 if tonnes.size > _CACHED else origins
        for first in range(0, origins, width):
            part = slice(first, first + width)
            if origins > 1:
                goods = mix[source, part]
                goods *= tonnes[:, None]
            else:
                goods = tonnes[:, None]
            goods = routes.to_cell.sum(goods)
            self._book[(*cells, part)] += goods
            if self._window:
                total += over_origins(goods)
        if self._window:
            self.soon += routes.to_row.sum(total)

    def book_each(self, lags: Array, rows: Index, members: Index, tonnes: Array) -> None:
        """Book entries one by one: lags, rows and members of shape (entry,), tonnes (entry, origin). Rows may repeat."""
        whole, rest = self.split(lags)
        _, many, origins, size = self._book.shape
        flat, total = self._book.reshape(-1), over_origins_of_entries(tonnes)
        for ahead, share in ((whole, 1.0 - rest), (whole + 1, rest)):
            if not share.any():
                continue
            place = ((self._now + ahead) % self.buckets * many + rows) * origins * size + members
            for origin in range(origins):
                np.add.at(flat, place + origin * size, tonnes[:, origin] * share)
            if self._window:
                add_entries(self.soon, rows, members, total * share * (ahead <= self._window))

    def arrivals(self, rows: slice) -> Array:
        """What arrives today at some rows, shape (row, origin, member); the bucket is emptied."""
        due = self._book[self._now, rows]
        out = due.copy()
        due[...] = 0.0
        if self._window:
            self.soon[rows] -= over_origins(out)
        return out

    def turn(self) -> None:
        """Go to the next bucket."""
        self._now = (self._now + 1) % self.buckets
        if self._window:
            self.soon += over_origins(self._book[(self._now + self._window) % self.buckets])

    def fill_steady(self, lags: Array, rows: Index, rate: Array) -> None:
        """Fill as if `rate` (route, origin, member) [t/d] had been sent for ever over `lags` (route,) [d]; rows may repeat."""
        per_step = rate * self.step
        for lag, row, flow in zip(np.asarray(lags, dtype=float), rows, per_step, strict=True):
            whole, rest = self.split(np.array([lag]))
            for ahead in range(int(whole[0]) + bool(rest[0] > 0.0)):
                share = 1.0 if ahead < whole[0] else float(rest[0])
                self._book[(self._now + ahead) % self.buckets, row] += flow * share
                if ahead <= self._window:
                    self.soon[row] += flow.sum(axis=0) * share
