"""What adapting costs and who pays: firms for ways around a control, public cash for substitution; sites shut for a loss."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.briefing.tables import _costs
from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.engine.simulation import Simulation
from simulator.results.dataset import to_dataset
from tests import worlds
from tests.engine.test_answers_to_prices import SLUMP, two_mines
from tests.engine.test_content_and_leakage import BAN, one_border
from tests.engine.test_needing_less import QUOTA, SUPPORT, furnace

AT = "price_leakage"


def run(world: worlds.World, *arms: worlds.Scenario, **how: object) -> tuple[Simulation, BlockRecord]:
    sim = Simulation(world, arms, Members.grid(len(arms), range(2)))
    return sim, sim.run(**how)  # type: ignore[arg-type]


def test_firms_that_buy_pay_for_the_way_around() -> None:
    """The quote at home that day, times the cost of the way, times what goes it; nobody pays where leakage follows no price."""
    told = worlds.scenario(160, {**BAN, "destinations": ["BBB"]}, behaviour=[AT])
    sim = Simulation(one_border(), [told, told.model_copy(update={"behaviour": ()})], Members.grid(2, range(1)))
    lane, expected = sim.network.lanes.names.index(("BBB/use", "ore", "mine")), []

    def look(step: int) -> None:
        # Every tonne of the lane that ships after the ban takes the way around.
        expected.append(sim.scene.trade.shipped[lane, 0] * sim.quotes.quote[0, 0, 0] * (step >= 40))

    record = sim.run(look)
    assert record.coords["account"] == (("ways_around", "BBB", "firms"), ("ways_around", "CCC", "firms"))
    dims, cost = record.values["cost"]
    assert dims == ("month", "account", "member")
    share = float(sim.world.parameters["leakage_cost"].central)
    assert share > 0.0
    assert cost[:, 0, 0].sum() == pytest.approx(share * sum(expected), rel=1e-5)
    assert cost[:, 0, 0].sum() > 1.0
    assert not cost[:, 1].any()
    assert not cost[..., 1].any()


def supported(**more: object) -> worlds.Scenario:
    support = {**SUPPORT, "payer": "Treasury", "commodities": ["rare"], "cost": 0.5, **more}
    quota = {**QUOTA, "commodities": ["rare"]}
    return worlds.scenario(4 * 365, quota, support, behaviour=["thrifting"], step="7 d")


def test_the_payer_of_a_support_pays_for_each_tonne_saved_while_it_is_in_force() -> None:
    sim, record = run(furnace(), supported(), supported(expires=worlds.day(1096)))  # the second to the end of 2026
    cost, saved = (record.values[name][1] for name in ("cost", "saved"))
    assert {account[1:] for account in record.coords["account"]} == {("Treasury", "public")}
    rare = record.coords["commodity"].index("rare")
    paid = cost.sum(axis=1)  # both supports, (month, member)
    assert paid[:, 0] == pytest.approx(0.5 * saved[:, rare, 0], rel=1e-5)
    assert saved[:, rare, 0].sum() > 100.0
    ends = 36
    assert paid[: ends - 1, 1] == pytest.approx(0.5 * saved[: ends - 1, rare, 1], rel=1e-5)
    assert not paid[ends + 1 :, 1].any()
    assert saved[ends + 1 :, rare, 1].min() > 0.0
    nobody = run(furnace(), supported(countries=["AAA"]))[1]
    assert not nobody.values["cost"][1].any()


def test_costs_stand_in_a_table_by_who_pays() -> None:
    _, record = run(furnace(), supported())
    dataset = to_dataset(record, ["plain"] * 2, np.arange(2), {})
    rows = list(_costs(dataset))
    assert {(r["cost"], r["payer"], r["purse"]) for r in rows} == {("support", "Treasury", "public")}
    total = sum(r["cost_median_usd"] for r in rows)
    assert total == pytest.approx(float(dataset["cost"].median("member").sum()), rel=1e-5)
    assert dataset["cost"].attrs["units"] == "USD"
    assert not list(_costs(to_dataset(run(furnace(), worlds.scenario(40))[1], ["plain"] * 2, np.arange(2), {})))


def test_the_days_on_which_a_site_is_shut_for_a_loss_are_on_record() -> None:
    """Of each site; none in an arm whose sites look at no basket, and no series where no arm has it."""
    world = two_mines(shut_after=20.0, restart_after=30.0)
    slump = worlds.scenario(400, SLUMP, behaviour=["basket"])
    plain = slump.model_copy(update={"behaviour": ()})
    sim = Simulation(world, [slump, plain], Members.grid(2, range(1)))
    idle: list[np.ndarray] = []
    record = sim.run(lambda _: idle.append(sim.scene.willing == 0.0))  # type: ignore[arg-type, return-value]
    dims, shut = record.values["shut"]
    assert (dims, record.units["shut"]) == (("month", "facility", "member"), "d")
    assert shut.sum(axis=0)[:, 0].tolist() == np.sum(idle, axis=0)[:, 0].tolist()
    assert shut[..., 0].max() > 25.0
    assert not shut[..., 1].any()
    assert "shut" not in run(world, plain)[1].values
