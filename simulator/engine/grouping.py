"""Sums of lanes by buyer, supplier or route, in one canonical order whatever the number of members."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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
        self._group = by_size[counts[by_size] > 0]
        self._take = [rows[first[g] + k] for k in range(int(counts.max(initial=0)))
                      for g in [by_size[counts[by_size] > k]]]
        self._single = all(t.size == self._group.size for t in self._take[:1]) and len(self._take) == 1

    def sum(self, rows: Array) -> Array:
        """Sum rows of shape (row, ...) to (group, ...)."""
        out = np.zeros((self.groups, *rows.shape[1:]))
        if not self._take:
            return out
        partial = rows[self._take[0]]
        for take in self._take[1:]:
            partial[: take.size] += rows[take]
        out[self._group] = partial
        return out
