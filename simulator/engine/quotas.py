"""Export quotas of a scenario: which lanes share a bucket, and when a period begins."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping
from simulator.engine.interventions import Context, Span
from simulator.engine.quota import TokenBuckets
from simulator.engine.scene import Scene

Array = NDArray[np.float64]


class Quotas:
    """One export quota: an allowance per period, for all, per exporting site, destination or customer."""

    def __init__(self, measure: Any, span: Span, context: Context, normal: Array) -> None:
        network = context.network.lanes
        self.id, self.span, self.lanes = measure.id, span, context.lanes(measure)
        holder = {
            "total": lambda i: "all",
            "exporter": lambda i: network.names[i][2],
            "destination": lambda i: str(network.importer[i]),
            "customer": lambda i: network.names[i][0],
        }[measure.per]
        holders = [holder(int(i)) for i in self.lanes]
        names = sorted(set(holders))
        self._to_bucket = Grouping(
            np.array([names.index(h) for h in holders], dtype=np.int64), len(names), network.rank[self.lanes]
        )
        flow = self._to_bucket.sum(normal[self.lanes][:, None])
        share = flow / max(flow.sum(), 1e-300)
        self._period = float(measure.period)
        if measure.cut is not None:
            self._allowance = (1.0 - context.number(measure, "cut")) * flow * self._period
        else:
            self._allowance = context.number(measure, "allowance") * share
        self.buckets = TokenBuckets(len(names), context.pins.members, context.number(measure, "carry"))
        self._returns = measure.unused == "returned"
        self._bound = np.zeros(context.pins.members)
        self._period_begun = np.full(context.pins.members, -np.inf)

    def limit(self, eligible: Array, scene: Scene) -> Array:
        """What of `eligible` (lane, member) the quota lets through in this step."""
        today, step = scene.clock.today, scene.clock.step
        self._bound = self.span.in_force(today, step)
        period = np.floor((self.span.since(today) + 1e-9) / self._period)
        begins = (self._bound > 0.0) & (period > self._period_begun)
        if begins.any():
            self.buckets.refill(self._allowance, begins)
            self._period_begun = np.where(begins, period, self._period_begun)
        if not self._bound.any():
            return eligible
        if self._returns:
            over = self.span.since(today) / self._period - self._period_begun
            self.buckets.give_back(np.clip(np.where(self._bound > 0.0, over, 0.0), 0.0, 1.0))
        out = eligible.copy()
        allowed = self.buckets.allow(eligible[self.lanes], self._to_bucket)
        out[self.lanes] = np.where(self._bound > 0.0, allowed, eligible[self.lanes])
        return out

    def spend(self, shipped: Array) -> None:
        """Use up tokens for what left, (lane of the network, member)."""
        if self._bound.any():
            self.buckets.spend(np.where(self._bound > 0.0, shipped[self.lanes], 0.0), self._to_bucket)
