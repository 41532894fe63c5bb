"""What the page of a comparison says first, and its table, from numbers made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.briefing import compare_page
from simulator.briefing.compare_rows import Concluded
from simulator.briefing.words import Words
from simulator.results import comparison as conclude
from simulator.results.key_figures import KeyFigure, short_outside
from tests.briefing.comparisons import comparison

WORDS = Words(goods=("magnet", "magnets"))
STRATEGIES = ("do-nothing", "stockpile-first", "floor-club")


def concluded(short: Any, paid: Any, scenarios: tuple[str, ...]) -> Concluded:
    """Conclusions from tonnes short and what public cash pays, arrays (scenario, strategy)."""
    accounts = np.zeros((*np.shape(paid), 7))
    accounts[..., 0] = paid
    found = comparison(short, accounts, scenarios, STRATEGIES)
    data = found.outcomes
    public = data["cost"].isel(account=data["purse"].values == "public").sum("account")
    tonnes = short_outside(data)
    figures = [
        KeyFigure("K2", "short", "outside", "t", -1, tonnes),
        KeyFigure("K1", "no_shortage", "outside", "1", 1, (tonnes == 0.0) * 1.0),
        KeyFigure("K1", "first_shortage", "outside", "d", 1, 0.0 * tonnes + 50.0),
        KeyFigure("K8", "cost_public", "all", "USD", -1, public),
    ]
    return Concluded(
        found,
        list(conclude.arms_told(figures)),
        list(conclude.differences_told(figures)),
        [],
        conclude.cost_effectiveness(data),
        conclude.regrets(data),
        [],
        [],
        [],
    )


def test_the_answer_names_what_avoids_most_and_what_is_least_regretted() -> None:
    said = concluded(
        [[2000.0, 1000.0, 2200.0], [0.0, 0.0, 0.0]], [[0.0, 0.4e9, 1e9]] * 2, ("squeeze-on-g7", "myanmar-feed-halt")
    )
    text = compare_page.headline(said, WORDS)
    assert text.startswith("Stockpile first avoids most: 1,000 t of magnets")
    assert "under Squeeze on the G7" in text
    assert "least regretted with Stockpile first: at worst 4" in text


def test_where_nobody_goes_short_doing_nothing_is_least_regretted() -> None:
    said = concluded([[0.0, 0.0, 0.0]] * 2, [[0.0, 0.4e9, 1e9]] * 2, ("squeeze-on-g7", "myanmar-feed-halt"))
    text = compare_page.headline(said, WORDS)
    assert text.startswith("Nobody outside goes short of magnets")
    assert "Doing nothing is least regretted" in text
    alone = concluded([[0.0, 0.0, 0.0]], [[0.0, 0.4e9, 1e9]], ("squeeze-on-g7",))
    assert compare_page.headline(alone, WORDS).endswith("is least when nothing is done.")


def test_the_table_says_what_changes_who_pays_and_what_a_tonne_costs() -> None:
    said = concluded([[2000.0, 1000.0, 2200.0]], [[0.0, 0.4e9, 1e9]], ("squeeze-on-g7",))
    rows = {row[0]: row for row in compare_page.lines(said, "squeeze-on-g7", WORDS)}
    nothing, stock, club = rows.values()
    assert list(rows)[:2] == ["Do nothing", "Stockpile first"]
    assert len(compare_page.heads(WORDS)) == len(nothing)
    assert nothing[2:4] == ["–", "–"]
    assert stock[2].startswith("−9") or stock[2].startswith("−1,0")
    assert stock[3] == "100 %"
    assert stock[5] == "400"
    assert stock[-1].startswith("4")  # 0.4 bn USD over 1,000 t
    assert club[-1] == "never pays"
