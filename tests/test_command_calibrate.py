"""`simulator calibrate` from the outside, and a fit to a past that the model itself has made: it must find what made it."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from simulator.cli import cli
from simulator.scenario.problems import Invalid
from simulator.scenario.uncertain import Uncertain
from simulator.studies import episode
from simulator.studies.backtest import backtest
from simulator.studies.calibrate import calibrate
from tests.studies import invented

DELAY = "licence.office.statutory_share"
SMALL = ("--samples", "24", "--workers", "1")


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["calibrate", *arguments])
    return done.exit_code, done.output


def test_a_folder_of_tables_that_a_backtest_can_read(tmp_path: Path) -> None:
    home = invented.write(tmp_path)
    code, said = run(str(home), *SMALL, "--out", str(tmp_path / "fit"), "--json")
    assert code == 0, said
    found = json.loads(said)
    assert {p.name for p in (tmp_path / "fit").iterdir()} == {
        "fitted.csv", "draws.csv", "samples.csv", "correlation.csv", "fit.txt", "manifest.json",
        "chart-fit.svg", "chart-fit.png", "chart-fit.csv", "chart-fit.txt",
    }  # fmt: skip
    fitted = episode.read_numbers(tmp_path / "fit" / "fitted.csv")
    assert sorted(fitted) == sorted(n["number"] for n in found["numbers"])
    for number in found["numbers"]:
        assert number["prior"][0] <= number["low"] <= number["median"] <= number["high"] <= number["prior"][1]
    with (tmp_path / "fit" / "samples.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24
    assert sum(float(row["weight"]) for row in rows) == pytest.approx(1.0, abs=1e-4)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    home = invented.write(tmp_path)
    for name in ("one", "two"):
        assert run(str(home), *SMALL, "--out", str(tmp_path / name))[0] == 0
    for file in ("fitted.csv", "draws.csv", "samples.csv", "chart-fit.svg"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_an_episode_without_calibration_rows_is_refused(tmp_path: Path) -> None:
    home = invented.write(tmp_path, observed=invented.OBSERVED.replace("calibration", "development_test"))
    with pytest.raises(Invalid, match="no row marked calibration"):
        calibrate([str(home)], samples=10, workers=1)


def test_an_unknown_episode_is_named() -> None:
    code, said = run("magnets_2024")
    assert code == 2
    assert "magnets_2025" in said


def test_a_fit_finds_the_number_that_made_the_past(tmp_path: Path) -> None:
    priors = episode.read_numbers(episode.home() / episode.PRIORS)
    truth = 0.97
    told = {**priors, DELAY: replace(priors[DELAY], value=Uncertain.exactly(truth))}
    first = episode.load(invented.write(tmp_path, name="first"))
    path = backtest(first, modes=["rule"], replications=200, step=7.0, numbers=told, joint={}, workers=1).path(
        "japan", "rule"
    )
    months = np.arange("2024-06", "2024-12", dtype="datetime64[M]")
    seen = path.ensemble[path.at(months)].mean(axis=1)
    rows = [
        f"{m},export_monthly,CHN,JPN,magnets,{x:.4f},t,made up,D,1,calibration,"
        for m, x in zip(months, seen, strict=True)
    ]
    past = invented.write(tmp_path, observed="\n".join([invented.OBSERVED.splitlines()[0], *rows]) + "\n", name="past")
    fit = calibrate([str(past)], samples=1000, workers=1)
    number = [f.name for f in fit.free].index(DELAY)
    low, median, high = fit.band(number)
    assert low <= truth <= high + 0.02
    assert median > 0.85  # the middle of the prior is 0.7
    assert fit.verdict(number) == "identified"
