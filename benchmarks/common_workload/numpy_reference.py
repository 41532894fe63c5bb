"""The answer, in plain numpy: whole units, all members at once, each step of the day written out.

`allocation` decides who goes short: `fixed` serves customers in order, `proportional` by what each is owed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.common_workload import workload as w


def run(
    seed: int,
    days: int = w.DAYS,
    members: int = 1,
    allocation: str = "proportional",
    demand: NDArray[np.int64] | None = None,
) -> w.Outcome:
    """Run the common workload on the shared demand stream, or on the one given."""
    stream = (w.demand(seed, days, members) if demand is None else demand).astype(float)
    members = stream.shape[2]
    watch = w.Watch()
    with watch.running():
        sums = _simulate(stream, days, members, allocation)
    return w.Outcome(sums[0], sums[1], sums[2], watch.seconds, days)


def _simulate(stream: NDArray[np.float64], days: int, members: int, allocation: str) -> NDArray[np.float64]:
    echelons = range(len(w.WIDTHS))
    above = [np.array([w.supplier(e, i) for i in range(w.WIDTHS[e])]) if e else np.empty(0, int) for e in echelons]
    level = [np.array([[float(w.base_stock(e, i))] for i in range(w.WIDTHS[e])]) for e in echelons]
    on_hand = [np.repeat(s, members, axis=1) for s in level]
    on_order = [np.zeros_like(stock) for stock in on_hand]
    coming = [np.zeros((w.LEADS[e], *on_hand[e].shape)) for e in echelons]
    owed = [
        np.zeros_like(on_hand[e + 1]) if e < w.LAST else np.zeros_like(on_hand[e]) for e in echelons
    ]  # to each customer
    sums = np.zeros((3, len(echelons), members))

    for day in range(days):
        for e in echelons:
            slot = coming[e][day % w.LEADS[e]]
            on_hand[e] += slot
            on_order[e] -= slot
            slot[:] = 0.0
        asked = stream[day]
        for e in reversed(echelons):
            owed[e] += asked
            position = on_hand[e] + on_order[e] - (_by_supplier(owed[e], above, e))
            asked = level[e] - position
            if e == 0 and day in w.STOP:
                asked[0] = 0.0
            on_order[e] += asked
        coming[0][day % w.LEADS[0]] += asked
        for e in echelons:
            ships = _ship(on_hand[e], owed[e], above, e, allocation)
            owed[e] -= ships
            sent = _by_supplier(ships, above, e)
            on_hand[e] -= sent
            if e < w.LAST:
                coming[e + 1][day % w.LEADS[e + 1]] += ships
            if day >= w.COUNT_FROM:
                sums[0, e] += sent.sum(axis=0)
                sums[1, e] += owed[e].sum(axis=0)
                sums[2, e] += on_hand[e].sum(axis=0)
    return sums


def _by_supplier(amount: NDArray[np.float64], above: list[NDArray[np.int64]], e: int) -> NDArray[np.float64]:
    """Sum what concerns the customers of echelon `e` to its facilities."""
    if e == w.LAST:
        return amount
    total = np.zeros((w.WIDTHS[e], amount.shape[1]))
    np.add.at(total, above[e + 1], amount)
    return total


def _ship(
    on_hand: NDArray[np.float64], owed: NDArray[np.float64], above: list[NDArray[np.int64]], e: int, allocation: str
) -> NDArray[np.float64]:
    if e == w.LAST:
        return np.minimum(on_hand, owed)
    if allocation == "proportional":
        total = _by_supplier(owed, above, e)
        share = np.divide(on_hand, total, out=np.ones_like(total), where=total > on_hand)
        return owed * share[above[e + 1]]
    left, ships = on_hand.copy(), np.empty_like(owed)
    for customer, facility in enumerate(above[e + 1]):
        ships[customer] = np.minimum(left[facility], owed[customer])
        left[facility] -= ships[customer]
    return ships
