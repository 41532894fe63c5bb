"""Law: what does not apply changes nothing to the last bit; controls add up to their union, in any order."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests import worlds
from tests.laws.driving import Path, differing, travel
from tests.laws.small_world import ALL_AT_ONCE, CONTROLS, FROM_CHINA, MAGNETS, control, small_world, story


@cache
def quiet(step: str = "1 d") -> Path:
    """A run in which nothing happens."""
    return travel(small_world(), story(step=step, days=50))


@cache
def busy(*names: str, days: int = 50) -> Path:
    """A run with these controls."""
    return travel(small_world(), story(*names, days=days))


def test_what_never_took_effect_changes_nothing() -> None:
    dead = [control(n, status="never_took_effect") for n in CONTROLS]
    assert differing(quiet(), travel(small_world(), story(*dead, days=50)), list(quiet().state)) == []


def test_what_has_no_chance_of_taking_effect_changes_nothing() -> None:
    dead = [control(n, p_effect=0.0) for n in CONTROLS]
    assert differing(quiet(), travel(small_world(), story(*dead, days=50)), list(quiet().state)) == []


def test_what_comes_after_the_horizon_changes_nothing() -> None:
    late = [
        control(
            n,
            announced=worlds.day(190),
            effective=worlds.day(200),
            expires=worlds.day(300),
            **({"suspended": []} if n == "licence" else {}),
        )
        for n in CONTROLS
    ]
    assert differing(quiet(), travel(small_world(), story(*late, days=50)), list(quiet().state)) == []


@pytest.mark.parametrize("step", ["1 d", "7 d"])
def test_what_another_arm_does_changes_nothing(step: str) -> None:
    both = travel(small_world(), [story(step=step, days=50), story(*ALL_AT_ONCE, step=step, days=50)])
    assert differing(quiet(step), both.member(0, 2), list(quiet(step).state)) == []


@pytest.mark.parametrize("step", ["1 d", "7 d"])
def test_what_another_arm_does_changes_nothing_where_voyages_are_certain(step: str) -> None:
    """Goods on one lane may then sail together or apart; an arm with odd voyages must not part those of the others."""
    world = small_world({"transit_cv": 0.0, "restore_time": 30.0, "forecast_days": 30.0, "demand_noise": 0.1})
    alone = travel(world, story(step=step, days=50))
    both = travel(world, [story(step=step, days=50), story("ban", "strait", step=step, days=50)])
    assert differing(alone, both.member(0, 2), list(alone.state)) == []


def test_what_happens_in_one_world_changes_no_other() -> None:
    """Each control takes effect in about half of the worlds, here one and there another."""
    world = small_world({"transit_cv": 0.0, "restore_time": 30.0, "forecast_days": 30.0})
    uncertain = story(*(control(n, p_effect=0.5) for n in ("ban", "strait", "licence", "priority", "quota")), days=50)
    crowd = travel(world, uncertain, range(8))
    assert len({crowd.state["lane", "DEU/auto", "heavy_magnet", "mag-b"][..., m].tobytes() for m in range(8)}) > 4
    for one in range(4):
        assert differing(travel(world, uncertain, (one,)), crowd.member(one)) == []


def ban(id: str, begins: int, ends: int, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "kind": "export_ban",
        **FROM_CHINA,
        "announced": worlds.day(begins),
        "effective": worlds.day(begins),
        "expires": worlds.day(ends),
        **more,
    }


def test_two_overlapping_bans_equal_their_union_in_time() -> None:
    two = travel(small_world(), story(ban("a", 10, 25), ban("b", 20, 40), days=55))
    assert differing(two, travel(small_world(), story(ban("a", 10, 40), days=55))) == []


def test_two_overlapping_bans_equal_their_union_in_time_with_a_weekly_step() -> None:
    """The overlap holds a whole step: within a step that cuts both, the stricter share counts, not the union."""
    two = travel(small_world(), story(ban("a", 24, 45), ban("b", 33, 60), days=84, step="7 d"))
    assert differing(two, travel(small_world(), story(ban("a", 24, 60), days=84, step="7 d"))) == []


def test_two_overlapping_bans_equal_their_union_in_space() -> None:
    parts = [
        ban("a", 10, 40, destinations=["DEU", "JPN"]),
        ban("b", 10, 40, destinations=["JPN", "USA"], commodities=MAGNETS),
        ban("c", 10, 40, destinations=["USA"], commodities=["dy", "heavy_magnet"]),
    ]
    whole = ban("a", 10, 40, destinations=["allies", "JPN"])
    assert differing(travel(small_world(), story(*parts, days=55)), travel(small_world(), story(whole, days=55))) == []


def test_a_truce_inside_a_ban_equals_two_bans() -> None:
    truce = ban("a", 10, 40, suspended=[{"from": worlds.day(20), "to": worlds.day(30)}])
    two = travel(small_world(), story(ban("a", 10, 20), ban("b", 30, 40), days=55))
    assert differing(two, travel(small_world(), story(truce, days=55))) == []


def test_the_order_in_which_controls_are_written_changes_nothing() -> None:
    assert differing(busy(*ALL_AT_ONCE), busy(*reversed(ALL_AT_ONCE))) == []


def test_a_response_and_an_event_of_one_kind_are_the_same() -> None:
    as_response = worlds.scenario(50, control("ban"), responses=[control("outage")], growth=True)
    assert differing(busy("ban", "outage"), travel(small_world(), as_response)) == []


@cache
def side_by_side() -> tuple[tuple[tuple[Any, ...], ...], Path]:
    """Arms of one run: nothing, each control alone, and what two of them need to have anything to change."""
    idle = control("outage", id="idle", facilities=["mag-b"], remaining=0.0)
    arms = ((), *((n,) for n in CONTROLS), ("licence", "trusted"), ("idle",), ("idle", "priority"), ("idle", "classes"))
    told = [story(*(idle if n == "idle" else n for n in arm), days=50) for arm in arms]
    return arms, travel(small_world(), told, (0,))


@pytest.mark.parametrize("name", CONTROLS)
def test_each_control_changes_something(name: str) -> None:
    """Or the laws above would hold for the wrong reason."""
    scene = {"trusted": ("licence",), "priority": ("idle",), "classes": ("idle",)}.get(name, ())
    arms, path = side_by_side()
    without, with_it = (path.member(arms.index(arm)) for arm in (scene, (*scene, name)))
    assert differing(without, with_it, list(path.state)) != []
