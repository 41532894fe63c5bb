"""Standing rules for how much to order or to start: pure functions of what the decider sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def smoothing(days: Array | float, step: float) -> Array | float:
    """Weight of a new observation in an exponential forecast over `days` [d], for a step of `step` [d].

    The daily weight is 2 / (days + 1); a longer step compounds it, so the forecast does not depend on the step.
    """
    return 1.0 - (1.0 - 2.0 / (days + 1.0)) ** step


def learn(known: Array, seen: Array, weight: Array | float) -> None:
    """Move what is known towards what was seen by the weight of a new observation, in place; `seen` may not be used again."""
    seen -= known
    seen *= weight
    known += seen


def anchored(
    use: Array, stock_gap: Array, line_gap: Array, restore: Array | float, line_weight: Array | float, step: float
) -> Array:
    """Anchor on expected use, adjust for stock and supply line (Sterman 1989).

    Parameters
    ----------
    use : expected use [t/d]
    stock_gap : target less actual stock [t]
    line_gap : target less actual supply line [t]
    restore : time in which a gap is closed [d]; infinity orders the expected use only
    line_weight : 1 counts the whole supply line, 0 neglects it
    step : length of a step [d]

    Returns
    -------
    Tonnes for this step, never negative; shape of `use`.
    """
    pace = np.minimum(step / np.asarray(restore), 1.0)
    wanted = stock_gap + line_weight * line_gap
    wanted *= pace
    wanted += use * step
    return np.maximum(wanted, 0.0)


@dataclass(frozen=True, slots=True)
class BaseStock:
    """Order up to a level of the inventory position [t]."""

    level: Array | float

    def quantity(self, position: Array) -> Array:
        """Tonnes to order at an inventory position [t]."""
        return np.maximum(self.level - position, 0.0)


@dataclass(frozen=True, slots=True)
class MinMax:
    """At or below `low` order up to `high` [t]; the (s, S) rule."""

    low: Array | float
    high: Array | float

    def quantity(self, position: Array) -> Array:
        """Tonnes to order at an inventory position [t]."""
        return np.where(position <= self.low, self.high - position, 0.0)
