"""Metrics on arrays small enough to check in one's head."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from simulator.results import metrics

ASKED = xr.DataArray(np.full((2, 4), 10.0), dims=["market", "month"], coords={"market": ["a", "b"]})
SERVED = xr.DataArray([[10.0, 5.0, 0.0, 10.0], [10.0, 10.0, 10.0, 10.0]], dims=["market", "month"], coords=ASKED.coords)


def test_fill_rate_counts_quantity_and_service_level_counts_periods():
    assert metrics.fill_rate(ASKED, SERVED, "month").values.tolist() == [0.625, 1.0]
    assert metrics.service_level(ASKED, SERVED, "month").values.tolist() == [0.5, 1.0]
    assert float(metrics.fill_rate(ASKED, SERVED)) == 65 / 80


def test_a_shortfall_below_the_threshold_leaves_the_period_whole():
    assert metrics.service_level(ASKED, SERVED, "month", threshold=0.5).values.tolist() == [0.75, 1.0]


def test_nothing_asked_is_no_shortage():
    none = np.zeros((2, 3))
    assert metrics.fill_rate(none, none, 1).tolist() == [1.0, 1.0]
    assert metrics.shortfall_share(none, none, 1).tolist() == [0.0, 0.0]


def test_shortfall_sums_only_over_what_is_named():
    assert metrics.shortfall(ASKED, SERVED).shape == (2, 4)
    assert metrics.shortfall(ASKED, SERVED, "month").values.tolist() == [15.0, 0.0]
    assert float(metrics.shortfall_share(ASKED, SERVED, ["market", "month"])) == 15 / 80


def test_results_carry_name_and_unit():
    found = metrics.shortfall(ASKED, SERVED, "month")
    assert (found.name, found.attrs["units"]) == ("shortfall", "t")


def test_labelled_and_numpy_arrays_agree():
    plain = metrics.fill_rate(ASKED.values, SERVED.values, 1)
    assert plain.tolist() == metrics.fill_rate(ASKED, SERVED, "month").values.tolist()


def short_on(days, length=40):
    served = np.ones(length)
    served[list(days)] = 0.9
    return np.ones(length), served


@pytest.mark.parametrize(
    ("days", "first"),
    [(range(10, 17), 10.0), (range(10, 16), np.nan), ([3, *range(20, 30)], 20.0), (range(33, 40), 33.0)],
    ids=["seven days count", "six do not", "a lone day is passed over", "the last seven days count"],
)
def test_first_shortage_wants_seven_days_running(days, first):
    found = metrics.first_shortage(*short_on(days), dim=0)
    assert np.array_equal(found, first, equal_nan=True)


def test_first_shortage_counts_from_the_event_and_ignores_what_came_before():
    asked, served = short_on([*range(0, 9), *range(20, 30)])
    assert metrics.first_shortage(asked, served, dim=0, event_day=10) == 10.0


def test_a_shortfall_of_exactly_the_threshold_is_no_shortage():
    asked, served = np.full(20, 100.0), np.full(20, 98.0)
    assert np.isnan(metrics.first_shortage(asked, served, dim=0))
    assert metrics.first_shortage(asked, served - 0.1, dim=0) == 0.0


def test_first_shortage_names_its_dimensions():
    asked, served = short_on(range(5, 20))
    day = np.arange(40)
    found = metrics.first_shortage(
        xr.DataArray([asked, asked], dims=["market", "day"], coords={"day": day}),
        xr.DataArray([served, asked], dims=["market", "day"], coords={"day": day}),
    )
    assert found.dims == ("market",)
    assert np.array_equal(found.values, [5.0, np.nan], equal_nan=True)


def test_time_to_survive_is_that_of_the_weakest_market():
    first = xr.DataArray([[30.0, np.nan], [12.0, np.nan]], dims=["market", "member"])
    assert np.array_equal(metrics.time_to_survive(first).values, [12.0, np.nan], equal_nan=True)
    assert np.array_equal(metrics.time_to_survive(first.values, 0), [12.0, np.nan], equal_nan=True)


def test_recovery_waits_for_the_fall():
    service = np.ones(300)
    service[100:150] = 0.5
    assert metrics.recovery_time(service, 0, event_day=20, window=1) == 130.0


def test_recovery_of_what_never_fell_is_immediate():
    assert metrics.recovery_time(np.ones(300), 0, event_day=20) == 0.0


def test_recovery_that_does_not_hold_is_none():
    service = np.ones(300)
    service[100:150], service[200:210], service[260:] = 0.5, 0.5, 0.5
    assert np.isnan(metrics.recovery_time(service, 0, window=1))
    assert metrics.recovery_time(service, 0, window=1, hold_days=50) == 150.0


def test_recovery_uses_the_mean_of_28_days():
    service = np.ones(300)
    service[100:150] = 0.0
    # 28 days after the last bad one the mean is 1; it passes 95 % once at most one bad day is left in the window
    assert metrics.recovery_time(service, 0) == 150 + 28 - 1 - 1


def test_rolling_mean_keeps_dimensions_and_starts_with_what_there_is():
    x = xr.DataArray(np.arange(6.0).reshape(3, 2), dims=["day", "member"])
    found = metrics.rolling_mean(x, "day", 2)
    assert found.dims == ("day", "member")
    assert found.values[:, 0].tolist() == [0.0, 1.0, 3.0]


def test_price_multiplier():
    price = np.array([10.0, 10.0, 10.0, 40.0, 20.0, 10.0])
    assert metrics.price_multiplier(price, 3, 0) == 4.0
    assert metrics.price_multiplier(price, 3, 0, window=3) == pytest.approx(7 / 3)
    with pytest.raises(ValueError, match="before the event"):
        metrics.price_multiplier(price, 0, 0)


def test_nrmse_divides_by_the_flow_before():
    assert metrics.nrmse(np.array([3.0, 5.0]), np.array([0.0, 1.0]), scale=10.0) == pytest.approx(np.sqrt(12.5) / 10)
    with pytest.raises(ValueError, match="positive"):
        metrics.nrmse(np.ones(2), np.ones(2), scale=0.0)


def test_regret_refuses_what_is_no_table():
    with pytest.raises(ValueError, match="strategy, scenario"):
        metrics.regret([1.0, 2.0])
    with pytest.raises(ValueError, match="sum to one"):
        metrics.evpi([[1.0, 2.0]], [0.5, 0.6])
