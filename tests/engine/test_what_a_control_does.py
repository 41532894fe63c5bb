"""What each kind of control does to orders placed, files pending, goods in port and goods at sea."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from simulator.engine.members import Members
from simulator.engine.simulation import Simulation
from tests import worlds
from tests.worlds import day

RATE, TRANSIT, COVER = 30.0, 30.0, 25.0
OFFICE = {
    "documents": "0 d",
    "documents_cv": 0,
    "returned": 0,
    "service": "0 d",
    "service_cv": 0,
    "statutory": "45 d",
    "statutory_share": 1.0,
    "approval": 1.0,
    "file_every": "1 d",
    "clerks": 100,
}


class Watched:
    """A run of the smallest chain, looked at after each day."""

    def __init__(self, days: int, *measures: dict[str, Any], world: Any = None) -> None:
        self.sim = Simulation(
            world or worlds.chain(order_expiry=1e12), [worlds.scenario(days, *measures)], Members.grid(1, range(2))
        )
        self.blocked, self.waiting, self.at_sea, self.cleared, self.stock, self.served = ([] for _ in range(6))
        self.record = self.sim.run(self.look)

    def look(self, step: int) -> None:
        scene = self.sim.scene
        self.blocked.append(scene.trade.blocked.sum(axis=0)[0])
        self.waiting.append(scene.waiting.sum(axis=0)[0])
        self.at_sea.append(scene.due.inside.sum(axis=0)[0])
        self.served.append(scene.recorder._today_served.sum(axis=0)[0])
        self.stock.append(scene.stocks.tonnes[:, 0].copy())


def measure(kind: str, begins: int = 100, **more: Any) -> dict[str, Any]:
    """A measure of AAA on its ore."""
    trade = {"exporter": "AAA", "commodities": ["ore"]} if kind.startswith(("export", "general", "military")) else {}
    return {"kind": kind, "id": f"{kind}-1".replace("_", "-"), "effective": day(begins), **trade, **more}


def chain(**more: Any) -> Any:
    """The chain with a life of orders long enough not to matter."""
    return worlds.chain(parameters={"order_expiry": 1e12, **more})


def watched(days: int, *measures: dict[str, Any], **parameters: float) -> Watched:
    """Run the chain under some measures."""
    return Watched(days, *measures, world=chain(**parameters))


def test_a_ban_blocks_orders_and_lets_goods_at_sea_arrive() -> None:
    run = watched(200, measure("export_ban"))
    assert run.at_sea[98] == pytest.approx(RATE * TRANSIT)
    assert run.at_sea[129] == 0.0
    assert np.flatnonzero(np.array(run.served) < RATE)[0] == 100 + TRANSIT + COVER
    assert run.blocked[-1] == pytest.approx(RATE * 100)


def test_orders_blocked_by_a_ban_ship_when_it_ends() -> None:
    run = watched(260, measure("export_ban", expires=day(150)))
    assert run.blocked[149] == pytest.approx(RATE * 50)
    assert run.blocked[150] == 0.0
    # The mine has made no more than it can keep, so what was owed leaves as fast as it is made.
    assert run.served[155:179] == [0.0] * 24
    assert run.served[180] > 0.0


def test_orders_that_wait_too_long_lapse() -> None:
    run = watched(400, measure("export_ban"), order_expiry=30.0)
    assert run.blocked[-1] == pytest.approx(RATE * 30.0, rel=0.05)


def test_a_leaking_share_of_a_ban_goes_around_later() -> None:
    run = watched(365, measure("export_ban", leakage=0.2, leakage_delay="10 d"))
    assert run.served[-1] == pytest.approx(0.2 * RATE)
    assert np.flatnonzero(np.array(run.at_sea) > 0.0)[-1] == 364
    assert run.record.values["exports"][1][5:].sum() == 0.0  # no export of the pair: it goes through others


def test_a_licence_holds_goods_in_port_until_it_is_granted() -> None:
    run = watched(365, measure("export_licence", office=OFFICE, scope=1.0, enforcement_ramp="0 d"))
    assert run.waiting[99] == 0.0
    assert run.waiting[144] == pytest.approx(45 * RATE)
    assert run.waiting[-1] == pytest.approx(45 * RATE)
    assert np.flatnonzero(np.array(run.served) < RATE)[[0, -1]].tolist() == [155, 174]


def test_only_the_share_in_scope_is_held() -> None:
    run = watched(200, measure("export_licence", office=OFFICE, scope=0.5, enforcement_ramp="0 d"))
    assert run.waiting[144] == pytest.approx(45 * RATE * 0.5)


def test_files_pending_leave_on_the_day_a_licence_requirement_ends() -> None:
    run = watched(200, measure("export_licence", office=OFFICE, scope=1.0, enforcement_ramp="0 d", expires=day(120)))
    assert run.waiting[119] == pytest.approx(20 * RATE)
    assert run.waiting[120] == 0.0
    assert run.at_sea[120] == pytest.approx(RATE * (TRANSIT - 20) + 21 * RATE - RATE, rel=0.05)


def test_files_pending_leave_when_the_requirement_is_suspended() -> None:
    run = watched(
        200,
        measure(
            "export_licence",
            office=OFFICE,
            scope=1.0,
            enforcement_ramp="0 d",
            suspended=[{"from": day(110), "to": day(130)}],
        ),
    )
    assert run.waiting[109] == pytest.approx(10 * RATE)
    assert run.waiting[110:130] == [0.0] * 20
    assert run.waiting[135] == pytest.approx(6 * RATE)


def test_a_ban_freezes_files_pending_and_they_leave_when_it_ends() -> None:
    licence = measure("export_licence", office=OFFICE, scope=1.0, enforcement_ramp="0 d")
    run = watched(260, licence, measure("export_ban", begins=120, expires=day(200)))
    assert run.waiting[125:199] == [pytest.approx(20 * RATE)] * 74
    assert run.at_sea[199] == 0.0
    assert run.at_sea[200] == pytest.approx(20 * RATE)


def test_refused_goods_go_back_to_the_seller_and_the_buyer_is_told() -> None:
    refuse = {**OFFICE, "approval": 0.0, "appeal": 0.0}
    run = watched(250, measure("export_licence", office=refuse, scope=1.0, enforcement_ramp="0 d"))
    assert run.sim.border.sent_back.sum(axis=0)[0] == pytest.approx(RATE * 105)
    buyer = next(i for i, (holder, _) in enumerate(run.sim.network.rows) if "/" in holder)
    assert run.sim.scene.trade.on_order[buyer, 0] == pytest.approx(45 * RATE)
    assert run.record.audit["trade"] < 1e-9


def test_a_general_licence_frees_goods_and_files() -> None:
    licence = measure("export_licence", office=OFFICE, scope=1.0, enforcement_ramp="0 d")
    run = watched(200, licence, measure("general_licence", begins=120, coverage=1.0))
    assert run.waiting[119] == pytest.approx(20 * RATE)
    assert max(run.waiting[120:]) == 0.0


def test_a_quota_lets_its_allowance_through() -> None:
    run = watched(400, measure("export_quota", allowance="300 t", period="30 d"))
    left = run.record.values["exports"][1][:, :, 0].sum(axis=1)
    assert left[5:12].sum() == pytest.approx(7.1 * 300.0, rel=0.1)
    assert max(run.blocked) == 0.0
    assert max(run.waiting) == 0.0


def test_duties_act_on_demand_alone() -> None:
    tax = watched(300, measure("export_tax", rate=0.5), demand_elasticity_short=0.2)
    tariff = watched(
        300,
        {
            "kind": "import_tariff",
            "id": "tariff",
            "effective": day(100),
            "importer": "BBB",
            "commodities": ["ore"],
            "rate": 0.5,
        },
        demand_elasticity_short=0.2,
    )
    for run in (tax, tariff):
        assert run.served[99] == pytest.approx(RATE)
        assert run.served[102] < RATE * 0.95
        assert max(run.blocked) == 0.0
        assert max(run.waiting) == 0.0


def test_a_military_ban_stops_the_sectors_it_names() -> None:
    named = watched(200, measure("military_end_use_ban", sectors=["use"]))
    other = watched(
        200,
        measure("military_end_use_ban", sectors=["defence"], overcompliance=[{"commodities": ["ore"], "share": 0.4}]),
    )
    assert named.served[-1] == 0.0
    assert other.served[-1] == pytest.approx(0.6 * RATE)


@pytest.mark.parametrize(
    "stop",
    [
        {"kind": "outage", "id": "stop", "facilities": ["mine"], "effective": day(100)},
        {"kind": "feed_loss", "id": "stop", "country": "AAA", "commodities": ["ore"], "effective": day(100)},
    ],
)
def test_a_site_that_stops_sells_its_stock_and_goods_at_sea_arrive(stop: dict[str, Any]) -> None:
    run = watched(200, stop)
    assert run.at_sea[99] == pytest.approx(RATE * TRANSIT)
    assert run.served[154] == pytest.approx(RATE)
    assert run.served[156] == 0.0
    assert max(run.blocked) == 0.0


def test_demand_shifts() -> None:
    run = watched(200, {"kind": "demand_shift", "id": "less", "effective": day(100), "change": -0.5})
    assert run.served[99] == pytest.approx(RATE)
    assert run.served[100] == pytest.approx(RATE / 2)


def test_a_slower_lane_delays_what_sails_and_not_what_is_at_sea() -> None:
    run = watched(
        260,
        {"kind": "lane_change", "id": "slow", "effective": day(100), "from": ["AAA"], "to": ["BBB"], "extra": "40 d"},
    )
    short = np.flatnonzero(np.array(run.served) < RATE)
    assert short[[0, -1]].tolist() == [155, 169]


def test_a_narrow_lane_lets_part_through() -> None:
    run = watched(
        260,
        {"kind": "lane_change", "id": "narrow", "effective": day(100), "from": ["AAA"], "to": ["BBB"], "capacity": 0.4},
    )
    assert run.served[-1] == pytest.approx(0.4 * RATE)


def test_home_buyers_come_first_where_the_law_says_so() -> None:
    two = worlds.world(
        [worlds.recipe("dig", {}, {"ore": 1.0})],
        [worlds.facility("mine", "AAA", "mine", "dig", 60.0)],
        {("AAA", "use", "ore"): 30.0, ("BBB", "use", "ore"): 30.0},
        {("AAA/use", "ore", "mine"): 1.0, ("BBB/use", "ore", "mine"): 1.0},
        {("AAA", "BBB"): 5.0},
        {},
        parameters={"order_expiry": 1e12},
    )
    half = {"kind": "outage", "id": "half", "facilities": ["mine"], "effective": day(50), "remaining": 0.5}
    first = {
        "kind": "domestic_priority",
        "id": "first",
        "country": "AAA",
        "commodities": ["ore"],
        "effective": day(50),
        "factor": 1.0,
    }
    served = [
        Simulation(two, [worlds.scenario(90, *measures)], Members.grid(1, range(2))).run().values["served"][1][2, :, 0]
        for measures in ([half], [half, first])
    ]
    assert served[1][0] > served[0][0]
    assert served[1][1] < served[0][1]


def test_a_licence_on_goods_that_nobody_trades_changes_nothing() -> None:
    licence = {**measure("export_licence", office=OFFICE), "exporter": "BBB"}
    assert np.array_equal(watched(150, licence).served, watched(150).served)


@pytest.mark.parametrize("grouping", ["each", "all", [["AAA", "BBB"]]])
def test_a_throttle_freezes_the_office_that_serves_the_destination(grouping: Any) -> None:
    slow = {**OFFICE, "statutory_share": 0.0, "service": "10 d"}
    licence = measure("export_licence", office=slow, scope=1.0, enforcement_ramp="0 d", grouping=grouping)
    frozen = [{"from": day(100), "to": day(180), "destinations": ["BBB"], "speed": 0}]
    assert max(watched(180, licence).waiting) == pytest.approx(10 * RATE)
    assert watched(180, {**licence, "speeds": frozen}).waiting[-1] == pytest.approx(80 * RATE)


def test_a_buyer_waits_for_a_supplier_to_open_and_then_orders_what_it_needs() -> None:
    opens = (date(2024, 2, 1),) * 3
    world = worlds.world(
        [worlds.recipe("dig", {}, {"ore": 1.0})],
        [worlds.facility("mine", "AAA", "mine", "dig", 3 * RATE, opens=opens)],
        {("BBB", "use", "ore"): RATE},
        {("BBB/use", "ore", "mine"): 1.0},
        {("AAA", "BBB"): 5.0},
        {("BBB/use", "ore"): 10.0},
        parameters={"order_expiry": 1e12},
    )
    run = Simulation(world, [worlds.scenario(90, growth=True)], Members.grid(1, range(2)))
    run.run()
    buyer = next(i for i, (holder, _) in enumerate(run.network.rows) if "/" in holder)
    # Five days at sea and one day's orders that a mine without stock still owes; nothing from before it opened.
    assert run.scene.trade.on_order[buyer, 0] == pytest.approx(RATE * 6.0)
