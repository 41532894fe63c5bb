"""Export quotas as token buckets: an allowance per period, forfeited or carried over at its end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping
from simulator.engine.rationing import fill_share

Array = NDArray[np.float64]


class TokenBuckets:
    """Tonnes that may still leave in this period, one bucket per quota holder.

    `left`, `used` and `forfeited` have shape (bucket, member) [t].
    """

    def __init__(self, buckets: int, members: int, carry: Array | float = 0.0) -> None:
        self.left = np.zeros((buckets, members))
        self.used = np.zeros((buckets, members))
        self.forfeited = np.zeros((buckets, members))
        self._carry = carry

    def refill(self, allowance: Array, begins: NDArray[np.bool_] | bool = True) -> None:
        """Begin a period for the members where `begins` holds: carry a share over, forfeit the rest."""
        kept = np.minimum(self.left * self._carry, allowance * self._carry)
        self.forfeited += np.where(begins, self.left - kept, 0.0)
        self.left = np.where(begins, allowance + kept, self.left)

    def allow(self, wanted: Array, to_bucket: Grouping) -> Array:
        """What may leave on each lane (lane, member), in proportion where the bucket is too small."""
        return wanted * fill_share(self.left, to_bucket.sum(wanted))[to_bucket.of]

    def spend(self, shipped: Array, to_bucket: Grouping) -> None:
        """Use up tokens for what was shipped (lane, member)."""
        spent = np.minimum(to_bucket.sum(shipped), self.left)
        self.left -= spent
        self.used += spent
