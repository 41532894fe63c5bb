"""Depots: the position they restore, what an outage means, and the laws that every actor keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.engine.members import Members
from simulator.engine.network import build, is_depot
from simulator.engine.simulation import Simulation, simulate
from simulator.world.model import World
from tests.worlds import day, facility, recipe, scenario, world

DIG, KEEP = recipe("dig", {}, {"ore": 1.0}), recipe("keep", {"ore": 1.0}, {"ore": 1.0})


def two_depots(counts: bool = True, **parameters: float) -> World:
    """A mine, a depot that serves two others, and an end user at each of these."""
    sites = [
        facility("mine", "AAA", "mine", "dig", 1000.0),
        facility("big", "BBB", "store", "keep", 1000.0),
        facility("left", "CCC", "store", "keep", 1000.0),
        facility("right", "CCC", "store", "keep", 1000.0),
    ]
    return world(
        [DIG, KEEP], sites, {("DDD", "l", "ore"): 10.0, ("DDD", "r", "ore"): 30.0},
        {("DDD/l", "ore", "left"): 1.0, ("DDD/r", "ore", "right"): 1.0, ("left", "ore", "big"): 1.0,
         ("right", "ore", "big"): 1.0, ("big", "ore", "mine"): 1.0},
        {("AAA", "BBB"): 6.0, ("BBB", "CCC"): 4.0, ("CCC", "DDD"): 1.0},
        {("mine", "ore"): 200.0, ("big", "ore"): 6.5, ("left", "ore"): 8.0, ("right", "ore"): 8.0}, parameters,
        counts=counts)  # fmt: skip


def depots_of(simulation: Simulation) -> dict[str, tuple[Any, int]]:
    """Every depot's fleet and its place there."""
    return {f.id: (fleet, i) for fleet in simulation.depots for i, f in enumerate(fleet.plan.facilities)}


def test_a_depot_is_told_by_its_recipe_and_has_one_row_of_stock() -> None:
    assert is_depot(KEEP)
    for other in (DIG, recipe("refine", {"ore": 1.0}, {"metal": 1.0}), recipe("lose", {"ore": 1.1}, {"ore": 1.0}),
                  recipe("age", {"ore": 1.0}, {"ore": 1.0}, residence=3.0)):  # fmt: skip
        assert not is_depot(other)
    network = build(two_depots())
    assert [row for row in network.rows if row[0] == "big"] == [("big", "ore")]
    assert [len(plan.facilities) for plan in network.fleets if plan.depots] == [2, 1]


def test_orders_restore_the_position_every_day() -> None:
    """The position is on hand and on order less what is owed; its level is 8 days of 10 t, 8 of 30 and 6.5 of 40."""
    sim = Simulation(two_depots(), [scenario(60)], Members.grid(1, range(4)))
    level, seen, most_owed = {"left": 80.0, "right": 240.0, "big": 260.0}, [], 0.0

    def look(step: int) -> None:
        nonlocal most_owed
        for name, (fleet, place) in depots_of(sim).items():
            row = fleet.plan.inputs.start + place
            position = sim.scene.stocks.tonnes[row] + sim.scene.trade.on_order[row] - fleet.owed[place]
            seen.append(np.abs(position - level[name]).max())
            most_owed = max(most_owed, fleet.owed[place].max())

    sim.run(look)
    assert max(seen) < 1e-9
    assert most_owed > 1.0


def test_what_is_ordered_during_an_outage_is_owed_and_leaves_on_the_first_day_after() -> None:
    stop = {
        "kind": "outage",
        "id": "stop",
        "facilities": ["big"],
        "remaining": 0.0,
        "effective": day(10),
        "expires": day(13),
    }
    sim = Simulation(two_depots(counts=False), [scenario(30, stop)], Members.grid(1, range(2)))
    lanes = np.array([n[2] == "big" for n in sim.network.lanes.names])
    left, owed = [], []
    (fleet, place), row = depots_of(sim)["big"], sim.network.rows.index(("big", "ore"))
    there = []

    def look(step: int) -> None:
        left.append(sim.scene.trade.shipped[lanes, 0].sum())
        owed.append(fleet.owed[place, 0])
        there.append(sim.scene.stocks.tonnes[row, 0])

    sim.run(look)
    np.testing.assert_allclose(left, [40.0] * 10 + [0.0] * 3 + [160.0] + [40.0] * 16)
    np.testing.assert_allclose(owed[9:14], [0.0, 40.0, 80.0, 120.0, 0.0], atol=1e-9)
    # It goes on receiving what it ordered; its orders replace what customers took, served or not.
    np.testing.assert_allclose(np.diff(there[8:14]), [0.0, 40.0, 40.0, 40.0, -120.0], atol=1e-9)


def test_the_record_tells_what_depots_shipped_owed_and_held() -> None:
    totals = np.zeros((3, 3, 2))
    sim = Simulation(two_depots(), [scenario(40)], Members.grid(1, range(2)))

    def look(step: int) -> None:
        for number, (fleet, place) in enumerate(depots_of(sim).values()):
            row = fleet.plan.inputs.start + place
            totals[0, number] = sim.scene.stocks.removed[row]
            totals[1, number] += fleet.owed[place]
            totals[2, number] += sim.scene.stocks.tonnes[row]

    record = sim.run(look)
    assert record.coords["depot"] == tuple(depots_of(sim)) == ("left", "right", "big")
    for name, total in zip(("shipped", "owed", "on_hand"), totals, strict=True):
        np.testing.assert_allclose(record.values[name][1].sum(axis=0), total, rtol=1e-5)


def test_mass_balances_when_refused_goods_come_back_to_a_depot() -> None:
    office = {"documents": "2 d", "documents_cv": 0, "returned": 0, "service": "1 d", "service_cv": 0, "approval": 0.5,
              "appeal": 0.0, "statutory_share": 0.0, "file_every": "1 d", "clerks": 100}  # fmt: skip
    licence = {"kind": "export_licence", "id": "licence", "exporter": "BBB", "commodities": ["ore"], "effective": day(5),
               "announced": day(5), "office": office, "scope": 1.0, "enforcement_ramp": "0 d"}  # fmt: skip
    sim = Simulation(two_depots(), [scenario(60, licence)], Members.grid(1, range(4)))
    record = sim.run()
    assert sim.border.sent_back.sum() > 0.0
    assert max(v for k, v in record.audit.items() if k != "lowest_stock") < 1e-9
    assert record.audit["lowest_stock"] >= 0.0


@pytest.mark.parametrize("how", [{"alone": True}, {"shuffle": 7}])
def test_processes_of_their_own_or_in_another_order_give_the_same_bits(how: dict[str, Any]) -> None:
    plain, other = (Simulation(two_depots(), [scenario(50)], Members.grid(1, range(5)), **h).run() for h in ({}, how))
    for name, (dims, array) in plain.values.items():
        found = other.values[name][1]
        for place in {"depot", "facility"} & {dims[1]}:
            found = found[:, [other.coords[place].index(one) for one in plain.coords[place]]]
        np.testing.assert_array_equal(array, found, err_msg=name)


def test_a_member_alone_equals_the_same_member_in_a_crowd() -> None:
    crowd = simulate(two_depots(), [scenario(50)], Members.grid(1, range(40)))
    alone = simulate(two_depots(), [scenario(50)], Members(np.array([0]), np.array([23])))
    for name, (_, array) in crowd.values.items():
        np.testing.assert_array_equal(array[..., 23:24], alone.values[name][1], err_msg=name)
