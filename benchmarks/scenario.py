"""What a scenario costs: seconds and memory of `simulator run` as members grow.

    python -m benchmarks.scenario [SCENARIO] [--members 1,10,100] [--workers 2] [--step "1 d"] [--json]

Memory is the largest sum over all processes of the run, shared pages counted once (Linux); elsewhere that of the
largest process.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MEMBERS = "1,10,50,100,200,500,1000,2000"
TARGET = {"members": 200, "seconds": 30.0, "gigabytes": 2.0}


def measure(scenario: str, members: int, workers: int, step: str) -> dict[str, Any]:
    """Run the command once, into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "simulator", "run", scenario, "--replications", str(members), "--json",
                   "--workers", str(workers), "--step", step, "--out", str(Path(folder) / "run")]  # fmt: skip
        start = time.perf_counter()
        with open(Path(folder) / "errors", "w+") as errors:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True)
            largest = 0
            while process.poll() is None:
                largest = max(largest, _session_bytes(process.pid))
                time.sleep(0.1)
            taken = time.perf_counter() - start
            if process.returncode:
                errors.seek(0)
                raise SystemExit(f"{members} members failed:\n{errors.read()}")
    largest = largest or resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )
    return {"members": members, "seconds": taken, "gigabytes": largest / 1e9, "seconds_per_member": taken / members}


def _session_bytes(session: int) -> int:
    """Sum the proportional memory of the processes of a session; 0 where /proc does not tell."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(after_name[3]) != session:
                continue
            rollup = (folder / "smaps_rollup").read_text()
        except (OSError, IndexError, ValueError):
            continue  # it ended meanwhile, or is not ours
        total += sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
    return total


def main() -> None:
    """Measure from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", nargs="?", default="default")
    parser.add_argument("--members", default=MEMBERS, help="numbers of members, separated by commas")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--step", default="1 d")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    rows = []
    if not chosen.json:
        print(f"simulator run {chosen.scenario}, step {chosen.step}, {chosen.workers} workers\n")
        print(f"  {'members':>8}{'seconds':>10}{'s a member':>12}{'GB':>8}")
    for members in (int(text) for text in chosen.members.split(",")):
        row = measure(chosen.scenario, members, chosen.workers, chosen.step)
        rows.append(row)
        if not chosen.json:
            note = ""
            if members == TARGET["members"]:
                note = f"   target: {TARGET['seconds']:.0f} s, {TARGET['gigabytes']:.0f} GB"
            print(
                f"  {members:8,}{row['seconds']:10.1f}{row['seconds_per_member']:12.4f}{row['gigabytes']:8.2f}{note}",
                flush=True,
            )
    if chosen.json:
        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
