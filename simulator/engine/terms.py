"""What the world allows today, lane by lane and site by site. Rebuilt from what is in force; nothing is ever undone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass
class Terms:
    """Current terms; every field combines in a way that ignores order.

    Lane fields have shape (lane, member), `rate` (facility, member), `demand` (market row, member).
    """

    banned: Array  # share of the flow that may not leave [1]; the strictest counts
    leak: Array  # share of the banned flow that finds another way [1]; the tightest counts
    leak_delay: Array  # how much longer that way is [d]; the longest counts
    exempt: Array  # 1 where a general licence covers the pair; any suffices
    duty: Array  # share of value paid at the border [1]; they add up
    extra: Array  # days added to the transit [d]; they add up
    through: Array  # share of the normal flow that a lane can carry [1]; the least counts
    by_class: Array  # share of stock given out class by class [1]; the most counts
    rank: NDArray[np.int8]  # class of the buyer, 0 the lowest; the highest counts
    kept: Array  # part of what classes share that is kept for the lowest [1]; the most counts
    stopped: Array  # chance that a consignment is stopped for testing [1]; the most counts
    tested: Array  # how long it is then held [d]; the longest counts
    rate: Array  # share of capacity that may be used [1]; they multiply
    demand: Array  # factor on final demand [1]; they multiply
    bans: bool = False
    ranked: bool = False  # some stock is given out class by class
    exemptions: bool = False
    detours: bool = False
    duties: bool = False
    testing: bool = False  # customs may stop some consignment
    slow: bool = False  # some facility may not use all its capacity
    narrow: bool = False  # some lane carries less than normal

    @classmethod
    def free(cls, lanes: int, facilities: int, markets: int, members: int) -> Terms:
        """Free trade and full rates."""
        lane, zero = (lanes, members), np.zeros
        return cls(
            zero(lane),
            np.ones(lane),
            zero(lane),
            zero(lane),
            zero(lane),
            zero(lane),
            np.full(lane, np.inf),
            zero(lane),
            zero(lane, dtype=np.int8),
            zero(lane),
            zero(lane),
            zero(lane),
            np.ones((facilities, members)),
            np.ones((markets, members)),
        )

    def settle(self) -> None:
        """Say which kinds of terms bind at all, so that free trade costs nothing."""
        self.bans, self.ranked = bool(self.banned.any()), bool(self.by_class.any())
        self.exemptions, self.testing = bool(self.exempt.any()), bool(self.stopped.any())
        self.detours, self.duties = bool(self.extra.any()), bool(self.duty.any())
        self.slow = bool((self.rate < 1.0).any())
        self.narrow = bool(np.isfinite(self.through).any())

    @property
    def leaking(self) -> Array:
        """Share of the banned flow that leaks, 0 where nothing is banned."""
        return np.where(self.banned > 0.0, self.leak, 0.0)
