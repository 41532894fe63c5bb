"""Acceptance checks T14, T15, T16 and T19: dead measures, repeats, sources, two prices."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.engine.members import Members
from simulator.scenario import files
from simulator.scenario.problems import Invalid
from simulator.studies.run import Result, prepared
from simulator.studies.run import run as run_scenario
from simulator.world import load as load_world
from tests.acceptance.running import cut, run
from tests.short import SHORT

# ------------------------------------------------------------------------------------ T14: what never took effect


def test_a_ban_that_never_took_effect_changes_nothing_in_a_default_run() -> None:
    """To the last bit, in every variable; the same ban in force changes exports."""
    default, _ = prepared("default", start=date(2024, 7, 1), end=date(2025, 8, 31), step=7.0)
    ban = {"kind": "export_ban", "id": "ban", "effective": "2025-07-01", "exporter": "CHN", "destinations": "all"}
    ban |= {"commodities": ["ndfeb_magnet", "dy_oxide"], "grade": "D"}

    def with_ban(**more: Any) -> Any:
        told = type(default).model_validate({**TEMPLATE, "events": [{**ban, **more}]})
        return default.with_measures({"events": [*default.placed("events"), *told.placed("events")]})

    arms = [default, with_ban(status="never_took_effect"), with_ban()]
    record = run(arms, Members.grid(3, range(2)))
    for name, (_, array) in record.values.items():
        assert np.array_equal(array[..., 0::3], array[..., 1::3], equal_nan=True), name
    exports = record.values["exports"][1]
    assert not np.array_equal(exports[..., 0::3], exports[..., 2::3])


TEMPLATE = {"name": "x", "title": "x", "kind": "hypothetical", "end": "2027-12-31", "grade": "D"}


# --------------------------------------------------------------------------------------------------- T15: repeats


def short_run(folder: Path, seed: int) -> Result:
    """Half a year of licences, 48 times."""
    path = folder / "short.yaml"
    path.write_text(SHORT, encoding="utf-8")
    return run_scenario(path, seed=seed, replications=48, workers=1)


@pytest.fixture(scope="module")
def repeats(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Results with the seeds 1, 1 and 2."""
    folder = tmp_path_factory.mktemp("repeats")
    return [short_run(folder, seed).dataset for seed in (1, 1, 2)]


def test_the_same_scenario_and_seed_give_the_same_results(repeats: list[Any]) -> None:
    first, again, _ = repeats
    assert first.identical(again)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["asked", "exports", "price"])
def test_another_seed_draws_otherwise_and_has_the_same_median(repeats: list[Any], name: str) -> None:
    """Medians of the total of all months differ by less than three standard errors of each of them together."""
    first, _, other = (data[name].sum([d for d in data[name].dims if d != "member"]).values for data in repeats)
    assert not np.array_equal(first, other)
    error = np.hypot(*(median_error(values) for values in (first, other)))
    assert abs(np.median(first) - np.median(other)) < 3.0 * error


def median_error(values: np.ndarray) -> float:
    """Standard error of a median, by resampling."""
    chance = np.random.default_rng(0)
    return float(np.median(chance.choice(values, (400, values.size)), axis=1).std())


# ---------------------------------------------------------------------------------------- T16: sources and grades


@pytest.mark.parametrize(("column", "code"), [("grade", "WT009"), ("source", "WT008")])
def test_a_number_without_grade_or_source_is_refused_in_every_table(tmp_path: Path, column: str, code: str) -> None:
    """The first row of each table of the world in the box loses it; all are told, what was fitted (balance.csv) too."""
    folder, touched = tmp_path / "world", set()
    shutil.copytree(files.built_in() / "worlds" / "rare_earths", folder)
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        if column in rows[0]:
            rows[1][rows[0].index(column)] = ""
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
            touched.add(path.name)
    with pytest.raises(Invalid) as raised:
        load_world(str(folder))
    assert {Path(p.file).name for p in raised.value.problems} == touched
    assert {Path(p.file).name for p in raised.value.problems if p.code == code} == touched - {"balance.csv"}
    assert len(touched) > 15


# ----------------------------------------------------------------------------------------------- T19: two prices


def test_under_the_squeeze_on_japan_prices_part_and_what_is_paid_is_a_third() -> None:
    squeeze = cut("japan-dual-use-2026", date(2025, 6, 1), date(2026, 9, 30), warm_up=180.0)
    record = run([squeeze], Members.grid(1, range(4)))
    good, zones = list(record.coords["commodity"]).index("dy_oxide"), list(record.coords["zone"])
    months = record.coords["month"].astype("datetime64[M]")
    after = (months >= np.datetime64("2026-03")) & (months < np.datetime64("2026-07"))
    inside, outside = (record.values["price"][1][:, good, zones.index(zone)] for zone in ("inside", "outside"))
    paid = record.values["paid"][1][:, good, zones.index("outside")]
    assert (outside[after].mean(axis=0) > 1.02 * inside[after].mean(axis=0)).all()
    assert not np.allclose(paid[after], outside[after], rtol=0.01)
    before = months < np.datetime64("2025-12")
    assert outside[before] == pytest.approx(inside[before], rel=0.02)
