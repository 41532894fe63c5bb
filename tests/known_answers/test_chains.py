"""Cases D01, D15, D15b, D16, D17 and D31: chains of sites and lanes whose days can be counted on paper.

Each would move by a whole day, outside its tolerance or outside the equality asserted here, if a lane, a process, a
stock or the office's clock were one day longer or shorter: the exact answers are asserted besides the tolerances.
"""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.clock import Phase
from tests import worlds as w
from tests.known_answers.reference import exact
from tests.known_answers.running import control, licence, run


def test_d01_mass_of_a_mine_a_lane_and_a_refinery():
    """A lane or a process of one day more leaves 10 t of ore or 8 t in process elsewhere than stated."""
    recipes = [
        w.recipe("dig", {}, {"ore": 1.0}),
        w.recipe("refine", {"ore": 1.0 / 0.92}, {"oxide": 1.0}, residence=30.0),
    ]
    sites = [w.facility("mine", "AAA", "mine", "dig", 10.0), w.facility("refinery", "BBB", "refinery", "refine", 9.2)]
    world = w.world(
        recipes,
        sites,
        {("BBB", "use", "oxide"): 9.2},
        {("BBB/use", "oxide", "refinery"): 1.0, ("refinery", "ore", "mine"): 1.0},
        {("AAA", "BBB"): 10.0},
        {},
    )
    # The refinery orders for 10 t/d of feed and works at four fifths of it.
    slow = {"kind": "outage", "id": "slow", "facilities": ["refinery"], "remaining": 0.8, "effective": w.day(0)}
    got = run(world, w.scenario(365, slow), empty=True)
    scene, mine, refinery = got.simulation.scene, *_fleets(got, "mine", "refinery")
    ore, oxide = got.row("refinery", "ore"), got.row("refinery", "oxide")
    mined, in_transit = mine.started[0, 0], scene.due.inside[ore, 0]
    ore_stock, in_process = scene.stocks.on_hand[ore, :, 0].sum(), refinery.process.inside[0, 0] / 0.92
    product = scene.stocks.added[oxide, 0]
    losses = product / 0.92 - product
    residual = mined - (in_transit + ore_stock + in_process + product + losses)
    exact(
        "D01",
        mined=mined,
        in_transit=in_transit,
        ore_stock=ore_stock,
        in_process=in_process,
        product=product,
        losses=losses,
        residual=residual,
    )
    assert (ore_stock, in_process, product) == pytest.approx((710.0, 240.0, 2392.0), abs=1e-6)


def _fleets(got, *stages):
    return [next(f for f in got.simulation.fleets if f.plan.facilities[0].stage == stage) for stage in stages]


def test_d15_every_lot_waits_45_days():
    """A clock of 46 days, or a lane of 31, moves the first or the last day by one and the loss by 30 t."""
    got = run(w.chain(), w.scenario(365, licence(w.day(100), {"statutory": "45 d"})))
    lost = got.missing[:, 0].sum()
    exact(
        "D15",
        first=got.first(),
        survive=got.first() - 100,
        last=got.last(),
        lost=lost,
        pending=got.waiting[:, 0].max(),
        fill=1.0 - lost / got.asked[:, 0].sum(),
    )
    assert (got.first(), got.last(), lost) == (155, 174, pytest.approx(600.0))
    assert got.record.values["first_shortage"][1][0, 0] == 55.0  # the product's own measure says the same


def test_d15b_one_clerk_at_four_fifths_of_the_need():
    """A clerk of a day and a half, or files that enter a day late, miss the first shortage by more than a day."""
    got = run(w.chain(), w.scenario(730, licence(w.day(100), {"service": "1.25 d", "clerks": 1})))
    tail = slice(-100, None)
    exact(
        "D15b",
        first=got.first(),
        lost=got.missing[:, 0].sum(),
        long_run_fill=1.0 - got.missing[tail, 0].sum() / got.asked[tail, 0].sum(),
    )
    assert (got.first(), got.missing[:, 0].sum()) == (251, pytest.approx(2880.0, abs=1e-3))


def test_d16_a_cut_goes_through_four_echelons():
    """Each lane, stock and process adds its days once; the sum shows one too many anywhere."""
    transits, covers, processes = (20.0, 10.0, 35.0, 5.0), (30.0, 15.0, 45.0, 20.0), (7.0, 3.0, 14.0)
    places, goods = ("AAA", "BBB", "CCC", "DDD", "EEE"), ("ore", "oxide", "metal", "magnet")
    recipes = [w.recipe("make ore", {}, {"ore": 1.0})]
    recipes += [
        w.recipe(f"make {b}", {a: 1.0}, {b: 1.0}, residence=d)
        for a, b, d in zip(goods, goods[1:], processes, strict=False)
    ]
    sites = [w.facility(f"{g} works", p, g, f"make {g}", 12.0) for g, p in zip(goods, places, strict=False)]
    sources = {(f"{b} works", a, f"{a} works"): 1.0 for a, b in zip(goods, goods[1:], strict=False)}
    holders = [("oxide works", "ore"), ("metal works", "oxide"), ("magnet works", "metal"), ("EEE/use", "magnet")]
    world = w.world(
        recipes,
        sites,
        {("EEE", "use", "magnet"): 12.0},
        {**sources, ("EEE/use", "magnet", "magnet works"): 1.0},
        dict(zip(zip(places, places[1:], strict=False), transits, strict=True)),
        dict(zip(holders, covers, strict=True)),
    )
    got = run(world, w.scenario(365, control("export_ban", w.day(50))))
    exact("D16", first=got.first())
    assert got.first() == 254
    assert np.allclose(got.missing[254:, 0], 12.0)


def test_d17_the_second_source_gives_a_fifth_more():
    """A surge that arrives a day late loses 2.4 t and is not seen; a lane of 31 days moves the first day."""
    world = w.world(
        [w.recipe("dig", {}, {"ore": 1.0})],
        [w.facility("a", "AAA", "mine", "dig", 18.0), w.facility("b", "BBB", "mine", "dig", 14.4)],
        {("CCC", "use", "ore"): 30.0},
        {("CCC/use", "ore", "a"): 0.6, ("CCC/use", "ore", "b"): 0.4},
        {("AAA", "CCC"): 30.0, ("BBB", "CCC"): 30.0},
        {("CCC/use", "ore"): 25.0},
    )

    def turn_to_b(simulation):
        trade, clock = simulation.scene.trade, simulation.scene.clock
        b = [name[2] for name in trade.lanes.names].index("b")

        def life():
            while True:
                yield clock.at(Phase.ARRIVE)  # before orders; what is ordered on day 104 is dug and shipped on day 105
                if clock.today >= 104:
                    trade.share[b] = 0.48

        simulation.env.process(life())

    got = run(world, w.scenario(365, control("export_ban", w.day(100))), actors=turn_to_b)
    exact("D17", first=got.first(), lost=got.missing[:, 0].sum())
    assert got.missing[:, 0].sum() == pytest.approx(2928.0, abs=1e-3)


def test_d31_a_ban_leaks_through_a_third_country():
    """A detour of 24 or 26 days changes the loss by 4.5 t: the equality sees it, the tolerance would not."""
    ban = control("export_ban", w.day(100), leakage=0.15, leakage_delay="25 d")
    got = run(w.chain(), w.scenario(365, ban))
    lost = got.missing[:, 0].sum()
    exact("D31", first=got.first(), lost=lost, fill=1.0 - lost / got.asked[:, 0].sum())
    assert lost == pytest.approx(5355.0, abs=1e-3)
    assert np.allclose(1.0 - got.missing[-30:, 0] / 30.0, 0.15)
