"""The pass mark of the backtests: what the model must beat, over all cases that count, told as met or missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator.studies.backtest import Backtest, Scored

GAIN, COVERED = 0.20, (0.65, 0.95)
Judged = Literal["met", "missed", "not scored"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of the pass mark; `value` is None where nothing was scored, `worst` names the cases that miss it."""

    key: Literal["gain", "held_out", "coverage"]
    value: float | None
    verdict: Judged
    cases: int
    worst: tuple[str, ...] = ()


def counted(tests: Sequence[Backtest], use: str | None = None) -> Iterator[tuple[Backtest, Scored]]:
    """What counts for the pass mark: cases marked so, in rule mode, each with its episode."""
    for test in tests:
        for one in test.scored:
            if one.mode == "rule" and one.case.counts == "yes" and use in (None, one.use):
                yield test, one


def gain(scored: Sequence[Scored]) -> float | None:
    """How much smaller the mean error is than that of the best naive rules [1]; None without cases.

    Formula: 1 - mean(NRMSE) / mean(NRMSE of the best of N0 to N3, chosen for each case in hindsight).
    """
    naive = sum(one.best_naive[1] for one in scored)
    return 1.0 - sum(one.nrmse for one in scored) / naive if naive > 0.0 else None


def pass_mark(tests: Sequence[Backtest]) -> list[Verdict]:
    """The three lines of the pass mark over some episodes, in rule mode."""
    fitted = list(counted(tests, "calibration"))
    ahead = gain([one for _, one in fitted])
    held = list(counted(tests, "development_test"))
    worse = tuple(f"{test.record.folder.name}/{one.case.id}" for test, one in held if one.nrmse > one.best_naive[1])
    every = list(counted(tests))
    inside = (
        float(np.average([one.coverage for _, one in every], weights=[one.months.size for _, one in every]))
        if every
        else None
    )
    lagging = tuple(f"{test.record.folder.name}/{one.case.id}" for test, one in fitted if one.nrmse > one.best_naive[1])
    return [
        Verdict("gain", ahead, _judged(ahead, GAIN, np.inf), len(fitted), lagging),
        Verdict("held_out", float(len(worse)) if held else None, _judged(len(worse) if held else None, 0, 0),
                len(held), worse),
        Verdict("coverage", inside, _judged(inside, *COVERED), sum(one.months.size for _, one in every)),
    ]  # fmt: skip


def _judged(value: float | None, low: float, high: float) -> Judged:
    return "not scored" if value is None else "met" if low <= value <= high else "missed"
