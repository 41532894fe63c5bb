"""Parameters that differ by arm, measures that depend on others, prices that sellers move, cuts that build up."""

from __future__ import annotations

import numpy as np

from simulator.engine.chance import Chance
from simulator.engine.members import Members
from simulator.engine.pins import Pins
from simulator.engine.simulation import Simulation, simulate
from simulator.scenario.uncertain import Uncertain
from tests import worlds
from tests.worlds import day

WIDE = Uncertain(0.0, 5.0, 10.0)


def test_each_arm_has_its_own_parameters_and_all_have_the_same_luck() -> None:
    arm, replication = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    pins = Pins(Chance(1, replication), 4, [{}, {"patience": Uncertain(100.0, 105.0, 110.0)}], arm=arm)
    found = pins.number("patience", WIDE)
    assert found[1] == found[0] + 100.0
    assert found[3] == found[2] + 100.0
    assert found[0] != found[2]


def test_parameters_of_an_arm_change_its_own_results_only() -> None:
    world = worlds.chain(30.0, 5.0, parameters={"restore_time": 30.0})
    ban = {
        "kind": "export_ban",
        "id": "ban",
        "exporter": "AAA",
        "commodities": ["ore"],
        "effective": day(20),
        "duration": "40 d",
    }
    plain, slow = worlds.scenario(120, ban), worlds.scenario(120, ban, parameters={"restore_time": "90 d"})
    together = simulate(world, [plain, slow], Members.grid(2, range(2)))
    for number, alone in enumerate((plain, slow)):
        single = simulate(world, [alone], Members.grid(1, range(2)))
        for name, (_, values) in single.values.items():
            assert np.array_equal(together.values[name][1][..., number::2], values, equal_nan=True), name
    assert any(not np.array_equal(v[..., 0], v[..., 1], equal_nan=True) for _, v in together.values.values())


def spans(*measures: dict, replications: int = 200) -> list[np.ndarray]:
    sim = Simulation(worlds.chain(30.0, 5.0), [worlds.scenario(60, *measures)], Members.grid(1, range(replications)))
    return [sim.context.span(m, arms).active for m, arms in sim.context.measures]


def test_a_step_of_an_escalation_comes_only_after_the_one_before() -> None:
    def fire(name: str, **more: object) -> dict:
        return {"kind": "outage", "id": name, "facilities": ["mine"], "effective": day(20), "p_effect": 0.5, **more}

    first, second, third = spans(fire("a"), fire("b", only_if="a"), fire("c", only_if="b"))
    assert not (second & ~first).any()
    assert not (third & ~second).any()
    assert 0.15 < second.mean() < 0.35
    assert 0.05 < third.mean() < 0.22


def test_without_the_one_before_it_nothing_follows() -> None:
    lone = {"kind": "outage", "id": "b", "facilities": ["mine"], "effective": day(20), "only_if": "a"}
    assert not spans(lone)[0].any()


def quotes(*measures: dict, days: int = 200) -> np.ndarray:
    """Quotes at the end, (zone,) [1 = normal]."""
    world = worlds.chain(30.0, 5.0)
    sim = Simulation(world, [worlds.scenario(days, *measures)], Members.grid(1, range(1)), central=True)
    sim.run()
    return sim.quotes.quote[0, :, 0]


def test_sellers_move_the_price_they_ask_and_it_comes_back_when_they_stop() -> None:
    flood = {"kind": "price_change", "id": "flood", "commodities": ["ore"], "change": -0.4, "effective": day(20)}
    calm, low = quotes(), quotes(flood)
    assert np.allclose(low, 0.6 * calm, rtol=0.03)
    assert np.allclose(quotes({**flood, "duration": "30 d"}), calm, rtol=0.03)


def test_a_change_of_one_market_leaves_the_other() -> None:
    flood = {
        "kind": "price_change",
        "id": "flood",
        "commodities": ["ore"],
        "change": -0.4,
        "market": "inside",
        "effective": day(20),
    }
    calm, low = quotes(), quotes(flood)
    assert low[0] < 0.7 * calm[0]
    assert np.isclose(low[1], calm[1], rtol=0.03)


def test_a_cut_that_builds_up_takes_its_part_at_each_new_period() -> None:
    cut = {
        "kind": "export_quota",
        "id": "cut",
        "exporter": "AAA",
        "commodities": ["ore"],
        "effective": day(0),
        "cut": 0.5,
        "ramp": "100 d",
        "period": "10 d",
    }
    sim = Simulation(worlds.chain(30.0, 5.0), [worlds.scenario(160, cut)], Members.grid(1, range(1)))
    quota = sim.border._quotas[0]
    allowed = [float(quota._allowed(today)[0, 0]) for today in (0.0, 50.0, 100.0, 150.0)]
    assert np.allclose(allowed, [300.0, 225.0, 150.0, 150.0])


def test_a_text_without_tonnes_changes_nothing() -> None:
    text = {"kind": "framework_agreement", "id": "text", "members": ["AAA"], "effective": day(20)}
    world = worlds.chain(30.0, 5.0)
    plain, agreed = (simulate(world, [worlds.scenario(90, *some)], Members.grid(1, range(3))) for some in ((), (text,)))
    assert all(np.array_equal(agreed.values[n][1], v, equal_nan=True) for n, (_, v) in plain.values.items())
