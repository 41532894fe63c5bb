"""What starting costs: wall time of a fresh interpreter, smallest and median of a few.

python -m benchmarks.start_up [--json] [--times 10]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

CASES = {
    "an empty interpreter": (["-c", "pass"], None),
    "import simulator": (["-c", "import simulator"], 0.05),
    "simulator --help": (["-m", "simulator", "--help"], 0.30),
    "simulator --version": (["-m", "simulator", "--version"], 0.30),
    "simulator schema": (["-m", "simulator", "schema"], None),
    "simulator check default": (["-m", "simulator", "check", "default"], None),
}


def seconds(arguments: list[str], times: int) -> list[float]:
    """Wall time of each start; the first one, which may write bytecode, is not counted."""
    taken = []
    for _ in range(times + 1):
        start = time.perf_counter()
        done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
        taken.append(time.perf_counter() - start)
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return taken[1:]


def main() -> None:
    """Measure from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--times", type=int, default=10, help="starts of each kind")
    chosen = parser.parse_args()
    rows, empty = [], 0.0
    for name, (arguments, budget) in CASES.items():
        taken = seconds(arguments, chosen.times)
        empty = empty or min(taken)
        # The budget of an import is what it adds to an interpreter; that of a command is the whole.
        counted = min(taken) - empty if name.startswith("import") else min(taken)
        rows.append({"case": name, "smallest": min(taken), "median": statistics.median(taken), "budget": budget,
                     "within": None if budget is None else counted <= budget})  # fmt: skip
    if chosen.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"Start-up, seconds of {chosen.times} starts\n\n  {'case':28}{'smallest':>10}{'median':>10}{'budget':>10}")
    for row in rows:
        budget = "-" if row["budget"] is None else f"{row['budget']:.2f} {'ok' if row['within'] else 'OVER'}"
        print(f"  {row['case']:28}{row['smallest']:10.3f}{row['median']:10.3f}{budget:>10}")


if __name__ == "__main__":
    main()
