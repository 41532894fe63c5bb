"""Sums of lanes by buyer, supplier or route, in one canonical order whatever the number of members."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_FEW = 8  # groups up to this size are summed side by side, larger ones one at a time


class Grouping:
    """Adds the rows of an array group by group, one after the other in the order given.

    `np.add.reduceat` sums in another order and returns a row for an empty group; this does neither.

    Parameters
    ----------
    of : (row,) the group each row belongs to
    groups : number of groups, empty ones included
    order : (row,) rank by which the rows of a group are added; default their place
    """

    def __init__(self, of: NDArray[np.int64], groups: int, order: NDArray[np.int64] | None = None) -> None:
        self.of = np.asarray(of, dtype=np.int64)
        self.groups = groups
        rank = np.arange(self.of.size) if order is None else order
        rows = np.lexsort((rank, self.of))
        counts = np.bincount(self.of, minlength=groups)
        first = np.concatenate(([0], np.cumsum(counts)[:-1]))
        by_size = np.argsort(-counts, kind="stable")
        small = by_size[(counts[by_size] > 0) & (counts[by_size] <= _FEW)]
        self._small = small
        self._each_one = bool(np.array_equal(self.of, np.arange(groups)))
        self._all_small = bool(np.array_equal(small, np.arange(groups)))
        self._take = [rows[first[small[counts[small] > k]] + k] for k in range(int(counts[small].max(initial=0)))]
        self._large = [(int(g), as_slice(rows[first[g] : first[g] + counts[g]])) for g in np.flatnonzero(counts > _FEW)]

    def sum(self, rows: Array) -> Array:
        """Sum rows of shape (row, ...) to (group, ...); may be `rows` itself, so read only."""
        if self._each_one:
            return rows
        partial = rows[self._take[0]] if self._take else rows[:0]
        for take in self._take[1:]:
            partial[: take.size] += rows[take]
        if self._all_small:
            return partial
        out = np.zeros((self.groups, *rows.shape[1:]))
        out[self._small] = partial
        for group, those in self._large:
            out[group] = rows[those].sum(axis=0)
        return out


def as_slice(rows: NDArray[np.int64]) -> NDArray[np.int64] | slice:
    """The same rows as a slice where they stand side by side: a view in place of a copy."""
    first, last = (int(rows[0]), int(rows[-1]) + 1) if rows.size else (0, 0)
    return slice(first, last) if np.array_equal(rows, np.arange(first, last)) else rows


def add_entries(to: Array, rows: NDArray[np.int64], members: NDArray[np.int64], values: Array) -> None:
    """Add `values` (entry,) to `to` (row, member) entry by entry; places may repeat. `to` must be contiguous."""
    np.add.at(to.reshape(-1), rows * to.shape[1] + members, values)
