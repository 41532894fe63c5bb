"""The rule on goods made abroad, look-alike goods at customs, and leakage that follows the price."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.engine.content import reaches
from simulator.engine.leakage import relaxed, settled
from simulator.engine.members import Members
from simulator.engine.simulation import Simulation
from simulator.world.model import OriginGroups
from tests import worlds
from tests.worlds import day

Array = NDArray[np.float64]
PROMPT = {
    "documents": "0 d",
    "documents_cv": 0,
    "returned": 0,
    "service": "0 d",
    "service_cv": 0,
    "statutory": "30 d",
    "statutory_share": 1.0,
    "approval": 1.0,
    "file_every": "1 d",
    "clerks": 100,
}
RULE: dict[str, Any] = {
    "kind": "content_rule",
    "id": "rule",
    "issuer": "AAA",
    "commodities": ["magnet"],
    "listed": ["oxide"],
    "effective": day(40),
    "compliance": 1.0,
    "enforcement_ramp": "0 d",
    "office": PROMPT,
}


def two_sources(share: float = 0.5, cover: float = 10.0) -> worlds.World:
    """Oxide of AAA and DDD becomes alloy and then magnets in BBB, for BBB, CCC and AAA; all prices are 1."""
    return worlds.world(
        [
            worlds.recipe("dig", {}, {"oxide": 1.0}),
            worlds.recipe("melt", {"oxide": 0.02}, {"alloy": 1.0}, 2.0),
            worlds.recipe("sinter", {"alloy": 1.5}, {"magnet": 1.0, "swarf": 0.5}, 2.0, ("swarf",), {"swarf": 5.0}),
        ],
        [
            worlds.facility("mine-a", "AAA", "mine", "dig", 9.0),
            worlds.facility("mine-d", "DDD", "mine", "dig", 9.0),
            worlds.facility("melter", "BBB", "alloy", "melt", 90.0),
            worlds.facility("sinterer", "BBB", "magnet", "sinter", 60.0),
        ],
        {(country, "use", "magnet"): 10.0 for country in ("AAA", "BBB", "CCC")},
        {(f"{country}/use", "magnet", "sinterer"): 1.0 for country in ("AAA", "BBB", "CCC")}
        | {("melter", "oxide", "mine-a"): share, ("melter", "oxide", "mine-d"): 1.0 - share}
        | {("sinterer", "alloy", "melter"): 1.0},
        {},
        {("melter", "oxide"): cover},
        parameters={"order_expiry": 1e12},
        origins=OriginGroups({"ours": ("AAA",)}, {}, "separation"),
    )


def simulated(world: worlds.World, *measures: dict[str, Any], days: int = 100, **how: Any) -> tuple[Simulation, Array]:
    """The simulation, and what arrived at the end users of each country day by day, (day, country)."""
    sim = Simulation(world, [worlds.scenario(days, *measures, **how)], Members.grid(1, range(2)))
    rows = sim.network.markets[0].rows
    seen = []
    sim.run(lambda _: seen.append(sim.scene.stocks.added[rows, 0].copy()))
    return sim, np.diff(np.array(seen), axis=0, prepend=np.nan)


@pytest.mark.parametrize(
    ("listed", "product", "threshold", "reached"),
    [(0.9, 1000.0, 0.001, False), (1.0, 1000.0, 0.001, True), (0.3, 300.0, 0.001, True), (0.0, 9.0, 0.0, False)],
    ids=["below", "on it", "on it but for rounding", "nothing listed in it"],
)
def test_the_threshold(listed: float, product: float, threshold: float, reached: bool) -> None:
    assert bool(reaches(listed, product, threshold)) is reached


def test_content_goes_from_stock_to_product_by_recipe() -> None:
    """Half of 0.02 t of oxide in a tonne of alloy is AAA's; 1.5 t of alloy make a tonne of magnet and 0.5 t of swarf."""
    sim, _ = simulated(two_sources(), RULE, days=5)
    held = {name: sim.contents[0].held()[i, 0] for i, name in enumerate(sim.network.rows)}
    assert held["mine-a", "oxide"] == pytest.approx(1.0)
    assert held["mine-d", "oxide"] == 0.0
    assert held["melter", "oxide"] == pytest.approx(0.5)
    for name in (("melter", "alloy"), ("sinterer", "alloy"), ("sinterer", "magnet"), ("sinterer", "swarf")):
        assert held[name] == pytest.approx(0.01), name


