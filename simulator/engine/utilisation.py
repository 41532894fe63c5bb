"""How hard mines work: the share of capacity they offer follows the price."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.engine.adjustment import approach
from simulator.engine.behaviours import Behaviours

Array = NDArray[np.float64]


def offered(
    normal: Array | float,
    price: Array | float,
    elasticity: Array | float,
    lowest: Array | float = 0.0,
    highest: Array | float = 1.0,
) -> Array:
    """Share of capacity offered at a price over normal: `normal * price ** elasticity`, kept within bounds [1]."""
    return np.clip(normal * np.asarray(price, dtype=float) ** np.asarray(elasticity, dtype=float), lowest, highest)


class Utilisation:
    """Share of capacity that each mine offers, (site, member) [1]: it moves to what the price calls for.

    Parameters
    ----------
    base : (site, 1) share of capacity used in the base year [1]; with a little room it is what a mine offers at normal
        prices, where that is more than mines in general offer
    """

    def __init__(self, behaviours: Behaviours, base: Array) -> None:
        number = behaviours.parameter
        self._elasticity, self._time = number("supply_elasticity"), number("utilisation_time")
        self._pace = number("utilisation_pace") / 365.0
        self._normal = np.minimum(
            np.maximum(base * (1.0 + number("utilisation_room")), number("utilisation_normal")), 1.0
        )
        self._lowest = np.minimum(number("utilisation_min"), self._normal)
        self._highest = np.maximum(number("utilisation_max"), self._normal)
        self.share = self._normal

    def follow(self, price: Array, step: float) -> Array:
        """Share offered after a step at prices (site, member) [1 = normal]."""
        goal = offered(self._normal, price, self._elasticity, self._lowest, self._highest)
        self.share = approach(self.share, goal, step, self._time, self._pace)
        return self.share
