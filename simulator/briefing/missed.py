"""What a backtest gets right and what it misses, in sentences made by rule from the median path and its 80 % band."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.briefing.words import Words
from simulator.results import scores
from simulator.studies.backtest import Backtest, Scored
from simulator.studies.measured import measure_day
from simulator.studies.paths import Path

NEAR = 5.0  # points of depth within which a trough counts as right
NAMED = 4  # months named before the rest is counted


def say(test: Backtest, path: Path, words: Words) -> str:
    """Sentences on one case in one mode; empty text where nothing was observed after the start."""
    scored = [s for s in test.scored if (s.case.id, s.mode) == (path.case.id, path.mode)]
    if not scored:
        return ""
    return " ".join([*_shape(test, path, words), *_outside(scored, words), *(_naive(one, words) for one in scored)])


def _shape(test: Backtest, path: Path, words: Words) -> Iterator[str]:
    """Depth and month of the trough, and when 90 % is back, on the months that were observed."""
    start, baseline = np.datetime64(measure_day(test.record), "M"), path.case.baseline
    seen = {s.month: s.value for s in test.record.seen(path.case) if s.weight > 0.0}
    first = max(start, np.datetime64(path.case.first, "M"))
    months = np.array([m for m in sorted(seen) if first <= m <= path.months[-1]])
    if months.size < 2:
        return
    observed, simulated = np.array([seen[m] for m in months]), path.band[1][path.at(months)]
    deep, ours = scores.trough(observed, baseline), scores.trough(simulated, baseline)
    yield _depth(
        100.0 * (ours.depth - deep.depth), words, depth=words.percent(deep.depth), ours=words.percent(ours.depth)
    )
    yield _month(months, ours.month, deep.month, words)
    back, again = scores.recovery(observed, baseline), scores.recovery(simulated, baseline)
    yield _recovery(months, again, back, words)


def _depth(points: float, words: Words, **said: str) -> str:
    way = "right" if abs(points) < NEAR else "deep" if points > 0.0 else "shallow"
    return words.say(f"missed.trough.{way}", points=words.number(abs(points), None), **said)


def _month(months: NDArray[Any], ours: int, theirs: int, words: Words) -> str:
    late = _apart(months[ours], months[theirs])
    month = words.month(months[theirs])
    if late == 0:
        return words.say("missed.month.right", month=month)
    return words.say("missed.month.off", month=month, gap=_gap(late, words))


def _recovery(months: NDArray[Any], ours: int | None, theirs: int | None, words: Words) -> str:
    if theirs is None:
        return words.say("missed.back.neither") if ours is None else words.say(
            "missed.back.unseen", month=words.month(months[ours])
        )  # fmt: skip
    month = words.month(months[theirs])
    if ours is None:
        return words.say("missed.back.never", month=month)
    late = _apart(months[ours], months[theirs])
    if late == 0:
        return words.say("missed.back.right", month=month)
    return words.say("missed.back.off", month=month, gap=_gap(late, words))


def _apart(ours: Any, theirs: Any) -> int:
    return int((ours - theirs).astype(int))


def _gap(late: int, words: Words) -> str:
    """How far off, in months, and which way."""
    key = f"missed.{'late' if late > 0 else 'early'}{'.one' if abs(late) == 1 else ''}"
    return words.say(key, months=abs(late))


def _outside(scored: Sequence[Scored], words: Words) -> Iterator[str]:
    """Months in which the observation lies outside the 80 % band, by name."""
    months = np.concatenate([s.months for s in scored])
    above = np.concatenate([s.observed > s.high for s in scored])
    below = np.concatenate([s.observed < s.low for s in scored])
    inside = int((~above & ~below).sum())
    yield words.say("missed.inside", count=inside, total=months.size)
    for key, which in (("above", above), ("below", below)):
        if which.any():
            yield words.say(f"missed.{key}", months=_named(np.sort(months[which]), words))


def _named(months: NDArray[Any], words: Words) -> str:
    names = [words.month(m) for m in months[:NAMED]]
    rest = months.size - len(names)
    return ", ".join(names) + (words.say("missed.more", count=rest) if rest else "")


def _naive(one: Scored, words: Words) -> str:
    """Whether the median path beats the best of the naive rules."""
    name, error = one.best_naive
    said = {
        "rule": words.say(f"naive.{name}"),
        "error": words.number(one.nrmse),
        "naive": words.number(error),
        "use": words.say(f"missed.use.{one.use}"),
        "share": words.percent(abs(1.0 - one.nrmse / error) if error > 0.0 else float("nan")),
    }
    return words.say("missed.beats" if one.nrmse < error else "missed.beaten", **said)
