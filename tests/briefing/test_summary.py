"""What the terminal shows."""

from __future__ import annotations

import io
import re
import sys

import numpy as np
import pytest

from simulator.briefing import summary


def test_shows_chart_findings_and_next_steps(dataset, scenario):
    text = summary.text(dataset, scenario, folder="runs/x", sites=112, countries=24, grade_d=(14, 63))
    lines = text.splitlines()
    assert lines[0] == "China's export licences of April 2025"
    assert lines[1] == "  112 sites in 24 countries · 1,461 days · 60 replications · seed 1"
    india = next(line for line in lines if line.startswith("  India"))
    assert india.split()[1][0] == "█"
    assert "▂" in india
    assert india.endswith("lowest 27 %   Jul 2025")
    assert "  First shortage      India week 3 to 5, Germany week 4 to 6   (90 % of runs)" in lines
    assert any(line.startswith("  Output lost") and "(90 % range" in line for line in lines)
    assert "  Who is hit first    electric cars, then wind turbines" in lines
    assert any("14 of 63 inputs are our assumption (grade D)" in line for line in lines)
    assert "Written to runs/x/" in lines
    assert lines[-2].startswith("Next:  simulator")


def test_rows_of_blocks_line_up(dataset, scenario):
    rows = [line for line in summary.text(dataset, scenario).splitlines() if "lowest" in line]
    assert len(rows) == 6
    assert len({line.index("lowest") for line in rows}) == 1


def test_no_line_is_wider_than_a_terminal(dataset, scenario):
    text = summary.text(dataset, scenario, folder="runs/x", sites=112, countries=24)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_plain_where_the_terminal_knows_no_blocks(dataset, scenario, encoding):
    text = summary.text(dataset, scenario, folder="runs/x", encoding=encoding)
    text.encode(encoding)
    assert not set(text) & set(summary.BLOCKS)
    assert "?" not in text
    assert re.search(r"India +9{4}[0-9]1{4,}[0-9]{1,3}9+ ", text)


def test_no_escape_codes(dataset, scenario):
    assert "\x1b" not in summary.text(dataset, scenario)


def test_nobody_short(dataset, scenario):
    calm = dataset.assign(
        served=dataset["asked"], lost=dataset["lost"] * 0, first_shortage=dataset["first_shortage"] * np.nan
    )
    text = summary.text(calm, scenario)
    assert "First shortage      none in most runs" in text
    assert "Who is hit first" not in text


def test_printing_survives_a_narrow_console(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252"))
    summary.show("▁▂ tonnes – done\n")
    sys.stdout.flush()
    assert raw.getvalue().decode("cp1252").strip() == "?? tonnes – done"
