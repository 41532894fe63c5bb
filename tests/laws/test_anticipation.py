"""The laws with afraid buyers: what is off changes nothing, and what is on depends on nothing it should not."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.engine.simulation import Simulation
from tests.laws.driving import Path, differing, travel, watch
from tests.laws.small_world import ALL_AT_ONCE, FROM_CHINA, LIVELY, STILL, control, small_world, story, turned_round
from tests.worlds import AFRAID, day

# By the day in the full profile; by the week, and on random worlds by both, with every run.
STEPS = [pytest.param("1 d", marks=pytest.mark.slow), "7 d"]
RUSHED = ("ban", "licence", "quota", "military", "outage", "surge")


def wary(**parameters: Any) -> Any:
    """The small world, and how afraid its buyers can be."""
    return small_world({**LIVELY, **AFRAID, **parameters})


def afraid(*names: Any, days: int = 60, **more: Any) -> Any:
    return story(*names, days=days, behaviour=["anticipation"], **more)


@cache
def crowd(step: str) -> Path:
    return travel(wary(), afraid(*RUSHED, step=step), range(4))


@pytest.mark.parametrize("step", STEPS)
def test_off_is_a_world_that_knows_no_fear(step: str) -> None:
    plain = travel(small_world(), story(*ALL_AT_ONCE, step=step, days=60))
    assert differing(plain, travel(wary(), story(*ALL_AT_ONCE, step=step, days=60))) == []
    assert differing(plain, travel(wary(), afraid(*ALL_AT_ONCE, step=step)), list(plain.state)) != []


@pytest.mark.parametrize("step", STEPS)
def test_arms_with_and_without_side_by_side_are_the_same_as_apart(step: str) -> None:
    arms = [story(*RUSHED, step=step, days=60), afraid(*RUSHED, step=step)]
    both, apart = travel(wary(), arms), [travel(wary(), arm) for arm in arms]
    for place, alone in enumerate(apart):
        mine = both.member(place, 2 + place)
        assert differing(alone, mine, list(alone.state)) == []
        known = {n: array.tobytes() for n, (_, array) in alone.record.values.items() if n != "fear"}
        assert known == {n: mine.record.values[n][1].tobytes() for n in known}
    assert not both.record.values["fear"][1][..., ::2].any()


@pytest.mark.parametrize("step", STEPS)
def test_neither_files_nor_actors_nor_fleets_have_an_order_that_counts(step: str) -> None:
    turned = travel(turned_round(wary()), afraid(*reversed(RUSHED), step=step), range(4))
    assert differing(crowd(step), turned) == []
    assert differing(crowd(step), travel(wary(), afraid(*RUSHED, step=step), range(4), shuffle=7)) == []
    alone = travel(wary(), afraid(*RUSHED, step=step), range(4), alone=True)
    assert differing(crowd(step), alone, list(alone.state)) == []


@pytest.mark.parametrize("step", STEPS)
def test_a_member_alone_is_the_same_member_in_a_crowd(step: str) -> None:
    assert differing(travel(wary(), afraid(*RUSHED, step=step), (3,)), crowd(step).member(3)) == []


@pytest.mark.parametrize(("step", "first"), [("1 d", 15), ("7 d", 2)])
def test_nothing_differs_before_the_first_word(step: str, first: int) -> None:
    before, after = (travel(wary(), afraid(*names, step=step, days=42)) for names in ((), RUSHED))
    assert differing(before.until(first), after.until(first)) == []
    assert differing(before.until(first + 1), after.until(first + 1)) != []


@pytest.mark.parametrize("how", [{"status": "never_took_effect"}, {"p_effect": 0.0}], ids=str)
def test_what_never_takes_effect_frightens_nobody(how: dict[str, Any]) -> None:
    assert differing(travel(wary(), afraid()), travel(wary(), afraid(control("ban", **how)))) == []


def test_what_is_announced_after_the_end_frightens_nobody() -> None:
    late = control("ban", announced=day(70), effective=day(90), expires=day(120))
    assert differing(travel(wary(), afraid()), travel(wary(), afraid(late))) == []


def test_two_bans_announced_together_frighten_as_their_union() -> None:
    def ban(id: str, *where: str) -> dict[str, Any]:
        return {"id": id, "kind": "export_ban", **FROM_CHINA, "destinations": list(where)}

    two = travel(wary(), afraid(ban("a", "DEU", "JPN"), ban("b", "JPN", "USA")))
    assert differing(two, travel(wary(), afraid(ban("a", "DEU", "JPN", "USA")))) == []


@pytest.mark.parametrize("step", STEPS)
def test_every_stock_stays_where_it_is_while_nothing_happens(step: str) -> None:
    world = small_world({**STILL, **AFRAID}, growth=0.0)

    def stocks(sim: Simulation) -> np.ndarray:
        return sim.scene.stocks.tonnes.copy()

    sim, seen = watch(world, afraid(days=364, step=step, growth=False), stocks)
    path = np.array(seen)
    np.testing.assert_allclose(path, np.broadcast_to(path[0], path.shape), rtol=1e-9, atol=1e-9)
    assert sim.scene.anticipation is not None
    assert sim.scene.anticipation.fear.max() < 1e-12


@pytest.mark.parametrize("step", STEPS)
def test_every_tonne_is_accounted_for_and_nothing_owed_is_negative(step: str) -> None:
    def lowest(sim: Simulation) -> float:
        trade = sim.scene.trade
        open_orders = trade.to_buyers(trade.owed + trade.blocked)
        np.testing.assert_allclose(open_orders + sim.scene.waiting + sim.scene.due.inside, trade.on_order, atol=1e-8)
        return float(min(trade.owed.min(), trade.blocked.min()))

    sim, seen = watch(wary(), afraid(*ALL_AT_ONCE, days=364, step=step), lowest, range(4))
    books = sim.audit.residuals()
    assert max(books["stock"], books["trade"], books["process"]) < 1e-9
    assert books["lowest_stock"] >= 0.0
    assert min(seen) >= 0.0
    assert sim.scene.anticipation is not None


def test_a_recovery_is_no_slower_where_sellers_doubt() -> None:
    """Sellers read shipments and believed orders, not shipments alone, or a shortage would feed itself for years."""
    stop = control("outage", remaining=0.0, announced=day(30), effective=day(30), expires=day(210))
    short = {}
    for name, told in (("calm", story), ("afraid", afraid)):
        record = travel(wary(), told(stop, days=730, step="7 d"), range(4)).record
        missing = (record.values["asked"][1] - record.values["served"][1]).sum(axis=(1, 2))
        short[name] = np.flatnonzero(missing > 1.0)[-1]
    assert short["afraid"] <= short["calm"] + 1
