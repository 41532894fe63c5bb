"""Law: when nothing happens nothing changes. Without growth, luck or events every stock keeps its opening value."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.simulation import Simulation
from tests.laws.driving import watch
from tests.laws.small_world import STILL, small_world, story


@pytest.mark.parametrize("step", ["1 d", "7 d"])
def test_every_stock_stays_within_one_per_cent_for_two_years(step: str) -> None:
    def stocks(sim: Simulation) -> np.ndarray:
        return sim.scene.stocks.on_hand.sum(axis=1)

    sim, seen = watch(small_world(STILL, growth=0.0), story(days=728, step=step, growth=False), stocks)
    path = np.array(seen)
    opening = path[0]
    held = opening > 0.0
    assert held.sum() > 60
    assert np.abs(path[:, held] / opening[held] - 1.0).max() < 0.01
    assert np.abs(path[:, ~held]).max() == 0.0


@pytest.mark.parametrize("step", ["1 d", "7 d"])
def test_nobody_goes_short_in_a_year_without_events(step: str) -> None:
    def shortfall(sim: Simulation) -> np.ndarray:
        return sim.scene.recorder._today_asked - sim.scene.recorder._today_served

    _, seen = watch(small_world(), story(days=364, step=step), shortfall)
    assert np.max(seen) <= 1e-9
