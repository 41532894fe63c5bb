"""Law: every tonne is somewhere, at every stock, step and member; no stock is negative; nobody gets more than asked."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.simulation import Simulation
from tests.laws.driving import watch
from tests.laws.small_world import ALL_AT_ONCE, CONTROLS, small_world, story


def books(sim: Simulation) -> tuple[float, float, float]:
    found = sim.audit.residuals()
    recorder = sim.scene.recorder
    over = float((recorder._today_served - recorder._today_asked).max())
    return max(found["stock"], found["trade"], found["process"]), found["lowest_stock"], over


def assert_balanced(seen: list[tuple[float, float, float]]) -> None:
    residual, lowest, over = np.array(seen).T
    assert residual.max() < 1e-9
    assert lowest.min() >= 0.0
    assert over.max() <= 0.0


def test_mass_balance_at_every_step_under_every_control() -> None:
    """One arm for each control, and one for all of them together."""
    arms = [story(days=62), *(story(n, days=62) for n in CONTROLS), story(*ALL_AT_ONCE, days=62)]
    _, seen = watch(small_world(), arms, books)
    assert_balanced(seen)


@pytest.mark.parametrize("names", [("ban",), ("licence", "trusted"), ("quota",)], ids=" and ".join)
def test_mass_balance_where_nothing_else_is_at_work(names: tuple[str, ...]) -> None:
    _, seen = watch(small_world(), story(*names, days=62), books)
    assert_balanced(seen)


def test_mass_balance_with_a_weekly_step() -> None:
    _, seen = watch(small_world(), story(*ALL_AT_ONCE, step="7 d", days=210), books)
    assert_balanced(seen)


def test_owed_and_blocked_are_never_negative() -> None:
    def least(sim: Simulation) -> float:
        trade = sim.scene.trade
        return min(float(a.min()) for a in (trade.owed, trade.blocked, trade.shipped, sim.scene.due.inside))

    _, seen = watch(small_world(), story(*ALL_AT_ONCE), least)
    assert min(seen) >= -1e-9


def test_the_supply_line_is_exactly_what_is_on_its_way() -> None:
    def gap(sim: Simulation) -> float:
        scene, trade = sim.scene, sim.scene.trade
        away = scene.due.inside + scene.waiting + trade.to_buyers(trade.owed + trade.blocked)
        return float(np.abs(trade.on_order - away).max() / np.maximum(scene.stocks.added.max(), 1.0))

    _, seen = watch(small_world(), story(*ALL_AT_ONCE), gap)
    assert max(seen) < 1e-9
