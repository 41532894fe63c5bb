"""The order of a day, and when a measure binds."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date

import numpy as np
import pytest
import simpy

from simulator.engine.clock import Clock, Phase
from simulator.engine.interventions import Span

BOTH = np.array([True, True])


def clock(step: float = 1.0, steps: int = 2, echelons: int = 3) -> Clock:
    return Clock(simpy.Environment(), date(2024, 1, 30), step, steps, echelons)


def test_phases_ring_in_their_written_order_and_echelons_from_final_demand_upstream() -> None:
    day, heard = clock(), []

    def listen(phase: Phase, echelon: int) -> Generator[simpy.Event, None, None]:
        while True:
            yield day.at(phase, echelon)
            heard.append((day.count, int(phase), echelon))

    keys = [(p, e) for p in Phase for e in range(3 if p is Phase.ORDER else 1)]
    for key in reversed(keys):
        day.env.process(listen(*key))
    day.env.run(until=day.env.process(day.run()))
    assert heard == [(count, int(p), e) for count in range(2) for p, e in keys]


def test_a_bell_rings_once_for_who_waits_for_the_phase_in_hand() -> None:
    """Asking for the phase in which one is means the next step's."""
    day, heard = clock(steps=3), []

    def eager() -> Generator[simpy.Event, None, None]:
        while True:
            yield day.at(Phase.WORK)
            heard.append(day.today)

    day.env.process(eager())
    day.env.run(until=day.env.process(day.run()))
    assert heard == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(("step", "turns"), [(1.0, [0, 2]), (7.0, [0, 1, 5])])
def test_a_month_turns_in_its_first_step(step: float, turns: list[int]) -> None:
    day, seen = clock(step, 8), []
    day.env.run(until=day.env.process(day.run(lambda count: seen.append(day.turns_month))))
    assert np.flatnonzero(seen).tolist() == turns


def test_a_step_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="positive number of days; got 0"):
        clock(0.0)


def span(begins: float, ends: float, *pauses: tuple[float, float]) -> Span:
    return Span(BOTH, np.array([begins, begins]), np.array([ends, ends]), pauses)


@pytest.mark.parametrize(
    ("today", "step", "share"),
    [
        (9.0, 1.0, 0.0),
        (10.0, 1.0, 1.0),
        (19.0, 1.0, 1.0),
        (20.0, 1.0, 0.0),
        (7.0, 7.0, 4 / 7),
        (14.0, 7.0, 6 / 7),
        (21.0, 7.0, 0.0),
        (0.0, 28.0, 10 / 28),
    ],
)
def test_a_measure_binds_from_its_first_day_to_before_its_last(today: float, step: float, share: float) -> None:
    assert span(10.0, 20.0).in_force(today, step) == pytest.approx(share)


@pytest.mark.parametrize(
    ("today", "step", "share"),
    [(12.0, 1.0, 1.0), (13.0, 1.0, 0.0), (15.0, 1.0, 0.0), (16.0, 1.0, 1.0), (7.0, 7.0, 3 / 7), (0.0, 28.0, 7 / 28)],
)
def test_a_pause_suspends_it(today: float, step: float, share: float) -> None:
    assert span(10.0, 20.0, (13.0, 16.0)).in_force(today, step) == pytest.approx(share)


@pytest.mark.parametrize("pause", [(2.0, 9.0), (21.0, 30.0)])
def test_a_pause_outside_it_changes_nothing(pause: tuple[float, float]) -> None:
    assert span(10.0, 20.0, pause).in_force(0.0, 28.0) == pytest.approx(10 / 28)


def test_pauses_that_overlap_count_once() -> None:
    assert span(0.0, 28.0, (0.0, 14.0), (7.0, 21.0)).in_force(0.0, 28.0) == pytest.approx(7 / 28)


def test_what_is_not_active_never_binds_and_has_no_edges() -> None:
    never = Span(~BOTH, np.zeros(2), np.full(2, 9.0))
    assert not never.in_force(0.0, 1.0).any()
    assert list(never.edges()) == []


def test_edges_are_the_days_on_which_something_changes_for_somebody() -> None:
    two = Span(BOTH, np.array([3.0, 5.0]), np.array([9.0, np.inf]), ((6.0, 7.0),))
    assert sorted(two.edges()) == [3.0, 5.0, 6.0, 7.0, 9.0]
    assert two.since(4.0).tolist() == [1.0, 0.0]
