"""Mines, separators and end users answer to prices: the rules, and what each does to a small world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulator.engine.adjustment import approach
from simulator.engine.basket import RESTARTS, SHUT, WORKS, Patience, basket_value, turn
from simulator.engine.simulation import Simulation
from simulator.engine.utilisation import offered
from simulator.world.model import World
from tests import worlds
from tests.laws.driving import watch
from tests.worlds import day

FREE = {**worlds.ANSWERS, "restore_time": 30.0}


# ---------------------------------------------------------------------------------------------------- the rules


@pytest.mark.parametrize("step", [1.0, 7.0, 45.0])
@pytest.mark.parametrize(("start", "goal"), [(0.0, 1.0), (0.9, 0.1), (0.5, 0.52)])
def test_a_level_gets_as_far_in_steps_of_any_length(step: float, start: float, goal: float) -> None:
    """Far from its goal it goes at full pace, near it exponentially; 315 days, in parts or in one."""
    level = np.array(start)
    for _ in range(int(315 / step)):
        level = approach(level, goal, step, 60.0, 0.005)
    assert level == pytest.approx(approach(start, goal, 315.0, 60.0, 0.005), rel=1e-12)


def test_the_way_is_straight_at_first_and_then_exponential() -> None:
    assert approach(0.0, 1.0, 10.0, 50.0, 0.01) == pytest.approx(0.1)
    assert approach(0.0, 0.3, 10.0, 50.0, 0.01) == pytest.approx(0.3 * (1.0 - np.exp(-0.2)))
    assert approach(1.0, 0.0, 60.0, 50.0, 0.01) == pytest.approx(0.5 * np.exp(-0.2))
    assert approach(0.7, 0.7, 7.0, 50.0, 0.01) == 0.7


@pytest.mark.parametrize(("price", "share"), [(1.0, 0.8), (2.0, 0.8 * 2.0**0.2), (50.0, 0.95), (0.001, 0.3)])
def test_a_mine_offers_more_at_a_higher_price_within_bounds(price: float, share: float) -> None:
    assert offered(0.8, price, 0.2, 0.3, 0.95) == pytest.approx(share)


def test_a_basket_is_worth_its_outputs_less_the_cost() -> None:
    assert basket_value(np.array([0.2, 0.01]), np.array([50.0, 300.0]), 4.0) == pytest.approx(9.0)


def states(margins: list[float], step: float = 30.0) -> list[float]:
    state, since, seen = np.array(WORKS), np.array(0.0), []
    for margin in margins:
        state, since = turn(state, since, np.array(margin), step, Patience(90.0, 0.1, 60.0, 180.0))
        seen.append(float(state))
    return seen


def test_a_site_stops_after_so_many_days_of_loss() -> None:
    assert states([-1.0] * 4) == [WORKS, WORKS, SHUT, SHUT]


def test_one_good_day_lets_it_go_on() -> None:
    assert states([-1.0, -1.0, 0.05, -1.0, -1.0]) == [WORKS] * 5


def test_a_stopped_site_waits_for_a_good_margin_and_then_takes_its_time() -> None:
    back = states([-1.0] * 3 + [0.05] * 5 + [0.2] * 2 + [-1.0] * 6)
    assert back[2:9] == [SHUT] * 7
    assert back[9:15] == [RESTARTS] * 6
    assert back[15] == WORKS


# ---------------------------------------------------------------------------------------------------- the world


def two_mines(hosts: tuple[str, ...] = (), **parameters: float) -> World:
    """Two mines of one ore, each at eight tenths of its capacity, and their users."""
    world = worlds.world(
        [worlds.recipe("dig", {}, {"ore": 1.0})],
        [worlds.facility(m, "AAA", "mine", "dig", 100.0) for m in ("east", "west")],
        {("AAA", "use", "ore"): 160.0},
        {("AAA/use", "ore", "east"): 0.5, ("AAA/use", "ore", "west"): 0.5},
        {},
        {("AAA/use", "ore"): 60.0},
        parameters={**FREE, **parameters},
    )
    return replace(world, hosts={h: worlds.figure(1.0, "1") for h in hosts})


def path(world: World, behaviour: tuple[str, ...], *events: Mapping[str, Any], days: int = 500, **more: Any) -> Any:
    """What a run did each step: work begun by site [t], quotes and what was wanted, first member."""

    def look(sim: Simulation) -> dict[str, float]:
        made = {
            f.id: float(t[0]) for fleet in sim.fleets for f, t in zip(fleet.plan.facilities, fleet.started, strict=True)
        }
        quotes = {
            f"{c} {z}": float(q)
            for c, pair in zip(sim.quotes.commodities, sim.quotes.quote[..., 0], strict=True)
            for z, q in zip(("inside", "outside"), pair, strict=True)
        }
        asked = {"asked": float(sim.scene.recorder._today_asked[:, 0].sum())}
        served = {
            f"served {d.commodity}": float(sim.scene.recorder._today_served[i, 0])
            for i, d in enumerate(sim.network.markets[0].demand)
        }
        willing = sim.scene.willing if sim.scene.willing is not None else np.ones((len(made), 1))
        works = {f"{f.id} works": float(w[0]) for f, w in zip(sim.network.facilities, willing, strict=True)}
        return made | quotes | asked | served | works

    story = worlds.scenario(days, *events, behaviour=list(behaviour), **more)
    _, seen = watch(world, story, look, (0,))
    return {name: np.array([s[name] for s in seen]) for name in seen[0]}


def rate(run: Any, site: str, first: int, last: int) -> float:
    """Mean work begun over some days [t/d]."""
    return float(run[site][last] - run[site][first]) / (last - first)


SURGE = {"kind": "demand_shift", "id": "surge", "sectors": ["use"], "change": 0.4, "effective": day(50)}
STOP = {"kind": "outage", "id": "stop", "facilities": ["east"], "remaining": 0.0, "effective": day(50)}


def test_mines_offer_more_as_the_price_rises_and_no_more_than_they_can() -> None:
    """Two fifths more are wanted than before; mines give what the price calls for, not all they have at once."""
    given, taken = (path(two_mines(), b, SURGE) for b in ((), ("supply_response",)))
    assert rate(given, "west", 60, 120) == pytest.approx(100.0, rel=0.01)
    assert rate(taken, "west", 0, 49) == pytest.approx(80.0)
    assert 87.9 < rate(taken, "west", 52, 60) < 89.0
    assert 89.0 < rate(taken, "west", 75, 90) < 95.0
    assert rate(taken, "west", 400, 499) == pytest.approx(95.0, rel=0.01)
    assert taken["ore inside"][150] > given["ore inside"][150]


def test_where_a_host_sets_the_pace_the_price_does_nothing() -> None:
    hosted = path(two_mines(hosts=("west",)), ("supply_response",), SURGE)
    plain = path(two_mines(), (), SURGE)
    assert hosted["west"].tolist() == plain["west"].tolist()


def test_mines_offer_less_where_the_price_is_low() -> None:
    glut = {"kind": "demand_shift", "id": "slump", "sectors": ["use"], "change": -0.1, "effective": day(50)}
    low = path(two_mines(utilisation_room=0.0, supply_elasticity=2.0), ("supply_response",), glut, days=120)
    plain = path(two_mines(), (), glut, days=120)
    assert low["ore inside"][60] < 1.0
    assert low["west"][-1] <= plain["west"][-1]


@pytest.mark.slow
def test_end_users_adapt_to_a_price_that_lasts() -> None:
    """The elasticity of the long run comes on top of that of the short one, slowly, and no faster than its ceiling."""
    cut = {**STOP, "remaining": 0.5}
    quick = {"demand_elasticity_short": 0.05, "demand_time": 200.0}
    short = path(two_mines(**quick), (), cut, days=1500)
    capped = path(two_mines(**quick), ("demand_response",), cut, days=1500)
    free = path(two_mines(**quick, substitution_ceiling=10.0), ("demand_response",), cut, days=1500)
    assert capped["asked"][:50].tolist() == short["asked"][:50].tolist()
    assert free["asked"][400] < capped["asked"][400] < short["asked"][400]
    lost = np.log(capped["asked"][50:-365] / capped["asked"][415:])
    assert lost.max() <= 0.1 + 0.05 * np.log(20.0)
    assert free["ore inside"][-1] < short["ore inside"][-1]


SLUMP = {"kind": "demand_shift", "id": "slump", "sectors": ["use"], "change": -0.5, "effective": day(50)}


def test_a_site_stops_for_a_lasting_loss_and_comes_back() -> None:
    """Half the demand goes, stocks are twice what is needed, ore earns less than it costs; then demand returns."""
    hasty = two_mines(shut_after=20.0, restart_after=30.0)
    run = path(hasty, ("basket",), {**SLUMP, "expires": day(400)}, days=1000)
    loss = np.flatnonzero(run["ore inside"] < 0.7)
    idle = np.flatnonzero(run["west works"] == 0.0)
    assert idle[0] == pytest.approx(loss[0] + 20, abs=2)
    good = loss[-1] + np.flatnonzero(run["ore inside"][loss[-1] :] > 0.8)[0]
    assert idle[-1] == pytest.approx(good + 30 + 180, abs=3)
    assert np.diff(run["west"])[idle[0] : idle[-1]].max() == run["west works"][idle[0] : idle[-1]].max() == 0.0
    assert rate(run, "west", 900, 999) > 60.0
    patient = path(two_mines(), ("basket",), SLUMP)
    plain = path(two_mines(), (), SLUMP)
    assert patient["west"].tolist() == plain["west"].tolist()


def balance_world() -> World:
    """Heavy clay and light ore: Dy comes from clay, NdPr from both; light ore holds a trace of Dy."""
    kept = {"shelf": {"ndpr": 20.0}, "by_products": ("ndpr",)}
    return worlds.world(
        [
            worlds.recipe("dig_clay", {}, {"clay": 1.0}),
            worlds.recipe("dig_light", {}, {"light": 1.0}),
            worlds.recipe("split_clay", {"clay": 30.0}, {"dy": 1.0, "ndpr": 8.0}, 20.0, **kept),
            worlds.recipe("split_light", {"light": 5.0}, {"ndpr": 1.0, "dy": 0.005}, 20.0, ("dy",), {"dy": 20.0}),
        ],
        [
            worlds.facility("clay", "AAA", "mine", "dig_clay", 300.0),
            worlds.facility("light", "AAA", "mine", "dig_light", 1000.0),
            worlds.facility("heavy-plant", "AAA", "separation", "split_clay", 10.0),
            worlds.facility("light-plant", "AAA", "separation", "split_light", 200.0),
        ],
        {("AAA", "use", "dy"): 6.0, ("AAA", "use", "ndpr"): 160.0},
        {
            ("heavy-plant", "clay", "clay"): 1.0,
            ("light-plant", "light", "light"): 1.0,
            ("AAA/use", "dy", "heavy-plant"): 0.9,
            ("AAA/use", "dy", "light-plant"): 0.1,
            ("AAA/use", "ndpr", "heavy-plant"): 0.25,
            ("AAA/use", "ndpr", "light-plant"): 0.75,
        },
        {},
        {
            ("heavy-plant", "clay"): 20.0,
            ("light-plant", "light"): 20.0,
            ("AAA/use", "dy"): 30.0,
            ("AAA/use", "ndpr"): 30.0,
        },
        parameters=FREE,
    )


def test_a_loss_of_clay_makes_dysprosium_dear_and_light_ore_cannot_answer() -> None:
    """The balance problem: whatever Dy costs, light feed holds a two-hundredth of it, and works for its NdPr."""
    cut = {"kind": "outage", "id": "cut", "facilities": ["clay"], "remaining": 0.0, "effective": day(100)}
    both = ("supply_response", "basket")
    run = path(balance_world(), both, cut, days=700)
    assert run["dy inside"][99] == pytest.approx(1.0, abs=0.01)
    assert run["dy inside"][-100:].min() > 10.0
    light = rate(run, "light-plant", 600, 699)
    assert light < 200.0 * 0.7
    assert run["served dy"][-100:].mean() <= 0.005 * light * 1.01
    assert run["served dy"][-100:].mean() < 0.15 * 6.0
