"""End users adapt to a price that lasts: what they want at a normal price drifts, over years."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.engine.adjustment import approach
from simulator.engine.behaviours import Behaviours
from simulator.engine.qualification import part

Array = NDArray[np.float64]


def settled(faced: Array, elasticity: Array | float) -> Array:
    """Log of what demand comes to, over normal, at a lasting log price over normal."""
    return -elasticity * faced


class Adaptation:
    """Log of demand that end users have got used to, over that of the base year's price, (market row, member).

    d ln D/dt = -(ln D - ln D0 + elasticity · ln(P/P0)) / time, and never faster than its part of the measured ceiling.
    """

    def __init__(self, behaviours: Behaviours, rows: int) -> None:
        self._on = behaviours.at_work("demand_response")
        self._elasticity = behaviours.parameter("demand_elasticity_long")
        self._time = behaviours.parameter("demand_time")
        self._pace = behaviours.parameter("substitution_ceiling") * part(behaviours) / 365.0
        self.level = np.zeros((rows, self._on.size))

    def follow(self, faced: Array, step: float) -> Array:
        """Factor on demand (market row, member) [1] after a step at the log price that each row faces."""
        goal = settled(faced, self._elasticity) * self._on
        self.level = approach(self.level, goal, step, self._time, self._pace)
        return np.exp(self.level)
