"""Sponsors of planned plants: every month each reckons what his project is worth, and decides, member by member."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.engine.npv import capital_cost, net_present_value
from simulator.engine.office import lognormal
from simulator.engine.ordering import smoothing
from simulator.engine.pins import Pins
from simulator.engine.quotes import Quotes
from simulator.engine.ramp import reached
from simulator.engine.scene import Scene
from simulator.world.model import Input, Output, World

Array = NDArray[np.float64]
YEAR = 365.0


class Investment:
    """When each planned project opens, and how far it has come.

    Once decided, a project waits for its permit and is built; it may be given up on the way, or open and never reach
    half of its capacity. Other facilities keep their dates; so do all of them in members that do not behave so.

    Parameters
    ----------
    announced : (facility, member) day of opening as announced, from which the earliest decision follows [d]
    """

    def __init__(self, scene: Scene, quotes: Quotes, pins: Pins, announced: Array) -> None:
        world, facilities = scene.network.world, scene.network.facilities
        self._scene, self._quotes, self._at_work = scene, quotes, scene.behaviours.at_work("investment") > 0.0
        self.sites = np.array([i for i, f in enumerate(facilities) if f.id in world.projects], dtype=np.int64)
        self.ids = tuple(facilities[i].id for i in self.sites)
        self._reckoning = _Reckoning(scene, quotes, pins, self.ids)
        self._permit, self._build = self._reckoning.permit, self._reckoning.build
        self._first = announced[self.sites] - self._permit - self._build
        self.opens = np.full((len(self.sites), scene.members), np.inf)
        self._waits = np.ones(self.opens.shape, dtype=bool)
        self._count = 0
        self._announced = announced[self.sites]
        self._fate(pins)

    def _fate(self, pins: Pins) -> None:
        """What luck has in store for each project, (project, member), whenever it is decided."""
        parameter, chance = self._scene.behaviours.parameter, pins.chance
        wait = zip(self.ids, self._permit, self._build, strict=True)
        permit_cv, build_cv = parameter("permit_cv"), parameter("build_cv")
        self._takes = np.stack(
            [
                lognormal(permit, permit_cv, chance.normal(f"project:{id}", "permit"))
                + lognormal(build, build_cv, chance.normal(f"project:{id}", "build"))
                for id, permit, build in wait
            ]
        )
        luck = {
            what: np.stack([chance.uniform(f"project:{id}", what) for id in self.ids])
            for what in ("fails", "falls short", "given up")
        }
        fails = luck["fails"] < parameter("project_failure")
        self._most = np.where(fails, 0.5 * luck["falls short"], 1.0)  # share of capacity it ever reaches
        self._given_up = luck["given up"] < parameter("project_cancelled")

    def watch(self) -> None:
        """Follow prices; once a step."""
        self._reckoning.watch()

    def decide(self) -> None:
        """Let every sponsor who still waits decide; once a month."""
        today, chance = self._scene.clock.today, self._scene.chance
        draws = np.stack([chance.uniform(f"project:{id}", "decides", self._count) for id in self.ids])
        goes = self._waits & (self._first <= today) & (draws < self._reckoning.odds())
        self.opens = np.where(goes & ~self._given_up, today + self._takes, self.opens)
        self._waits &= ~goes
        self._count += 1

    def opened(self, plain: Array, today: float, days: float) -> Array:
        """How far each facility has opened over the days to come, (facility, member) [1].

        Parameters
        ----------
        plain : the same by the announced dates
        days : length of the time that it will hold for [d]
        """
        first, last = (np.maximum(t - self.opens, 0.0) for t in (today, today + days))
        tenth, ninetieth = (self._scene.behaviours.parameter(f"ramp_{name}") for name in ("tenth", "ninetieth"))
        share = self._most * reached(first, last, tenth, ninetieth) / days
        out = plain.copy()
        out[self.sites] = np.where(self._at_work, np.where(last > 0.0, share, 0.0), plain[self.sites])
        return out

    @property
    def openings(self) -> Array:
        """Day on which each project opens, (project, member) [d after the start]; NaN where nobody has decided for it."""
        opens = np.where(self._at_work, self.opens, self._announced)
        return np.where(np.isfinite(opens), opens, np.nan)


class _Reckoning:
    """What a project is worth at today's prices: everything drawn that a sponsor reckons with."""

    def __init__(self, scene: Scene, quotes: Quotes, pins: Pins, ids: tuple[str, ...]) -> None:
        world, parameter = scene.network.world, scene.behaviours.parameter
        self._quotes, self._mean = quotes, np.ones_like(quotes.quote)
        self._learning = smoothing(parameter("expected_price_memory"), scene.clock.step)
        self._trust, self._scale = parameter("expected_price_weight"), parameter("decision_scale")
        self._rate = capital_cost(
            *(parameter(n) for n in ("equity_share", "return_equity", "return_debt", "profit_tax"))
        )
        figures = {
            name: np.stack([pins.number(f"project:{id}:{name}", getattr(world.projects[id], name).value) for id in ids])
            for name in ("capex", "opex", "permit", "build")
        }
        self._capex, self._opex = figures["capex"] / YEAR, figures["opex"]  # per t/yr, per t
        self.permit, self.build = figures["permit"], figures["build"]
        self._zone = np.array([int(world.facilities[id].country != world.inside) for id in ids])
        self._main, self._rest = _baskets(world, quotes, ids)
        self._sold = self._utilisation(scene)

    def _utilisation(self, scene: Scene) -> Array:
        """Share of capacity sold in each year that a sponsor counts, (year, member) [1]: the ramp, and then life's end."""
        parameter = scene.behaviours.parameter
        life, tenth, ninetieth = parameter("project_life") / YEAR, parameter("ramp_tenth"), parameter("ramp_ninetieth")
        years = np.arange(int(np.ceil(life.max())))
        ramp = np.stack([reached(y * YEAR, (y + 1) * YEAR, tenth, ninetieth) / YEAR for y in years])
        return parameter("project_sales") * ramp * np.clip(life - years[:, None], 0.0, 1.0)

    def watch(self) -> None:
        """Take today's quotes into the average of the past."""
        self._mean += (self._quotes.quote - self._mean) * self._learning

    def odds(self) -> Array:
        """Probability that a sponsor goes ahead this month, (project, member) [1]."""
        worth = self.worth() / (self._scale * self._capex)
        return 1.0 / (1.0 + np.exp(np.clip(-worth, -700.0, 700.0)))

    def worth(self) -> Array:
        """Net present value of a tonne a year of capacity, (project, member) [USD]."""
        expected = self._trust * self._mean + (1.0 - self._trust)  # (commodity, zone, member), 1 = normal
        faced = expected[:, self._zone]
        price = (self._main[..., None] * faced).sum(axis=0)
        beyond = (self._rest[..., None] * faced).sum(axis=0)
        return net_present_value(
            self._capex,
            np.maximum(self.build / YEAR, 1e-3),
            1.0,
            self._sold[:, None],
            price,
            self._opex - beyond,
            self._rate,
            wait=self.permit / YEAR,
        )


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
