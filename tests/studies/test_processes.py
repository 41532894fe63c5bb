"""What happens to a study when a process dies, a person presses Ctrl-C or a script has no guard."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.briefing import command
from simulator.engine.members import Members
from simulator.studies.blocks import Block, BlockFailedError, run_blocks, split
from tests import worlds
from tests.short import SHORT

ROOT = Path(__file__).parents[2]
# The command line, with blocks so small that a short run has several.
SMALL_BLOCKS = (
    "from simulator.studies import blocks; blocks.split.__defaults__ = (2,); from simulator.cli import main; main()"
)


class Deadly:
    """Ends the process that reads it from a pickle: always, or as long as a file is missing that it makes."""

    def __init__(self, once: Path | None = None) -> None:
        self._once = once

    def __reduce__(self) -> tuple[object, tuple[str]]:
        spare = f"p = pathlib.Path({str(self._once)!r})\nif not p.exists(): p.touch(); os._exit(1)"
        return exec, ("import os, pathlib\n" + (spare if self._once else "os._exit(1)"),)


def tasks(folder: Path, deadly: Deadly | None = None) -> list[Block]:
    """Three blocks of two members; the one in the middle may be deadly."""
    world, scenario = worlds.chain(), worlds.scenario(30)
    files = {"deadly": deadly}
    return [
        Block(i, replace(world, files=files) if deadly and i == 1 else world, (scenario,), part, folder / f"{i}.bin")
        for i, part in enumerate(split(Members.grid(1, range(6)), 3))
    ]


def setting() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def wait_until_none(group: int) -> None:
    """Wait a moment for the last process of a group to end; the group must be empty then."""
    for _ in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a child process is left")


def test_a_worker_that_dies_costs_its_own_block_and_is_named(tmp_path: Path) -> None:
    with pytest.raises(BlockFailedError, match=r"^block 1 \(replications 2 to 3\) did not finish: the process died"):
        run_blocks(tasks(tmp_path, Deadly()), 2, lambda done, whole: None)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0.bin", "2.bin"]


@pytest.mark.slow
def test_a_worker_that_dies_once_costs_nothing(tmp_path: Path) -> None:
    for name in ("died", "lived"):
        (tmp_path / name).mkdir()
    died = run_blocks(tasks(tmp_path / "died", Deadly(tmp_path / "once")), 2, lambda done, whole: None)
    lived = run_blocks(tasks(tmp_path / "lived"), 1, lambda done, whole: None)
    assert (tmp_path / "once").exists()
    for one, other in zip(died, lived, strict=True):
        assert all(np.array_equal(a, other.values[n][1], equal_nan=True) for n, (_, a) in one.values.items())


def test_a_script_without_a_guard_runs_once(tmp_path: Path) -> None:
    script = tmp_path / "plain.py"
    script.write_text(
        "from pathlib import Path\n"
        "from simulator.engine.members import Members\n"
        "from simulator.studies.blocks import Block, run_blocks, split\n"
        "from tests import worlds\n"
        "print('begun')\n"
        "parts = split(Members.grid(1, range(4)), 2)\n"
        "made = [Block(i, worlds.chain(), (worlds.scenario(30),), p, Path(f'{i}.bin')) for i, p in enumerate(parts)]\n"
        "print(len(run_blocks(made, 2, lambda done, whole: None)))\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=setting(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "begun\n2\n", "")


def test_the_command_that_goes_on_can_be_typed() -> None:
    given = {"replications": 4, "step": 7.0, "workers": 2, "out": Path("my runs/one"), "seed": None}
    said = command.repeat("my question.yaml", given)
    assert said == "simulator run 'my question.yaml' --replications 4 --step 7d --workers 2 --out 'my runs/one'"


@pytest.mark.slow
def test_ctrl_c_keeps_finished_blocks_and_the_same_command_goes_on(tmp_path: Path) -> None:
    (tmp_path / "short.yaml").write_text(SHORT, encoding="utf-8")
    options = ["--replications", "20", "--workers", "2", "--out", "result"]
    line = [sys.executable, "-c", SMALL_BLOCKS, "run", "short.yaml", *options]
    process = subprocess.Popen(
        line, cwd=tmp_path, env=setting(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    )
    while process.poll() is None and not list(tmp_path.glob("runs/.unfinished/*/*.bin")):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to everybody
    said, noted = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "")
    assert "Traceback" not in noted
    assert f"kept; the same command goes on from there:\n  simulator run short.yaml {' '.join(options)}" in noted
    wait_until_none(process.pid)
    kept = {p: p.stat().st_mtime_ns for p in tmp_path.glob("runs/.unfinished/*/*")}
    assert kept
    assert {p.suffix for p in kept} == {".bin"}
    assert not (tmp_path / "result").exists()

    again = subprocess.Popen(line, cwd=tmp_path, env=setting(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while again.poll() is None and len(list(tmp_path.glob("runs/.unfinished/*/*.bin"))) < 10:
        assert all(p.stat().st_mtime_ns == when for p, when in kept.items())
        time.sleep(0.02)
    again.communicate(timeout=60)
    assert again.returncode == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["result", "short.yaml"]
