"""Sponsors decide by net present value: the arithmetic, and what it does to when plants open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.engine.ramp import logistic, reached
from simulator.scenario.uncertain import Uncertain
from simulator.world.loading import load
from simulator.world.model import Project, World
from tests import worlds as w
from tests.laws.driving import Path, differing, travel, watch
from tests.laws.small_world import small_world, story

NAMES = (
    "expected_price_weight",
    "expected_price_memory",
    "return_equity",
    "return_debt",
    "equity_share",
    "profit_tax",
    "project_life",
    "project_sales",
    "decision_scale",
    "permit_cv",
    "build_cv",
    "project_failure",
    "project_cancelled",
    "ramp_tenth",
    "ramp_ninetieth",
)


def with_project(world: World, site: str, *, opex: float, parameters: Mapping[str, float] | None = None) -> World:
    """The world, with a site that has yet to be decided: a permit of 5 days, building of 20, no spread of either."""
    real = load("rare_earths").parameters
    own = {n: w.figure((parameters or {}).get(n, real[n].value)) for n in NAMES}
    own |= {} if parameters is None else {n: w.figure(v) for n, v in parameters.items()}
    for name in ("permit_cv", "build_cv", "project_failure", "project_cancelled"):
        own[name] = w.figure((parameters or {}).get(name, 0.0))
    project = Project(w.figure(365.0), w.figure(opex), w.figure(5.0, "d"), w.figure(20.0, "d"))
    facility = replace(world.facilities[site], status="planned")
    return replace(
        world,
        parameters={**world.parameters, **own},
        facilities={**world.facilities, site: facility},
        projects={site: project},
    )


def test_the_ramp_goes_through_its_tenth_and_its_nine_tenths():
    assert logistic(np.array([90.0, 405.0, 720.0]), 90.0, 720.0) == pytest.approx([0.1, 0.5, 0.9])
    days = np.arange(0.0, 1000.0, 0.01)
    assert reached(0.0, 1000.0, 90.0, 720.0) == pytest.approx(logistic(days, 90.0, 720.0).sum() * 0.01, abs=0.01)
    assert logistic(1e9, 90.0, 720.0) == 1.0


def openings(world: World, *, days: int = 400, replications: int = 2, **more: Any) -> np.ndarray:
    """Day on which the one project opens, (member,); NaN where never."""
    told = w.scenario(days, growth=True, behaviour=["investment"], **more)
    sim, _ = watch(world, told, lambda s: None, tuple(range(replications)))
    return sim.investment.openings[0]


def test_a_project_that_pays_opens_after_its_permit_and_its_building():
    """The date announced leaves 25 days; it is decided on the first of the month after that and opens 25 days later."""
    world = with_project(small_world(), "sep-new", opex=-1e4)
    sim, _ = watch(world, w.scenario(100, growth=True, behaviour=["investment"]), lambda s: None)
    assert sim.investment.openings[0] == pytest.approx([31.0 + 25.0] * 2)  # decided on 1 February


def test_a_project_that_does_not_pay_never_opens():
    assert np.isnan(openings(with_project(small_world(), "sep-new", opex=1e4))).all()


def test_a_high_price_brings_the_decision():
    """At the price of the start it earns nothing; a ban makes the good dear abroad, and the sponsor goes ahead."""
    base = w.world(
        [w.recipe("dig", {}, {"ore": 1.0})],
        [
            w.facility("mine", "AAA", "mine", "dig", 40.0),
            w.facility("new", "BBB", "mine", "dig", 10.0, opens=(date(2024, 1, 1),) * 3, grows=False),
        ],
        {("BBB", "use", "ore"): 30.0},
        {("BBB/use", "ore", "mine"): 1.0, ("BBB/use", "ore", "new"): 0.3},
        {},
        {("BBB/use", "ore"): 25.0},
    )
    world = with_project(base, "new", opex=1.0, parameters={"expected_price_weight": 0.5, "decision_scale": 0.05})
    ban = {"kind": "export_ban", "id": "ban", "exporter": "AAA", "commodities": ["ore"], "effective": w.day(40)}
    calm = openings(world, replications=8)
    dear = openings(world, replications=8, events=[ban])
    assert np.isnan(calm).all()
    assert np.isfinite(dear).all()
    assert dear.min() > 60.0


@pytest.mark.slow
def test_some_fail_and_some_are_given_up():
    certain = {"project_cancelled": 1.0, "project_failure": 0.0}
    assert np.isnan(openings(with_project(small_world(), "sep-new", opex=-1e4, parameters=certain))).all()
    fails = with_project(small_world(), "sep-new", opex=-1e4, parameters={"project_failure": 1.0})
    told = w.scenario(2000, growth=True, behaviour=["investment"], step="7 d")
    nothing = np.zeros((len(fails.facilities), 2))
    _, seen = watch(
        fails, told, lambda s: s.investment.opened(nothing, s.scene.clock.today, 7.0)[s.investment.sites[0]]
    )
    assert 0.0 < np.array(seen).max() < 0.5


@pytest.mark.slow
def test_luck_spreads_the_openings():
    loose = with_project(small_world(), "sep-new", opex=-1e4, parameters={"permit_cv": 0.5, "build_cv": 0.3})
    opens = openings(loose, replications=200)
    assert opens.mean() == pytest.approx(56.0, abs=1.5)
    assert opens.std() == pytest.approx(np.hypot(2.5, 6.0), rel=0.15)


def test_without_growth_nobody_decides():
    world = with_project(small_world(), "sep-new", opex=-1e4)
    frozen = story(behaviour=["investment"], growth=False, days=40)
    assert differing(travel(world, story(growth=False, days=40)), travel(world, frozen)) == []


@cache
def paths(step: str) -> tuple[Path, Path, Path]:
    """Arms with and without in one run, and each in a run of its own."""
    world = with_project(small_world(), "sep-new", opex=-1e4, parameters={"build_cv": 0.3, "project_failure": 0.3})
    on, off = story("ban", behaviour=["investment"], step=step, days=90), story("ban", step=step, days=90)
    return travel(world, [on, off]), travel(world, on), travel(world, off)


@pytest.mark.parametrize("step", [pytest.param("1 d", marks=pytest.mark.slow), "7 d"])
def test_arms_with_and_without_are_the_same_apart_and_together(step: str):
    both, on, off = paths(step)
    assert differing(on, both.member(0, 2), list(on.state)) == []
    assert differing(off, both.member(1, 3), list(off.state)) == []
    assert differing(on, off, list(off.state)) != []
    assert max(v for k, v in on.record.audit.items() if k != "lowest_stock") < 1e-9


def test_a_member_alone_decides_as_in_a_crowd_and_the_order_of_creation_does_not_matter():
    world = with_project(small_world(), "sep-new", opex=0.3, parameters={"build_cv": 0.3, "project_failure": 0.3})
    told = story("ban", behaviour=["investment"], days=90)
    crowd = travel(world, told, range(6))
    assert differing(travel(world, told, (4,)), crowd.member(4)) == []
    assert differing(travel(world, told, range(6), shuffle=3), crowd) == []


def test_in_a_world_without_projects_nobody_decides():
    assert (
        differing(
            travel(small_world(), story(days=40)), travel(small_world(), story(behaviour=["investment"], days=40))
        )
        == []
    )


def test_the_tables_of_the_real_world_hold_a_project_for_every_planned_site():
    world = load("rare_earths")
    planned = {f.id for f in world.facilities.values() if f.status == "planned" and f.opens is not None}
    assert set(world.projects) == planned
    assert len(planned) > 15
    assert world.projects["vulcan_benson"].capex.grade == "B"
    assert world.projects["vulcan_benson"].capex.central == pytest.approx(100_000 * 365)
    assert isinstance(world.projects["vulcan_benson"].capex.value, Uncertain)
