"""End-of-life returns follow what was sold years ago, and price with a long lag: collectors bring them, recyclers use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.facility import Fleet
from simulator.engine.grouping import Grouping
from simulator.engine.interventions import Amendment, Context, Span, ban, grown
from simulator.engine.lifetime import SoldBefore, gone, scale_of, thrown_away
from simulator.engine.mutual_aid import Aid
from simulator.engine.pins import Pins
from simulator.engine.purse import FIRMS, Account
from simulator.engine.quotes import Quotes
from simulator.engine.reserve import Reserves
from simulator.engine.scene import Scene
from simulator.engine.terms import Terms

Array = NDArray[np.float64]
MONTH = 365.0 / 12.0
OLDEST = 3.0  # mean lives that hardly anything outlives


class RecyclingMandate:
    """One `recycling_mandate`, resolved and drawn; `countries` are those of the collectors concerned."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, self.span, self.commodities = measure.id, span, frozenset(measure.commodities)
        self.collection, self.ramp = context.number(measure, "collection"), context.number(measure, "ramp")
        self.cost, exported = context.number(measure, "cost"), context.number(measure, "exported")
        sites, lanes = context.network.facilities, context.network.lanes
        self.concerns = context.selected(measure.countries, np.array([f.country for f in sites]))
        home, abroad = (context.selected(measure.countries, ends) for ends in (lanes.exporter, lanes.importer))
        rows = np.flatnonzero(home & ~abroad & np.isin(lanes.commodity, list(self.commodities)))

        def change(terms: Terms, bound: Array, since: Array) -> None:
            ban(terms, rows, bound * (1.0 - exported))

        self.amendments = (Amendment(measure.id, span, change),)


