"""The table of known answers is made of what tests saw, and of nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.known_answers import reference
from tests.known_answers.report import ALL, MARK, Row, cells, generated

PAGE = Path(__file__).parents[2] / "docs" / "verification.md"


@pytest.fixture
def apart(monkeypatch):
    """Notes of this test stay out of the table."""
    notes = []
    monkeypatch.setattr(reference, "notes", notes)
    return notes


def test_what_is_checked_is_noted_and_judged(apart):
    assert reference.observed("D16", "first", 255) == "pass"
    assert reference.observed("D16", "first", 256) == "fail"
    assert reference.observed("D05", "cost", 8.03, half_width=0.09) == "underpowered"
    assert reference.observed("D27", "ranks", [84, 97]) == "fail"
    assert reference.observed("D27", "ranks", [84]) == "fail"
    assert [seen["verdict"] for _, seen in apart] == ["pass", "fail", "underpowered", "fail", "fail"]
    with pytest.raises(AssertionError):
        reference.exact("D16", first=252)
    assert apart[-1][1]["observed"] == 252


def test_a_row_shows_what_was_seen():
    row = Row("D05", "cost", 8.03125, 0.0231, "pass", "fast", "tests/known_answers/test_rules.py::test_d05")
    assert cells(row, True)[2:] == ("cost", "8.03411", "8.03125 ± 0.023", "0.08", "pass", "fast")


def test_a_case_without_a_run_is_listed_with_its_reason():
    said = generated([])
    assert all(f"**{case}**" in said for case in ALL)
    assert "**D06** Newsvendor: nothing in the model" in said


def test_the_page_lists_every_case_and_no_failure():
    below = PAGE.read_text(encoding="utf-8").partition(MARK)[2]
    assert [case for case in sorted(ALL) if case not in below] == []
    assert " fail " not in below
    assert " underpowered " not in below
