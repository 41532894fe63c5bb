"""Sums of lanes, rationing, quotas and sourcing shares: small functions over groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engine.grouping import Grouping, add_entries
from simulator.engine.quota import TokenBuckets
from simulator.engine.rationing import Claims, by_priority, fill_share, proportional, serve
from simulator.engine.trade import shares


def column(*values: float) -> np.ndarray:
    """One member, twice: a block has at least two."""
    return np.repeat(np.array(values, dtype=float)[:, None], 2, axis=1)


@given(of=st.lists(st.integers(0, 6), max_size=60), seed=st.integers(0, 99))
def test_a_grouping_sums_whatever_the_sizes_of_its_groups(of: list[int], seed: int) -> None:
    """Sizes go from nothing past the limit above which groups are summed one at a time."""
    rows = np.random.default_rng(seed).random((len(of), 3, 2))
    wanted = np.zeros((7, 3, 2))
    for group, row in zip(of, rows, strict=True):
        wanted[group] += row
    assert np.allclose(Grouping(np.array(of, dtype=np.int64), 7).sum(rows), wanted, rtol=1e-14, atol=0.0)


def test_empty_groups_sum_to_zero_first_in_the_middle_and_last() -> None:
    assert Grouping(np.array([1, 3, 1]), 5).sum(column(1.0, 2.0, 4.0))[:, 0].tolist() == [0.0, 5.0, 0.0, 2.0, 0.0]


def test_a_sum_leaves_its_rows_alone() -> None:
    rows = column(1.0, 2.0, 3.0)
    Grouping(np.array([0, 0, 1]), 2).sum(rows)
    assert rows[:, 0].tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("size", [3, 30])
def test_a_group_is_summed_by_rank_and_not_by_place(size: int) -> None:
    rng = np.random.default_rng(4)
    values, mixed = rng.random((size, 2)) * 10.0 ** rng.integers(-8, 8, (size, 1)), rng.permutation(size)
    of = np.zeros(size, dtype=np.int64)
    assert Grouping(of, 1, mixed).sum(values[mixed]).tobytes() == Grouping(of, 1).sum(values).tobytes()


def test_entries_that_share_a_place_all_count() -> None:
    to = np.zeros((2, 2))
    add_entries(to, np.array([1, 1, 0]), np.array([0, 0, 1]), np.array([1.0, 2.0, 4.0]))
    assert to.tolist() == [[0.0, 4.0], [3.0, 0.0]]


masses = st.floats(0.0, 1e6, allow_subnormal=False)


@given(stock=masses, asked=st.lists(masses, min_size=1, max_size=12))
def test_rationing_gives_no_more_than_there_is_nor_than_was_asked(stock: float, asked: list[float]) -> None:
    served = proportional(column(stock), column(*asked), Grouping(np.zeros(len(asked), dtype=np.int64), 1))[:, 0]
    assert (served <= np.array(asked)).all()
    assert served.sum() <= stock * (1.0 + 1e-12)
    assert served.sum() >= min(stock, sum(asked)) * (1.0 - 1e-12) - 1e-12


def test_rationing_does_not_look_at_the_order_of_buyers() -> None:
    asked, back = column(5.0, 3.0, 0.0, 2.0), slice(None, None, -1)
    one = Grouping(np.zeros(4, dtype=np.int64), 1)
    assert np.allclose(
        proportional(column(4.0), asked[back], one)[back], proportional(column(4.0), asked, one), rtol=1e-15
    )


def test_a_buyer_split_in_two_gets_what_he_got_whole() -> None:
    whole = proportional(column(4.0), column(6.0, 2.0), Grouping(np.zeros(2, dtype=np.int64), 1))
    parts = proportional(column(4.0), column(2.0, 4.0, 2.0), Grouping(np.zeros(3, dtype=np.int64), 1))
    assert (parts[0] + parts[1])[0] == pytest.approx(whole[0, 0], rel=1e-15)


def test_who_is_not_asked_gives_nothing() -> None:
    assert proportional(column(4.0, 0.0), column(0.0, 1.0), Grouping(np.array([0, 1]), 2))[:, 0].tolist() == [0.0, 0.0]


def test_the_share_filled_is_never_above_one() -> None:
    assert fill_share(column(0.0, 1.0, 9.0), column(2.0, 2.0, 2.0))[:, 0].tolist() == [0.0, 0.5, 1.0]


def test_a_higher_class_is_served_first_and_a_lower_one_shares_the_rest() -> None:
    rank = np.array([[1, 1], [0, 0], [0, 0]], dtype=np.int8)
    served = by_priority(column(5.0), column(4.0, 3.0, 1.0), rank, Grouping(np.zeros(3, dtype=np.int64), 1))
    assert served[:, 0].tolist() == pytest.approx([4.0, 0.75, 0.25])


def test_a_supplier_without_buyers_serves_nobody() -> None:
    nobody = Grouping(np.zeros(0, dtype=np.int64), 1)
    served = by_priority(column(5.0), np.zeros((0, 2)), np.zeros((0, 2), dtype=np.int8), nobody)
    assert served.shape == (0, 2)


@pytest.mark.parametrize(("factor", "home", "abroad"), [(0.0, 2.5, 2.5), (1.0, 5.0, 0.0), (0.5, 3.75, 1.25)])
def test_home_first_counts_with_its_weight(factor: float, home: float, abroad: float) -> None:
    claims = Claims(np.array([[1, 1], [0, 0]], dtype=np.int8), column(factor, factor), column(0.0, 0.0))
    served, left = serve(column(5.0), column(5.0, 5.0), column(10.0), claims, Grouping(np.zeros(2, dtype=np.int64), 1))
    assert served[:, 0].tolist() == pytest.approx([home, abroad])
    assert left[0, 0] == pytest.approx(5.0)


@pytest.mark.parametrize("claims", [None, Claims(contracted=np.zeros((2, 2)))], ids=["no claims", "empty claims"])
def test_without_law_and_contract_serving_is_proportional(claims: Claims | None) -> None:
    one = Grouping(np.zeros(2, dtype=np.int64), 1)
    served, left = serve(column(5.0), column(6.0, 4.0), column(10.0), claims, one)
    assert np.array_equal(served, proportional(column(5.0), column(6.0, 4.0), one))
    assert left[0, 0] == 5.0


def test_a_bucket_lets_its_tokens_through_in_proportion() -> None:
    bucket, one = TokenBuckets(1, 2), Grouping(np.zeros(2, dtype=np.int64), 1)
    bucket.refill(column(4.0))
    assert bucket.allow(column(6.0, 2.0), one)[:, 0].tolist() == [3.0, 1.0]


@pytest.mark.parametrize(("carry", "left", "forfeited"), [(0.0, 10.0, 4.0), (0.5, 12.0, 2.0), (1.0, 14.0, 0.0)])
def test_what_a_period_leaves_is_carried_or_forfeited(carry: float, left: float, forfeited: float) -> None:
    bucket, one = TokenBuckets(1, 2, carry), Grouping(np.zeros(1, dtype=np.int64), 1)
    bucket.refill(column(10.0))
    bucket.spend(column(6.0), one)
    bucket.refill(column(10.0))
    assert (bucket.left[0, 0], bucket.forfeited[0, 0], bucket.used[0, 0]) == (left, forfeited, 6.0)


def test_a_period_begins_only_for_the_members_it_begins_for() -> None:
    bucket = TokenBuckets(1, 2)
    bucket.refill(column(10.0), np.array([True, False]))
    assert bucket.left.tolist() == [[10.0, 0.0]]


@given(opened=st.floats(0.0, 1.0), late=st.floats(0.0, 1.0), first=st.floats(0.01, 0.99))
def test_sourcing_shares_sum_to_one_however_far_a_site_has_opened(opened: float, late: float, first: float) -> None:
    to_buyer = Grouping(np.zeros(3, dtype=np.int64), 1)
    base, later = np.array([[first], [1.0 - first], [late]]), np.array([False, False, True])
    found = shares(base, column(1.0, 1.0, opened), later, to_buyer)
    assert found.sum(axis=0) == pytest.approx(1.0)
    assert found[2, 0] == pytest.approx(late * opened)
    assert found[0, 0] * (1.0 - first) == pytest.approx(found[1, 0] * first)


def test_a_buyer_whose_only_supplier_is_not_open_orders_nothing() -> None:
    assert not shares(np.array([[1.0]]), column(0.0), np.array([True]), Grouping(np.array([0]), 1)).any()
