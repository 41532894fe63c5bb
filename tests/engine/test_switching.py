"""Switching of suppliers: who does not deliver, or is dear, loses share slowly; nobody else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simulator.engine.grouping import Grouping
from simulator.engine.simulation import Simulation
from simulator.engine.switching import Switching, logit
from simulator.world.model import World
from tests.laws.driving import watch
from tests.worlds import SEEKING, day, facility, figure, recipe, scenario, world

FEBRUARY, MARCH, APRIL = 31, 60, 91  # first days of months; buyers look again then
BAN = {"kind": "export_ban", "id": "ban", "exporter": "AAA", "commodities": ["ore"], "effective": day(FEBRUARY)}
TARIFF = {
    "kind": "import_tariff",
    "id": "tariff",
    "importer": "BBB",
    "exporters": ["AAA"],
    "commodities": ["ore"],
    "rate": 0.5,
    "effective": day(FEBRUARY),
}


def two_suppliers(**later: Any) -> World:
    """A near and a far supplier; one of a third country may open later."""
    return world(
        [recipe("dig", {}, {"ore": 1.0})],
        [
            facility("near", "AAA", "mine", "dig", 100.0),
            facility("far", "CCC", "mine", "dig", 100.0),
            facility("new", "CCC", "mine", "dig", 100.0, grows=False, **later),
        ],
        {("BBB", "use", "ore"): 30.0},
        {("BBB/use", "ore", "near"): 0.6, ("BBB/use", "ore", "far"): 0.4, ("BBB/use", "ore", "new"): 0.2},
        {("AAA", "BBB"): 10.0, ("CCC", "BBB"): 40.0},
        {("BBB/use", "ore"): 60.0},
        parameters=SEEKING,
    )


NEVER = scenario(1000).end
LATER = {"opens": (NEVER, NEVER, NEVER), "ramp": figure(0.0, "d")}


def shares(*events: Any, behaviour: tuple[str, ...] = ("supplier_switching",)) -> dict[int, dict[str, float]]:
    """Share of each supplier after some days, and the lead time that the buyer counts on."""

    def look(sim: Simulation) -> dict[str, float]:
        by_name = {n[2]: float(sim.scene.trade.share[i, 0]) for i, n in enumerate(sim.network.lanes.names)}
        return by_name | {"lead": float(sim.markets[0].purchasing.lead[0, 0])}

    _, seen = watch(two_suppliers(**LATER), scenario(100, *events, behaviour=list(behaviour)), look)
    return dict(enumerate(seen))


def test_a_supplier_that_may_not_deliver_loses_share_with_inertia() -> None:
    seen = shares(BAN)
    assert seen[MARCH - 1]["near"] == 0.6
    for today in (MARCH, APRIL):
        near = 0.6 * np.exp(-(today - FEBRUARY) / 180.0)
        assert seen[today]["near"] == pytest.approx(near, rel=1e-12)
        assert seen[today]["far"] == pytest.approx(1.0 - near, rel=1e-12)
        assert seen[today]["lead"] == pytest.approx(10.0 * near + 40.0 * (1.0 - near) - 1.0, rel=1e-12)


def test_a_dear_supplier_loses_share_and_keeps_some() -> None:
    pull = np.array([0.6, 0.4]) * np.exp(-2.0 * np.array([1.5, 1.0]) / 1.3)
    near = 0.6 + (pull[0] / pull.sum() - 0.6) * (1.0 - np.exp(-(MARCH - FEBRUARY) / 180.0))
    assert shares(TARIFF)[MARCH]["near"] == pytest.approx(near, rel=1e-12)


def test_nothing_moves_without_an_event_or_without_the_behaviour() -> None:
    for seen in (shares(), shares(BAN, behaviour=())):
        assert {(s["near"], s["far"], s["new"]) for s in seen.values()} == {(0.6, 0.4, 0.0)}


def test_nobody_buys_from_a_site_before_it_opens() -> None:
    assert {s["new"] for s in shares(BAN).values()} == {0.0}


def office(today: float = 0.0) -> Any:
    """A buyer of three suppliers, who switches in the first member only, with a memory of a fifth a day."""
    told = {"switching_time": 100.0, "switching_sensitivity": 0.0, "switching_reliability": 2.0}
    behaviours = SimpleNamespace(
        at_work=lambda name: {"supplier_switching": np.array([1.0, 0.0])}[name],
        parameter=lambda name: np.full(2, told[name]),
    )
    network = SimpleNamespace(lanes=Lanes(), rows=[("use", "ore")])
    clock, terms = SimpleNamespace(today=today), SimpleNamespace(duty=np.zeros((3, 2)))
    trade = SimpleNamespace(share=np.zeros((3, 2)))
    return SimpleNamespace(
        behaviours=behaviours, network=network, members=2, clock=clock, terms=terms, learning=0.2, trade=trade
    )


class Lanes:
    """Three lanes to one buyer."""

    buyer, rank = np.zeros(3, dtype=np.int64), np.arange(3)

    def __len__(self) -> int:
        return 3


def delivered(share: float) -> Any:
    """What suppliers deliver, all alike."""
    return SimpleNamespace(of_lanes=np.full((3, 2), share))


PLANNED = np.repeat([[0.6], [0.4], [0.0]], 2, axis=1)


def test_who_delivers_half_is_worth_a_quarter_where_reliability_counts_twice_and_buyers_switch() -> None:
    scene, deliveries = office(), delivered(1.0)
    switching = Switching(scene, deliveries)
    assert switching.shares(PLANNED) == pytest.approx(PLANNED)
    deliveries.of_lanes = np.array([[0.5], [1.0], [1.0]]) * np.ones(2)
    scene.clock.today = 31.0
    near = 0.6 + (0.15 / 0.55 - 0.6) * (1.0 - np.exp(-0.31))
    found = switching.shares(PLANNED)
    assert found[:, 0].tolist() == pytest.approx([near, 1.0 - near, 0.0])
    assert found[:, 1].tolist() == [0.6, 0.4, 0.0]


def test_a_buyer_to_whom_nobody_delivers_stays_with_those_he_has() -> None:
    scene, deliveries = office(31.0), delivered(0.0)
    assert Switching(scene, deliveries).shares(PLANNED) == pytest.approx(PLANNED)


def test_a_supplier_who_opens_late_is_planned_for_as_if_nobody_had_left_him() -> None:
    scene, deliveries = office(31.0), delivered(1.0)
    switching = Switching(scene, deliveries)
    switching.shares(PLANNED)
    later = np.repeat([[0.3], [0.2], [0.5]], 2, axis=1)
    assert switching.shares(later) == pytest.approx(later)


def test_the_price_faced_is_a_mean_that_remembers() -> None:
    scene, deliveries = office(), delivered(1.0)
    scene.behaviours = SimpleNamespace(at_work=lambda name: np.ones(2), parameter=lambda name: np.full(2, 2.0))
    scene.terms.duty[0] = 0.5
    switching = Switching(scene, deliveries)
    for _ in range(3):
        switching.look()
    scene.clock.today = 31.0
    prices = np.array([1.0 + 0.5 * (1.0 - 0.8**3), 1.0])
    pull = np.array([0.6, 0.4]) * np.exp(-2.0 * prices / (0.6 * prices[0] + 0.4))
    near = 0.6 + (pull[0] / pull.sum() - 0.6) * (1.0 - np.exp(-31.0 / 2.0))
    assert switching.shares(PLANNED)[:, 0].tolist() == pytest.approx([near, 1.0 - near, 0.0])


def test_who_plans_to_buy_from_nobody_buys_from_nobody() -> None:
    one = Grouping(np.array([0, 0]), 1)
    assert logit(np.zeros((2, 1)), np.ones((2, 1)), 3.0, one).tolist() == [[0.0], [0.0]]


def test_logit_gives_its_constants_back_at_equal_prices_and_sums_to_one() -> None:
    of = Grouping(np.array([0, 0, 1, 1, 1]), 3)
    constants = np.array([0.3, 0.7, 0.2, 0.0, 0.8])[:, None]
    assert logit(constants, np.full((5, 1), 7.0), 3.0, of) == pytest.approx(constants)
    found = logit(constants, np.array([1.0, 2.0, 5.0, 1.0, 4.0])[:, None], 3.0, of)
    assert of.sum(found)[:, 0] == pytest.approx([1.0, 1.0, 0.0])
    assert found[3, 0] == 0.0
    assert found[0, 0] > 0.3
    assert found[4, 0] > 0.8
