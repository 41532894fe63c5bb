"""What prices make of sites: how much of their capacity is worth using today."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.basket import Baskets
from simulator.engine.clock import Phase
from simulator.engine.grouping import Grouping
from simulator.engine.network import Network, is_depot
from simulator.engine.quotes import Quotes
from simulator.engine.scene import Scene
from simulator.engine.steady_start import SteadyStart
from simulator.engine.utilisation import Utilisation
from simulator.world.model import Output, World

Array = NDArray[np.float64]
Cell = tuple[str, bool]  # commodity, and whether its market is outside the controlling country


class Economics:
    """Sets `scene.willing` (facility, member) once a step, from the quotes of the step before in each site's own zone.

    Mines offer more or less by the price of their ore. Mines and separators stop for a lasting loss: what they earn hangs
    on what is in the rock, which ore buyers pay for. A maker further down earns the difference of two prices that move
    together, and is left alone. Where a host sets the pace, so much of it is given whatever the price.

    Parameters
    ----------
    support : what a tonne of first output earns on top of its price, (facility, member) [USD/t]; None: nothing anywhere.
        Like prices, it reaches the mines that feed a site: who earns more on what he makes of ore can pay more for it.
    """

    def __init__(
        self, scene: Scene, quotes: Quotes, start: SteadyStart, support: Callable[[], Array] | None = None
    ) -> None:
        self._scene, self._quotes, world = scene, quotes, scene.network.world
        self._support = support
        sites = scene.network.facilities
        recipes = [world.recipes[f.recipe] for f in sites]
        mines = np.array([not r.inputs for r in recipes], dtype=bool)
        splits = np.array(
            [f.stage == world.origins.separating and not is_depot(r) for f, r in zip(sites, recipes, strict=True)],
            dtype=bool,
        )
        own = _own(scene.network)
        feeds = _feeds(scene.network, own, start)
        contained = _contained(own, feeds)
        self._sold = _over_base(own, quotes.commodities)
        self._worth = _over_base(contained, quotes.commodities)
        self._reached = _by_site(feeds)
        self._own_value, self._contained_value = (
            np.array([[sum(one[cell] for cell in sorted(one))] for one in worth]) for worth in (own, contained)
        )
        self._host = np.array([[world.hosts[f.id].central if f.id in world.hosts else 0.0] for f in sites])
        self._utilisation: Utilisation | None = None
        self._baskets: Baskets | None = None
        if "supply_response" in scene.behaviours:
            self._digs = mines[:, None] & (scene.behaviours.at_work("supply_response") > 0.0)
            base = np.array([[start.rate[f.id] / f.capacity.central if f.capacity.central else 0.0] for f in sites])
            self._utilisation = Utilisation(scene.behaviours, base)
        if "basket" in scene.behaviours:
            self._weighs = (mines | splits)[:, None] & (scene.behaviours.at_work("basket") > 0.0)
            self._baskets = Baskets(scene.behaviours, [f.id for f in sites])
        scene.willing = np.ones((len(sites), scene.members))

    @staticmethod
    def matters(scene: Scene) -> bool:
        """Whether some member's sites look at prices."""
        return "supply_response" in scene.behaviours or "basket" in scene.behaviours

    def life(self) -> Generator[simpy.Event, None, None]:
        """Look at prices before each day's work."""
        while True:
            yield self._scene.clock.at(Phase.REGIME)
            self.weigh()

    def weigh(self) -> None:
        """Say how much of its capacity each site is willing to use."""
        scene, step = self._scene, self._scene.clock.step
        quotes = self._quotes.quote.reshape(-1, scene.members)
        free = np.ones((len(self._host), scene.members))
        more = None if self._support is None else self._support()

        def earned(over_base: Grouping, more: Array | None, value: Array) -> Array:
            price = over_base.sum(quotes)
            return price if more is None else price + _over(more, value)

        if self._utilisation is not None:
            free = np.where(self._digs, self._utilisation.follow(earned(self._sold, more, self._own_value), step), free)
        if self._baskets is not None:
            reached = None if more is None else self._reached.sum(more)
            works = self._baskets.follow(earned(self._worth, reached, self._contained_value), step)
            free = np.where(self._weighs, free * works, free)
            scene.recorder.behaviours.note_shut(self._weighs & (works == 0.0))
        scene.willing = self._host + (1.0 - self._host) * free


