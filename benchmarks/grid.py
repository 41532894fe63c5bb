"""What a comparison costs: seconds and memory of a grid, folder included, and what a common past could spare.

    python -m benchmarks.grid [GRID] [--replications 500] [--step 7d] [--workers 2]

The grid is run as `simulator compare` runs it, in a folder that is thrown away. Memory is the largest sum over all
processes, shared pages counted once (Linux).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.scenario import _session_bytes
from simulator.scenario.grid import load_grid
from simulator.scenario.model import Scenario
from simulator.studies.compare import grid_arms

TARGET = "briefing grid, two cores: 500 replications by the week below 10 minutes and 4 GB, 100 by the day too"


def measure(command: Sequence[str]) -> dict[str, float]:
    """Run a comparison in an interpreter of its own."""
    with tempfile.TemporaryDirectory() as folder:
        began, largest = time.monotonic(), 0
        process = subprocess.Popen([*command, "--out", f"{folder}/out"], stdout=-3, cwd=folder, start_new_session=True)
        while process.poll() is None:
            largest = max(largest, _session_bytes(process.pid))
            time.sleep(0.2)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} failed")
        size = sum(p.stat().st_size for p in Path(f"{folder}/out").rglob("*") if p.is_file())
    return {"seconds": time.monotonic() - began, "gigabytes": largest / 1e9, "folder_megabytes": size / 1e6}


def common_past(arms: Sequence[Scenario]) -> float:
    """Share of all simulated days that arms have in common with another arm that stands before them [1].

    Two arms are one world until the first day on which a measure that they do not share is announced or takes force.
    """
    spared = 0
    for i, arm in enumerate(arms):
        spared += max((_parting(arm, other) for other in arms[:i]), default=timedelta()).days
    whole = sum((arm.end - arm.start).days + 1 for arm in arms)
    return spared / whole


def _parting(one: Scenario, other: Scenario) -> timedelta:
    mine, theirs = ({_known(m): m for m in arm.measures} for arm in (one, other))
    apart = [
        m for measures, others in ((mine, theirs), (theirs, mine)) for key, m in measures.items() if key not in others
    ]
    days = [min(d for d in (m.announced, m.first_day) if d is not None) for m in apart]
    return max(min(days, default=one.end) - one.start, timedelta())


def _known(measure: Any) -> str:
    return str(measure)


def main() -> None:
    """Print what the grid costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("grid", nargs="?", default="briefing")
    parser.add_argument("--replications", type=int)
    parser.add_argument("--step")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    arms, _ = grid_arms(load_grid(args.grid), replications=args.replications)
    replications = arms[0].ready.replications
    options = [f"--{name}={value}" for name, value in vars(args).items() if name != "grid" and value is not None]
    told = measure([sys.executable, "-m", "simulator", "compare", args.grid, *options])
    told["members"] = len(arms) * replications
    told["members_per_second"] = told["members"] / told["seconds"]
    told["common_past"] = common_past([arm.ready for arm in arms])
    print(json.dumps({"grid": args.grid, "on": date.today().isoformat(), **told}, indent=2))
    print(f"target: {TARGET}")


if __name__ == "__main__":
    main()
