"""An episode invented for the test runs by its files alone; paths, weights and the pass mark are what they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray
from matplotlib.text import Text

from simulator.briefing import style
from simulator.briefing.charts.case import case
from simulator.briefing.words import Words
from simulator.results import scores
from simulator.studies import paths
from simulator.studies.backtest import Backtest, Scored, backtest
from simulator.studies.episode import Case, Seen
from simulator.studies.pass_mark import gain, pass_mark
from simulator.studies.regularities import regularities
from tests.studies import invented


@pytest.fixture(scope="module")
def test(tmp_path_factory: pytest.TempPathFactory) -> Backtest:
    folder = invented.write(tmp_path_factory.mktemp("episode"))
    told: list[tuple[int, int]] = []
    found = backtest(
        folder, replications=4, step=7.0, workers=1, progress=lambda done, whole: told.append((done, whole))
    )
    assert told[-1][0] == told[-1][1]  # both modes count as one
    assert len({whole for _, whole in told}) == 1
    assert all(a[0] <= b[0] for a, b in zip(told, told[1:], strict=False))
    return found


def test_it_is_scored_in_both_modes_over_the_months_of_each_use(test: Backtest) -> None:
    assert [(s.mode, s.use, [str(m) for m in s.months]) for s in test.scored] == [
        ("rule", "calibration", ["2024-06", "2024-07"]),
        ("rule", "development_test", ["2024-09", "2024-10"]),
        ("licence", "calibration", ["2024-06", "2024-07"]),
        ("licence", "development_test", ["2024-09", "2024-10"]),
    ]


def test_weight_nothing_is_never_scored_and_half_counts_half(test: Backtest) -> None:
    one = test.scored[0]
    assert 900.0 not in one.observed
    assert one.weights.tolist() == [1.0, 0.5]
    squares = (one.median - one.observed) ** 2
    assert one.nrmse == pytest.approx(np.sqrt((squares[0] + 0.5 * squares[1]) / 1.5) / 20.0)
    assert all(row.observed != 900.0 for row in test.measured)


def test_before_the_event_the_index_is_the_observed_mean(test: Backtest) -> None:
    for path in test.paths:
        before = (path.months >= np.datetime64("2024-03")) & (path.months <= np.datetime64("2024-05"))
        assert path.ensemble[before].mean(axis=0) == pytest.approx(np.full(4, 20.0))


def test_modes_part_on_what_came_later_and_not_before(test: Backtest) -> None:
    rule, licence = test.path("japan", "rule"), test.path("japan", "licence")
    early = rule.months < np.datetime64("2024-09")
    assert np.array_equal(rule.ensemble[early], licence.ensemble[early])
    assert not np.array_equal(rule.ensemble, licence.ensemble)


def test_the_seed_decides_and_a_run_alone_is_a_run_in_a_crowd(test: Backtest, tmp_path: Path) -> None:
    folder = invented.write(tmp_path)
    alone = backtest(folder, modes=["rule"], replications=1, step=7.0, workers=1).path("japan", "rule").ensemble
    assert np.array_equal(alone[:, 0], test.path("japan", "rule").ensemble[:, 0])


def test_regularities_are_looked_for_in_rule_mode(test: Backtest) -> None:
    found = {r.key: r for r in regularities([test])}
    assert {"no_front_loading", "first_licences", "normal_again", "first_months", "overshoot"} <= set(found)
    july = test.path("japan", "rule").ensemble[test.path("japan", "rule").at(np.array(["2024-06"], "datetime64[M]"))[0]]
    assert found["first_months"].simulated == pytest.approx(np.median(july) / 20.0)
    assert found["first_months"].observed == pytest.approx(0.4)
    assert found["overshoot"].observed == pytest.approx(0.2)
    assert found["normal_again"].observed == 92.0  # September, counted from 1 June
    for r in found.values():
        assert r.simulated is None or r.holds == (r.expected[0] <= r.simulated <= r.expected[1])


# ------------------------------------------------------------------------------------------------ by hand

MONTHS = np.arange("2024-01", "2024-05", dtype="datetime64[M]")


def test_members_whose_approvals_fit_the_reports_weigh_more_and_only_from_then_on() -> None:
    filed, granted = np.full((4, 2), 100.0), np.array([[50.0, 10.0]] * 4)
    licence = xarray.DataArray(
        np.stack([filed, granted])[:, :, None, :],
        dims=("quantity", "month", "office", "member"),
        coords={
            "quantity": ["filed", "granted"],
            "month": MONTHS.astype("datetime64[ns]"),
            "office": ["licence-1|JPN"],
        },
    )
    result = SimpleNamespace(dataset={"licence": licence}, world=SimpleNamespace(groups={}), members=[0, 1])
    report = Seen("2024-03-31", "licence_approval_rate", "CHN", "JPN", "x", 50.0, "%", "s", "B", 1.0, "calibration", "")
    record = SimpleNamespace(observed=(report,))
    assert paths.granted_share(result, report, MONTHS) == pytest.approx([0.5, 0.1])
    weights = paths._approval_weights(record, "licence", result, MONTHS)
    assert weights is not None
    assert weights[:2] == pytest.approx(np.ones((2, 2)))
    assert weights[2] == pytest.approx([1.0, np.exp(-0.5 * (0.4 / paths.REPORT_SPREAD) ** 2)])
    half = SimpleNamespace(observed=(replace(report, weight=0.5),))
    assert paths._approval_weights(half, "licence", result, MONTHS)[3, 1] == pytest.approx(np.sqrt(weights[3, 1]))
    assert paths._approval_weights(record, "rule", result, MONTHS) is None


def scored(use: str, nrmse: float, naive: float, coverage: float, months: int = 2, counts: str = "yes") -> Scored:
    """A score of a known error: baseline 1, observed nothing, the median the error itself."""
    case = Case.model_validate({
        "id": "c", "title": "c", "series": "export_monthly", "origin": "CHN", "goods": "g", "from": "2024-01",
        "before": ["2023-01", "2023-12"], "baseline": 1.0, "baseline_source": "made up", "counts": counts,
    })  # fmt: skip
    flat = np.ones(months)
    rules = dict.fromkeys(("N0", "N1", "N2", "N3"), naive * flat)
    return Scored(
        case, "rule", use, MONTHS[:months], 0 * flat, flat, nrmse * flat, 0 * flat, flat, rules, 0.0, coverage
    )


def judged(*ones: Scored) -> dict[str, tuple[float | None, str]]:
    test = SimpleNamespace(scored=ones, record=SimpleNamespace(folder=Path("e")))
    return {v.key: (v.value, v.verdict) for v in pass_mark([test])}  # type: ignore[list-item]


def test_the_pass_mark_met_and_missed() -> None:
    good = judged(scored("calibration", 0.3, 0.5, 0.5), scored("development_test", 0.5, 0.5, 1.0))
    assert good == {"gain": (pytest.approx(0.4), "met"), "held_out": (0.0, "met"), "coverage": (0.75, "met")}
    bad = judged(scored("calibration", 0.41, 0.5, 1.0), scored("development_test", 0.51, 0.5, 1.0))
    assert bad == {"gain": (pytest.approx(0.18), "missed"), "held_out": (1.0, "missed"), "coverage": (1.0, "missed")}


def test_what_is_shown_only_does_not_count() -> None:
    assert judged(scored("calibration", 0.9, 0.5, 0.0, counts="shown")) == {
        "gain": (None, "not scored"), "held_out": (None, "not scored"), "coverage": (None, "not scored"),
    }  # fmt: skip


def test_gain_is_of_the_means() -> None:
    assert gain([scored("calibration", 0.1, 0.2, 1.0), scored("calibration", 0.5, 0.6, 1.0)]) == pytest.approx(0.25)
    assert scores.nrmse([0.1], [0.0], 1.0) == pytest.approx(0.1)


# ------------------------------------------------------------------------------------------------ its chart


def test_the_chart_says_what_was_recorded_and_simulated_and_cuts_nothing_off(test: Backtest) -> None:
    chart = case(test, test.record.episode.cases[0], Words())
    assert chart.title.startswith("Magnets to Japan: recorded down 90 % in Jul 2024; simulated down ")
    assert chart.title in chart.alt
    assert [axes.get_legend() for axes in chart.figure.axes] == [None, None]
    chart.figure.draw_without_rendering()
    box = chart.figure.bbox
    for text in chart.figure.findobj(Text):
        if text.get_text().strip() and text.get_visible() and text.get_text()[0].isalpha():
            extent = text.get_window_extent()
            assert box.x0 - 1 <= extent.x0 <= extent.x1 <= box.x1 + 1, text.get_text()
            assert text.get_fontsize() >= style.SMALL
    table = {row[0]: row for row in chart.rows}
    path = test.path("japan", "rule")
    assert table["2024-07"][1:3] == (2.0, "calibration")
    assert table["2024-10"][2] == "development_test"
    assert table["2024-07"][4] == pytest.approx(path.band[1][path.at(np.array(["2024-07"], "datetime64[M]"))[0]])
    assert len(chart.columns) == 3 + 6 + 1
    assert case(test, test.record.episode.cases[0], Words()).svg == chart.svg


def test_a_runaway_band_does_not_flatten_what_was_recorded(test: Backtest) -> None:
    wild = [replace(p, luck=p.luck * np.array([1.0, 1.0, 50.0, 100.0])) for p in test.paths]
    chart = case(replace(test, paths=tuple(wild)), test.record.episode.cases[0], Words())
    most = max(s.value for s in test.record.observed if s.weight > 0.0)
    assert all(axes.get_ylim()[1] < 3.0 * most for axes in chart.figure.axes)
