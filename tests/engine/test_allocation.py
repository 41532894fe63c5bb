"""Who goes short: contracts before spot, buyers by class, historic shares. Neither order nor splitting a buyer matters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping
from simulator.engine.members import Members
from simulator.engine.quota import TokenBuckets
from simulator.engine.quotas import rights as stated_rights
from simulator.engine.rationing import Claims, contract_then_spot, serve, water_fill
from simulator.engine.simulation import Simulation
from simulator.engine.stock import DUST
from tests import worlds
from tests.worlds import day

Array = NDArray[np.float64]
ONE = Grouping(np.zeros(3, dtype=np.int64), 1)
tonnes = st.floats(0.0, 100.0)


def column(*values: float) -> Array:
    """One value per lane or supplier, the same in two members."""
    return np.repeat(np.array(values)[:, None], 2, axis=1)


@pytest.mark.parametrize(
    ("available", "most", "weight", "given_out"),
    [
        (6.0, (9.0, 9.0, 9.0), (1.0, 2.0, 3.0), (1.0, 2.0, 3.0)),
        (6.0, (0.5, 9.0, 9.0), (1.0, 1.0, 1.0), (0.5, 2.75, 2.75)),
        (6.0, (0.5, 2.5, 9.0), (1.0, 1.0, 1.0), (0.5, 2.5, 3.0)),
        (6.0, (1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
        (6.0, (9.0, 9.0, 9.0), (1.0, 0.0, 2.0), (2.0, 0.0, 4.0)),
        (6.0, (9.0, 9.0, 9.0), (DUST, 0.0, 0.0), (0.0, 0.0, 0.0)),
        (0.0, (9.0, 9.0, 9.0), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),
    ],
    ids=[
        "by right",
        "one refuses",
        "two refuse, one after the other",
        "enough for all",
        "no right",
        "right to dust",
        "nothing",
    ],
)
def test_what_one_refuses_goes_to_the_others(
    available: float, most: tuple[float, ...], weight: tuple[float, ...], given_out: tuple[float, ...]
) -> None:
    found = water_fill(column(available), column(*most), column(*weight), ONE)
    assert found[:, 0].tolist() == pytest.approx(list(given_out))


def test_contracts_come_first_and_spot_shares_the_rest() -> None:
    """9 t: contracts of 4, 4 and 0 are kept; one tonne is left for what is still owed: 1, 1 and 2."""
    found = contract_then_spot(column(9.0), column(5.0, 5.0, 2.0), column(4.0, 4.0, 0.0), ONE)
    assert found[:, 0].tolist() == pytest.approx([4.25, 4.25, 0.5])


def test_contracts_that_cannot_all_be_kept_are_kept_in_proportion() -> None:
    """A buyer who needs less than he was promised leaves the rest to the others."""
    found = contract_then_spot(column(4.5), column(1.0, 5.0, 2.0), column(4.0, 4.0, 0.0), ONE)
    assert found[:, 0].tolist() == pytest.approx([1.0, 3.5, 0.0])


@pytest.mark.parametrize(("kept", "served"), [(0.0, (4.0, 2.0, 0.0)), (0.25, (4.0, 0.5, 1.5)), (1.0, (2.0, 0.0, 4.0))])
def test_a_part_is_kept_for_the_lowest_class(kept: float, served: tuple[float, ...]) -> None:
    """6 t for classes that ask 4, 4 and 4, the first served first."""
    claims = Claims(np.array([[2, 2], [1, 1], [0, 0]], dtype=np.int8), column(1.0, 1.0, 1.0), column(kept, kept, kept))
    found, _ = serve(column(6.0), column(4.0, 4.0, 4.0), column(12.0), claims, ONE)
    assert found[:, 0].tolist() == pytest.approx(list(served))


def claims_of(rank: Array, contracted: Array, weight: float, kept: float) -> Claims:
    return Claims(rank.astype(np.int8), np.full(rank.shape, weight), np.full(rank.shape, kept), contracted)


lane = st.tuples(tonnes, st.integers(0, 2), tonnes)


@given(st.lists(lane, min_size=1, max_size=6), tonnes, st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.randoms())
def test_neither_order_nor_splitting_a_buyer_matters(
    lanes: list[tuple[float, int, float]], available: float, weight: float, kept: float, luck: Any
) -> None:
    """M4 and M7 for classes, contracts and spot together; and all is given out that somebody takes."""

    def shared_out(rows: list[tuple[float, int, float]]) -> Array:
        asked, rank, contracted = (np.array([[r[i]] * 2 for r in rows]) for i in range(3))
        group = Grouping(np.zeros(len(rows), dtype=np.int64), 1)
        claims = claims_of(rank, contracted, weight, kept)
        return serve(column(available), asked, group.sum(asked), claims, group)[0][:, 0]

    plain = shared_out(lanes)
    order = luck.sample(range(len(lanes)), len(lanes))
    assert shared_out([lanes[i] for i in order]) == pytest.approx(plain[order], rel=1e-9, abs=1e-9)
    asked, rank, contracted = lanes[0]
    halves = shared_out([(asked / 2, rank, contracted / 2)] * 2 + lanes[1:])
    assert halves[:2].sum() == pytest.approx(plain[0], rel=1e-9, abs=1e-9)
    assert halves[2:] == pytest.approx(plain[1:], rel=1e-9, abs=1e-9)
    assert plain.sum() == pytest.approx(min(available, sum(r[0] for r in lanes)), rel=1e-9, abs=1e-9)
    assert (plain <= np.array([r[0] for r in lanes]) * (1 + 1e-12) + 1e-12).all()


def test_contracts_count_inside_a_class_too() -> None:
    """Of 6 t the first class asks 8: 5 by contract to one of the two, and the last tonne is shared by what is still owed."""
    claims = Claims(
        rank=column(1.0, 1.0, 0.0).astype(np.int8),
        by_class=column(1.0, 1.0, 1.0),
        kept=column(0.0, 0.0, 0.0),
        contracted=column(5.0, 0.0, 0.0),
    )
    asked = column(5.0, 3.0, 4.0)
    served, left = serve(column(6.0), asked, ONE.sum(asked), claims, ONE)
    assert served[:, 0].tolist() == pytest.approx([5.0, 1.0, 0.0])
    assert left[:, 0].tolist() == pytest.approx([6.0])


def test_a_period_begins_only_where_it_begins() -> None:
    """One member begins a period with half carried over, the other goes on with what it has."""
    one, begun = Grouping(np.zeros(1, dtype=np.int64), 1), np.array([True, False])
    buckets = TokenBuckets(1, 2, carry=0.5)
    buckets.refill(np.full((1, 2), 10.0))
    buckets.spend(np.full((1, 2), 4.0), one)
    buckets.refill(np.full((1, 2), 10.0), begun)
    assert buckets.left.tolist() == [[13.0, 6.0]]
    assert buckets.forfeited.tolist() == [[3.0, 0.0]]
    assert buckets.used.tolist() == [[4.0, 4.0]]


def test_what_is_returned_is_for_anybody_and_is_gone_with_the_period() -> None:
    two = Grouping(np.array([0, 1]), 2)
    buckets = TokenBuckets(2, 2)
    buckets.refill(column(10.0, 10.0))
    buckets.spend(column(10.0, 1.0), two)
    buckets.give_back(np.array([0.5, 0.5]))  # half the period over: the second may keep 5 of its 9
    assert buckets.returned.tolist() == [[4.0, 4.0]]
    allowed = buckets.allow(column(6.0, 2.0), two)
    assert allowed[:, 0].tolist() == [4.0, 2.0]
    buckets.spend(allowed, two)
    assert buckets.used[:, 0].tolist() == [14.0, 3.0]
    assert buckets.returned.tolist() == [[0.0, 0.0]]
    buckets.refill(column(10.0, 10.0), np.array([True, False]))
    buckets.give_back(np.array([0.0, 0.0]))
    assert buckets.left.tolist() == [[10.0, 0.0], [10.0, 3.0]]


def test_what_nobody_used_of_what_was_returned_is_gone_with_the_period() -> None:
    """A new period begins in the first member only."""
    buckets = TokenBuckets(1, 2)
    buckets.refill(column(10.0))
    buckets.give_back(np.full(2, 0.5))
    buckets.refill(column(10.0), np.array([True, False]))
    assert buckets.returned.tolist() == [[0.0, 5.0]]


def test_what_a_holder_leaves_unused_comes_back_day_by_day() -> None:
    """Rights of 10 each; after half of the period the first has used nothing: 5 t are there for the second."""
    two = Grouping(np.array([0, 1]), 2)
    bucket = TokenBuckets(2, 2)
    bucket.refill(column(10.0, 10.0))
    bucket.spend(column(0.0, 10.0), two)
    assert bucket.allow(column(0.0, 8.0), two)[:, 0].tolist() == [0.0, 0.0]
    bucket.give_back(np.full(2, 0.5))
    allowed = bucket.allow(column(0.0, 8.0), two)
    assert allowed[:, 0].tolist() == [0.0, 5.0]
    bucket.spend(allowed, two)
    assert bucket.left[:, 0].tolist() == [5.0, 0.0]
    assert bucket.returned[0, 0] == 0.0
    assert bucket.used[:, 0].tolist() == [0.0, 15.0]


RATES = {"AAA/use": 30.0, "BBB/use": 40.0, "CCC/arms": 10.0, "CCC/use": 20.0}


def four_buyers(**more: Any) -> worlds.World:
    """A mine in AAA that serves buyers in three countries, from hand to mouth."""
    rates = {**RATES, **more.pop("rates", {})}
    return worlds.world(
        [worlds.recipe("dig", {}, {"ore": 1.0})],
        [worlds.facility("mine", "AAA", "mine", "dig", 100.0)],
        {(*name.split("/"), "ore"): rate for name, rate in rates.items()},  # type: ignore[misc]
        {(name, "ore", "mine"): 1.0 for name in rates},
        {},
        {},
        parameters={"order_expiry": 1e12, "contract_share": 0.8},
        groups={"friends": ("BBB",)},
        **more,
    )


HALF = {"kind": "outage", "id": "half", "facilities": ["mine"], "effective": day(20), "remaining": 0.5}
CLASSES = {
    "kind": "supply_priority",
    "id": "classes",
    "country": "AAA",
    "commodities": ["ore"],
    "effective": day(20),
    "classes": [{"countries": ["AAA"]}, {"countries": ["friends"]}, {"sectors": ["arms"]}],
}


def shipped(world: worlds.World, *arms: Any, on: int = 20) -> Array:
    """What left the mine for each buyer on a day, (buyer, arm) [t]."""
    sim = Simulation(world, arms, Members.grid(len(arms), range(1)))
    seen = []
    sim.run(lambda _: seen.append(sim.scene.trade.shipped[:, : len(arms)].copy()))
    return seen[on]


def test_buyers_are_served_class_by_class() -> None:
    free, law, kept = shipped(
        four_buyers(),
        worlds.scenario(30, HALF),
        worlds.scenario(30, HALF, CLASSES),
        worlds.scenario(30, HALF, {**CLASSES, "kept": 0.2}),
    ).T
    assert free.tolist() == pytest.approx([15.0, 20.0, 5.0, 10.0])
    assert law.tolist() == pytest.approx([30.0, 20.0, 0.0, 0.0])
    assert kept.tolist() == pytest.approx([30.0, 10.0, 0.0, 10.0])


def test_end_users_may_be_a_class_of_their_own() -> None:
    arms = {**CLASSES, "classes": [{"countries": {"except": ["AAA"]}, "sectors": ["arms"]}]}
    assert shipped(four_buyers(), worlds.scenario(30, HALF, arms))[:, 0].tolist() == pytest.approx(
        [30 * 40 / 90, 40 * 40 / 90, 10.0, 20 * 40 / 90]
    )


def surge(country: str) -> dict[str, Any]:
    return {"kind": "demand_shift", "id": "more", "countries": [country], "change": 1.0, "effective": day(20)}


def test_who_has_contracts_goes_less_short_than_who_comes_with_more_demand() -> None:
    """BBB wants twice as much of a mine that makes 100 t: contracts of 80 t are kept, 20 t go to what is still owed."""
    spot, contracts = shipped(
        four_buyers(),
        worlds.scenario(30, surge("BBB")),
        worlds.scenario(30, surge("BBB"), behaviour=["contracts"]),
    ).T
    assert spot.tolist() == pytest.approx([30 / 1.4, 80 / 1.4, 10 / 1.4, 20 / 1.4])
    owed = np.array([6.0, 48.0, 2.0, 4.0])
    assert contracts.tolist() == pytest.approx(np.array([24.0, 32.0, 8.0, 16.0]) + 20.0 * owed / 60.0)


def test_a_buyer_split_in_two_gets_what_it_got_as_one() -> None:
    """M7 in the engine: contracts, classes and rights of customers together."""
    story = worlds.scenario(
        40,
        HALF,
        {**CLASSES, "factor": 0.6, "kept": 0.1},
        {
            "kind": "export_quota",
            "id": "rights",
            "exporter": "AAA",
            "commodities": ["ore"],
            "effective": day(25),
            "cut": 0.3,
            "per": "customer",
            "unused": "returned",
        },
        behaviour=["contracts"],
    )
    whole = shipped(four_buyers(), story, on=35)[:, 0]
    parts = shipped(four_buyers(rates={"BBB/use": 20.0, "BBB/use2": 20.0}), story, on=35)[:, 0]
    assert parts[[1, 2]].sum() == pytest.approx(whole[1], rel=1e-9)
    assert parts[[0, 3, 4]] == pytest.approx(whole[[0, 2, 3]], rel=1e-9)


def rights(unused: str) -> dict[str, Any]:
    """A quota as large as the normal flow abroad, in rights of each customer."""
    return {
        "kind": "export_quota",
        "id": "rights",
        "exporter": "AAA",
        "commodities": ["ore"],
        "effective": day(20),
        "cut": 0.0,
        "per": "customer",
        "unused": unused,
    }


@pytest.mark.parametrize(("unused", "more"), [("forfeited", 40.0), ("returned", 60.0)])
def test_rights_left_unused_are_lost_or_used_by_others(unused: str, more: float) -> None:
    """CCC stops buying and BBB wants half as much again: only what is returned lets it have more than its right."""
    less = {"kind": "demand_shift", "id": "less", "countries": ["CCC"], "change": -1.0, "effective": day(20)}
    half_more = {**surge("BBB"), "change": 0.5}
    world = four_buyers()
    sim = Simulation(world, [worlds.scenario(80, rights(unused), less, half_more)], Members.grid(1, range(1)))
    left = []
    sim.run(lambda _: left.append(sim.scene.trade.shipped[:, 0].copy()))
    period = np.array(left[20:50]).sum(axis=0)
    assert period[1] / 30.0 == pytest.approx(more, rel=0.02)


def test_nothing_moves_under_contracts_until_something_is_short() -> None:
    calm, contracts = (
        Simulation(four_buyers(), [worlds.scenario(60, **how)], Members.grid(1, range(2))).run()
        for how in ({}, {"behaviour": ["contracts"]})
    )
    for name, (_, values) in calm.values.items():
        assert np.array_equal(values, contracts.values[name][1], equal_nan=True), name


def test_stated_shares_come_before_normal_flow_and_leave_the_rest_to_it() -> None:
    flow = np.array([[40.0], [10.0], [30.0]])
    assert stated_rights(flow, ["BBB", "CCC", "DDD"], {})[:, 0].tolist() == pytest.approx([0.5, 0.125, 0.375])
    assert stated_rights(flow, ["BBB", "CCC", "DDD"], {"CCC": 0.6})[:, 0].tolist() == pytest.approx(
        [0.4 * 4 / 7, 0.6, 0.4 * 3 / 7]
    )
    assert stated_rights(flow, ["BBB", "CCC", "DDD"], {"BBB": 0.2, "DDD": 0.8})[1, 0] == pytest.approx(0.0)


def historic(**shares: float) -> dict[str, Any]:
    return {
        "kind": "export_quota", "id": "historic", "exporter": "AAA", "commodities": ["ore"], "effective": day(20),
        "allowance": "600 t", "period": "30 d", "per": "destination", "shares": shares,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("shares", "gone"),
    [
        ({}, {"BBB": 600.0 * 4 / 7, "CCC": 600.0 * 3 / 7}),
        ({"BBB": 0.25}, {"BBB": 150.0, "CCC": 450.0}),
        ({"BBB": 0.25, "CCC": 0.25}, {"BBB": 150.0, "CCC": 150.0}),
        ({"friends": 0.5}, {"BBB": 300.0, "CCC": 300.0}),
        ({"friends": 0.5, "BBB": 0.1}, {"BBB": 60.0, "CCC": 240.0}),
        ({"AAA": 1.0}, {"BBB": 0.0, "CCC": 0.0}),
    ],
    ids=[
        "by normal flow",
        "the rest goes to others",
        "part of it to nobody",
        "a group",
        "a country of a group",
        "a stranger",
    ],
)
def test_a_quota_lets_each_destination_have_its_stated_share(shares: dict[str, float], gone: dict[str, float]) -> None:
    """600 t in thirty days. BBB would take 40 t a day and CCC, in all, 30."""
    world, told = four_buyers(), worlds.scenario(50, historic(**shares))
    sim = Simulation(world, [told], Members(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)))
    seen: list[Array] = []
    sim.run(lambda step: seen.append(sim.scene.trade.shipped[:, 0].copy()))
    out = np.sum(seen[20:], axis=0)
    found = {c: float(out[sim.network.lanes.importer == c].sum()) for c in ("BBB", "CCC")}
    assert found == pytest.approx(gone)
