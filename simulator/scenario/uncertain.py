"""Numbers that are not known exactly.

An `Uncertain` number is fixed but unknown: it is drawn once per replication. What varies from day to day is a
distribution of its own and belongs to the actor that draws it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A number in its canonical unit, given as low, central and high value.

    Draws follow the triangular distribution over the three points. A certain number has three equal points.
    """

    low: float
    central: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.central <= self.high:
            raise ValueError(f"low, central and high must be in order; got {self.low}, {self.central}, {self.high}")

    @classmethod
    def exactly(cls, value: float) -> Uncertain:
        """Return a number without spread."""
        return cls(value, value, value)

    @property
    def certain(self) -> bool:
        """Whether its three points are one."""
        return self.low == self.high

    def at(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Value at probability `u`: the inverse of the triangular distribution.

        Parameters
        ----------
        u : array of any shape, each in [0, 1]

        Returns
        -------
        array of the shape of `u`, in the unit of the number
        """
        if self.certain:
            return np.full(np.shape(u), self.central)
        width, left = self.high - self.low, self.central - self.low
        rising = self.low + np.sqrt(np.maximum(u * width * left, 0.0))
        falling = self.high - np.sqrt(np.maximum((1.0 - u) * width * (self.high - self.central), 0.0))
        return np.where(u * width < left, rising, falling)

    def scaled(self, factor: float) -> Uncertain:
        """The same number in another unit; `factor` must be positive."""
        return Uncertain(self.low * factor, self.central * factor, self.high * factor)
