"""Laws of what answers to prices: off, it is not there; at normal prices it changes nothing; arms and order do not matter."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from simulator.engine.simulation import Simulation
from simulator.world.model import World
from tests import worlds
from tests.laws.driving import Path, differing, travel, watch
from tests.laws.small_world import ALL_AT_ONCE, LIVELY, STILL, small_world, story, turned_round

# By the day in the full profile; by the week, and on random worlds by both, with every run.
STEPS = [pytest.param("1 d", marks=pytest.mark.slow), "7 d"]
EACH = ("basket", "demand_response", "supply_response")
# Quick to act, so that it happens within weeks.
QUICK = {
    **LIVELY,
    **worlds.ANSWERS,
    "utilisation_normal": 0.5,
    "utilisation_room": 0.0,
    "demand_time": 30.0,
    "substitution_ceiling": 2.0,
    "basket_margin": -0.02,  # every site loses at base prices: some stop, and start again once they are better
    "shut_after": 8.0,
    "restart_after": 7.0,
    "restart_time": 10.0,
    "restart_margin": 0.0,
}


def quick() -> World:
    return small_world(QUICK)


@cache
def crowd(step: str) -> Path:
    """Four replications with everything at work."""
    return travel(quick(), story(*ALL_AT_ONCE, step=step, days=56, behaviour=EACH), range(4))


@pytest.mark.parametrize("step", STEPS)
def test_off_it_is_not_there(step: str) -> None:
    """A world that knows the parameters runs as one that does not."""
    with_them = travel(small_world({**LIVELY, **worlds.ANSWERS}), story(*ALL_AT_ONCE, step=step, days=56))
    assert differing(travel(small_world(), story(*ALL_AT_ONCE, step=step, days=56)), with_them) == []


@pytest.mark.parametrize("step", STEPS)
def test_each_changes_something_where_it_is_at_work(step: str) -> None:
    without = travel(quick(), story(*ALL_AT_ONCE, step=step, days=56))
    for one in EACH:
        assert differing(without, travel(quick(), story(*ALL_AT_ONCE, step=step, days=56, behaviour=[one])))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("one", EACH)
def test_arms_with_and_without_in_one_run_equal_runs_of_their_own(step: str, one: str) -> None:
    without, with_it = story(*ALL_AT_ONCE, step=step, days=56), story(*ALL_AT_ONCE, step=step, days=56, behaviour=[one])
    both = travel(quick(), [without, with_it])
    assert differing(travel(quick(), without), both.member(0, 2), list(both.state)) == []
    assert differing(travel(quick(), with_it), both.member(1, 3), list(both.state)) == []


@pytest.mark.parametrize("step", STEPS)
def test_order_company_and_fleets_change_nothing(step: str) -> None:
    tale = story(*ALL_AT_ONCE, step=step, days=56, behaviour=EACH)
    assert differing(crowd(step), travel(turned_round(quick()), tale, range(4))) == []
    assert differing(crowd(step), travel(quick(), tale, range(4), shuffle=7)) == []
    assert differing(crowd(step), travel(quick(), tale, range(4), alone=True), list(crowd(step).state)) == []
    assert differing(travel(quick(), tale, (3,)), crowd(step).member(3)) == []


@pytest.mark.parametrize("step", STEPS)
def test_at_normal_prices_nothing_moves(step: str) -> None:
    def stocks(sim: Simulation) -> np.ndarray:
        return sim.scene.stocks.on_hand.sum(axis=1)

    still = small_world({**STILL, **worlds.ANSWERS}, growth=0.0)
    tale = story(days=364, step=step, growth=False, behaviour=EACH)
    path = np.array(watch(still, tale, stocks)[1])
    held = path[0] > 0.0
    assert np.abs(path[:, held] / path[0][held] - 1.0).max() < 0.01
    plain = np.array(watch(still, story(days=364, step=step, growth=False), stocks)[1])
    assert np.abs(path[:, held] / plain[:, held] - 1.0).max() < 1e-9


def test_the_books_close() -> None:
    def books(sim: Simulation) -> tuple[float, float]:
        found = sim.audit.residuals()
        return max(found["stock"], found["trade"], found["process"]), found["lowest_stock"]

    residual, lowest = np.array(watch(quick(), story(*ALL_AT_ONCE, behaviour=EACH, days=120), books)[1]).T
    assert residual.max() < 1e-9
    assert lowest.min() >= 0.0


def test_a_site_that_stopped_for_a_loss_makes_exactly_nothing() -> None:
    def look(sim: Simulation) -> tuple[np.ndarray, np.ndarray]:
        started = np.concatenate([f.started for f in sim.fleets])
        assert sim.scene.willing is not None
        return started, sim.scene.willing.copy()

    started, willing = map(
        np.array, zip(*watch(quick(), story(*ALL_AT_ONCE, behaviour=EACH, days=56), look)[1], strict=True)
    )
    idle = willing[1:] == 0.0
    assert idle.any()
    assert np.diff(started, axis=0)[idle].max() == 0.0
