"""Cases D22, D24 and D29: how a new plant comes up to capacity, whether it pays, and what returns of past sales."""

from __future__ import annotations

from datetime import date
from functools import partial

import numpy as np
import pytest

from simulator.engine.lifetime import gone, mean_life, thrown_away
from simulator.engine.npv import break_even, net_present_value
from simulator.engine.ramp import logistic, steepness
from tests import worlds as w
from tests.engine.test_investment import with_project
from tests.known_answers.reference import exact
from tests.known_answers.running import run


def test_d22_a_plant_comes_up_along_its_curve():
    """Capacity set once a month at its value of the first day, and not at the month's mean, is 140 t short."""
    start = (date(2024, 1, 1),) * 3
    base = w.world(
        [w.recipe("dig", {}, {"ore": 1.0})],
        [
            w.facility("old", "AAA", "mine", "dig", 40.0),
            w.facility("new", "AAA", "mine", "dig", 10.0, opens=start, grows=False),
        ],
        {("AAA", "use", "ore"): 40.0},
        {("AAA/use", "ore", "old"): 1.0, ("AAA/use", "ore", "new"): 1.0},
        {},
        {("AAA/use", "ore"): 25.0},
    )
    at_once = {"ramp_tenth": 90.0, "ramp_ninetieth": 720.0}
    world = with_project(base, "new", opex=-1e6, parameters=at_once)
    told = w.scenario(1095 + 25, behaviour=["investment"], growth=True)
    got = run(world, told)
    assert got.simulation.investment.openings[0, 0] == 25.0
    place = [f.id for f in got.simulation.network.facilities].index("new")
    made = np.concatenate([f.started for f in got.simulation.fleets])[place, 0]
    exact(
        "D22",
        k=float(steepness(90.0, 720.0)),
        cum_output=made,
        u_day405=float(logistic(405.0, 90.0, 720.0)),
    )


def test_d24_a_floor_saves_a_project_that_cheap_capital_does_not():
    """Capital paid at the beginning of each year, or sales counted from the middle, miss by millions."""
    ramp = np.array([0.3, 0.6, 0.85, *[0.95] * 12])
    case = partial(net_present_value, 300e6, 3.0, 3000.0, ramp, opex=55e3)
    even = partial(break_even, 300e6, 3.0, 3000.0, ramp, 55e3)
    exact(
        "D24",
        npv=float(case(price=60e3, rate=0.10)),
        npv_floor110=float(case(price=60e3, rate=0.10, floor=110e3)),
        npv_wacc6=float(case(price=60e3, rate=0.06)),
        breakeven_price=float(even(0.10)) / 1000.0,
        breakeven_price_wacc6=float(even(0.06)) / 1000.0,
    )
    assert float(case(price=60e3, rate=0.10)) == pytest.approx(-178.02e6, abs=5e3)


def test_d29_what_returns_of_one_sale():
    """A scale taken for the mean, or months that overlap, would show in the sixth figure."""
    scale, shape, kept = 15.0, 3.5, 0.3 * 0.9 * 1000.0
    months = np.arange(0.0, 10.0 + 1e-9, 1.0 / 12.0)
    by_month = np.diff(gone(months, scale, shape))
    exact(
        "D29",
        mean_life=float(mean_life(scale, shape)),
        returned_by_10y=float(kept * by_month.sum()),
        total=float(kept * gone(200.0, scale, shape)),
    )
    # The engine's own sum over cohorts says the same: of a sale within a day it gives the density of that day.
    day = 1.0 / 365.0
    paces = [
        float(thrown_away([np.array([1.0 / day])], [gone(t, scale, shape), gone(t - day, scale, shape)])[0])
        for t in np.arange(day, 10.0, day)
    ]
    assert sum(paces) * day * kept == pytest.approx(58.0189, abs=0.1)
