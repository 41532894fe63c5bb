"""Sellers who ask more or less than scarcity calls for: a flood of cheap goods, or a spell of high prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.interventions import Context, Span

Array = NDArray[np.float64]
ZONES = ("inside", "outside")


class PriceChange:
    """One change of what sellers ask, in one market or in both, while it is in force."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.span = span
        self._commodities = set(measure.commodities)
        self._zones = np.array([measure.market in (zone, "both") for zone in ZONES])
        self._change, self._ramp = context.number(measure, "change"), context.number(measure, "ramp")

    def factor(self, commodities: Sequence[str], today: float, step: float) -> Array:
        """What it multiplies the goal of each quote by in this step, (commodity, zone, member) [1]."""
        since = self.span.since(today)
        grown = np.minimum(np.divide(since, self._ramp, out=np.ones_like(since), where=self._ramp > 0.0), 1.0)
        concerned = np.array([c in self._commodities for c in commodities])[:, None, None] & self._zones[None, :, None]
        return np.where(concerned, 1.0 + self.span.in_force(today, step) * grown * self._change, 1.0)
