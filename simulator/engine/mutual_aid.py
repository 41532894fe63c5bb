"""Countries that lend each other stock, and the hour at which reserves and lenders act."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.clock import Phase
from simulator.engine.interventions import Context, Span
from simulator.engine.purchasing import Purchasing
from simulator.engine.purse import FIRMS, Account
from simulator.engine.quotes import Quotes
from simulator.engine.reserve import Reserves, Trigger, buyers
from simulator.engine.scene import Scene
from simulator.engine.stock import over_origins

Array = NDArray[np.float64]
Index = NDArray[np.int64]


class MutualAid:
    """One `mutual_aid`, resolved and drawn. `rows` has the buyers of each country, commodity by commodity."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, self.span = measure.id, span
        names = ("share", "trigger", "running", "delay", "rate", "repay", "cost")
        number = {name: context.number(measure, name) for name in names}
        self.share, self.floor, self.rate = number["share"], number["trigger"], number["rate"]
        self.repay, self.cost = number["repay"], number["cost"]
        self.countries = sorted(set(context.expand(measure.members)))
        self.commodities = sorted(measure.commodities)
        self.rows: dict[str, list[Index]] = {
            good: [buyers(context.network, {country}, good) for country in self.countries] for good in self.commodities
        }
        self._waits = number["trigger"], number["running"], number["delay"]

    def trigger(self) -> Trigger:
        """Says when a country may borrow."""
        cover, running, delay = self._waits
        return Trigger(cover, running, delay, delay)


class _Pool:
    """One commodity of one agreement: who runs low, who lends, and what is owed.

    `lent` and `owed` are (country, member) [t]: what others still have of a country's stock, and what it has of theirs.
    """

    def __init__(self, scene: Scene, aid: MutualAid, commodity: str, cover: Array) -> None:
        self._scene, self._aid = scene, aid
        self.countries = [(c, rows) for c, rows in zip(aid.countries, aid.rows[commodity], strict=True) if rows.size]
        self.commodity = commodity
        self._cover = cover
        self._triggers = [aid.trigger() for _ in self.countries]
        self.lent, self.owed = np.zeros((2, len(self.countries), scene.members))
        self.borrowed = np.zeros_like(self.lent)  # today

    def act(self, out: Array, back: Array) -> None:
        """Lend or pay back; adds what rows gave to `out` and what they got to `back`, (row, member) [t]."""
        scene, aid, clock = self._scene, self._aid, self._scene.clock
        in_force = aid.span.in_force(clock.today, clock.step)
        spare, need, above = np.zeros((3, *self.lent.shape))
        never = np.full(scene.members, np.inf)
        for place, (_, rows) in enumerate(self.countries):
            use, stock = scene.use[rows], scene.stocks.tonnes[rows]
            held, all_use = (stock - use * (clock.step - 1.0)).sum(axis=0), use.sum(axis=0)
            cover = np.divide(held, all_use, out=np.full_like(held, np.inf), where=all_use > 0.0)
            called = self._triggers[place].look(cover, in_force > 0.0, never, clock.today, clock.step) * in_force
            normal = (self._own(rows) * use).sum(axis=0)
            floor = aid.floor * all_use
            need[place] = np.minimum(np.maximum(floor - held, 0.0), called * aid.rate * all_use * clock.step)
            free = np.minimum(aid.share * normal - self.lent[place], held - floor)
            spare[place] = np.where((called == 0.0) & (in_force > 0.0), np.maximum(free, 0.0), 0.0)
            above[place] = np.where(called == 0.0, np.maximum(held - all_use - normal, 0.0), 0.0)
        given = np.minimum(spare.sum(axis=0), need.sum(axis=0))
        self.borrowed[...] = 0.0
        if given.any():
            lends, gets = _part(spare, given), _part(need, given)
            self._move(lends, gets, out, back)
            self.lent += lends
            self.owed += gets
            self.borrowed += gets
        self._pay_back(above, out, back)

    def _own(self, rows: Index) -> Array:
        """Cover that buyers aim at, (row, member) [d]."""
        mandated = self._scene.mandated
        return self._cover[rows] if mandated is None else self._cover[rows] + mandated[rows]

    def _pay_back(self, above: Array, out: Array, back: Array) -> None:
        """Return what lies above borrowers' cover, and order so that there is some."""
        scene, aid = self._scene, self._aid
        if not self.owed.any():
            return
        paid = np.minimum(above, self.owed)
        if paid.any():
            gets = _part(self.lent, paid.sum(axis=0))
            self._move(paid, gets, out, back)
            self.owed -= paid
            self.lent -= gets
        assert scene.set_aside is not None
        for place, (_, rows) in enumerate(self.countries):
            use = scene.use[rows]
            all_use = use.sum(axis=0)
            share = np.divide(use, all_use, out=np.zeros_like(use), where=all_use > 0.0)
            scene.set_aside[rows] += share * self.owed[place] / np.maximum(aid.repay, 1.0)

    def _move(self, gives: Array, gets: Array, out: Array, back: Array) -> None:
        """Take from the stocks of some countries and put into those of others, (country, member) [t] each."""
        scene = self._scene
        goods = np.zeros((scene.stocks.on_hand.shape[1], scene.members))
        for (_, rows), tonnes in zip(self.countries, gives, strict=True):
            stock = scene.stocks.tonnes[rows]
            taken = scene.stocks.take_apart(rows, _part(stock, np.minimum(tonnes, stock.sum(axis=0))))
            out[rows] += over_origins(taken)
            goods += taken.sum(axis=0)
        whole = gets.sum(axis=0)
        per_tonne = np.divide(goods, whole, out=np.zeros_like(goods), where=whole > 0.0)
        for (_, rows), tonnes in zip(self.countries, gets, strict=True):
            use = scene.use[rows]
            put = scene.stocks.put(rows, _part(use, tonnes)[:, None] * per_tonne)
            back[rows] += put

    def quote(self, quotes: Quotes) -> Array:
        """Quote of what is lent where each country is, (country, member) [USD/t]."""
        good, inside = quotes.commodities.index(self.commodity), self._scene.network.world.inside
        zone = [int(country != inside) for country, _ in self.countries]
        return np.asarray(quotes.quote[good, zone] * quotes.base[good])


