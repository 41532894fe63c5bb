"""Forecasts that cost nothing: what a model of export controls has to beat.

Each rule says what share of the flow before the event leaves on a day; months are means over their days.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STATUTORY = 63  # 45 working days [d]

WORDS: Mapping[str, str] = {
    "N0": "no change",
    "N1": "full cut from the first day",
    "N2": "nothing for 63 days (45 working days), then as before",
    "N3": "nothing for 63 days, then a straight line back over another 63",
    "N4": "before, times the share of applications reported as approved",
    "N5": "every destination falls as the world does",
}


def forecasts(months: Any, start: Any, baseline: float, statutory: float = STATUTORY) -> dict[str, Array]:
    """Rules N0 to N3, which need nothing but the day on which the measure takes force.

    Parameters
    ----------
    months : (month,) datetime64[M]
    start : day on which the measure takes force
    baseline : mean monthly flow before it, in any unit
    statutory : time the law gives for a decision [d]

    Returns
    -------
    (month,) by rule, in the unit of the baseline
    """
    first = np.datetime64(start, "D")

    def since(days: NDArray[np.datetime64]) -> Array:
        return (days - first).astype(np.float64)

    def back(days: NDArray[np.datetime64]) -> Array:
        return np.where(since(days) < 0.0, 1.0, np.clip((since(days) - statutory) / statutory, 0.0, 1.0))

    def step(days: NDArray[np.datetime64]) -> Array:
        return np.where((since(days) < 0.0) | (since(days) >= statutory), 1.0, 0.0)

    rules = {
        "N0": lambda days: np.ones(days.size),
        "N1": lambda days: np.where(since(days) < 0.0, 1.0, 0.0),
        "N2": step,
        "N3": back,
    }
    asked = np.asarray(months, dtype="datetime64[M]")
    return {name: baseline * np.array([rule(_days(m)).mean() for m in asked]) for name, rule in rules.items()}


def by_approval(months: Any, start: Any, baseline: float, reports: Mapping[Any, float]) -> Array:
    """Rule N4: nothing until a share of applications is reported as approved, then that share of the baseline.

    Parameters
    ----------
    months, start, baseline : as for `forecasts`
    reports : share approved [1] by day of the report

    Returns
    -------
    (month,) in the unit of the baseline
    """
    first, known = np.datetime64(start, "D"), sorted((np.datetime64(d, "D"), share) for d, share in reports.items())

    def share(day: np.datetime64) -> float:
        if day < first:
            return 1.0
        return next((value for when, value in reversed(known) if when <= day), 0.0)

    asked = np.asarray(months, dtype="datetime64[M]")
    return baseline * np.array([np.mean([share(day) for day in _days(m)]) for m in asked])


def by_world(world: Array, world_baseline: float, baseline: float) -> Array:
    """Rule N5: a destination keeps its share, so it falls by the factor by which the world does; shape of `world`."""
    return np.asarray(world, dtype=np.float64) / world_baseline * baseline


def _days(month: Any) -> NDArray[np.datetime64]:
    days: NDArray[np.datetime64] = np.arange(month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]"))
    return days
