"""Export quotas as token buckets: an allowance per period, forfeited or carried over at its end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping
from simulator.engine.rationing import fill_share

Array = NDArray[np.float64]


class TokenBuckets:
    """Tonnes that may still leave in this period, one bucket per quota holder.

    `left`, `used` and `forfeited` have shape (bucket, member), `returned` (1, member) [t]: what holders gave back, for
    anyone to use.
    """

    def __init__(self, buckets: int, members: int, carry: Array | float = 0.0) -> None:
        self.returned = np.zeros((1, members))
        self._right = np.zeros((buckets, members))
        self.left = np.zeros((buckets, members))
        self.used = np.zeros((buckets, members))
        self.forfeited = np.zeros((buckets, members))
        self._carry = carry

    def refill(self, allowance: Array, begins: NDArray[np.bool_] | bool = True) -> None:
        """Begin a period for the members where `begins` holds: carry a share over, forfeit the rest."""
        kept = np.minimum(self.left * self._carry, allowance * self._carry)
        self.forfeited += np.where(begins, self.left - kept, 0.0)
        self.left = np.where(begins, allowance + kept, self.left)
        self._right = np.where(begins, self.left, self._right)
        self.returned = np.where(begins, 0.0, self.returned)

    def give_back(self, elapsed: Array) -> None:
        """Let holders return what they left unused of the part of the period that is over, `elapsed` (member,) [1]."""
        spare = np.maximum(self.left - self._right * (1.0 - elapsed), 0.0)
        self.left = self.left - spare
        self.returned = self.returned + spare.sum(axis=0)

    def allow(self, wanted: Array, to_bucket: Grouping) -> Array:
        """What may leave on each lane (lane, member), in proportion where the bucket is too small."""
        own = wanted * fill_share(self.left, to_bucket.sum(wanted))[to_bucket.of]
        if not self.returned.any():
            return own
        rest = wanted - own
        return own + rest * fill_share(self.returned, to_bucket.sum(rest).sum(axis=0))

    def spend(self, shipped: Array, to_bucket: Grouping) -> None:
        """Use up tokens for what was shipped (lane, member)."""
        gone = to_bucket.sum(shipped)
        spent = np.minimum(gone, self.left)
        self.left -= spent
        self.used += spent
        if self.returned.any():
            others = np.minimum((gone - spent).sum(axis=0), self.returned)
            self.used += gone - spent
            self.returned = self.returned - others
