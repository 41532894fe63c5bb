"""Whether a plant pays: net present value by hand, instrument by instrument."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.engine.npv import annuity, break_even, capital_cost, net_present_value


def test_the_cost_of_capital_and_the_worth_of_a_yearly_dollar():
    assert capital_cost(0.6, 0.15, 0.05, 0.2) == pytest.approx(0.6 * 0.15 + 0.4 * 0.05 * 0.8)
    assert annuity(0.1, 2.0) == pytest.approx(1 / 1.1 + 1 / 1.1**2)
    assert annuity(0.0, 7.0) == 7.0


def test_each_instrument_raises_the_value_as_it_should():
    case: dict[str, Any] = {"capex": 100.0, "build": 2.0, "capacity": 10.0, "price": 8.0, "opex": 5.0}
    case["utilisation"] = np.full(5, 0.8)
    plain = net_present_value(**case, rate=0.1)
    outlay = 50 / 1.1 + 50 / 1.1**2
    assert plain == pytest.approx(sum(24 / 1.1 ** (2 + k) for k in range(1, 6)) - outlay)
    assert net_present_value(**case, rate=0.1, grant=0.4) == pytest.approx(plain + 0.4 * outlay)
    assert net_present_value(**case, rate=0.1, floor=7.0) == plain
    assert net_present_value(**case, rate=0.1, floor=10.0) == net_present_value(**{**case, "price": 10.0}, rate=0.1)
    assert net_present_value(**case, rate=0.1, offtake=1.0) == pytest.approx((plain + outlay) / 0.8 - outlay)
    assert net_present_value(**case, rate=0.1, wait=1.0) == pytest.approx(plain / 1.1)
    del case["price"]
    at = break_even(**case, rate=0.1, grant=0.4)
    assert net_present_value(**case, price=at, rate=0.1, wait=1.0, grant=0.4) == pytest.approx(0.0, abs=1e-9)


def test_where_money_costs_nothing_years_count_in_full_and_elsewhere_they_do_not():
    found = annuity(np.array([0.0, 0.1]), np.array([3.0, 1.0]))
    assert found.tolist() == pytest.approx([3.0, 1.0 / 1.1])


def test_a_project_breaks_even_at_what_a_tonne_costs_and_its_part_of_the_capital():
    """100 spent over one year, 10 t in the year after at 5 a tonne; all of it at 10 %."""
    plant: dict[str, Any] = {"capex": 100.0, "build": 1.0, "capacity": 10.0, "utilisation": np.array([0.5])}
    plant |= {"opex": 5.0, "rate": 0.1}
    assert break_even(**plant) == pytest.approx(5.0 + 100.0 / 1.1 / (5.0 / 1.1**2))
    assert break_even(**plant, offtake=0.8) == pytest.approx(5.0 + 100.0 / 1.1 / (8.0 / 1.1**2))
    assert break_even(**plant, grant=0.25) - 5.0 == pytest.approx(0.75 * (break_even(**plant) - 5.0))


def test_a_price_below_cost_loses_money_and_a_guarantee_of_nothing_changes_nothing():
    case: dict[str, Any] = {"capex": 0.0, "build": 1.0, "capacity": 10.0, "opex": 5.0, "rate": 0.0}
    assert net_present_value(**case, utilisation=np.array([0.5]), price=0.4) == pytest.approx(-23.0)