class Recycling:
    """How much each collector can bring this month, and how much of it recyclers sell on.

    A collector is a facility without inputs whose first output is a scrap that `lifetimes.csv` names. Sales of his
    country stand for those of his region: they say how returns move, the tables how large they are on the first day.

    Parameters
    ----------
    capacity : (facility, member) what the tables let each facility make [t/d]
    growth : sector -> growth of demand (member,) [1/yr]; it held before the first day too
    rate : facility -> work on a steady day [t/d]
    mandates : what must be collected, whatever it is worth
    aid : what countries lend each other is no use either

    `returns` (collector, member) is what returns over that of the first day [1].
    """

    def __init__(
        self,
        scene: Scene,
        quotes: Quotes,
        pins: Pins,
        capacity: Array,
        growth: dict[str, Array],
        rate: Mapping[str, float],
        reserves: Reserves | None,
        mandates: Sequence[RecyclingMandate] = (),
        aid: Aid | None = None,
    ) -> None:
        world, parameter = scene.network.world, scene.behaviours.parameter
        self._scene, self._quotes = scene, quotes
        self._movers = [one for one in (reserves, aid) if one is not None]
        self._at_work = scene.behaviours.at_work("recycling") > 0.0
        self._lag, self._elasticity = np.ceil(parameter("collection_lag") / MONTH), parameter("collection_elasticity")
        scrap = {one.returns for one in world.lifetimes}
        makes = [world.recipes[f.recipe] for f in scene.network.facilities]
        self.sites = np.array(
            [i for i, r in enumerate(makes) if not r.inputs and r.outputs[0].commodity in scrap], dtype=np.int64
        )
        lives = [pins.number(f"life:{one.commodity}:{one.sector}", one.mean.value) for one in world.lifetimes]
        shapes = [one.shape for one in world.lifetimes]
        self._shape = np.array(shapes)[:, None]
        self._scale = np.stack([scale_of(mean, shape) for mean, shape in zip(lives, shapes, strict=True)])
        self._gone: dict[float, Array] = {}  # by age [1]
        sales_growth = np.stack([growth.get(one.sector, np.zeros(scene.members)) for one in world.lifetimes])
        oldest = OLDEST * max(one.mean.value.high for one in world.lifetimes)
        self._before = SoldBefore(sales_growth, self._scale, self._shape, oldest)
        self._find_buyers()
        self._base = self._sold_by(np.array([d.rate.central for m in scene.network.markets for d in m.demand])[:, None])
        self._edges: list[float] = [0.0]
        self._sales: list[Array] = []
        self._capacity, self._first = capacity[self.sites], self._thrown_away(0.0)
        today = np.divide(self._capacity, self._first, out=np.zeros_like(self._capacity), where=self._first > 0.0)
        # The share collected on the first day, and how much larger it may become.
        self._room = np.maximum(
            np.divide(parameter("collection_max"), today, out=np.ones_like(today), where=today > 0.0), 1.0
        )
        self.returns = np.ones_like(today)
        self.mandates = sorted(mandates, key=lambda one: one.id)
        self._collected, self.forced = today, np.zeros((len(self.mandates), *today.shape))
        self._worth, self._recyclers = self._weights(), self._find_recyclers(rate)
        self._prices: list[Array] = []
        self._sum, self._steps = np.zeros((len(self.sites), scene.members)), 0
        self._used = self._removed()

    def _find_buyers(self) -> None:
        """Which market rows count for which collector and lifetime; all countries for a collector without sales at home."""
        network = self._scene.network
        world, demand = network.world, [d for m in network.markets for d in m.demand]
        self._rows = np.concatenate([np.arange(m.rows.start, m.rows.stop) for m in network.markets])
        cells, source = [], []
        for place, site in enumerate(self.sites):
            facility = network.facilities[site]
            scrap = world.recipes[facility.recipe].outputs[0].commodity
            kinds = {(o.commodity, o.sector): i for i, o in enumerate(world.lifetimes) if o.returns == scrap}
            known = [
                (i, kinds[d.commodity, d.sector]) for i, d in enumerate(demand) if (d.commodity, d.sector) in kinds
            ]
            home = [(i, kind) for i, kind in known if demand[i].country == facility.country] or known
            cells += [place * len(world.lifetimes) + kind for _, kind in home]
            source += [i for i, _ in home]
        self._to_cell = Grouping(
            np.array(cells, dtype=np.int64),
            len(self.sites) * len(world.lifetimes),
            None,
            None,
            np.array(source, dtype=np.int64),
            len(demand),
        )

    def _sold_by(self, per_row: Array) -> Array:
        """Sum market rows to (collector, lifetime, member)."""
        rows = per_row * np.ones(self._scene.members)
        return self._to_cell.sum(rows).reshape(len(self.sites), len(self._shape), -1)

    def _weights(self) -> list[list[tuple[float, int, int]]]:
        """What each collector's scrap becomes: (share, commodity, zone) of the first output of those who buy it."""
        world, found = self._scene.network.world, []
        for site in self.sites:
            mine = self._scene.network.facilities[site].id
            parts = []
            for source in world.sources:
                if source.supplier == mine and source.buyer in world.facilities:
                    buyer = world.facilities[source.buyer]
                    made = world.recipes[buyer.recipe].outputs[0].commodity
                    size = source.share.central * buyer.capacity.central
                    parts.append((size, self._quotes.commodities.index(made), int(buyer.country != world.inside)))
            total = sum(size for size, _, _ in parts)
            found.append([(size / total, good, zone) for size, good, zone in parts if total > 0.0])
        return found

    def _find_recyclers(self, rate: Mapping[str, float]) -> dict[int, tuple[list[tuple[float, int]], float]]:
        """Who buys scrap: shares of collectors, and how much more than on the first day his capacity allows [1]."""
        facilities, world = self._scene.network.facilities, self._scene.network.world
        collectors = {facilities[site].id: place for place, site in enumerate(self.sites)}
        found = {}
        for place, facility in enumerate(facilities):
            bought = [s for s in world.sources if s.buyer == facility.id and s.supplier in collectors]
            total, work = sum(s.share.central for s in bought), rate.get(facility.id, 0.0)
            if total > 0.0:
                sources = [(s.share.central / total, collectors[s.supplier]) for s in bought]
                found[place] = sources, facility.capacity.central / work if work > 0.0 else np.inf
        return found

    def _removed(self) -> Array:
        """All that end users have used so far, (market row, member) [t]; what reserves took is not used."""
        taken = self._scene.stocks.removed[self._rows]
        for one in self._movers:
            taken = taken - one.acquired[self._rows]
        return taken

    def watch(self) -> None:
        """Take note of today's quotes of what scrap becomes; once a step."""
        quote = self._quotes.quote
        for place, parts in enumerate(self._worth):
            for share, good, zone in parts:
                self._sum[place] += share * quote[good, zone]
        self._steps += 1

    def close_month(self) -> None:
        """Keep the month's sales and prices; on the first day of the next."""
        today = self._scene.clock.today
        if today <= self._edges[-1]:
            return
        used = self._removed()
        pace = self._sold_by((used - self._used) / (today - self._edges[-1]))
        self._sales.append(pace)
        self._edges.append(today)
        self._used = used
        self._prices.append(self._sum / self._steps)
        self._sum, self._steps = np.zeros_like(self._sum), 0

    def look(self) -> None:
        """Work out how returns stand today against the first day."""
        back = self._thrown_away(self._scene.clock.today)
        ratio = np.divide(back, self._first, out=np.ones_like(back), where=self._first > 0.0)
        collected = np.minimum(self._answer() ** self._elasticity, self._room)
        for place, one in enumerate(self.mandates):
            more = np.maximum(self._mandated(one), collected)
            self.forced[place] = np.divide(more - collected, more, out=np.zeros_like(more), where=more > 0.0)
            collected = more
        self.returns = ratio * collected

    def _mandated(self, one: RecyclingMandate) -> Array:
        """Least that must be collected, over the share of the first day, (collector, member) [1]; 0 where none is set."""
        clock, world = self._scene.clock, self._scene.network.world
        facilities = self._scene.network.facilities
        mine = [one.concerns[i] and world.first_output(facilities[i].id) in one.commodities for i in self.sites]
        part = (one.span.in_force(clock.today, clock.step) > 0.0) * grown(one.span.since(clock.today), one.ramp)
        goal = np.divide(
            one.collection, self._collected, out=np.ones_like(self._collected), where=self._collected > 0.0
        )
        least = 1.0 + np.maximum(goal - 1.0, 0.0) * part
        return np.where(np.array(mine, dtype=bool)[:, None] & (part > 0.0), least, 0.0)

    def limit(self, capacity: Array) -> Array:
        """Capacities (facility, member) [t/d] in which collectors can bring what returns, and no more."""
        out = capacity.copy()
        out[self.sites] = np.where(self._at_work, self._capacity * self.returns, capacity[self.sites])
        return out

    def weight(self, index: Array) -> Array:
        """Factor on the share of each facility in what others buy, (facility, member) [1]: recyclers follow returns.

        Parameters
        ----------
        index : growth of the demand behind each facility since the start, (facility, member) [1]
        """
        out = np.ones_like(index)
        for place, (sources, most) in self._recyclers.items():
            back = np.zeros(self._scene.members)
            for share, collector in sources:
                back += share * self.returns[collector]
            out[place] = np.where(self._at_work, np.minimum(back / index[place], most), 1.0)
        return out

    def _thrown_away(self, today: float) -> Array:
        """What end users throw away today, (collector, member) [t/d]."""
        share = [self._gone_by(today - edge) for edge in self._edges]
        out = self._base * self._before.thrown_away(today) + thrown_away(self._sales, share)
        return out.sum(axis=1)

    def _gone_by(self, age: float) -> Array:
        """Share of each lifetime's goods that is gone by an age; months are alike, so few ages are new."""
        if age not in self._gone:
            self._gone[age] = gone(age, self._scale, self._shape)
        return self._gone[age]

    def _answer(self) -> Array:
        """Price to which collection answers now: the mean of a whole month, the lag ago, (collector, member) [1]."""
        month = len(self._prices) - 1 - self._lag.astype(np.int64)
        if not self._prices or month.max() < 0:
            return np.ones_like(self._sum)
        past = np.stack(self._prices)[np.maximum(month, 0), :, np.arange(month.size)].T
        return np.ascontiguousarray(np.where(month >= 0, past, 1.0))


