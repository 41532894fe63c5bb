"""`simulator backtest` from the outside, on an episode that is nothing but a folder of files."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.studies import invented

ROOT = Path(__file__).parents[1]
SMALL = ("--step", "7d", "--replications", "4", "--workers", "1")


def simulator(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    setting = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "simulator", "backtest", *arguments]
    return subprocess.run(command, cwd=cwd, env=setting, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    home = tmp_path_factory.mktemp("backtest")
    invented.write(home)
    return home, simulator("invented", *SMALL, "--json", cwd=home)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_one_json_document_and_a_whole_folder(done: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    home, ran = done
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    folder = home / said["folder"]
    assert re.fullmatch(r"runs/\d{4}-\d\d-\d\d-backtest-invented", said["folder"])
    assert {p.name for p in folder.iterdir()} == {
        "page.html", "charts", "scores.csv", "measures.csv", "left_out.csv", "numbers.csv", "pass_mark.csv",
        "regularities.csv", "backtest.json", "manifest.json", "invented-rule.yaml", "invented-licence.yaml",
    }  # fmt: skip
    assert {p.suffix for p in (folder / "charts").glob("chart-invented-japan.*")} == {".svg", ".png", ".csv", ".txt"}
    assert json.loads((folder / "backtest.json").read_text(encoding="utf-8")) == {
        k: v for k, v in said.items() if k != "folder"
    }
    assert sorted(p.name for p in home.iterdir()) == ["invented", "runs"]
    assert [p.name for p in (home / "runs").iterdir()] == [folder.name]  # no block is left


def test_the_tables_hold_what_the_document_says(done: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    home, ran = done
    said = json.loads(ran.stdout)
    table = rows(home / said["folder"] / "scores.csv")
    assert [(r["mode"], r["use"], r["months"]) for r in table] == [
        ("rule", "calibration", "2"), ("rule", "development_test", "2"),
        ("licence", "calibration", "2"), ("licence", "development_test", "2"),
    ]  # fmt: skip
    for row, stated in zip(table, said["scores"], strict=True):
        assert float(row["nrmse"]) == pytest.approx(stated["nrmse"])
        assert stated["gain"] == pytest.approx(1 - stated["nrmse"] / stated["best_naive_nrmse"])
        assert stated["best_naive_nrmse"] == min(stated[n] for n in ("N0", "N1", "N2", "N3"))
    assert {row["number"] for row in said["numbers"]} >= {"licence.office.load", "parameter.hoarding"}
    assert [(row["kind"], row["mode"]) for row in said["left_out"]] == [
        ("stoppage", "rule and licence"), ("general_licence", "rule"),
    ]  # fmt: skip


def test_the_page_is_one_offline_file_that_says_what_is_missed(
    done: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    home, ran = done
    said = json.loads(ran.stdout)
    page = (home / said["folder"] / "page.html").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="(?!#)[^"]+"', page) == []
    assert page.count("<h1") == 1
    assert page.count('role="img"') == 1
    assert "Licences for magnets that never were" in page
    text = page.replace("&#39;", "'")
    for row in said["misses"]:
        assert row["said"] in text
    assert str(home) not in page
    assert "simulator backtest invented --replications 4 --step 7d" in page
    assert (home / said["folder"] / "charts" / "chart-invented-japan.txt").read_text(encoding="utf-8").strip()


def test_the_scenario_beside_the_page_checks(done: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    from simulator.scenario.loading import inspect

    home, ran = done
    scenario, problems = inspect(str(home / json.loads(ran.stdout)["folder"] / "invented-licence.yaml"))
    assert scenario is not None
    assert not [p for p in problems if p.severity == "error"]
    assert [m.kind for m in scenario.events] == ["export_licence", "general_licence"]


def test_one_mode_in_text_and_a_taken_name(done: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    home, _ = done
    (home / "taken").mkdir()
    ran = simulator("invented", "--mode", "rule", "--out", "taken", *SMALL, cwd=home)
    assert ran.returncode == 0, ran.stderr
    assert "Written to taken-2/" in ran.stdout
    assert "invented/japan" in ran.stdout
    assert "licence mode" not in ran.stdout
    assert not (home / "taken-2" / "invented-licence.yaml").exists()
    assert list((home / "taken").iterdir()) == []


def test_an_unknown_name_and_a_wrong_file_exit_2(tmp_path: Path) -> None:
    ran = simulator("magnets-2025", cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "did you mean 'magnets_2025'?" in ran.stderr
    home = invented.write(tmp_path, timeline=invented.TIMELINE.replace(",licence,", ",licens,"))
    ran = simulator(home.name, "--json", *SMALL, cwd=tmp_path)
    assert ran.returncode == 2
    (problem,) = json.loads(ran.stdout)
    assert (problem["file"], problem["line"], problem["help"]) == (
        str(Path("invented") / "timeline.csv"), 2, "did you mean 'licence'?",
    )  # fmt: skip
    assert not (tmp_path / "runs").exists()


def test_the_manual_takes_its_tables_from_the_folder(
    done: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from simulator.briefing import backtests

    home, ran = done
    (tmp_path / "docs" / "images").mkdir(parents=True)
    page = tmp_path / "docs" / "backtests.md"
    page.write_text(f"By hand.\n\n{backtests.MARK}\nold\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert backtests.main([str(home / json.loads(ran.stdout)["folder"])]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("By hand.\n\n<!-- generated")
    assert "\nold\n" not in text
    assert (tmp_path / "docs" / "images" / "backtest-invented-japan.png").stat().st_size > 1000
    assert "images/backtest-invented-japan.png" in text
    assert all(row["said"] in text for row in json.loads(ran.stdout)["misses"])
    assert backtests.main([]) == 2
