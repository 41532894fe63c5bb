"""Stocks with origin, and goods on their way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engine.duebook import DueBook, Routes
from simulator.engine.stock import Stocks

ALL = slice(0, 2)


def stocked(*tonnes: tuple[float, ...]) -> Stocks:
    """Two rows of stock, each given by origin, the same for two members."""
    stocks = Stocks(2, len(tonnes[0]), 2)
    stocks.put(ALL, np.repeat(np.array(tonnes)[..., None], 2, axis=2))
    return stocks


def test_taking_keeps_the_proportions_of_origins() -> None:
    stocks = stocked((3.0, 1.0), (0.0, 2.0))
    taken, mix = stocks.take(ALL, np.array([[2.0, 4.0], [0.5, 0.0]]))
    assert taken.tolist() == [[2.0, 4.0], [0.5, 0.0]]
    assert mix[0, :, 0].tolist() == [0.75, 0.25]
    assert stocks.on_hand[..., 0].tolist() == [[1.5, 0.5], [0.0, 1.5]]
    assert stocks.on_hand[0, :, 1].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("origins", [(4.0,), (3.0, 1.0)])
def test_asking_for_more_than_there_is_takes_what_there_is(origins: tuple[float, ...]) -> None:
    stocks = stocked(origins, origins)
    taken, _ = stocks.take(ALL, np.full((2, 2), 9.0))
    assert (taken == 4.0).all()
    assert (stocks.total(ALL) == 0.0).all()


def test_nothing_can_be_taken_from_nothing() -> None:
    taken, mix = Stocks(2, 3, 2).take(ALL, np.ones((2, 2)))
    assert not taken.any()
    assert np.isfinite(mix).all()


def test_scattered_rows_give_up_their_origins_in_proportion() -> None:
    """Of rows of 3 + 1, 5 + 0 and 0 + 2 t the last and the first are asked for, one of them for more than it has."""
    stocks = Stocks(3, 2, 2)
    stocks.put(slice(0, 3), np.repeat(np.array([[3.0, 1.0], [5.0, 0.0], [0.0, 2.0]])[..., None], 2, axis=2))
    goods = stocks.take_apart(np.array([2, 0]), np.array([[9.0, 0.5], [2.0, 0.0]]))
    assert goods.tolist() == [[[0.0, 0.0], [2.0, 0.5]], [[1.5, 0.0], [0.5, 0.0]]]
    assert stocks.on_hand.tolist() == [[[1.5, 3.0], [0.5, 1.0]], [[5.0, 5.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 1.5]]]
    assert stocks.tonnes.tolist() == [[2.0, 4.0], [5.0, 5.0], [0.0, 1.5]]
    assert stocks.removed.tolist() == [[2.0, 0.0], [0.0, 0.0], [2.0, 0.5]]


def test_what_two_draw_from_a_row_one_after_the_other_adds_up() -> None:
    stocks = stocked((3.0, 1.0), (0.0, 0.0))
    for _ in range(2):
        goods = stocks.take_apart(np.array([0, 1]), np.array([[1.0, 1.0], [1.0, 1.0]]))
    assert goods.tolist() == [[[0.75, 0.75], [0.25, 0.25]], [[0.0, 0.0], [0.0, 0.0]]]
    assert stocks.removed.tolist() == [[2.0, 2.0], [0.0, 0.0]]


@given(moves=st.lists(st.tuples(st.floats(0.0, 1e4), st.floats(0.0, 1e4), st.floats(0.0, 2e4)), max_size=30))
def test_put_less_taken_is_on_hand(moves: list[tuple[float, float, float]]) -> None:
    stocks = Stocks(2, 2, 2)
    for one, other, out in moves:
        stocks.put(slice(0, 1), np.array([[[one, other], [other, one]]]))
        stocks.take(slice(0, 1), np.full((1, 2), out))
    scale = max(stocks.added.max(), 1.0)
    assert np.abs(stocks.added - stocks.removed - stocks.on_hand.sum(axis=1)).max() <= 1e-12 * scale
    assert np.abs(stocks.tonnes - stocks.on_hand.sum(axis=1)).max() <= 1e-12 * scale
    assert stocks.on_hand.min() >= 0.0


def book(longest: float = 40.0, step: float = 7.0, window: float = 30.0) -> DueBook:
    return DueBook(3, 2, 2, longest, step, window)


def goods(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).random((count, 2, 2)) * 9.0


def send(due: DueBook, routes: Routes, tonnes: np.ndarray) -> None:
    """Book tonnes (route, origin, member), each route from a source of its own."""
    total = tonnes.sum(axis=1)
    due.book(routes, total, tonnes / total[:, None], np.arange(len(tonnes)))


def entries(
    *lags: float, rows: tuple[int, ...], members: tuple[int, ...], tonnes: np.ndarray
) -> tuple[np.ndarray, ...]:
    return np.array(lags), np.array(rows), np.array(members), tonnes


def drained(due: DueBook, row: int, steps: int) -> list[float]:
    """What arrives at a row in the steps to come, first origin of the first member."""
    out = []
    for _ in range(steps):
        out.append(float(due.arrivals(slice(row, row + 1))[0, 0, 0]))
        due.turn()
    return out


@pytest.mark.parametrize(
    ("lag", "arrives"),
    [(7.0, [0, 1, 0, 0]), (14.0, [0, 0, 1, 0]), (8.75, [0, 0.75, 0.25, 0]), (3.0, [0, 1, 0, 0]), (0.0, [0, 1, 0, 0])],
)
@pytest.mark.parametrize("how", ["route", "entry"])
def test_a_lag_that_is_no_whole_step_is_split_and_none_is_shorter_than_one(
    lag: float, arrives: list[float], how: str
) -> None:
    due = book()
    if how == "route":
        send(due, due.routes(np.array([lag]), np.array([1])), np.ones((1, 2, 2)))
    else:
        due.book_each(*entries(lag, lag, rows=(1, 1), members=(0, 1), tonnes=np.ones((2, 2))))
    assert drained(due, 1, 4) == pytest.approx(arrives)


def test_a_lag_longer_than_the_book_is_refused_and_not_wrapped_into_the_past() -> None:
    due = book(longest=40.0)
    with pytest.raises(OverflowError, match="longer than the book"):
        due.routes(np.array([70.0]), np.array([0]))
    with pytest.raises(OverflowError, match="longer than the book"):
        due.book_each(*entries(70.0, rows=(0,), members=(0,), tonnes=np.ones((1, 2))))


def test_the_longest_lag_fits_at_any_place_of_the_ring() -> None:
    due = book(longest=40.0)
    for _ in range(2 * due.buckets):
        send(due, due.routes(np.array([40.0]), np.array([0])), np.ones((1, 2, 2)))
        assert due.arrivals(slice(0, 1)).sum() <= 4.0 + 1e-12
        due.turn()


def test_routes_that_meet_in_one_cell_are_added() -> None:
    """In weeks, nine days and twelve days fall into the same two buckets."""
    due, sent = book(), goods(4)
    send(due, due.routes(np.array([9.0, 12.0, 7.0, 3.0]), np.array([2, 2, 2, 2])), sent)
    assert np.allclose(due.inside[2], sent.sum(axis=(0, 1)), rtol=1e-14)


def test_entries_that_share_a_row_and_a_member_all_count() -> None:
    due, sent = book(), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    due.book_each(*entries(9.0, 9.0, 30.0, rows=(0, 0, 0), members=(1, 1, 1), tonnes=sent))
    assert due.inside[0].tolist() == pytest.approx([0.0, 21.0])


@pytest.mark.parametrize("step", [1.0, 7.0])
def test_what_arrives_soon_equals_a_recount(step: float) -> None:
    """The running sum of what is due within the window, against the book itself, over a hundred steps."""
    due, rng = book(longest=60.0, step=step), np.random.default_rng(3)
    regular = due.routes(np.array([5.0, 33.0, 9.5]), np.array([0, 0, 2]))
    within = int(30.0 / step)
    for count in range(100):
        due.arrivals(slice(0, 3))
        send(due, regular, goods(3, count))
        due.book_each(rng.uniform(0, 60, 6), rng.integers(0, 3, 6), rng.integers(0, 2, 6), rng.random((6, 2)))
        due.turn()
        ahead = [(due._now + k) % due.buckets for k in range(within + 1)]
        assert np.abs(due.soon - due._book[ahead].sum(axis=(0, 2))).max() < 1e-9


@pytest.mark.parametrize("lag", [1.0, 7.0, 9.0, 30.0])
@pytest.mark.parametrize("step", [1.0, 7.0])
def test_a_steady_pipe_delivers_a_steady_flow_from_the_first_day(lag: float, step: float) -> None:
    due = book(step=step)
    due.fill_steady(np.array([lag]), np.array([0]), np.ones((1, 2, 2)))
    assert due.inside[0] == pytest.approx(2.0 * max(lag, step))
    regular, arrived = due.routes(np.array([lag]), np.array([0])), []
    for _ in range(20):
        arrived.append(float(due.arrivals(slice(0, 1))[0, 0, 0]))
        send(due, regular, np.full((1, 2, 2), step))
        due.turn()
    assert arrived == pytest.approx([step] * 20)