def test_only_trade_between_other_countries_is_reached() -> None:
    """Magnets for CCC wait for AAA's licence; those that stay in BBB or go to AAA do not."""
    sim, arrived = simulated(two_sources(), RULE, days=60)
    assert [str(sim.network.lanes.importer[i]) for i in sim.contents[0].lanes] == ["CCC"]
    assert arrived[45:] == pytest.approx(np.tile([10.0, 10.0, 0.0], (15, 1)), abs=1e-9)
    assert sim.scene.waiting.sum(axis=0)[0] == pytest.approx(20 * 10.0)
    _, later = simulated(two_sources(), RULE, days=90)
    assert later[72:, 2].tolist() == pytest.approx([10.0] * 18), "files of 30 days are granted one by one"


@pytest.mark.parametrize(("threshold", "arrives"), [(0.0099, 0.0), (0.0101, 10.0)])
def test_below_the_threshold_goods_go_free(threshold: float, arrives: float) -> None:
    _, arrived = simulated(two_sources(), {**RULE, "threshold": threshold}, days=60)
    assert arrived[-1, 2] == pytest.approx(arrives, abs=1e-9)


@pytest.mark.parametrize("applies", ["licence", "ban"])
def test_what_does_not_comply_goes_on(applies: str) -> None:
    _, arrived = simulated(two_sources(), {**RULE, "applies": applies, "compliance": 0.7}, days=60)
    assert arrived[-1, 2] == pytest.approx(3.0)
    assert arrived[-1, :2].tolist() == pytest.approx([10.0, 10.0])


@pytest.mark.parametrize(("sites", "arrives"), [(["sinterer"], 0.0), (["melter"], 10.0)])
def test_technology_of_the_issuer_counts_whatever_the_content(sites: list[str], arrives: float) -> None:
    _, arrived = simulated(two_sources(0.0), {**RULE, "technology": sites, "applies": "ban"}, days=60)
    assert arrived[-1, 2] == pytest.approx(arrives, abs=1e-9)


def test_a_maker_who_loses_the_issuers_feed_is_free_in_the_end() -> None:
    """AAA's mine stops; once BBB's oxide is all of DDD the monthly look frees its magnets: stocks count, not habits."""
    stop = {"kind": "outage", "id": "stop", "facilities": ["mine-a"], "effective": day(20)}
    ban = {**RULE, "applies": "ban", "effective": day(22)}
    _, arrived = simulated(two_sources(cover=2.0), ban, stop, days=60)
    assert arrived[25:31, 2] == pytest.approx(0.0, abs=1e-9)
    assert arrived[-1, 2] > 4.9


def test_a_content_rule_never_touches_the_issuers_own_exports() -> None:
    sim, _ = simulated(two_sources(), {**RULE, "commodities": ["oxide", "magnet"]}, days=50)
    assert "AAA" not in set(sim.network.lanes.exporter[sim.contents[0].lanes].tolist())


# Look-alike goods at customs.

HOLD = {
    "kind": "customs_hold",
    "id": "hold",
    "exporter": "AAA",
    "commodities": ["ore"],
    "effective": day(40),
    "probability": 1.0,
    "held": "40 d",
    "days": "20 d",
}


def arrivals(*measures: dict[str, Any], days: int = 140, world: worlds.World | None = None, **how: Any) -> Array:
    """What arrives day by day over 5 days of voyage, in days of normal flow."""
    world = world or worlds.chain(30.0, 5.0, parameters={"order_expiry": 1e12})
    return simulated(world, *measures, days=days, **how)[1][:, 0] / 30.0


def test_goods_stopped_for_testing_come_later_and_none_is_lost() -> None:
    found = arrivals(HOLD)
    assert found[45:65].tolist() == pytest.approx([0.0] * 20, abs=1e-9), "sailed in the first 20 days"
    assert found[65:85].tolist() == pytest.approx([1.0] * 20)
    assert found[85:105].tolist() == pytest.approx([2.0] * 20)
    assert found[105:].tolist() == pytest.approx([1.0] * 35)


