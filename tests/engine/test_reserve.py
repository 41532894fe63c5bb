"""A national reserve: when it opens, who gets what, what it buys, and where every tonne is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulator.engine.reserve import Trigger
from simulator.world.model import World
from tests.laws.driving import differing, travel, watch
from tests.laws.small_world import small_world, story
from tests.worlds import chain, day, figure, scenario

BAN = {"kind": "export_ban", "id": "ban", "exporter": "AAA", "commodities": ["ore"], "effective": day(100)}
RESERVE = {
    "kind": "reserve",
    "id": "stock",
    "countries": ["BBB"],
    "commodity": "ore",
    "effective": day(0),
    "target": "30 d",
    "opening": "30 d",
    "trigger": "10 d",
    "running": "1 d",
    "delay": "0 d",
    "rate": 0.5,
}


def reserve(**more: Any) -> dict[str, Any]:
    return {**RESERVE, **more}


def roomy() -> World:
    """The chain with a mine that could dig a fifth more."""
    world = chain()
    mine = replace(world.facilities["mine"], capacity=figure(36.0))
    return replace(world, facilities={"mine": mine})


def released(*measures: dict[str, Any], days: int = 260, step: str = "1 d") -> np.ndarray:
    """Released in each step, (step, member) [t]."""
    sim, seen = watch(chain(), scenario(days, *measures, step=step), lambda s: s.reserves.given[0].copy())
    assert max(v for k, v in sim.audit.residuals().items() if k != "lowest_stock") < 1e-9
    return np.diff(np.array(seen), axis=0, prepend=0.0)


def test_a_trigger_waits_for_its_days_and_for_the_administration():
    """Two days below call it, three more pass in the offices; two days above close it."""
    ones = np.ones(2)
    trigger = Trigger(10.0 * ones, 2.0 * ones, 3.0 * ones, 1.0 * ones)
    covers = [12, 9, 12, 9, 9, 9, 9, 9, 12, 9, 12, 12, 9]
    calm = np.full(2, np.inf)
    seen = [trigger.look(c * ones, ones > 0, calm, float(t), 1.0)[0] for t, c in enumerate(covers)]
    assert seen == [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0]


def test_an_emergency_opens_it_without_a_trigger():
    ones = np.ones(2)
    trigger = Trigger(10.0 * ones, 2.0 * ones, 30.0 * ones, 3.0 * ones)
    seen = [
        trigger.look(50.0 * ones, ones > 0, np.where(t < 6, 1.0, np.inf) * ones, float(t), 1.0)[0] for t in range(1, 8)
    ]
    assert seen == [0, 0, 0, 1, 1, 0, 0]


def test_it_releases_at_most_its_rate_and_no_more_than_the_need():
    given = released(BAN, reserve())
    assert np.flatnonzero(given[:, 0])[0] == 146  # cover after arrivals is 9 d
    assert given[:, 0].max() == pytest.approx(15.0)
    assert given[:, 0].sum() == pytest.approx(900.0)
    once = released(BAN, reserve(rate=5.0))  # a whole day's need and more: fills up to the trigger, no further
    assert once[146, 0] == pytest.approx(30.0)


def test_the_administration_takes_its_time():
    """Two days below are days 146 and 147; thirty days later it opens."""
    given = released(BAN, reserve(running="2 d", delay="30 d"))
    assert np.flatnonzero(given[:, 0])[0] == 177


def test_a_week_step_releases_as_much():
    daily, weekly = released(BAN, reserve()), released(BAN, reserve(), step="7 d")
    assert weekly.sum() == pytest.approx(daily.sum())
    first = np.flatnonzero(weekly[:, 0])[0]
    assert abs(first * 7 - 146) <= 7


def test_sectors_named_are_served_first():
    given = {}
    for first in ([], ["defence"]):
        held = {
            **RESERVE,
            "countries": ["USA"],
            "commodity": "heavy_magnet",
            "opening": "5 d",
            "trigger": "60 d",
            "rate": 0.05,
            "first": first,
        }
        sim, _ = watch(small_world(growth=0.0), story(held, days=4), lambda s: None)
        names = [sim.network.rows[i][0] for i in sim.reserves.reserves[0].rows]
        given[bool(first)] = dict(zip(names, sim.reserves.released[sim.reserves.reserves[0].rows, 0], strict=True))
    assert given[True]["USA/auto"] == 0.0
    assert given[True]["USA/defence"] > 5.0 * given[False]["USA/defence"] > 0.0


def test_it_buys_slowly_from_its_buyers_who_order_for_it():
    """Half a per cent of a year's use in a month is 1.8 days of use; buyers keep their cover all the while."""
    sim, stock = watch(
        roomy(),
        scenario(365, reserve(opening="0 d")),
        lambda s: (s.reserves.stocks.tonnes[0, 0], s.scene.stocks.tonnes[1, 0]),
    )
    held, cover = np.array(stock).T
    monthly = held[200 + 30] - held[200]
    assert monthly == pytest.approx(0.005 * 12 * 30.0 * 30, rel=1e-6)
    assert cover.min() >= 25.0 * 30.0 * 0.93
    assert max(v for k, v in sim.audit.residuals().items() if k != "lowest_stock") < 1e-9


