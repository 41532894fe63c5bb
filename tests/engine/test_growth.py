"""The slow clockwork: capacity follows the demand that it serves, sites open along their ramp, contracts follow both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from simulator.engine.growth import sector_weights
from simulator.engine.members import Members
from simulator.engine.simulation import Simulation
from simulator.world.model import World
from tests import worlds as w
from tests.laws.driving import watch

FEBRUARY, MARCH = 31, 60  # first days of months


def mine_and_mill(**new: Any) -> World:
    """Cars need bars of 3 t of ore, phones ore; a second mine stands idle, and a third may open late."""
    toy = w.world(
        [w.recipe("dig", {}, {"ore": 1.0}), w.recipe("melt", {"ore": 3.0}, {"bar": 1.0}, shelf={"bar": 5.0})],
        [
            w.facility("mine", "AAA", "mine", "dig", 80.0),
            w.facility("idle", "AAA", "mine", "dig", 40.0),
            w.facility("late", "AAA", "mine", "dig", 10.0, **new),
            w.facility("mill", "AAA", "mill", "melt", 20.0),
            w.facility("fixed", "AAA", "mill", "melt", 20.0, grows=False),
        ],
        {("BBB", "car", "bar"): 10.0, ("BBB", "phone", "ore"): 20.0},
        {
            ("BBB/car", "bar", "mill"): 0.5,
            ("BBB/car", "bar", "fixed"): 0.5,
            ("BBB/phone", "ore", "mine"): 1.0,
            ("BBB/phone", "ore", "late"): 0.4,
            ("mill", "ore", "mine"): 1.0,
            ("fixed", "ore", "mine"): 1.0,
        },
        {},
        {},
    )
    return replace(toy, growth={"car": w.figure(0.2, "1/yr"), "phone": w.figure(0.05, "1/yr")})


def opening(day: int, ramp: float) -> dict[str, Any]:
    when = date.fromordinal(date(2024, 1, 1).toordinal() + day)
    return {"opens": (when, when, when), "ramp": w.figure(ramp, "d")}


def capacities(sim: Simulation) -> dict[str, float]:
    """Capacity of each facility today, in the second member."""
    return {
        f.id: float(row[1]) for site in sim.fleets for f, row in zip(site.plan.facilities, site.capacity, strict=True)
    }


def test_a_sector_weighs_what_it_causes_and_idle_sites_serve_all_alike() -> None:
    sim = Simulation(mine_and_mill(**opening(0, 0.0)), [w.scenario(2)], Members.grid(1, range(2)))
    found = dict(zip((f.id for f in sim.network.facilities), sector_weights(sim.network, sim.start.state), strict=True))
    assert found["mine"].tolist() == pytest.approx([30.0 / 50.0, 20.0 / 50.0])
    assert found["mill"].tolist() == [1.0, 0.0]
    assert found["idle"].tolist() == [0.5, 0.5]


def test_weights_are_shares_however_little_is_made() -> None:
    toy = mine_and_mill()
    little = replace(toy, demand=tuple(replace(d, rate=w.figure(d.rate.central / 1000.0)) for d in toy.demand))
    much, few = (
        sector_weights(sim.network, sim.start.state)
        for sim in (Simulation(world, [w.scenario(2)], Members.grid(1, range(2))) for world in (toy, little))
    )
    assert few == pytest.approx(much, rel=1e-9)


def test_a_ramp_of_half_a_day_is_a_ramp() -> None:
    sim = Simulation(mine_and_mill(**opening(20, 0.5)), [w.scenario(2)], Members.grid(1, range(2)))
    place = [f.id for f in sim.network.facilities].index("late")
    assert sim.growth.opened(20.25)[place].tolist() == [0.5, 0.5]


def test_capacity_grows_with_the_sectors_it_serves_on_the_first_of_a_month() -> None:
    _, seen = watch(mine_and_mill(), w.scenario(62, growth=True), capacities)
    assert seen[FEBRUARY - 1]["mine"] == 80.0
    for day in (FEBRUARY, MARCH):
        cars, phones = 1.2 ** (day / 365.0), 1.05 ** (day / 365.0)
        assert seen[day]["mine"] == pytest.approx(80.0 * (0.6 * cars + 0.4 * phones), rel=1e-12)
        assert seen[day]["mill"] == pytest.approx(20.0 * cars, rel=1e-12)
        assert seen[day]["idle"] == pytest.approx(40.0 * (cars + phones) / 2.0, rel=1e-12)
        assert seen[day]["fixed"] == 20.0
    assert seen[MARCH - 1] == seen[FEBRUARY]


def test_without_growth_nothing_grows_and_nothing_opens() -> None:
    _, seen = watch(mine_and_mill(**opening(1, 0.0)), w.scenario(62), capacities)
    assert seen[MARCH] == {"mine": 80.0, "idle": 40.0, "late": 0.0, "mill": 20.0, "fixed": 20.0}


@pytest.mark.parametrize(("ramp", "march"), [(0.0, 1.0), (80.0, 0.5), (10.0, 1.0)], ids=["at once", "slow", "done"])
def test_a_site_opens_on_its_day_along_its_ramp(ramp: float, march: float) -> None:
    """It opens on day 20 and is looked at on day 60; before it opens there is nothing, on the day itself nothing or all."""
    sim, seen = watch(mine_and_mill(**opening(20, ramp)), w.scenario(62, growth=True), capacities)
    assert seen[0]["late"] == 0.0
    assert seen[MARCH]["late"] == pytest.approx(10.0 * march)
    place = [f.id for f in sim.network.facilities].index("late")
    at = [sim.growth.opened(today)[place, 1] for today in (19.0, 20.0, 1e6)]
    assert at == [0.0, float(ramp == 0.0), 1.0]


def test_buyers_turn_to_a_site_as_it_opens() -> None:
    """Its share at full ramp is 0.4; half open it has 0.2, and the mine keeps the rest."""

    def look(sim: Simulation) -> list[float]:
        place = {n: i for i, n in enumerate(sim.network.lanes.names)}
        return [float(sim.scene.trade.share[place["BBB/phone", "ore", s], 1]) for s in ("mine", "late")]

    _, seen = watch(mine_and_mill(**opening(20, 80.0)), w.scenario(62, growth=True), look)
    assert seen[0] == [1.0, 0.0]
    assert seen[MARCH] == pytest.approx([0.8, 0.2])


def test_shelves_and_contracts_follow_growth() -> None:
    """A contract is for 80 % of normal flow, grown like the supplier; a mill keeps five days of its output."""

    def look(sim: Simulation) -> dict[str, float]:
        place = sim.network.lanes.names.index(("BBB/car", "bar", "mill"))
        mills = next(f for f in sim.fleets if f.plan.facilities[0].stage == "mill")
        at = [f.id for f in mills.plan.facilities].index("mill")
        assert sim.scene.contracted is not None
        return {"promised": float(sim.scene.contracted[place, 1]), "shelf": float(mills.shelf[at, 0, 1])}

    _, seen = watch(mine_and_mill(), w.scenario(62, growth=True, behaviour=["contracts"]), look)
    grown = 1.2 ** (MARCH / 365.0)
    assert seen[0]["promised"] == pytest.approx(0.8 * 5.0)
    assert seen[MARCH]["promised"] == pytest.approx(0.8 * 5.0 * grown)
    assert seen[0]["shelf"] > 0.0
    assert seen[MARCH]["shelf"] == pytest.approx(seen[0]["shelf"] * grown)
