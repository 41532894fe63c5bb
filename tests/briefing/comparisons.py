"""Comparisons with numbers made by hand: titles and measures of the built-in files, everything else invented."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import xarray as xr

from simulator.scenario import load, load_strategy
from simulator.scenario.strategy import with_strategy
from simulator.studies.compare import Arm, Comparison
from simulator.world.loading import load as load_world
from simulator.world.model import World

SCENARIOS = (
    "squeeze-on-g7", "myanmar-feed-halt", "heavy-separator-outage", "retaliation-spiral", "technology-blockade",
    "embargo-on-japan",
)  # fmt: skip
STRATEGIES = (
    "do-nothing", "accord-delivered", "stockpile-first", "magnets-without-heavies", "buyers-club", "balanced-portfolio",
    "resourceeu", "floor-club",
)  # fmt: skip
MARKETS = ("JPN/auto_ev", "DEU/auto_ev", "USA/defence", "KOR/electronics", "FRA/wind", "ITA/wind", "CHN/auto_ev")
ACCOUNTS = (
    ("a", "Japan", "public"), ("b", "United States", "public"), ("c", "United States", "contingent"),
    ("d", "DEU", "firms"), ("e", "JPN", "firms"), ("f", "JPN", "buyers"), ("g", "DEU", "buyers"),
)  # fmt: skip
VIEWS = ("direct:separation", "direct:magnet", "look-through:mined", "look-through:separated")
MONTHS = np.arange("2024-01", "2031-01", dtype="datetime64[M]")


@cache
def real_world() -> World:
    """The built-in world."""
    return load_world("rare_earths")


@cache
def _ready(scenario: str, strategy: str) -> Any:
    return with_strategy(_scenario(scenario), _strategy(strategy))


_scenario, _strategy = cache(load), cache(load_strategy)


def comparison(
    short: Any,
    paid: Any,
    scenarios: Sequence[str] = SCENARIOS,
    strategies: Sequence[str] = STRATEGIES,
    *,
    lost: Any = 7e6,
    end: Any = 0.8,
    luck: float = 0.1,
    replications: int = 8,
) -> Comparison:
    """A grid of scenarios and strategies.

    Parameters
    ----------
    short : tonnes short outside, array (scenario, strategy); each market outside has its share
    paid : by account, array (scenario, strategy, account) [USD]
    lost : value added at risk of a tonne short [USD/t]
    end : dependency in the last month, array (strategy); look-through is five points higher
    luck : common to all arms of a replication, standard deviation [1]
    """
    short, paid = np.asarray(short, dtype=float), np.asarray(paid, dtype=float)
    pairs = [(w, s) for w in scenarios for s in strategies]
    draws = 1.0 + luck * np.random.Generator(np.random.Philox(3)).normal(size=replications)
    shares = np.array([0.34, 0.24, 0.18, 0.12, 0.08, 0.04, 0.0])
    tonnes = shares[:, None, None] * short.reshape(-1)[None, :, None] * draws
    costs = paid.reshape(len(pairs), -1).T[:, :, None] * (0.5 + 0.5 * draws)
    ends = np.tile(np.broadcast_to(np.asarray(end, dtype=float), len(strategies)), len(scenarios))
    way = np.linspace(0.0, 1.0, MONTHS.size)[:, None]
    path = (0.9 + way * (ends - 0.9))[None, :, :, None] + 0.1 * (draws - 1.0) * way[None, :, :, None]
    paths = np.concatenate([path - 0.1, path, path - 0.2, path + 0.05])
    data = xr.Dataset(
        {
            "short": (("market", "arm", "replication"), tonnes),
            "value_lost": (("market", "arm", "replication"), lost * tonnes),
            "value_lost_wide": (("market", "arm", "replication"), 2.0 * lost * tonnes),
            "cost": (("account", "arm", "replication"), costs),
            "dependency": (("view", "month", "arm", "replication"), paths),
        },
        {
            "arm": [f"{w} + {s}" for w, s in pairs],
            "scenario": ("arm", [w for w, _ in pairs]),
            "strategy": ("arm", [s for _, s in pairs]),
            "event_day": ("arm", np.array(["2027-01-01"] * len(pairs), dtype="datetime64[ns]")),
            "market": list(MARKETS),
            "market_country": ("market", [m.split("/")[0] for m in MARKETS]),
            "account": [a for a, _, _ in ACCOUNTS],
            "payer": ("account", [p for _, p, _ in ACCOUNTS]),
            "purse": ("account", [p for _, _, p in ACCOUNTS]),
            "view": list(VIEWS),
            "month": MONTHS.astype("datetime64[ns]"),
        },
        {"inside": "CHN", "seed": 1, "replications": replications},
    )
    arms = tuple(Arm(w, s, _ready(w, s), _scenario(w).title) for w, s in pairs)
    return Comparison(arms, real_world(), data)


def large(luck: float = 0.1) -> Comparison:
    """Six scenarios by eight strategies of very different size, with every purse and buyers who are spared."""
    bare = np.array([6000.0, 0.0, 400.0, 9000.0, 2500.0, 1500.0])
    kept = np.array([1.0, 1.0, 0.45, 0.999, 0.8, 0.35, 0.85, 1.06])
    short = bare[:, None] * kept
    paid = np.zeros((6, 8, 7))
    paid[:, 1, :3] = 1.2e9, 0.8e9, 0.06e9
    paid[:, 2, (0, 3, 4)] = 0.4e9, 0.02e9, 0.03e9
    paid[:, 3, 0] = 1e6
    paid[:, 4, (5, 6)] = 0.02e9, -0.3e9
    paid[:, 5, :] = 2.1e9, 1.1e9, 0.9e9, 0.3e9, 0.2e9, 0.8e9, -0.5e9
    paid[:, 6, (0, 3)] = 0.7e9, 0.1e9
    paid[:, 7, (1, 5, 6)] = 0.3e9, 2.2e9, 1.9e9
    ends = np.array([0.79, 0.788, 0.785, 0.79, 0.72, 0.58, 0.75, 0.64])
    return comparison(short, paid, end=ends, luck=luck)
