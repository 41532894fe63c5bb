"""Joint products: what a tonne of feed is worth, and whether a site goes on working for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.engine.behaviours import Behaviours

Array = NDArray[np.float64]
WORKS, SHUT, RESTARTS = 0.0, 1.0, 2.0


def basket_value(makes: Array, prices: Array, cost: Array | float = 0.0) -> Array:
    """What a unit of feed earns: sum of output per feed times price, less operating cost.

    Parameters
    ----------
    makes : (output, ...) recovery times content of the feed [t/t]
    prices : (output, ...) [USD/t]
    cost : of operating [USD/t of feed]
    """
    return (np.asarray(makes) * prices).sum(axis=0) - cost


class Patience(NamedTuple):
    """What a site puts up with; numbers or arrays that broadcast."""

    loss_days: Array | float  # of loss before it stops [d]
    enough: Array | float  # margin above which work is worth taking up again [share of base revenue]
    gain_days: Array | float  # of such a margin before it decides to [d]
    restart_days: Array | float  # from the decision to work [d]


def turn(state: Array, since: Array, margin: Array, step: float, patience: Patience) -> tuple[Array, Array]:
    """State of each site after one more step, and how long what would change it has lasted [d].

    A loss without a break stops a site; a good margin without a break decides the restart, which then takes its time.
    """
    works, shut = state == WORKS, state == SHUT
    lasts = np.where(works, margin < 0.0, np.where(shut, margin > patience.enough, True))
    since = np.where(lasts, since + step, 0.0)
    needed = np.where(works, patience.loss_days, np.where(shut, patience.gain_days, patience.restart_days))
    due = lasts & (since >= needed - 1e-9)
    return np.where(due, (state + 1.0) % 3.0, state), np.where(due, 0.0, since)


class Baskets:
    """Which sites work, (site, member). Where no cost is known, it leaves a margin of its own at base prices.

    Costs and patience differ, so that a low price stops sites one after the other. `state` is WORKS, SHUT or RESTARTS.
    """

    def __init__(self, behaviours: Behaviours, sites: Sequence[str]) -> None:

        def each(name: str) -> Array:
            return np.array([behaviours.parameter(name, site) for site in sites])

        self._cost = 1.0 - each("basket_margin")
        self._patience = Patience(
            each("shut_after"), each("restart_margin"), each("restart_after"), each("restart_time")
        )
        self.state = np.zeros(self._cost.shape)
        self._since = np.zeros_like(self.state)

    def follow(self, revenue: Array, step: float) -> Array:
        """1 where a site works and 0 elsewhere, after a step at a revenue per feed (site, member) [1 = base year]."""
        self.state, self._since = turn(self.state, self._since, revenue - self._cost, step, self._patience)
        return np.where(self.state == WORKS, 1.0, 0.0)
