"""The answer in words, where nobody goes short of what the headline counts."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.briefing import facts, summary
from simulator.briefing.words import Words
from simulator.results.moves import Move
from simulator.results.views import Spread

EN = Words("en", goods=("magnet", "magnets"))
MARCH = np.datetime64("2027-03-01")


def mark(kind, what, country, after, sector="", before=0.0, others=0):
    return Move(kind, what, country, sector, MARCH, before, Spread(*after), others)


TOLD = [
    (
        mark("unserved", "tb_oxide", "JPN", (1.0, 0.55, 1.0), "electronics", others=2),
        "100 % of the demand for terbium oxide for electronics in Japan is not served on time in Mar 2027 (55–100 %), "
        "and in most runs 2 other uses of materials go short",
    ),
    (
        mark("at_risk", "ndpr_oxide", "JPN", (0.46, 0.46, 0.46), "wind"),
        "NdPr oxide for wind turbines in Japan goes short in 46 % of runs, most in Mar 2027",
    ),
    (
        mark("cover", "ndfeb_heavy_magnet", "KOR", (20.2, 11.6, 28.4), "defence", before=45.3),
        "the stock of magnets with heavy rare earths held for defence in South Korea falls from 45 to 20 days "
        "in Mar 2027 (12–28)",
    ),
    (
        mark("price", "dy_oxide", "CHN", (1.8, 1.4, 2.3)),
        "dysprosium oxide outside China costs 1.8 times what it cost before, in Mar 2027 (1.4–2.3)",
    ),
    (
        mark("exports", "tb_metal", "CHN", (0.73, 0.54, 0.85)),
        "exports of terbium metal from China fall by 73 % in the three months from Mar 2027 (54–85 %)",
    ),
    (
        mark("output", "separation", "MYS", (1.0, 1.0, 1.0)),
        "output of separators in Malaysia falls by 100 % in the three months from Mar 2027",
    ),
]
MARKS = [move for move, _ in TOLD]


@pytest.fixture
def calm(dataset):
    """Nobody goes short but one country, in 3 of 60 runs."""
    first = dataset["first_shortage"] * np.nan
    first[8, :3] = 40.0
    return dataset.assign(served=dataset["asked"], lost=dataset["lost"] * 0, first_shortage=first)


@pytest.fixture
def found(monkeypatch):
    """What is found to move, to be set by a test."""
    marks = []
    monkeypatch.setattr(facts, "moves", lambda dataset: marks)
    return marks


@pytest.mark.parametrize(("move", "text"), TOLD, ids=[move.kind for move in MARKS])
def test_a_mark_is_said_with_its_figures(move, text):
    assert facts.moved_in_words(move, EN) == text


def test_the_headline_says_that_nobody_goes_short_and_what_moves(calm, found):
    found += [move for move in MARKS if move.kind in ("price", "cover", "output")]
    assert facts.headline(calm, EN) == (
        "Outside China, no end user goes short of magnets for a week in 95 % of runs up to Dec 2027; "
        "the one hit most often is electric cars in Germany, in 5 %. What moves most: "
        "the stock of magnets with heavy rare earths held for defence in South Korea falls from 45 to 20 days in "
        "Mar 2027 (12–28); dysprosium oxide outside China costs 1.8 times what it cost before, in Mar 2027 (1.4–2.3) "
        "(ranges: 90 % of runs)."
    )


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (("at_risk", "cover", "price", "exports"), ["NdPr", "dysprosium"]),
        (("exports", "output"), ["exports", "output"]),
        (("at_risk", "cover"), ["NdPr", "the"]),
        (("cover",), ["the"]),
    ],
)
def test_the_headline_takes_a_mark_of_end_users_and_one_of_trade(calm, found, kinds, told):
    found += [move for move in MARKS if move.kind in kinds]
    said = facts.headline(calm, EN).split("What moves most: ")[1].split("; ")
    assert [text.split(" ")[0] for text in said] == told


def test_nothing_moves_or_nothing_happens(calm, found):
    start = "Outside China, no end user goes short of magnets for a week in 95 % of runs up to Dec 2027"
    start += "; the one hit most often is electric cars in Germany, in 5 %"
    assert facts.headline(calm, EN) == f"{start}, and nothing else moves by much."
    assert facts.headline(calm.assign_attrs(event_day=""), EN) == f"{start}."


def test_who_goes_short_in_some_runs_is_left_out_where_nobody_does(calm, found):
    never = calm.assign(first_shortage=calm["first_shortage"] * np.nan)
    assert "in 100 % of runs up to Dec 2027, and nothing else" in facts.headline(never, EN)


def test_key_numbers_hold_every_mark_with_its_range(calm, found):
    found += MARKS
    keys = facts.key_numbers(calm, EN)
    assert [(k.value, k.detail) for k in keys[1:]] == [
        ("95 %", ""),
        ("100 %", "Mar 2027; 90 % of runs: 55–100 %"),
        ("46 %", "Mar 2027"),
        ("45 to 20 days", "Mar 2027; 90 % of runs: 12–28"),
        ("× 1.8", "Mar 2027; 90 % of runs: 1.4–2.3"),
        ("73 %", "Mar 2027; 90 % of runs: 54–85 %"),
        ("100 %", "Mar 2027; 90 % of runs: 100 %"),
    ]
    assert keys[2].label == "Terbium oxide for electronics in Japan: demand not served on time"


def test_where_somebody_goes_short_only_that_is_said(dataset, scenario, found):
    found += MARKS
    assert "What moves" not in facts.headline(dataset, EN)
    assert "What moves" not in summary.text(dataset, scenario)


def test_the_terminal_lists_what_moves_within_its_width(calm, scenario, found):
    found += MARKS
    lines = summary.text(calm, scenario).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("  What moves"))
    told = " ".join(line[22:] for line in lines[at:])
    assert max(map(len, lines)) <= 100
    assert all(text[0].upper() + text[1:] in told for _, text in TOLD)
