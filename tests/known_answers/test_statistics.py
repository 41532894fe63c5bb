"""Case D27, output analysis on fixed data. Sources: Student's t; binomial order statistics; Var(mean) of an AR(1)."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.results import statistics

X = np.array([12.1, 9.8, 11.4, 10.7, 13.0, 10.2, 9.5, 12.6, 11.1, 10.9])
Y = np.array([11.6, 9.1, 11.0, 10.4, 12.1, 9.9, 9.2, 12.0, 10.3, 10.6])

MEAN, HALF_WIDTH = 11.13, 0.8329122183390284
DIFFERENCE, DIFFERENCE_HALF_WIDTH = 0.51, 0.16330066029309376
GAIN, RANKS, INFLATION, REPLICATIONS = 47.75479744136457, (84, 96), 19.0, 6055


def test_mean_and_its_interval():
    interval = statistics.mean_ci(X)
    assert interval.mean == pytest.approx(MEAN, abs=1e-9)
    assert interval.half_width == pytest.approx(HALF_WIDTH, abs=1e-6)


def test_paired_difference():
    interval = statistics.paired_ci(X, Y)
    assert interval.mean == pytest.approx(DIFFERENCE, abs=1e-9)
    assert interval.half_width == pytest.approx(DIFFERENCE_HALF_WIDTH, abs=1e-6)


def test_gain_of_common_random_numbers():
    assert statistics.crn_gain(X, Y) == pytest.approx(GAIN, abs=1e-6)


def test_ranks_around_a_quantile():
    assert statistics.quantile_ranks(100, 0.9) == RANKS
    found = statistics.quantile_ci(np.arange(1.0, 101.0)[::-1], 0.9)
    assert (found.low, found.high) == RANKS


def test_inflation_by_autocorrelation():
    assert statistics.ar1_inflation(0.9) == pytest.approx(INFLATION, abs=1e-9)


def test_replications_needed():
    assert statistics.n_required(1.0, 0.1) == REPLICATIONS
