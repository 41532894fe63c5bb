"""Stocks with origin. `put` and `take` are the only verbs that move mass, so balance is a theorem."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
DUST = 1e-12  # less than this is nothing [t]: rounding leaves it, and it must not be divided by


def over_origins(tonnes: Array) -> Array:
    """Sum (row, origin, member) over origins; of one origin a view, to be read only."""
    return tonnes[:, 0] if tonnes.shape[1] == 1 else np.einsum("rom->rm", tonnes)  # as `sum`, in half the time


def over_origins_of_entries(tonnes: Array) -> Array:
    """Sum (entry, origin) over origins, column by column: rows as short as these cost much each."""
    out = tonnes[:, 0].copy()
    for column in tonnes.T[1:]:
        out += column
    return out


class Stocks:
    """All stocks of one block, one row per holder and commodity.

    `on_hand` has shape (row, origin, member) [t], `tonnes` (row, member) is the same whatever the origin; `added` and
    `removed` are running totals (row, member) [t].
    """

    def __init__(self, rows: int, origins: int, members: int) -> None:
        self.on_hand = np.zeros((rows, origins, members))
        self._pure = origins == 1  # nothing to tell apart: `tonnes` is then a view
        self.tonnes = self.on_hand[:, 0] if self._pure else np.zeros((rows, members))
        self._whole = np.ones((rows if self._pure else 0, 1, members))
        self.added = np.zeros((rows, members))
        self.removed = np.zeros((rows, members))

    def total(self, rows: slice) -> Array:
        """Tonnes on hand whatever their origin, shape (row, member); a view, to be read only."""
        return self.tonnes[rows]

    def put(self, rows: slice | NDArray[np.int64], tonnes: Array) -> Array:
        """Add tonnes (row, origin, member); rows must not repeat. Returns them whatever their origin, (row, member)."""
        more = over_origins(tonnes)
        if not self._pure:
            self.on_hand[rows] += tonnes
        self.tonnes[rows] += more
        self.added[rows] += more
        return more

    def take(self, rows: slice, tonnes: Array, mix: Array | None = None) -> tuple[Array, Array]:
        """Remove tonnes of shape (row, member) in proportion to origin; asking for more than there is takes what there is.

        `mix` is where to write the shares by origin; a new array if not given.

        Returns
        -------
        taken : (row, member) [t]
        mix : (row, origin, member), shares of the stock by origin, of use only where something was taken
        """
        there, total = self.on_hand[rows], self.tonnes[rows]
        taken = np.minimum(tonnes, total)
        if self._pure:
            total -= taken
            self.removed[rows] += taken
            if mix is not None:
                mix[...] = 1.0
            return taken, self._whole[rows]
        per_tonne = np.maximum(total, DUST)
        np.divide(1.0, per_tonne, out=per_tonne)
        mix = np.multiply(there, per_tonne[:, None, :], out=mix)
        total -= taken
        per_tonne *= total
        there *= per_tonne[:, None, :]
        self.removed[rows] += taken
        return taken, mix

    def take_apart(self, rows: NDArray[np.int64], tonnes: Array) -> Array:
        """Remove tonnes (row, member) of scattered rows that must not repeat, in proportion to origin.

        Not a bit changes where nothing is taken. Returns what was taken, (row, origin, member) [t].
        """
        there, total = self.on_hand[rows], self.tonnes[rows]
        taken = np.minimum(tonnes, total)
        goods = there * (taken / np.maximum(total, DUST))[:, None]
        self.on_hand[rows] = there - goods
        self.tonnes[rows] = total - taken
        self.removed[rows] += taken
        return goods
