"""The base year closes again from the stated values, and ends where the tables are."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.scenario.files import built_in
from simulator.world import World, load
from simulator.world.checks import check
from simulator.world.closing import CLOSES, NEAR, closing, confirmed, main, refit
from simulator.world.steady import flows
from simulator.world.tables import YEAR
from tests.world.small import write as write_small

PAGE = (Path(__file__).parents[2] / "docs" / "world.md").read_text(encoding="utf-8")
TABLES = built_in() / "worlds" / "rare_earths"


@pytest.fixture(scope="module")
def world() -> World:
    return load("rare_earths")


@pytest.fixture(scope="module")
def fitted(world: World) -> Mapping[str, float]:
    return refit(world)


def with_row(world: World, name: str, **changes: Any) -> World:
    return replace(world, adjustments=tuple(replace(a, **changes) if a.row == name else a for a in world.adjustments))


def edit(folder: Path, table: str, old: str, new: str) -> None:
    text = (folder / table).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / table).write_text(text.replace(old, new), encoding="utf-8")


def test_the_fit_ends_at_the_used_values(world: World, fitted: Mapping[str, float]) -> None:
    for row in world.adjustments:
        assert fitted[row.row] == pytest.approx(row.used, abs=(row.high - row.low) / 2000), row.row
    assert confirmed(world, fitted)


def test_the_fit_does_not_start_at_the_used_values(world: World) -> None:
    moved = with_row(world, "blank_yield", stated=0.74)
    assert not confirmed(moved, refit(moved))
    unused = replace(world, adjustments=tuple(replace(a, used=a.stated) for a in world.adjustments))
    assert refit(unused) == refit(world)


def test_the_gaps_are_wide_before_and_closed_after(world: World, fitted: Mapping[str, float]) -> None:
    base, stated = flows(world), {row.row: row.stated for row in world.adjustments}
    before, after = closing(world, base, stated), closing(world, base, fitted)
    for oxide in CLOSES:
        assert before.gap(oxide) > 0.08 * before.need[oxide]
        assert abs(after.gap(oxide)) < 1e-4 * after.need[oxide]


def test_need_and_output_at_the_used_values_are_those_of_the_world(world: World) -> None:
    used, state = closing(world, flows(world), {row.row: row.used for row in world.adjustments}), check(world)
    lines = {line.commodity: line for line in state.balance}
    for oxide in CLOSES:
        assert used.need[oxide] == pytest.approx(lines[oxide].to_facilities + lines[oxide].to_markets, rel=3e-4)
        assert used.supply[oxide] == pytest.approx(used.need[oxide], rel=3e-4)
    emergent = {c.figure: c.emergent for c in state.compared}
    for name in ("china_ndpr_domestic", "china_ndpr_imported"):
        assert used.output[name] == pytest.approx(emergent[name], rel=1e-4)


def test_bounds_hold(world: World, fitted: Mapping[str, float]) -> None:
    assert fitted["blank_yield"] > 0.77  # so that the next bound binds
    narrow = with_row(world, "blank_yield", high=0.77)
    found = refit(narrow)
    assert found["blank_yield"] == 0.77
    for row in narrow.adjustments:
        assert row.low <= found[row.row] <= row.high, row.row
    assert found["undocumented_myanmar"] > fitted["undocumented_myanmar"]  # another row takes the rest


@pytest.mark.parametrize("grade", ["A", "B"])
def test_a_strong_row_is_refused(world: World, grade: str) -> None:
    with pytest.raises(ValueError, match="graded C or D may move: ndpr_sichuan"):
        refit(with_row(world, "ndpr_sichuan", grade=grade))


def test_a_strong_amount_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(TABLES, tmp_path / "world"))
    row = next(
        line
        for line in (folder / "recipes.csv").read_text(encoding="utf-8").splitlines()
        if line.startswith("light_sichuan,input,")
    )
    edit(folder, "recipes.csv", row, row.replace(",2024,D,", ",2024,B,"))
    assert main([str(folder)]) == 2
    assert "an amount graded B must not move" in capsys.readouterr().err


def test_a_world_with_other_rows_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write_small(tmp_path))]) == 2
    assert "without a rule" in capsys.readouterr().err


def test_writing_a_confirmed_fit_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(TABLES, tmp_path / "world"))
    assert main([str(folder), "--write"]) == 0
    assert "confirmed" in capsys.readouterr().out
    assert load(folder).files == load("rare_earths").files


@pytest.mark.slow
def test_there_and_back_leaves_the_world_as_it_was(tmp_path: Path, world: World) -> None:
    folder = Path(shutil.copytree(TABLES, tmp_path / "world"))
    edit(folder, "balance.csv", "blank_yield,0.713,", "blank_yield,0.7,")
    assert main([str(folder)]) == 1
    assert main([str(folder), "--write"]) == 0
    moved = load(folder)
    assert check(moved).sound
    assert confirmed(moved, refit(moved))
    before, there = flows(world).rate, flows(moved).rate
    assert there["undocumented_myanmar"] > 1.003 * before["undocumented_myanmar"]
    assert there["bayan_obo"] == pytest.approx(before["bayan_obo"], rel=1e-4)  # mines keep their output
    edit(folder, "balance.csv", "blank_yield,0.7,", "blank_yield,0.713,")
    assert main([str(folder), "--write"]) == 0
    assert flows(load(folder)).rate == pytest.approx(before, rel=2e-4)


def test_nothing_is_written_that_does_not_close(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(TABLES, tmp_path / "world"))
    edit(folder, "balance.csv", "ndpr_bayan_obo,0.205,0.174,", "ndpr_bayan_obo,0.235,0.23,")
    edit(folder, "balance.csv", "0.236,0.19169", "0.236,0.23")
    before = load(folder).files
    assert main([str(folder), "--write"]) == 2
    assert "northern_re" in capsys.readouterr().err
    assert load(folder).files == before


@pytest.mark.slow
@pytest.mark.parametrize(("factor", "undocumented"), [(0.5, 19_800), (2.0, 11_500), (1e9, 5_800)])
def test_the_page_tells_what_the_hand_chosen_weights_are_worth(
    world: World, monkeypatch: pytest.MonkeyPatch, factor: float, undocumented: float
) -> None:
    monkeypatch.setattr("simulator.world.closing.NEAR", {name: miss * factor for name, miss in NEAR.items()})
    assert refit(world)["undocumented_myanmar"] == pytest.approx(undocumented, abs=50)
    assert f"{undocumented:,} t" in PAGE


@pytest.mark.slow
def test_the_oxides_close_without_the_inferred_output_of_myanmar(world: World) -> None:
    without = with_row(world, "undocumented_myanmar", high=1e-6, used=0.0)
    found = refit(without)
    after = closing(world, flows(world), found)
    assert all(abs(after.gap(oxide)) < 1e-4 * after.need[oxide] for oxide in CLOSES)
    rows = {row.row: row for row in without.adjustments}
    edges = {name for name, row in rows.items() if found[name] in (row.low, row.high)} - {"undocumented_myanmar"}
    assert edges == {"blank_yield", "ndpr_in_alloy", "ndpr_clay_myanmar", "swarf_recovery"}


def test_the_page_tells_the_gaps_and_outputs(world: World, fitted: Mapping[str, float]) -> None:
    base = flows(world)
    stated, after = (closing(world, base, v) for v in ({r.row: r.stated for r in world.adjustments}, fitted))
    for o in CLOSES:
        numbers = stated.need[o], stated.supply[o], stated.gap(o), after.need[o], after.supply[o]
        assert f"| {o} | " + " | ".join(f"{n:,.0f}" for n in numbers) + " |" in PAGE
    for name, miss in NEAR.items():
        numbers = world.published[name].central * YEAR, stated.output[name], after.output[name], miss
        assert f"| {name} | " + " | ".join(f"{n:,.0f}" for n in numbers) + " |" in PAGE
