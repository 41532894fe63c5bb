"""Paired differences and their intervals, against numbers made by hand and by simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from simulator.results.paired import change, differences, interval, ratio_interval, summary


def two_arms(first: list[float], second: list[float]) -> Any:
    coords = {
        "arm": ["s + do-nothing", "s + more"],
        "scenario": ("arm", ["s", "s"]),
        "strategy": ("arm", ["do-nothing", "more"]),
    }
    return xr.DataArray([first, second], dims=("arm", "replication"), coords=coords)


def test_how_sure_a_difference_is() -> None:
    values = two_arms([10.0, 20.0, 30.0, 40.0], [8.0, 19.0, 27.0, 40.0])
    told = summary(values).sel(arm="s + more")
    assert float(told["mean"]) == -1.5
    spread = np.std([-2.0, -1.0, -3.0, 0.0], ddof=1)
    assert float(told["high"] - told["low"]) == pytest.approx(2.0 * 3.182446 * spread / 2.0)
    assert float(told.agree) == 0.75
    assert float(told.gain) == pytest.approx((np.var(values[0], ddof=1) + np.var(values[1], ddof=1)) / spread**2)


def test_a_replication_without_a_value_is_left_out_of_its_pair_alone() -> None:
    told = summary(two_arms([10.0, np.nan, 30.0], [8.0, 1.0, 24.0])).sel(arm="s + more")
    assert float(told["mean"]) == -4.0
    assert float(told.agree) == 1.0


def test_rounding_of_single_precision_is_no_difference() -> None:
    values = two_arms([1e4, 2e4], [1e4 + 1e-3, 2e4 + 1.0])
    assert differences(values).sel(arm="s + more").to_numpy().tolist() == [0.0, 1.0]
    assert change(np.array([0.0]), np.array([1e-9])).tolist() == [-1e-9]


def test_an_interval_needs_two_values() -> None:
    told = interval(np.array([[1.0, np.nan], [np.nan, np.nan]]))
    assert told["mean"][0] == 1.0
    assert np.isnan(told["low"][0])
    assert np.isnan(told["mean"][1])


def test_fieller_covers_the_true_ratio_as_often_as_it_says() -> None:
    luck = np.random.Generator(np.random.Philox(7))
    hits = 0
    for _ in range(600):
        bottom = luck.normal(10.0, 8.0, 30)
        top = 3.0 * bottom + luck.normal(0.0, 20.0, 30)
        ratio, low, high = ratio_interval(top, bottom)
        hits += low <= 3.0 <= high
        assert low <= ratio <= high
    assert 0.92 <= hits / 600 <= 0.98


def test_no_ratio_is_told_where_the_divisor_may_be_nothing() -> None:
    assert np.isnan(ratio_interval(np.array([1.0, 2.0, 3.0]), np.array([-1.0, 0.5, 1.0]))).all()
    assert np.isnan(ratio_interval(np.array([1.0]), np.array([1.0]))).all()
