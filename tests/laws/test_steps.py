"""Law: a day step and a week step agree on headline figures within a stated tolerance.

The tolerances are what the week step is worth. It has more goods in the chain (cover of plants raised by half a step, no lag
below a week); a quota's allowance is used and refilled in lumps of a week, so it loses more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.engine.members import Members
from simulator.engine.simulation import simulate
from tests import worlds
from tests.laws.small_world import control, small_world, story

RUNS = 32  # with eight, three places that go short more or less are beyond the tolerance
HALF_YEAR = {"announced": worlds.day(119), "effective": worlds.day(119), "expires": worlds.day(301)}


@dataclass(frozen=True)
class Headline:
    """Share of demand served on time and lost [1]; share of runs in which a place goes short, and when [d]."""

    fill: float
    lost: float
    short: np.ndarray
    first: np.ndarray


@cache
def headline(names: tuple[str, ...], step: str) -> Headline:
    """What `RUNS` runs of half a year of controls come to."""
    more: dict[str, dict[str, Any]] = {"ban": {"leakage": 0.0}, "licence": {"leakage": 0.0, "suspended": []}}
    events = [control(n, **HALF_YEAR, **more.get(n, {})) for n in names]
    record = simulate(small_world(), [story(*events, days=420, step=step)], Members.grid(1, range(RUNS)))
    asked, served, lost = (np.asarray(record.values[n][1], dtype=float).sum() for n in ("asked", "served", "lost"))
    first = record.values["first_shortage"][1]
    come = np.isfinite(first)
    mean = np.where(come, first, 0.0).sum(axis=1) / np.maximum(come.sum(axis=1), 1)
    return Headline(served / asked, lost / asked, come.mean(axis=1), mean)


def assert_near(names: tuple[str, ...], fill: float, lost: float, short: float, first: float) -> None:
    """`first` is asked of places that nearly every run of both sees short."""
    day, week = headline(names, "1 d"), headline(names, "7 d")
    assert week.fill == pytest.approx(day.fill, abs=fill)
    assert week.lost == pytest.approx(day.lost, abs=lost)
    assert week.short.mean() == pytest.approx(day.short.mean(), abs=short)
    both = (day.short > 0.9) & (week.short > 0.9)
    assert np.abs(week.first - day.first)[both].max(initial=0.0) <= first


def test_a_ban_by_the_day_and_by_the_week() -> None:
    assert_near(("ban",), fill=0.01, lost=0.003, short=0.02, first=4.0)
    assert headline(("ban",), "1 d").lost > 0.05


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "fill", "lost", "short", "first"),
    [
        ((), 0.0, 0.0, 0.0, 0.0),
        (("quota",), 0.02, 0.0025, 0.1, 15.0),
        (("strait",), 0.04, 0.004, 0.02, 20.0),
        (("licence",), 0.002, 0.0005, 0.05, 0.0),
        (("licence", "outage", "surge"), 0.04, 0.008, 0.4, 0.0),
    ],
    ids=str,
)
def test_each_control_by_the_day_and_by_the_week(
    names: tuple[str, ...], fill: float, lost: float, short: float, first: float
) -> None:
    assert_near(names, fill, lost, short, first)
