"""National reserves: opened when buyers run low, filled again in calm times. They move goods, they make and use none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping
from simulator.engine.interventions import Context, Span
from simulator.engine.network import Network
from simulator.engine.purchasing import Purchasing
from simulator.engine.purse import PUBLIC, Account
from simulator.engine.quotes import Quotes
from simulator.engine.rationing import by_priority
from simulator.engine.scene import Scene
from simulator.engine.steady_start import SteadyStart
from simulator.engine.stock import Stocks, over_origins

Array = NDArray[np.float64]
Index = NDArray[np.int64]
MONTHS = 12.0
CALM = 0.9  # cover over its target from which a reserve orders; it takes only what lies above the target


class Trigger:
    """Says how far a reserve is open, member by member.

    Parameters
    ----------
    cover : (member,) cover of buyers below which a release is called for [d]
    running : (member,) running days below it until the call counts; as many above it close the reserve [d]
    delay : (member,) from the call to the first release [d]
    emergency_delay : (member,) the same from the declaration of an emergency [d]

    `seen` is the cover looked at last and `below` how long it has been below the trigger [d], `opens` the day on which the
    reserve opens or has opened, infinite where it is closed; all (member,).
    """

    def __init__(self, cover: Array, running: Array, delay: Array, emergency_delay: Array) -> None:
        self._cover, self._running, self._delay, self._emergency = cover, running, delay, emergency_delay
        self.below, self._above = np.zeros_like(cover), np.zeros_like(cover)
        self.opens, self.seen = np.full_like(cover, np.inf), np.full_like(cover, np.inf)

    def asks(self, member: int) -> tuple[float, float]:
        """Cover below which a member's reserve is called for, and how long it must last [d]."""
        return float(self._cover[member]), float(self._running[member])

    def look(self, cover: Array, in_force: NDArray[np.bool_], declared: Array, today: float, step: float) -> Array:
        """Take note of today's cover; returns the share of the step in which the reserve is open, (member,) [1].

        Parameters
        ----------
        cover : (member,) days of use that buyers hold after the day's arrivals [d]
        in_force : (member,) whether the reserve may act at all
        declared : (member,) first day of an emergency declared and not ended; infinite where there is none [d]
        """
        self.seen = cover
        low = (cover < self._cover) & in_force
        self.below = np.where(low, self.below + step, 0.0)
        self._above = np.where(low, 0.0, self._above + step)
        emergency = np.isfinite(declared) & in_force
        called = low & (self.below >= self._running)
        opens = np.where(called, np.minimum(self.opens, today + self._delay), self.opens)
        opens = np.where(emergency, np.minimum(opens, declared + self._emergency), opens)
        over = ~emergency & (~in_force | (~low & (self._above >= self._running)))
        self.opens = np.where(over, np.inf, opens)
        return np.where(in_force, np.clip((today + step - self.opens) / step, 0.0, 1.0), 0.0)


