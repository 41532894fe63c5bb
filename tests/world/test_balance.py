"""The bounded fit finds the least change; an independent solver agrees."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from simulator.world.balance import bounded_least_squares, fit


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_an_independent_solver(seed: int) -> None:
    draw = np.random.default_rng(seed)
    matrix, target = draw.normal(size=(9, 6)), draw.normal(size=9) * 3
    low = -draw.random(6)
    high = low + draw.random(6)
    ours = bounded_least_squares(matrix, target, low, high)
    theirs = lsq_linear(matrix, target, (low, high), tol=1e-14).x
    assert np.linalg.norm(matrix @ ours - target) <= np.linalg.norm(matrix @ theirs - target) + 1e-9
    assert np.all((ours >= low) & (ours <= high))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_bounds_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="above"):
        bounded_least_squares(np.eye(2), np.zeros(2), [0, 1], [1, 0])


def test_a_gap_is_shared_by_how_far_each_row_may_move() -> None:
    used = fit([10.0, 10.0], [8.0, 6.0], [12.0, 14.0], lambda x: [x[0] + x[1] - 22.5], [1e4])
    np.testing.assert_allclose(used, [10.5, 12.0], rtol=1e-6)  # moves in proportion to the square of the half-range


def test_a_row_stops_at_its_range_and_the_other_takes_the_rest() -> None:
    used = fit([10.0, 10.0], [9.5, 0.0], [10.1, 20.0], lambda x: [x[0] * x[1] - 131.3], [1e3])
    assert used[0] <= 10.1
    assert used[0] * used[1] == pytest.approx(131.3, rel=1e-5)


def test_nothing_moves_when_nothing_is_missing() -> None:
    np.testing.assert_allclose(fit([1.0, 2.0], [0.0, 0.0], [3.0, 3.0], lambda x: [x[0] + x[1] - 3.0], [1.0]), [1, 2])
