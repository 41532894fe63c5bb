"""The wheel stands alone: built, installed elsewhere and used in an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from simulator.scenario import files

ROOT = Path(__file__).parents[1]


def call(*line: str | Path, cwd: Path, **more: str) -> str:
    """Run a command that must work; returns what it printed."""
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in line], cwd=cwd, env={**plain, **more}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_wheel_in_another_environment_has_its_scenarios_and_worlds(tmp_path: Path) -> None:
    call(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path / "dist", ".", cwd=ROOT)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "env", symlinks=True, with_pip=False)
    inside = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "env")}))
    call(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", inside, wheel, cwd=tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    python = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    # Libraries come from this environment; the product itself must come from the wheel, which stands first.
    path = os.pathsep.join([str(inside), sysconfig.get_path("purelib")])
    where = call(python, "-c", "import simulator; print(simulator.__file__)", cwd=empty, PYTHONPATH=path)
    assert Path(where.strip()).is_relative_to(inside)
    listed = call(python, "-m", "simulator", "list", cwd=empty, PYTHONPATH=path)
    assert all(f"  {name}\n" in listed for name in [*files.names(), *files.worlds()])
    assert "ndpr_oxide" in call(python, "-m", "simulator", "check", "rare_earths", cwd=empty, PYTHONPATH=path)
    assert "no errors" in call(python, "-m", "simulator", "check", cwd=empty, PYTHONPATH=path)
    assert list(empty.iterdir()) == []
