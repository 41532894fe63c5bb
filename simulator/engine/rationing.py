"""Who goes short when a supplier has too little: pure functions over the lanes of suppliers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping

Array = NDArray[np.float64]


def fill_share(available: Array, asked: Array) -> Array:
    """Share of what is asked that can be served [1], between 0 and 1; 1 where nothing is asked."""
    return np.minimum(np.divide(available, asked, out=np.ones_like(asked), where=asked > 0.0), 1.0)


def proportional(available: Array, asked: Array, to_supplier: Grouping) -> Array:
    """Serve every lane of a supplier in the same proportion.

    Parameters
    ----------
    available : (supplier, member) [t]
    asked : (lane, member) [t]
    to_supplier : groups lanes by supplier

    Returns
    -------
    (lane, member) [t]; a supplier never gives more than it has, nor more than it is asked.
    """
    return asked * fill_share(available, to_supplier.sum(asked))[to_supplier.of]


def by_priority(available: Array, asked: Array, priority: NDArray[np.int8], to_supplier: Grouping) -> Array:
    """Serve the lanes of the highest class first, in proportion inside a class.

    `priority` has the shape of `asked`; higher is served first.
    """
    left, served = available, np.zeros_like(asked)
    for rank in sorted(set(np.unique(priority).tolist()), reverse=True):
        mine = np.where(priority == rank, asked, 0.0)
        given = proportional(left, mine, to_supplier)
        served = served + given
        left = np.maximum(left - to_supplier.sum(given), 0.0)
    return served


def by_share_first(available: Array, asked: Array, first: Array, at_home: NDArray[np.bool_], to_supplier: Grouping) -> Array:
    """Proportional rationing, but a share of what there is (lane, member) [1] is kept for home buyers first."""
    if not first.any():
        return proportional(available, asked, to_supplier)
    rank = np.broadcast_to(at_home[:, None], asked.shape).astype(np.int8)
    return first * by_priority(available, asked, rank, to_supplier) + (1.0 - first) * proportional(
        available, asked, to_supplier)
