"""Case D27, output analysis on fixed data. Sources: Student's t; binomial order statistics; Var(mean) of an AR(1)."""

from __future__ import annotations

import numpy as np

from simulator.results import statistics
from tests.known_answers.reference import check

X = np.array([12.1, 9.8, 11.4, 10.7, 13.0, 10.2, 9.5, 12.6, 11.1, 10.9])
Y = np.array([11.6, 9.1, 11.0, 10.4, 12.1, 9.9, 9.2, 12.0, 10.3, 10.6])


def test_mean_and_its_interval():
    interval = statistics.mean_ci(X)
    check("D27", mean=interval.mean, half_width=interval.half_width)


def test_paired_difference():
    interval = statistics.paired_ci(X, Y)
    check("D27", difference=interval.mean, difference_half_width=interval.half_width)


def test_gain_of_common_random_numbers():
    check("D27", gain=statistics.crn_gain(X, Y))


def test_ranks_around_a_quantile():
    check("D27", ranks=statistics.quantile_ranks(100, 0.9))
    found = statistics.quantile_ci(np.arange(1.0, 101.0)[::-1], 0.9)
    assert (found.low, found.high) == found.ranks


def test_inflation_by_autocorrelation():
    check("D27", inflation=statistics.ar1_inflation(0.9))


def test_replications_needed():
    check("D27", replications=statistics.n_required(1.0, 0.1))
