"""Cases D05 and D20: rules that are pure functions, called as the engine calls them."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine import price
from simulator.engine.chance import TILE, Chance
from simulator.engine.ordering import MinMax
from tests.known_answers.poisson import poisson
from tests.known_answers.reference import CASES, exact, exchanged, statistical


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