def test_the_chance_of_being_stopped_is_that_of_each_lane_and_day() -> None:
    sim = Simulation(
        worlds.chain(30.0, 5.0, parameters={"order_expiry": 1e12}),
        [worlds.scenario(64, {**HOLD, "probability": 0.3})],
        Members.grid(1, range(400)),
    )
    row = sim.network.markets[0].rows.start
    before = []
    sim.run(lambda _: before.append(sim.scene.stocks.added[row].copy()))
    passed = (before[63] - before[44]) / 30.0 / 19
    assert passed.mean() == pytest.approx(0.7, abs=0.02)
    assert passed.std() == pytest.approx(np.sqrt(0.3 * 0.7 / 19), rel=0.15)


# Leakage that follows the price.


@pytest.mark.parametrize(("gap", "share"), [(-0.5, 0.0), (0.0, 0.0), (1.0, 0.9 * (1 - np.exp(-1.0))), (1e9, 0.9)])
def test_leakage_grows_with_the_gap_up_to_its_most(gap: float, share: float) -> None:
    assert settled(0.9, 1.0, np.array(gap)) == pytest.approx(share)


def test_seven_days_of_finding_ways_equal_one_week_of_it() -> None:
    share = np.zeros(2)
    for _ in range(7):
        share = relaxed(share, np.full(2, 0.6), 1.0, 60.0)
    assert share == pytest.approx(relaxed(np.zeros(2), np.full(2, 0.6), 7.0, 60.0), rel=1e-12)


LEAKS = {
    "leakage_most_some": 0.9,
    "leakage_most_all": 0.1,
    "leakage_time_some": 30.0,
    "leakage_time_all": 90.0,
    "leakage_slope": 1.0,
    "leakage_cost": 0.1,
    "order_expiry": 1e12,
}
BAN = {
    "kind": "export_ban",
    "id": "ban",
    "exporter": "AAA",
    "commodities": ["ore"],
    "effective": day(40),
    "leakage": 0.02,
    "leakage_delay": "10 d",
}
LICENCE = {
    **BAN,
    "kind": "export_licence",
    "scope": 1.0,
    "enforcement_ramp": "0 d",
    "office": {**PROMPT, "approval": 0.0},
}


def one_border(inside: str = "AAA") -> worlds.World:
    """AAA's ore for itself, BBB and CCC, with stocks everywhere, so that quotes part."""
    countries = ("AAA", "BBB", "CCC")
    return worlds.world(
        [worlds.recipe("dig", {}, {"ore": 1.0})],
        [worlds.facility("mine", "AAA", "mine", "dig", 90.0)],
        {(country, "use", "ore"): 30.0 for country in countries},
        {(f"{country}/use", "ore", "mine"): 1.0 for country in countries},
        {(a, b): 5.0 for a in countries for b in countries if a != b},
        {(f"{country}/use", "ore"): 20.0 for country in countries},
        parameters=LEAKS,
        inside=inside,
    )


@pytest.mark.parametrize("control", [BAN, LICENCE], ids=["ban", "licence"])
@pytest.mark.parametrize(("to", "most", "time"), [(["BBB"], 0.9, 30.0), ("all", 0.1, 90.0)], ids=["some", "all"])
def test_leakage_follows_the_quotes(control: dict[str, Any], to: Any, most: float, time: float) -> None:
    """What arrives after the stocks at sea are in is the share worked out from the quotes day by day."""
    sim = Simulation(
        one_border(),
        [worlds.scenario(160, {**control, "destinations": to}, behaviour=["price_leakage"])],
        Members.grid(1, range(2)),
    )
    lane = sim.network.lanes.names.index(("BBB/use", "ore", "mine"))
    row = sim.network.lanes.buyer[lane]
    share, expected, arrived, quotes, ordered = 0.0, [0.0] * 40, [], [], []

    def look(step: int) -> None:
        arrived.append(sim.scene.stocks.added[row, 0])
        quotes.append(sim.quotes.quote[0, :, 0].copy())

    sim.run(look)
    for step in range(40, 160):
        inside, outside = quotes[step - 1]
        goal = most * (1.0 - np.exp(-max(0.0, outside / inside - 1.1)))
        share += (goal - share) * (1.0 - np.exp(-1.0 / time))
        expected.append(share)
    came = np.diff(np.array(arrived))  # came[d] arrives on day d + 1
    ordered = 30.0
    assert expected[-1] > 0.04, "quotes part"
    assert came[59:159] == pytest.approx(ordered * np.array(expected[45:145]), rel=1e-6, abs=1e-9)


