"""The laws on the real rare-earth world: a few members and the weekly step by default, the day step in the full profile."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.engine.simulation import Simulation
from simulator.scenario import load
from simulator.scenario.uncertain import Uncertain
from simulator.world import load as load_world
from simulator.world.model import World

STEPS = [pytest.param(7.0, id="week"), pytest.param(1.0, id="day", marks=pytest.mark.slow)]
EVENTS = [
    "april-2025-licences",
    "quotas-2010-today",
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in ("japan-dual-use-2026", "embargo-on-japan", "myanmar-feed-halt", "heavy-separator-outage")
    ),
]


@cache
def rare_earths() -> World:
    """The world in the box."""
    return load_world("rare_earths")


def simulation(
    name: str, members: Members, step: float = 7.0, end: date | None = None, still: bool = False, **how: Any
) -> Simulation:
    """A scenario in the box, cut short where `end` says so; `still` takes growth and daily luck away."""
    scenario = load(name)
    change: dict[str, Any] = {"step": step, "end": end or scenario.end}
    if still:
        change |= {"growth": False, "parameters": {"demand_noise": Uncertain.exactly(0.0)}}
    return Simulation(rare_earths(), [scenario.model_copy(update=change)], members, **how)


def same(one: BlockRecord, other: BlockRecord, member: Any = slice(None)) -> bool:
    """Whether two records are equal to the last bit."""
    return all(
        np.array_equal(array, other.values[name][1][..., member], equal_nan=True)
        for name, (_, array) in one.values.items()
    )


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", EVENTS)
def test_every_tonne_is_accounted_for(name: str, step: float) -> None:
    books = simulation(name, Members.grid(1, range(2)), step, end=date(2027, 6, 30)).run().audit
    assert max(books["stock"], books["trade"], books["process"]) < 1e-9
    assert books["lowest_stock"] >= 0.0


@pytest.mark.parametrize("step", STEPS)
def test_nobody_goes_short_while_nothing_happens(step: float) -> None:
    values = simulation("no-new-controls", Members.grid(1, range(4)), step).run().values
    asked, served = values["asked"][1], values["served"][1]
    short = 1.0 - served / np.where(asked > 0.0, asked, 1.0)
    assert short[asked > 0.0].max() < 0.02


@pytest.mark.parametrize("step", STEPS)
def test_every_stock_stays_at_its_cover_while_nothing_moves(step: float) -> None:
    sim = simulation("no-new-controls", Members.grid(1, range(2)), step, end=date(2025, 12, 31), still=True)
    opening = sim.scene.stocks.tonnes.copy()
    sim.run()
    held = opening > 1e-6
    assert (np.abs(sim.scene.stocks.tonnes - opening)[held] / opening[held]).max() < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("how", [{"alone": True}, {"shuffle": 3}], ids=["single plants", "another order of creation"])
def test_how_actors_are_made_changes_nothing(how: dict[str, Any]) -> None:
    crowd, end = Members.grid(1, range(2)), date(2025, 7, 31)
    plain = simulation("april-2025-licences", crowd, end=end).run()
    other = simulation("april-2025-licences", crowd, end=end, **how).run()
    places = [list(other.coords["facility"]).index(f) for f in plain.coords["facility"]]
    for name, (dims, array) in plain.values.items():
        twin = other.values[name][1]
        assert np.array_equal(array, twin[:, places] if "facility" in dims else twin, equal_nan=True), name


def test_a_member_alone_is_the_same_member_in_a_crowd() -> None:
    end = date(2025, 9, 30)
    crowd = simulation("april-2025-licences", Members.grid(1, range(60, 70)), end=end).run()
    alone = simulation("april-2025-licences", Members.grid(1, range(66, 67)), end=end).run()
    assert same(alone, crowd, slice(6, 7))


def test_nothing_differs_before_the_first_announcement() -> None:
    end = date(2025, 9, 30)
    licences = simulation("april-2025-licences", Members.grid(1, range(2)), end=end).run()
    nothing = simulation("no-new-controls", Members.grid(1, range(2)), end=end).run()
    before = licences.coords["month"] < np.datetime64("2025-03-01")
    for name in ("asked", "served", "exports", "made", "price", "cover"):
        assert np.array_equal(licences.values[name][1][before], nothing.values[name][1][before]), name
    assert not np.array_equal(licences.values["exports"][1], nothing.values["exports"][1])


@pytest.mark.slow
def test_the_day_and_the_week_agree() -> None:
    """Service within half a point and exports within a tenth; the week step sees less shortage, down to a quarter of it."""
    day, week = (
        simulation("april-2025-licences", Members.grid(1, range(40)), step).run().values for step in (1.0, 7.0)
    )
    lost = [float(np.median((v["asked"][1] - v["served"][1]).sum(axis=(0, 1)))) for v in (day, week)]
    fill = [float(v["served"][1].sum() / v["asked"][1].sum()) for v in (day, week)]
    flow = [np.median(v["exports"][1].sum(axis=1), axis=-1) for v in (day, week)]
    assert abs(fill[0] - fill[1]) < 0.005
    assert np.abs(flow[0] - flow[1]).mean() / flow[0].mean() < 0.1
    assert 0.25 * lost[0] < lost[1] < lost[0]
