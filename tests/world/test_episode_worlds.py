"""The worlds of 2010 and 2011: what customs and makers' statistics counted before the event comes out of the flows."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.engine.simulation import Simulation
from simulator.scenario import load as load_scenario
from simulator.world import load
from simulator.world.checks import check, figures
from simulator.world.emergent import RARE_EARTHS
from simulator.world.steady import flows

BEFORE = {"rare_earths_2010": date(2010, 8, 31), "japan_cars_2011": date(2011, 2, 28)}


def quiet(name: str) -> BlockRecord:
    """A year and more without any event, up to the last month before it, two members, by the week."""
    scenario = load_scenario("no-new-controls")
    change = {"step": 7.0, "start": date(BEFORE[name].year - 1, 1, 1), "end": BEFORE[name], "growth": False}
    members = Members(np.zeros(2, dtype=np.int64), np.arange(2))
    return Simulation(load(name), [scenario.model_copy(update=change)], members).run()


@pytest.mark.parametrize("name", BEFORE)
def test_a_figure_is_far_from_the_published_one_only_with_a_reason(name: str) -> None:
    report = check(load(name))
    assert report.sound
    assert {c.figure for c in report.compared} == set(load(name).published)
    assert all(c.gap for c in report.compared)
    assert all(abs(c.difference) < 0.2 for c in report.compared)


def test_customs_of_japan_count_what_they_counted_before_the_stop() -> None:
    record = quiet("rare_earths_2010")
    line = [e == "CHN" and i == "JPN" and c in RARE_EARTHS for e, i, c in record.coords["flow"]]
    shipped = record.values["exports"][1][-12:, line].sum(axis=(0, 1)) / 12.0  # a year: a month may hold a week more
    assert np.allclose(shipped, 1884, rtol=0.02)


def test_the_first_half_of_2010_fits_into_its_quota_and_its_pace_breaks_that_of_the_second() -> None:
    world = load("rare_earths_2010")
    half_year = 182.5 * sum(
        amount
        for (buyer, commodity, supplier), amount in flows(world).orders.items()
        if commodity in RARE_EARTHS
        and world.facilities[supplier].country == "CHN"
        and (world.facilities[buyer].country if buyer in world.facilities else buyer[:3]) != "CHN"
    )
    assert 7_976 < half_year < 22_282


def test_makers_in_japan_build_what_they_built_in_the_two_months_before_the_earthquake() -> None:
    world, record = load("japan_cars_2011"), quiet("japan_cars_2011")
    lines = [
        world.facilities[id].country == "JPN" and world.facilities[id].stage == "assembly"
        for id in record.coords["facility"]
    ]
    built = record.values["made"][1][-12:, lines].sum(axis=(0, 1)) / 12.0  # a year: a month may hold a week more
    assert np.allclose(built, (706_107 + 795_632) / 2, rtol=0.02)
    abroad = [e == "JPN" and c == "car" for e, _, c in record.coords["flow"]]
    left = record.values["exports"][1][-12:, abroad].sum(axis=(0, 1)) / 12.0
    assert np.allclose(left, (365_288 + 431_582) / 2, rtol=0.02)


def test_a_vehicle_needs_chips_and_parts_but_no_special_colour() -> None:
    recipe = load("japan_cars_2011").recipes["vehicle_sole"]
    assert {i.commodity: i.critical for i in recipe.inputs} == {
        "mcu": True,
        "parts": True,
        "sole_parts": True,
        "pigment": False,
    }


def test_every_maker_has_models_that_do_without_the_struck_region() -> None:
    world = load("japan_cars_2011")
    makers = {f.operator: set[str]() for f in world.facilities.values() if f.stage == "assembly"}
    for site in world.facilities.values():
        if site.stage == "assembly":
            makers[site.operator] |= {i.commodity for i in world.recipes[site.recipe].inputs} | {site.recipe}
    free = {s.operator for s in world.facilities.values() if s.recipe in ("vehicle", "vehicle_abroad")}
    assert free == set(makers) - {"Kanto Auto Works, Central Motor"}


@pytest.mark.parametrize("name", BEFORE)
def test_nothing_dated_after_the_event_sets_a_row(name: str) -> None:
    years = {f.year for f in figures(load(name)) if "parameters.csv" not in f.place}
    assert {y for y in years if y.isdigit()} <= {"2009", "2010", "2011"}
    assert not {y for y in years if y > str(BEFORE[name].year)}
