"""Rules for those who buy: a floor at a common border, bargaining together, and caps on where they buy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.facility import Fleet
from simulator.engine.grouping import Grouping
from simulator.engine.interventions import Amendment, Context, Span, grown
from simulator.engine.purse import BUYERS, Account
from simulator.engine.quotes import Quotes
from simulator.engine.scene import Scene
from simulator.engine.terms import Terms

Array = NDArray[np.float64]
Index = NDArray[np.int64]


class BorderFloor:
    """One `border_floor`: what its members buy costs no less than the floor, whoever sells it.

    The gap is looked at in the first step of each month. `rate` (lane concerned, member) is what buyers pay on top of the
    quote, as a share of it.
    """

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        network, members = context.network, context.expand(measure.members)
        self.id, self._span, self._context = measure.id, span, context
        self._floor, self._ramp = context.number(measure, "floor"), context.number(measure, "ramp")
        lanes = network.lanes
        self.lanes = np.flatnonzero(np.isin(lanes.importer, members) & (lanes.commodity == measure.commodity))
        self._zone = (lanes.exporter[self.lanes] != network.world.inside).astype(np.int64)
        self._good = sorted(network.world.commodities).index(measure.commodity)
        sites, first = network.facilities, network.world.first_output
        self._makers = np.array([f.country in members and first(f.id) == measure.commodity for f in sites])[:, None]
        self._home = np.array([int(f.country != network.world.inside) for f in sites])
        self.rate = np.zeros((self.lanes.size, context.pins.members))
        self.amendments = (Amendment(measure.id, span, self._change, until_full=float(self._ramp.max()), monthly=True),)

    def _price(self) -> Array:
        """Quotes of the commodity, (zone, member) [USD/t]."""
        quotes = self._context.quotes
        assert quotes is not None
        return np.asarray(quotes.quote[self._good] * quotes.base[self._good])

    def _gap(self, price: Array) -> Array:
        return np.divide(np.maximum(self._floor - price, 0.0), price, out=np.zeros_like(price), where=price > 0.0)

    def _change(self, terms: Terms, bound: Array, since: Array) -> None:
        self.rate = self._gap(self._price())[self._zone] * (bound * grown(since, self._ramp))
        terms.duty[self.lanes] += self.rate

    def _bound(self, today: float, step: float) -> Array:
        return self._span.in_force(today, step) * grown(self._span.since(today), self._ramp)

    def floors(self, today: float, step: float) -> Array:
        """Lowest price of what each facility makes, (facility, member) [USD/t]; 0 outside the border."""
        return np.where(self._makers, self._floor * (self._bound(today, step) > 0.0), 0.0)

    def uplift(self, today: float, step: float) -> Array:
        """What members' sites earn on a tonne on top of the quote, (facility, member) [USD/t]."""
        price = self._price()
        gap = (self._gap(price) * price)[self._home] * self._bound(today, step)
        return np.where(self._makers, gap, 0.0)


class JointPurchase:
    """One `joint_purchase`: imports cost its members less. `rate` (lane concerned, member) is below zero."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, lanes = measure.id, context.network.lanes
        concerned = np.isin(lanes.importer, context.expand(measure.countries)) & lanes.abroad
        self.lanes = np.flatnonzero(concerned & np.isin(lanes.commodity, list(measure.commodities)))
        self._effect, self._ramp = context.number(measure, "price_effect"), context.number(measure, "ramp")
        self.rate = np.zeros((self.lanes.size, context.pins.members))
        self.amendments = (Amendment(measure.id, span, self._change, until_full=float(self._ramp.max())),)

    def _change(self, terms: Terms, bound: Array, since: Array) -> None:
        self.rate = np.broadcast_to(-self._effect * bound * grown(since, self._ramp), self.rate.shape)
        terms.duty[self.lanes] += self.rate


class SourcingCap:
    """One `sourcing_cap`. `rate` (lane concerned, member) is the premium on what is bought, spread over each lane."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, self.span, lanes = measure.id, span, context.network.lanes
        chosen = context.selected
        mine = chosen(measure.countries, lanes.importer) & chosen(measure.sectors, lanes.sector)
        self.lanes = np.flatnonzero(mine & np.isin(lanes.commodity, list(measure.commodities)))
        self.capped = chosen(measure.exporters, lanes.exporter[self.lanes])[:, None]
        self.most, self.ramp = context.number(measure, "most"), context.number(measure, "ramp")
        self.premium, self.strict = context.number(measure, "premium"), measure.strict
        self.rate = np.zeros((self.lanes.size, context.pins.members))


