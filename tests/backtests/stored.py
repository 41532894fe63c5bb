"""Scores of the shipped episodes as they stand; `make scores` (python -m tests.backtests.stored) writes them anew.

`python -m tests.backtests.stored 7` runs the weekly step alone and leaves the daily rows as they are.

A change that makes a mean score more than 5 % worse fails a test until this table is changed on purpose.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from simulator.studies import episode
from simulator.studies.backtest import backtest

TABLE = Path(__file__).with_name("scores.csv")
COLUMNS = ("step_days", "episode", "case", "mode", "use", "nrmse", "crps")
MEMBERS, SEED, WORSE = 100, 1, 0.05
STEPS = (7.0, 1.0)
Row = dict[str, str]


def scores(step: float, names: Sequence[str] | None = None, members: int = MEMBERS) -> list[Row]:
    """Scores of the shipped episodes in rule mode."""
    tests = [
        backtest(name, modes=["rule"], replications=members, step=step, seed=SEED)
        for name in (episode.names() if names is None else names)
    ]
    return [
        {
            "step_days": f"{step:g}",
            "episode": test.record.folder.name,
            "case": one.case.id,
            "mode": one.mode,
            "use": one.use,
            "nrmse": f"{one.nrmse:.4f}",
            "crps": f"{one.crps:.4f}",
        }
        for test in tests
        for one in test.scored
    ]


def stored(step: float) -> list[Row]:
    """Rows of the table for one step."""
    if not TABLE.is_file():
        return []
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if float(row["step_days"]) == step]


def means(rows: Sequence[Row]) -> dict[tuple[str, str], float]:
    """Mean score by episode and measure, and over all cases."""
    groups: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        for group in (row["episode"], "all"):
            for measure in ("nrmse", "crps"):
                groups.setdefault((group, measure), []).append(float(row[measure]))
    return {key: sum(values) / len(values) for key, values in groups.items()}


def worse(before: Sequence[Row], after: Sequence[Row]) -> list[str]:
    """Mean scores that got worse by more than 5 %, in words."""
    old, new = means(before), means(after)
    return [
        f"{group}: mean {measure} {new[group, measure]:.3f}, stored {was:.3f}"
        for (group, measure), was in old.items()
        if new[group, measure] > (1.0 + WORSE) * was
    ]


def main(arguments: Sequence[str] = ()) -> int:
    """Run every episode and rewrite the table; steps as arguments, else all of them."""
    wanted = {float(a) for a in arguments} or set(STEPS)
    rows = [row for step in STEPS for row in (scores(step) if step in wanted else stored(step))]
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{TABLE.name}: {len(rows)} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
