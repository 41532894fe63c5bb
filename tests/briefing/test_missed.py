"""What a backtest misses is told in the right direction, with the right months."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from simulator.briefing import missed
from simulator.briefing.words import Words
from simulator.studies.backtest import Scored
from simulator.studies.episode import Case
from simulator.studies.paths import Path

MONTHS = np.arange("2025-04", "2025-09", dtype="datetime64[M]")
RECORDED = [50.0, 20.0, 60.0, 95.0, 110.0]
CASE = Case.model_validate({
    "id": "c", "title": "Things", "series": "export_monthly", "origin": "CHN", "goods": "g", "from": "2025-04",
    "before": ["2024-01", "2024-12"], "baseline": 100.0, "baseline_source": "made up",
})  # fmt: skip


def said(simulated: list[float], recorded: list[float] = RECORDED, spread: float = 5.0, naive: float = 100.0) -> str:
    ensemble = np.array(simulated)[:, None] + spread * np.array([-1.0, 0.0, 1.0])
    path = Path(CASE, "rule", MONTHS, ensemble, None, np.ones((5, 3)))
    low, median, high = path.band
    seen = np.array(recorded)
    rules = dict.fromkeys(("N0", "N1", "N2", "N3"), np.full(5, naive))
    one = Scored(CASE, "rule", "calibration", MONTHS, seen, np.ones(5), median, low, high, rules, 0.0, 0.0)
    rows = [SimpleNamespace(month=m, value=v, weight=1.0) for m, v in zip(MONTHS, recorded, strict=True)]
    start = SimpleNamespace(kind="licence", effective=date(2025, 4, 4), known=date(2025, 4, 4))
    record = SimpleNamespace(timeline=(start,), seen=lambda case: rows)
    return missed.say(SimpleNamespace(record=record, scored=(one,)), path, Words())  # type: ignore[arg-type]


def test_a_path_that_is_right() -> None:
    text = said(RECORDED)
    assert "The depth of the trough is right: 80 % simulated, 80 % recorded." in text
    assert "in the right month, May 2025" in text
    assert "back at 90 % in the right month, Jul 2025" in text
    assert "Inside the 80 % band: 5 of 5 months." in text
    assert "it beats the best naive rule" in text
    assert "above the band" not in text
    assert "below the band" not in text


def test_too_shallow_and_late() -> None:
    text = said([80.0, 60.0, 40.0, 70.0, 95.0])
    assert "too shallow by 20 points: 60 % simulated, 80 % recorded" in text
    assert "It comes a month late; recorded: May 2025." in text
    assert "back at 90 % a month late; recorded: Jul 2025." in text
    assert "Recorded above the band, so simulated too low: Jun 2025, Jul 2025, Aug 2025." in text
    assert "Recorded below the band, so simulated too high: Apr 2025, May 2025." in text


def test_too_deep_and_early_and_never_back() -> None:
    text = said([0.0, 10.0, 20.0, 30.0, 40.0])
    assert "too deep by 20 points" in text
    assert "It comes a month early" in text
    assert "does not come back to 90 % in the months recorded; it did in Jul 2025." in text


def test_a_flow_that_never_came_back() -> None:
    low = [50.0, 20.0, 30.0, 40.0, 50.0]
    assert "As recorded, the flow does not come back to 90 %." in said(low, low)
    assert "comes back to 90 % in Jul 2025; recorded, it did not." in said(RECORDED, low)


@pytest.mark.parametrize(("naive", "word"), [(100.0, "it beats the best naive rule (N0"), (60.0, "is better (N0")])
def test_whether_it_beats_what_costs_nothing(naive: float, word: str) -> None:
    path = RECORDED if naive == 100.0 else [110.0, 110.0, 110.0, 10.0, 10.0]
    assert word in said(path, naive=naive)


def test_months_are_named_up_to_four() -> None:
    assert "Apr 2025, May 2025, Jun 2025, Jul 2025 and 1 more" in said([200.0] * 5)