def test_a_ban_on_goods_that_nobody_trades_changes_nothing() -> None:
    calm, idle = (
        simulated(one_border(), *events, days=50, behaviour=["price_leakage"])[1]
        for events in ((), ({**BAN, "commodities": ["salt"]}, {**RULE, "listed": ["salt"], "commodities": ["salt"]}))
    )
    assert np.array_equal(calm, idle, equal_nan=True)


def test_what_leaks_is_on_record_and_in_no_exports() -> None:
    """All that sailed for BBB after the ban leaked."""
    story = worlds.scenario(160, {**BAN, "destinations": ["BBB"]}, behaviour=["price_leakage"])
    sim = Simulation(one_border(), [story], Members.grid(1, range(2)))
    sent = []
    record = sim.run(lambda _: sent.append(sim.scene.trade.shipped[:, 0].copy()))
    flow = sim.scene.recorder.flows.index(("AAA", "BBB", "ore"))
    lane = sim.network.lanes.names.index(("BBB/use", "ore", "mine"))
    assert record.values["leaked"][1][:, flow, 0].sum() == pytest.approx(np.array(sent)[40:, lane].sum(), rel=1e-6)
    assert record.values["exports"][1][2:, flow, 0].sum() == pytest.approx(0.0, abs=1e-3)
    off = Simulation(one_border(), [story.model_copy(update={"behaviour": ()})], Members.grid(1, range(2))).run()
    assert "leaked" not in off.values


def test_without_the_behaviour_leakage_is_what_the_measure_says() -> None:
    _, arrived = simulated(one_border(), {**BAN, "destinations": ["BBB"]}, days=120)
    assert arrived[60:, 1].tolist() == pytest.approx([0.02 * 30.0] * 60)


@pytest.mark.parametrize("control", [BAN, LICENCE], ids=["ban", "licence"])
def test_arms_without_the_behaviour_leak_as_the_measure_says_beside_arms_with_it(control: dict[str, Any]) -> None:
    arms = [
        worlds.scenario(120, {**control, "destinations": ["BBB"]}, behaviour=how) for how in ([], ["price_leakage"])
    ]
    sim, arrived = Simulation(one_border(), arms, Members.grid(2, range(1))), []
    row = sim.network.lanes.buyer[sim.network.lanes.names.index(("BBB/use", "ore", "mine"))]
    sim.run(lambda _: arrived.append(sim.scene.stocks.added[row, :2].copy()))
    stated, priced = np.diff(np.array(arrived), axis=0)[60:].T
    assert stated.tolist() == pytest.approx([0.02 * 30.0] * len(stated))
    assert priced.max() > 0.04 * 30.0


def test_a_control_to_come_neither_closes_ways_nor_opens_them_before_it_binds() -> None:
    """A ban on BBB on day 40; on day 100 one on BBB again, or one on CCC, whose ways are new then: what leaks is 15 d late."""
    now, again, other = (
        {**BAN, "id": name, "destinations": [to], "effective": day(when)}
        for name, to, when in (("now", "BBB", 40), ("again", "BBB", 100), ("other", "CCC", 100))
    )
    one, two, elsewhere = (
        simulated(one_border(), *events, days=130, behaviour=["price_leakage"])[1]
        for events in ((now,), (now, again), (now, other))
    )
    assert np.array_equal(two[1:100], one[1:100])
    assert one[99, 1] > 0.1 * 30.0
    assert elsewhere[103, 2] == pytest.approx(30.0)
    assert 0.0 < elsewhere[115, 2] < 0.05 * 30.0


def test_controls_of_a_country_without_a_price_of_its_own_leak_as_they_say() -> None:
    _, arrived = simulated(one_border(inside="CCC"), BAN, days=120, behaviour=["price_leakage"])
    assert arrived[60:, 1].tolist() == pytest.approx([0.02 * 30.0] * 60)


def test_the_tightest_control_on_a_lane_says_how_much_leaks() -> None:
    tight = {**BAN, "kind": "military_end_use_ban", "id": "arms", "sectors": ["use"]}
    for key in ("leakage", "leakage_delay"):
        tight.pop(key)
    _, arrived = simulated(one_border(), BAN, tight, days=120, behaviour=["price_leakage"])
    assert arrived[60:, 1].tolist() == pytest.approx([0.0] * 60, abs=1e-9)
