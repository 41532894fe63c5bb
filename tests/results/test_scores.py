"""The measures of a backtest on numbers that can be checked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.results import scores


def test_error_is_relative_to_the_flow_before() -> None:
    assert scores.nrmse([90.0, 110.0], [100.0, 100.0], 100.0) == pytest.approx(0.1)


def test_a_month_of_half_weight_counts_half() -> None:
    assert scores.nrmse([0.0, 3.0], [0.0, 0.0], 1.0, weights=[1.0, 0.5]) == pytest.approx(math.sqrt(4.5 / 1.5))


def test_crps_of_one_member_is_the_absolute_error() -> None:
    assert scores.crps([[3.0], [5.0]], [1.0, 9.0]) == pytest.approx([2.0, 4.0])


def test_crps_follows_its_definition() -> None:
    x, y = np.array([1.0, 2.0, 4.0, 8.0]), 3.0
    pairs = np.abs(x[:, None] - x[None, :]).mean()
    assert scores.crps(x[None, :], [y]) == pytest.approx([np.abs(x - y).mean() - pairs / 2.0])


def test_crps_counts_a_heavy_member_as_two_equal_ones() -> None:
    heavy = scores.crps([[1.0, 4.0]], [2.0], weights=[[2.0, 1.0]])
    assert heavy == pytest.approx(scores.crps([[1.0, 1.0, 4.0]], [2.0]))


def test_weights_move_the_median() -> None:
    even = scores.quantile([[1.0, 2.0, 3.0]], [0.5])
    uneven = scores.quantile([[1.0, 2.0, 3.0]], [0.5], weights=[[0.0, 0.0, 1.0]])
    assert even[0, 0] == 2.0
    assert uneven[0, 0] == pytest.approx(3.0)


def test_coverage_counts_months_inside_the_band() -> None:
    ensemble = np.tile(np.linspace(0.0, 10.0, 101), (4, 1))
    assert scores.coverage(ensemble, [5.0, 0.5, 9.5, 8.9]) == 0.5


def test_trough_and_recovery_are_months_of_the_path() -> None:
    path = [100.0, 40.0, 20.0, 70.0, 95.0]
    assert scores.trough(path, 100.0) == (2, pytest.approx(0.8))
    assert scores.recovery(path, 100.0) == 4
    assert scores.recovery(path[:4], 100.0) is None


def test_lost_trade_is_in_months_of_normal_trade() -> None:
    assert scores.lost_trade([50.0, 0.0, 150.0], 100.0, 2) == pytest.approx(1.5)
    assert scores.lost_trade([50.0, 0.0, 150.0], 100.0, 3) == pytest.approx(1.0)


def test_front_loading_is_the_highest_month_of_the_window() -> None:
    assert scores.front_loading([120.0, 180.0], 100.0) == pytest.approx(1.8)
    assert math.isnan(scores.front_loading([], 100.0))


def test_ranks_agree_when_the_order_of_destinations_does() -> None:
    assert scores.rank_agreement([0.1, 0.5, 0.2], [1.0, 30.0, 2.0]) == pytest.approx(1.0)
    assert math.isnan(scores.rank_agreement([0.1, 0.5], [1.0, 2.0]))
