"""Case D26: the definitions applied by hand to a service curve, shares, a trade balance and costs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from simulator.results import metrics

# Service: 1 up to day 10, straight down to 0.4 on day 20, flat to day 40, straight up to 1 on day 70, then 1.
DAYS = np.arange(0.0, 201.0)
SERVICE = np.interp(DAYS, [0, 10, 20, 40, 70, 200], [1, 1, 0.4, 0.4, 1, 1])
SHARES = np.array([0.6, 0.3, 0.1])
COST = np.array([[0.0, 40.0, 90.0], [30.0, 20.0, 35.0], [60.0, 55.0, 10.0]])
WEIGHTS = np.array([0.5, 0.3, 0.2])

# Reference values: the trapezoids 3 + 12 + 9; days 10 to 70; 36 % + 9 % + 1 %; 90 of 110; C - min C; E[C]; 28 - 8.
TRIANGLE, RECOVERY, DEPTH, HHI, RELIANCE = 24.0, 60.0, 0.6, 4600.0, 0.8181818181818182
WORST_REGRET, CHOICE, EXPECTED, EVPI = [80.0, 30.0, 60.0], 1, [30.0, 28.0, 48.5], 20.0


def labelled(values):
    return xr.DataArray(values, dims=["day"], coords={"day": DAYS})


@pytest.mark.parametrize("form", [np.asarray, labelled])
def test_service_curve(form):
    dim = 0 if form is np.asarray else "day"
    service = form(SERVICE)
    assert float(metrics.resilience_triangle(service, dim)) == pytest.approx(TRIANGLE, abs=1e-6)
    back = metrics.recovery_time(service, dim, event_day=10, threshold=1.0, hold_days=60, window=1)
    assert float(back) == pytest.approx(RECOVERY, abs=1e-6)
    assert float(metrics.max_drawdown(service, dim)) == pytest.approx(DEPTH, abs=1e-12)


def test_concentration_and_reliance():
    assert metrics.concentration(SHARES, 0) == pytest.approx(HHI, abs=1e-9)
    assert metrics.effective_suppliers(SHARES, 0) == pytest.approx(1e4 / HHI, abs=1e-12)
    reliance = metrics.net_import_reliance(np.array(20.0), np.array(100.0), np.array(15.0), np.array(5.0))
    assert float(reliance) == pytest.approx(RELIANCE, abs=1e-9)


def test_choice_under_scenarios():
    choice, worst = metrics.minimax_regret(COST)
    assert worst.tolist() == WORST_REGRET
    assert choice == CHOICE
    assert metrics.expected_cost(COST, WEIGHTS) == pytest.approx(EXPECTED, abs=1e-9)
    assert metrics.evpi(COST, WEIGHTS) == pytest.approx(EVPI, abs=1e-9)
