"""Switching of suppliers: who does not deliver, or is dear, loses share slowly; nobody else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.engine.grouping import Grouping
from simulator.engine.simulation import Simulation
from simulator.engine.switching import logit
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


def test_logit_gives_its_constants_back_at_equal_prices_and_sums_to_one() -> None:
    of = Grouping(np.array([0, 0, 1, 1, 1]), 3)
    constants = np.array([0.3, 0.7, 0.2, 0.0, 0.8])[:, None]
    assert logit(constants, np.full((5, 1), 7.0), 3.0, of) == pytest.approx(constants)
    found = logit(constants, np.array([1.0, 2.0, 5.0, 1.0, 4.0])[:, None], 3.0, of)
    assert of.sum(found)[:, 0] == pytest.approx([1.0, 1.0, 0.0])
    assert found[3, 0] == 0.0
    assert found[0, 0] > 0.3
    assert found[4, 0] > 0.8