def _part(whole: Array, tonnes: Array) -> Array:
    """Share out tonnes (member,) over rows (row, member) in proportion to what these are."""
    total = whole.sum(axis=0)
    return whole * np.divide(tonnes, total, out=np.zeros_like(total), where=total > 0.0)


class Aid:
    """All agreements in order of name. `released` and `acquired` (row, member) are what rows got and gave so far [t]."""

    def __init__(
        self, scene: Scene, quotes: Quotes, agreements: Sequence[MutualAid], purchasing: Sequence[Purchasing]
    ) -> None:
        self._quotes = quotes
        cover = np.zeros_like(scene.use)
        for buyer in purchasing:
            cover[buyer.rows] = buyer.cover
        self.released, self.acquired = np.zeros_like(scene.use), np.zeros_like(scene.use)
        self._members = scene.members
        self.pools = [
            (one, _Pool(scene, one, good, cover))
            for one in sorted(agreements, key=lambda one: one.id)
            for good in one.commodities
        ]
        self.accounts: list[Account] = sorted(
            {(one.id, country, FIRMS) for one, pool in self.pools for country, _ in pool.countries}
        )

    def act(self) -> None:
        """Let every agreement lend or have paid back."""
        for _, pool in self.pools:
            pool.act(self.acquired, self.released)

    def due(self) -> Array:
        """What each account pays for this step, (account, member) [USD]; asked once, at its end."""
        out, place = np.zeros((len(self.accounts), self._members)), {a[:2]: i for i, a in enumerate(self.accounts)}
        for one, pool in self.pools:
            paid = pool.borrowed * pool.quote(self._quotes) * one.cost
            for (country, _), due in zip(pool.countries, paid, strict=True):
                out[place[one.id, country]] += due
        return out


class Releases:
    """Reserves act first, then those who lend: nobody borrows what a reserve gives."""

    def __init__(self, scene: Scene, reserves: Reserves | None, aid: Aid | None) -> None:
        self._scene = scene
        self._acting = [one for one in (reserves, aid) if one is not None]
        scene.set_aside = np.zeros_like(scene.use)

    def life(self) -> Generator[simpy.Event, None, None]:
        """Act once the day's goods have arrived and before anybody uses them."""
        scene = self._scene
        while True:
            yield scene.clock.at(Phase.RELEASE)
            assert scene.set_aside is not None
            scene.set_aside[...] = 0.0
            for one in self._acting:
                one.act()
