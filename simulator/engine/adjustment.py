"""How anything slow moves towards where it would settle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def approach(now: Array | float, goal: Array | float, step: float, time: Array | float, pace: Array | float) -> Array:
    """Level after `step` days on the way to its goal: `time` constant [d], no faster than `pace` [level/d].

    Far from the goal the pace binds and the way is straight; nearer than `pace * time` it is exponential. Both parts are
    exact, so the answer does not depend on the length of the step.
    """
    gap = np.asarray(goal, dtype=float) - now
    far = np.abs(gap)
    straight = np.clip(far / pace - time, 0.0, step)
    left = (far - pace * straight) * np.exp((straight - step) / time)
    return np.asarray(goal - np.copysign(left, gap))
