"""The day-by-day streak finds what the search over whole paths finds."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.streaks import Streak
from simulator.results.metrics import first_shortage


def run(streak, asked, served, days=None):
    for i, day in enumerate(range(asked.shape[-1]) if days is None else days):
        streak.update(float(day), asked[..., i], served[..., i])
    return streak.first


def test_agrees_with_the_search_over_whole_paths():
    rng = np.random.default_rng(4)
    asked = np.ones((5, 40, 200))
    served = np.where(rng.random(asked.shape) < 0.55, 0.9, 1.0)
    found = run(Streak((5, 40)), asked, served)
    assert 0.1 < np.isnan(found).mean() < 0.9
    assert np.array_equal(found, first_shortage(asked, served, dim=2), equal_nan=True)


def test_keeps_the_first_of_several():
    served = np.ones((1, 1, 60))
    served[..., 10:20], served[..., 40:60] = 0.5, 0.5
    assert run(Streak((1, 1)), np.ones((1, 1, 60)), served).item() == 10.0


def test_one_weekly_step_is_a_run_of_seven_days():
    asked, served = np.ones((1, 1, 4)), np.array([[[1.0, 0.5, 1.0, 1.0]]])
    assert run(Streak((1, 1), step=7.0), asked, served, days=[0, 7, 14, 21]).item() == 7.0


def test_a_day_on_which_nothing_is_asked_is_not_short():
    asked = np.ones((1, 1, 20))
    asked[..., 6] = 0.0
    assert run(Streak((1, 1)), asked, 0.5 * asked).item() == 7.0


def test_what_is_short_is_a_share_of_what_is_asked():
    """Of 10 t asked 0.1 t are too few to count and 0.3 t are not."""
    asked = np.full((1, 1, 20), 10.0)
    assert np.isnan(run(Streak((1, 1)), asked, asked - 0.1)).all()
    assert run(Streak((1, 1)), asked, asked - 0.3).item() == 0.0


def test_a_run_of_one_day_and_any_shortfall_at_all_may_count():
    served = np.array([[[1.0, 1.0, 0.999, 1.0]]])
    assert run(Streak((1, 1), threshold=0.0, run_days=1.0), np.ones((1, 1, 4)), served).item() == 2.0


def test_what_is_returned_is_a_copy():
    streak = Streak((1, 1))
    streak.first[...] = 3.0
    assert np.isnan(streak.first).all()


@pytest.mark.parametrize("wrong", [{"threshold": 1.0}, {"threshold": -0.1}, {"run_days": 0.0}, {"step": 0.0}])
def test_refuses_what_makes_no_sense(wrong):
    with pytest.raises(ValueError, match="threshold|positive"):
        Streak((1, 1), **wrong)
