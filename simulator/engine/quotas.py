"""Export quotas of a scenario: which lanes share a bucket, how large each is, and when a period begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping
from simulator.engine.interventions import Context, Span
from simulator.engine.quota import TokenBuckets
from simulator.engine.scene import Scene

Array = NDArray[np.float64]


def rights(flow: Array, holders: Sequence[str], stated: Mapping[str, float]) -> Array:
    """Share of the allowance that each holder has a right to, (holder, 1) [1].

    Parameters
    ----------
    flow : (holder, 1) normal flow [t/d]
    stated : shares of some holders; the others have the rest in proportion to their flow
    """
    named = np.array([[holder in stated] for holder in holders], dtype=bool).reshape(-1, 1)
    own = np.array([[stated.get(holder, 0.0)] for holder in holders]).reshape(-1, 1)
    others = np.where(named, 0.0, flow)
    left = 1.0 - sum(stated[name] for name in sorted(stated))  # in one order, whatever that of the file
    return own + left * others / max(others.sum(), 1e-300)


class Quotas:
    """One export quota: an allowance per period, for all, per exporting site, destination or customer."""

    def __init__(self, measure: Any, span: Span, context: Context, normal: Array) -> None:
        network = context.network.lanes
        self.id, self.span, self.lanes = measure.id, span, context.lanes(measure)
        # A country that is named itself has a right of its own, whatever group it belongs to.
        by_size = sorted(measure.shares, key=lambda name: name not in context.groups)
        named = {country: name for name in by_size for country in context.expand([name])}
        holder = {
            "total": lambda i: "all",
            "exporter": lambda i: network.names[i][2],
            "destination": lambda i: named.get(str(network.importer[i]), str(network.importer[i])),
            "customer": lambda i: network.names[i][0],
        }[measure.per]
        holders = [holder(int(i)) for i in self.lanes]
        names = sorted({*holders, *measure.shares})  # who has a right and no trade leaves it unused
        self._to_bucket = Grouping(
            np.array([names.index(h) for h in holders], dtype=np.int64), len(names), network.rank[self.lanes]
        )
        flow = self._to_bucket.sum(normal[self.lanes][:, None])
        self._period = float(measure.period)
        self._cut: Array | None = None
        if measure.cut is None:
            self._allowance = context.number(measure, "allowance") * rights(flow, names, measure.shares)
        else:
            whole = rights(flow, names, measure.shares) * flow.sum() if measure.shares else flow
            self._cut, self._whole, self._ramp = context.number(measure, "cut"), whole, context.number(measure, "ramp")
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
            self.buckets.refill(self._allowed(today), begins)
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

    def _allowed(self, today: float) -> Array:
        """Allowance of a period that begins now, by holder: (holder, member) [t]."""
        if self._cut is None:
            return self._allowance
        since = self.span.since(today)
        grown = np.minimum(np.divide(since, self._ramp, out=np.ones_like(since), where=self._ramp > 0.0), 1.0)
        return (1.0 - self._cut * grown) * self._whole * self._period

    def spend(self, shipped: Array) -> None:
        """Use up tokens for what left, (lane of the network, member)."""
        if self._bound.any():
            self.buckets.spend(np.where(self._bound > 0.0, shipped[self.lanes], 0.0), self._to_bucket)
