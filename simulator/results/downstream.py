"""Units that a shortage stops, and the value added at risk with them: formulas only.

The lower end of the value added counts the builder alone, the upper end everybody whose work was in the unit, with
fixed coefficients and without substitution (Leontief).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.results.labelled import Dim, Labelled, along, described

Array = NDArray[np.float64]


def lost_units(lost: Labelled, tonnes_per_unit: float) -> Labelled:
    """Units not built for want of a material that every one of them needs.

    Formula: lost / tonnes_per_unit.

    Parameters
    ----------
    lost : array of demand that did not wait [t]
    tonnes_per_unit : material in a unit [t]

    Returns
    -------
    array of the same shape [units]

    Raises
    ------
    ValueError
        When a unit holds nothing.
    """
    if not tonnes_per_unit > 0.0:
        raise ValueError(f"a unit must hold some of the material; got {tonnes_per_unit} t")
    return described(lost / tonnes_per_unit, "lost_units", "units not built", "1")


def made_up(
    lost: Labelled, asked: Labelled, overtime: float, window: int, dim: Dim = "month", short: float = 0.02
) -> Labelled:
    """Lost output that is built later in overtime.

    Formula: in a period in which no more than `short` of demand is lost, up to overtime * asked of what was lost in the
    `window` periods before it is built, the oldest first.

    Parameters
    ----------
    lost, asked : array with a dimension of periods, same shape and unit
    overtime : share of normal output that can be built on top [1]
    window : periods in which a customer still takes what was lost
    short : share of demand lost from which a period has no material to spare [1]

    Returns
    -------
    array of the same shape and unit, in the period in which it is built; its sum never exceeds that of `lost`
    """

    def build(missing: Array, normal: Array) -> Array:
        out, open_ = np.zeros(missing.shape), np.zeros((window, *missing.shape[:-1]))
        for t in range(missing.shape[-1]):
            if open_.any():
                room = np.where(missing[..., t] <= short * normal[..., t], overtime * normal[..., t], 0.0)
                for age in range(window):  # the oldest first
                    built = np.minimum(open_[age], room)
                    open_[age] -= built
                    room, out[..., t] = room - built, out[..., t] + built
            open_ = np.concatenate([open_[1:], missing[None, ..., t]])
        return out

    return described(along(build, dim, lost, asked, keep=True), "made_up", "built later in overtime", "as given")


def leontief_inverse(coefficients: ArrayLike) -> Array:
    """Output needed, directly and on the way, for a unit of final demand.

    Formula: (I - A)^-1.

    Parameters
    ----------
    coefficients : array (seller, buyer), purchases per unit of the buyer's output [1]

    Returns
    -------
    array (seller, final demand) [1]

    Raises
    ------
    ValueError
        When an industry buys as much as it makes or more, or the table is not square.
    """
    table = np.asarray(coefficients, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise ValueError(f"a table of coefficients is square; got {table.shape}")
    if (table < 0.0).any() or (table.sum(axis=0) >= 1.0 + 1e-12).any():
        raise ValueError("an industry can neither buy less than nothing nor more than it makes")
    return np.asarray(np.linalg.inv(np.eye(len(table)) - table), dtype=np.float64)


def output_multipliers(coefficients: ArrayLike) -> Array:
    """Output of all industries for a unit of final demand, array (final demand) [1]: column sums of (I - A)^-1."""
    multipliers: Array = leontief_inverse(coefficients).sum(axis=0)
    return multipliers


def output_change(coefficients: ArrayLike, demand_change: ArrayLike) -> Array:
    """Change of output that a change of final demand brings.

    Formula: (I - A)^-1 df. Shapes: A (seller, buyer) [1]; df and the result (industry) [USD].
    """
    change: Array = leontief_inverse(coefficients) @ np.asarray(demand_change, dtype=np.float64)
    return change


def value_added_change(coefficients: ArrayLike, demand_change: ArrayLike, shares: ArrayLike | None = None) -> float:
    """Change of value added in the whole economy.

    Formula: v' (I - A)^-1 df.

    Parameters
    ----------
    coefficients : array (seller, buyer) [1]
    demand_change : array (industry) [USD]
    shares : value added per unit of output v, array (industry) [1]; what an industry does not buy when None: then
        nothing is imported, and the change equals that of final demand

    Returns
    -------
    USD
    """
    table = np.asarray(coefficients, dtype=np.float64)
    share = 1.0 - table.sum(axis=0) if shares is None else np.asarray(shares, dtype=np.float64)
    return float(share @ output_change(table, demand_change))
