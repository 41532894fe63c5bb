"""Instruments on those who buy, hold and collect: what each does on a small world, what it costs, and whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulator.engine.grouping import Grouping
from simulator.engine.members import Members
from simulator.engine.purchase_rules import capped
from simulator.engine.simulation import Simulation
from simulator.world.model import World
from tests import worlds as w
from tests.engine.test_answers_to_prices import SLUMP, two_mines
from tests.engine.test_every_control_side_by_side import OFFICE
from tests.engine.test_project_instruments import TOO_DEAR, one_project, open_share, quiet
from tests.engine.test_recycling import recycling_world
from tests.engine.test_reserve import BAN, reserve, roomy
from tests.laws.driving import differing, travel
from tests.laws.small_world import MAGNETS, small_world, story

STEADY = {"price_gamma": 0.0, "restore_time": 30.0, "forecast_days": 30.0}


def instrument(kind: str, begins: int = 31, **keys: Any) -> dict[str, Any]:
    return {"kind": kind, "id": kind.replace("_", "-"), "effective": w.day(begins), **keys}


def run(
    world: World, *arms: Any, look: Callable[[Simulation], Any] = lambda s: None, replications: int = 1
) -> tuple[Any, list[Any]]:
    """The record, and what `look` saw after each step; books are checked."""
    sim = Simulation(world, arms, Members.grid(len(arms), range(replications)))
    seen: list[Any] = []
    record = sim.run(lambda _: seen.append(look(sim)))
    assert max(v for k, v in record.audit.items() if k != "lowest_stock") < 1e-9
    return record, seen


def by_payer(record: Any, member: int) -> dict[tuple[str, str], float]:
    cost = record.values["cost"][1].sum(axis=0)[:, member]
    return {account[1:]: float(cost[i]) for i, account in enumerate(record.coords["account"])}


# ------------------------------------------------------------------------------------------------ border floor


def test_a_border_floor_is_paid_by_those_who_buy() -> None:
    """Half as much again on top of the quote, from the day it is in force on; a floor below the price does nothing."""
    world = w.chain(parameters=STEADY)
    floor = instrument("border_floor", members=["BBB"], commodity="ore", floor="1.5 USD/t")
    arms = [w.scenario(91, floor), w.scenario(91, {**floor, "floor": "0.8 USD/t"}), w.scenario(91)]
    record, seen = run(world, *arms, look=lambda s: (s.scene.terms.duty.copy(), s.scene.trade.shipped.copy()))
    assert record.coords["account"] == (("border-floor", "BBB", "buyers"),)
    assert seen[30][0].max() == 0.0
    assert seen[31][0][0] == pytest.approx([0.5, 0.0, 0.0])
    shipped = sum(float(s[1][0, 0]) for s in seen[31:])
    assert record.values["cost"][1].sum(axis=(0, 1)) == pytest.approx([0.5 * shipped, 0.0, 0.0], rel=1e-5)


def test_a_border_floor_builds_up_over_its_ramp() -> None:
    floor = instrument("border_floor", members=["BBB"], commodity="ore", floor="1.5 USD/t", ramp="60 d")
    _, seen = run(w.chain(parameters=STEADY), w.scenario(120, floor), look=lambda s: s.scene.terms.duty[0, 0])
    assert seen[61] == pytest.approx(0.25)
    assert seen[100] == pytest.approx(0.5)


@pytest.mark.parametrize(("members", "changes"), [(["BBB"], True), (["AAA"], False)])
def test_a_border_floor_brings_projects_behind_the_border(members: list[str], changes: bool) -> None:
    floor = instrument("border_floor", 2, members=members, commodity="ore", floor="1.5 USD/t")
    told = quiet().model_copy(update={"responses": w.scenario(200, floor).events})
    without, with_it = open_share(one_project(TOO_DEAR), quiet(), told)
    assert (with_it > without + 0.4) == changes


def test_a_border_floor_keeps_sites_at_work_through_a_slump() -> None:
    floor = instrument("border_floor", 2, members=["AAA"], commodity="ore", floor="1 USD/t")
    arms = [w.scenario(300, SLUMP, behaviour=["basket"], responses=some) for some in ([], [floor])]
    record, _ = run(two_mines(shut_after=20.0, restart_after=30.0), *arms)
    shut = record.values["shut"][1].sum(axis=(0, 1))
    assert shut[0] > 20.0
    assert shut[1] == 0.0


# ------------------------------------------------------------------------------------------------ joint purchase


def test_who_buys_together_pays_less() -> None:
    club = instrument("joint_purchase", countries=["BBB"], commodities=["ore"], price_effect=0.1, ramp="0 d")
    arms = [w.scenario(91, club), w.scenario(91, {**club, "countries": ["AAA"]}), w.scenario(91)]
    record, seen = run(w.chain(parameters=STEADY), *arms, look=lambda s: s.scene.trade.shipped[0, 0])
    assert by_payer(record, 0) == {("BBB", "buyers"): pytest.approx(-0.1 * sum(seen[31:]), rel=1e-5)}
    assert not record.values["cost"][1][..., 1:].any()
    paid = record.values["paid"][1][2, 0, 1]  # in March, outside
    assert paid == pytest.approx([0.9, 1.0, 1.0], rel=1e-5)


# ------------------------------------------------------------------------------------------------ cap on sources


def test_above_a_cap_the_others_share_in_proportion() -> None:
    """Of three suppliers the first is capped; a buyer with no other keeps his."""
    of = Grouping(np.array([0, 0, 0, 1]), 2)
    share = np.array([0.7, 0.2, 0.1, 1.0])[:, None] * np.ones(2)
    over = np.array([True, False, False, True])[:, None]
    new = capped(share, over, np.array([0.4, 0.9]), of)
    assert new[:, 0] == pytest.approx([0.4, 0.4, 0.2, 1.0])
    assert (new[:, 1] == share[:, 1]).all()


def two_sources(small: float = 100.0) -> World:
    """Nine tenths from AAA and a tenth from CCC, whose mine can dig so much a day; 30 t a day are used."""
    return w.world(
        [w.recipe("dig", {}, {"ore": 1.0})],
        [w.facility("big", "AAA", "mine", "dig", 100.0), w.facility("small", "CCC", "mine", "dig", small)],
        {("BBB", "use", "ore"): 30.0},
        {("BBB/use", "ore", "big"): 0.9, ("BBB/use", "ore", "small"): 0.1},
        {},
        {("BBB/use", "ore"): 25.0},
        STEADY,
    )


CAP = instrument("sourcing_cap", commodities=["ore"], exporters=["AAA"], most=0.6, ramp="0 d", premium=0.5)


def ordered(world: World, **keys: Any) -> tuple[Any, np.ndarray]:
    """Share bought from CCC at the end, with and without the cap."""
    arms = [w.scenario(182, {**CAP, **keys}), w.scenario(182)]
    record, seen = run(world, *arms, look=lambda s: s.scene.trade.share.copy())
    place = 1 if seen[0][1, 0] < 0.5 else 0
    assert seen[30][place] == pytest.approx([0.1, 0.1])
    return record, seen[-1][place]


def test_a_cap_moves_purchases_at_a_premium() -> None:
    record, share = ordered(two_sources())
    assert share == pytest.approx([0.4, 0.1])
    served = record.values["served"][1][:, 0, 0].sum() / record.values["asked"][1][:, 0, 0].sum()
    assert served == pytest.approx(1.0)
    # Three of the four tenths bought in CCC are bought there for the cap.
    cost = record.values["cost"][1][-2, :, 0].sum()
    assert cost == pytest.approx(31.0 * 30.0 * 0.3 * 0.5, rel=0.03)
    assert by_payer(record, 1) == {("BBB", "buyers"): 0.0}


def test_a_cap_moves_no_more_than_others_can_make_unless_it_is_strict() -> None:
    """CCC can make 6 t a day, a fifth of what is used."""
    record, share = ordered(two_sources(6.0))
    assert share == pytest.approx([0.2, 0.1], rel=0.01)
    assert not (record.values["asked"][1] - record.values["served"][1]).max() > 1.0
    record, share = ordered(two_sources(6.0), strict=True)
    assert share == pytest.approx([0.4, 0.1])
    short = (record.values["asked"][1] - record.values["served"][1])[-1, 0]
    assert short[0] > 10.0 > 1.0 > short[1]


def test_an_origin_rule_caps_all_but_some() -> None:
    share = ordered(two_sources(), exporters={"except": ["CCC"]}, most=0.0)[1]
    assert share == pytest.approx([1.0, 0.1])


def test_a_cap_comes_down_over_its_ramp() -> None:
    assert ordered(two_sources(), most=0.0, ramp="300 d")[1][0] == pytest.approx(121.0 / 300.0, abs=1e-9)  # 1 June


# ------------------------------------------------------------------------------------------------ stocks of firms


def test_firms_hold_what_they_must_and_pay_for_it() -> None:
    """Twenty-five days by themselves, sixty by law; after the law ends they let it go."""
    law = instrument("stock_mandate", commodities=["ore"], cover="60 d", ramp="0 d", holding=0.1)
    arms = [
        w.scenario(366, law),
        w.scenario(366, {**law, "countries": ["AAA"]}),
        w.scenario(366, {**law, "expires": w.day(120), "payer": "Treasury"}),
        w.scenario(366),
    ]
    world = roomy()
    world = replace(world, parameters={**world.parameters, **{k: w.figure(v) for k, v in STEADY.items()}})
    record, seen = run(world, *arms, look=lambda s: s.scene.stocks.tonnes[s.network.markets[0].rows][0] / 30.0)
    days = np.array(seen)
    assert days[30] == pytest.approx(25.0, abs=0.1)
    assert days[-1, 0] == pytest.approx(60.0, rel=0.03)
    assert days[-1, 1] == days[-1, 3] == pytest.approx(25.0, abs=0.1)
    assert days[118, 2] > 35.0
    assert days[-1, 2] == pytest.approx(25.0, rel=0.05)
    december = record.values["cost"][1][-1].sum(axis=0)
    assert december[0] == pytest.approx(35.0 * 30.0 * 0.1 * 31.0 / 365.0, rel=0.1)
    assert december[1:].max() == 0.0
    assert 0.0 < record.values["cost"][1][2].sum(axis=0)[0] < 0.5 * december[0]  # while it is being built
    assert ("BBB", "firms") in by_payer(record, 0)
    assert by_payer(record, 2)["Treasury", "public"] > 0.0


# ------------------------------------------------------------------------------------------------ mutual aid


def neighbours(days: float = 75.0) -> World:
    """A mine for BBB, which holds 25 days of use, and one for CCC, which holds these."""
    return w.world(
        [w.recipe("dig", {}, {"ore": 1.0})],
        [w.facility("mine", "AAA", "mine", "dig", 36.0), w.facility("other", "DDD", "mine", "dig", 36.0)],
        {("BBB", "use", "ore"): 30.0, ("CCC", "use", "ore"): 30.0},
        {("BBB/use", "ore", "mine"): 1.0, ("CCC/use", "ore", "other"): 1.0},
        {},
        {("BBB/use", "ore"): 25.0, ("CCC/use", "ore"): days},
        STEADY,
    )


AID = instrument(
    "mutual_aid", 2, members=["BBB", "CCC"], commodities=["ore"], share=0.2, trigger="10 d", running="2 d", delay="3 d",
    cost=0.04,
)  # fmt: skip


def test_a_neighbour_lends_part_of_his_stock_and_gets_it_back() -> None:
    """Fifteen days of use, a fifth of what CCC holds, put off BBB's shortage; later all is returned."""
    ban = {**BAN, "effective": w.day(40), "expires": w.day(100)}
    arms = [w.scenario(700, ban, responses=some) for some in ([AID], [])]

    def look(sim: Simulation) -> tuple[Any, ...]:
        return sim.aid.pools[0][1].lent.copy(), sim.aid.pools[0][1].owed.copy()

    record, seen = run(neighbours(), *arms, look=look)
    lent, owed = (np.array([s[i] for s in seen]) for i in (0, 1))
    assert lent[:, 1, 0].max() == pytest.approx(0.2 * 75.0 * 30.0, rel=1e-6)
    assert lent == pytest.approx(owed[:, ::-1])
    assert lent[-1].max() < 0.1 * lent.max()
    assert not lent[..., 1].any()
    place = [country for country, _, _ in record.coords["demand"]].index("BBB")
    lost = (record.values["asked"][1] - record.values["served"][1])[:, place].sum(axis=0)
    assert lost[1] - lost[0] == pytest.approx(0.2 * 75.0 * 30.0, rel=0.02)
    assert by_payer(record, 0) == {("BBB", "firms"): pytest.approx(0.04 * 450.0, rel=1e-4), ("CCC", "firms"): 0.0}
    assert not record.values["cost"][1][..., 1].any()


