"""Prices from cover, in two markets: inside the controlling country and outside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def target(
    normal: Array | float,
    cover: Array | float,
    normal_cover: Array | float,
    gamma: Array | float,
    lowest: Array | float = 0.0,
    highest: Array | float = np.inf,
) -> Array:
    """Price at which the market would settle: `normal * (cover / normal_cover) ** -gamma`, kept within bounds.

    Reduced form of storage theory: convex in scarcity. Prices in one unit, covers in days.
    """
    ratio = np.maximum(np.asarray(cover) / normal_cover, 1e-9)
    return np.clip(normal * ratio ** -np.asarray(gamma), lowest, highest)


def relax(now: Array | float, goal: Array | float, step: float, time: Array | float) -> Array:
    """Log price after `step` days on the way to its goal with time constant `time` [d].

    Exact, so the answer does not depend on the length of the step.
    """
    return np.exp(np.log(goal) + (np.log(now) - np.log(goal)) * np.exp(-step / np.asarray(time)))


def mixed(contract: Array | float, quote: Array | float, share: Array | float) -> Array:
    """Price paid where `share` of the volume goes at the contract price and the rest at the quote; all in one unit."""
    return np.asarray(share * np.asarray(contract) + (1.0 - np.asarray(share)) * quote)


def demand_factor(price: Array | float, normal: Array | float, elasticity: Array | float) -> Array:
    """Short-run demand as a share of normal: `(price / normal) ** -elasticity`."""
    return (np.asarray(price) / normal) ** -np.asarray(elasticity)
