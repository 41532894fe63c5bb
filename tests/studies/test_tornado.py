"""One number at a time at both ends: what nothing reads changes nothing, and more stock means less short."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from simulator.briefing.charts.tornado import name_of, tornado_chart
from simulator.briefing.words import Words
from simulator.engine.members import Members
from simulator.engine.simulation import Simulation
from simulator.results.statistics import paired_ci
from simulator.scenario.uncertain import Uncertain
from simulator.studies.run import prepared
from simulator.studies.shortages import Shortages, shortages
from simulator.studies.tornado import Swing, Tornado, Varied, swung, table, tornado, varied
from simulator.world.model import World
from tests import worlds
from tests.laws.small_world import FROM_CHINA, small_world

EARLY = {**FROM_CHINA, "leakage": {"low": 0.0, "central": 0.2, "high": 0.6}, "expires": worlds.day(150)}
BAN = {"kind": "export_ban", "id": "ban", **EARLY, "destinations": ["DEU", "USA"]}
READY = worlds.scenario(160, BAN, warm_up="10 d").model_copy(update={"replications": 4})
USERS, LEAKS = ("cover:users", ""), ("measure", "ban.leakage")


@cache
def world() -> World:
    """The small world, and an uncertain number that nobody asks for."""
    base = small_world()
    unread = worlds.figure(Uncertain(0.0, 1.0, 2.0), "1")
    return replace(base, parameters={**base.parameters, "unread": unread})


@cache
def found() -> Tornado:
    extra = Varied("parameter", "unread", {"unread": Uncertain(0.0, 1.0, 2.0)}, "D")
    return swung(READY, world(), [*varied(READY, world()), extra], most=99, workers=1)


def swing(kind: str, name: str) -> Swing:
    return next(s for s in found().swings if (s.varied.kind, s.varied.name) == (kind, name))


def test_every_uncertain_number_of_the_run_is_found_alone_or_with_its_kind() -> None:
    told = {(v.kind, v.name): v for v in varied(READY, world())}
    assert set(told) >= {USERS, ("cover:sites", ""), LEAKS, ("parameter", "restore_time"), ("opens", "")}
    assert ("parameter", "unread") not in told
    assert ("parameter", "demand_noise") not in told  # it is certain here
    assert len(told[USERS].pins) == len(world().demand)
    assert told[LEAKS].pins["ban.leakage"] == Uncertain(0.0, 0.2, 0.6)


def test_nothing_is_asked_for_first_while_time_passes() -> None:
    simulation = Simulation(world(), (READY,), Members.grid(1, range(2)))
    before = set(simulation.context.pins.asked)
    simulation.run()
    assert set(simulation.context.pins.asked) == before


def test_a_number_that_nobody_reads_changes_exactly_nothing() -> None:
    unread = swing("parameter", "unread")
    assert found().short(unread.low) == (0.0, 0.0)
    assert found().short(unread.high) == (0.0, 0.0)
    assert found().swings[-1].varied.name == "unread" or found().short(found().swings[-1].low).mean == 0.0


def test_more_stock_and_more_leakage_leave_less_short() -> None:
    for kind, name in (USERS, LEAKS):
        one = swing(kind, name)
        assert (one.low.short > found().base.short).all(), name
        assert (one.high.short < found().base.short).all(), name


@pytest.mark.slow
def test_the_base_is_the_run_as_it_is_and_an_end_the_run_with_that_value() -> None:
    alone = shortages([READY], world(), Members.grid(1, range(4)), workers=1)
    assert alone.short.tolist() == found().base.short.tolist()
    said = READY.model_copy(update={"events": (READY.events[0].model_copy(update={"leakage": 0.6}),)})
    end = shortages([said], world(), Members.grid(1, range(4)), workers=1)
    assert end.short.tolist() == swing(*LEAKS).high.short.tolist()


def test_the_table_sets_one_number_at_a_time() -> None:
    numbers = [Varied("x", "", {"a": Uncertain(1.0, 2.0, 3.0), "b": Uncertain(4.0, 5.0, 6.0)}, "D")]
    numbers.append(Varied("parameter", "c", {"c": Uncertain(7.0, 8.0, 9.0)}, "D"))
    members = table(numbers, 2)
    nan = np.nan
    assert members.replication.tolist() == [0] * 5 + [1] * 5
    for pin, ends in (("a", [nan, 1, 3, nan, nan]), ("b", [nan, 4, 6, nan, nan]), ("c", [nan, nan, nan, 7, 9])):
        assert np.array_equal(members.values[pin], ends * 2, equal_nan=True)


@pytest.mark.slow
def test_many_numbers_are_looked_at_with_few_replications_first() -> None:
    numbers = [v for v in varied(READY, world()) if (v.kind, v.name) in (USERS, LEAKS, ("opens", ""))]
    ready = READY.model_copy(update={"replications": 5})
    told = swung(ready, world(), numbers, most=2, many=2, workers=1)
    assert (told.looked_at, told.chosen_by, len(told.swings)) == (3, 4, 2)
    assert {s.varied.kind for s in told.swings} == {"cover:users", "measure"}
    assert told.base.short.size == 5


def made(*changes: tuple[float, float]) -> Tornado:
    """Swings of four numbers of measures and kinds, made up."""
    base = Shortages(np.array([100.0, 120.0, 140.0]), np.array([10.0, 20.0, np.nan]))
    kinds = [LEAKS, USERS, ("parameter", "restore_time"), ("growth", "")]
    swings = []
    for (kind, name), (low, high) in zip(kinds, changes, strict=False):
        ends = (Shortages(base.short + np.array([0.9, 1.0, 1.1]) * by, base.first) for by in (low, high))
        number = Uncertain(20.0, 30.0, 60.0)
        swings.append(Swing(Varied(kind, name, {name or kind: number}, "D" if kind != "growth" else "B"), *ends))
    return Tornado(READY, world(), base, tuple(swings), len(swings), 0)


def test_changes_are_paired_and_no_shortage_counts_as_the_end() -> None:
    told = made((30.0, -20.0))
    end = Shortages(told.swings[0].low.short, np.array([10.0, 15.0, 40.0]))
    assert told.short(end) == paired_ci([27.0, 30.0, 33.0], [0.0, 0.0, 0.0])
    assert told.sooner(end).mean == pytest.approx((0.0 - 5.0 + 40.0 - told.horizon) / 3)
    assert told.first(told.base) == 20.0


def test_the_chart_names_the_widest_and_hatches_assumptions() -> None:
    chart = tornado_chart(made((30.0, -20.0), (-15.0, 12.0), (1.0, -1.0), (0.0, 0.0)))
    assert "leakage (20–60) moves most: 100 to 150 t short" in " ".join(chart.title.split())
    assert chart.rows[0][1:6] == ("D", 1, 20.0, 60.0, 30.0)
    assert all(len(row) == len(chart.columns) for row in chart.rows)
    bars = [p for p in chart.figure.axes[0].patches if p.get_hatch()]
    assert len(bars) == 6
    still = tornado_chart(made((0.0, 0.0)))
    assert still.title.startswith("None of 1 uncertain numbers")


def test_every_parameter_and_kind_of_the_world_has_a_name_and_a_grade() -> None:
    strategies = ("balanced-portfolio", "magnets-without-heavies", "recycling-push")
    for strategy in strategies:
        ready, there = prepared("april-2025-licences", strategy=strategy)
        for one in varied(ready, there):
            assert one.grade in "ABCD"
            if one.kind != "measure":
                key = f"parameter.{one.name}" if one.kind == "parameter" else f"varied.{one.kind}"
                assert Words().has(key), key
            else:
                name = name_of(one, Tornado(ready, there, found().base, (), 0, 0), Words())
                assert "--" not in name


def test_a_study_by_name() -> None:
    told = tornado("no-new-controls", replications=2, step=7.0, end=READY.end.replace(year=2025), most=1, workers=1)
    assert len(told.swings) == 1
    assert told.looked_at > 10
