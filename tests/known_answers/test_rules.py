"""Cases D05 and D20 to D23: rules of ordering, price and joint products, as pure functions and in a small world."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine import price
from simulator.engine.basket import basket_value
from simulator.engine.chance import TILE, Chance
from simulator.engine.ordering import MinMax
from simulator.engine.simulation import Simulation
from tests import worlds
from tests.known_answers.poisson import poisson
from tests.known_answers.reference import CASES, exact, exchanged, statistical
from tests.known_answers.running import run


def test_d05_order_up_to_ten_at_four_or_below():
    """To order below four, and not at four, costs 8.16, more than the tolerance away."""
    days, warm_up, members = exchanged("D05", 10)
    rule, chance, stock, cost = (
        MinMax(4.0, 10.0),
        Chance(5, np.arange(members)),
        np.full(members, 10.0),
        np.zeros(members),
    )
    for day in range(days + warm_up):
        order = rule.quantity(stock)
        page, line = divmod(day, TILE)
        stock = stock + order - poisson(6.0, chance.page("uniform", "D05", "demand", page)[line])
        if day >= warm_up:
            cost += 5.0 * (order > 0.0) + np.maximum(stock, 0.0) + 4.0 * np.maximum(-stock, 0.0)
    statistical("D05", cost=cost / days)


@pytest.mark.parametrize("step", [1.0, 5.0, 30.0])
def test_d20_price_from_cover(step):
    """A step of the way that is not exact (Euler's) gives 155.65 instead of 154.98 with days, 200 with months."""
    quote = np.array([100.0])
    for _ in range(int(30 / step)):
        quote = price.relax(quote, 200.0, step, 30.0)
    exact(
        "D20",
        target_1=float(price.target(100.0, 30.0, 60.0, 1.0)),
        target_half=float(price.target(100.0, 30.0, 60.0, 0.5)),
        after_30_d=float(quote[0]),
    )
    assert quote[0] == pytest.approx(CASES["D20"]["expected"]["after_30_d"], rel=1e-12)


SETTLING = {
    **worlds.ANSWERS,
    "restore_time": 30.0,
    "price_time": 30.0,
    "utilisation_room": 0.0,
    "demand_time": 100.0,
    "substitution_ceiling": 1.0,
}


@pytest.mark.parametrize("step", ["1 d", "7 d"])
@pytest.mark.parametrize(("short", "lasting"), [(0.3, 0.0), (0.1, 0.2)], ids=["at once", "in time"])
def test_d21_where_a_cut_of_thirty_per_cent_settles(step: str, short: float, lasting: float) -> None:
    """Closed loop through the engine. Supply that took price for nothing would end at 3.28 times the price."""
    # At sea or at the mine, which reviews its stock once a step, lies a part of the sixty days.
    transit, makers = (1.0, 0.0) if step == "1 d" else (7.0, 3.0)
    world = worlds.world(
        [worlds.recipe("dig", {}, {"ore": 1.0})],
        [worlds.facility("mine", "AAA", "mine", "dig", 125.0)],
        {("AAA", "use", "ore"): 100.0},
        {("AAA/use", "ore", "mine"): 1.0},
        {("AAA", "AAA"): transit},
        {("AAA/use", "ore"): 60.0 - transit - makers},
        parameters={**SETTLING, "demand_elasticity_short": short, "demand_elasticity_long": lasting},
    )
    cut = {"kind": "outage", "id": "cut", "facilities": ["mine"], "remaining": 0.7, "effective": worlds.day(70)}
    story = worlds.scenario(2100, cut, step=step, behaviour=["supply_response", "demand_response"])
    seen: list[tuple[float, float, float]] = []

    def look(sim: Simulation, _: int) -> None:
        scene = sim.scene
        use = scene.use.sum(axis=0)[0]
        cover = float((scene.stocks.tonnes + scene.due.soon).sum(axis=0)[0] / use)
        seen.append((float(sim.quotes.quote[0, 0, 0]), float(use) / 100.0, cover))

    run(world, story, after_step=look)
    path = np.array(seen)
    assert path[5] == pytest.approx([1.0, 1.0, 60.0], rel=1e-9)
    assert np.ptp(path[-40:], axis=0) == pytest.approx(0.0, abs=1e-3)
    price_, quantity, cover = path[-1]
    exact("D21", price=price_, quantity=quantity, cover=cover)


OXIDES = {"ce": 0.48, "dy": 0.004, "la": 0.25, "ndpr": 0.22, "seg": 0.03, "tb": 0.001, "y": 0.015}
USD_PER_KG = {"ce": 1.2, "dy": 220.0, "la": 0.6, "ndpr": 60.0, "seg": 3.0, "tb": 800.0, "y": 6.0}


def test_d23_joint_products() -> None:
    """A separator that is asked for 180 t/d of NdPr and 6 t/d of Dy works for the Dy, and is left with the rest."""
    made = {name: 0.9 * share for name, share in OXIDES.items()}
    per_dy = {name: made[name] / made["dy"] for name in ("dy", *sorted(set(made) - {"dy"}))}
    waste = tuple(sorted(set(made) - {"dy", "ndpr"}))
    world = worlds.world(
        [
            worlds.recipe("dig", {}, {"rock": 1.0}),
            worlds.recipe(
                "split", {"rock": 1.0 / made["dy"]}, per_dy, 30.0, waste, dict.fromkeys((*waste, "ndpr"), 10.0)
            ),
        ],
        [
            worlds.facility("mine", "AAA", "mine", "dig", 5000.0),
            worlds.facility("plant", "AAA", "separation", "split", 20.0),
        ],
        {("AAA", "use", "dy"): 6.0, ("AAA", "use", "ndpr"): 180.0},
        {("plant", "rock", "mine"): 1.0, ("AAA/use", "dy", "plant"): 1.0, ("AAA/use", "ndpr", "plant"): 1.0},
        {},
        {("plant", "rock"): 20.0, ("AAA/use", "dy"): 30.0, ("AAA/use", "ndpr"): 30.0},
        parameters={"restore_time": 30.0},
    )
    days = 200
    done = run(world, worlds.scenario(days)).simulation
    fleet = next(f for f in done.fleets if f.plan.facilities[0].id == "plant")
    outputs = [o.commodity for o in fleet.plan.recipes[0].outputs]
    surplus = dict(zip(outputs, fleet.surplus[0, :, 0] / days, strict=True))
    shares = sorted(made)
    exact(
        "D23",
        feed=float(fleet.started[0, 0] / days / made["dy"]),
        ndpr_surplus=float(surplus["ndpr"]),
        ce_made=float(surplus["ce"]),
        value=float(basket_value(np.array([made[n] for n in shares]), np.array([USD_PER_KG[n] for n in shares]))),
    )
