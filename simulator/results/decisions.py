"""Choosing under scenarios nobody can weigh: regret, minimax and the value of knowing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def regret(cost: ArrayLike) -> NDArray[np.float64]:
    """Cost above the best that could have been chosen in the same scenario.

    Formula: r(s, w) = C(s, w) - min_s' C(s', w).

    Parameters
    ----------
    cost : array (strategy, scenario), any unit

    Returns
    -------
    array (strategy, scenario), same unit, never negative
    """
    table = _table(cost)
    return table - table.min(axis=0)


def minimax_regret(cost: ArrayLike) -> tuple[int, NDArray[np.float64]]:
    """The strategy whose worst regret is smallest, and the worst regret of each.

    Formula: argmin_s max_w r(s, w).

    Parameters
    ----------
    cost : array (strategy, scenario)

    Returns
    -------
    position of the strategy, and array (strategy) of its largest regret in the unit of cost
    """
    worst = regret(cost).max(axis=1)
    return int(worst.argmin()), worst


def expected_cost(cost: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Cost of each strategy averaged over scenarios: sum_w p(w) C(s, w), array (strategy).

    Raises
    ------
    ValueError
        When the weights are negative, do not sum to one, or are not one per scenario.
    """
    table, p = _table(cost), np.asarray(weights, dtype=np.float64)
    if p.shape != (table.shape[1],) or (p < 0).any() or abs(p.sum() - 1.0) > 1e-9:
        raise ValueError("weights are one share per scenario and sum to one")
    return (table * p).sum(axis=1)


def best_choice(cost: ArrayLike, weights: ArrayLike) -> int:
    """Position of the strategy with the lowest expected cost."""
    return int(expected_cost(cost, weights).argmin())


def evpi(cost: ArrayLike, weights: ArrayLike) -> float:
    """Expected value of perfect information, in the unit of cost.

    Formula: min_s E_w[C(s, w)] - E_w[min_s C(s, w)].

    Parameters
    ----------
    cost : array (strategy, scenario)
    weights : array (scenario), sums to one [1]
    """
    table, p = _table(cost), np.asarray(weights, dtype=np.float64)
    return float(expected_cost(table, p).min() - (table.min(axis=0) * p).sum())


def _table(cost: Any) -> NDArray[np.float64]:
    table = np.asarray(cost, dtype=np.float64)
    if table.ndim != 2 or table.size == 0:
        raise ValueError(f"cost is a table (strategy, scenario); got shape {table.shape}")
    return table
