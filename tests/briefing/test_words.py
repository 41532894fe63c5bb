"""Words, numbers and dates."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import simulator
from simulator.briefing.words import Words, _texts, placeholders, significant
from simulator.results.views import Spread

EN = Words("en")
ROOT = Path(simulator.__file__).parent


@pytest.mark.parametrize(
    ("value", "text"),
    [(5437.0, "5,400"), (0.2349, "0.23"), (12.0, "12"), (3.04, "3.0"), (0.0, "0"), (-1284.0, "-1,300")],
)
def test_two_significant_figures(value, text):
    assert EN.number(value) == text


def test_whole_numbers_keep_their_figures():
    assert EN.number(5437.4, None) == "5,437"
    assert EN.number(float("nan")) == "–"


def test_a_share_that_would_round_to_nothing_says_so():
    assert (EN.percent(0.0), EN.percent(0.001), EN.percent(0.412)) == ("0 %", "under 1 %", "41 %")


def test_ranges():
    assert EN.percent_range(0.41, 0.534) == "41–53 %"
    assert EN.percent_range(0.411, 0.413) == "41 %"
    assert EN.range(630.0, 1012.0) == "630–1,000"
    assert EN.range(9.7, 124.0) == "10–120"
    assert EN.range(1.52, 3.6) == "1.5–3.6"


@pytest.mark.parametrize(
    ("spread", "text"),
    [
        (Spread(60.0, 57.0, 95.0), "week 9 to 14"),
        (Spread(8.0, 7.0, 9.0), "week 2"),
        (Spread(60.0, 57.0, np.nan), "week 9 or later, in some runs never"),
        (Spread(np.nan, np.nan, np.nan), "in no run"),
    ],
)
def test_days_after_the_event_in_weeks(spread, text):
    assert EN.weeks(spread) == text


def test_dates():
    assert EN.day(date(2025, 4, 4)) == "4 Apr 2025"
    assert EN.month(np.datetime64("2027-08-15")) == "Aug 2027"
    assert EN.month("2027-08") == "Aug 2027"
    assert EN.quarter(date(2025, 6, 30)) == "Q2 2025"


def test_countries_go_by_the_name_readers_know():
    assert [EN.country(c) for c in ("JPN", "MMR", "COD", "KOR")] == ["Japan", "Myanmar", "DR Congo", "South Korea"]
    assert Words("en", {"KOR": "Korea"}).country("KOR") == "Korea"
    assert EN.country("XKX")


def test_titles_by_language():
    assert EN.title({"en": "Licences", "fr": "Licences (fr)"}) == "Licences"
    assert EN.title({"fr": "Permis"}) == "Permis"
    assert EN.title("plain") == "plain"


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="'xx'"):
        Words("xx")


def test_significant_figures():
    assert significant(98765.0, 2) == 99000.0
    assert significant(0.0, 2) == 0.0


def test_every_language_has_the_same_keys_and_places():
    english = _texts("en")
    for path in (ROOT / "locale").glob("*.yaml"):
        texts = _texts(path.stem)
        assert {k for k in texts if not k.startswith("country.")} == {
            k for k in english if not k.startswith("country.")
        }
        for key in texts.keys() & english.keys():
            assert placeholders(texts[key]) == placeholders(english[key]), f"{path.name}: {key}"


def test_every_text_asked_for_by_name_exists():
    asked = set()
    for path in (ROOT / "briefing").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say" and node.args:
                asked |= {
                    a.value
                    for a in ast.walk(node.args[0])
                    if isinstance(a, ast.Constant) and isinstance(a.value, str) and "." in a.value
                }
    for template in (ROOT / "briefing/templates").glob("*.html"):
        asked |= set(re.findall(r'say\("([\w.]+)"', template.read_text(encoding="utf-8")))
    asked = {key for key in asked if not key.startswith(".") and not key.endswith(".")}
    assert len(asked) > 80
    assert asked <= _texts("en").keys()
