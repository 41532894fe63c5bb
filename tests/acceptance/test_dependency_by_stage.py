"""Acceptance check T20: dependency is told by stage, of what is made and looking through to where it came from."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.acceptance.running import rare_earths


def test_dependency_is_told_for_every_stage_directly_and_looking_through(by_command: Path) -> None:
    """Shares of the largest country by year: what each stage makes, and where what is used was mined and separated."""
    with (by_command / "result" / "tables" / "dependency.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    stages = {f.stage for f in rare_earths().facilities.values()}
    assert {row["stage"] for row in rows if row["view"] == "direct"} == stages
    assert {row["stage"] for row in rows if row["view"] == "look-through"} == {"mined", "separated"}
    shares = [float(row[name]) for row in rows for name in row if name not in ("year", "stage", "view")]
    assert all(0.0 <= share <= 1.0 + 1e-6 for share in shares)
    magnets = [float(row["median"]) for row in rows if (row["stage"], row["view"]) == ("magnet", "direct")]
    assert all(share > 0.8 for share in magnets)
