"""Who goes short when a supplier has too little: pure functions over the lanes of suppliers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping
from simulator.engine.stock import DUST

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Claims:
    """What sets buyers apart when there is too little; None where nothing does. Rank, share and part kept go together.

    Attributes
    ----------
    rank : (lane, member) class of the buyer, 0 the lowest; higher is served first
    by_class : (lane, member) share of what there is that is given out class by class [1]
    kept : (lane, member) part of that share kept for the lowest class [1]
    contracted : (lane, member) what contracts promise in this step [t]
    """

    rank: NDArray[np.int8] | None = None
    by_class: Array | None = None
    kept: Array | None = None
    contracted: Array | None = None


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


def water_fill(available: Array, most: Array, weight: Array, to_supplier: Grouping) -> Array:
    """Serve in proportion to weight, nobody more than he takes; what one refuses goes to the others until all is gone.

    Parameters
    ----------
    available : (supplier, member) [t]
    most : (lane, member) what each takes at most [t]
    weight : (lane, member) right of each, such as the tonnes promised; who has none gets nothing

    Returns
    -------
    (lane, member) [t]; the answer depends neither on the order of lanes nor on splitting one with its weight.
    """
    full = (weight <= DUST) | (most <= 0.0)
    taken = np.zeros_like(most)
    while True:
        left = np.maximum(available - to_supplier.sum(taken), 0.0)
        rights = to_supplier.sum(np.where(full, 0.0, weight))
        level = left / np.maximum(rights, DUST)  # who is not full has a right above dust
        part = weight * level[to_supplier.of]
        filled = ~full & (most <= part)
        # Another round changes nothing for a member in whom nobody was filled, so rounds that others need do no harm.
        if not filled.any():
            return np.where(full, taken, part)
        full = full | filled
        taken = np.where(filled, most, taken)


def contract_then_spot(available: Array, asked: Array, contracted: Array, to_supplier: Grouping) -> Array:
    """Serve contracts first, in proportion to what they promise; the rest in proportion to what is still owed.

    Parameters
    ----------
    available : (supplier, member) [t]
    asked, contracted : (lane, member) [t]

    Returns
    -------
    (lane, member) [t]
    """
    promised = water_fill(available, np.minimum(asked, contracted), contracted, to_supplier)
    left = np.maximum(available - to_supplier.sum(promised), 0.0)
    return promised + proportional(left, asked - promised, to_supplier)


def by_priority(
    available: Array,
    asked: Array,
    priority: NDArray[np.int8],
    to_supplier: Grouping,
    inside: Callable[[Array, Array], Array] | None = None,
) -> Array:
    """Serve the lanes of the highest class first.

    `priority` has the shape of `asked`; higher is served first, 0 last. `inside` shares out inside a class, from what there is
    (supplier, member) and what is asked (lane, member); in proportion if not given.
    """
    left, served = available, np.zeros_like(asked)
    for rank in range(int(priority.max(initial=0)), -1, -1):
        mine = np.where(priority == rank, asked, 0.0)
        given = proportional(left, mine, to_supplier) if inside is None else inside(left, mine)
        served = served + given
        left = np.maximum(left - to_supplier.sum(given), 0.0)
    return served


def serve(
    available: Array, asked: Array, wanted: Array, claims: Claims | None, to_supplier: Grouping
) -> tuple[Array, Array]:
    """Proportional rationing, but for what law and contracts say. Where there is enough, all get what they ask.

    Parameters
    ----------
    available : (supplier, member) [t]
    asked : (lane, member) [t]
    wanted : (supplier, member) sum of `asked` by supplier [t]
    claims : what sets lanes apart; None where nothing does

    Returns
    -------
    served : (lane, member) [t]
    left : (supplier, member) sum of `served` by supplier [t]
    """
    plain = fill_share(available, wanted)
    served, left = asked * plain[to_supplier.of], wanted * plain
    if claims is None or not (plain < 1.0).any():
        return served, left
    claimed = np.zeros_like(asked)
    for claim in (claims.by_class, claims.contracted):
        if claim is not None:
            claimed = claimed + claim
    # What an arm without law and contracts does must not depend, to the last bit, on another arm that has them.
    apart = (plain < 1.0) & (to_supplier.sum(claimed) > 0.0)
    if not apart.any():
        return served, left
    special = _by_claims(available, asked, served, claims, to_supplier)
    served = np.where(apart[to_supplier.of], special, served)
    return served, np.where(apart, np.minimum(to_supplier.sum(special), available), left)


def _by_claims(available: Array, asked: Array, even: Array, claims: Claims, to_supplier: Grouping) -> Array:
    """Share out by class and by contract: `even` (lane, member) is what each would get in proportion [t]."""
    contracted = claims.contracted

    def inside(there: Array, mine: Array) -> Array:
        if contracted is None:
            return proportional(there, mine, to_supplier)
        return contract_then_spot(there, mine, contracted, to_supplier)

    if contracted is not None:
        even = inside(available, asked)
    if claims.rank is None or claims.by_class is None or claims.kept is None:
        return even
    low = np.where(claims.rank == 0, asked, 0.0)
    room = claims.kept * available[to_supplier.of]
    kept = low * np.minimum(room / np.maximum(to_supplier.sum(low)[to_supplier.of], DUST), 1.0)
    rest = np.maximum(available - to_supplier.sum(kept), 0.0)
    ranked = kept + by_priority(rest, asked - kept, claims.rank, to_supplier, inside)
    return claims.by_class * ranked + (1.0 - claims.by_class) * even
