"""Numbers that a study sets by name take the place of their draws, and only those."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.chance import Chance
from simulator.engine.members import Members
from simulator.engine.pins import Pins
from simulator.scenario.uncertain import Uncertain

WIDE = Uncertain(0.0, 1.0, 2.0)


def test_a_number_that_is_set_is_not_drawn() -> None:
    chance = Chance(1, np.arange(3))
    drawn = Pins(chance, 3).number("scope", WIDE)
    pins = Pins(chance, 3, values={"scope": np.array([0.1, 0.2, 0.3])})
    assert pins.number("scope", WIDE).tolist() == [0.1, 0.2, 0.3]
    assert pins.number("ramp", WIDE).tolist() == Pins(chance, 3).number("ramp", WIDE).tolist()
    assert not np.array_equal(drawn, pins.number("scope", WIDE))


def test_a_member_without_a_value_keeps_its_draw() -> None:
    chance = Chance(1, np.arange(3))
    drawn = Pins(chance, 3).number("scope", WIDE)
    pins = Pins(chance, 3, values={"scope": np.array([np.nan, 0.2, np.nan])})
    assert pins.number("scope", WIDE).tolist() == [drawn[0], 0.2, drawn[2]]


def test_what_was_asked_for_is_remembered_as_each_arm_states_it() -> None:
    sure = Uncertain.exactly(3.0)
    pins = Pins(Chance(1, np.arange(2)), 2, [{}, {"scope": sure}], arm=np.array([0, 1]))
    pins.number("scope", WIDE)
    pins.number("ramp", sure)
    assert pins.asked == {"scope": (WIDE, sure), "ramp": (sure, sure)}


def test_members_taken_keep_their_values() -> None:
    members = Members(np.zeros(4, dtype=np.int64), np.arange(4), {"scope": np.array([1.0, 2.0, 3.0, 4.0])})
    part = members.taken(slice(1, 3))
    assert part.replication.tolist() == [1, 2]
    assert part.values["scope"].tolist() == [2.0, 3.0]
    assert members.taken(slice(0, 1)).padded().values["scope"].tolist() == [1.0, 1.0]


def test_a_value_for_each_member_is_asked_for() -> None:
    with pytest.raises(ValueError, match="scope: one value for each of 4 members"):
        Members(np.zeros(4, dtype=np.int64), np.arange(4), {"scope": np.array([1.0])})