def test_it_stops_at_its_target_and_at_a_high_price():
    _, full = watch(roomy(), scenario(365, reserve(opening="29 d")), lambda s: s.reserves.stocks.tonnes[0, 0])
    assert full[-1] == pytest.approx(900.0)
    _, dear = watch(
        roomy(), scenario(365, reserve(opening="0 d", price_below=0.9)), lambda s: s.reserves.stocks.tonnes[0, 0]
    )
    assert dear[-1] == 0.0


def test_a_full_reserve_that_nobody_calls_changes_nothing():
    world, full = small_world(), reserve(countries=["USA"], commodity="heavy_magnet", trigger="0 d", target="0 d")
    assert differing(travel(world, story("ban", days=50)), travel(world, story("ban", full, days=50))) == []


@pytest.mark.parametrize("step", [pytest.param("1 d", marks=pytest.mark.slow), "7 d"])
def test_arms_with_and_without_are_the_same_apart_and_together(step: str):
    """The reserve of the allies buys, then opens; the mass of every stock is accounted for by origin."""
    held = reserve(countries=["allies"], commodity="heavy_magnet", opening="5 d", trigger="25 d", effective=day(5))
    with_it, without = story("ban", held, step=step), story("ban", step=step)
    both = travel(small_world(), [with_it, without])
    alone = travel(small_world(), with_it)
    assert differing(alone, both.member(0, 2), list(alone.state)) == []
    plain = travel(small_world(), without)
    assert differing(plain, both.member(1, 3), list(plain.state)) == []
    assert differing(alone, plain, list(plain.state)) != []
    assert max(v for k, v in both.record.audit.items() if k != "lowest_stock") < 1e-9


@pytest.mark.parametrize("how", [{"shuffle": 7}, {"alone": True}])
def test_the_order_of_creation_changes_nothing(how: dict[str, Any]):
    held = [
        reserve(id=f"r-{c.lower()}", countries=[c], commodity="heavy_magnet", opening="5 d", trigger="25 d")
        for c in ("USA", "DEU")
    ]
    one = travel(small_world(), story("ban", *held))
    assert differing(one, travel(small_world(), story("ban", *held[::-1]), **how), list(one.state)) == []


def test_the_record_says_what_it_holds_releases_and_buys():
    sim, _ = watch(chain(), scenario(200, BAN, reserve()), lambda s: None)
    record = sim.scene.recorder.record({})
    dims, stock = record.values["reserve_stock"]
    given, bought = record.values["released"][1], record.values["bought"][1]
    assert (dims, record.coords["reserve"]) == (("month", "reserve", "member"), ("stock",))
    assert stock[-1, 0, 0] == pytest.approx(900.0 + bought[:, 0, 0].sum() - given[:, 0, 0].sum())
    assert record.units["released"] == "t"
