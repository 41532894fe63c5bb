"""Law: nothing differs before the first day of a control, nor in countries it has nothing to do with."""

from __future__ import annotations

import numpy as np
import pytest

from tests.laws.driving import differing, travel
from tests.laws.small_world import ALL_AT_ONCE, LIVELY, small_world, story, with_stranger


@pytest.mark.parametrize(("step", "first"), [("1 d", 15), ("7 d", 2)])
def test_nothing_differs_before_the_first_announced_day(step: str, first: int) -> None:
    before = travel(small_world(), story(step=step, days=35))
    after = travel(small_world(), story(*ALL_AT_ONCE, step=step, days=35))
    assert differing(before.until(first), after.until(first)) == []
    assert differing(before, after, list(before.state)) != []


def test_a_country_that_trades_with_nobody_changes_nothing_elsewhere() -> None:
    without, with_it = (travel(w, story(*ALL_AT_ONCE, days=50)) for w in (small_world(), with_stranger()))
    assert differing(without, with_it, list(without.state)) == []


def test_a_country_that_trades_with_nobody_but_uses_the_same_goods_moves_prices_only() -> None:
    """The quote is one for all buyers outside the controlling country, so prices are where strangers meet."""
    firm = {**LIVELY, "demand_elasticity_short": 0.0}
    events = story(*ALL_AT_ONCE, days=50)
    without, with_it = travel(small_world(firm), events), travel(with_stranger(False, firm), events)
    tonnes = [n for n in without.state if n[0] != "quote"]
    assert differing(without, with_it, tonnes) == []
    assert not np.array_equal(without.state["quote", "light_ore"], with_it.state["quote", "light_ore"])


def test_a_control_on_one_destination_leaves_stocks_before_the_border_whole() -> None:
    """Causes travel along lanes: a ban to Germany is not felt by American end users before a ship could bring it."""
    before, after = (
        travel(small_world({**LIVELY, "demand_elasticity_short": 0.0}), story(*e, days=35)) for e in ((), ("ban",))
    )
    there = [n for n in before.state if n[0] == "stock" and n[1].startswith("USA/")]
    assert differing(before.until(30), after.until(30), there) == []