def capped(share: Array, over: NDArray[np.bool_], most: Array, of_buyer: Grouping) -> Array:
    """Shares under a cap: what is above it goes to the buyer's other suppliers in proportion, where he has any.

    Parameters
    ----------
    share : (lane, member) that sums to one by buyer [1]
    over : (lane, 1) lanes whose shares are capped together
    most : (member,) or (lane, member) the cap [1]
    of_buyer : sums lanes to buyers
    """
    held = of_buyer.sum(share * over)[of_buyer.of]
    others = of_buyer.sum(share * ~over)[of_buyer.of]
    excess = np.where(others > 0.0, np.maximum(held - most, 0.0), 0.0)
    less = share * (1.0 - np.divide(excess, held, out=np.zeros_like(held), where=held > 0.0))
    more = share * (1.0 + np.divide(excess, others, out=np.zeros_like(others), where=others > 0.0))
    return np.where(over, less, more)


class SourcingCaps:
    """All caps in order of name, applied to the shares of the month."""

    def __init__(self, scene: Scene, caps: Sequence[SourcingCap], fleets: Sequence[Fleet]) -> None:
        self._scene, self._fleets = scene, fleets
        self._caps = sorted(caps, key=lambda one: one.id)
        lanes, rows = scene.network.lanes, len(scene.network.rows)
        self._to_seller = Grouping(lanes.supplier, rows, lanes.rank)
        self._to_buyer = [Grouping(lanes.buyer[one.lanes], rows, lanes.rank[one.lanes]) for one in self._caps]
        self._moved_to = [Grouping(lanes.supplier[one.lanes], rows, lanes.rank[one.lanes]) for one in self._caps]

    def limit(self, share: Array) -> Array:
        """Shares of this month in place of those without caps, both (lane, member); sums by buyer are kept."""
        clock, lanes = self._scene.clock, self._scene.network.lanes
        use = self._scene.use[lanes.buyer]
        for one, to_buyer, moved_to in zip(self._caps, self._to_buyer, self._moved_to, strict=True):
            bound = one.span.in_force(clock.today, clock.step) > 0.0
            most = 1.0 - (1.0 - one.most) * grown(one.span.since(clock.today), one.ramp)
            now = share[one.lanes]
            new = np.where(bound, capped(now, one.capped, most, to_buyer), now)
            if not one.strict:
                more = np.where(one.capped, 0.0, new - now)
                room = np.maximum(self._capacity() - self._to_seller.sum(share * use), 0.0)
                asked = moved_to.sum(more * use[one.lanes])
                can = np.minimum(np.divide(room, asked, out=np.ones_like(room), where=asked > 0.0), 1.0)
                more = more * can[moved_to.of]
                gone = to_buyer.sum(more)[to_buyer.of]
                held = to_buyer.sum(now * one.capped)[to_buyer.of]
                less = now * (1.0 - np.divide(gone, held, out=np.zeros_like(held), where=held > 0.0))
                new = np.where(bound, np.where(one.capped, less, now + more), now)
            one.rate = one.premium * np.divide(np.maximum(new - now, 0.0), new, out=np.zeros_like(new), where=new > 0.0)
            share = share.copy()
            share[one.lanes] = new
        return share

    def _capacity(self) -> Array:
        """What the holder of each row of stock can make of it at full rate, (row, member) [t/d]; infinite for depots."""
        out = np.full_like(self._scene.use, np.inf)
        for fleet in self._fleets:
            made = fleet.capacity[:, None] * fleet.makes
            out[fleet.plan.outputs] = made.reshape(-1, self._scene.members)
        return out


class Premiums:
    """What buyers pay, or are spared, on top of the quote where what they buy comes from."""

    def __init__(
        self, scene: Scene, quotes: Quotes, rules: Sequence[BorderFloor | JointPurchase | SourcingCap]
    ) -> None:
        self._scene, self._quotes = scene, quotes
        lanes, world = scene.network.lanes, scene.network.world
        good = np.array([quotes.commodities.index(str(c)) for c in lanes.commodity], dtype=np.int64)
        self._cell = good, (lanes.exporter != world.inside).astype(np.int64)
        self._rules = [(one, *self._payers(one.lanes, quotes.base[good])) for one in sorted(rules, key=lambda r: r.id)]
        self.accounts: list[Account] = [(one.id, c, BUYERS) for one, countries, _ in self._rules for c in countries]

    def _payers(self, some: Index, base: Array) -> tuple[list[str], Grouping]:
        lanes = self._scene.network.lanes
        countries = sorted({str(c) for c in lanes.importer[some]})
        place = np.array([countries.index(str(c)) for c in lanes.importer[some]], dtype=np.int64)
        return countries, Grouping(place, len(countries), lanes.rank[some], base[some])

    def due(self) -> Array:
        """What each account pays for this step, (account, member) [USD]; asked once, at its end."""
        shipped, (good, zone) = self._scene.trade.shipped, self._cell
        paid = [
            to_payer.sum(shipped[one.lanes] * self._quotes.quote[good[one.lanes], zone[one.lanes]] * one.rate)
            for one, _, to_payer in self._rules
        ]
        return np.concatenate(paid) if paid else np.zeros((0, self._scene.members))
