"""The table of members: which arm and which replication each world of the ensemble belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Members:
    """Members that one process advances together, replication-major so that arms of a replication share draws.

    `arm` and `replication` are integer arrays of shape (member,).
    """

    arm: NDArray[np.int64]
    replication: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.arm.shape != self.replication.shape or self.arm.ndim != 1:
            raise ValueError("arm and replication must be arrays of one axis and equal length")

    @classmethod
    def grid(cls, arms: int, replications: range) -> Members:
        """All arms of each replication, one after the other."""
        return cls(np.tile(np.arange(arms), len(replications)), np.repeat(np.asarray(replications), arms))

    def __len__(self) -> int:
        return int(self.arm.size)

    def padded(self) -> Members:
        """At least two members: numpy sums an axis of a lone member in another order."""
        if len(self) > 1:
            return self
        return Members(np.repeat(self.arm, 2), np.repeat(self.replication, 2))
