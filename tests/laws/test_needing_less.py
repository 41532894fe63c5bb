"""Laws for those who switch suppliers, thrift or substitute: off costs nothing, arms are apart, order never matters."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.engine.members import Members
from simulator.engine.simulation import Simulation
from simulator.scenario.uncertain import Uncertain
from simulator.world.model import World
from tests import worlds
from tests.laws.driving import Path, differing, travel, watch
from tests.laws.small_world import ALL_AT_ONCE, LIVELY, STILL, small_world, story, turned_round

SEEKERS = ("supplier_switching", "thrifting", "grade_substitution")
QUICK = {  # all within the 75 days of the story
    "switching_time": Uncertain(20.0, 40.0, 60.0),
    "switching_sensitivity": 2.0,
    "switching_reliability": 1.0,
    "substitution_ceiling": 0.9,
    "substitution_time": 40.0,
    "substitution_sigma": 2.0,
    "thrifting_sigma": Uncertain(0.3, 0.6, 0.9),
    "qualification_lag": 3.0,
    "planning_days": 10.0,
    "trigger_price": 1.02,
    "trigger_fill": 0.95,
    "trigger_days": 2.0,
}


def seeking_world(parameters: Any = LIVELY, **more: Any) -> World:
    """The small world with recipes that can be thrifted and grades that can be substituted."""
    plain = small_world({**parameters, **QUICK}, **more)
    melt = worlds.thrifty(plain.recipes["melt_heavy"], {"dy": Uncertain(0.4, 0.5, 0.7)}, "ndpr")
    return replace(
        plain,
        recipes={**plain.recipes, "melt_heavy": melt},
        substitutes=(
            worlds.substitute("heavy_magnet", "magnet", Uncertain(0.2, 0.5, 0.8), 4.0, amount=1.1),
            worlds.substitute("heavy_magnet", "", 0.2, 6.0),
        ),
    )


def busy(*behaviour: str, **more: Any) -> Any:
    return story(*ALL_AT_ONCE, behaviour=list(behaviour), **more)


@cache
def crowd(step: str) -> Path:
    return travel(seeking_world(), busy(*SEEKERS, step=step), range(4))


def test_they_really_act_in_this_story() -> None:
    sim, _ = watch(seeking_world(), busy(*SEEKERS), lambda _: None)
    switching, thrifting, substitution = sim.seekers
    assert np.abs(switching.tilt - 1.0).max() > 0.05
    assert thrifting.saved.max() > 0.005
    assert substitution.moved.max() > 0.01
    books = sim.audit.residuals()
    assert max(books["stock"], books["trade"], books["process"]) < 1e-9
    assert books["lowest_stock"] >= 0.0


def test_off_is_a_world_without() -> None:
    assert differing(travel(small_world(), story(*ALL_AT_ONCE)), travel(seeking_world(), busy())) == []


@pytest.mark.parametrize("name", SEEKERS)
def test_arms_with_and_without_in_one_run_equal_separate_runs(name: str) -> None:
    arms = [busy(), busy(name)]
    together = travel(seeking_world(), arms, (0, 1))
    for arm, scenario in enumerate(arms):
        alone = travel(seeking_world(), scenario, (0, 1))
        mine = together.member(arm, 2 + arm)
        assert differing(alone, mine, list(alone.state)) == []
        assert [
            n for n, (_, a) in alone.record.values.items() if a.tobytes() != mine.record.values[n][1].tobytes()
        ] == []


@pytest.mark.parametrize("step", [pytest.param("1 d", marks=pytest.mark.slow), "7 d"])
def test_order_and_company_change_nothing(step: str) -> None:
    one, how = crowd(step), busy(*SEEKERS, step=step)
    assert differing(one, travel(turned_round(seeking_world()), how, range(4))) == []
    assert differing(one, travel(seeking_world(), how, range(4), shuffle=7)) == []
    assert differing(one, travel(seeking_world(), how, range(4), alone=True), list(one.state)) == []
    assert differing(travel(seeking_world(), how, (3,)), one.member(3)) == []


@pytest.mark.parametrize("step", [pytest.param("1 d", marks=pytest.mark.slow), "7 d"])
def test_nothing_moves_while_nothing_happens(step: str) -> None:
    def stocks(sim: Simulation) -> np.ndarray:
        return sim.scene.stocks.on_hand.sum(axis=1)

    quiet = story(days=364, step=step, growth=False, behaviour=list(SEEKERS))
    sim, seen = watch(seeking_world(STILL, growth=0.0), quiet, stocks)
    path = np.array(seen)
    held = path[0] > 0.0
    assert np.abs(path[:, held] / path[0][held] - 1.0).max() < 0.01
    switching, thrifting, substitution = sim.seekers
    assert thrifting.saved.max() == 0.0
    assert substitution.moved.max() == 0.0


def test_shares_of_every_buyer_sum_to_one() -> None:
    def sums(sim: Simulation) -> np.ndarray:
        total = sim.scene.trade.to_buyers(sim.scene.trade.share)
        return total[np.unique(sim.network.lanes.buyer)]

    _, seen = watch(seeking_world(), busy(*SEEKERS), sums)
    for total in seen[31:]:
        assert np.all((np.abs(total - 1.0) < 1e-12) | (total == 0.0))


def test_a_support_that_never_took_effect_or_of_another_arm_changes_nothing() -> None:
    support = {
        "kind": "substitution_support",
        "id": "support",
        "payer": "USA",
        "effective": worlds.day(0),
        "ceiling": 1.0,
        "lag_cut": 0.9,
    }
    plain, paid = busy(*SEEKERS), story(*ALL_AT_ONCE, support, behaviour=list(SEEKERS))
    dead = story(*ALL_AT_ONCE, {**support, "status": "never_took_effect"}, behaviour=list(SEEKERS))
    one = travel(seeking_world(), plain)
    assert differing(one, travel(seeking_world(), dead)) == []
    both = travel(seeking_world(), [plain, paid], members=Members(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])))
    assert differing(one, both.member(0, 2), list(one.state)) == []
    assert differing(one, both.member(1, 3), list(one.state)) != []
