"""The bounded fit finds the least change."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.world.balance import fit


def test_a_gap_is_shared_by_how_far_each_row_may_move() -> None:
    used = fit([10.0, 10.0], [8.0, 6.0], [12.0, 14.0], lambda x: [x[0] + x[1] - 22.5], [1e4])
    np.testing.assert_allclose(used, [10.5, 12.0], rtol=1e-6)  # moves in proportion to the square of the half-range


def test_a_row_stops_at_its_range_and_the_other_takes_the_rest() -> None:
    used = fit([10.0, 10.0], [9.5, 0.0], [10.1, 20.0], lambda x: [x[0] * x[1] - 131.3], [1e3])
    assert used[0] <= 10.1
    assert used[0] * used[1] == pytest.approx(131.3, rel=1e-5)


def test_nothing_moves_when_nothing_is_missing() -> None:
    np.testing.assert_allclose(fit([1.0, 2.0], [0.0, 0.0], [3.0, 3.0], lambda x: [x[0] + x[1] - 3.0], [1.0]), [1, 2])
