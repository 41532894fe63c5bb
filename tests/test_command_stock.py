"""`simulator stock` from the outside: a folder that explains itself, one JSON document, and what is wrong with its place."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator.briefing.charts.cover import cover_curve, finding
from simulator.briefing.words import Words
from simulator.cli import cli
from simulator.studies import run as study
from simulator.studies.blocks import BlockFailedError
from simulator.studies.stock import Needed
from tests.world import small

SCENARIO = """\
name: cut
title: A ban on magnets
kind: hypothetical
world: ./small
start: 2024-01-01
end: 2024-12-31
warm_up: 60 d
replications: 8
step: 7 d
grade: D
events:
  - {kind: export_ban, id: ban, effective: 2024-06-01, duration: 30 d, exporter: CHN, destinations: all,
     commodities: [magnet], leakage: {low: 0, central: 0.2, high: 0.5}, grade: D}
"""
FAST = ("--closures", "1,2", "--replications", "6", "--workers", "1")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scenario and the small world in which it happens."""
    (tmp_path / "small").mkdir()
    small.write(tmp_path / "small", **{"world.yaml": ("inside: CHN", "inside: CHN\nparameters_of: rare_earths")})
    (tmp_path / "cut.yaml").write_text(SCENARIO, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stock(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["stock", *arguments])
    return done.exit_code, done.output


def test_a_folder_that_explains_itself(home: Path) -> None:
    code, said = stock("cut.yaml", *FAST, "--out", "result")
    assert code == 0, said
    for text in ("Japan, electric cars", "1 month ", "the measure 'ban'", "result/"):
        assert text in said
    names = sorted(p.relative_to(home / "result").as_posix() for p in (home / "result").rglob("*") if p.is_file())
    assert names == [
        "chart-cover.csv", "chart-cover.png", "chart-cover.svg", "chart-cover.txt", "manifest.json", "page.html",
        "scenario.yaml", "tables/cover-curve.csv", "tables/cover-needed.csv",
    ]  # fmt: skip
    page = (home / "result" / "page.html").read_text(encoding="utf-8")
    for text in (
        "the measure &#39;ban&#39; of the scenario",
        "simulator stock cut.yaml --closures 1,2",
        "<svg",
        "What this does not say",
    ):
        assert text in page
    assert str(home) not in page
    with (home / "result" / "tables" / "cover-needed.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 4
    assert {(r["country"], r["sector"]) for r in rows} == {("JPN", "auto_ev")}
    assert sorted(p.name for p in home.iterdir()) == ["cut.yaml", "result", "small"]


def test_json_is_one_document(home: Path) -> None:
    code, said = stock("cut.yaml", *FAST, "--levels", "50,90", "--out", "result", "--json")
    assert code == 0, said
    found = json.loads(said)
    assert (found["measure"], found["closures_months"], found["replications"]) == ("ban", [1, 2], 6)
    one, two = ([r["cover"] for r in found["needed"] if r["months"] == m] for m in (1, 2))
    assert one[0] <= one[1]
    assert one[0] < two[0]
    assert found["needed"][1]["high"] is None  # six runs cannot tell


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(home: Path) -> None:
    for name in ("one", "two"):
        assert stock("cut.yaml", *FAST, "--out", name)[0] == 0
    for file in (p for p in (home / "one").rglob("*") if p.is_file()):
        assert file.read_bytes() == (home / "two" / file.relative_to(home / "one")).read_bytes(), file.name


@pytest.mark.slow
def test_a_closure_is_made_from_the_world(home: Path) -> None:
    code, said = stock(
        "--world", "small", "--closures", "1", "--replications", "2", "--workers", "1", "--out", "made", "--json"
    )
    assert code == 0, said
    assert json.loads(said)["measure"] == "closure"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("cut.yaml", "--country", "JPX"), "did you mean 'JPN'?"),
        (("cut.yaml", "--country", "Japan"), "did you mean 'JPN'?"),
        (("cut.yaml", "--sector", "auto_eva"), "did you mean 'auto_ev'?"),
        (("cut.yaml", "--measure", "bann"), "did you mean 'ban'?"),
        (("--world", "small", "--country", "Japon"), "did you mean 'JPN'?"),
        (("cut.yaml", "--closures", "three"), "numbers above 0 with commas"),
        (("cut.yaml", "--closures", "1.5"), "whole numbers of months"),
        (("cut.yaml", "--levels", "50,100"), "percentages below 100"),
        (("cit.yaml",), "cit.yaml"),
    ],
)
def test_what_is_wrong_is_named_with_help(home: Path, arguments: tuple[str, ...], told: str) -> None:
    code, said = stock(*arguments, "--replications", "2")
    assert code == 2
    assert told in said
    assert not (home / "runs").exists()


