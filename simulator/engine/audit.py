"""The books of a block: where every tonne is. Balance is checked for each stock, each commodity and each member."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from simulator.engine.simulation import Simulation

Array = NDArray[np.float64]


class Audit:
    """Compares what is there with what came and went. Holds the opening state of a simulation."""

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation
        self._at_sea = simulation.scene.due.inside
        self._in_process = [fleet.in_process.copy() for fleet in simulation.fleets]
        self._stock = simulation.scene.stocks.added.copy()
        rows = simulation.scene.use.shape
        reserves = simulation.reserves
        # What reserves and lenders gave to and took from each row is neither trade nor use.
        movers = [one for one in (reserves, simulation.aid) if one is not None]
        self._given = [one.released for one in movers] or [np.zeros(rows)]
        self._lent = [one.acquired for one in movers] or [np.zeros(rows)]

    def residuals(self) -> dict[str, float]:
        """Largest imbalance over throughput, by law; each should be below 1e-9."""
        return {
            "stock": self.of_stocks(),
            "trade": self.of_trade(),
            "process": self.of_processes(),
            "lowest_stock": float(self._sim.scene.stocks.on_hand.min(initial=0.0)),
        }

    def of_stocks(self) -> float:
        """Put less taken is on hand, at every stock and member."""
        reserves, worst = self._sim.reserves, 0.0
        for stocks in [self._sim.scene.stocks, *([reserves.stocks] if reserves else [])]:
            gap = stocks.added - stocks.removed - stocks.on_hand.sum(axis=1)
            worst = max(worst, float((np.abs(gap) / np.maximum(stocks.added, 1.0)).max(initial=0.0)))
        if reserves:
            moved = reserves.acquired.sum(axis=0) - reserves.released.sum(axis=0)
            gap = reserves.opening.sum(axis=0) + moved - reserves.stocks.tonnes.sum(axis=0)
            worst = max(worst, float((np.abs(gap) / np.maximum(reserves.stocks.added.sum(axis=0), 1.0)).max()))
        return worst

    def of_trade(self) -> float:
        """What left suppliers has reached buyers, is at sea, waits at the border or was sent back, per commodity."""
        sim, stocks = self._sim, self._sim.scene.stocks
        sells_only = np.zeros(len(sim.network.rows), dtype=bool)
        left = np.zeros_like(stocks.added)
        for fleet in sim.fleets:
            sells_only[fleet.plan.outputs] = True
            left[fleet.plan.outputs] = stocks.removed[fleet.plan.outputs] - fleet.surplus.reshape(-1, sim.scene.members)
        for depot in sim.depots:
            left[depot.plan.outputs] = stocks.removed[depot.plan.outputs]
        left -= sim.border.sent_back
        came = np.where(sells_only[:, None], 0.0, stocks.added - self._stock - sum(self._given) - sim.border.sent_back)
        under_way = sim.scene.due.inside - self._at_sea + sim.scene.waiting
        commodities = np.array([c for _, c in sim.network.rows])
        worst = 0.0
        for commodity in np.unique(commodities):
            rows = commodities == commodity
            gap = (left[rows] - came[rows] - under_way[rows]).sum(axis=0)
            worst = max(worst, float((np.abs(gap) / np.maximum(left[rows].sum(axis=0), 1.0)).max()))
        return worst

    def of_processes(self) -> float:
        """Inputs taken match work begun, and products put on the shelf match work finished, for every recipe."""
        stocks, worst = self._sim.scene.stocks, 0.0
        for fleet, opening in zip(self._sim.fleets, self._in_process, strict=True):
            count, inputs, outputs = fleet.plan.shape
            finished = opening + fleet.started - fleet.in_process
            back = self._sim.border.sent_back[fleet.plan.outputs]
            made = (stocks.added - self._stock)[fleet.plan.outputs] - back
            gap = np.abs(made.reshape(count, outputs, -1) - finished[:, None] * fleet.makes)
            worst = max(worst, float((gap / np.maximum(finished[:, None], 1.0)).max(initial=0.0)))
            if inputs:
                taken = (stocks.removed - sum(self._lent))[fleet.plan.inputs].reshape(count, inputs, -1)
                needed = fleet.started[:, None] * fleet.needs if fleet.needed is None else fleet.needed
                # Work goes on without what is not critical: of that, less may be taken, never more.
                gap = np.where(fleet.critical, np.abs(taken - needed), np.maximum(taken - needed, 0.0))
                worst = max(worst, float((gap / np.maximum(fleet.started[:, None], 1.0)).max(initial=0.0)))
        return worst