def test_aid_that_nobody_needs_moves_nothing() -> None:
    assert differing(travel(neighbours(), w.scenario(60)), travel(neighbours(), w.scenario(60, AID))) == []


def test_nobody_lends_what_he_needs_himself() -> None:
    """Below 30 days one asks, and who has 32 gives two of them, not the five that the other lacks."""
    greedy = {**AID, "share": 1.0, "trigger": "30 d", "rate": 100}
    _, seen = run(neighbours(32.0), w.scenario(9, greedy), look=lambda s: s.aid.pools[0][1].lent[1, 0])
    assert max(seen) == pytest.approx(2.0 * 30.0, abs=31.0)
    assert max(seen) < 4.0 * 30.0


# ------------------------------------------------------------------------------------------------ recycling


def test_what_must_be_collected_is_and_producers_pay() -> None:
    """Twelve of 30 t a day are collected by themselves; the law asks for 60 %, half of it at half of the ramp."""
    law = instrument("recycling_mandate", 2, commodities=["scrap"], collection=0.6, ramp="100 d", cost=0.5)
    quiet_arm = w.scenario(300, growth=True, behaviour=["recycling"])
    arms = [quiet_arm.model_copy(update={"responses": w.scenario(300, some).events}) for some in (
        law, {**law, "collection": 0.2}, {**law, "countries": ["AAA"]})]  # fmt: skip
    world = recycling_world(parameters=STEADY)
    sites = {**world.facilities, "recycler": replace(world.facilities["recycler"], capacity=w.figure(12.0))}
    record, seen = run(replace(world, facilities=sites), *arms, quiet_arm, look=lambda s: s.recycling.returns[0].copy())
    returns = np.array(seen)
    assert returns[-1] == pytest.approx([1.5, 1.0, 1.0, 1.0], rel=0.01)
    assert returns[62, 0] == pytest.approx(1.0 + 0.5 * 58.0 / 100.0, rel=0.01)  # as on the first of March
    made = record.values["made"][1][:, record.coords["facility"].index("collector")]
    assert made[-2, 0] > 1.2 * made[-2, 3]
    september = record.values["cost"][1][-2]
    assert september[:, 0].sum() == pytest.approx(made[-2, 0] * (0.5 / 1.5) * 0.5, rel=0.01)
    assert not september[:, 1:].any()
    assert by_payer(record, 0).keys() == {("BBB", "firms")}