class Collected:
    """What mandates cost those who must have scrap collected, the firms of each country.

    A forced share of what collectors bring costs `cost` of the base price by the tonne.
    """

    def __init__(self, scene: Scene, quotes: Quotes, recycling: Recycling, fleets: Sequence[Fleet]) -> None:
        self._recycling, self._fleets = recycling, fleets
        sites, world = [scene.network.facilities[i] for i in recycling.sites], scene.network.world
        self._brought = np.zeros((len(scene.network.facilities), scene.members))
        worth = np.array([quotes.base[quotes.commodities.index(world.first_output(site.id))] for site in sites])
        rank = np.argsort(np.argsort(np.array([site.id for site in sites])))
        self._bills: list[tuple[int, Grouping]] = []  # place of each mandate that anybody has to follow
        self.accounts: list[Account] = []
        for number, one in enumerate(recycling.mandates):
            mine = one.concerns[recycling.sites]
            countries = sorted({site.country for site, concerned in zip(sites, mine, strict=True) if concerned})
            if countries:
                place = [countries.index(site.country) if site.country in countries else 0 for site in sites]
                to_country = Grouping(np.array(place, dtype=np.int64), len(countries), rank, worth * mine)
                self._bills.append((number, to_country))
                self.accounts += [(one.id, country, FIRMS) for country in countries]

    def due(self) -> Array:
        """What each account pays for this step, (account, member) [USD]; asked once, at its end."""
        recycling, brought = self._recycling, np.zeros_like(self._brought)
        for fleet in self._fleets:
            brought[fleet.first : fleet.first + len(fleet.started)] = fleet.started
        today = (brought - self._brought)[recycling.sites]
        self._brought = brought
        paid = [
            to_country.sum(today * recycling.forced[number]) * recycling.mandates[number].cost
            for number, to_country in self._bills
        ]
        return np.concatenate(paid) if paid else np.zeros((0, brought.shape[1]))
