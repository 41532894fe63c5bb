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


@cache
def ran(name: str, replications: tuple[int, ...], step: float, end: date | None = None) -> BlockRecord:
    """The record of a scenario in the box; laws that ask about the same run share it."""
    members = Members(np.zeros(len(replications), dtype=np.int64), np.array(replications, dtype=np.int64))
    return simulation(name, members, step, end).run()


def licences(step: float) -> BlockRecord:
    """The licences of April 2025, far enough for their suspension to begin and to end."""
    return ran("april-2025-licences", (0, 1, 65, 66), step, date(2027, 6, 30))


def nothing(step: float) -> BlockRecord:
    """The years to 2030 without any control."""
    return ran("no-new-controls", (0, 1, 2, 3), step)


def same(one: BlockRecord, other: BlockRecord, member: Any = slice(None)) -> bool:
    """Whether two records are equal to the last bit."""
    return all(
        np.array_equal(array, other.values[name][1][..., member], equal_nan=True)
        for name, (_, array) in one.values.items()
    )


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", EVENTS)
def test_every_tonne_is_accounted_for(name: str, step: float) -> None:
    record = licences(step) if name == "april-2025-licences" else ran(name, (0, 1), step, date(2027, 6, 30))
    books = record.audit
    assert max(books["stock"], books["trade"], books["process"]) < 1e-9
    assert books["lowest_stock"] >= 0.0


@pytest.mark.parametrize("step", STEPS)
def test_nobody_goes_short_while_nothing_happens(step: float) -> None:
    values = nothing(step).values
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
    """Every month and day that both runs cover whole, three months of licences among them."""
    alone, crowd = ran("april-2025-licences", (66,), 7.0, date(2025, 7, 11)), licences(7.0)
    compared = set()
    for name, (dims, array) in alone.values.items():
        time = next((d for d in dims if d in ("month", "day")), None)
        if time is not None:
            whole = int((alone.coords[time] < np.datetime64("2025-07-01")).sum())
            assert np.array_equal(alone.coords[time][:whole], crowd.coords[time][:whole])
            rows = (slice(None),) * dims.index(time) + (slice(0, whole),)
            assert np.array_equal(array[rows], crowd.values[name][1][rows][..., 3:4], equal_nan=True), name
            compared.add(name)
    assert compared >= {"asked", "served", "exports", "made", "price", "cover"}
    assert not np.array_equal(crowd.values["exports"][1][..., 2], crowd.values["exports"][1][..., 3])


@pytest.mark.slow
def test_a_member_alone_is_the_same_member_in_a_crowd_of_ten() -> None:
    end = date(2025, 9, 30)
    crowd = simulation("april-2025-licences", Members.grid(1, range(60, 70)), end=end).run()
    alone = simulation("april-2025-licences", Members.grid(1, range(66, 67)), end=end).run()
    assert same(alone, crowd, slice(6, 7))


def test_nothing_differs_before_the_first_announcement() -> None:
    with_it, without = licences(7.0), nothing(7.0)
    months = with_it.coords["month"]
    assert np.array_equal(months, without.coords["month"][: len(months)])
    before = int((months < np.datetime64("2025-03-01")).sum())
    for name in ("asked", "served", "exports", "made", "price", "cover"):
        one, other = (record.values[name][1][: len(months), ..., :2] for record in (with_it, without))
        assert np.array_equal(one[:before], other[:before]), name
        assert name != "exports" or not np.array_equal(one, other)


@pytest.mark.slow
def test_the_day_and_the_week_agree() -> None:
    """Service within half a point, exports within a tenth, tonnes not served on time within a fifth."""
    day, week = (
        simulation("april-2025-licences", Members.grid(1, range(40)), step).run().values for step in (1.0, 7.0)
    )
    lost = [float(np.median((v["asked"][1] - v["served"][1]).sum(axis=(0, 1)))) for v in (day, week)]
    fill = [float(v["served"][1].sum() / v["asked"][1].sum()) for v in (day, week)]
    flow = [np.median(v["exports"][1].sum(axis=1), axis=-1) for v in (day, week)]
    assert abs(fill[0] - fill[1]) < 0.005
    assert np.abs(flow[0] - flow[1]).mean() / flow[0].mean() < 0.1
    assert lost[1] == pytest.approx(lost[0], rel=0.2)
