"""Weights of a fit, and what it says of what the data tell."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.studies.calibrate import KEPT, RULED_OUT, Fit, Free, _weights, emulated, polynomial


def fit(samples: np.ndarray, weights: np.ndarray) -> Fit:
    free = tuple(Free(f"number-{i}", 0.0, 1.0, "1", "") for i in range(samples.shape[1]))
    blank = np.zeros(len(samples))
    return Fit(free, samples, blank, blank, weights / weights.sum(), {}, ("x",), 1, 7.0)


def test_the_nearest_weigh_most_and_the_far_nothing() -> None:
    distance = np.linspace(0.0, 1.0, 100)
    weights = _weights(distance, np.zeros(100))
    assert weights.sum() == pytest.approx(1.0)
    kept = round(KEPT * 100)
    assert (np.diff(weights[:kept]) < 0.0).all()
    assert (weights[kept:] == 0.0).all()


def test_what_is_ruled_out_has_no_weight_however_near() -> None:
    distance = np.linspace(0.0, 1.0, 100)
    implausible = np.where(np.arange(100) < 50, RULED_OUT + 1.0, 0.0)
    weights = _weights(distance, implausible)
    assert (weights[:50] == 0.0).all()
    assert weights[50] > 0.0


def test_where_all_is_ruled_out_the_nearest_still_count_and_the_fit_says_so() -> None:
    distance = np.linspace(0.1, 1.0, 50)
    weights = _weights(distance, np.full(50, RULED_OUT + 1.0))
    assert weights.argmax() == 0
    one = Fit(
        (Free("a", 0.0, 1.0, "1", ""),), np.ones((50, 1)), distance, np.full(50, 9.0), weights, {}, ("x",), 1, 7.0
    )
    assert one.ruled_out == 1.0


def test_a_number_the_data_speak_of_is_identified_and_another_is_not() -> None:
    rng = np.random.default_rng(3)
    samples = rng.random((4000, 2))
    one = fit(samples, np.exp(-0.5 * ((samples[:, 0] - 0.3) / 0.05) ** 2))
    assert one.verdict(0) == "identified"
    assert one.verdict(1) == "not identified"
    assert one.band(0)[1] == pytest.approx(0.3, abs=0.02)
    assert abs(one.correlation()[0, 1]) < 0.2


def test_drawn_samples_have_the_mean_of_the_weights_and_are_the_same_each_time() -> None:
    rng = np.random.default_rng(4)
    samples = rng.random((1000, 1))
    one = fit(samples, samples[:, 0] ** 3)
    drawn = one.drawn(400)
    assert drawn.mean() == pytest.approx(np.average(samples[:, 0], weights=one.weights), abs=0.01)
    assert np.array_equal(drawn, one.drawn(400))


def test_the_emulator_finds_what_is_expected_behind_the_luck_of_single_members() -> None:
    chance = np.random.default_rng(5)
    unit = chance.random((2000, 2))
    truth = 0.5 + 0.3 * unit[:, 0] ** 2 + 0.4 * unit[:, 0] * unit[:, 1]
    found = emulated((truth + chance.normal(0.0, 0.3, 2000))[None, :], polynomial(unit, 3))[0]
    assert np.abs(found - truth).max() < 0.1
    assert np.abs(found - truth).mean() < 0.03


def test_a_flow_that_is_expected_is_never_negative_and_few_samples_are_left_as_they_are() -> None:
    unit = np.random.default_rng(6).random((200, 1))
    assert (emulated((unit[:, 0] - 0.9)[None, :], polynomial(unit, 3)) >= 0.0).all()
    few = np.array([[1.0, 5.0, 2.0]])
    assert emulated(few, polynomial(unit[:3], 3)) is few


def test_a_cubic_in_two_numbers_has_ten_terms() -> None:
    assert polynomial(np.full((4, 2), 0.5), 3).shape == (4, 10)
