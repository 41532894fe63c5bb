"""Law: the same inputs and seed give the same answer to the last bit, however the work is cut and written down."""

from __future__ import annotations

from functools import cache

import pytest

from simulator.engine.members import Members
from tests.laws.driving import Path, differing, travel
from tests.laws.small_world import ALL_AT_ONCE, small_world, story, turned_round

STEPS = ["1 d", "7 d"]


@cache
def crowd(step: str) -> Path:
    """Five replications of a run with everything in it."""
    return travel(small_world(), story(*ALL_AT_ONCE, step=step), range(5))


@pytest.mark.parametrize("step", STEPS)
def test_the_order_of_files_and_mappings_changes_nothing(step: str) -> None:
    assert (
        differing(crowd(step), travel(turned_round(small_world()), story(*reversed(ALL_AT_ONCE), step=step), range(5)))
        == []
    )


@pytest.mark.parametrize("step", STEPS)
def test_the_order_in_which_actors_are_created_changes_nothing(step: str) -> None:
    assert differing(crowd(step), travel(small_world(), story(*ALL_AT_ONCE, step=step), range(5), shuffle=7)) == []


@pytest.mark.parametrize("step", STEPS)
def test_fleets_and_single_plants_agree(step: str) -> None:
    alone = travel(small_world(), story(*ALL_AT_ONCE, step=step), range(5), alone=True)
    assert differing(crowd(step), alone, list(crowd(step).state)) == []


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("replications", [(3,), (4, 0)], ids=str)
def test_a_member_alone_is_the_same_member_in_a_crowd(step: str, replications: tuple[int, ...]) -> None:
    block = travel(small_world(), story(*ALL_AT_ONCE, step=step), replications)
    assert differing(block, crowd(step).member(*replications)) == []


def test_a_member_alone_is_the_same_member_in_a_crowd_of_three_hundred() -> None:
    crowd = travel(small_world(), story(*ALL_AT_ONCE, step="7 d"), range(300))
    assert differing(travel(small_world(), story(*ALL_AT_ONCE, step="7 d"), (217,)), crowd.member(217)) == []


@pytest.mark.parametrize("step", STEPS)
def test_a_longer_horizon_begins_the_same(step: str) -> None:
    short = travel(small_world(), story(*ALL_AT_ONCE, step=step, days=42), range(5))
    steps = len(next(iter(short.state.values())))
    assert differing(short.until(steps), crowd(step).until(steps)) == []


def test_members_in_another_order_are_the_same_members() -> None:
    there = travel(small_world(), story(*ALL_AT_ONCE), members=Members.grid(1, range(4, -1, -1)))
    assert differing(there.member(4, 3, 2, 1, 0), crowd("1 d")) == []
