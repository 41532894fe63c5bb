"""The scenarios in the box and their observed figures fit what charts and page expect."""

from __future__ import annotations

from pathlib import Path

import pytest

import simulator
from simulator.briefing import page
from simulator.briefing.charts import timeline
from simulator.briefing.words import Words
from simulator.results import backtest
from simulator.scenario import load

SCENARIOS = Path(simulator.__file__).parent.parent / "scenarios"
OBSERVED = SCENARIOS / "observed" / "chinese_magnet_exports.csv"


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_scenario_makes_a_page(dataset, path):
    scenario = load(path)
    drawn = timeline(dataset, scenario, Words())
    assert (drawn is not None) == bool(scenario.events or scenario.responses)
    html = page.render(dataset, scenario, [drawn] if drawn else [], [])
    assert scenario.title.en.replace("'", "&#39;") in html
    assert "None" not in html.split("<main")[0]


def test_measures_of_one_day_keep_the_order_of_the_scenario(dataset):
    drawn = timeline(dataset, load(SCENARIOS / "quotas-2010-today.yaml"), Words())
    assert drawn.title.startswith("Halt to Japan: in force from 1 Dec 2026")
    assert [row[0] for row in drawn.rows] == ["Halt to Japan", "Export quotas", "Export taxes"]


def test_observed_exports_of_the_default_scenario(dataset):
    test = backtest.compare(dataset, backtest.read(OBSERVED))
    assert test.baseline_observed
    assert 4000 < test.baseline < 5500
    rows = {r["month"]: r for r in test.rows()}
    assert rows["2025-05"]["observed"] == pytest.approx(1238, abs=1)
    assert {r["use"] for r in rows.values()} == {"calibration", "held out"}
