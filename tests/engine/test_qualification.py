"""What sets off a change of recipe or grade, how long it takes to be ready, and how fast it may go then."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.engine.qualification import Qualification, Support, part

Array = NDArray[np.float64]
PARAMETERS = {
    "trigger_price": 2.0,
    "trigger_fill": 0.8,
    "trigger_days": 21.0,
    "substitution_ceiling": 0.1,
    "substitution_time": 540.0,
}


def scene(step: float = 7.0, at_work: tuple[str, ...] = ("thrifting",)) -> Any:
    """What a row sees of the world: a clock, and what its behaviours are told."""
    behaviours = SimpleNamespace(
        parameter=lambda name: np.full(2, PARAMETERS[name]), at_work=lambda name: np.full(2, float(name in at_work))
    )
    return SimpleNamespace(behaviours=behaviours, clock=SimpleNamespace(step=step, today=0.0))


class Paid:
    """A support that is in force and pays for the first row."""

    def __init__(self, ceiling: float = 0.1, lag_cut: float = 0.0, in_force: float = 1.0) -> None:
        self.ceiling, self.lag_cut = np.full(2, ceiling), np.full(2, lag_cut)
        self._in_force, self.span = in_force, SimpleNamespace(in_force=self.bound)

    def bound(self, today: float, step: float) -> Array:
        assert (today, step) == (0.0, 7.0)
        return np.full(2, self._in_force)

    def concerns(self, countries: Any, commodities: Any) -> Array:
        assert (countries.tolist(), commodities.tolist()) == (["BBB", "CCC"], ["rare", "plain"])
        return np.array([[1.0], [0.0]])


def two_rows(*supports: Any, lag: float = 14.0, **how: Any) -> Qualification:
    uses = np.array(["BBB", "CCC"]), np.array(["rare", "plain"])
    return Qualification(scene(**how), np.full((2, 2), lag), list(supports), *uses)


def looked(rows: Qualification, *seen: tuple[float, float]) -> list[bool]:
    """Whether the first row is ready after each look at a price and a fill rate; the second row sees nothing."""
    out = []
    for price, fill in seen:
        rows.look(np.array([[price] * 2, [1.0] * 2]), np.array([[fill] * 2, [1.0] * 2]))
        assert not rows.ready[1].any()
        out.append(bool(rows.ready[0, 1]))
    return out


@pytest.mark.parametrize(
    ("at_work", "share"), [((), 1.0), (("thrifting",), 1.0), (("thrifting", "demand_response"), 0.5)]
)
def test_behaviours_at_work_have_equal_parts_of_the_ceiling(at_work: tuple[str, ...], share: float) -> None:
    assert part(scene(at_work=at_work).behaviours).tolist() == [share, share]


def test_a_price_sets_it_off_for_good_and_the_lag_begins_then() -> None:
    assert looked(two_rows(), *[(1.9, 1.0)] * 20) == [False] * 20
    assert looked(two_rows(), (1.9, 1.0), (2.0, 1.0), (1.0, 1.0), (1.0, 1.0)) == [False, False, True, True]


@pytest.mark.parametrize("step", [7.0, 10.0])
def test_poor_deliveries_set_it_off_when_they_last(step: float) -> None:
    """Three looks in a row below 0.8, of 21 days or more; a good one in between begins the count anew."""
    poor, good = (1.0, 0.79), (1.0, 0.8)
    assert looked(two_rows(lag=step, step=step), poor, poor, good, poor, poor, poor) == [False] * 5 + [True]


def test_who_needs_no_time_is_ready_at_once() -> None:
    assert two_rows(lag=0.0).ready.all()


@pytest.mark.parametrize(
    ("paid", "weeks"),
    [(Paid(lag_cut=0.5), 5), (Paid(lag_cut=0.5, in_force=0.0), 10), (Paid(lag_cut=0.0), 10), (Paid(lag_cut=1.0), 1)],
    ids=["half the time", "not in force", "pays for nothing", "at once"],
)
def test_a_support_cuts_the_time_to_qualify_of_those_it_pays_for(paid: Paid, weeks: int) -> None:
    dear = [(9.0, 1.0)] * 10
    assert looked(two_rows(paid, lag=70.0), *dear) == [False] * (weeks - 1) + [True] * (11 - weeks)
    rows = two_rows(paid, lag=70.0)
    for week in range(10):
        assert not rows.ready[1].any(), week
        rows.look(np.full((2, 2), 9.0), np.ones((2, 2)))
    assert rows.ready[1].all()


def test_even_who_pays_for_all_of_it_leaves_a_hundredth_of_the_time() -> None:
    assert looked(two_rows(Paid(lag_cut=1.0), lag=1000.0), (9.0, 1.0), (9.0, 1.0)) == [False, True]


def test_the_strongest_of_several_supports_counts() -> None:
    rows = two_rows(Paid(0.3, 0.5), Paid(0.2, 0.2), lag=14.0, step=7.0)
    assert looked(rows, (9.0, 1.0)) == [True]
    assert rows.most()[:, 0].tolist() == pytest.approx([0.3 * 7.0 / 365.0, 0.1 * 7.0 / 365.0])


@pytest.mark.parametrize(
    ("paid", "most"),
    [(Paid(0.3), 0.3), (Paid(0.05), 0.1), (Paid(0.3, in_force=0.0), 0.1)],
    ids=["raised", "never lowered", "not in force"],
)
def test_a_support_raises_the_ceiling_of_speed_of_those_it_pays_for(paid: Paid, most: float) -> None:
    alone, shared = two_rows(paid), two_rows(paid, at_work=("thrifting", "grade_substitution"))
    assert alone.most()[:, 0].tolist() == pytest.approx([most * 7.0 / 365.0, 0.1 * 7.0 / 365.0])
    assert shared.most()[:, 0] == pytest.approx(alone.most()[:, 0] / 2.0)


def test_who_is_ready_goes_towards_his_goal_and_others_stay() -> None:
    rows = two_rows(lag=7.0)
    looked(rows, (2.0, 1.0))
    found = rows.steps(np.full((2, 2), 0.1), np.full((2, 2), 0.5))
    assert found[:, 0].tolist() == pytest.approx([0.4 * (1.0 - np.exp(-7.0 / 540.0)), 0.0])


def test_a_support_pays_for_its_commodities_in_its_countries_only() -> None:
    measure = SimpleNamespace(
        id="aid", payer="BBB", countries={"BBB"}, commodities={"rare"}, ceiling=0.2, lag_cut=0.5, cost=0.1
    )
    context: Any = SimpleNamespace(
        number=lambda told, key: np.full(2, getattr(told, key)),
        selected=lambda wanted, names: np.array([name in wanted for name in names]),
    )
    span: Any = object()
    found = Support(measure, span, context)
    countries, commodities = np.array(["BBB", "BBB", "AAA"]), np.array(["rare", "plain", "rare"])
    assert found.concerns(countries, commodities).tolist() == [[1.0], [0.0], [0.0]]
    assert (found.span, found.ceiling.tolist(), found.lag_cut.tolist()) == (span, [0.2, 0.2], [0.5, 0.5])
