"""Whether a plant pays: net present value with the instruments that change it. Pure functions; year-end convention."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def capital_cost(
    equity_share: Array | float, return_equity: Array | float, return_debt: Array | float, tax: Array | float
) -> Array | float:
    """Weighted average cost of capital `E/V re + D/V rd (1 - tax)` [1/yr]; a cheap loan lowers `return_debt`."""
    return equity_share * return_equity + (1.0 - equity_share) * return_debt * (1.0 - tax)


def annuity(rate: Array | float, years: Array | float) -> Array:
    """Present value of one a year over some years, paid at the end of each: `(1 - (1 + r)^-n) / r`; n at r = 0 [yr]."""
    rate, years = np.asarray(rate), np.asarray(years)
    positive = rate > 0.0
    safe = np.where(positive, rate, 1.0)
    return np.where(positive, -np.expm1(-years * np.log1p(safe)) / safe, years)


def net_present_value(
    capex: Array | float,
    build: Array | float,
    capacity: Array | float,
    utilisation: Array,
    price: Array | float,
    opex: Array | float,
    rate: Array | float,
    *,
    wait: Array | float = 0.0,
    grant: Array | float = 0.0,
    floor: Array | float = 0.0,
    offtake: Array | float = 0.0,
) -> Array:
    """Net present value of a project on the day of its decision [USD].

    Capital is spent evenly over the years of building, sales follow.

    Parameters
    ----------
    capex : capital cost [USD]
    build : years from breaking ground to the first sale [yr], above 0
    capacity : output at full rate [t/yr]
    utilisation : (year, ...) share of capacity made and sold in each year of work [1]; its length is the life
    price, opex : revenue and cost of a tonne [USD/t]
    rate : cost of capital [1/yr]
    wait : years before the spending begins, such as those of the permit [yr]
    grant : share of capex that somebody else pays [1]
    floor : lowest price that a contract for difference guarantees [USD/t]
    offtake : lowest utilisation that a contract guarantees [1]
    """
    earned = np.maximum(price, floor) - opex
    sold = present_volume(utilisation, rate, np.asarray(wait) + build, offtake) * capacity
    return sold * earned - _outlay(capex, build, rate, wait, grant)


def break_even(
    capex: Array | float,
    build: Array | float,
    capacity: Array | float,
    utilisation: Array,
    opex: Array | float,
    rate: Array | float,
    *,
    grant: Array | float = 0.0,
    offtake: Array | float = 0.0,
) -> Array:
    """Price at which a project is worth nothing, neither more nor less, whenever it begins [USD/t]; see `net_present_value`."""
    sold = present_volume(utilisation, rate, np.asarray(build), offtake) * capacity
    return opex + _outlay(capex, build, rate, 0.0, grant) / sold


def _outlay(
    capex: Array | float, build: Array | float, rate: Array | float, wait: Array | float, grant: Array | float
) -> Array:
    """Present value of the capital [USD]."""
    later = (1.0 + np.asarray(rate)) ** -np.asarray(wait)
    return np.asarray(capex * (1.0 - np.asarray(grant)) / build * annuity(rate, build) * later)


def present_volume(
    utilisation: Array, rate: Array | float, begins: Array | float, offtake: Array | float = 0.0
) -> Array:
    """Present value of all years' utilisation (year, ...) where work begins some years from now [yr of full work]."""
    factor, worth = 1.0 + np.asarray(rate), np.zeros(())
    for year, used in enumerate(utilisation):
        worth = worth + np.maximum(used, offtake) * factor ** -(begins + year + 1.0)
    return worth
