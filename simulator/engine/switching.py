"""Switching of suppliers: shares move slowly towards those that deliver and are cheap, among the lanes there are."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.clock import Phase
from simulator.engine.deliveries import Deliveries
from simulator.engine.grouping import Grouping
from simulator.engine.scene import Scene

Array = NDArray[np.float64]


def logit(constants: Array, price: Array, sensitivity: Array | float, to_buyer: Grouping) -> Array:
    """Shares of suppliers by logit over the price relative to the buyer's mean.

    `constant_j exp(-sensitivity p_j / p_mean)`, made to sum to one by buyer. Equal prices give the constants back.

    Parameters
    ----------
    constants : (lane, member) what each share is in proportion to at equal prices; those of a buyer may sum to anything
    price : (lane, member) price faced, in any unit
    sensitivity : 0 does not look at prices; for large ones the cheapest supplier takes all

    Returns
    -------
    (lane, member); zero for a buyer whose constants are all zero.
    """
    mean = _over(to_buyer.sum(constants * price), to_buyer.sum(constants))[to_buyer.of]
    pull = constants * np.exp(-sensitivity * (_over(price, mean) - 1.0))
    return _over(pull, to_buyer.sum(pull)[to_buyer.of])


def _over(part: Array, whole: Array) -> Array:
    return part / np.where(whole > 0.0, whole, 1.0)  # of nothing the parts are nothing


class Switching:
    """Sourcing shares that follow price and deliveries with inertia.

    What growth and openings plan is the logit's constant of each lane, so nothing moves while all deliver and nobody pays
    duties. Buyers look again once a month, when growth asks for the shares. `tilt` (lane, member) is share over
    planned share, `planned` what was planned for this month.
    """

    def __init__(self, scene: Scene, deliveries: Deliveries) -> None:
        self._scene, self._deliveries = scene, deliveries
        behaviours, lanes = scene.behaviours, scene.network.lanes
        self._at_work = behaviours.at_work("supplier_switching") > 0.0
        self._time = behaviours.parameter("switching_time")
        self._sensitivity = behaviours.parameter("switching_sensitivity")
        self._reliability = behaviours.parameter("switching_reliability")
        self._to_buyer = Grouping(lanes.buyer, len(scene.network.rows), lanes.rank)
        self._price = np.ones((len(lanes), scene.members))  # mean of what is paid over the buyer's quote [1]
        self.tilt = np.ones_like(self._price)
        self.planned = scene.trade.share
        self._looked = 0.0

    def life(self) -> Generator[simpy.Event, None, None]:
        """Learn prices."""
        while True:
            yield self._scene.clock.at(Phase.RECORD)
            self.look()

    def look(self) -> None:
        """Keep a mean of the price faced: suppliers of one buyer differ by the duties on the way."""
        self._price += (1.0 + self._scene.terms.duty - self._price) * self._scene.learning

    def shares(self, planned: Array) -> Array:
        """Shares of this month in place of those planned, both (lane, member); sums by buyer are kept."""
        today = self._scene.clock.today
        fill = self._deliveries.of_lanes**self._reliability
        goal = logit(planned * fill, self._price, self._sensitivity, self._to_buyer)
        tilted = planned * self.tilt
        now = _over(tilted, self._to_buyer.sum(tilted)[self._to_buyer.of])
        # A buyer whom nobody delivers to stays with those he has.
        goal = np.where(self._to_buyer.sum(goal)[self._to_buyer.of] > 0.0, goal, now)
        moved = now + (goal - now) * -np.expm1(-(today - self._looked) / self._time)
        self.tilt = np.where(planned > 0.0, _over(moved, planned), self.tilt)
        self._looked, self.planned = today, planned
        return np.where(self._at_work, moved, planned)
