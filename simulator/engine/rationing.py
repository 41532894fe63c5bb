"""Who goes short when a supplier has too little: pure functions over the lanes of suppliers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping
from simulator.engine.stock import DUST

Array = NDArray[np.float64]


def fill_share(available: Array, asked: Array) -> Array:
    """Share of what is asked that can be served [1], between 0 and 1; of no meaning where nothing is asked."""
    return np.minimum(available / np.maximum(asked, DUST), 1.0)


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


def serve(
    available: Array,
    asked: Array,
    wanted: Array,
    first: Array | None,
    at_home: NDArray[np.bool_],
    to_supplier: Grouping,
) -> tuple[Array, Array]:
    """Proportional rationing, but a share of what there is may be kept for home buyers first.

    Parameters
    ----------
    available : (supplier, member) [t]
    asked : (lane, member) [t]
    wanted : (supplier, member) sum of `asked` by supplier [t]
    first : (lane, member) share kept for home buyers first [1]; None where no law says so
    at_home : (lane,) buyer and supplier are in one country

    Returns
    -------
    served : (lane, member) [t]
    left : (supplier, member) sum of `served` by supplier [t]
    """
    plain = fill_share(available, wanted)
    if first is None:
        return asked * plain[to_supplier.of], wanted * plain
    rank = np.broadcast_to(at_home[:, None], asked.shape).astype(np.int8)
    served = first * by_priority(available, asked, rank, to_supplier) + (1.0 - first) * asked * plain[to_supplier.of]
    return served, to_supplier.sum(served)
