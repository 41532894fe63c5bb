"""Sums of lanes by buyer, supplier or route, in one canonical order whatever the number of members."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Array = NDArray[np.float64]


class Grouping:
    """Adds the rows of an array group by group, one after the other in the order given, each times its weight.

    A sparse matrix does just this, row by row. `np.add.reduceat` sums in another order and returns a row for an empty group.

    Parameters
    ----------
    of : (row,) the group each row belongs to
    groups : number of groups, empty ones included
    order : (row,) rank by which the rows of a group are added; default their place
    weight : (row,) what each row is multiplied by; default 1
    source, size : (row,) place of each row in the array to be summed, and the length of that; default their own
    """

    def __init__(
        self,
        of: NDArray[np.int64],
        groups: int,
        order: NDArray[np.int64] | None = None,
        weight: Array | None = None,
        source: NDArray[np.int64] | None = None,
        size: int | None = None,
    ) -> None:
        self.of = np.asarray(of, dtype=np.int64)
        self.groups = groups
        rows = np.lexsort((np.arange(self.of.size) if order is None else order, self.of))
        places = rows if source is None else source[rows]
        weights = np.ones(rows.size) if weight is None else weight[rows]
        starts = np.concatenate(([0], np.cumsum(np.bincount(self.of, minlength=groups))))
        width = int(places.max(initial=-1)) + 1 if size is None else size
        self._matrix = csr_array((weights, places, starts), shape=(groups, width))
        each = np.arange(groups)
        alone = width == groups and np.array_equal(self.of[rows], each) and np.array_equal(places, each)
        self._as_is = alone and bool((weights == 1.0).all())

    def sum(self, rows: Array) -> Array:
        """Sum rows of shape (row, ...) to (group, ...); may be `rows` itself, so read only."""
        if self._as_is:
            return rows
        flat = rows.reshape(rows.shape[0], math.prod(rows.shape[1:]))
        return np.asarray(self._matrix @ flat).reshape(self.groups, *rows.shape[1:])


def as_slice(rows: NDArray[np.int64]) -> NDArray[np.int64] | slice:
    """The same rows as a slice where they stand side by side: a view in place of a copy."""
    first, last = (int(rows[0]), int(rows[-1]) + 1) if rows.size else (0, 0)
    return slice(first, last) if np.array_equal(rows, np.arange(first, last)) else rows


def add_entries(to: Array, rows: NDArray[np.int64], members: NDArray[np.int64], values: Array) -> None:
    """Add `values` (entry,) to `to` (row, member) entry by entry; places may repeat. `to` must be contiguous."""
    np.add.at(to.reshape(-1), rows * to.shape[1] + members, values)
