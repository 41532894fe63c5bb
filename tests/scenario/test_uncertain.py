"""Draws of an uncertain number: the inverse of the triangular distribution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario.uncertain import Uncertain

POINTS = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3).map(sorted)
PROBABILITY = st.floats(0.0, 1.0)


@given(POINTS, st.lists(PROBABILITY, min_size=1, max_size=20))
def test_draws_stay_between_low_and_high_and_rise_with_probability(points: list[float], u: list[float]) -> None:
    number = Uncertain(*points)
    drawn = number.at(np.sort(np.array(u)))
    slack = 1e-9 * max(1.0, abs(points[0]), abs(points[2]))
    assert np.all(drawn >= number.low - slack)
    assert np.all(drawn <= number.high + slack)
    assert np.all(np.diff(drawn) >= -slack)


@given(st.tuples(st.floats(-100, 100), st.floats(0.5, 50), st.floats(0.5, 50)), PROBABILITY)
def test_distribution_function_takes_the_draw_back_to_its_probability(
    shape: tuple[float, float, float], u: float
) -> None:
    low, left, right = shape
    number = Uncertain(low, low + left, low + left + right)
    x, width = float(number.at(np.array([u]))[0]), left + right
    below = (x - low) ** 2 / (width * left) if x < low + left else 1.0 - (number.high - x) ** 2 / (width * right)
    assert below == pytest.approx(u, abs=1e-6)


@pytest.mark.parametrize(
    "points", [(0.0, 0.3, 1.0), (30.0, 45.0, 65.0), (0.0, 0.0, 1.0), (2.0, 5.0, 5.0), (4.0, 4.0, 4.0)]
)
def test_mean_and_variance_are_those_of_the_triangular_distribution(points: tuple[float, float, float]) -> None:
    # The midpoint rule over the inverse gives the moments without any chance in them.
    u = (np.arange(200_000) + 0.5) / 200_000
    drawn = Uncertain(*points).at(u)
    a, c, b = points
    assert drawn.mean() == pytest.approx((a + b + c) / 3, rel=1e-6)
    assert drawn.var() == pytest.approx((a * a + b * b + c * c - a * b - a * c - b * c) / 18, rel=1e-4, abs=1e-12)


@given(st.floats(-1e6, 1e6), PROBABILITY)
def test_a_certain_number_is_the_same_at_every_probability(value: float, u: float) -> None:
    assert Uncertain.exactly(value).at(np.array([u]))[0] == value


def test_points_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="in order"):
        Uncertain(1.0, 0.0, 2.0)
    with pytest.raises(ValueError, match="in order"):
        Uncertain(0.0, float("nan"), 2.0)


@given(POINTS, st.floats(1e-3, 1e3), PROBABILITY)
def test_scaling_and_drawing_commute(points: list[float], factor: float, u: float) -> None:
    number, at = Uncertain(*points), np.array([u])
    expected = number.at(at)[0] * factor
    slack = 1e-6 * factor * (number.high - number.low + 1)
    assert number.scaled(factor).at(at)[0] == pytest.approx(expected, rel=1e-6, abs=slack)
