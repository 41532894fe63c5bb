"""How a buyer, plant or end user, replaces what it uses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping
from simulator.engine.ordering import anchored, learn
from simulator.engine.scene import Scene

Array = NDArray[np.float64]


class Purchasing:
    """Orders for some rows of input stock.

    Parameters
    ----------
    rows : rows of input stock
    cover : (row, member) stock aimed at [d of use]
    """

    def __init__(self, scene: Scene, rows: slice, cover: Array) -> None:
        self._scene, self.rows, self.cover = scene, rows, cover
        self._lanes = scene.network.lanes_to(rows)
        buyer = scene.network.lanes.buyer[self._lanes] - rows.start
        # As the due book counts it: never less than one step.
        self._lag = np.maximum(scene.network.lanes.transit[self._lanes], scene.clock.step)
        self._wait = np.zeros((rows.stop - rows.start, scene.members))
        self.lead = np.zeros_like(self._wait)
        self._supplied = np.ones(self._wait.shape, dtype=bool)  # some supplier is open
        self._to_buyer = Grouping(buyer, rows.stop - rows.start, scene.network.lanes.rank[self._lanes])
        self._as_listed = Grouping(buyer, rows.stop - rows.start)
        self._sent: Array | None = None  # what suppliers send a day (row, member) [t/d]

    def look_up_leads(self) -> None:
        """Transit of the usual suppliers, weighted by their share, less the step in which goods arrive [d]."""
        share = self._scene.trade.share[self._lanes]
        self._supplied = self._as_listed.sum(share) > 0.0
        self.lead = np.maximum(self._as_listed.sum(share * self._lag[:, None]) - self._scene.clock.step, 0.0)

    def order(self, use: Array) -> None:
        """Order for an expected use (row, member) [t/d]: replace it, and close gaps of stock and supply line.

        The time goods wait at the border is learnt from how much waits there, over the memory of the forecast.
        """
        scene, habits, step = self._scene, self._scene.habits, self._scene.clock.step
        if scene.licensed:
            self._learn_wait(use)
        cover = self.cover if scene.mandated is None else self.cover + scene.mandated[self.rows]
        stock_gap = cover * use - scene.stocks.total(self.rows)
        bought = use if scene.set_aside is None else use + scene.set_aside[self.rows]
        line_gap = (self.lead + self._wait) * bought - scene.trade.on_order[self.rows]
        anticipation = scene.anticipation
        if anticipation is not None:
            stock_gap += anticipation.more_stock(self.rows, cover * use)
            line_gap += anticipation.duplicates[self.rows]  # he knows what he has asked for twice
        scene.use[self.rows] = use
        wanted = anchored(bought, stock_gap, line_gap, habits.restore_time, habits.line_weight, step) * self._supplied
        if anticipation is None:
            scene.trade.place(self._lanes, self.rows, wanted)
        else:
            anticipation.place(self._lanes, self.rows, wanted, use)

    def _learn_wait(self, use: Array) -> None:
        """How long goods wait at the border, by Little's law: what waits there over what is sent there in a day.

        Over what is used it would grow with every tonne ordered on top, and a buyer who orders more because he waits
        would believe that he waits longer.
        """
        scene = self._scene
        if self._sent is None:
            self._sent = use.copy()
        sent = self._to_buyer.sum(scene.trade.shipped[self._lanes]) / scene.clock.step
        learn(self._sent, sent, scene.learning)
        flow = np.maximum(self._sent, use)
        waits = np.divide(scene.waiting[self.rows], flow, out=np.zeros_like(flow), where=flow > 0.0)
        learn(self._wait, waits, scene.learning)
