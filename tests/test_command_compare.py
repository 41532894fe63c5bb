"""`simulator compare` from the outside: a folder, a document, and what is refused."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SMALL = ("--step", "7d", "--replications", "2", "--end", "2025-06-30")
GRID = ("april-2025-licences", "--with", "accord-text-only", "--with", "processing-at-home")


def started(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    setting = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "simulator", *arguments]
    return subprocess.Popen(command, cwd=cwd, env=setting, stdout=-1, stderr=-1, text=True, start_new_session=True)


def simulator(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    ran = started("compare", *arguments, cwd=cwd)
    out, err = ran.communicate(timeout=300)
    return ran.returncode, out, err


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object], str]:
    home = tmp_path_factory.mktemp("compare")
    target = ("--target", "short_share@DEU <= 1 %")
    code, out, err = simulator(*GRID, *SMALL, *target, "--json", cwd=home)
    assert code == 0, err
    return home, json.loads(out), err


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_one_document_and_a_whole_folder(done: tuple[Path, dict[str, object], str]) -> None:
    home, said, _ = done
    folder = home / str(said["folder"])
    assert re.fullmatch(r"runs/\d{4}-\d\d-\d\d-compare-april-2025-licences", str(said["folder"]))
    assert {"page.html", "tables", "outcomes.nc", "inputs", "manifest.json"} <= {p.name for p in folder.iterdir()}
    assert {p.name for p in (folder / "inputs").iterdir()} == {
        "april-2025-licences.yaml", "strategy-do-nothing.yaml", "strategy-accord-text-only.yaml",
        "strategy-processing-at-home.yaml",
    }  # fmt: skip
    assert [p.name for p in (home / "runs").iterdir()] == [folder.name]  # no block is left
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert "simulator compare april-2025-licences --with accord-text-only" in page
    assert not re.search(r'(src|href)="https?://', page)


def test_the_text_of_the_accord_changes_nothing_and_a_tax_credit_is_paid_for(
    done: tuple[Path, dict[str, object], str],
) -> None:
    home, said, _ = done
    differences = rows(home / str(said["folder"]) / "tables" / "differences.csv")
    text = [r for r in differences if r["strategy"] == "accord-text-only"]
    assert text
    assert all(float(r["mean"]) == 0.0 for r in text)
    paid = {r["purse"] for r in rows(home / str(said["folder"]) / "tables" / "who-pays.csv")}
    assert "public" in paid
    inputs = rows(home / str(said["folder"]) / "tables" / "assumptions.csv")
    assert len({r["name"] for r in inputs}) == len(inputs) > 1000
    assert {r["grade"] for r in inputs} <= {"A", "B", "C", "D"}
    assert any(r["name"].startswith("processing-at-home--") for r in inputs)
    targets = rows(home / str(said["folder"]) / "tables" / "targets.csv")
    assert {r["target"] for r in targets} == {"short_share@DEU <= 1 %"}
    assert len(targets) == 3


def test_results_on_disk_are_those_of_the_tables(done: tuple[Path, dict[str, object], str]) -> None:
    from simulator.results import storage

    home, said, _ = done
    data = storage.load(home / str(said["folder"]) / "outcomes.nc")
    table = rows(home / str(said["folder"]) / "tables" / "key-figures.csv")
    told = next(r for r in table if (r["strategy"], r["name"], r["place"]) == ("processing-at-home", "short", "JPN"))
    arm = data.short.isel(arm=data.strategy.values.tolist().index("processing-at-home"))
    short = arm.isel(market=(data.market_country == "JPN").values).sum("market").mean("replication")
    assert float(told["mean"]) == pytest.approx(float(short), rel=1e-5)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("default", "--with", "luck"), "there is no strategy 'luck'"),
        (("truce-of-november-2026",), "nobody knows which one comes true"),
        (("april-2025-licences", "embargo-on-japan"), "set end for all of them"),
        (("default", "--target", "shorts <= 1"), "there is no key figure 'shorts'"),
        (("default", "--target", "short < 1"), "a target reads"),
        (("default", "--target", "short@JPM <= 1 t"), "there is no place 'JPM'"),
        (("default", "--lasting", "2.5"), "lengths are whole months; got 2.5"),
        (("briefing", "default"), "'briefing' is a grid and cannot be mixed with scenarios"),
        (("default", "--tornado", "luck"), "there is no strategy 'luck'"),
        (("embargo-on-japan", "--lasting", "0"), "these are numbers above 0"),
        (("heavy-separator-outage", "--lasting", "3"), "has no measure that closes a trade"),
        (("default", "--end", "2024-12-31"), "nothing happens in 'april-2025-licences' before the end"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_run(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = simulator(*arguments, cwd=tmp_path)
    assert code == 2
    assert said in err
    assert out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_stopped_comparison_goes_on_where_it_was(tmp_path: Path) -> None:
    arguments = ("compare", *GRID, "--step", "7d", "--replications", "4", "--end", "2026-12-31", "--workers", "1")
    ran = started(*arguments, cwd=tmp_path)
    kept = tmp_path / "runs" / ".unfinished"
    limit = time.monotonic() + 240
    while not list(kept.glob("*/*.bin")) and time.monotonic() < limit:
        time.sleep(0.2)
    os.killpg(ran.pid, signal.SIGINT)
    _, err = ran.communicate(timeout=60)
    assert ran.returncode == 130
    assert "finished block" in err
    stopped = {p: p.stat().st_mtime_ns for p in kept.glob("*/*.bin")}
    assert stopped
    again = started(*arguments, "--json", cwd=tmp_path)
    out, err = again.communicate(timeout=300)
    assert again.returncode == 0, err
    assert not kept.exists()
    straight = started(*arguments, "--json", "--out", "straight", cwd=tmp_path)
    other, err = straight.communicate(timeout=300)
    assert {**json.loads(out), "folder": ""} == {**json.loads(other), "folder": ""}
