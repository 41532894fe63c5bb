"""Measures added one after the other: steps add up to the whole, what does nothing adds nothing, the order is stated."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pytest

from simulator.briefing.charts.contributions import contributions_chart
from simulator.engine.members import Members
from simulator.results import views
from simulator.scenario import load_strategy
from simulator.studies.contributions import Contributions, Rung, contributions, in_order, shared_out
from simulator.studies.run import prepared, run_members
from simulator.studies.shortages import of_record, shortages
from tests import worlds
from tests.laws.small_world import FROM_CHINA, small_world

BAN = {"kind": "export_ban", "id": "ban", **FROM_CHINA, "destinations": ["DEU", "USA"], "leakage": 0.0}
DAYS = 90
NOWHERE = {"kind": "outage", "id": "late", "facilities": ["mag-jpn"], "effective": worlds.day(DAYS + 50)}
WORSE = {"kind": "outage", "id": "outage", "facilities": ["mag-deu"], "remaining": 0.0, "effective": worlds.day(18)}
BETTER = {
    "kind": "demand_shift",
    "id": "less",
    "sectors": ["auto", "machinery", "defence"],
    "change": -0.9,
    "effective": worlds.day(18),
}


def rung(*measures: dict[str, object]) -> Rung:
    ready = worlds.scenario(DAYS, BAN, *measures, warm_up="10 d").model_copy(update={"replications": 4})
    return Rung(ready.events[-1] if measures else None, ready)


@cache
def found() -> Contributions:
    parts = [rung(), rung(WORSE), rung(WORSE, NOWHERE), rung(WORSE, NOWHERE, BETTER)]
    return shared_out(parts, small_world(), workers=1)


def test_steps_add_up_to_the_whole_in_every_replication() -> None:
    whole = found()
    steps = np.diff(whole.short, axis=0)
    assert whole.short.shape == (4, 4)
    assert steps.sum(axis=0) == pytest.approx(whole.short[-1] - whole.short[0], abs=1e-9)
    assert sum(whole.change(i).mean for i in (1, 2, 3)) == pytest.approx(whole.total.mean, abs=1e-9)


def test_what_changes_nothing_adds_exactly_nothing_and_the_others_have_their_sign() -> None:
    whole = found()
    assert whole.change(2) == (0.0, 0.0)
    assert whole.change(1).low > 0.0
    assert whole.change(3).high < 0.0


def test_a_stage_is_the_run_it_would_be_alone() -> None:
    alone = shortages([found().rungs[1].ready], small_world(), Members.grid(1, range(4)), workers=1)
    assert alone.short.tolist() == found().short[1].tolist()


@pytest.mark.slow
def test_blocks_change_nothing() -> None:
    ready, world, members = found().scenario, small_world(), Members.grid(1, range(5))
    whole, told = shortages([ready], world, members, workers=1), []
    parts = shortages([ready], world, members, workers=2, progress=lambda done, all: told.append((done, all)))
    assert parts.short.tolist() == whole.short.tolist()
    assert np.array_equal(parts.first, whole.first, equal_nan=True)
    assert told == sorted(told)
    assert told[-1] == (2 * DAYS, 2 * DAYS)


def test_outcomes_are_those_of_the_results() -> None:
    ready, world = prepared("april-2025-licences", replications=2, step=7.0, end=date(2025, 12, 31))
    result = run_members(ready, world, Members.grid(1, range(2)), workers=1)
    told = of_record(result.record, world, date(2025, 4, 4))
    data = result.dataset
    part = views.in_countries(data, views.outside_countries(data)).isel(month=np.flatnonzero(views.since_event(data)))
    short = (part.asked - part.served).sum(["market", "commodity", "month"]).to_numpy()
    assert told.short == pytest.approx(short, rel=1e-5)
    assert told.short.min() > 0.0
    first = np.nanmin([views.country_first_shortage(data, c) for c in views.outside_countries(data)], axis=0)
    assert told.first.tolist() == first.tolist()


def test_included_strategies_come_first_each_in_the_order_of_its_file() -> None:
    whole = load_strategy("balanced-portfolio")
    ids = [measure.id for measure, _, _ in in_order(whole)]
    included = [m.id for m in load_strategy("accord-delivered").measures]
    assert ids == included + [m.id for m in whole.measures if m.id not in included]


def test_one_that_depends_on_another_waits_for_it() -> None:
    whole = load_strategy("stockpile-first")
    (first, *_), *rest = whole.placed("measures")
    last = rest[-1][0].id
    waits = (first.model_copy(update={"only_if": last}), whole, ("measures", 0))
    ids = [m.id for m, _, _ in in_order(whole.with_measures({"measures": [waits, *rest]}))]
    assert ids == [*(m.id for m, _, _ in rest), first.id]


def test_the_words_of_the_accord_add_nothing_and_the_chart_says_so() -> None:
    how = {"replications": 2, "step": 7.0, "end": date(2025, 12, 31), "workers": 1}
    told = contributions("april-2025-licences", "accord-text-only", **how)
    assert told.short[0].min() > 0.0
    assert told.total == (0.0, 0.0)
    assert {s.ready.behaviour for s in told.rungs} == {told.scenario.behaviour}
    chart = contributions_chart(told)
    assert chart.title.replace("\n", " ").startswith("No measure is told apart from nothing")
    assert chart.rows[1][2:4] == (0.0, "0 to 0")


def test_the_chart_names_the_largest_step_and_holds_the_numbers() -> None:
    short = np.array([[100.0, 110.0, 120.0], [100.0, 110.0, 120.0], [60.0, 75.0, 74.0]])
    parts = (rung(), rung(NOWHERE), rung(NOWHERE, BETTER))
    chart = contributions_chart(Contributions(parts, small_world(), short))
    assert "shift of demand" in chart.title
    assert [row[2] for row in chart.rows[1:3]] == pytest.approx([0.0, -40.333333])
    assert chart.rows[-1][4] == pytest.approx(69.666667)
    assert "assumption-graded D" in chart.footer.replace("\n", " ")
    assert all(len(row) == len(chart.columns) for row in chart.rows)
    assert "order of the strategy" in chart.subtitle.replace("\n", " ")
