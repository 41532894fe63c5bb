"""Case D26: the definitions applied by hand to a service curve, shares, a trade balance and costs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from simulator.results import metrics
from tests.known_answers.reference import check

# Service: 1 up to day 10, straight down to 0.4 on day 20, flat to day 40, straight up to 1 on day 70, then 1.
DAYS = np.arange(0.0, 201.0)
SERVICE = np.interp(DAYS, [0, 10, 20, 40, 70, 200], [1, 1, 0.4, 0.4, 1, 1])
SHARES = np.array([0.6, 0.3, 0.1])
COST = np.array([[0.0, 40.0, 90.0], [30.0, 20.0, 35.0], [60.0, 55.0, 10.0]])
WEIGHTS = np.array([0.5, 0.3, 0.2])


def labelled(values):
    return xr.DataArray(values, dims=["day"], coords={"day": DAYS})


@pytest.mark.parametrize("form", [np.asarray, labelled])
def test_service_curve(form):
    dim = 0 if form is np.asarray else "day"
    service = form(SERVICE)
    check(
        "D26",
        triangle=float(metrics.resilience_triangle(service, dim)),
        recovery=float(metrics.recovery_time(service, dim, event_day=10, threshold=1.0, hold_days=60, window=1)),
        depth=float(metrics.max_drawdown(service, dim)),
    )


def test_concentration_and_reliance():
    check(
        "D26",
        concentration=float(metrics.concentration(SHARES, 0)),
        reliance=float(metrics.net_import_reliance(np.array(20.0), np.array(100.0), np.array(15.0), np.array(5.0))),
    )
    suppliers = metrics.effective_suppliers(SHARES, 0)
    assert suppliers == pytest.approx(1e4 / metrics.concentration(SHARES, 0), abs=1e-12)


def test_choice_under_scenarios():
    choice, worst = metrics.minimax_regret(COST)
    check(
        "D26",
        worst_regret=worst,
        choice=choice,
        expected_cost=metrics.expected_cost(COST, WEIGHTS),
        value_of_information=metrics.evpi(COST, WEIGHTS),
    )
