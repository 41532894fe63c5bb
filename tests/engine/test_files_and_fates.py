"""Licence files: where they lie, when somebody looks at them, and what chance has in store for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.engine.chance import Chance
from simulator.engine.fates import Fate, Fates
from simulator.engine.files import Agenda, Files

Array = NDArray[np.float64]
MEMBERS = 2


def numbers(*values: int) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def noted(agenda: Agenda, step: int) -> list[tuple[int, int]]:
    """Pairs of entry and serial number under a step."""
    return sorted(zip(*agenda.pull(step).tolist(), strict=True))


def test_an_agenda_gives_out_each_step_once_with_its_serial_numbers() -> None:
    agenda = Agenda()
    agenda.put(numbers(5, 3, 5, 4), numbers(10, 11, 12, 13), numbers(0, 1, 2, 3))
    agenda.put(numbers(5), numbers(14), numbers(4))
    agenda.put(numbers(), numbers(), numbers())
    assert noted(agenda, 5) == [(10, 0), (12, 2), (14, 4)]
    assert noted(agenda, 3) == [(11, 1)]
    assert noted(agenda, 4) == [(13, 3)]
    assert noted(agenda, 5) == []


def file(files: Files, *desks: int, arrival: Any = 0.0, step: float = 1.0, present: Any = True, **columns: Any) -> None:
    """File one file per desk; what is not said is nothing."""
    shape = (len(desks), MEMBERS)
    plain = {"mass": np.zeros((len(desks), 1, MEMBERS)), "mix": np.zeros((len(desks), 1, MEMBERS))}
    files.add(
        step,
        desk=numbers(*desks),
        filed=np.full(len(desks), 2.0),
        arrival=np.broadcast_to(np.asarray(arrival, dtype=float), shape),
        open=np.broadcast_to(np.asarray(present), shape),
        **plain,
        **columns,
    )


def test_a_file_joins_its_queue_in_the_step_of_its_arrival_where_it_exists() -> None:
    """Weekly steps: day 13 is in step 1, day 14 in step 2; the second desk files nothing in the first member."""
    files = Files(1, 1, MEMBERS)
    file(files, 4, 7, arrival=[[13.0, 14.0], [13.0, 13.0]], step=7.0, present=[[True, True], [False, True]])
    assert [files.arrived(step).tolist() for step in (0, 1, 2, 3)] == [[], [0, 3], [1], []]
    assert [a.tolist() for a in files.place(numbers(0, 1, 3))] == [[0, 0, 1], [0, 1, 1]]
    assert files.desk[:2].tolist() == [4, 7]
    assert files.done[:2].tolist() == [[np.inf, np.inf], [np.inf, np.inf]]


def test_a_file_that_is_complete_joins_its_queue_in_the_step_in_which_it_is_sent() -> None:
    files = Files(1, 1, MEMBERS)
    file(files, 0, arrival=0.5)
    assert files.arrived(0).tolist() == [0, 1]


def test_a_slot_is_used_again_once_a_file_is_closed_in_every_member() -> None:
    files = Files(1, 1, MEMBERS)
    file(files, 0, 1, 2)
    files.close(numbers(0, 2, 3))  # the second file in both members, the first in one
    file(files, 8, 9)
    assert files.desk[:4].tolist() == [0, 8, 2, 9]
    assert files.serial[:4].tolist() == [0, 3, 2, 4]
    file(files, 10)
    assert files.serial[4] == 5
    files.close(numbers(8, 9))
    assert files.open[:5].tolist() == [[False, True], [True, True], [True, True], [True, True], [False, False]]


def test_what_an_agenda_holds_of_a_closed_file_is_not_taken_for_the_next_one_in_its_slot() -> None:
    files = Files(1, 1, MEMBERS)
    file(files, 0, arrival=9.0)
    files.await_decision(numbers(0, 1), numbers(20, 20))
    files.close(numbers(0, 1))
    assert files.due(20).tolist() == []
    file(files, 1, arrival=9.0)
    files.await_decision(numbers(1), numbers(30))
    files.close(numbers(1))
    assert sorted(files.arrived(9).tolist()) == [0]
    assert files.due(30).tolist() == []


def test_entries_go_in_order_of_filing_and_not_of_slot() -> None:
    files = Files(1, 1, MEMBERS)
    file(files, 0, 1)
    files.close(numbers(0, 1))
    file(files, 2)  # in the slot of the first
    assert files.in_order(numbers(0, 3, 1, 2)).tolist() == [2, 3, 0, 1]


def test_slots_double_when_they_run_out_and_keep_what_they_hold() -> None:
    files = Files(1, 1, MEMBERS)
    file(files, *range(250), arrival=3.0)
    file(files, *range(250, 256), arrival=3.0)
    assert len(files.desk) == 256
    file(files, *range(256, 600), arrival=4.0)
    assert files.desk[:600].tolist() == list(range(600))
    assert len(files.desk) == len(files.mended) == len(files.mass) == 1024
    assert files.arrived(3).size == 256 * MEMBERS
    assert files.arrived(4).size == 344 * MEMBERS


def test_an_appeal_goes_back_to_the_queue_once_when_it_is_mended_and_never_in_the_same_step() -> None:
    """Refused on day 21 and mended in 1 and 8 days; a week is a step, so both wait for the next, one for the one after."""
    files = Files(1, 1, MEMBERS)
    again = np.array([[True, False]])
    file(files, 0, refused=~np.zeros((1, 2), dtype=bool), appeals=True, refused_again=again, mended=[[1.0, 8.0]])
    files.done[0] = 5.0
    files.arrived(0)
    files.appeal(numbers(0, 1), 21.0, 7.0, 3)
    assert [files.arrived(step).tolist() for step in (3, 4, 5)] == [[], [0, 1], []]
    assert files.arrival[0].tolist() == [22.0, 29.0]
    assert files.done[0].tolist() == [np.inf, np.inf]
    assert files.refused[0].tolist() == [True, False]
    assert files.appeals[0].tolist() == [False, False]


LAW = {
    "documents": 30.0,
    "documents_cv": 0.0,
    "refile": 7.0,
    "refile_cv": 0.0,
    "returned": 0.0,
    "service": 10.0,
    "service_cv": 0.0,
    "statutory": 45.0,
    "statutory_share": 0.0,
    "approval": 1.0,
    "appeal": 0.0,
}


def fates(members: int = MEMBERS, **law: float) -> Fates:
    """An office whose times have no spread, for two desks."""
    return Fates(
        ("one", "two"),
        {name: np.full(members, value) for name, value in (LAW | law).items()},
        Chance(3, np.arange(members)),
        members,
    )


def drawn(number: int = 0, desk: int = 0, today: float = 100.0, members: int = MEMBERS, **law: float) -> Fate:
    return fates(members, **law).of(numbers(desk), numbers(number), today)


def test_a_file_that_nothing_happens_to_arrives_with_its_documents_and_waits_for_no_day() -> None:
    found = drawn()
    assert found.returns.tolist() == [[0.0, 0.0]]
    assert found.dates["arrival"] == pytest.approx(np.full((1, 2), 130.0))
    assert found.dates["service"] == pytest.approx(np.full((1, 2), 10.0))
    assert found.dates["mended"] == pytest.approx(np.full((1, 2), 7.0))
    assert found.dates["not_before"].tolist() == [[100.0, 100.0]]
    for never in ("refused", "refused_again", "appeals"):
        assert not found.dates[never].any()


def test_a_file_that_always_comes_back_does_so_four_times_and_gathers_its_documents_anew() -> None:
    found = drawn(returned=1.0)
    assert found.returns.tolist() == [[4.0, 4.0]]
    assert found.dates["arrival"] == pytest.approx(np.full((1, 2), 130.0 + 4 * 37.0))


def test_the_law_may_hold_a_decision_back_and_refuse_it() -> None:
    found = drawn(statutory_share=1.0, approval=0.0, appeal=1.0).dates
    assert found["not_before"].tolist() == [[145.0, 145.0]]
    assert found["refused"].all()
    assert found["refused_again"].all()
    assert found["appeals"].all()


def test_shares_of_files_are_what_the_law_says_and_their_lots_are_independent() -> None:
    """A file in a thousand worlds: of returns each goes on as often as the one before, and no two lots agree."""
    worlds = 4000
    found = drawn(members=worlds, returned=0.4, statutory_share=0.3, approval=0.7, appeal=0.6)
    assert [(found.returns[0] >= k).mean() for k in range(1, 5)] == pytest.approx(
        [0.4**k for k in range(1, 5)], abs=0.02
    )
    lots = np.array(
        [
            found.returns[0] >= 1.0,
            found.dates["not_before"][0] > 100.0,
            found.dates["refused"][0],
            found.dates["appeals"][0],
            found.dates["refused_again"][0],
        ]
    )
    assert lots.mean(axis=1) == pytest.approx([0.4, 0.3, 0.3, 0.6, 0.3], abs=0.025)
    assert np.abs(np.corrcoef(lots) - np.eye(5)).max() < 0.06


def test_times_have_their_spread_and_no_two_of_them_go_together() -> None:
    worlds = 4000
    spread = {"documents_cv": 0.5, "refile_cv": 0.4, "service_cv": 0.3}
    first = drawn(members=worlds, **spread).dates
    logs = np.log([first["arrival"][0] - 100.0, first["service"][0], first["mended"][0]])
    assert np.exp(logs).mean(axis=1) == pytest.approx([30.0, 10.0, 7.0], rel=0.03)
    assert logs.std(axis=1) == pytest.approx(np.sqrt(np.log1p(np.square([0.5, 0.3, 0.4]))), rel=0.04)
    assert np.abs(np.corrcoef(logs) - np.eye(3)).max() < 0.06


@pytest.mark.parametrize(("vary", "mean"), [("refile", 7.0), ("documents", 30.0)])
def test_each_return_takes_times_of_its_own(vary: str, mean: float) -> None:
    """Four returns: the spread of their sum is that of independent times, documents once more for the first filing."""
    times = drawn(members=4000, returned=1.0, **{f"{vary}_cv": 0.5}).dates["arrival"][0] - 100.0
    count = 4 if vary == "refile" else 5
    assert times.mean() == pytest.approx(178.0, rel=0.02)
    assert times.std() == pytest.approx(0.5 * mean * np.sqrt(count), rel=0.07)


def test_the_time_to_mend_a_file_says_nothing_about_the_times_of_its_returns() -> None:
    found = drawn(members=4000, returned=1.0, refile_cv=0.5).dates
    assert abs(np.corrcoef(found["arrival"][0], found["mended"][0])[0, 1]) < 0.06


def test_the_luck_of_a_file_is_found_by_its_desk_and_filing_day_whatever_was_asked_before() -> None:
    """Day 8 stands on the second page of one kind of draw, day 16 on the second of another; one comes back to day 0."""
    spread = {"documents_cv": 0.5, "service_cv": 0.5, "refile_cv": 0.5, "returned": 0.5}
    office, seen = fates(**spread), {}
    for day in (0, 1, 8, 16, 0, 17):
        found = office.of(numbers(0, 1), numbers(day, day), 0.0)
        for desk in (0, 1):
            alone = drawn(day, desk, 0.0, **spread)
            assert np.array_equal(alone.returns[0], found.returns[desk])
            for name, column in alone.dates.items():
                assert np.array_equal(column[0], found.dates[name][desk]), (day, desk, name)
            seen[day, desk] = tuple(found.dates["service"][desk])
    assert len(set(seen.values())) == len(seen) == 10