class Reserve:
    """One reserve as the measure states it, resolved and drawn. `rows` are the input rows of its buyers, by name."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        network = context.network
        self.id, self.span = measure.id, span
        self.rows = buyers(network, set(context.expand(measure.countries)), measure.commodity)
        self.commodity = measure.commodity
        self.payer, self.holding = measure.payer or "+".join(measure.countries), context.number(measure, "holding")
        self.inside = network.world.inside in context.expand(measure.countries)
        names = [network.rows[i][0] for i in self.rows]
        self.rank = np.array([name.partition("/")[2] in set(measure.first) for name in names], dtype=np.int8)
        number = {
            name: context.number(measure, name)
            for name in ("target", "opening", "trigger", "rate", "acquisition", "price_below")
        }
        self.target, self.opening, self.rate = number["target"], number["opening"], number["rate"]
        self.acquisition, self.price_below = number["acquisition"], number["price_below"]
        self.restore = number["trigger"] if measure.restore is None else context.number(measure, "restore")
        waits = (context.number(measure, name) for name in ("running", "delay", "emergency_delay"))
        self.trigger = Trigger(number["trigger"], *waits)
        self.emergencies = [
            (float((e.start - context.start).days), float((e.end - context.start).days)) for e in measure.emergency
        ]

    def declared(self, today: float, step: float) -> float:
        """First day of the emergency that holds in this step; infinite where none does [d]."""
        return min((b for b, e in self.emergencies if b < today + step and e > today), default=np.inf)


def buyers(network: Network, countries: set[str], commodity: str) -> Index:
    """Input rows of plants and end users of some countries for a commodity, in order of name; depots are no buyers."""
    facilities = network.world.facilities
    slices = [p.inputs for p in network.fleets if not p.depots] + [m.rows for m in network.markets]
    found = [
        (holder, i)
        for rows in slices
        for i in range(rows.start, rows.stop)
        for holder, what in [network.rows[i]]
        if what == commodity
        and (facilities[holder].country if holder in facilities else holder.split("/")[0]) in countries
    ]
    return np.array([i for _, i in sorted(found)], dtype=np.int64)


class Reserves:
    """All reserves, one after the other in order of name.

    A reserve buys through its buyers: they order more than they use by what it asks for, from their own suppliers, and
    it takes what comes to lie above their cover. It releases into their stocks.

    `stocks` has one row for each reserve; `acquired` and `released` (row, member) are running totals of what was taken
    from and given to each buyer, `bought` and `given` (reserve, member) the same by reserve [t].
    """

    def __init__(
        self,
        scene: Scene,
        quotes: Quotes,
        reserves: Sequence[Reserve],
        purchasing: Sequence[Purchasing],
        start: SteadyStart,
    ) -> None:
        self._scene, self._quotes = scene, quotes
        self.reserves = sorted(reserves, key=lambda r: r.id)
        self._cover = np.zeros_like(scene.use)
        for buyer in purchasing:
            self._cover[buyer.rows] = buyer.cover
        self.acquired, self.released = np.zeros_like(scene.use), np.zeros_like(scene.use)
        count = len(self.reserves)
        self.stocks = Stocks(count, scene.stocks.on_hand.shape[1], scene.members)
        self.bought, self.given = np.zeros((2, count, scene.members))
        for place, one in enumerate(self.reserves):
            use = start.use[one.rows]
            mix = (use[:, None] * start.mix[one.rows]).sum(axis=0)
            opening = np.where(one.span.active, one.opening, 0.0)
            self.stocks.put(slice(place, place + 1), (mix[:, None] * opening)[None])
        self.opening = self.stocks.added.copy()
        self._holding = [one.holding for one in self.reserves]
        self.accounts: list[Account] = [(one.id, one.payer, PUBLIC) for one in self.reserves]
        self._net = np.zeros((count, scene.members))  # bought less given until the last bill [t]

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of the reserves, in order of their rows."""
        return tuple(one.id for one in self.reserves)

    def act(self) -> None:
        """Release what is needed or buy what may be bought, once the day's goods have arrived and before anybody uses them."""
        for place, one in enumerate(self.reserves):
            if one.rows.size:
                self._act(place, one)

    def _act(self, place: int, one: Reserve) -> None:
        scene, today, step = self._scene, self._scene.clock.today, self._scene.clock.step
        use, stock = scene.use[one.rows], scene.stocks.tonnes[one.rows]
        all_use = use.sum(axis=0)
        # What a longer step brings at once counts as if it came by the day.
        held = stock - use * (step - 1.0)
        cover = np.divide(held.sum(axis=0), all_use, out=np.full_like(all_use, np.inf), where=all_use > 0.0)
        in_force = one.span.in_force(today, step)
        declared = np.full_like(cover, one.declared(today, step))
        is_open = one.trigger.look(cover, in_force > 0.0, declared, today, step) * in_force
        self._release(place, one, is_open * one.rate * all_use * step, np.maximum(one.restore * use - held, 0.0))
        cover_held = (
            self._cover[one.rows] if scene.mandated is None else self._cover[one.rows] + scene.mandated[one.rows]
        )
        goal = cover_held * use
        if scene.anticipation is not None:  # what buyers hoard is not to spare
            goal += scene.anticipation.more_stock(one.rows, goal)
        calm = (is_open == 0.0) & (self._price(one) < one.price_below)
        calm &= held.sum(axis=0) - all_use >= CALM * goal.sum(axis=0)
        room = np.maximum(one.target * all_use - self.stocks.tonnes[place], 0.0)
        budget = np.where(calm, np.minimum(one.acquisition * MONTHS * all_use * step * in_force, room), 0.0)
        self._buy(place, one, budget, np.maximum(held - use - goal, 0.0))
        share = np.divide(use, all_use, out=np.zeros_like(use), where=all_use > 0.0)
        assert scene.set_aside is not None
        scene.set_aside[one.rows] += share * budget / step

    def due(self) -> Array:
        """What each account pays for this step, (account, member) [USD]: purchases less sales at the quote, and holding."""
        net = self.bought - self.given
        worth = np.array([self._quotes.base[self._quotes.commodities.index(one.commodity)] for one in self.reserves])
        price = np.stack([self._price(one) for one in self.reserves]) * worth[:, None]
        kept = self.stocks.tonnes * np.stack(self._holding) * (self._scene.clock.step / 365.0)
        out = (net - self._net + kept) * price
        self._net = net
        return np.asarray(out)

    def _price(self, one: Reserve) -> Array:
        """Yesterday's quote where the buyers are, (member,) [1 = normal]."""
        return self._quotes.quote[self._quotes.commodities.index(one.commodity), 0 if one.inside else 1]

    def _release(self, place: int, one: Reserve, most: Array, need: Array) -> None:
        """Share out what may be released (member,) [t] by need (buyer, member) [t]."""
        able = np.minimum(self.stocks.tonnes[place], most)
        if not able.any():
            return
        rank = np.broadcast_to(one.rank[:, None], need.shape)
        given = by_priority(able[None], need, rank, Grouping(np.zeros(len(need), dtype=np.int64), 1))
        taken, mix = self.stocks.take(slice(place, place + 1), given.sum(axis=0)[None])
        self._scene.stocks.put(one.rows, given[:, None] * mix)
        self.released[one.rows] += given
        self.given[place] += taken[0]

    def _buy(self, place: int, one: Reserve, budget: Array, spare: Array) -> None:
        """Take at most a budget (member,) [t] of what buyers have to spare (buyer, member) [t]."""
        there = spare.sum(axis=0)
        share = np.minimum(np.divide(budget, there, out=np.zeros_like(budget), where=there > 0.0), 1.0)
        if not share.any():
            return
        taken = self._scene.stocks.take_apart(one.rows, spare * share)
        self.stocks.put(slice(place, place + 1), taken.sum(axis=0)[None])
        self.acquired[one.rows] += over_origins(taken)
        self.bought[place] += taken.sum(axis=(0, 1))
