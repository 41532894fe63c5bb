"""Whole units: moments of the numbers, and that a member's number never depends on its neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.chance import TILE, Chance
from simulator.engine.counts import HIGHEST, Poisson, PoissonTable, by_counting

UNIFORM = np.concatenate([Chance(3, np.arange(2000)).page("uniform", "units", "test", page) for page in range(2)])


@pytest.mark.parametrize("mean", [0.0, 0.3, 2.0, 10.0, 180.0])
def test_mean_and_variance_are_those_of_a_poisson_number(mean: float) -> None:
    numbers = PoissonTable(mean).numbers(UNIFORM)
    error = np.sqrt(mean / numbers.size)
    assert np.all(numbers == np.rint(numbers))
    assert numbers.mean() == pytest.approx(mean, abs=5.0 * error)
    assert numbers.var() == pytest.approx(mean, rel=5.0 * np.sqrt(2.0 / numbers.size) + 1e-12, abs=5.0 * error)


def test_the_table_is_the_exact_inverse() -> None:
    """At ten expected units, none comes with chance exp(-10), and the first number is reached right there."""
    none = np.exp(-10.0)
    edge = np.array([0.0, np.nextafter(none, 0.0), np.nextafter(none, 1.0), 0.5])
    np.testing.assert_array_equal(PoissonTable(10.0).numbers(edge), [0.0, 0.0, 1.0, 10.0])


def test_a_mean_of_its_own_for_each_member_gives_the_same_bits_as_tables() -> None:
    means = np.array([0.0, 0.5, 9.7, 10.0, 260.0])
    uniform = UNIFORM[:TILE, : means.size]
    for line in uniform:
        alone = [PoissonTable(float(m)).numbers(np.array([u]))[0] for m, u in zip(means, line, strict=True)]
        np.testing.assert_array_equal(by_counting(means, line), alone)


def test_rows_with_equal_and_with_different_means() -> None:
    uniform = UNIFORM[:3, :4]
    means = np.array([[5.0] * 4, [5.0, 6.0, 7.0, 8.0], [2.0] * 4])
    got = Poisson().numbers(means, uniform)
    for row in range(3):
        for member in range(4):
            one = PoissonTable(float(means[row, member])).numbers(uniform[row, member : member + 1])
            assert got[row, member] == one[0]


def test_a_mean_too_high_is_refused() -> None:
    with pytest.raises(ValueError, match=f"at most {HIGHEST:g}"):
        Poisson().numbers(np.array([[HIGHEST + 1.0]]), np.array([[0.5]]))
