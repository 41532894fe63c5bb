"""What is paid: contracts at a formula on the past of the inside quote, the rest at today's quote, duties on top."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.engine import price
from simulator.engine.grouping import Grouping
from simulator.engine.scene import Scene

Array = NDArray[np.float64]
NOTHING = 1e-9  # volume that stands for none [t]: where nobody buys, what a buyer would have paid is kept


class Paid:
    """Value and volume of what is shipped, by commodity and zone of the buyer. A report: nobody acts on it.

    Parameters
    ----------
    cells : (row,) commodity and zone of each row of stock, 2 × commodity + zone
    commodities : their number
    """

    def __init__(self, scene: Scene, cells: NDArray[np.int64], commodities: int) -> None:
        self._scene, lanes = scene, scene.network.lanes
        self._to_buyers = Grouping(cells[lanes.buyer], 2 * commodities, lanes.rank)
        self.index = np.ones(
            (commodities, scene.members)
        )  # of contracts, a moving mean of the inside quote [1 = normal]

    def settle(self, quote: Array) -> None:
        """Note what today's shipments cost at quotes (commodity, zone, member) [1 = normal]."""
        scene, habits = self._scene, self._scene.habits
        self.index = price.relax(self.index, quote[:, 0], scene.clock.step, habits.contract_lag)
        each = price.mixed(self.index[:, None], quote, habits.contract_share).reshape(-1, scene.members)
        shipped = scene.trade.shipped
        volume = self._to_buyers.sum(shipped) + NOTHING
        dutiable = self._to_buyers.sum(shipped * scene.terms.duty) if scene.terms.duties else 0.0
        scene.recorder.note_paid((each * (volume + dutiable)).reshape(quote.shape), volume.reshape(quote.shape))