def _over(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0.0)


def _value(world: World, outputs: Iterable[Output]) -> dict[str, float]:
    """Value of each output at the prices of the base year [USD per tonne of the first]."""
    return {
        o.commodity: o.amount.central * (world.prices[o.commodity].central if o.commodity in world.prices else 0.0)
        for o in outputs
    }


def _own(network: Network) -> list[dict[Cell, float]]:
    """What each site sells, by commodity and whether outside [USD/t of work]."""
    world = network.world
    return [
        {
            (commodity, site.country != world.inside): value
            for commodity, value in _value(world, world.recipes[site.recipe].outputs).items()
        }
        for site in network.facilities
    ]


def _feeds(network: Network, own: list[dict[Cell, float]], start: SteadyStart) -> list[dict[int, float]]:
    """What those who split a mine's ore make of a tonne of its work, by their place; of other sites that tonne itself.

    Ore is weighed by the flows of the first day; a mine that sells nothing yet, by the shares that wait for it.
    """
    world, place = network.world, {f.id: i for i, f in enumerate(network.facilities)}
    share = {(s.buyer, s.commodity, s.supplier): s.share.central for s in world.sources}
    found: list[dict[int, float]] = []
    for here, site in enumerate(network.facilities):
        found.append({here: 1.0})
        if world.recipes[site.recipe].inputs:
            continue
        lanes = [
            (network.lanes.names[k], float(start.flow[k]))
            for k in np.argsort(network.lanes.rank)
            if network.lanes.names[k][2] == site.id and network.lanes.names[k][0] in place
        ]
        flows = any(flow for _, flow in lanes)
        made: dict[int, float] = {}
        for name, flow in lanes:
            recipe, there = world.recipes[world.facilities[name[0]].recipe], place[name[0]]
            ore = next(i.amount.central for i in recipe.inputs if i.commodity == name[1])
            made[there] = made.get(there, 0.0) + (flow if flows else share[name]) / ore
        if any(part * value > 0.0 for there, part in made.items() for value in own[there].values()):
            found[here] = made
    return found


def _contained(own: list[dict[Cell, float]], feeds: list[dict[int, float]]) -> list[dict[Cell, float]]:
    """What is in the rock: for a mine, what those who split its ore make of it, where they do; for others what they sell."""
    found: list[dict[Cell, float]] = []
    for made in feeds:
        worth: dict[Cell, float] = {}
        for there, part in made.items():
            for cell, value in own[there].items():
                worth[cell] = worth.get(cell, 0.0) + part * value
        found.append(worth)
    return found


def _by_site(feeds: list[dict[int, float]]) -> Grouping:
    """Sums what sites earn on a tonne to what it is worth to those who feed them."""
    rows = [(i, there, weight) for i, made in enumerate(feeds) for there, weight in sorted(made.items())]
    of, place, weight = (np.array(column) for column in zip(*rows, strict=True))
    return Grouping(of, len(feeds), place, weight, place, len(feeds))


def _over_base(worth: list[dict[Cell, float]], commodities: Sequence[str]) -> Grouping:
    """Sums quotes (2 × commodity + zone) to the worth of each site over that of the base year."""
    place = {c: i for i, c in enumerate(commodities)}
    of, cell, weight = [], [], []
    for i, values in enumerate(worth):
        total = sum(values[c] for c in sorted(values))
        for (commodity, outside), value in sorted(values.items()):
            of.append(i)
            cell.append(2 * place[commodity] + outside)
            weight.append(value / total if total > 0.0 else 1.0 / len(values))
    cells = np.array(cell, dtype=np.int64)
    return Grouping(np.array(of, dtype=np.int64), len(worth), cells, np.array(weight), cells, 2 * len(commodities))
