"""What buyers know of their suppliers: how much of what they order really leaves for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping, add_entries
from simulator.engine.network import Network
from simulator.engine.ordering import learn

Array = NDArray[np.float64]


class Deliveries:
    """Perceived fill rate of each lane: what left for the buyer over what he ordered, both with the memory of the forecast.

    What waits at a border or is refused there has not left; what goes around a control has. Only the border writes.

    Parameters
    ----------
    flow : (lane,) steady flow of the first day [t/d]
    learning : (member,) weight of a new observation, see `ordering.smoothing`
    """

    def __init__(self, network: Network, flow: Array, learning: Array, step: float) -> None:
        lanes, rows = network.lanes, len(network.rows)
        self._learning, self._step = learning, step
        self._ordered = flow[:, None] * np.ones(learning.size)  # [t/d]
        self._left = self._ordered.copy()  # [t/d]
        self._today = np.zeros_like(self._left)  # left in this step [t]
        self._to_buyer = Grouping(lanes.buyer, rows, lanes.rank)

    def note_orders(self, tonnes: Array) -> None:
        """Orders of this step, (lane, member) [t]."""
        learn(self._ordered, tonnes / self._step, self._learning)

    def note_shipped(self, tonnes: Array) -> None:
        """What suppliers brought to the border, (lane, member) [t]."""
        self._today = tonnes.copy()

    def note_held(self, lanes: NDArray[np.int64], tonnes: Array) -> None:
        """What of it waits for a licence, (lane concerned, member) [t]."""
        self._today[lanes] -= tonnes

    def note_granted(self, lane: NDArray[np.int64], member: NDArray[np.int64], tonnes: Array) -> None:
        """What had waited and leaves today, entry by entry [t]."""
        add_entries(self._today, lane, member, tonnes)

    def learn(self) -> None:
        """Close the step."""
        learn(self._left, self._today / self._step, self._learning)

    @property
    def of_lanes(self) -> Array:
        """Perceived fill rate, (lane, member) [1]; 1 where nothing was ordered."""
        return _fill(self._left, self._ordered)

    @property
    def of_buyers(self) -> Array:
        """Perceived fill rate over all suppliers of each row of input stock, (row, member) [1]."""
        return _fill(self._to_buyer.sum(self._left), self._to_buyer.sum(self._ordered))


def _fill(left: Array, ordered: Array) -> Array:
    share = np.divide(left, ordered, out=np.ones_like(left), where=ordered > 0.0)
    return np.clip(share, 0.0, 1.0, out=share)
