"""Show that the engines agree, then how fast each is, side by side in one run.

    python -m benchmarks.common_workload.compare [--json] [--quick] [--engines ours,cimba,…]

Exit code 1 when an answer differs by more than its tolerance: speeds of different answers mean nothing.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.common_workload import numpy_reference
from benchmarks.common_workload import workload as w

PACKAGE = "benchmarks.common_workload"
SUMS = ("shipped", "backlog_days", "on_hand_days")
MARGIN = 0.02  # for engines with a stream of their own that they cannot give: means must be equal within this


@dataclass(frozen=True)
class Engine:
    """An engine, how large a run it can afford, and how near its answer must be."""

    name: str
    module: str
    needs: str
    members: int
    days: int = w.DAYS
    allocation: str = "fixed"
    tolerance: tuple[float, float, float] = (1e-9, 1e-9, 1e-9)  # of shipped, backlog-days, on-hand-days
    why: str = "the same rule: equal to the unit"
    target: float | None = None  # how many times faster ours should be at 1,000 members


AGED = "serves oldest orders first, the reference customers in order"
ENGINES = (
    Engine("ours, 1,000 members", "ours", "simulator", 1000, allocation="proportional", tolerance=(1e-3, 1e-2, 1e-3),
           why="quantities are not rounded to units"),
    Engine("ours, 1 member", "ours", "simulator", 1, allocation="proportional", tolerance=(1e-3, 1e-2, 1e-3),
           why="quantities are not rounded to units"),
    Engine("cimba", "cimba_engine", "cimba", 100, target=2.0),
    Engine("SimPy, one run per replication", "simpy_plain", "simpy", 2, tolerance=(1e-3, 1e-2, 1e-3), why=AGED),
    Engine("SupplyNetPy", "supplynetpy_engine", "SupplyNetPy", 1, tolerance=(3e-3, 0.2, 0.03), target=1000.0,
           why="ships whole orders only, so units wait beside orders that they do not fill"),
    Engine("stockpyl", "stockpyl_engine", "stockpyl", 1, days=1200, target=5000.0,
           why="the same rule: equal to the unit. Fewer days, for it is slow and keeps every state"),
    Engine("plain numpy, 1,000 members", "numpy_reference", "numpy", 1000, tolerance=(1e-3, 1e-2, 1e-3),
           why="the reference itself: shares by what is owed, against customers in order"),
)  # fmt: skip


def measure(engine: Engine, seed: int, quick: bool) -> dict[str, Any]:
    """Run one engine and compare its answer with the reference's."""
    days = min(engine.days, 1200) if quick else engine.days
    members = min(engine.members, 50) if quick else engine.members
    found = importlib.import_module(f"{PACKAGE}.{engine.module}").run(seed, days, members)
    known = numpy_reference.run(seed, days, members, engine.allocation, demand=found.demand)
    paired = found.shared or found.demand is not None
    errors = {name: _error(getattr(found, name), getattr(known, name), paired) for name in SUMS}
    limits = engine.tolerance if paired else (MARGIN,) * 3
    return {
        "engine": engine.name,
        "days": days,
        "members": members,
        "seconds": round(found.seconds, 3),
        "facility_days_per_second": found.speed,
        "paired": paired,
        "errors": errors,
        "tolerances": dict(zip(SUMS, limits, strict=True)),
        "why": engine.why,
        "agrees": all(error <= limit for error, limit in zip(errors.values(), limits, strict=True)),
        "target": engine.target,
    }


def _error(found: np.ndarray, known: np.ndarray, paired: bool) -> float:
    """Return the largest relative difference of an echelon.

    Paired members: of the means over members on one demand stream. Else: the far end of a 95 % interval of the
    difference of means, so that few members cannot pass by being uncertain.
    """
    gap = np.abs(found.mean(axis=1) - known.mean(axis=1))
    if not paired:
        spread = found.var(axis=1, ddof=1) / found.shape[1] + known.var(axis=1, ddof=1) / known.shape[1]
        gap = gap + 1.96 * np.sqrt(spread)
    return float((gap / known.mean(axis=1)).max())


def report(rows: list[dict[str, Any]]) -> str:
    """Set the rows as text: answers first, then speeds and ratios."""
    lines = ["Answers: largest relative difference of an echelon from the reference", ""]
    lines.append(f"  {'engine':32}{'shipped':>10}{'backlog':>10}{'on hand':>10}   agrees  compared on")
    for row in rows:
        errors = "".join(f"{row['errors'][name]:10.1e}" for name in SUMS)
        compared = "one demand stream" if row["paired"] else "means of own draws"
        lines.append(f"  {row['engine']:32}{errors}   {'yes' if row['agrees'] else 'NO':7} {compared}; {row['why']}")
    ours = next((row for row in rows if row["engine"] == ENGINES[0].name), None)
    alone = next((row for row in rows if row["engine"] == ENGINES[1].name), None)
    lines += ["", "Speed: facility-days a second, processor time of one core", ""]
    lines.append(
        f"  {'engine':32}{'days':>6}{'members':>9}{'speed':>14}   ours at 1,000 / it   target   ours at 1 / it"
    )
    for row in rows:
        speed = row["facility_days_per_second"]
        target = f"{row['target']:,.0f}" if row["target"] else "-"
        lines.append(
            f"  {row['engine']:32}{row['days']:6,}{row['members']:9,}{speed:14,.0f}"
            f"{_ratio(ours, speed):>21}{target:>9}{_ratio(alone, speed):>17}"
        )
    if ours is None:
        lines += ["", "  (ours was not run)"]
    return "\n".join(lines)


def _ratio(row: dict[str, Any] | None, speed: float) -> str:
    return "-" if row is None else f"{row['facility_days_per_second'] / speed:,.2f}"


def available(engine: Engine) -> str | None:
    """Return why an engine cannot run here, or None."""
    if importlib.util.find_spec(engine.needs) is None:
        return f"the package {engine.needs} is not installed"
    if importlib.util.find_spec(f"{PACKAGE}.{engine.module}") is None:
        return f"{engine.module}.py is not there"
    return None


def main() -> None:
    """Run the comparison from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--quick", action="store_true", help="1,200 days and at most 50 members: a look, not a measurement"
    )
    parser.add_argument("--engines", default="", help="modules to run, separated by commas; all if not given")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    wanted = set(filter(None, chosen.engines.split(",")))
    rows = []
    for engine in ENGINES:
        if wanted and engine.module not in wanted:
            continue
        if missing := available(engine):
            print(f"{engine.name}: left out, {missing}", file=sys.stderr)
            continue
        print(f"{engine.name} …", file=sys.stderr)
        rows.append(measure(engine, chosen.seed, chosen.quick))
    print(json.dumps(rows, indent=2) if chosen.json else report(rows))
    sys.exit(0 if all(row["agrees"] for row in rows) else 1)


if __name__ == "__main__":
    main()
