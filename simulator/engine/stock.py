"""Stocks with origin. `put` and `take` are the only verbs that move mass, so balance is a theorem."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Stocks:
    """All stocks of one block, one row per holder and commodity.

    `on_hand` has shape (row, origin, member) [t]; `added` and `removed` are running totals (row, member) [t].
    """

    def __init__(self, rows: int, origins: int, members: int) -> None:
        self.on_hand = np.zeros((rows, origins, members))
        self.added = np.zeros((rows, members))
        self.removed = np.zeros((rows, members))

    def total(self, rows: slice) -> Array:
        """Tonnes on hand whatever their origin, shape (row, member)."""
        return self.on_hand[rows].sum(axis=1)

    def put(self, rows: slice, tonnes: Array) -> None:
        """Add tonnes of shape (row, origin, member)."""
        self.on_hand[rows] += tonnes
        self.added[rows] += tonnes.sum(axis=1)

    def take(self, rows: slice, tonnes: Array) -> Array:
        """Remove tonnes of shape (row, member) in proportion to origin; returns (row, origin, member).

        Asking for more than there is takes what there is.
        """
        mine = self.on_hand[rows]
        total = mine.sum(axis=1)
        share = np.divide(np.minimum(tonnes, total), total, out=np.zeros_like(total), where=total > 0.0)
        taken = mine * share[:, None, :]
        mine -= taken
        self.removed[rows] += taken.sum(axis=1)
        return taken

    def mix(self, rows: slice) -> Array:
        """Shares by origin, shape (row, origin, member); zero where nothing is on hand."""
        mine = self.on_hand[rows]
        total = mine.sum(axis=1, keepdims=True)
        return np.divide(mine, total, out=np.zeros_like(mine), where=total > 0.0)
