"""What behaviours and reserves leave in the record; each series is there only where something in the block makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.costs import Costs
from simulator.engine.grouping import Grouping
from simulator.engine.investment import Investment
from simulator.engine.qualification import SAVING
from simulator.engine.reserve import Reserves
from simulator.engine.scene import Scene

Array = NDArray[np.float64]
Series = tuple[tuple[str, ...], NDArray[Any]]
RESERVES = ("reserve_stock", "released", "bought")  # what is recorded of reserves
UNITS: Mapping[str, str] = {
    **dict.fromkeys(RESERVES, "t"),
    "fear": "1",
    "leaked": "t",
    "saved": "t",
    "cost": "USD",
    "shut": "d",
    "opens": "d",
}


class BehaviourRecord:
    """Series of behaviours and reserves.

    `sums` are added up over a month, as the recorder's own are, and emptied by it; the last axis is the member.

    Parameters
    ----------
    rows : places of final demand among the rows of stock
    """

    def __init__(
        self,
        scene: Scene,
        rows: NDArray[np.int64],
        costs: Costs,
        reserves: Reserves | None,
        investment: Investment | None,
    ) -> None:
        self._scene, self._rows = scene, rows
        self._costs, self._reserves, self._investment = costs, reserves, investment
        network, behaviours = scene.network, scene.behaviours
        self.sums: dict[str, Array] = {}
        self._leaked = self._saved = None  # of today, where somebody pays for it
        if "price_leakage" in behaviours:
            self.sums["leaked"] = np.zeros((len(network.lanes), scene.members))
        if any(name in behaviours for name in SAVING):
            self.sums["saved"] = np.zeros((len(network.rows), scene.members))
        if "basket" in behaviours:
            self.sums["shut"] = np.zeros((len(network.facilities), scene.members))
        if costs.accounts:
            self.sums["cost"] = np.zeros((len(costs.accounts), scene.members))
            self._leaked, self._saved = (
                np.zeros_like(self.sums[name]) if name in self.sums else None for name in ("leaked", "saved")
            )
        self._totals: list[Array] = []  # of reserves, at the end of each month

    def note_leaked(self, lanes: NDArray[np.int64], tonnes: Array) -> None:
        """Goods that went around a control, (lane, member) [t]; lanes must not repeat."""
        if "leaked" in self.sums:
            self.sums["leaked"][lanes] += tonnes
        if self._leaked is not None:
            self._leaked[lanes] += tonnes

    def note_saved(self, rows: slice, tonnes: Array) -> None:
        """What some rows of stock do not need any more (row, member) [t]."""
        self.sums["saved"][rows] += tonnes
        if self._saved is not None:
            self._saved[rows] += tonnes

    def note_shut(self, stands: NDArray[np.bool_]) -> None:
        """Sites that stand still in this step because they would work at a loss, (facility, member)."""
        self.sums["shut"] += stands * self._scene.clock.step

    def settle(self) -> None:
        """Book what today's ways around and savings cost; at the end of each step."""
        if not self._costs.accounts:
            return
        self.sums["cost"] += self._costs.settle(self._leaked, self._saved)
        for today in (self._leaked, self._saved):
            if today is not None:
                today[...] = 0.0

    def levels(self) -> dict[str, Array]:
        """What stands at the end of a month: fear (demand, member) [1]."""
        anticipation = self._scene.anticipation
        return {} if anticipation is None else {"fear": anticipation.fear[self._rows]}

    def close(self) -> None:
        """Note the reserves at the end of a month."""
        if self._reserves is not None:
            held = self._reserves
            self._totals.append(np.stack((held.stocks.tonnes, held.given, held.bought)))

    def values(self, kept: Mapping[str, NDArray[Any]], by_flow: Callable[[NDArray[Any]], Array]) -> dict[str, Series]:
        """Every series with its dims.

        Parameters
        ----------
        kept : what was kept of `sums` and `levels`, (month, ..., member) each
        by_flow : sums lanes of one month to flows
        """
        found: dict[str, Series] = {}
        for name, dim in (("fear", "demand"), ("shut", "facility"), ("cost", "account")):
            if name in kept:
                found[name] = ("month", dim, "member"), kept[name]
        if "leaked" in kept:
            found["leaked"] = ("month", "flow", "member"), np.stack([by_flow(month) for month in kept["leaked"]])
        if "saved" in kept:
            found["saved"] = ("month", "commodity", "member"), self._by_commodity(kept["saved"])
        if self._totals:
            stock, *totals = np.moveaxis(np.stack(self._totals), 1, 0)
            monthly = (stock, *(np.diff(total, axis=0, prepend=0.0) for total in totals))
            found |= {name: (("month", "reserve", "member"), a) for name, a in zip(RESERVES, monthly, strict=True)}
        if self._investment is not None:
            found["opens"] = ("project", "member"), self._investment.openings
        return {name: (dims, np.asarray(array, dtype=np.float32)) for name, (dims, array) in found.items()}

    def coords(self) -> dict[str, Any]:
        """Labels of the dims that only these series have."""
        return {
            "project": () if self._investment is None else self._investment.ids,
            "reserve": () if self._reserves is None else self._reserves.ids,
            "account": tuple(self._costs.accounts),
        }

    def _by_commodity(self, saved: NDArray[Any]) -> NDArray[Any]:
        network = self._scene.network
        known = sorted(network.world.commodities)
        of = Grouping(np.array([known.index(c) for _, c in network.rows]), len(known))
        return np.stack([of.sum(month) for month in saved])
