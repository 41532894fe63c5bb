"""A small network with a border in every chain, and what two runs of it are compared by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.simulation import Simulation
from simulator.scenario.model import Scenario
from simulator.world.model import World
from tests import worlds as w
from tests.known_answers.running import run

Array = NDArray[np.float64]

# Every feedback is on: orders close gaps, demand sees prices and has its luck, customers wait, voyages vary.
LIVELY = {
    "restore_time": 10.0,
    "forecast_days": 14.0,
    "order_expiry": 60.0,
    "patience": 5.0,
    "demand_noise": 0.2,
    "demand_elasticity_short": 0.2,
    "transit_cv": 0.2,
}
NAMES = {"mine_a": "AAA", "mine_c": "CCC", "refiner_a": "AAA", "refiner_b": "BBB", "maker_a": "AAA", "maker_b": "BBB"}
COVER = 12.0


def network(
    parameters: Mapping[str, float] | None = None,
    *,
    mass: float = 1.0,
    cover: float = COVER,
    rename: Mapping[str, str] | None = None,
    idle: bool = False,
    demand: float = 1.0,
) -> World:
    """Two mines, two refiners, two makers, three countries that use magnets; AAA also refines and makes.

    Parameters
    ----------
    mass : factor on all tonnes, prices divided by it
    rename : new names of facilities and countries
    idle : add a mine in DDD that nobody can buy from
    """
    new = dict(rename or {})

    def n(name: str) -> str:
        return new.get(name, name)

    recipes = [
        w.recipe("dig", {}, {"ore": 1.0}),
        w.recipe("refine", {"ore": 1.25}, {"oxide": 1.0, "rest": 0.25}, 9.0, by_products=["rest"], shelf={"rest": 5.0}),
        w.recipe("sinter", {"oxide": 1.5}, {"magnet": 1.0}, 4.0),
    ]
    shape = {"mine": ("dig", 40.0), "refiner": ("refine", 30.0), "maker": ("sinter", 20.0)}
    sites = [w.facility(n(s), n(c), s.split("_")[0], *_sized(shape[s.split("_")[0]], mass)) for s, c in NAMES.items()]
    uses = {"AAA": 8.0, "BBB": 5.0, "CCC": 3.0}
    sources = {
        (n("refiner_a"), "ore", n("mine_a")): 0.8,
        (n("refiner_a"), "ore", n("mine_c")): 0.2,
        (n("refiner_b"), "ore", n("mine_a")): 0.3,
        (n("refiner_b"), "ore", n("mine_c")): 0.7,
        (n("maker_a"), "oxide", n("refiner_a")): 1.0,
        (n("maker_b"), "oxide", n("refiner_a")): 0.6,
        (n("maker_b"), "oxide", n("refiner_b")): 0.4,
    }
    for country, share in (("AAA", 1.0), ("BBB", 0.5), ("CCC", 0.7)):
        sources[f"{n(country)}/use", "magnet", n("maker_a")] = share
        sources[f"{n(country)}/use", "magnet", n("maker_b")] = 1.0 - share
    if idle:
        sites.append(w.facility("zz_idle", "DDD", "mine", "dig", 0.0))
        sources[n("refiner_b"), "ore", "zz_idle"] = 0.0
    held = {
        (f.id, i.commodity): cover for f in sites for r in recipes if r.id == f.recipe for i in (*r.inputs, *r.outputs)
    }
    held |= {(f"{n(c)}/use", "magnet"): cover for c in uses}
    lanes = {
        ("AAA", "BBB"): 20.0,
        ("BBB", "AAA"): 20.0,
        ("AAA", "CCC"): 7.5,
        ("CCC", "AAA"): 7.5,
        ("BBB", "CCC"): 11.0,
        ("CCC", "BBB"): 11.0,
    }
    return w.world(
        recipes,
        sites,
        {(n(c), "use", "magnet"): q * mass * demand for c, q in uses.items()},
        sources,
        {(n(a), n(b)): d for (a, b), d in lanes.items()},
        held,
        parameters,
        inside=n("AAA"),
    )


def _sized(shape: tuple[str, float], mass: float) -> tuple[str, float]:
    return shape[0], shape[1] * mass


@dataclass
class Log:
    """Every quantity of every step. All names of a run are in `paths`, each of shape (step, …, member)."""

    paths: dict[str, list[Array]] = field(default_factory=dict)

    def look(self, simulation: Simulation, _: int) -> None:
        """Copy the state of a step."""
        scene, trade = simulation.scene, simulation.scene.trade
        state = {
            "stock": scene.stocks.on_hand,
            "owed": trade.owed + trade.blocked,
            "on_order": trade.on_order,
            "shipped": trade.shipped,
            "at_sea": scene.due.inside,
            "waiting": scene.waiting,
            "use": scene.use,
            "price": simulation.quotes.quote,
            "unserved": np.concatenate([m.waiting for m in simulation.markets]),
            "work": np.concatenate([f.started for f in simulation.fleets]),
            "capacity": np.concatenate([f.capacity for f in simulation.fleets]),
        }
        for name, value in state.items():
            self.paths.setdefault(name, []).append(value.copy())

    def __getitem__(self, name: str) -> Array:
        return np.array(self.paths[name])


def log_of(world: World, *arms: Scenario, **options: Any) -> tuple[Log, Any]:
    """Run and keep everything; also the run itself."""
    log = Log()
    return log, run(world, *arms, after_step=log.look, **options)


def logs_of(world: World, *arms: Scenario, **options: Any) -> list[Log]:
    """The same of every arm of one run, each with its own members only."""
    log, _ = log_of(world, *arms, **options)
    return [Log({n: [a[..., i :: len(arms)] for a in path] for n, path in log.paths.items()}) for i in range(len(arms))]


def assert_same(a: Log, b: Log, within: float = 0.0, until: int | None = None, apart: tuple[str, ...] = ()) -> None:
    """Two runs agree in every quantity: bit for bit, or within a share of the largest value."""
    for name in a.paths.keys() - set(apart):
        one, other = a[name][:until], b[name][:until]
        room = within * max(np.abs(one).max(initial=0.0), 1e-300)
        worst = np.abs(one - other).max(initial=0.0)
        assert worst <= room, (
            f"{name} differs by {worst}, first on day {np.flatnonzero((one != other).reshape(len(one), -1).any(1))[0]}"
        )
