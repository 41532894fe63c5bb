"""The common workload: 40 facilities in four echelons, daily review, base-stock, one stop at a source.

Numbers, names and the demand stream that every engine shares. Facilities are numbered within their echelon; echelon 0
is the top. A day is: receive, see today's orders, order up to S, ship min(on hand, owed), backlog the rest.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTHS = (4, 8, 12, 16)  # 10, 20, 30 and 40 % of 40 facilities
LEADS = (14, 30, 21, 7)  # days into each echelon; the top echelon is supplied by sources that never run dry
MEAN_DEMAND = 10.0  # a day at each facility of the last echelon, Poisson
DAYS = 3650
STOP = range(1000, 1060)  # source 0, which supplies facility 0 of the top echelon, takes no orders on these days
COUNT_FROM = 365  # sums start here, so that engines may start as they like, with an inventory position of S
FACILITIES = sum(WIDTHS)
LAST = len(WIDTHS) - 1


def supplier(echelon: int, facility: int) -> int:
    """Return the facility of the echelon above that supplies this one."""
    return facility % WIDTHS[echelon - 1]


def customers(echelon: int, facility: int) -> list[int]:
    """Return the facilities of the echelon below that buy from this one, in order."""
    return [i for i in range(WIDTHS[echelon + 1]) if supplier(echelon + 1, i) == facility] if echelon < LAST else []


def mean_rate(echelon: int, facility: int) -> float:
    """Mean demand that reaches a facility [units a day]."""
    if echelon == LAST:
        return MEAN_DEMAND
    return sum(mean_rate(echelon + 1, i) for i in customers(echelon, facility))


def base_stock(echelon: int, facility: int) -> int:
    """Return S = ceil(m + sqrt(m)), with m the mean demand over the lead time and one day [units]."""
    m = mean_rate(echelon, facility) * (LEADS[echelon] + 1)
    return math.ceil(m + math.sqrt(m))


def demand(seed: int, days: int, members: int) -> NDArray[np.int64]:
    """Return the shared demand stream, shape (day, facility of the last echelon, member) [units a day]."""
    stream = np.random.Generator(np.random.Philox(key=[seed, 0]))
    drawn = stream.poisson(MEAN_DEMAND, size=(members, WIDTHS[LAST], days))  # more members keep the first
    return np.ascontiguousarray(drawn.transpose(2, 1, 0))


@dataclass
class Outcome:
    """What an engine hands back: three sums over days from COUNT_FROM on, each of shape (echelon, member).

    An engine that drew its own demand gives it as `demand`, shaped as `workload.demand` is, and is then compared with
    the reference on that very stream. If it cannot, it sets `shared` to False, and means are compared over members.
    """

    shipped: NDArray[np.float64]
    backlog_days: NDArray[np.float64]
    on_hand_days: NDArray[np.float64]
    seconds: float
    days: int
    demand: NDArray[np.int64] | None = None
    shared: bool = True

    @property
    def members(self) -> int:
        """Number of members."""
        return self.shipped.shape[1]

    @property
    def speed(self) -> float:
        """Facility-days per second on one core; drawing the shared demand is not in it."""
        return FACILITIES * self.days * self.members / self.seconds


class Tally:
    """Sums of one member, filled day by day by the engines that run one member at a time."""

    def __init__(self) -> None:
        self.sums = np.zeros((3, len(WIDTHS)))

    def add(self, day: int, echelon: int, shipped: float, owed: float, on_hand: float) -> None:
        """Add one facility's day."""
        if day >= COUNT_FROM:
            self.sums[:, echelon] += (shipped, owed, on_hand)


def outcome(tallies: list[Tally], seconds: float, days: int) -> Outcome:
    """Put the sums of members side by side."""
    sums = np.stack([tally.sums for tally in tallies], axis=-1)
    return Outcome(sums[0], sums[1], sums[2], seconds, days)


class Watch:
    """Seconds of processor time of this process; a busy machine then costs nothing."""

    seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time spent inside."""
        start = time.process_time()
        yield
        self.seconds += time.process_time() - start
