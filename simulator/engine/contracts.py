"""Contracts: what sellers have promised to each buyer, renewed once a month. The rest of trade is spot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.engine.scene import Scene

Array = NDArray[np.float64]


class Contracts:
    """Quantities under contract on each lane.

    Parameters
    ----------
    use : (row,) use of the buyers on the first day [t/d]
    """

    def __init__(self, scene: Scene, use: Array) -> None:
        self._scene = scene
        share = scene.behaviours.at_work("contracts") * scene.habits.contract_share
        self._normal = share * use[scene.network.lanes.buyer][:, None]

    def renew(self, shares: Array, growth: Array) -> None:
        """Promise a part of this month's normal flow: sourcing shares [1] and growth [1], (lane, member)."""
        self._scene.contracted = self._normal * shares * growth
