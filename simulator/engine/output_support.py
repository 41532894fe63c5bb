"""What is paid for what sites make: price floors, aid and credits by the tonne, and sales promised in advance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.capital import offered
from simulator.engine.facility import Fleet
from simulator.engine.grouping import Grouping
from simulator.engine.interventions import Amendment, Context, Span, by_class
from simulator.engine.price_change import ZONES
from simulator.engine.purse import PUBLIC, Account
from simulator.engine.quotes import Quotes
from simulator.engine.scene import Scene
from simulator.world.model import World

Array = NDArray[np.float64]
Rows = NDArray[np.int64] | slice
EVERY = slice(None)
YEAR = 365.0


class OutputSupport:
    """One `output_support` as the measure states it, resolved and drawn; `concerns` is (facility,).

    `tonnes` [t/d] and `upside_most` [USD a calendar year] are infinite where the measure sets no limit.
    """

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, self.account = measure.id, (measure.id, measure.payer, PUBLIC)
        self.span, self.concerns, self.zone = span, context.sites(measure), ZONES.index(measure.reference)
        number = {
            name: context.number(measure, name)
            for name in ("floor", "upside", "upside_from", "aid", "credit", "contract")
        }
        self.floor, self.upside, self.upside_from = number["floor"], number["upside"], number["upside_from"]
        self.aid, self.credit, self.contract = number["aid"], number["credit"], number["contract"]
        self.tonnes, self.upside_most = (
            np.full(span.active.shape, np.inf) if getattr(measure, name) is None else context.number(measure, name)
            for name in ("tonnes", "upside_most")
        )
        self.limited = measure.tonnes is not None or measure.upside_most is not None


class Offtake:
    """One `offtake`; its buyers are served first with the share that it promises."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, self.account = measure.id, (measure.id, measure.payer, measure.purse)
        self.span, self.concerns = span, context.sites(measure)
        self.share, self.contract = context.number(measure, "share"), context.number(measure, "contract")
        self.amendments: tuple[Amendment, ...] = ()
        if measure.buyers is not None:
            lanes, sites = context.network.lanes, context.network.facilities
            chosen = {f.id for f, mine in zip(sites, self.concerns, strict=True) if mine}
            first = context.network.world.first_output
            rows = np.array(
                [i for i, (_, good, seller) in enumerate(lanes.names) if seller in chosen and good == first(seller)],
                dtype=np.int64,
            )
            rank = context.selected(measure.buyers, lanes.importer[rows]).astype(np.int8)
            self.amendments = (by_class(measure.id, span, rows, rank, self.share, 0.0),)


@dataclass(frozen=True)
class Counted:
    """What the limits of the supports leave of some output.

    `on` (support, site, member) is how far each tonne counts, `shared` (support, 1, member) the part of its upside that
    the payer still takes [1]; together that is so many `tonnes` [t] and an `upside` [USD], (support, member) each.
    """

    on: Array
    shared: Array
    tonnes: Array
    upside: Array