def test_scrap_may_be_kept_at_home() -> None:
    law = instrument("recycling_mandate", countries=["AAA"], commodities=["ore"], exported=0.25)
    arms = [w.scenario(91, law), w.scenario(91, {**law, "countries": ["AAA", "BBB"]}), w.scenario(91)]
    _, seen = run(w.chain(), *arms, look=lambda s: s.scene.terms.banned[0].copy())
    assert seen[40] == pytest.approx([0.75, 0.0, 0.0])


# ------------------------------------------------------------------------------------------------ easier licences


def test_facilitation_trusts_pairs_and_hurries_the_office() -> None:
    """Trusted pairs need no licence; a hurried office takes 10 days of work for what took it 20."""
    help = instrument("licence_facilitation", 31, exporter="AAA", commodities=["ore"], ramp="0 d")
    office = {**OFFICE, "service": "20 d", "statutory_share": 0.0}
    slow = instrument(
        "export_licence", exporter="AAA", commodities=["ore"], office=office, scope=1.0, enforcement_ramp="0 d"
    )
    arms = [
        w.scenario(150, slow),
        w.scenario(150, slow, responses=[{**help, "speed": 2.0}]),
        w.scenario(150, slow, responses=[{**help, "coverage": 1.0}]),
        w.scenario(150, slow, responses=[{**help, "speed": 2.0, "destinations": ["AAA"]}]),
        w.scenario(150, slow, responses=[{**help, "speed": 2.0, "expires": w.day(90)}]),
    ]
    _, seen = run(w.chain(), *arms, look=lambda s: s.scene.waiting.sum(axis=0))
    plain, fast, trusted, elsewhere, lapsed = seen[80]
    assert fast == pytest.approx(plain / 2.0, rel=0.15)
    assert trusted == 0.0
    assert elsewhere == plain
    assert lapsed == fast
    assert seen[140][4] == pytest.approx(plain, rel=0.1)


