"""Buyers who are afraid: what they hear, hoard, ask for twice, take back, and buy ahead of a control."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.engine.anticipation import believed, inflation, share_of_step, share_served, unjustified
from simulator.engine.members import Members
from simulator.engine.simulation import Simulation
from simulator.world.model import World
from tests.worlds import AFRAID, day, facility, recipe, scenario, world

AFRAID_ALONE = {**AFRAID, "hoarding": 0.0, "phantom_power": 0.0, "front_loading": 0.0}
BANNED = 100


def two_buyers(capacity: float = 90.0, shelf: float = 15.0, **parameters: float) -> World:
    """One mine sells 30 t/d to each of two countries; `shelf` days of its sales lie there."""
    return world(
        [recipe("dig", {}, {"ore": 1.0})],
        [facility("mine", "AAA", "mine", "dig", capacity)],
        {("BBB", "use", "ore"): 30.0, ("CCC", "use", "ore"): 30.0},
        {("BBB/use", "ore", "mine"): 1.0, ("CCC/use", "ore", "mine"): 1.0},
        {("AAA", "BBB"): 20.0, ("AAA", "CCC"): 20.0},
        {("BBB/use", "ore"): 25.0, ("CCC/use", "ore"): 25.0, ("mine", "ore"): shelf},
        {"restore_time": 30.0, "forecast_days": 60.0, "order_expiry": 90.0, **AFRAID, **parameters},
    )


def ban(notice: float = 28.0, **more: Any) -> dict[str, Any]:
    """A ban on BBB on day 100, known some days ahead."""
    known = {"announced": day(int(BANNED - notice))} if notice else {}
    return {"kind": "export_ban", "id": "ban", "exporter": "AAA", "commodities": ["ore"], "destinations": ["BBB"],
            "effective": day(BANNED), **known, **more}  # fmt: skip


class Watched:
    """A run looked at after each step; every list is (step, ...) of the first member, buyers in the order BBB, CCC."""

    def __init__(
        self, toy: World, *measures: dict[str, Any], days: int = 200, afraid: bool = True, **more: Any
    ) -> None:
        behaviour = ["anticipation"] if afraid else []
        self.sim = Simulation(toy, [scenario(days, *measures, behaviour=behaviour, **more)], Members.grid(1, range(2)))
        self.read: list[float] = []  # what the mine takes for demand [t/d]
        rows = [self.sim.network.rows.index((f"{c}/use", "ore")) for c in ("BBB", "CCC")]
        lanes = [[n[0] for n in self.sim.network.lanes.names].index(f"{c}/use") for c in ("BBB", "CCC")]
        self.shipped, self.ordered, self.fear, self.duplicates, self.stock, self.lowest = ([] for _ in range(6))

        def look(_: int) -> None:
            scene, trade = self.sim.scene, self.sim.scene.trade
            self.shipped.append(trade.shipped[lanes, 0])
            self.ordered.append(trade.on_order[rows, 0])
            self.stock.append(scene.stocks.tonnes[rows, 0])
            self.read.append(float(self.sim.fleets[0].forecast[0, 0, 0]))
            open_orders = trade.to_buyers(trade.owed + trade.blocked)
            known = open_orders + scene.waiting + scene.due.inside
            np.testing.assert_allclose(known[rows], trade.on_order[rows], atol=1e-8)
            self.lowest.append(min(trade.owed.min(), trade.blocked.min()))
            if scene.anticipation is not None:
                self.fear.append(scene.anticipation.fear[rows, 0])
                self.duplicates.append(scene.anticipation.duplicates[rows, 0])
                assert (scene.anticipation.duplicates <= open_orders + 1e-9).all()

        record = self.sim.run(look)
        assert max(record.audit["stock"], record.audit["trade"], record.audit["process"]) < 1e-9
        assert min(self.lowest) >= 0.0
        for name in ("shipped", "ordered", "fear", "duplicates", "stock"):
            setattr(self, name, np.array(getattr(self, name)))


def test_the_share_served_lies_between_nothing_and_all() -> None:
    got, asked = np.array([0.0, 3.0, 8.0, 0.0]), np.array([4.0, 4.0, 4.0, 0.0])
    np.testing.assert_array_equal(share_served(got, asked), [0.0, 0.75, 1.0, 1.0])


def test_news_within_a_week_is_heard_in_part_of_it_and_whole_in_the_next() -> None:
    known = np.array([-3.0, 14.0, 18.0, 21.0])
    heard = [share_of_step(known, today, 7.0).tolist() for today in (0.0, 7.0, 14.0, 21.0, 28.0)]
    assert heard == [[0.0] * 4, [0.0] * 4, [0.0, 1.0, 3.0 / 7.0, 0.0], [0.0, 0.0, 1.0, 1.0], [0.0] * 4]
    assert share_of_step(np.array([5.0]), 5.0, 1.0) == share_of_step(np.array([-0.0]), 0.0, 1.0) == 1.0


def test_orders_are_inflated_by_a_power_of_the_share_served_and_no_further() -> None:
    served = np.array([1.0, 0.64, 0.25, 0.01, 0.0])
    np.testing.assert_allclose(inflation(served, 2.0, 0.5), [1.0, 1.25, 2.0, 2.0, 2.0])
    np.testing.assert_array_equal(inflation(served, 2.0, 0.0), np.ones(5))


def test_duplicates_are_justified_while_orders_are_inflated() -> None:
    """Of 30 t outstanding 10 are duplicates: just what twice the real orders, or half again, allow."""
    ten, thirty = np.full(3, 10.0), np.full(3, 30.0)
    np.testing.assert_allclose(unjustified(ten, thirty, np.array([2.0, 1.5, 1.0])), [0.0, 0.0, 10.0])


def test_a_seller_who_knows_the_game_reads_what_is_needed() -> None:
    """Of 100 t needed 150 are asked, 60 are served: 40 of the 90 missed are real."""
    served, times = np.array([0.4]), np.array([1.5])
    missed = 150.0 - 60.0
    assert 60.0 + believed(served, times)[0] * missed == pytest.approx(100.0)
    np.testing.assert_array_equal(believed(np.array([1.0, 0.3]), np.ones(2)), [1.0, 1.0])
    assert believed(np.array([0.9]), np.array([1.2]))[0] == 0.0


def test_fear_jumps_with_the_news_and_fades_whatever_the_step() -> None:
    for step, behind in (("1 d", 1.0), ("7 d", 7.0)):
        run = Watched(two_buyers(**AFRAID_ALONE), ban(notice=30.0), step=step, days=98)
        known = int(70 / behind)
        assert run.fear[:known].max() < 1e-12
        times = np.arange(len(run.fear) - known) * behind
        np.testing.assert_allclose(run.fear[known:, 0], 0.5 * np.exp(-times / 60.0), rtol=1e-9)


def test_a_ban_on_one_destination_frightens_its_buyers_only() -> None:
    run = Watched(two_buyers(), ban(), days=BANNED)
    assert run.fear[:, 0].max() > 0.49
    assert run.fear[:, 1].max() < 1e-12


def test_without_an_announcement_the_news_comes_with_the_effect() -> None:
    run = Watched(two_buyers(), ban(notice=0.0), days=BANNED + 1)
    assert run.fear[:BANNED, 0].max() < 1e-12
    assert run.fear[BANNED, 0] == pytest.approx(0.5)


def test_a_buyer_who_gets_less_than_he_asks_is_afraid_of_more() -> None:
    """Nothing leaves for BBB from day 100 on: with a memory of 60 days fear is 1 less what is remembered."""
    run = Watched(two_buyers(fear_news=0.0, front_loading=0.0, phantom_power=0.0, hoarding=0.0), ban(notice=0.0))
    forgotten = 1.0 - (1.0 - 2.0 / 61.0) ** np.arange(30)
    np.testing.assert_allclose(run.fear[BANNED : BANNED + 30, 0], forgotten, atol=0.02)
    assert run.fear[:, 1].max() < 1e-9


def test_fear_raises_the_stock_aimed_at() -> None:
    """Half a fear that stays, and half again of the cover at whole fear: 25 d become 31.25."""
    calm = {"kind": "export_quota", "id": "quota", "exporter": "AAA", "commodities": ["ore"], "destinations": ["BBB"],
            "allowance": "1000 kt", "effective": day(30), "announced": day(30)}  # fmt: skip
    run = Watched(two_buyers(fear_time=float("inf"), phantom_power=0.0), calm, days=400)
    assert run.stock[-1, 0] == pytest.approx(25.0 * 1.25 * 30.0, rel=1e-3)
    assert run.stock[-1, 1] == pytest.approx(25.0 * 30.0, rel=1e-3)


@pytest.mark.parametrize("step", ["1 d", "7 d"])
def test_buyers_get_ahead_of_a_ban_known_four_weeks_ahead(step: str) -> None:
    """More than normal leaves in the window, and nothing after it; without the behaviour nothing is bought ahead."""
    behind = int(step[0])
    known, banned = (BANNED - 2 - 28) // behind, (BANNED - 2) // behind  # day 98, the first of a week
    early = ban(effective=day(98), announced=day(70))
    afraid, calm = (Watched(two_buyers(), early, step=step, days=196, afraid=a) for a in (True, False))
    normal = 30.0 * behind
    window = slice(known, banned)
    assert afraid.shipped[window, 0].sum() / (28.0 * 30.0) > 1.5
    assert afraid.shipped[banned:, 0].max() == 0.0
    np.testing.assert_allclose(afraid.shipped[:known, 0], normal)
    np.testing.assert_allclose(calm.shipped[:banned, 0], normal)
    assert calm.shipped[banned:, 0].max() == 0.0


def test_what_is_asked_ahead_is_the_use_of_the_window() -> None:
    """28 days of 30 t more are on order or in stock when the ban begins; half of it where half is asked for."""
    for share in (1.0, 0.5):
        one = two_buyers(fear_news=0.0, front_loading=share, shelf=60.0)
        run = Watched(one, ban(), days=BANNED)
        more = (run.ordered + run.stock)[-1, 0] - (run.ordered + run.stock)[0, 0]
        assert more == pytest.approx(share * 28.0 * 30.0, rel=1e-6)


def test_only_lanes_that_the_control_concerns_are_rushed() -> None:
    """A buyer with a second supplier, whom nobody bans, asks that one for no more."""
    toy = world(
        [recipe("dig", {}, {"ore": 1.0})],
        [facility("mine", "AAA", "mine", "dig", 90.0), facility("other", "CCC", "mine", "dig", 90.0)],
        {("BBB", "use", "ore"): 30.0}, {("BBB/use", "ore", "mine"): 0.6, ("BBB/use", "ore", "other"): 0.4},
        {("AAA", "BBB"): 20.0, ("CCC", "BBB"): 20.0}, {("BBB/use", "ore"): 25.0, ("mine", "ore"): 30.0, ("other", "ore"): 30.0},
        {**AFRAID, "fear_news": 0.0},
    )  # fmt: skip
    sim = Simulation(toy, [scenario(BANNED, ban(), behaviour=["anticipation"])], Members.grid(1, range(2)))
    shipped = []
    sim.run(lambda _: shipped.append(sim.scene.trade.shipped[:, 0].copy()))
    window = np.array(shipped)[BANNED - 28 :]
    place = {n[2]: i for i, n in enumerate(sim.network.lanes.names)}
    np.testing.assert_allclose(window[:, place["mine"]], 2 * 18.0)
    np.testing.assert_allclose(window[:, place["other"]], 12.0)


def test_without_a_window_nothing_is_bought_ahead() -> None:
    sudden, calm = (Watched(two_buyers(), ban(notice=0.0), afraid=a) for a in (True, False))
    np.testing.assert_allclose(sudden.shipped[:BANNED], calm.shipped[:BANNED], rtol=1e-12)


def test_sellers_make_no_more_for_phantom_orders_and_buyers_take_them_back() -> None:
    """The mine falls to half for 60 days. Duplicates come, are never shipped as such for long, and are gone in the end."""
    stop = {"kind": "outage", "id": "stop", "facilities": ["mine"], "remaining": 0.5, "effective": day(50),
            "expires": day(110)}  # fmt: skip
    run = Watched(two_buyers(capacity=80.0, shelf=2.0, forecast_days=14.0), stop, days=500)
    assert run.duplicates[:50].max() < 1e-9
    assert run.duplicates[50:110].max() > 30.0
    assert run.duplicates[-1].max() < 1e-3
    assert (
        max(run.read) < 95.0
    )  # it would read 102 in the orders; what it ships to catch up and what expired come to 89
    assert run.read[-1] == pytest.approx(60.0, rel=1e-3)
    np.testing.assert_allclose(run.stock[-1], 25.0 * 30.0, rtol=0.01)


def test_a_border_that_holds_goods_frightens_but_inflates_nothing() -> None:
    """A file is not decided sooner for being larger: sellers serve in full, so nobody asks twice."""
    office = {"documents": "0 d", "documents_cv": 0, "returned": 0, "service": "0 d", "service_cv": 0, "statutory": "45 d",
              "statutory_share": 1.0, "approval": 1.0, "file_every": "1 d", "clerks": 100}  # fmt: skip
    hold = {"kind": "export_licence", "id": "hold", "exporter": "AAA", "commodities": ["ore"], "destinations": ["BBB"],
            "effective": day(50), "office": office, "scope": 1.0, "enforcement_ramp": "0 d"}  # fmt: skip
    run = Watched(two_buyers(shelf=200.0), hold, days=300)
    assert run.fear[90, 0] > 0.6
    assert run.duplicates.max() < 1e-6
    assert run.fear[-1, 0] < 0.05


def test_the_record_keeps_fear_only_where_somebody_may_be_afraid() -> None:
    for afraid in (True, False):
        sim = Simulation(two_buyers(), [scenario(100, ban(), behaviour=["anticipation"] if afraid else [])],
                         Members.grid(1, range(2)))  # fmt: skip
        record = sim.run()
        assert ("fear" in record.values) is afraid
    assert record.units["fear"] == "1"


def test_a_world_without_the_numbers_says_which_it_lacks() -> None:
    toy = two_buyers()
    short = {k: v for k, v in toy.parameters.items() if k != "hoarding"}
    from dataclasses import replace

    with pytest.raises(KeyError, match="hoarding"):
        Simulation(
            replace(toy, parameters=short), [scenario(10, behaviour=["anticipation"])], Members.grid(1, range(2))
        )
