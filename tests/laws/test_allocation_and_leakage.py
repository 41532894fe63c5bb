"""Laws of behaviours: who does not behave so is not touched, to the last bit, and without a cause nothing moves."""

from __future__ import annotations

import pytest

from tests import worlds
from tests.laws.driving import differing, travel
from tests.laws.small_world import ALL_AT_ONCE, control, small_world, story

IDLE = control("outage", id="idle", facilities=["mag-a", "mag-b"], remaining=0.2, expires=worlds.day(84))
STORY = ("ban", "licence", "surge", IDLE, "classes")
BEHAVIOURS = ["contracts", "price_leakage"]


@pytest.mark.parametrize("step", [pytest.param("1 d", marks=pytest.mark.slow), "7 d"])
@pytest.mark.parametrize("name", BEHAVIOURS)
def test_arms_with_and_without_in_one_run_equal_runs_apart(name: str, step: str) -> None:
    without = story(*STORY, days=84, step=step)
    with_it = story(*STORY, days=84, step=step, behaviour=[name])
    both = travel(small_world(), [without, with_it])
    assert differing(travel(small_world(), without), both.member(0, 2)) == []
    assert differing(travel(small_world(), with_it), both.member(1, 3)) == []
    assert differing(both.member(0, 2), both.member(1, 3), list(both.state)) != [], "it does something"


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_member_alone_equals_itself_in_a_crowd(name: str) -> None:
    scenario = story(*ALL_AT_ONCE, days=50, behaviour=[name])
    crowd = travel(small_world(), scenario, range(6))
    assert differing(travel(small_world(), scenario, (3,)), crowd.member(3)) == []


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_the_order_of_actors_changes_nothing(name: str) -> None:
    scenario = story(*STORY, days=50, behaviour=[name])
    plain = travel(small_world(), scenario)
    assert differing(plain, travel(small_world(), scenario, shuffle=5)) == []
    assert differing(plain, travel(small_world(), scenario, alone=True)) == []
