"""Ordering, prices, clerks, echelons: what a decider does with what he sees."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine import price
from simulator.engine.network import build, echelons
from simulator.engine.office import Clerks, OfficeClock, clerks_for, lognormal
from simulator.engine.ordering import BaseStock, MinMax, anchored, smoothing
from simulator.engine.trade import Trade
from tests import worlds


@pytest.mark.parametrize(
    ("stock_gap", "line_gap", "weight", "ordered"),
    [
        (0.0, 0.0, 1.0, 5.0),
        (60.0, 0.0, 1.0, 7.0),
        (60.0, -60.0, 1.0, 5.0),
        (60.0, -60.0, 0.0, 7.0),
        (60.0, -60.0, 0.5, 6.0),
        (-900.0, 0.0, 1.0, 0.0),
    ],
    ids=["steady", "low stock", "on its way", "line neglected", "half counted", "never negative"],
)
def test_an_order_replaces_use_and_closes_gaps(
    stock_gap: float, line_gap: float, weight: float, ordered: float
) -> None:
    assert anchored(np.array(5.0), np.array(stock_gap), np.array(line_gap), 30.0, weight, 1.0) == pytest.approx(ordered)


def test_a_gap_is_never_closed_more_than_once_in_a_step() -> None:
    assert anchored(np.array(0.0), np.array(8.0), np.array(0.0), 3.0, 1.0, 7.0) == 8.0


def test_with_restoring_off_only_use_is_ordered() -> None:
    assert anchored(np.array(5.0), np.array(99.0), np.array(99.0), np.inf, 1.0, 7.0) == 35.0


@pytest.mark.parametrize("days", [1.0, 30.0, 90.0])
def test_a_week_of_forecasting_equals_seven_days_of_it(days: float) -> None:
    assert (1.0 - smoothing(days, 1.0)) ** 7 == pytest.approx(1.0 - smoothing(days, 7.0))


def test_a_memory_of_one_day_is_the_last_day() -> None:
    assert smoothing(1.0, 1.0) == 1.0


def test_standing_orders() -> None:
    assert BaseStock(10.0).quantity(np.array([3.0, 10.0, 12.0])).tolist() == [7.0, 0.0, 0.0]
    assert MinMax(4.0, 10.0).quantity(np.array([3.0, 4.0, 5.0])).tolist() == [7.0, 6.0, 0.0]


@pytest.mark.parametrize(("cover", "quote"), [(60.0, 1.0), (30.0, 2.0), (120.0, 0.5), (0.0, 8.0), (6000.0, 0.25)])
def test_scarce_cover_is_dear_within_bounds(cover: float, quote: float) -> None:
    assert price.target(1.0, cover, 60.0, 1.0, 0.25, 8.0) == pytest.approx(quote)


def test_seven_days_of_a_price_equal_one_week_of_it() -> None:
    quote = 1.0
    for _ in range(7):
        quote = price.relax(quote, 4.0, 1.0, 20.0)
    assert quote == pytest.approx(price.relax(1.0, 4.0, 7.0, 20.0), rel=1e-14)


@pytest.mark.parametrize(("now", "then"), [(16.0, 8.0), (1.0, 2.0), (4.0, 4.0)], ids=["down", "up", "there"])
def test_a_price_goes_half_of_its_way_in_logs_in_the_time_that_this_takes(now: float, then: float) -> None:
    assert price.relax(now, 4.0, 20.0 * np.log(2.0), 20.0) == pytest.approx(then)


@pytest.mark.parametrize(("paid", "share"), [(10.0, 1.0), (40.0, 0.5), (2.5, 2.0)])
def test_demand_falls_with_price(paid: float, share: float) -> None:
    assert price.demand_factor(paid, 10.0, 0.5) == pytest.approx(share)


def test_files_are_reviewed_in_order_by_the_first_free_clerk_of_each_member() -> None:
    """One clerk in the first world, two in the second; three files at once, a fourth on day 9."""
    clerks = Clerks(np.array([1, 2]))
    begun = [clerks.begin(np.full(2, t), np.full(2, 4.0)).tolist() for t in (0.0, 0.0, 0.0, 9.0)]
    assert begun == [[0.0, 0.0], [4.0, 0.0], [8.0, 4.0], [12.0, 9.0]]


def test_a_file_enters_only_the_queue_it_is_sent_to() -> None:
    clerks = Clerks(np.array([1, 1]))
    assert clerks.begin(np.array([2.0]), np.array([5.0]), np.array([1])).tolist() == [2.0]
    assert clerks.free.tolist() == [[0.0], [7.0]]


def test_an_office_without_a_clerk_is_refused() -> None:
    with pytest.raises(ValueError, match="^an office needs at least one clerk$"):
        Clerks(np.array([2, 0]))


def test_the_clock_of_an_office_stands_still_where_politics_says_so() -> None:
    clock = OfficeClock(2)
    clock.advance(np.array([0.0, 2.0]), 7.0)
    assert clock.at(np.array([3.0, 3.0])).tolist() == [0.0, 6.0]
    assert clock.now.tolist() == [0.0, 14.0]


@pytest.mark.parametrize(("files", "load", "clerks"), [(1.0, 0.8, 12), (1.0, 1.2, 8), (0.001, 0.8, 1)])
def test_clerks_follow_from_the_load_and_there_is_always_one(files: float, load: float, clerks: int) -> None:
    assert clerks_for(files, np.array([10.0]), np.array([load])).tolist() == [clerks]


def test_a_lognormal_time_without_spread_is_its_mean() -> None:
    assert lognormal(10.0, 0.0, np.array([-3.0, 0.0, 3.0])) == pytest.approx([10.0] * 3)


def circle(drives: bool) -> worlds.World:
    """A maker of steel uses scrap that the maker of cars sells, who uses steel; scrap pulls only if it drives."""
    return worlds.world(
        [
            worlds.recipe("melt", {"scrap": 0.1}, {"steel": 1.0}),
            worlds.recipe(
                "build", {"steel": 1.0}, {"car": 1.0, "scrap": 0.2}, by_products=() if drives else ("scrap",)
            ),
        ],
        [worlds.facility("mill", "AAA", "mill", "melt", 9.0), worlds.facility("plant", "AAA", "plant", "build", 9.0)],
        {("BBB", "use", "car"): 1.0},
        {("BBB/use", "car", "plant"): 1.0, ("plant", "steel", "mill"): 1.0, ("mill", "scrap", "plant"): 1.0},
        {},
        {},
    )


def test_a_lognormal_time_has_the_mean_and_the_spread_it_is_given() -> None:
    z, weight = np.polynomial.hermite_e.hermegauss(60)
    weight = weight / weight.sum()
    drawn = lognormal(12.0, 0.5, z)
    assert weight @ drawn == pytest.approx(12.0)
    assert np.sqrt(weight @ (drawn - 12.0) ** 2) == pytest.approx(6.0)


def test_an_office_that_has_not_begun_is_at_time_zero_and_at_normal_speed() -> None:
    assert OfficeClock(2).at(np.array([0.5, 2.0])).tolist() == [0.5, 2.0]


def test_a_quote_has_no_lowest_and_no_highest_unless_given() -> None:
    assert float(price.target(100.0, 1e8, 1.0, 1.0)) == pytest.approx(1e-6)
    assert float(price.target(100.0, 1e-8, 1.0, 1.0)) == pytest.approx(1e10)


def test_what_is_paid_lies_between_contract_and_quote() -> None:
    assert float(price.mixed(8.0, 4.0, 0.25)) == 5.0


def test_recycling_closes_no_circle() -> None:
    assert echelons(circle(drives=False)) == {"plant": 1, "mill": 2}


def test_orders_that_go_in_a_circle_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="orders go in a circle: mill -> plant -> mill"):
        echelons(circle(drives=True))


def test_before_the_first_order_nothing_is_owed_and_nothing_on_its_way() -> None:
    trade = Trade(build(circle(drives=False)), 1, 2)
    for state in (trade.share, trade.today, trade.owed, trade.blocked, trade.shipped, trade.eligible):
        assert state.tolist() == [[0.0, 0.0]] * 3
    assert trade.lapsed == 0.0
    assert not trade.on_order.any()


def test_an_order_goes_to_suppliers_by_share_and_is_on_order_until_it_comes() -> None:
    """The buyers of the second to the last row order their number in tonnes, half of it in the second member."""
    trade = Trade(build(circle(drives=False)), 1, 2)
    buyers = trade.lanes.buyer
    rows, lanes = slice(1, 6), np.flatnonzero(buyers >= 1)
    assert len(set(buyers[lanes])) >= 2
    tonnes = np.arange(1.0, 6.0)[:, None] * [1.0, 0.5]
    trade.share += np.array([[0.25], [0.5], [1.0]])
    trade.place(lanes, rows, tonnes)
    trade.place(lanes, rows, tonnes)
    assert np.array_equal(trade.today[lanes], tonnes[buyers[lanes] - 1] * trade.share[lanes])
    assert np.array_equal(trade.on_order[rows], 2.0 * tonnes)
    assert not trade.on_order[0].any()


def test_a_buyer_takes_back_a_share_of_what_is_owed_and_of_what_is_blocked() -> None:
    """Every lane is owed 8 t and 4 t more are blocked; one buyer takes back a quarter in the first member."""
    trade = Trade(build(circle(drives=False)), 1, 2)
    trade.owed += 8.0
    trade.blocked += 4.0
    trade.on_order += trade.to_buyers(trade.owed + trade.blocked)
    share = np.zeros_like(trade.on_order)
    share[trade.lanes.buyer[0], 0] = 0.25
    trade.withdraw(share)
    assert trade.owed.tolist() == [[6.0, 8.0], [8.0, 8.0], [8.0, 8.0]]
    assert trade.blocked.tolist() == [[3.0, 4.0], [4.0, 4.0], [4.0, 4.0]]
    assert np.array_equal(trade.on_order, trade.to_buyers(trade.owed + trade.blocked))


def test_an_echelon_is_the_longest_way_to_final_demand() -> None:
    two_ways = worlds.world(
        [worlds.recipe("dig", {}, {"ore": 1.0}), worlds.recipe("melt", {"ore": 1.0}, {"bar": 1.0})],
        [worlds.facility("mine", "AAA", "mine", "dig", 9.0), worlds.facility("mill", "AAA", "mill", "melt", 9.0)],
        {("BBB", "use", "ore"): 1.0, ("BBB", "use", "bar"): 1.0},
        {("BBB/use", "ore", "mine"): 1.0, ("BBB/use", "bar", "mill"): 1.0, ("mill", "ore", "mine"): 1.0},
        {},
        {},
    )
    assert echelons(two_ways) == {"mill": 1, "mine": 2}


def test_lanes_of_one_supplier_stand_side_by_side_and_every_row_has_one_holder() -> None:
    network = build(circle(drives=False))
    assert (np.diff(network.lanes.supplier) >= 0).all()
    assert len(set(network.rows)) == len(network.rows) == 6