class Outputs:
    """All of them in order of name, and who has been promised what.

    A contract runs from the effective day, or from the opening of its site. One made with a project on the day of its
    decision is kept when the support has ended; any other is paid while the support is in force. Tonnes up to a limit
    come evenly over the calendar year, and what a slow month leaves can be made up within that year.

    Parameters
    ----------
    cost : of making a tonne of first output, (facility, member) [USD/t]

    `opens` says when each facility opens, (facility, member) [d]: minus infinity where it always was.
    """

    def __init__(
        self,
        scene: Scene,
        quotes: Quotes,
        supports: Sequence[OutputSupport],
        offtakes: Sequence[Offtake],
        fleets: Sequence[Fleet],
        cost: Array,
    ) -> None:
        self._scene, self._quotes, self._fleets = scene, quotes, fleets
        self._supports = sorted(supports, key=lambda one: one.id)
        self._offtakes = sorted(offtakes, key=lambda one: one.id)
        self._all: list[OutputSupport | Offtake] = [*self._supports, *self._offtakes]
        sites, world = scene.network.facilities, scene.network.world
        self._good = np.array([quotes.commodities.index(world.first_output(f.id)) for f in sites], dtype=np.int64)
        self._home = np.array([int(f.country != world.inside) for f in sites])
        self._cost = cost  # of making a tonne, (facility, member) [USD/t]
        shape = (len(self._all), len(sites), scene.members)
        self._concerns = np.stack([one.concerns for one in self._all])[..., None]
        self._promised = np.zeros(shape, dtype=bool)
        self.opens: Callable[[], Array] = lambda: np.full(shape[1:], -np.inf)
        self._started = np.zeros(shape[1:])
        rank = np.argsort(np.argsort(np.array([f.id for f in sites])))
        self._to_all = Grouping(np.zeros(len(sites), dtype=np.int64), 1, rank)
        self.accounts: list[Account] = [one.account for one in self._all]
        self._installed = np.array([[f.capacity.central] for f in sites])
        self._limited = any(one.limited for one in self._supports)
        limits = (len(self._supports), scene.members)
        self._tonnes = np.array([one.tonnes for one in self._supports]).reshape(limits)
        self._upside_most = np.array([one.upside_most for one in self._supports]).reshape(limits)
        self._tonnes_left, self._upside_left = np.zeros(limits), self._upside_most

    def _in_force(self) -> Array:
        """Contracts that can be had today, (contract, 1, member)."""
        clock = self._scene.clock
        return np.stack([one.span.in_force(clock.today, clock.step) for one in self._all])[:, None]

    def promise(self, sites: NDArray[np.int64], goes: NDArray[np.bool_]) -> None:
        """Make contracts with projects decided today, (project, member)."""
        can = self._concerns[:, sites] & (self._in_force() > 0.0)
        self._promised[:, sites] |= goes & can

    def _holding(self) -> Array:
        """Part of this step in which each contract holds, (contract, facility, member) [1]."""
        clock, opens = self._scene.clock, self.opens()
        can = self._in_force()
        window = np.stack(
            [
                np.minimum(np.maximum(opens, one.span.begins) + one.contract, clock.today + clock.step)
                - np.maximum(np.maximum(opens, one.span.begins), clock.today)
                for one in self._all
            ]
        )
        window = np.clip(window / clock.step, 0.0, 1.0)
        return np.where(self._promised, window, self._concerns * np.minimum(can, window))

    def _counted(self, price: Array, on: Array, made: Array, tonnes: Array, most: Array) -> Counted:
        """Fit output into the limits: the tonnes of all sites of a support in proportion, then the upside on them.

        Parameters
        ----------
        price : (facility, zone, member) [USD/t]
        on : (support, facility, member) how far each support counts without its limits [1]
        made : (facility, member) [t]
        tonnes, most : (support, member) what may still count [t], and what upside may still be taken [USD]
        """
        on, shared = on.copy(), np.ones((len(on), 1, on.shape[2]))
        counted, upside = np.zeros((2, len(on), on.shape[2]))
        for place, one in enumerate(self._supports):
            if one.limited:
                wanted = self._to_all.sum(on[place] * made)[0]
                counted[place] = np.minimum(wanted, tonnes[place])
                on[place] *= _part(counted[place], wanted)
                wanted = self._to_all.sum(on[place] * _upside(one, price) * made)[0]
                upside[place] = np.minimum(wanted, most[place])
                shared[place] = _part(upside[place], wanted)
        return Counted(on, shared, counted, upside)

    def _of_a_year(self, price: Array, on: Array, capacity: Array) -> Counted:
        """The same for a year of work at capacity, (facility, member) [t/d], at one price."""
        return self._counted(price, on, capacity * YEAR, self._tonnes * YEAR, self._upside_most)

    def _of_this_step(self, price: Array, on: Array, made: Array) -> Counted:
        """The same for what was made in this step, out of what this calendar year has left; asked once a step."""
        clock = self._scene.clock
        if clock.count and clock.date_of(clock.today).year != clock.date_of(clock.today - clock.step).year:
            self._tonnes_left, self._upside_left = np.zeros_like(self._tonnes), self._upside_most
        holds = on.max(axis=1) * clock.step
        self._tonnes_left += np.multiply(
            self._tonnes, holds, out=np.zeros_like(holds), where=holds > 0.0
        )  # may be infinite
        found = self._counted(price, on, made, self._tonnes_left, self._upside_left)
        self._tonnes_left, self._upside_left = self._tonnes_left - found.tonnes, self._upside_left - found.upside
        return found

    def _paid(self, price: Array, on: Array, rows: Rows, shared: Array | None = None) -> Array:
        """What each support pays on a tonne of first output of some sites, (support, site, member) [USD/t].

        Of several floors the highest counts, and who has named his first pays as far as his goes.

        Parameters
        ----------
        price : (site, zone, member) quote of what the sites make [USD/t]
        on : (support, site, member) how far each support counts [1]
        shared : (support, 1, member) part of the upside that is taken [1]; all of it where nothing limits it
        """
        topped, out = np.zeros(on.shape[1:]), np.zeros(on.shape)
        for place, one in enumerate(self._supports):
            faced = price[:, one.zone]
            level = np.maximum(topped, on[place] * np.maximum(one.floor - faced, 0.0))
            taken = _upside(one, price) if shared is None else shared[place] * _upside(one, price)
            out[place] = level - topped + on[place] * (one.aid + one.credit * self._cost[rows] - taken)
            topped = level
        return out

    def _prices(self, quote: Array, rows: Rows) -> Array:
        """What some sites' first output is quoted at, (site, zone, member) [USD/t], by quotes (commodity, zone, member)."""
        good = self._good[rows]
        return np.asarray(quote[good] * self._quotes.base[good, None, None])

    def uplift(self) -> Array:
        """What a tonne of first output earns on top of its price today, (facility, member) [USD/t]."""
        on, shared = self._holding()[: len(self._supports)], None
        price = self._prices(self._quotes.quote, EVERY)
        if self._limited:
            fitted = self._of_a_year(price, on, self._work()[2])
            on, shared = fitted.on, fitted.shared
        return self._paid(price, on, EVERY, shared).sum(axis=0)

    def expected(
        self, quote: Array, rows: NDArray[np.int64], years: int
    ) -> tuple[Array, NDArray[np.float64], NDArray[np.float64]]:
        """What a sponsor may reckon with who decides today.

        Parameters
        ----------
        quote : (commodity, zone, member) that he expects [1 = normal]
        rows : (project,) among the facilities
        years : of work that he counts

        Returns
        -------
        paid : (support, project, member) on a tonne of first output [USD/t]
        within : (year, support, 1, member) part of each year of work in which it is paid [1]
        sold : (year, project, member) share of capacity whose sale is promised [1]
        """
        everywhere, first = (self._concerns & (self._in_force() > 0.0)).astype(float), len(self._supports)
        on, shared = everywhere[:, rows], None
        supported = on[:first]
        if self._limited:  # sites still to come take their part
            capacity = np.maximum(self._work()[2], self._installed)
            fitted = self._of_a_year(self._prices(quote, EVERY), everywhere[:first], capacity)
            supported, shared = fitted.on[:, rows], fitted.shared
        paid = self._paid(self._prices(quote, rows), supported, rows, shared)
        year = np.arange(years)[:, None, None]
        contract = np.stack([one.contract for one in self._all]) / 365.0
        within = np.clip(contract - year, 0.0, 1.0)[:, :, None]
        sold = np.zeros((years, *paid.shape[1:]))
        if self._offtakes:
            wanted = np.stack([one.share for one in self._offtakes])[:, None] * on[first:]
            sold = (offered(wanted, np.ones(paid.shape[1:])) * within[:, first:]).sum(axis=1)
        return paid, within[:, :first], sold

    def due(self) -> Array:
        """What each account pays for this step, (account, member) [USD]; asked once, at its end."""
        on, first = self._holding(), len(self._supports)
        started, able, capacity = self._work()
        made = started - self._started
        self._started = started
        price = self._prices(self._quotes.quote, EVERY)
        supported, shared = on[:first], None
        if self._limited:
            fitted = self._of_this_step(price, supported, made)
            supported, shared = fitted.on, fitted.shared
        out = np.zeros((len(self._all), self._scene.members))
        for place, paid in enumerate(self._paid(price, supported, EVERY, shared)):
            out[place] = self._to_all.sum(paid * made)[0]
        if self._offtakes:
            wanted = np.stack([one.share for one in self._offtakes])[:, None] * on[first:]
            promised = offered(wanted, np.ones_like(made)) * capacity * self._scene.clock.step
            # Who cannot deliver is not paid for it.
            all_promised = promised.sum(axis=0)
            unsold = np.maximum(np.minimum(all_promised, able) - made, 0.0)
            part = unsold / np.where(all_promised > 0.0, all_promised, 1.0)
            worth = price[np.arange(len(price)), self._home]
            for place, tonnes in enumerate(promised, first):
                out[place] = self._to_all.sum(tonnes * part * worth)[0]
        return out

    def _work(self) -> tuple[Array, Array, Array]:
        """Running total of work begun [t], what could have been begun today [t] and capacity [t/d], (facility, member)."""
        started, able, capacity = np.zeros((3, *self._started.shape))
        for fleet in self._fleets:
            mine = slice(fleet.first, fleet.first + len(fleet.capacity))
            started[mine], able[mine], capacity[mine] = fleet.started, fleet.able, fleet.capacity
        return started, able, capacity


def _upside(support: OutputSupport, price: Array) -> Array:
    """What the payer takes of each tonne at a price (site, zone, member), (site, member) [USD/t]."""
    return np.asarray(support.upside * np.maximum(price[:, support.zone] - support.upside_from, 0.0))


def _part(some: Array, whole: Array) -> Array:
    return np.divide(some, whole, out=np.ones_like(whole), where=whole > 0.0)


def cost_of_making(world: World, sites: Sequence[str], opex: dict[str, Array], members: int) -> Array:
    """Cost of a tonne of first output, (site, member) [USD/t]: work and feed at base prices.

    Where the cost of work is not known, the base price of what is made stands for the whole.
    """
    out = np.zeros((len(sites), members))
    for place, id in enumerate(sites):
        recipe = world.recipes[world.facilities[id].recipe]
        prices = {c: figure.central for c, figure in world.prices.items()}
        feed = sum(i.amount.central * prices.get(i.commodity, 0.0) for i in recipe.inputs)
        out[place] = opex[id] + feed if id in opex else prices.get(recipe.outputs[0].commodity, 0.0)
    return out
