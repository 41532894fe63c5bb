"""Statistics against the reference library, which the product itself does without."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulator.results import statistics


@pytest.mark.parametrize("degrees", [1, 2, 5, 30, 199, 5000])
@pytest.mark.parametrize("p", [0.01, 0.5, 0.6, 0.975, 0.99995])
def test_student_quantiles(p, degrees):
    assert statistics.t_quantile(p, degrees) == pytest.approx(stats.t.ppf(p, degrees), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("n", [1, 10, 100, 1000])
@pytest.mark.parametrize("chance", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("p", [0.025, 0.5, 0.975])
def test_binomial_quantiles(p, chance, n):
    assert statistics.binomial_quantile(p, n, chance) == int(stats.binom.ppf(p, n, chance))


def test_ranks_cover_what_they_promise():
    low, high = statistics.quantile_ranks(200, 0.95)
    assert stats.binom.cdf(high - 1, 200, 0.95) - stats.binom.cdf(low - 1, 200, 0.95) >= 0.95


def test_too_few_replications_for_a_far_quantile():
    with pytest.raises(ValueError, match="too few"):
        statistics.quantile_ci(np.arange(20.0), 0.99)
    with pytest.raises(ValueError, match="at least two"):
        statistics.mean_ci([1.0])
    with pytest.raises(ValueError, match="same length"):
        statistics.paired_ci([1.0, 2.0], [1.0, 2.0, 3.0])


def test_equal_luck_makes_a_comparison_certain():
    x = np.array([1.0, 2.0, 3.0])
    assert statistics.crn_gain(x, x - 1.0) == np.inf


@pytest.mark.parametrize(
    ("shift", "spread", "outcome"), [(0.0, 0.01, "pass"), (0.5, 0.01, "fail"), (0.0, 5.0, "underpowered")]
)
def test_equivalence_has_three_outcomes(shift, spread, outcome):
    x = 10.0 + shift + spread * np.linspace(-1.0, 1.0, 50)
    check = statistics.equivalence_check(x, reference=10.0, delta=0.1)
    assert check.outcome == outcome
    assert check.passed == (outcome == "pass")


def test_warm_up_ends_where_the_drift_ends():
    x = np.concatenate([np.linspace(10.0, 0.0, 100), np.tile([0.1, -0.1], 450)])
    assert 90 <= statistics.mser(x) <= 110
    with pytest.raises(ValueError, match="too short"):
        statistics.mser(np.ones(7))


def test_interval_of_a_share():
    assert statistics.share_ci(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)  # Newcombe 1998, method 3
    assert statistics.share_ci(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert statistics.share_ci(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # his example (a)
    with pytest.raises(ValueError, match="between 0 and n"):
        statistics.share_ci(3, 2)
