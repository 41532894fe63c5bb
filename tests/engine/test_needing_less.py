"""Thrifting and substitution: after a trigger and a lag, never faster than the ceiling, down to a floor, to the tonne."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from simulator.engine.simulation import Simulation
from simulator.engine.substitution import Substitution, drawn_to, share_of_substitute, unit_demand
from simulator.engine.thrifting import Thrifting, intensity
from simulator.world.model import World
from tests.laws.driving import watch
from tests.worlds import ANSWERS, SEEKING, day, facility, recipe, scenario, substitute, thrifty, world

CUT, LAG = 60, 365
QUOTA = {"kind": "export_quota", "id": "quota", "exporter": "AAA", "cut": 0.4, "period": "7 d", "effective": day(CUT)}
SUPPORT = {"kind": "substitution_support", "id": "support", "payer": "BBB", "effective": day(0)}
LIVELY = {**SEEKING, "restore_time": 30.0, "forecast_days": 30.0, "order_expiry": 90.0}


def furnace(**parameters: float) -> World:
    """A maker of alloy in BBB whose rare input comes from AAA; the plain one takes its place."""
    melt = thrifty(recipe("melt", {"plain": 0.3, "rare": 0.1}, {"alloy": 1.0}), {"rare": 0.5}, "plain")
    return world(
        [recipe("dig_rare", {}, {"rare": 1.0}), recipe("dig_plain", {}, {"plain": 1.0}), melt],
        [
            facility("rare", "AAA", "mine", "dig_rare", 9.0),
            facility("plain", "BBB", "mine", "dig_plain", 9.0),
            facility("maker", "BBB", "alloy", "melt", 20.0),
        ],
        {("BBB", "use", "alloy"): 10.0},
        {("maker", "rare", "rare"): 1.0, ("maker", "plain", "plain"): 1.0, ("BBB/use", "alloy", "maker"): 1.0},
        {("AAA", "BBB"): 20.0},
        {("maker", "rare"): 40.0, ("maker", "plain"): 20.0, ("maker", "alloy"): 10.0, ("BBB/use", "alloy"): 20.0},
        parameters={**ANSWERS, **LIVELY, **parameters},
    )


def two_grades(ceilings: Mapping[str, float], **parameters: float) -> World:
    """Users in BBB of a hot grade from AAA and a cold one from CCC."""
    return world(
        [recipe("make_hot", {}, {"hot": 1.0}), recipe("make_cold", {}, {"cold": 1.0})],
        [facility("hot", "AAA", "magnet", "make_hot", 40.0), facility("cold", "CCC", "magnet", "make_cold", 40.0)],
        {("BBB", "use", "hot"): 10.0, ("BBB", "use", "cold"): 10.0, ("BBB", "other", "hot"): 5.0},
        {("BBB/use", "hot", "hot"): 1.0, ("BBB/use", "cold", "cold"): 1.0, ("BBB/other", "hot", "hot"): 1.0},
        {("AAA", "BBB"): 20.0, ("CCC", "BBB"): 20.0},
        {(f"BBB/{s}", g): 30.0 for s, g in (("use", "hot"), ("use", "cold"), ("other", "hot"))},
        parameters={**ANSWERS, **LIVELY, **parameters},
        substitutes=[substitute("hot", instead, c, LAG, amount=1.1) for instead, c in ceilings.items()],
    )


def path(
    world: World,
    commodity: str,
    behaviour: tuple[str, ...],
    *more: Mapping[str, Any],
    event: Mapping[str, Any] = QUOTA,
    step: int = 7,
    years: int = 4,
) -> tuple[Simulation, np.ndarray]:
    """Run; what is saved after each step by the behaviour named first, (step, row)."""

    def look(sim: Simulation) -> np.ndarray:
        for room in sim.seekers:
            if behaviour[0] == "thrifting" and isinstance(room, Thrifting):
                return room.saved[:, 0].copy()
            if behaviour[0] == "grade_substitution" and isinstance(room, Substitution):
                return room.moved[:, 0].copy()
        return np.zeros(1)

    events = [{**event, "commodities": [commodity]}, *more]
    story = scenario(years * 365, *events, behaviour=list(behaviour), step=f"{step} d")
    sim, seen = watch(world, story, look)
    return sim, np.array(seen)


def most_in_a_year(saved: np.ndarray, step: int = 7) -> float:
    """Largest move over any 365 days."""
    steps = 365 // step
    return float(np.abs(saved[steps:] - saved[:-steps]).max())


def begins(saved: np.ndarray, step: int = 7) -> int:
    """First day on which anything is saved."""
    return int(np.flatnonzero(saved.max(axis=1))[0]) * step


@pytest.mark.parametrize("step", [1, 7])
def test_a_scarce_input_is_thrifted_late_slowly_and_to_its_floor(step: int) -> None:
    sim, saved = path(furnace(thrifting_sigma=1.0), "rare", ("thrifting",), step=step)
    assert CUT + LAG < begins(saved, step) < CUT + LAG + 120
    assert 0.095 < most_in_a_year(saved, step) <= 0.1 + 1e-12
    assert 0.25 < saved[-1, 0] < 0.5
    (maker,) = (f for f in sim.fleets if f.needed is not None)
    assert maker.needs[0, :, 0] == pytest.approx([0.3 + 0.1 * saved[-1, 0], 0.1 * (1.0 - saved[-1, 0])])
    assert max(sim.audit.residuals().values()) < 1e-9


def test_what_is_saved_is_recorded_and_lets_more_be_made() -> None:
    world = furnace(thrifting_sigma=1.0)
    runs = {behaviour: path(world, "rare", behaviour)[0] for behaviour in ((), ("thrifting",))}
    plain, thrifty = (sim.scene.recorder.record({}) for sim in runs.values())
    made = [float(r.values["made"][1][-12:, list(r.coords["facility"]).index("maker")].sum()) for r in (plain, thrifty)]
    assert 1.2 < made[1] / made[0] < 1.6
    saved = thrifty.values["saved"][1][..., 0]
    rare, others = thrifty.coords["commodity"].index("rare"), [0, 1]
    assert saved[:, others].max() == 0.0
    assert "saved" not in plain.values
    made_of_it = thrifty.values["made"][1][:, list(thrifty.coords["facility"]).index("maker"), 0]
    used = runs["thrifting",].scene.stocks.removed[runs["thrifting",].network.rows.index(("maker", "rare")), 0]
    assert saved[:, rare].sum() == pytest.approx(0.1 * made_of_it.sum() - used, rel=1e-4)


def test_nothing_is_saved_without_a_trigger() -> None:
    for behaviour in ("thrifting", "grade_substitution"):
        world, commodity = (furnace(), "rare") if behaviour == "thrifting" else (two_grades({"cold": 0.5}), "hot")
        never = {**QUOTA, "status": "never_took_effect"}
        assert path(world, commodity, (behaviour,), event=never)[1].max() == 0.0


def test_users_move_to_another_grade_late_slowly_and_to_a_ceiling() -> None:
    sim, moved = path(two_grades({"cold": 0.3, "": 0.05}), "hot", ("grade_substitution",), years=5)
    use, other = ("BBB", "use", "hot"), ("BBB", "other", "hot")
    assert moved.shape[1] == 3  # the other user does not buy the cold grade, so it can only do without
    less, without, cold = moved[-7]  # in the middle of November; in order of user, then of substitute
    assert CUT + LAG < begins(moved) < CUT + LAG + 120
    assert (np.diff(moved, axis=0) >= -1e-12).all()
    assert 0.095 < most_in_a_year(moved[:, 1:].sum(axis=1, keepdims=True)) <= 0.1 + 1e-12
    assert 0.2 < cold < 0.3
    assert 0.02 < less < 0.05
    record = sim.scene.recorder.record({})
    asked = {d: record.values["asked"][1][:, i, 0] for i, d in enumerate(record.coords["demand"])}
    kept = {d: a[-2] / a[10] for d, a in asked.items()}  # November of the fifth year against that of the first
    assert kept[use] == pytest.approx(1.0 - cold - without, abs=0.003)
    assert kept[other] == pytest.approx(1.0 - less, abs=0.003)
    assert kept["BBB", "use", "cold"] == pytest.approx(1.0 + 1.1 * cold, abs=0.003)


@pytest.mark.parametrize("behaviour", ["thrifting", "grade_substitution"])
def test_a_payer_buys_time_and_speed(behaviour: str) -> None:
    fast = {"substitution_time": 60.0, "thrifting_sigma": 1.0}
    world, commodity = (
        (furnace(**fast), "rare") if behaviour == "thrifting" else (two_grades({"cold": 0.9}, **fast), "hot")
    )
    alone = path(world, commodity, (behaviour,))[1]
    paid = path(world, commodity, (behaviour,), {**SUPPORT, "ceiling": 0.2, "lag_cut": 0.5})[1]
    elsewhere = path(world, commodity, (behaviour,), {**SUPPORT, "countries": ["CCC"], "ceiling": 0.2})[1]
    assert most_in_a_year(alone) == pytest.approx(0.1 * 364 / 365)
    assert most_in_a_year(paid) == pytest.approx(0.2 * 364 / 365)
    assert begins(alone) - begins(paid) == pytest.approx(LAG / 2, abs=14)
    assert np.array_equal(alone, elsewhere)


def test_where_both_are_at_work_they_share_the_ceiling() -> None:
    fast = {"substitution_time": 60.0, "thrifting_sigma": 1.0}
    both = ("thrifting", "grade_substitution")
    half, third = (pytest.approx(0.1 / n * 364 / 365) for n in (2, 3))
    assert most_in_a_year(path(furnace(**fast), "rare", both, years=3)[1]) == half
    assert most_in_a_year(path(two_grades({"cold": 0.9}, **fast), "hot", both[::-1], years=3)[1]) == half
    all_three = (*both, "demand_response")
    assert most_in_a_year(path(furnace(**fast), "rare", all_three, years=3)[1]) == third


def test_rules_at_their_limits() -> None:
    assert intensity(np.array([0.5, 1.0, 4.0, 1e9]), 0.5, 0.4) == pytest.approx([1.0, 1.0, 0.5, 0.4])
    cost, sigma = np.full(4, 1.3), np.full(4, 2.0)
    normal = share_of_substitute(np.ones(4), cost, sigma)
    today = share_of_substitute(np.array([1.0, 1.0, 3.0, 1e6]), cost * np.array([1.0, 9.0, 1.0, 1.0]), sigma)
    dear = drawn_to(today, normal)
    assert dear[[0, 1]] == pytest.approx(0.0)
    assert 0.0 < dear[2] < dear[3] == pytest.approx(1.0, abs=1e-9)
    weights, prices = np.array([0.2, 0.8]), np.array([3.0, 0.5])
    for sigma in (0.0, 0.3, 1.0, 2.0, 50.0):
        used, cost = unit_demand(weights, prices, sigma)
        assert (used * prices).sum() == pytest.approx(cost)  # what is spent is what a unit costs
    near = [unit_demand(weights, prices, 1.0 + e)[0] for e in (-1e-6, 0.0, 1e-6)]
    assert near[0] == pytest.approx(near[1], rel=1e-4)
    assert near[2] == pytest.approx(near[1], rel=1e-4)
