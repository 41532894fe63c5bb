"""`simulator run` from the outside: one JSON document, equal folders for any number of workers, results with units."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.results import storage
from tests.short import run_short


def test_json_is_one_document_of_plain_numbers(by_command: Path) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    said = json.loads((by_command / "said.json").read_text(encoding="utf-8"), parse_constant=refuse)
    assert (said["folder"], said["scenario"], said["replications"]) == ("result", "short", 8)
    assert said["lost_t"]["low"] <= said["lost_t"]["median"] <= said["lost_t"]["high"]
    assert any(row["hit"] < 1.0 and row["high"] is None for row in said["first_shortage_d"])


def test_results_reopen_with_units(by_command: Path) -> None:
    data = storage.load(by_command / "result" / "results.nc")
    assert data.sizes["member"] == 8
    assert {data[name].attrs["units"] for name in ("asked", "exports", "cover", "price")} == {"t", "d", "USD/t"}
    assert [
        name for name in data.data_vars if not (data[name].attrs.get("units") and data[name].attrs.get("long_name"))
    ] == []


def test_nothing_but_the_folder_is_left(by_command: Path) -> None:
    assert sorted(p.name for p in by_command.iterdir()) == ["result", "said.json", "short.yaml"]


@pytest.mark.slow
def test_two_workers_write_the_same_bytes_as_one(by_command: Path) -> None:
    two = by_command.parent / "two" / "result"
    run_short(two.parent, "--workers", "2")
    one = by_command / "result"
    names = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(two) for p in two.rglob("*") if p.is_file())
    assert [str(n) for n in names if (one / n).read_bytes() != (two / n).read_bytes()] == []
