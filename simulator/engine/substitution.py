"""Substitution of grades: end users who come to do with another commodity, or without, where theirs stays dear or short."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.clock import Phase
from simulator.engine.deliveries import Deliveries
from simulator.engine.grouping import Grouping
from simulator.engine.market import Market
from simulator.engine.ordering import smoothing
from simulator.engine.pins import Pins
from simulator.engine.qualification import Qualification, Support
from simulator.engine.quotes import Quotes
from simulator.engine.scene import Scene

Array = NDArray[np.float64]
POOREST = 0.05  # fill rate below which a shortage makes a commodity no dearer


def unit_demand(weights: Array, prices: Array, sigma: Array | float) -> tuple[Array, Array]:
    """Demand for inputs that serve one function, per unit of it, with constant elasticity of substitution.

    `x_i = a_i (c / P_i)^sigma`, `c = (sum a_i P_i^(1 - sigma))^(1 / (1 - sigma))`.

    Parameters
    ----------
    weights : (input, ...) a_i, sum to one
    prices : (input, ...) positive
    sigma : 0 fixed proportions, 1 fixed shares of cost, infinity the cheapest takes all

    Returns
    -------
    x (input, ...) and the cost of a unit c (...).
    """
    fixed_shares = np.abs(np.asarray(sigma, dtype=float) - 1.0) < 1e-9
    sigma = np.where(fixed_shares, 2.0, sigma)
    lowest = prices.min(axis=0)
    relative = prices / lowest
    cost = (weights * relative ** (1.0 - sigma)).sum(axis=0) ** (1.0 / (1.0 - sigma))
    if fixed_shares.any():
        cost = np.where(fixed_shares, np.prod(relative**weights, axis=0), cost)
    return weights * (cost / relative) ** np.where(fixed_shares, 1.0, sigma), cost * lowest


def share_of_substitute(price: Array, other: Array, sigma: Array) -> Array:
    """Share of users who take the substitute at the prices of both, (pair, member) [1].

    Both grades serve the function alike: equal weights in `unit_demand`.
    """
    used, _ = unit_demand(np.full((2, *other.shape), 0.5), np.stack((price, other)), sigma)
    return np.asarray(used[1] / used.sum(axis=0))


def drawn_to(share: Array, normal: Array) -> Array:
    """Share of users whom a substitute wins over (pair, member) [1]: 0 at normal prices, near 1 when theirs is beyond reach.

    Parameters
    ----------
    share : of users who take the substitute at today's prices [1]
    normal : the same at normal prices [1]
    """
    return np.maximum(share - normal, 0.0) / (1.0 - normal)


class Shift:
    """What moves between the rows of one market in a step.

    Parameters
    ----------
    moved : (pair, member) shares that have moved, of all markets; read, never written
    own : places of this market's pairs in `moved`
    leaves, arrives : (pair,) row of this market that each pair leaves and reaches; -1 reaches none
    rows : number of rows of this market
    amount : (pair, member) tonnes of the substitute for a tonne [t/t]
    """

    def __init__(
        self,
        moved: Array,
        own: NDArray[np.int64],
        leaves: NDArray[np.int64],
        arrives: NDArray[np.int64],
        rows: int,
        amount: Array,
    ) -> None:
        self._moved, self._own, self._from, self._amount = moved, own, leaves, amount
        self._leaves = Grouping(leaves, rows)
        self._known = np.flatnonzero(arrives >= 0)
        self._arrives = Grouping(arrives[self._known], rows)

    def apply(self, want: Array) -> tuple[Array, Array]:
        """What is wanted (row, member) [t] once part of it has moved, and what has left each row [t]."""
        moved = self._moved[self._own]
        gone = want * self._leaves.sum(moved)
        parts = (want[self._from] * moved * self._amount)[self._known]
        return want - gone + self._arrives.sum(parts), gone


class Substitution:
    """Shares of final demand that have moved to substitutes, `moved` (pair, member) [1].

    A pair is a row of demand with one substitute: a commodity that the same sector of the same country uses already, or
    nothing that this world knows.
    """

    def __init__(
        self,
        scene: Scene,
        markets: list[Market],
        deliveries: Deliveries,
        quotes: Quotes,
        pins: Pins,
        supports: list[Support],
    ) -> None:
        self._scene, self._deliveries, self._quotes = scene, deliveries, quotes
        self._at_work = scene.behaviours.at_work("grade_substitution")
        self._sigma = scene.behaviours.parameter("substitution_sigma")
        self._learning = smoothing(scene.behaviours.parameter("planning_days"), scene.clock.step)
        rows = {scene.network.rows[r]: r for m in markets for r in range(m.plan.rows.start, m.plan.rows.stop)}
        pairs = [
            (rows[holder, one.commodity], rows[holder, one.instead] if one.instead else -1, one)
            for holder, commodity in rows
            for one in scene.network.world.substitutes
            if one.commodity == commodity and (not one.instead or (holder, one.instead) in rows)
        ]
        self._frm = np.array([f for f, _, _ in pairs], dtype=np.int64)
        self._to = np.array([t for _, t, _ in pairs], dtype=np.int64)

        def numbers(what: str) -> Array:
            drawn = [pins.number(f"{what}:{s.commodity}>{s.instead}", getattr(s, what).value) for _, _, s in pairs]
            return np.array(drawn).reshape(len(pairs), scene.members)

        self._ceiling, self._cost = numbers("ceiling"), numbers("cost")
        self._normal = share_of_substitute(np.ones_like(self._cost), self._cost, self._sigma)
        self._users, self._of = np.unique(self._frm, return_inverse=True)
        self._to_user = Grouping(self._of, self._users.size)
        self._price, self._instead = np.ones_like(self._cost), np.ones_like(self._cost)
        self.moved = np.zeros_like(self._cost)
        holders = [scene.network.rows[f] for f in self._frm]
        self.qualification = Qualification(
            scene,
            numbers("lag"),
            supports,
            np.array([h.split("/")[0] for h, _ in holders], dtype=str),
            np.array([c for _, c in holders], dtype=str),
        )
        amount = numbers("amount")
        for market in markets:
            market.shift = self._shift(market.plan.rows, amount)

    def _shift(self, rows: slice, amount: Array) -> Shift:
        own = np.flatnonzero((self._frm >= rows.start) & (self._frm < rows.stop))
        to = np.where(self._to[own] >= 0, self._to[own] - rows.start, -1)
        return Shift(self.moved, own, self._frm[own] - rows.start, to, rows.stop - rows.start, amount[own])

    def life(self) -> Generator[simpy.Event, None, None]:
        """Look at prices and deliveries once a step is over."""
        while True:
            yield self._scene.clock.at(Phase.RECORD)
            self.review()

    def review(self) -> None:
        """Move the share of each pair on its way. What is short is as good as dearer: its price counts over its fill rate."""
        price, fill = self._quotes.of_rows(self._frm), self._deliveries.of_buyers
        none = (self._to < 0)[:, None]
        instead = np.where(none, 1.0, self._quotes.of_rows(self._to))
        self._price += (price - self._price) * self._learning
        self._instead += (instead - self._instead) * self._learning
        self.qualification.look(price, fill[self._frm])
        if not self.qualification.ready.any():
            return
        short, short_instead = np.maximum(fill[self._frm], POOREST), np.maximum(fill[self._to], POOREST)
        other = self._instead / np.where(none, 1.0, short_instead)
        share = share_of_substitute(self._price / short, self._cost * other, self._sigma)
        goal = self._ceiling * drawn_to(share, self._normal)
        goal = goal / np.maximum(self._per_user(goal), 1.0)
        steps = self.qualification.steps(self.moved, goal)
        asked = self._per_user(np.abs(steps))
        most = self.qualification.most()
        self.moved += steps * np.divide(most, asked, out=np.ones_like(asked), where=asked > most) * self._at_work

    def _per_user(self, per_pair: Array) -> Array:
        """Sum over the substitutes of one row of demand, told to each of them, (pair, member)."""
        summed: Any = self._to_user.sum(per_pair)
        return np.asarray(summed[self._of])
