"""`simulator run` from the outside: one JSON document, equal folders for any number of workers, results with units."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.results import storage
from tests.short import SHORT

ROOT = Path(__file__).parents[1]


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the short scenario in a folder of its own."""
    folder.mkdir()
    (folder / "short.yaml").write_text(SHORT, encoding="utf-8")
    line = [sys.executable, "-m", "simulator", "run", "short.yaml", "--out", "result", *options]
    setting = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(line, cwd=folder, env=setting, capture_output=True, text=True, check=True, timeout=300)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the same scenario was run by one process (`one`)."""
    root = tmp_path_factory.mktemp("command")
    done = run(root / "one", "--workers", "1", "--json")
    (root / "one" / "said.json").write_text(done.stdout, encoding="utf-8")
    return root


def test_json_is_one_document_of_plain_numbers(root: Path) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    said = json.loads((root / "one" / "said.json").read_text(encoding="utf-8"), parse_constant=refuse)
    assert (said["folder"], said["scenario"], said["replications"]) == ("result", "short", 8)
    assert said["lost_t"]["low"] <= said["lost_t"]["median"] <= said["lost_t"]["high"]
    assert any(row["hit"] < 1.0 and row["high"] is None for row in said["first_shortage_d"])


def test_results_reopen_with_units(root: Path) -> None:
    data = storage.load(root / "one" / "result" / "results.nc")
    assert data.sizes["member"] == 8
    assert {data[name].attrs["units"] for name in ("asked", "exports", "cover", "price")} == {"t", "d", "USD/t"}
    assert [
        name for name in data.data_vars if not (data[name].attrs.get("units") and data[name].attrs.get("long_name"))
    ] == []


def test_nothing_but_the_folder_is_left(root: Path) -> None:
    assert sorted(p.name for p in (root / "one").iterdir()) == ["result", "said.json", "short.yaml"]


@pytest.mark.slow
def test_two_workers_write_the_same_bytes_as_one(root: Path) -> None:
    run(root / "two", "--workers", "2")
    one, two = root / "one" / "result", root / "two" / "result"
    names = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(two) for p in two.rglob("*") if p.is_file())
    assert [str(n) for n in names if (one / n).read_bytes() != (two / n).read_bytes()] == []
