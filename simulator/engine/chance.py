"""Random numbers with an address: (seed, owner, purpose, replication, index).

One counter-based generator makes a tile of 64 replications x 64 indices, so a member alone, a longer horizon or
another block size draws the same numbers. The arm is not in the address: arms share their luck. Only parameter-free
variates are drawn; parameters are applied afterwards.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import as_slice

TILE = 64
_KEPT = 512

_DRAW: dict[str, Callable[[np.random.Generator], NDArray[np.float64]]] = {
    "uniform": lambda g: g.random((TILE, TILE)),
    "normal": lambda g: g.standard_normal((TILE, TILE)),
    "exponential": lambda g: g.standard_exponential((TILE, TILE)),
}


def address(owner: str, purpose: str) -> int:
    """Stable 64-bit hash of who draws and what for; equal on every machine and in every process."""
    digest = hashlib.blake2b(f"{owner}\x1f{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


class Chance:
    """Draws for the members of one block.

    Parameters
    ----------
    seed : the study's seed
    replication : (member,) replication number of each member
    """

    def __init__(self, seed: int, replication: NDArray[np.int64]) -> None:
        self._seed = seed & (2**64 - 1)
        self._rows, self._column = np.unique(replication, return_inverse=True)
        self._spread = not np.array_equal(self._column, np.arange(self._rows.size))
        # Which columns of a page come from which columns of a tile; slices of a study's usual rows of replications.
        self._groups = []
        for group in np.unique(self._rows // TILE):
            mine = np.flatnonzero(self._rows // TILE == group)
            self._groups.append((int(group), as_slice(mine), as_slice(self._rows[mine] % TILE)))
        self._bits = np.random.Philox()
        self._state = self._bits.state
        self._generator = np.random.Generator(self._bits)
        self._tiles: OrderedDict[tuple[str, int, int], NDArray[np.float64]] = OrderedDict()

    def uniform(self, owner: str, purpose: str, index: int = 0) -> NDArray[np.float64]:
        """Standard uniform numbers, shape (member,)."""
        return self._draw("uniform", owner, purpose, index)

    def normal(self, owner: str, purpose: str, index: int = 0) -> NDArray[np.float64]:
        """Standard normal numbers, shape (member,)."""
        return self._draw("normal", owner, purpose, index)

    def exponential(self, owner: str, purpose: str, index: int = 0) -> NDArray[np.float64]:
        """Standard exponential numbers, shape (member,)."""
        return self._draw("exponential", owner, purpose, index)

    def _draw(self, kind: str, owner: str, purpose: str, index: int) -> NDArray[np.float64]:
        page, line = divmod(index, TILE)
        return self.page(kind, owner, purpose, page)[line]

    def page(self, kind: str, owner: str, purpose: str, page: int) -> NDArray[np.float64]:
        """Indices 64 * page to 64 * page + 63 at once, shape (index, member)."""
        where = address(owner, f"{purpose}:{kind}")
        key = (kind, where, page)
        found = self._tiles.get(key)
        if found is None:
            found = np.empty((TILE, self._rows.size))
            for group, mine, theirs in self._groups:
                found[:, mine] = self._tile(kind, where, page, group)[:, theirs]
            if self._spread:
                found = found[:, self._column]
            self._tiles[key] = found
            if len(self._tiles) > _KEPT:
                self._tiles.popitem(last=False)
        return found

    def _tile(self, kind: str, where: int, page: int, group: int) -> NDArray[np.float64]:
        # Re-keying one generator through its state costs a fifth of constructing a new one.
        state = self._state
        state["state"]["key"] = np.array([self._seed, where], dtype=np.uint64)
        state["state"]["counter"] = np.array([0, 0, page, group], dtype=np.uint64)
        state["buffer_pos"], state["has_uint32"], state["uinteger"] = 4, 0, 0
        self._bits.state = state
        return _DRAW[kind](self._generator)