# ------------------------------------------------------------------------------------------------ reserves


def test_a_reserve_pays_for_what_it_buys_and_holds() -> None:
    """Purchases at the quote, less what it releases, and the cost of holding what is there."""
    arms = [w.scenario(260, BAN, reserve(holding=0.06)), w.scenario(260, BAN)]
    record, seen = run(
        w.chain(),
        *arms,
        look=lambda s: (s.quotes.quote[0, 1, 0], s.reserves.given[0, 0], s.reserves.stocks.tonnes[0, 0]),
    )
    quote, given, stock = np.array(seen).T
    expected = float((quote * (0.06 / 365.0 * stock - np.diff(given, prepend=0.0))).sum())
    assert by_payer(record, 0) == {("BBB", "public"): pytest.approx(expected, rel=1e-4)}
    assert by_payer(record, 1) == {("BBB", "public"): 0.0}
    assert given[-1] > 0.0


# ------------------------------------------------------------------------------------------------ laws

SMALL: dict[str, dict[str, Any]] = {
    "floor": {"kind": "border_floor", "members": ["allies"], "commodity": "magnet", "floor": "2 USD/t", "ramp": "9 d"},
    "club": {"kind": "joint_purchase", "countries": ["allies"], "commodities": MAGNETS, "ramp": "20 d"},
    "cap": {"kind": "sourcing_cap", "commodities": [*MAGNETS, "ndpr"], "exporters": ["CHN"], "most": 0.4, "ramp": "9 d"},
    "mandate": {"kind": "stock_mandate", "commodities": MAGNETS, "cover": "60 d", "ramp": "20 d"},
    "aid": {"kind": "mutual_aid", "members": ["allies"], "commodities": MAGNETS, "trigger": "25 d", "running": "1 d",
            "delay": "2 d", "share": 0.3, "repay": "20 d"},
    "scrap": {"kind": "recycling_mandate", "commodities": ["swarf"], "exported": 0.5},
    "help": {"kind": "licence_facilitation", "exporter": "CHN", "commodities": [*MAGNETS, "dy"], "coverage": 0.5,
             "speed": 1.7, "ramp": "9 d"},
}  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_arms_with_and_without_are_the_same_apart_and_together(name: str) -> None:
    """And nothing changes to the last bit where the instrument never took effect."""
    measure = {"id": "instrument", "effective": w.day(12), **SMALL[name]}
    how: dict[str, Any] = {"step": "7 d", "days": 120, "behaviour": ["supplier_switching"]}
    world, controls = small_world(), ("ban", "licence", "reserve")
    world = replace(world, parameters={**world.parameters, **{k: w.figure(v) for k, v in w.SEEKING.items()}})
    on, off = story(*controls, measure, **how), story(*controls, **how)
    dead = story(*controls, {**measure, "status": "never_took_effect"}, **how)
    both, alone, without = travel(world, [on, off, dead]), travel(world, on), travel(world, off)
    assert differing(alone, both.member(0, 3), list(alone.state)) == []
    assert differing(without, both.member(1, 4), list(without.state)) == []
    assert differing(without, both.member(2, 5), list(without.state)) == []
    if name != "scrap":  # swarf does not leave the one country that recycles it
        assert differing(alone, without, list(without.state)) != [] or name == "club"
    assert max(v for k, v in both.record.audit.items() if k != "lowest_stock") < 1e-9


def test_a_world_without_instruments_has_no_room_for_them() -> None:
    sim = Simulation(w.chain(), [w.scenario(10)], Members.grid(1, range(1)))
    rooms = sim.instruments
    assert (rooms.reserves, rooms.aid, rooms.releases, rooms.mandates, rooms.outputs) == (None,) * 5
    assert sim.bills == []
    assert "cost" not in sim.run().values
