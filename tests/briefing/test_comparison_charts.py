"""Charts of a comparison: the numbers behind them, titles with a range, nothing overlapping, none where all is calm."""

from __future__ import annotations

import re
import warnings
from functools import cache

import numpy as np
import pytest
from matplotlib.text import Text

from simulator.briefing import style
from simulator.briefing.chart import Chart
from simulator.briefing.charts.dependency import dependency_path, last_stage
from simulator.briefing.charts.effectiveness import cost_scatter
from simulator.briefing.charts.incidence import incidence_bars
from simulator.briefing.charts.regret import regret_table
from tests.briefing.comparisons import comparison, large, real_world

SMALL = (("squeeze-on-g7", "myanmar-feed-halt"), ("do-nothing", "stockpile-first", "floor-club"))
SQUEEZE = SMALL[0][0]


@cache
def small():
    """Two scenarios, one calm: a strategy that halves the shortage for 0.4 bn USD, one that worsens it and saves."""
    paid = np.zeros((2, 3, 7))
    paid[:, 1, (0, 3)] = 0.3e9, 0.1e9
    paid[:, 2, (2, 5, 6)] = 0.2e9, 0.05e9, -0.25e9
    return comparison([[2000.0, 1000.0, 2200.0], [0.0, 0.0, 0.0]], paid, *SMALL, luck=0.0, end=[0.8, 0.7, 0.802])


@cache
def calm():
    """Nobody short, nothing paid, nothing known of suppliers."""
    return comparison(np.zeros((2, 3)), np.zeros((2, 3, 7)), *SMALL, end=np.nan)


