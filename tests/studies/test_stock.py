"""The stock that just suffices: the search itself on invented answers, then on worlds whose answer is known by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.scenario.problems import Invalid
from simulator.scenario.uncertain import Uncertain
from simulator.studies.closures import AFTER, days, lengthened, of_world, upstream
from simulator.studies.stock import EVERY, MOST, Stock, bisect, quantile, search
from tests import worlds

BEGINS = 60
BAN = {
    "kind": "export_ban", "id": "ban", "effective": worlds.day(BEGINS), "duration": "10 d", "exporter": "AAA",
    "destinations": "all", "commodities": ["ore"],
}  # fmt: skip


def found(true: np.ndarray, guess: np.ndarray) -> tuple[np.ndarray, int]:
    """What a search finds where each market is short below a stock, and how many trials it takes."""
    trials = []

    def short(cover: np.ndarray, which: np.ndarray) -> np.ndarray:
        trials.append(which.size)
        return cover < true[:, which]

    most = np.full(true.shape, MOST)
    low, high = np.where(true > MOST, most, 0.0), np.where(true > MOST, np.inf, most)
    return bisect(short, low, high, guess), len(trials)


@pytest.mark.parametrize("off", [1.0, 1.05, 0.5, 3.0, 0.001])
def test_the_search_ends_just_above_the_truth_wherever_it_begins(off: float) -> None:
    true = np.array([[0.3, 5.0, 58.0, 190.0], [700.0, 729.0, 33.0, 91.0]])
    enough, trials = found(true, np.clip(true * off, 1.0, MOST))
    assert (enough >= true).all()
    assert (enough - true <= np.maximum(1.0, 0.05 * enough)).all()
    assert trials <= 14


def test_a_good_guess_saves_trials() -> None:
    true = np.linspace(20.0, 600.0, 12)[None]
    assert found(true, true * 1.03)[1] < found(true, np.full(true.shape, 1.0))[1]


def test_what_the_most_does_not_protect_stays_infinite_and_is_not_tried() -> None:
    true = np.array([[900.0, np.inf]])
    enough, trials = found(true, np.full(true.shape, 100.0))
    assert np.isinf(enough).all()
    assert trials == 0


def test_a_level_is_an_order_statistic_with_an_interval() -> None:
    enough = np.arange(1.0, 101.0)[::-1]
    assert quantile(enough, 0.9) == (90.0, 84.0, 96.0)  # P(B(100, 0.9) < 84) and P(B > 95) are below 2.5 %
    assert quantile(enough, 0.5)[0] == 50.0
    cover, low, high = quantile(enough[:10], 0.9)
    assert math.isinf(high)
    assert low <= cover


def run(world: object, *measures: dict, months: tuple[int, ...] = (3,), step: float = 1.0, **more: object) -> Stock:
    scenario = worlds.scenario(200, *(measures or (BAN,)), step=step, **more)
    return search(lengthened(scenario, world, months), workers=1)  # type: ignore[arg-type]


def test_who_buys_all_from_the_closed_country_needs_a_day_for_each_day() -> None:
    """Stock lasts its days; six days without are no shortage yet, so 85 days carry through 91, whatever is at sea."""
    stock = run(worlds.chain(transit=30.0, cover=25.0))
    least = days(3) - 6
    assert least <= stock.covers.min() <= stock.covers.max() <= 1.05 * least
    (row,) = stock.needed((0.9,))
    assert (row.country, row.sector, row.months, row.today) == ("BBB", "use", 3, 25.0)
    assert row.extra_t == pytest.approx((row.cover - 25.0) * 30.0)
    assert row.extra_usd == pytest.approx(row.extra_t)  # a dollar a tonne
    assert stock.chance("BBB", "use", 3, 0.95 * least).share == 0.0
    assert stock.chance("BBB", "use", 3, row.cover).share == 1.0
    assert stock.chance_today("BBB", "use", 3).share == 0.0


def two_sources(share: float) -> object:
    """An end user who buys a share from the country that closes and the rest from another one."""
    return worlds.world(
        [worlds.recipe("dig", {}, {"ore": 1.0})],
        [
            worlds.facility("mine", "AAA", "mine", "dig", 60.0),
            worlds.facility("pit", "CCC", "mine", "dig", 30.0 * (1.0 - share)),
        ],
        {("BBB", "use", "ore"): 30.0},
        {("BBB/use", "ore", "mine"): share, ("BBB/use", "ore", "pit"): 1.0 - share},
        {("AAA", "BBB"): 10.0, ("CCC", "BBB"): 10.0},
        {("BBB/use", "ore"): 40.0},
    )  # fmt: skip


def test_a_second_source_halves_it_and_a_longer_closure_raises_it() -> None:
    stock = run(two_sources(0.5), months=(3, 6))
    for months, enough in zip((3, 6), stock.covers[0], strict=True):
        least = (days(months) - 6) * 0.5
        assert least <= enough.min() <= enough.max() <= max(1.05 * least, least + 1.0)


@pytest.mark.slow
def test_day_and_week_agree_within_a_week() -> None:
    day, week = (run(two_sources(0.5), step=step).covers.max() for step in (1.0, 7.0))
    assert abs(week - day) <= 7.0


def test_who_is_not_cut_off_needs_nothing() -> None:
    stock = run(two_sources(0.0))
    assert stock.covers.max() <= 1.0


def test_more_than_was_tried_is_said_to_be() -> None:
    stock = run(worlds.chain(), months=(30,))
    assert np.isinf(stock.covers).all()
    (row,) = stock.needed((0.9,))
    assert math.isinf(row.cover)
    assert math.isnan(row.extra_t)


@pytest.mark.slow
def test_runs_differ_where_the_closure_is_uncertain_in_what_gets_around_it() -> None:
    leaky = {**BAN, "leakage": {"low": 0.0, "central": 0.2, "high": 0.4}, "leakage_delay": "0 d"}
    stock = run(worlds.chain(), leaky, replications=12)
    curve = [c.share for c in stock.curve((0.0, 55.0, 65.0, 70.0, 75.0, 80.0, 92.0))]
    assert curve[0] == 0.0
    assert curve[-1] == 1.0
    assert sorted(curve) == curve
    assert any(0.0 < share < 1.0 for share in curve)
    covers = [row.cover for row in stock.needed((0.5, 0.75, 0.9))]
    assert sorted(covers) == covers
    assert len(set(covers)) == 3


@pytest.mark.slow
def test_blocks_and_workers_do_not_change_the_answer() -> None:
    world = two_sources(0.5)
    leaky = {**BAN, "leakage": {"low": 0.0, "central": 0.2, "high": 0.4}}
    found = lengthened(worlds.scenario(200, leaky, replications=6, step=7.0), world, (3, 6))  # type: ignore[arg-type]
    assert (search(found, workers=1).covers == search(found, workers=2).covers).all()


def test_only_the_length_of_one_measure_is_changed() -> None:
    other = {**BAN, "id": "licences", "kind": "export_licence", "effective": worlds.day(30)}
    scenario = worlds.scenario(200, other, BAN)
    found = lengthened(scenario, worlds.chain(), (3, 12))
    assert found.measure.id == "ban"  # a ban comes before a licence
    for months, arm in zip((3, 12), found.arms, strict=True):
        assert arm.events[0] == scenario.events[0]
        assert arm.events[1].duration == Uncertain.exactly(float(days(months)))
        assert arm.events[1].model_copy(update={"duration": scenario.events[1].duration}) == scenario.events[1]
    assert found.windows == tuple(30.0 + days(m) + AFTER for m in (3, 12))  # from the first event, the licences
    assert lengthened(scenario, worlds.chain(), (3,), "licences").measure.id == "licences"


def test_a_scenario_that_closes_nothing_is_refused_with_its_place() -> None:
    outage = {
        "kind": "feed_loss",
        "id": "flood",
        "effective": worlds.day(60),
        "country": "AAA",
        "commodities": ["ore"],
    }
    with pytest.raises(Invalid, match="has no measure that closes a trade"):
        lengthened(worlds.scenario(200, outage), worlds.chain(), (3,))
    with pytest.raises(Invalid, match="did you mean 'ban'"):
        lengthened(worlds.scenario(200, BAN), worlds.chain(), (3,), "bann")


def test_a_closure_is_made_from_the_world() -> None:
    found = of_world("rare_earths", (3, 12), ("JPN",), replications=4, step=7.0)
    assert found.invented
    assert found.hit == ("JPN",)
    assert set(found.world.headline) < set(found.measure.commodities) == set(upstream(found.world))  # type: ignore[attr-defined]
    assert found.measure.exporter == found.world.inside  # type: ignore[attr-defined]
    everybody = of_world("rare_earths", (3,))
    assert found.world.inside not in everybody.hit
    assert len(everybody.hit) > 10


def test_every_sector_needs_what_the_neediest_does() -> None:
    enough = np.array([[[10.0, 80.0]], [[30.0, 20.0]]])
    base = run(two_sources(0.5))
    one = base.markets[0]
    both = Stock(base.closures, (one, type(one)("BBB", "other", one.use, one.today)), enough, 1)
    assert both.places() == [("BBB", EVERY), ("BBB", "use"), ("BBB", "other")]
    assert both.enough("BBB").tolist() == [[30.0, 80.0]]
    with pytest.raises(KeyError, match="CCC"):
        both.enough("CCC")
