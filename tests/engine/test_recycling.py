"""End-of-life returns: the arithmetic of lifetimes, and what they do to collectors and recyclers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.engine.lifetime import SoldBefore, gone, mean_life, scale_of, thrown_away
from simulator.world.loading import load
from simulator.world.model import Lifetime, World
from tests import worlds as w
from tests.laws.driving import Path, differing, travel, watch
from tests.laws.small_world import small_world, story

YEAR = 365.0
RETURNS = {"collection_lag": 730.0, "collection_elasticity": 0.5, "collection_max": 0.9}


def recycling_world(
    mean: float = 400.0, growth: float = 0.0, parameters: Mapping[str, float] | None = None, elasticity: float = 0.5
) -> World:
    """A mine and a recycler in BBB make metal; users in BBB throw it away as scrap, which a collector there brings."""
    recipes = [
        w.recipe("dig", {}, {"metal": 1.0}),
        w.recipe("collect", {}, {"scrap": 1.0}),
        w.recipe("recycle", {"scrap": 2.0}, {"metal": 1.0}),
    ]
    sites = [
        w.facility("mine", "BBB", "mine", "dig", 100.0),
        w.facility("far", "AAA", "mine", "dig", 100.0),
        w.facility("collector", "BBB", "scrap", "collect", 12.0),
        w.facility("recycler", "BBB", "smelter", "recycle", 9.0),
    ]
    world = w.world(
        recipes,
        sites,
        {("BBB", "use", "metal"): 30.0},
        {
            ("BBB/use", "metal", "mine"): 0.4,
            ("BBB/use", "metal", "far"): 0.4,
            ("BBB/use", "metal", "recycler"): 0.2,
            ("recycler", "scrap", "collector"): 1.0,
        },
        {},
        {("BBB/use", "metal"): 25.0, ("recycler", "scrap"): 20.0},
        {**RETURNS, "collection_elasticity": elasticity, "restore_time": 30.0, **(parameters or {})},
        growth=growth,
    )
    return replace(world, lifetimes=(Lifetime("metal", "use", "scrap", w.figure(mean, "d"), 3.0),))


def test_a_weibull_life_has_its_mean():
    ages = np.arange(0.0, 20000.0, 1.0)
    left = 1.0 - gone(ages, scale_of(3000.0, 3.5), 3.5)
    assert left.sum() == pytest.approx(3000.0, abs=1.0)
    assert mean_life(scale_of(3000.0, 2.0), 2.0) == pytest.approx(3000.0)
    assert gone(-5.0, 100.0, 2.0) == 0.0


def test_of_steady_sales_as_much_is_thrown_away_as_is_sold():
    """Whether they were made before the first day or after it."""
    shape, none = np.array([[3.0], [2.0]]), np.zeros((2, 2))
    scale = scale_of(np.array([[2000.0] * 2, [900.0] * 2]), 3.0)
    for today in (0.0, 700.0, 5000.0):
        share = [gone(today - edge, scale, shape) for edge in np.linspace(0.0, today, 6)]
        inside = thrown_away([np.full((2, 2), 7.0)] * 5, share)
        before = 7.0 * SoldBefore(none, scale, shape, 9000.0).thrown_away(today)
        assert inside + before == pytest.approx(np.full((2, 2), 7.0), abs=1e-9)


def test_of_growing_sales_less_is_thrown_away_and_it_grows_as_they_do():
    """Exactly, exp(-g a) averaged over the lifetime."""
    lives, growth = np.array([[12.0, 12.0], [5.0, 7.0]]), np.array([[0.06, 0.03], [0.06, 0.06]])
    scale, ages = scale_of(lives * YEAR, 3.0), np.arange(0.5, 60 * YEAR, 1.0)[:, None, None]
    density = gone(ages + 0.5, scale, 3.0) - gone(ages - 0.5, scale, 3.0)
    exact = (density * (1.0 + growth) ** (-ages / YEAR)).sum(axis=0)
    found = SoldBefore(growth, scale, np.full((2, 1), 3.0), 40 * YEAR).thrown_away(0.0)
    assert found[0, 0] == pytest.approx(exact[0, 0], rel=1e-3)
    assert found == pytest.approx(exact, rel=3e-3)  # short lives need finer spans than those of half a year


def work(world: World, days: int, *measures: Mapping[str, Any], **more: Any) -> tuple[Any, np.ndarray, np.ndarray]:
    """The run, its returns against the first day, and the work of the recycler begun so far, both (step,)."""

    def look(sim: Any) -> tuple[float, float]:
        fleet = next(f for f in sim.fleets if f.plan.facilities[0].id == "recycler")
        return float(sim.recycling.returns[0, 0]) if sim.recycling else 1.0, float(fleet.started[0, 0])

    sim, seen = watch(world, w.scenario(days, *measures, **{"behaviour": ["recycling"], **more}), look)
    assert max(v for k, v in sim.audit.residuals().items() if k != "lowest_stock") < 1e-9
    return sim, *np.array(seen).T


def test_nothing_moves_where_nothing_happens():
    """Steady sales, before and after: the recycler works at a fifth of demand to the last gramme."""
    _, returns, done = work(recycling_world(), 500)
    assert returns == pytest.approx(np.ones(500), abs=1e-9)
    assert np.diff(done) == pytest.approx(np.full(499, 6.0), abs=1e-6)


def test_returns_follow_sales_of_years_ago():
    """Demand halves for good on day 100; two mean lives later what returns has halved, a third of one later hardly."""
    half = {"kind": "demand_shift", "id": "half", "effective": w.day(100), "change": -0.5}
    _, returns, _ = work(recycling_world(mean=400.0), 1100, half)
    assert returns[210] > 0.97
    assert returns[500] == pytest.approx(0.75, abs=0.08)
    assert returns[-1] == pytest.approx(0.5, abs=0.01)


def test_recyclers_sell_what_returns_and_no_collector_brings_more():
    half = {"kind": "demand_shift", "id": "half", "effective": w.day(100), "change": -0.5}
    back = {"kind": "demand_shift", "id": "back", "effective": w.day(700), "change": 1.0}
    _, returns, done = work(recycling_world(mean=400.0), 900, half, back)
    share = np.diff(done)[-100:] / 30.0
    assert share.max() < 0.17  # of 0.2, as fewer tonnes return than were sold
    assert share == pytest.approx(0.2 * returns[-100:], rel=0.1)


def test_price_is_answered_after_its_lag_and_no_sooner():
    """A ban from day 60 makes metal dear in BBB; two years later the share collected goes up, to its ceiling."""
    ban = {"kind": "export_ban", "id": "ban", "exporter": "AAA", "commodities": ["metal"], "effective": w.day(60)}
    world = recycling_world(mean=1e5, parameters={"collection_max": 0.6})
    world = replace(world, facilities={**world.facilities, "mine": w.facility("mine", "BBB", "mine", "dig", 12.0)})
    sim, returns, _ = work(world, 1000, ban)
    assert sim.quotes.quote[sim.quotes.commodities.index("metal"), 1, 0] > 2.0
    assert np.abs(returns[: 60 + 730] / returns[0] - 1.0).max() < 1e-3
    assert returns[-1] == pytest.approx(0.6 / 0.4, abs=0.01)  # 12 of the 30 t thrown away are collected at the start


def test_without_elasticity_price_is_not_answered():
    ban = {"kind": "export_ban", "id": "ban", "exporter": "AAA", "commodities": ["metal"], "effective": w.day(60)}
    _, returns, _ = work(recycling_world(mean=1e5, elasticity=0.0), 1000, ban)
    assert np.abs(returns - 1.0).max() < 1e-3


def test_what_a_reserve_takes_from_users_is_not_sold_to_them():
    reserve = {
        "kind": "reserve",
        "id": "reserve",
        "countries": ["BBB"],
        "commodity": "metal",
        "effective": w.day(0),
        "target": "400 d",
        "acquisition": 0.05,
    }
    _, returns, _ = work(recycling_world(mean=100.0), 300, reserve)
    assert returns[-1] == pytest.approx(1.0, abs=0.01)


def lively() -> World:
    """The small world, whose German makers also take a little scrap of what cars throw away."""
    base = small_world()
    collector = w.facility("collector", "DEU", "scrap", "collect", 4.0)
    recycler = w.facility("recycler-deu", "DEU", "separation", "recycle_scrap", 2.0)
    recipes = [w.recipe("collect", {}, {"scrap": 1.0}), w.recipe("recycle_scrap", {"scrap": 3.5}, {"ndpr": 1.0}, 5.0)]
    sources = [s for s in base.sources if (s.buyer, s.commodity, s.supplier) != ("alloy-plain", "ndpr", "sep-chn")]
    world = w.world(
        [*base.recipes.values(), *recipes],
        [*base.facilities.values(), collector, recycler],
        {(d.country, d.sector, d.commodity): d.rate.central for d in base.demand},
        {(s.buyer, s.commodity, s.supplier): s.share.central for s in sources}
        | {("alloy-plain", "ndpr", "sep-chn"): 0.68, ("alloy-plain", "ndpr", "recycler-deu"): 0.04}
        | {("recycler-deu", "scrap", "collector"): 1.0},
        {pair: lane.transit.central for pair, lane in base.lanes.items()},
        {key: figure.value for key, figure in base.cover.items()},
        {**{n: f.value for n, f in base.parameters.items()}, **RETURNS},
        groups=base.groups,
        growth=0.05,
        inside="CHN",
        origins=base.origins,
    )
    lives = [Lifetime(c, "auto", "scrap", w.figure(60.0, "d"), 2.5) for c in ("heavy_magnet", "magnet")]
    return replace(world, lifetimes=tuple(lives))


@cache
def paths(step: str) -> tuple[Path, Path, Path]:
    """Arms with and without in one run, and each in a run of its own."""
    on, off = (story("ban", "surge", behaviour=b, step=step, days=100) for b in (["recycling"], []))
    return travel(lively(), [on, off]), travel(lively(), on), travel(lively(), off)


@pytest.mark.parametrize("step", [pytest.param("1 d", marks=pytest.mark.slow), "7 d"])
def test_arms_with_and_without_are_the_same_apart_and_together(step: str):
    both, on, off = paths(step)
    assert differing(on, both.member(0, 2), list(on.state)) == []
    assert differing(off, both.member(1, 3), list(off.state)) == []
    assert differing(on, off, list(off.state)) != []
    assert max(v for k, v in on.record.audit.items() if k != "lowest_stock") < 1e-9


def test_a_member_alone_is_the_same_in_a_crowd_and_single_plants_agree_with_fleets():
    told = story("ban", "surge", behaviour=["recycling"], days=100)
    crowd = travel(lively(), told, range(5))
    assert differing(travel(lively(), told, (3,)), crowd.member(3)) == []
    assert differing(travel(lively(), told, range(5), alone=True, shuffle=3), crowd, list(crowd.state)) == []


def test_in_a_world_without_lifetimes_scrap_goes_as_it_went():
    assert (
        differing(travel(small_world(), story(days=40)), travel(small_world(), story(behaviour=["recycling"], days=40)))
        == []
    )


def test_the_tables_of_the_real_world_name_a_lifetime_for_every_sector_that_uses_magnets():
    world = load("rare_earths")
    known = {(one.commodity, one.sector) for one in world.lifetimes}
    assert known >= {(d.commodity, d.sector) for d in world.demand if d.commodity in {c for c, _ in known}}
