"""Case D33: relations between runs with the same luck that hold whatever the true answer is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests import worlds as w
from tests.known_answers.network import LIVELY, assert_same, log_of, logs_of, network
from tests.known_answers.running import control, licence, run

DAYS = 90
MAGNETS = {"commodities": ["magnet", "oxide"]}


# What follows a price moves with it; a control that does not bind still parts the two markets, and so the quotes.
STEADY_DEMAND = {**LIVELY, "demand_elasticity_short": 0.0}


@pytest.fixture(scope="module")
def free():
    """Paths without any event, by what is on."""
    worlds = {"lively": LIVELY, "steady demand": STEADY_DEMAND}
    return {name: log_of(network(world), w.scenario(DAYS))[0] for name, world in worlds.items()}


# M1: a control that lets everything through is no control.


IDLE = {
    "a ban of no days": control("export_ban", w.day(40), duration="0 d", **MAGNETS),
    "a ban without a chance": control("export_ban", w.day(40), p_effect=0.0, **MAGNETS),
    "a ban that never took effect": control("export_ban", w.day(40), status="never_took_effect", **MAGNETS),
    "a tariff of nothing": {
        "kind": "import_tariff",
        "id": "tariff",
        "importer": "BBB",
        "commodities": ["magnet"],
        "rate": 0.0,
        "effective": w.day(40),
    },
}
WIDE = {
    "a quota as large as the sea": control("export_quota", w.day(40), allowance="1e12 t", **MAGNETS),
    "a tax of nothing": control("export_tax", w.day(40), rate=0.0, **MAGNETS),
}
DOORS = {
    "licence": licence(w.day(40), **MAGNETS),
    "leak": control("export_ban", w.day(40), leakage=1.0, leakage_delay="0 d", **MAGNETS),
}


@pytest.fixture(scope="module")
def idle():
    """Paths with what is idle from the start, an arm each."""
    return dict(zip(IDLE, logs_of(network(LIVELY), *(w.scenario(DAYS, m) for m in IDLE.values())), strict=True))


@pytest.fixture(scope="module")
def wide():
    """Paths with what takes force and lets everything through, an arm each."""
    arms = {**WIDE, **DOORS}
    return dict(zip(arms, logs_of(network(STEADY_DEMAND), *(w.scenario(DAYS, m) for m in arms.values())), strict=True))


@pytest.mark.parametrize("measure", IDLE)
def test_m1_nothing_changes_bit_for_bit(measure, free, idle):
    assert_same(free["lively"], idle[measure])


@pytest.mark.parametrize("measure", WIDE)
def test_m1_nothing_but_quotes_changes_bit_for_bit(measure, free, wide):
    assert_same(free["steady demand"], wide[measure], apart=("price",))


@pytest.mark.parametrize("measure", DOORS)
def test_m1_the_same_goods_leave_by_another_door(measure, free, wide):
    assert_same(free["steady demand"], wide[measure], 1e-12, apart=("price",))


# M2 and M3: units and the step.


def test_m2_kilograms_or_tonnes():
    ban = w.scenario(DAYS, control("export_ban", w.day(40), duration="40 d", **MAGNETS))
    tonnes, kilos = log_of(network(LIVELY), ban)[0], log_of(network(LIVELY, mass=1000.0), ban)[0]
    for name in tonnes.paths:
        factor = 1.0 if name == "price" else 1000.0
        assert np.allclose(kilos[name], factor * tonnes[name], rtol=1e-9, atol=1e-9 * factor), name


def test_m3_half_the_step():
    """Days of shortage stay within a day and tonnes within a daily lot when the clock ticks twice a day."""
    day = w.scenario(90, licence(w.day(20), {"statutory": "25 d"}))
    one, two = (run(w.chain(30.0, 10.0, 12.0), day.model_copy(update={"step": step})) for step in (1.0, 0.5))
    assert (one.first(), one.last()) == (42, 54)
    assert abs(two.first() / 2 - one.first()) <= 1
    assert abs(two.last() / 2 - one.last()) <= 1
    assert abs(two.missing[:, 0].sum() - one.missing[:, 0].sum()) <= 30.0


# M4 and M5: names, order and bystanders.


def test_m4_order_changes_nothing_bit_for_bit():
    world = network(LIVELY)
    turned = replace(
        world,
        facilities=_turned(world.facilities),
        recipes=_turned(world.recipes),
        cover=_turned(world.cover),
        commodities=_turned(world.commodities),
        lanes=_turned(world.lanes),
        sources=world.sources[::-1],
        demand=world.demand[::-1],
        countries=_turned(world.countries),
    )
    ban = control("export_ban", w.day(40), duration="40 d", **MAGNETS)
    slow = {"kind": "outage", "id": "slow", "facilities": ["refiner_a"], "remaining": 0.5, "effective": w.day(60)}
    plain = log_of(world, w.scenario(DAYS, ban, slow))[0]
    assert_same(plain, log_of(turned, w.scenario(DAYS, slow, ban))[0])
    for shuffle in (1, 2):
        assert_same(plain, log_of(world, w.scenario(DAYS, ban, slow), shuffle=shuffle)[0])


def _turned(mapping):
    return dict(reversed(list(mapping.items())))


def test_m4_new_names_permute_the_answer():
    """With chance off; the order of sums follows names, so the last digits may differ."""
    calm = {**LIVELY, "demand_noise": 0.0, "transit_cv": 0.0}
    new = {"mine_a": "z9", "refiner_a": "b1", "maker_b": "a0", "AAA": "QQQ", "BBB": "AAB", "mine_c": "a_mine"}
    ban = control("export_ban", w.day(40), duration="40 d", **MAGNETS)
    old_log, old = log_of(network(calm), w.scenario(DAYS, ban))
    new_log, renamed = log_of(network(calm, rename=new), w.scenario(DAYS, {**ban, "exporter": "QQQ"}))
    rows = [renamed.simulation.network.rows.index((_new_holder(h, new), c)) for h, c in old.simulation.network.rows]
    for name in ("stock", "on_order", "at_sea"):
        assert np.allclose(new_log[name][:, rows], old_log[name], rtol=1e-12, atol=1e-11), name


def _new_holder(holder, new):
    place, _, sector = holder.partition("/")
    return f"{new.get(place, place)}/{sector}" if sector else new.get(place, place)


def test_m5_an_idle_supplier_changes_nothing():
    ban = w.scenario(DAYS, control("export_ban", w.day(40), duration="40 d", **MAGNETS))
    (plain, without), (more, with_idle) = log_of(network(LIVELY), ban), log_of(network(LIVELY, idle=True), ban)
    rows = [with_idle.simulation.network.rows.index(r) for r in without.simulation.network.rows]
    for name in ("stock", "on_order", "at_sea", "use"):
        assert np.array_equal(more[name][:, rows], plain[name]), name


ROUNDING = 1e-4  # served tonnes are kept in single precision


# M6: more of it is not better.


def shortages(measures, cover=10.0):
    """Tonnes lost per arm and replication in the chain without feedbacks, with luck in demand and in transit."""
    world = w.chain(30.0, 12.0, cover, parameters={"demand_noise": 0.3, "transit_cv": 0.2})
    got = run(world, *(w.scenario(150, m) for m in measures), replications=8)
    return got.missing.sum(axis=0).reshape(8, len(measures)).T


@pytest.mark.parametrize(
    "measures",
    [
        [control("export_ban", w.day(30), duration=f"{d} d") for d in (5, 15, 30, 60)],
        [control("export_quota", w.day(30), cut=c) for c in (0.1, 0.3, 0.6, 0.9)],
        [licence(w.day(30), {"statutory": f"{d} d"}) for d in (5, 15, 30, 60)],
    ],
    ids=["longer-ban", "lower-quota", "longer-delay"],
)
def test_m6_harsher_is_not_less_harmful(measures):
    lost = shortages(measures)
    assert (np.diff(lost, axis=0) >= -ROUNDING).all()
    assert (lost[-1] > lost[0] + 30.0).all()


def test_m6_less_stock_is_not_less_harmful():
    ban = [control("export_ban", w.day(30), duration="30 d")]
    lost = np.stack([shortages(ban, cover)[0] for cover in (25.0, 15.0, 5.0)])
    assert (np.diff(lost, axis=0) >= -ROUNDING).all()
    assert (lost[-1] > lost[0] + 30.0).all()


# M7 and M8: parts of a whole, and twins.

EAGER = {"restore_time": 10.0, "forecast_days": 14.0, "patience": 5.0}
SLOW = {
    "kind": "outage",
    "id": "slow",
    "facilities": ["mine"],
    "remaining": 0.4,
    "effective": w.day(20),
    "duration": "40 d",
}


def twins(first=6.0, second=6.0):
    return w.world(
        [w.recipe("dig", {}, {"ore": 1.0})],
        [w.facility("mine", "AAA", "mine", "dig", 14.0)],
        {("BBB", "use", "ore"): first, ("CCC", "use", "ore"): second},
        {("BBB/use", "ore", "mine"): 1.0, ("CCC/use", "ore", "mine"): 1.0},
        {("AAA", "BBB"): 20.0, ("AAA", "CCC"): 20.0},
        {("BBB/use", "ore"): 10.0, ("CCC/use", "ore"): 10.0},
        EAGER,
    )


def test_m7_two_halves_make_a_whole():
    """A rationing rule that favours many small orders, or the first in line, breaks this."""
    one = replace(
        w.chain(12.0, 20.0, 10.0, parameters=EAGER), facilities={"mine": w.facility("mine", "AAA", "mine", "dig", 14.0)}
    )
    halves, thirds, whole = (run(world, w.scenario(120, SLOW)).missing for world in (twins(), twins(4.0, 8.0), one))
    assert whole.sum() > 100.0
    assert np.allclose(halves, whole, atol=ROUNDING)
    assert np.allclose(thirds, whole, atol=ROUNDING)


def test_m8_twins_fare_alike_and_swap():
    log, got = log_of(twins(), w.scenario(120, SLOW))
    b, c = got.row("BBB/use", "ore"), got.row("CCC/use", "ore")
    assert np.array_equal(log["stock"][:, b], log["stock"][:, c])
    hit_b, hit_c = (
        log_of(twins(), w.scenario(120, control("export_ban", w.day(40), destinations=[d], duration="50 d")))[0]
        for d in ("BBB", "CCC")
    )
    for name in ("stock", "on_order", "at_sea"):
        assert np.allclose(hit_b[name][:, [b, c]], hit_c[name][:, [c, b]], rtol=1e-12, atol=1e-11), name


# M9 to M13: time, books and luck.

EVENTS = {
    "ban": control("export_ban", w.day(40), duration="40 d", leakage=0.1, **MAGNETS),
    "licence": licence(
        w.day(40),
        {
            "service": "3 d",
            "service_cv": 1.0,
            "returned": 0.3,
            "refile": "9 d",
            "statutory": "20 d",
            "statutory_share": 0.5,
            "approval": 0.7,
            "appeal": 0.5,
            "clerks": 2,
        },
        **MAGNETS,
    ),
    "quota": control("export_quota", w.day(40), cut=0.6, carry=0.5, **MAGNETS),
    "outage": {"kind": "outage", "id": "out", "facilities": ["refiner_a"], "remaining": 0.2, "effective": w.day(40)},
    "feed": {"kind": "feed_loss", "id": "feed", "country": "CCC", "commodities": ["ore"], "effective": w.day(40)},
    "demand": {"kind": "demand_shift", "id": "more", "change": 0.5, "effective": w.day(40)},
    "lane": {
        "kind": "lane_change",
        "id": "lane",
        "from": ["AAA"],
        "to": ["BBB"],
        "extra": "15 d",
        "effective": w.day(40),
    },
    "home": {
        "kind": "domestic_priority",
        "id": "home",
        "country": "AAA",
        "commodities": ["magnet"],
        "factor": 0.8,
        "effective": w.day(40),
    },
    "military": {
        "kind": "military_end_use_ban",
        "id": "arms",
        "exporter": "AAA",
        "commodities": ["magnet"],
        "sectors": ["use"],
        "effective": w.day(40),
    },
    "tariff": {
        "kind": "import_tariff",
        "id": "tariff",
        "importer": "BBB",
        "commodities": ["magnet"],
        "rate": 0.5,
        "effective": w.day(40),
    },
}


# A law on who comes first does nothing while there is enough for all: it needs magnets to be short, from before it on.
SHORT = {"kind": "demand_shift", "id": "rush", "change": 2.0, "effective": w.day(20)}
SCENES = {"home": [SHORT]}


@pytest.fixture(scope="module")
def eventful():
    """Paths with each event, an arm each; with "short", what the scene alone does."""
    told = {name: w.scenario(DAYS, event, *SCENES.get(name, ())) for name, event in EVENTS.items()}
    told["short"] = w.scenario(DAYS, SHORT)
    return dict(zip(told, logs_of(network(LIVELY), *told.values()), strict=True))


@pytest.mark.parametrize("event", EVENTS)
def test_m9_m10_m11_before_the_day_nothing_and_the_books_are_right(event, free, eventful):
    """An event a day early shows at day 39. `run` itself asserts that every balance closes to 1e-9."""
    log, without = eventful[event], eventful["short"] if event in SCENES else free["lively"]
    assert_same(without, log, until=40)
    assert any(not np.allclose(without[n], log[n], rtol=1e-6) for n in log.paths), "the event does something"
    for name in ("stock", "owed", "shipped", "at_sea", "waiting", "unserved", "price", "use"):
        assert log[name].min() >= -1e-9, name
    assert (np.diff(log["work"], axis=0, prepend=0.0) <= log["capacity"] * (1 + 1e-12)).all()


def test_m12_same_seed_same_bits_alone_or_in_a_crowd():
    scenario = w.scenario(DAYS, EVENTS["licence"])
    few, again, many = (log_of(network(LIVELY), scenario, replications=n)[0] for n in (2, 2, 70))
    assert_same(few, again)
    for name in few.paths:
        assert np.array_equal(few[name], many[name][..., :2]), name
    assert not np.array_equal(many["stock"][..., 0], many["stock"][..., 69])


@pytest.mark.parametrize("event", ["ban", "licence", "quota"])
def test_m13_a_longer_run_begins_like_a_shorter_one(event, eventful):
    short = log_of(network(LIVELY), w.scenario(70, EVENTS[event]))[0]
    assert_same(short, eventful[event], until=70)


# M14: two words for the same thing.


@pytest.mark.parametrize(
    "other",
    [
        licence(w.day(30), {"approval": 0.0}),
        control("export_quota", w.day(30), allowance="0 t"),
        control("export_quota", w.day(30), cut=1.0),
    ],
    ids=["refusal", "quota-zero", "cut-all"],
)
def test_m14_three_ways_to_let_nothing_out(other):
    both = (w.scenario(150, m) for m in (control("export_ban", w.day(30)), other))
    missing = run(w.chain(30.0, 12.0, 10.0, parameters={"demand_noise": 0.3}), *both).missing
    ban, same = missing[:, ::2], missing[:, 1::2]
    assert ban.sum() > 1000.0
    assert np.array_equal(ban, same)
