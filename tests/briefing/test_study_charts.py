"""Charts of the studies obey the rules of all charts: nothing overlaps or is cut off, and what must travel travels."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from simulator.briefing.chart import Chart
from simulator.briefing.charts import contributions_chart, supply_cost_chart, tornado_chart
from simulator.results.supply_cost import supply_cost
from simulator.scenario import load, load_strategy
from simulator.studies.contributions import Contributions, rungs
from simulator.studies.run import prepared
from simulator.studies.shortages import Shortages
from simulator.studies.tornado import Swing, Tornado, varied
from tests.briefing import test_charts

RUNS = 30


@pytest.fixture(scope="module")
def study_charts() -> list[Chart]:
    """The three charts of the widest strategy in the box, with made-up tonnes of every size and sign."""
    whole = load_strategy("balanced-portfolio")
    ready, world = prepared("squeeze-on-g7", replications=RUNS)
    steps = rungs(ready, whole)
    luck = np.random.default_rng(1).normal(1.0, 0.2, RUNS)
    changes = np.cumsum([0.0] + [(-1.0) ** (k % 3) * 9.0 * 3.0 ** (k % 7) for k in range(len(steps) - 1)])
    added = Contributions(tuple(steps), world, 9000.0 * luck + changes[:, None] * luck**2)
    base = Shortages(9000.0 * luck, np.where(luck > 1.1, np.nan, 60.0 * luck))
    numbers = varied(steps[-1].ready, world)
    swings = [
        Swing(one, Shortages(base.short * (1.0 + by), base.first), Shortages(base.short * (1.0 - by / 3.0), base.first))
        for one, by in zip(
            numbers[10:22], np.linspace(0.9, 0.0, 12) * np.where(np.arange(12) % 2, 1.0, -1.0), strict=True
        )
    ]
    told = Tornado(steps[-1].ready, world, base, tuple(swings), len(numbers), 4)
    supply: Any = supply_cost_chart(supply_cost(world, scenario=steps[-1].ready), world, steps[-1].ready)
    return [contributions_chart(added), tornado_chart(told), supply]


def test_they_obey_the_rules_of_all_charts(study_charts: list[Chart]) -> None:
    test_charts.test_nothing_is_cut_off_or_too_small(study_charts)
    test_charts.test_texts_do_not_overlap(study_charts)
    test_charts.test_no_legend_boxes(study_charts)


def test_they_carry_what_must_travel(study_charts: list[Chart]) -> None:
    for chart in study_charts:
        footer = " ".join(chart.footer.split())
        assert re.search(r"assumption-graded D: [\d,]+ of [\d,]+ inputs", footer), chart.name
        assert "sources:" in chart.footer
        assert "Squeeze on the G7 – Balanced portfolio" in " ".join(chart.subtitle.split())
        assert 0 < len(chart.alt) <= 500
        assert all(len(row) == len(chart.columns) for row in chart.rows)
        assert re.search(r"\d+(–| to )\d+", chart.title.replace(",", "")), chart.title
    for chart in study_charts[:2]:
        assert f"{RUNS} replications, seed 1" in " ".join(chart.subtitle.split())
        assert "Jan 2024 to Dec 2030" in " ".join(chart.subtitle.split())


def test_same_numbers_same_bytes(study_charts: list[Chart]) -> None:
    world = prepared(load("squeeze-on-g7"))[1]
    first, second = (supply_cost_chart(supply_cost(world), world) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.svg == second.svg