def test_a_scenario_without_a_ban_or_licence_is_refused_in_its_line(home: Path) -> None:
    kept, _, ban = SCENARIO.partition("  - {kind: export_ban")
    assert ban
    (home / "cut.yaml").write_text(
        kept + "  - {kind: feed_loss, id: flood, effective: 2024-06-01, country: CHN, commodities: [ore], grade: D}\n",
        encoding="utf-8",
    )
    code, said = stock("cut.yaml")
    assert code == 2
    assert "cut.yaml:11:1: error: 'cut' has no measure that closes a trade" in said
    assert "export_ban" in said


@pytest.mark.slow
def test_what_stopped_goes_on_from_what_is_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from simulator.studies import stock as room

    calls = []

    def stopping(*given: object, **more: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return study.run_reduced(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(room, "run_reduced", stopping)
    done = CliRunner().invoke(cli, ["stock", "cut.yaml", *FAST, "--out", "result"], standalone_mode=False)
    told = str(done.exception.__cause__ or done.exception)
    assert "2 finished blocks are kept" in told
    assert "simulator stock cut.yaml --closures 1,2 --replications 6 --workers 1 --out result" in told
    assert not (home / "result").exists()
    monkeypatch.undo()
    monkeypatch.chdir(home)
    assert stock("cut.yaml", *FAST, "--out", "result")[0] == 0
    assert stock("cut.yaml", *FAST, "--out", "afresh")[0] == 0
    table = "tables/cover-needed.csv"
    assert (home / "result" / table).read_bytes() == (home / "afresh" / table).read_bytes()
    assert not (home / "runs").exists()


def test_what_failed_says_what_is_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from simulator.studies import stock as room

    def failing(*given: object, **more: object) -> object:
        raise BlockFailedError("block 0 did not finish")

    monkeypatch.setattr(room, "run_reduced", failing)
    code, said = stock("cut.yaml", *FAST)
    assert code == 1
    assert "block 0 did not finish. No block was finished yet; the same command starts again:" in said


def test_findings_in_words() -> None:
    words = Words()
    row = Needed("JPN", "auto_ev", 12, 0.9, 58.2, 51.0, float("inf"), 45.0, 1.0, 1.0)
    assert finding(row, words) == (
        "Japan, electric cars: 58 days of stock (51 or more) carry users through a closure of 12 months in 90 % of runs"
    )
    assert "not even 730 days" in finding(row._replace(cover=float("inf")), words)
    assert "hardly any stock" in finding(row._replace(cover=0.8), words)


def test_the_chart_carries_its_texts(home: Path) -> None:
    from simulator.studies.stock import stock as find

    found = find("cut.yaml", closures=(1, 2), replications=4, workers=1)
    chart = cover_curve(found, "JPN", Words())
    assert "of runs" in chart.title
    assert "A ban on magnets" in chart.subtitle.replace("\n", " ")
    assert "4 replications, seed 1" in chart.footer
    assert [row for row in chart.rows if row[0] == 2][-1][2] == 1.0
