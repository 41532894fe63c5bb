"""What a scenario costs: seconds and memory as members grow, and as facilities grow.

    python -m benchmarks.scenario [SCENARIO] [--full] [--workers 2] [--json]

Each row is a fresh interpreter that runs the scenario through `simulator.studies.run.run`, or, for facilities, one
block of a world made of copies of the scenario's world. Seconds are of the run, start-up not counted. Memory is the
largest sum over all processes, shared pages counted once (Linux); elsewhere that of the largest process.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

TARGET = "200 members, day steps: below 30 s and 2 GB on two cores"
SMALL = ("smco_magnet", "tb_oxide")  # final goods whose chains have 74 facilities


@dataclass(frozen=True)
class Case:
    """One run: `copies` of the world, 0 for the part of it that makes a few final goods; None is the world as it is."""

    members: int
    step: float
    copies: int | None = None


MEMBERS = [Case(1, 7.0), Case(10, 7.0), Case(100, 7.0), Case(200, 7.0), Case(200, 1.0)]
FULL_MEMBERS = [*(Case(n, 7.0) for n in (1, 10, 50, 100, 200, 500, 1000, 2000)),
                *(Case(n, 1.0) for n in (1, 10, 50, 100, 200, 500))]  # fmt: skip
FACILITIES = [Case(20, 7.0, copies) for copies in (0, 1, 2)]
FULL_FACILITIES = [Case(100, 7.0, copies) for copies in (0, 1, 2, 3)]


def measure(scenario: str, case: Case, workers: int) -> dict[str, Any]:
    """Run one case in an interpreter of its own."""
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "out", "w+") as out:
        command = [sys.executable, "-m", "benchmarks.scenario", scenario, "--workers", str(workers),
                   "--case", json.dumps(asdict(case))]  # fmt: skip
        process = subprocess.Popen(command, stdout=out, start_new_session=True)
        largest = 0
        while process.poll() is None:
            largest = max(largest, _session_bytes(process.pid))
            time.sleep(0.1)
        if process.returncode:
            raise SystemExit(f"{case} failed")
        out.seek(0)
        told = json.load(out)
    largest = largest or resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )
    return asdict(case) | told | {"gigabytes": largest / 1e9}


def child(scenario: str, case: Case, workers: int) -> dict[str, Any]:
    """Run a case here; returns its seconds and the size of its world."""
    from benchmarks.tiling import in_every_copy, part, tiled
    from simulator.engine.members import Members
    from simulator.engine.simulation import simulate
    from simulator.studies.run import prepared, run

    if case.copies is None:
        start = time.perf_counter()
        world = run(scenario, replications=case.members, step=case.step, workers=workers).world
        return {"seconds": time.perf_counter() - start, "facilities": len(world.facilities)}
    loaded, world = prepared(scenario, step=case.step)
    world = tiled(world, case.copies) if case.copies else part(world, SMALL)
    start = time.perf_counter()
    simulate(world, [in_every_copy(loaded, max(case.copies, 1))], Members.grid(1, range(case.members)))
    return {"seconds": time.perf_counter() - start, "facilities": len(world.facilities)}


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


def table(title: str, scenario: str, cases: list[Case], workers: int, quiet: bool) -> list[dict[str, Any]]:
    """Measure some cases, and print a line for each as it ends."""
    rows: list[dict[str, Any]] = []
    if not quiet:
        print(f"{title}\n\n  {'facilities':>10}{'members':>9}{'step':>6}{'seconds':>10}{'ms a member':>13}"
              f"{'GB':>7}   times the first, per facility and member")  # fmt: skip
    for case in cases:
        row = measure(scenario, case, workers)
        rows.append(row)
        first = next(r for r in rows if r["step"] == row["step"])
        cost, cost_first = (r["seconds"] / r["facilities"] / r["members"] for r in (row, first))
        if not quiet:
            print(f"  {row['facilities']:10,}{case.members:9,}{case.step:4.0f} d{row['seconds']:10.1f}"
                  f"{row['seconds'] / case.members * 1e3:13.1f}{row['gigabytes']:7.2f}   {cost / cost_first:.3f}",
                  flush=True)  # fmt: skip
    if not quiet:
        print()
    return rows


def main() -> None:
    """Measure from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", nargs="?", default="default")
    parser.add_argument("--full", action="store_true", help="up to 2,000 members, and up to 400 facilities")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.case:
        print(json.dumps(child(chosen.scenario, Case(**json.loads(chosen.case)), chosen.workers)))
        return
    members = table(f"Members: {chosen.scenario}, {chosen.workers} workers (target: {TARGET})", chosen.scenario,
                    FULL_MEMBERS if chosen.full else MEMBERS, chosen.workers, chosen.json)  # fmt: skip
    facilities = table("Facilities: one block, copies of the world side by side", chosen.scenario,
                       FULL_FACILITIES if chosen.full else FACILITIES, 1, chosen.json)  # fmt: skip
    if chosen.json:
        print(json.dumps({"members": members, "facilities": facilities}, indent=2))


if __name__ == "__main__":
    main()