@cache
def charts() -> list[Chart]:
    """Every chart of the small and of the large grid."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [
            draw(grid, *more)
            for grid in (small(), large())
            for draw, more in (
                (regret_table, ()), (cost_scatter, ()), (cost_scatter, (None, [SQUEEZE])),
                (dependency_path, (SQUEEZE,)), (incidence_bars, (SQUEEZE,)), (incidence_bars, (SMALL[0][1],)),
            )
        ]  # fmt: skip
    assert all(found)
    return found


def table(chart):
    """Rows by the names of their columns."""
    return [dict(zip(chart.columns, row, strict=True)) for row in chart.rows]


def test_regrets_are_told_and_the_smallest_worst_is_marked() -> None:
    chart = regret_table(small())
    rows = {(r["strategy"], r["scenario"]): r for r in table(chart)}
    # Cost and loss under the squeeze, bn USD: 14, 7 + 0.4, 15.4 - 0.2; without shortage 0, 0.4, -0.2.
    assert rows["Do nothing", "Squeeze on the G7"]["regret [bn USD]"] == pytest.approx(6.6)
    assert rows["Border-adjusted floor club", "Squeeze on the G7"]["regret [bn USD]"] == pytest.approx(7.8)
    assert rows["Stockpile first", "Myanmar feed halt"]["regret [bn USD]"] == pytest.approx(0.6)
    assert {r["strategy"] for r in rows.values() if r["smallest worst regret"]} == {"Stockpile first"}
    texts = [t.get_text() for t in chart.figure.findobj(Text)]
    assert texts.count("best") == 2
    assert "direct loss" in chart.subtitle.replace("\n", " ")
    assert "0.60 bn USD" in chart.title
    wide = regret_table(small(), wide=True)
    assert "all who supply them" in wide.subtitle.replace("\n", " ")
    assert max(r["regret [bn USD]"] for r in table(wide)) > 14.0


def test_what_cannot_be_told_from_the_best_stands_in_brackets() -> None:
    paid = np.zeros((2, 3, 7))
    paid[:, 1, 0] = 2e6
    noisy = comparison([[200.0, 199.0, 900.0]] * 2, paid, *SMALL, luck=3.0)
    texts = [t.get_text() for t in regret_table(noisy).figure.findobj(Text)]
    assert sum(bool(re.fullmatch(r"\([\d.,<]+\)", t)) for t in texts) >= 2


def test_cost_and_tonnes_avoided_with_the_status_of_each() -> None:
    chart = cost_scatter(small(), scenarios=[SQUEEZE])
    rows = {r["strategy"]: r for r in table(chart)}
    assert rows["Stockpile first"]["avoided [t]"] == pytest.approx(1000.0)
    assert rows["Stockpile first"]["cost [bn USD]"] == pytest.approx(0.4)
    assert rows["Stockpile first"]["cost per tonne [USD/t]"] == pytest.approx(4e5)
    assert rows["Border-adjusted floor club"]["status"] == "never"
    assert rows["Border-adjusted floor club"]["avoided [t]"] == pytest.approx(-200.0)
    assert rows["Border-adjusted floor club"]["cost per tonne [USD/t]"] is None
    marks = {line.get_marker() for line in chart.figure.axes[0].lines}
    assert {"o", "X", "s"} <= marks
    assert "more short" in "".join(t.get_text() for t in chart.figure.axes[0].texts)


def test_without_effect_marks_are_hollow_and_say_so() -> None:
    chart = cost_scatter(small(), scenarios=[SMALL[0][1]])
    faces = [line.get_markerfacecolor() for line in chart.figure.axes[0].lines if line.get_marker() == "o"]
    assert faces == ["none", "none"]
    assert "no effect shown" in "".join(t.get_text() for t in chart.figure.axes[0].texts)
    assert chart.title.startswith("Nobody goes short under “Myanmar feed halt”")


def test_too_many_or_unknown_scenarios_are_refused() -> None:
    with pytest.raises(ValueError, match="no arm has the scenario 'nowhere'"):
        cost_scatter(small(), scenarios=["nowhere"])
    with pytest.raises(ValueError, match="at most 6"):
        cost_scatter(small(), scenarios=[SQUEEZE] * 7)


def test_dependency_ends_where_the_outcomes_do_and_lines_that_coincide_share_a_label() -> None:
    chart = dependency_path(small(), SQUEEZE)
    ends = {(r["strategy"], r["view"]): r["median [1]"] for r in table(chart) if r["month"] == "2030-12"}
    assert last_stage(real_world()) == "magnet"
    assert ends["Stockpile first", "direct:magnet"] == pytest.approx(0.7)
    assert ends["Stockpile first", "look-through:separated"] == pytest.approx(0.75)
    texts = [t.get_text() for t in chart.figure.axes[0].texts]
    assert "— 80 % Do nothing and 1 more" in texts
    assert "- - 75 % Stockpile first" in texts
    assert "80 % if nothing is done" in chart.title
    below = dependency_path(large(), SQUEEZE)
    assert "below 60 % from" in below.title


def test_losses_and_costs_stand_beside_each_other_and_nothing_is_netted() -> None:
    chart = incidence_bars(small(), SQUEEZE)
    rows = {(r["strategy"], r["side"], r["who"], r["purse"]): r["amount [bn USD]"] for r in table(chart)}
    assert rows["Do nothing", "loses", "Japan", ""] == pytest.approx(14.0 * 0.34)
    assert sum(v for k, v in rows.items() if k[:2] == ("Stockpile first", "loses")) == pytest.approx(7.0)
    assert rows["Stockpile first", "pays", "Japan", "public"] == pytest.approx(0.3)
    assert rows["Stockpile first", "pays", "Germany", "firms"] == pytest.approx(0.1)
    assert rows["Border-adjusted floor club", "pays", "Japan", "buyers"] == pytest.approx(0.05)
    assert rows["Border-adjusted floor club", "is spared", "Germany", "buyers"] == pytest.approx(0.25)
    assert rows["Border-adjusted floor club", "pays", "United States", "contingent"] == pytest.approx(0.2)
    assert not any(k[2] == "China" and k[1] == "loses" for k in rows)
    assert any(bar.get_hatch() for bar in chart.figure.axes[0].patches)
    assert "14 bn USD is lost if nothing is done" in chart.title.replace("\n", " ")


def test_nothing_to_show_is_no_chart() -> None:
    assert regret_table(calm()) is None
    assert cost_scatter(calm()) is None
    assert dependency_path(calm(), SQUEEZE) is None
    assert incidence_bars(calm(), SQUEEZE) is None


def test_every_chart_carries_what_must_travel_with_it() -> None:
    for chart in charts():
        line = chart.footer.replace("\n", " ")
        assert "8 replications, seed 1" in line
        assert re.search(r"assumption-graded D: [\d,]+ of [\d,]+ inputs", line)
        assert "sources:" in line
        assert "strategies; Jan 2024 to Dec 20" in chart.subtitle.replace("\n", " ")
        assert 0 < len(chart.alt) <= 500
        assert chart.title in chart.alt
        assert all(len(row) == len(chart.columns) for row in chart.rows)


def test_titles_have_a_range_where_there_is_luck() -> None:
    for chart in charts()[6:]:
        assert re.search(r"\d(–| to )[\d<−]", chart.title), chart.title


def test_texts_neither_overlap_nor_leave_the_page() -> None:
    for chart in charts():
        chart.figure.draw_without_rendering()
        texts = _texts(chart)
        box = chart.figure.bbox
        for text in texts:
            extent = Text.get_window_extent(text)
            assert text.get_fontsize() >= style.SMALL
            assert box.x0 - 1 <= extent.x0, (chart.name, text.get_text())
            assert extent.x1 <= box.x1 + 1, (chart.name, text.get_text())
            assert extent.y0 >= box.y0 - 1, (chart.name, text.get_text())
        boxes = [(t.get_text(), Text.get_window_extent(t).padded(-1.5)) for t in texts]
        for i, (name, a) in enumerate(boxes):
            for other, b in boxes[i + 1 :]:
                assert not a.overlaps(b), (chart.name, name, other)


def _texts(chart: Chart) -> list[Text]:
    """The texts that are drawn: labels of ticks outside the limits exist but are not."""
    found = list(chart.figure.texts)
    for axes in chart.figure.axes:
        found += [*axes.texts, axes.xaxis.label, axes.yaxis.label, *(t for t in axes.get_children() if type(t) is Text)]
        for axis, k, limits in ((axes.xaxis, 0, axes.get_xlim()), (axes.yaxis, 1, axes.get_ylim())):
            found += [t for t in axis.get_ticklabels() if min(limits) <= t.get_position()[k] <= max(limits)]
    return [t for t in dict.fromkeys(found) if t.get_text().strip() and t.get_visible()]


def test_same_numbers_same_bytes() -> None:
    assert cost_scatter(small()).svg == cost_scatter(small()).svg
