"""Sponsors of planned plants: every month each reckons what his project is worth, and decides, member by member."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.engine.capital import Capital, CapitalSupport, Offer
from simulator.engine.coming import PermitRelief, Permits, TechnologyBlock, ramp_lost
from simulator.engine.npv import capital_cost, net_present_value, present_volume
from simulator.engine.office import lognormal
from simulator.engine.ordering import smoothing
from simulator.engine.output_support import Outputs
from simulator.engine.pins import Pins
from simulator.engine.purse import Account
from simulator.engine.quotes import Quotes
from simulator.engine.ramp import reached, sold_by_year
from simulator.engine.scene import Scene
from simulator.world.model import Input, Output, World

Array = NDArray[np.float64]
YEAR = 365.0


@dataclass(frozen=True)
class Help:
    """What others do for projects; by default nothing."""

    capital: Sequence[CapitalSupport] = ()
    outputs: Outputs | None = None
    permits: Sequence[PermitRelief] = ()
    blocks: Sequence[TechnologyBlock] = ()
    floors: Callable[[], Array] | None = None  # lowest price of what each facility makes, (facility, member) [USD/t]


class Investment:
    """When each planned project opens, and how far it has come.

    Once decided, a project waits for its permit and is built; it may be given up on the way, or open and never reach
    half of its capacity. Other facilities keep their dates; so do all of them in members that do not behave so.

    Parameters
    ----------
    announced : (facility, member) day of opening as announced, from which the earliest decision follows [d]
    fixed : (facility, member) whether that day is fixed, so that nobody decides
    help : what others do for projects
    """

    def __init__(
        self,
        scene: Scene,
        quotes: Quotes,
        pins: Pins,
        announced: Array,
        fixed: NDArray[np.bool_] | None = None,
        help: Help | None = None,
    ) -> None:
        world, facilities = scene.network.world, scene.network.facilities
        self._scene, self._quotes, self._at_work = scene, quotes, scene.behaviours.at_work("investment") > 0.0
        self.sites = np.array([i for i, f in enumerate(facilities) if f.id in world.projects], dtype=np.int64)
        self.ids = tuple(facilities[i].id for i in self.sites)
        self._help = help = help or Help()
        self.decides = np.broadcast_to(self._at_work, (len(self.sites), scene.members))
        if fixed is not None:
            self.decides = self.decides & ~fixed[self.sites]
        self._reckoning = _Reckoning(scene, quotes, pins, self.ids)
        size = np.array([[facilities[i].capacity.central] for i in self.sites])
        self._capital = (
            Capital(help.capital, self.sites, self._reckoning.capital * YEAR * size, self._reckoning.equity_share)
            if help.capital
            else None
        )
        self._permits = Permits(help.permits, self.sites, scene.members) if help.permits else None
        self._permit, self._build = self._reckoning.permit, self._reckoning.build
        self._first = announced[self.sites] - self._permit - self._build
        self.opens = np.full((len(self.sites), scene.members), np.inf)
        self._granted = np.full_like(self.opens, np.inf)  # day of the permit
        self._waits = np.ones(self.opens.shape, dtype=bool)
        self._count = 0
        self._announced = announced[self.sites]
        self._fate(pins)

    def _fate(self, pins: Pins) -> None:
        """What luck has in store for each project, (project, member), whenever it is decided."""
        parameter, chance = self._scene.behaviours.parameter, pins.chance
        wait = zip(self.ids, self._permit, self._build, strict=True)
        permit_cv, build_cv = parameter("permit_cv"), parameter("build_cv")
        times = [
            (
                lognormal(permit, permit_cv, chance.normal(f"project:{id}", "permit")),
                lognormal(build, build_cv, chance.normal(f"project:{id}", "build")),
            )
            for id, permit, build in wait
        ]
        self._permit_takes, self._build_takes = (np.stack(times_of) for times_of in zip(*times, strict=True))
        self._luck = {
            what: np.stack([chance.uniform(f"project:{id}", what) for id in self.ids])
            for what in ("fails", "falls short", "given up")
        }
        self._risk = parameter("project_failure"), parameter("project_cancelled")
        self._most, self._given_up = self._fares(1.0)

    def _fares(self, left: Array | float) -> tuple[Array, NDArray[np.bool_]]:
        """Share of capacity that a project ever reaches, and whether it is given up, where some of the risk is left."""
        (failure, cancelled), luck = self._risk, self._luck
        most = np.where(luck["fails"] < failure * left, 0.5 * luck["falls short"], 1.0)
        return most, luck["given up"] < cancelled * left

    def watch(self) -> None:
        """Follow prices; once a step."""
        self._reckoning.watch()

    def decide(self) -> None:
        """Let every sponsor who still waits decide; once a month."""
        clock, chance, reckoning = self._scene.clock, self._scene.chance, self._reckoning
        today = clock.today
        draws = np.stack([chance.uniform(f"project:{id}", "decides", self._count) for id in self.ids])
        offer = None
        if self._capital is not None:
            offer = self._capital.offer(today, clock.step, reckoning.return_equity, reckoning.return_debt)
        saved = 0.0 if self._permits is None else self._permits.saved(reckoning.permit, today, clock.step)
        odds = reckoning.odds(self.sites, offer, self._help, saved)
        goes = self._waits & self.decides & (self._first <= today) & (draws < odds)
        if self._capital is not None and offer is not None:
            self._capital.promise(goes, offer)
            most, given_up = self._fares(offer.risk)
            self._most = np.where(goes, most, self._most)
            self._given_up = np.where(goes, given_up, self._given_up)
        if self._help.outputs is not None:
            self._help.outputs.promise(self.sites, goes)
        built = goes & ~self._given_up
        self._granted = np.where(built, today + self._permit_takes, self._granted)
        self.opens = np.where(built, today + (self._permit_takes + self._build_takes), self.opens)
        self._waits &= ~goes
        self._count += 1
        if self._permits is not None:
            sooner = self._permits.cut(self._granted, today, clock.step)
            self._granted, self.opens = self._granted - sooner, self.opens - sooner

    @property
    def accounts(self) -> list[Account]:
        """Who puts in capital."""
        return [] if self._capital is None else self._capital.accounts

    def due(self) -> Array:
        """What each account spends in this step, (account, member) [USD]."""
        clock = self._scene.clock
        if self._capital is None:
            return np.zeros((0, self._scene.members))
        return self._capital.due(self._granted, self.opens, clock.today, clock.step)

    def opened(self, plain: Array, today: float, days: float) -> Array:
        """How far each facility has opened over the days to come, (facility, member) [1].

        Parameters
        ----------
        plain : the same by the announced dates
        days : length of the time that it will hold for [d]
        """
        lost, lost_by_then = (self._ramp_lost(t) for t in (today, today + days))
        first = np.maximum(today - self.opens - lost, 0.0)
        last = np.maximum(today + days - self.opens - lost_by_then, 0.0)
        tenth, ninetieth = (self._scene.behaviours.parameter(f"ramp_{name}") for name in ("tenth", "ninetieth"))
        share = self._most * reached(first, last, tenth, ninetieth) / days
        if self._help.blocks:  # each of its days is worth less of the ramp, and lasts as long as any other
            there = np.clip(today + days - self.opens, 0.0, days)
            share = share * np.where(lost_by_then > lost, there / np.maximum(last - first, 1e-9), 1.0)
        out = plain.copy()
        out[self.sites] = np.where(self.decides, np.where(last > 0.0, share, 0.0), plain[self.sites])
        return out

    def _ramp_lost(self, today: float) -> Array | float:
        if not self._help.blocks:
            return 0.0
        opens = np.full((len(self._scene.network.facilities), self._scene.members), np.inf)
        opens[self.sites] = self.opens
        return np.asarray(ramp_lost(self._help.blocks, opens, today))[self.sites]

    @property
    def openings(self) -> Array:
        """Day on which each project opens, (project, member) [d after the start]; NaN where nobody has decided for it."""
        opens = np.where(self.decides, self.opens, self._announced)
        return np.where(np.isfinite(opens), opens, np.nan)


class _Reckoning:
    """What a project is worth at today's prices: everything drawn that a sponsor reckons with."""

    def __init__(self, scene: Scene, quotes: Quotes, pins: Pins, ids: tuple[str, ...]) -> None:
        world, parameter = scene.network.world, scene.behaviours.parameter
        self._quotes, self._mean = quotes, np.ones_like(quotes.quote)
        self._learning = smoothing(parameter("expected_price_memory"), scene.clock.step)
        self._trust, self._scale = parameter("expected_price_weight"), parameter("decision_scale")
        self.equity_share, self.return_equity, self.return_debt, self._tax = (
            parameter(n) for n in ("equity_share", "return_equity", "return_debt", "profit_tax")
        )
        self._rate = capital_cost(self.equity_share, self.return_equity, self.return_debt, self._tax)
        figures = {
            name: np.stack([pins.number(f"project:{id}:{name}", getattr(world.projects[id], name).value) for id in ids])
            for name in ("capex", "opex", "permit", "build")
        }
        self.capital, self.opex = figures["capex"] / YEAR, figures["opex"]  # per t/yr, per t
        self.permit, self.build = figures["permit"], figures["build"]
        self._zone = np.array([int(world.facilities[id].country != world.inside) for id in ids])
        self._main, self._rest = _baskets(world, quotes, ids)
        self._sold = self._utilisation(scene)

    def _utilisation(self, scene: Scene) -> Array:
        """Share of capacity sold in each year that a sponsor counts, (year, member) [1]: the ramp, and then life's end."""
        names = ("project_sales", "project_life", "ramp_tenth", "ramp_ninetieth")
        return sold_by_year(*(scene.behaviours.parameter(name) for name in names))

    def watch(self) -> None:
        """Take today's quotes into the average of the past."""
        self._mean += (self._quotes.quote - self._mean) * self._learning

    def odds(self, sites: NDArray[np.int64], offer: Offer | None, help: Help, saved: Array | float) -> Array:
        """Probability that a sponsor goes ahead this month, (project, member) [1]."""
        worth = self.worth(sites, offer, help, saved) / (self._scale * self.capital)
        return 1.0 / (1.0 + np.exp(np.clip(-worth, -700.0, 700.0)))

    def worth(self, sites: NDArray[np.int64], offer: Offer | None, help: Help, saved: Array | float) -> Array:
        """Net present value of a tonne a year of capacity, (project, member) [USD].

        Parameters
        ----------
        sites : (project,) places among the facilities
        offer : capital on offer, where anybody offers any
        help : what else others do
        saved : time of the permit that is saved [d]
        """
        expected = self._trust * self._mean + (1.0 - self._trust)  # (commodity, zone, member), 1 = normal
        faced = expected[:, self._zone]
        price = (self._main[..., None] * faced).sum(axis=0)
        beyond = (self._rest[..., None] * faced).sum(axis=0)
        rate, grant, sold = self._rate, np.zeros(()), self._sold[:, None]
        build, wait = np.maximum(self.build / YEAR, 1e-3), (self.permit - saved) / YEAR
        if offer is not None:
            grant = offer.grant
            rate = capital_cost(self.equity_share, offer.return_equity, offer.return_debt, self._tax)
        paid, within = np.zeros((0, *price.shape)), np.zeros((len(sold), 0, 1, 1))
        if help.outputs is not None:
            paid, within, promised = help.outputs.expected(expected, sites, len(sold))
            sold = np.maximum(sold, promised)
        floor = 0.0 if help.floors is None else help.floors()[sites]
        worth = net_present_value(
            self.capital, build, 1.0, sold, price, self.opex - beyond, rate, wait=wait, grant=grant, floor=floor
        )
        for place, on_a_tonne in enumerate(paid):
            worth = worth + on_a_tonne * present_volume(sold * within[:, place], rate, wait + build)
        return worth


def _baskets(world: World, quotes: Quotes, ids: tuple[str, ...]) -> tuple[Array, Array]:
    """Value at base prices of the first output, and of joint products less feed, (commodity, project) [USD/t]."""

    def value(item: Input | Output) -> float:
        return item.amount.central * world.prices[item.commodity].central

    main, rest = np.zeros((2, len(quotes.commodities), len(ids)))
    for place, id in enumerate(ids):
        recipe = world.recipes[world.facilities[id].recipe]
        first, *others = recipe.outputs
        main[quotes.commodities.index(first.commodity), place] = value(first)
        for output in others:
            rest[quotes.commodities.index(output.commodity), place] += value(output)
        for feed in recipe.inputs:
            rest[quotes.commodities.index(feed.commodity), place] -= value(feed)
    return main, rest
