"""Backtests as rows of plain values: one form for the CSV files, the JSON document, the page and the manual."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from simulator.briefing import missed
from simulator.briefing.words import Words
from simulator.studies import timeline
from simulator.studies.backtest import Backtest, Scored
from simulator.studies.episode import Numbers
from simulator.studies.pass_mark import Verdict, pass_mark
from simulator.studies.regularities import Regularity, regularities

RULES = ("N0", "N1", "N2", "N3", "N4", "N5")
SCORE = (
    "episode", "case", "title", "mode", "use", "counts", "months", "first", "last", "nrmse", *RULES, "best_naive",
    "best_naive_nrmse", "gain", "crps", "coverage",
)  # fmt: skip
MEASURED = ("episode", "case", "mode", "measure", "unit", "observed", "median", "p10", "p90", "note")
LEFT_OUT = ("episode", "mode", "known", "kind", "measure", "reason", "source", "grade")
NUMBER = ("episode", "number", "value", "low", "high", "unit", "source", "year", "grade", "use")
REGULARITY = (
    "regularity", "episode", "case", "unit", "expected_low", "expected_high", "observed", "median", "p10", "p90",
    "holds",
)  # fmt: skip
VERDICT = ("target", "value", "verdict", "cases", "worst")

Row = dict[str, Any]


def whole(tests: Sequence[Backtest], numbers: Numbers, words: Words) -> dict[str, list[Row]]:
    """Every table over some backtests, by name; what was not reached is None."""
    tables = {
        "scores": [score(test, one, words) for test in tests for one in test.scored],
        "measures": [row for test in tests for row in measured(test)],
        "misses": [row for test in tests for row in misses(test, words)],
        "left_out": [row for test in tests for row in left_out(test)],
        "numbers": [row for test in tests for row in used(test, numbers)],
        "pass_mark": [verdict(one) for one in pass_mark(tests)],
        "regularities": [regularity(one) for one in regularities(tests)],
    }
    return {name: [{k: _plain(v) for k, v in row.items()} for row in rows] for name, rows in tables.items()}


def score(test: Backtest, one: Scored, words: Words) -> Row:
    """One case in one mode over the months of one use."""
    best, error = one.best_naive
    return {
        "episode": test.record.folder.name,
        "case": one.case.id,
        "title": words.title(one.case.title),
        "mode": one.mode,
        "use": one.use,
        "counts": one.case.counts,
        "months": int(one.months.size),
        "first": str(one.months[0]),
        "last": str(one.months[-1]),
        "nrmse": one.nrmse,
        **{name: one.naive_nrmse.get(name) for name in RULES},
        "best_naive": best,
        "best_naive_nrmse": error,
        "gain": 1.0 - one.nrmse / error if error > 0.0 else None,
        "crps": one.crps,
        "coverage": one.coverage,
    }


def measured(test: Backtest) -> Iterator[Row]:
    """What was observed beside the simulated median and 80 % band."""
    for m in test.measured:
        yield {
            "episode": test.record.folder.name,
            "case": m.case,
            "mode": m.mode,
            "measure": m.measure,
            "unit": m.unit,
            "observed": m.observed,
            "median": m.median,
            "p10": m.low,
            "p90": m.high,
            "note": m.note,
        }


def misses(test: Backtest, words: Words) -> Iterator[Row]:
    """A sentence or some for each case and mode."""
    for path in test.paths:
        said = missed.say(test, path, words)
        if said:
            yield {"episode": test.record.folder.name, "case": path.case.id, "mode": path.mode, "said": said}


def left_out(test: Backtest) -> Iterator[Row]:
    """Lines of the timeline that are not modelled, and why; once where both modes leave them out."""
    modes = list(test.results)
    found = {mode: {e.row.line: (e, why) for e, why in timeline.left_out(test.record, mode)} for mode in modes}
    for line in sorted({line for lines in found.values() for line in lines}):
        where = [mode for mode in modes if line in found[mode]]
        entry, why = found[where[0]][line]
        yield {
            "episode": test.record.folder.name,
            "mode": " and ".join(where),
            "known": entry.known.isoformat(),
            "kind": entry.kind,
            "measure": entry.measure,
            "reason": why,
            "source": entry.source,
            "grade": entry.grade,
        }


def used(test: Backtest, numbers: Numbers) -> Iterator[Row]:
    """Numbers that the episode uses, with source and grade: those all episodes share, and its own."""
    kinds = {e.kind for e in test.record.timeline} | {"parameter"}
    for name, figure in sorted(test.record.all_numbers(numbers).items()):
        if name.split(".")[0] in kinds:
            value = figure.value
            yield {
                "episode": test.record.folder.name,
                "number": name,
                "value": value.central,
                "low": value.low,
                "high": value.high,
                "unit": "d" if figure.unit in ("months", "yr") else figure.unit,  # held in days
                "source": figure.source,
                "year": figure.year,
                "grade": figure.grade,
                "use": "this episode" if name in test.record.numbers else "all episodes",
            }


def regularity(found: Regularity) -> Row:
    """What one regularity came to."""
    return {
        "regularity": found.key,
        "episode": found.episode,
        "case": found.case,
        "unit": found.unit,
        "expected_low": found.expected[0],
        "expected_high": found.expected[1],
        "observed": found.observed,
        "median": found.simulated,
        "p10": found.low,
        "p90": found.high,
        "holds": {True: "yes", False: "no", None: "not to be told"}[found.holds],
    }


def verdict(one: Verdict) -> Row:
    """One line of the pass mark."""
    return {
        "target": one.key,
        "value": one.value,
        "verdict": one.verdict,
        "cases": one.cases,
        "worst": " ".join(one.worst),
    }


def of(rows: Sequence[Row], **wanted: str) -> list[Row]:
    """Rows in which the named columns have the wanted values."""
    return [row for row in rows if all(row[k] == v for k, v in wanted.items())]


def _plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return (int(value) if isinstance(value, int) else float(value)) if math.isfinite(value) else None
    return value
