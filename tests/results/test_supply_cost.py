"""Capacity against unit cost: sums worked out by hand, what is left out, and what is said where little is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import xarray as xr

from simulator.briefing.charts.supply_cost import supply_cost_chart
from simulator.results.supply_cost import supply_cost
from simulator.scenario import load
from simulator.scenario.loading import load_strategy
from simulator.scenario.strategy import with_strategy
from simulator.scenario.uncertain import Uncertain
from simulator.world import load as load_world
from simulator.world.model import Project, World
from tests import worlds

BY = date(2030, 12, 31)
RECKONED = {
    "equity_share": 1.0,
    "return_equity": 0.0,
    "return_debt": 0.0,
    "profit_tax": 0.0,
    "project_sales": 0.5,
    "project_life": 3650.0,
    "ramp_tenth": 0.01,
    "ramp_ninetieth": 0.02,
}


def invented(**more: Any) -> World:
    """Two tonnes of ore make one of metal and half a tonne of slag; ore 10, slag 4, metal 60 USD/kg."""
    split = worlds.recipe("split", {"ore": 2.0}, {"metal": 1.0, "slag": 0.5}, by_products=("slag",))
    opens = (date(2029, 12, 31), date(2030, 7, 4), date(2031, 12, 31))  # 180 days before the end of 2030
    sites = [
        worlds.facility("home", "AAA", "separation", "split", 100.0),
        worlds.facility("works", "BBB", "separation", "split", 2.0),
        worlds.facility(
            "planned", "CCC", "separation", "split", 1.0, "planned", opens=opens, ramp=worlds.figure(360.0)
        ),
        worlds.facility("late", "CCC", "separation", "split", 1.0, "planned", opens=(date(2031, 1, 1),) * 3),
        worlds.facility("unknown", "BBB", "separation", "split", 3.0),
        worlds.facility("mine", "BBB", "mine", "dig", 10.0),
    ]
    recipes = [split, worlds.recipe("dig", {}, {"ore": 1.0})]
    base = worlds.world(recipes, sites, {("BBB", "use", "metal"): 1.0}, {}, {}, {}, parameters={**RECKONED, **more})
    work = worlds.figure(Uncertain(4000.0, 5000.0, 8000.0), "USD/t")
    capex = worlds.figure(Uncertain(10_000.0 * 365, 20_000.0 * 365, 40_000.0 * 365))
    project = Project(capex, work, worlds.figure(0.0), worlds.figure(365.0))
    prices = {"ore": 10_000.0, "slag": 4_000.0, "metal": 60_000.0}
    return replace(
        base,
        prices={c: worlds.figure(p, "USD/t") for c, p in prices.items()},
        work={"works": work, "planned": work, "late": work},
        projects={"planned": project, "late": project},
    )


def test_unit_cost_is_feed_and_work_less_joint_products_and_capital_where_nobody_has_decided() -> None:
    found = supply_cost(invented(), by=BY)
    works, planned, unknown = found.offers
    assert (works.site, planned.site, unknown.site) == ("works", "planned", "unknown")
    assert works.cost == pytest.approx((2 * 10 + 5 - 0.5 * 4, 22.0, 26.0))
    # Ten years at half of capacity: a kilogram a year of capacity sells five kilograms in all.
    assert planned.cost == pytest.approx((23 + 20 / 5, 22 + 10 / 5, 26 + 40 / 5), rel=1e-6)
    assert np.isnan(unknown.cost).all()
    assert found.known == pytest.approx((2 + 0.5) / (2 + 0.5 + 3))


def test_capacity_is_what_has_opened_and_come_up_by_the_day() -> None:
    found = supply_cost(invented(), by=BY)
    capacity = {o.site: o.capacity for o in found.offers}
    assert capacity["works"] == (730.0, 730.0, 730.0)
    assert capacity["planned"] == pytest.approx((365.0 / 2, 0.0, 365.0))
    assert found.later == ("late",)
    assert supply_cost(invented(), "ore", by=BY).offers[0].site == "mine"
    assert supply_cost(invented(), "slag", by=BY).offers[0].capacity.median == 365.0


def test_capital_is_not_known_without_what_a_sponsor_reckons_with() -> None:
    world = invented()
    poor = replace(world, parameters={k: f for k, f in world.parameters.items() if k != "project_life"})
    assert np.isnan({o.site: o.cost.median for o in supply_cost(poor, by=BY).offers}["planned"])


def test_prices_and_odds_come_from_a_run() -> None:
    months = np.arange("2029-01", "2031-01", dtype="datetime64[M]").astype("datetime64[ns]")
    price = np.ones((1, 2, 24, 3)) * np.array([50_000.0, 80_000.0])[None, :, None, None]
    price[:, 1, :12] = 1.0  # a year before the last one does not count
    data = xr.Dataset(
        {
            "price": (("priced", "zone", "month", "member"), price),
            "opens": (("project", "member"), [[10.0, 400.0, np.nan], [np.nan] * 3]),
        },
        {"priced": ["metal"], "zone": ["inside", "outside"], "month": months, "project": ["planned", "late"]},
        {"start": "2030-01-01"},
    )
    found = supply_cost(invented(), by=BY, dataset=data)
    assert {zone: p.median for zone, p in found.prices.items()} == {"inside": 50.0, "outside": 80.0}
    assert [o.odds for o in found.offers] == [None, pytest.approx(1 / 3), None]


def test_floors_are_those_of_the_sites_shown() -> None:
    ready = with_strategy(load("squeeze-on-g7"), load_strategy("accord-delivered"))
    world = load_world("rare_earths")
    found = supply_cost(world, scenario=ready)
    assert found.commodity == "ndpr_oxide"
    assert {(f.price, f.sites) for f in found.floors} == {(110.0, ("kuantan",)), (110.0, ("mountain_pass_sx",))}
    assert found.known == 1.0
    assert not supply_cost(world).floors


def test_the_chart_says_what_it_knows() -> None:
    world = invented()
    chart = supply_cost_chart(supply_cost(world, by=BY), world)
    assert chart is not None
    assert "cost known for 45 % of capacity" in chart.footer.replace("\n", " ")
    assert "910 of 910 t/yr of metal" in chart.title.replace("\n", " ")
    assert [row[0] for row in chart.rows] == ["works", "planned", "unknown"]
    assert chart.rows[1][2] == "no"
    assert chart.rows[2][6] is None


def test_no_chart_without_costs() -> None:
    world = load_world("antimony")
    assert supply_cost_chart(supply_cost(world), world) is None
