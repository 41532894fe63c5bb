"""The table of members: which arm and which replication each world of the ensemble belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Members:
    """Members that one process advances together, replication-major so that arms of a replication share draws.

    `arm` and `replication` are integer arrays of shape (member,). `values` sets uncertain numbers by name, each an
    array (member,), in place of their draws: what a study varies on purpose. NaN leaves a member its draw.
    """

    arm: NDArray[np.int64]
    replication: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.arm.shape != self.replication.shape or self.arm.ndim != 1:
            raise ValueError("arm and replication must be arrays of one axis and equal length")
        for name, given in self.values.items():
            if given.shape != self.arm.shape:
                raise ValueError(f"{name}: one value for each of {len(self)} members; got shape {given.shape}")

    @classmethod
    def grid(cls, arms: int, replications: range) -> Members:
        """All arms of each replication, one after the other."""
        return cls(np.tile(np.arange(arms), len(replications)), np.repeat(np.asarray(replications), arms))

    def __len__(self) -> int:
        return int(self.arm.size)

    def taken(self, which: slice | NDArray[np.int64]) -> Members:
        """Some of the members, in the order named."""
        return Members(self.arm[which], self.replication[which], {n: v[which] for n, v in self.values.items()})

    def padded(self) -> Members:
        """At least two members: numpy sums an axis of a lone member in another order."""
        return self if len(self) > 1 else self.taken(np.zeros(2, dtype=np.int64))
