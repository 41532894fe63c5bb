"""Orders and what is owed on each lane; who pays and who goes short is decided elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping
from simulator.engine.network import Network

Array = NDArray[np.float64]


class Trade:
    """State of all lanes, arrays of shape (lane, member) [t].

    `owed` may be shipped as soon as there is stock; `blocked` is owed too, but a control forbids it; `today` are the
    orders of this step; `eligible` what may leave in it; `shipped` what left the supplier this step; `lapsed` what
    expired in it unserved, 0 where nothing did.
    `on_order` has shape (row, member): ordered by the holder of a row and not received.
    """

    def __init__(self, network: Network, origins: int, members: int) -> None:
        lanes, rows = len(network.lanes), len(network.rows)
        self.lanes = network.lanes
        self.share = np.zeros((lanes, members))
        self.today = np.zeros((lanes, members))
        self.owed = np.zeros((lanes, members))
        self.blocked = np.zeros((lanes, members))
        self.shipped = np.zeros((lanes, members))
        self.eligible = np.zeros((lanes, members))
        self.lapsed: Array | float = 0.0
        self.on_order = np.zeros((rows, members))
        self.mix = np.zeros((rows, origins, members))  # origin of what each row shipped this step
        self._to_buyer = Grouping(network.lanes.buyer, rows, network.lanes.rank)

    def place(self, lanes: NDArray[np.int64] | slice, rows: slice, tonnes: Array) -> None:
        """Order `tonnes` (row, member) for the buyers at `rows`, spread over their lanes by share."""
        buyer = self.lanes.buyer[lanes] - rows.start
        asked = tonnes[buyer]
        asked *= self.share[lanes]
        self.today[lanes] = asked
        self.on_order[rows] += tonnes

    def to_buyers(self, per_lane: Array) -> Array:
        """Sum lanes to the rows of their buyers, (row, member)."""
        return self._to_buyer.sum(per_lane)

    def cancel(self, per_lane: Array) -> None:
        """Tell buyers that orders will not come (lane, member)."""
        self.on_order -= self.to_buyers(per_lane)

    def withdraw(self, share: Array) -> None:
        """Let buyers take back a share (row, member) of what they have ordered and nobody has shipped."""
        share = share[self.lanes.buyer]
        self.cancel((self.owed + self.blocked) * share)
        self.owed *= 1.0 - share
        self.blocked *= 1.0 - share


def shares(base: Array, opened: Array, later: NDArray[np.bool_], to_buyer: Grouping) -> Array:
    """Sourcing shares when some suppliers have opened only in part.

    Parameters
    ----------
    base : (lane, 1) share at full ramp of suppliers that open later; share in the base year of the others
    opened : (lane, member) how far each supplier has opened [1]
    later : (lane,) suppliers that open after the base year

    Returns
    -------
    (lane, member); sums to one for every buyer that has an open supplier.
    """
    new = np.where(later[:, None], base * opened, 0.0)
    left = np.maximum(1.0 - to_buyer.sum(new), 0.0)[to_buyer.of]
    raw = np.where(later[:, None], new, base * left)
    total = to_buyer.sum(raw)[to_buyer.of]
    return np.divide(raw, total, out=np.zeros_like(raw), where=total > 0.0)
