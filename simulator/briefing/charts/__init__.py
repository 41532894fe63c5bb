"""One file per question; each chart takes results and returns a `Chart`. None runs or computes a model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from simulator.briefing import facts
from simulator.briefing.chart import Chart
from simulator.briefing.charts.contributions import contributions_chart
from simulator.briefing.charts.dependency import dependency_path
from simulator.briefing.charts.effectiveness import cost_scatter
from simulator.briefing.charts.exports import exports
from simulator.briefing.charts.incidence import incidence_bars
from simulator.briefing.charts.prices import price_path
from simulator.briefing.charts.recovery import recovery_curve
from simulator.briefing.charts.regret import regret_table
from simulator.briefing.charts.shortage import shortage_map
from simulator.briefing.charts.shortfall import shortfall_fan
from simulator.briefing.charts.supply_cost import supply_cost_chart
from simulator.briefing.charts.timeline import timeline
from simulator.briefing.charts.tornado import tornado_chart
from simulator.briefing.words import Words
from simulator.results import views
from simulator.results.supply_cost import supply_cost

if TYPE_CHECKING:
    import xarray

    from simulator.results.backtest import Observation
    from simulator.studies.compare import Comparison

__all__ = [
    "Chart",
    "all_charts",
    "comparison_charts",
    "cost_scatter",
    "dependency_path",
    "contributions_chart",
    "exports",
    "incidence_bars",
    "price_path",
    "recovery_curve",
    "regret_table",
    "shortage_map",
    "shortfall_fan",
    "supply_cost_chart",
    "timeline",
    "tornado_chart",
]


def all_charts(
    dataset: xarray.Dataset,
    scenario: Any,
    observed: Iterable[Observation] | None = None,
    language: str = "en",
) -> list[Chart]:
    """Every chart that the results can feed, in the order of a briefing; the price first where it alone moves.

    Parameters
    ----------
    dataset : results of one arm
    scenario : its title, events, sources and policy data are used
    observed : observed flows to set exports against; None for simulated exports alone
    language : of every text
    """
    words = Words(language, goods=views.goods(dataset, language))
    dear = next((m for m in facts.moved(dataset) if m.kind == "price"), None)
    charts = [
        shortfall_fan(dataset, scenario, words),
        shortage_map(dataset, scenario, words),
        recovery_curve(dataset, scenario, words),
        timeline(dataset, scenario, words),
        exports(dataset, scenario, words, observed),
        price_path(dataset, scenario, words, move=dear),
    ]
    if dear is not None:  # where nobody goes short, the price is what there is to see
        charts.insert(0, charts.pop())
    return [chart for chart in charts if chart is not None]


def comparison_charts(comparison: Comparison, words: Words) -> list[Chart]:
    """Every chart that a comparison can feed, in the order of a briefing; two of them once for each scenario.

    The supply curve has the floors of the strategy that supports most output.
    """
    charts = [regret_table(comparison, words), cost_scatter(comparison, words)]
    for scenario in dict.fromkeys(arm.scenario for arm in comparison.arms):
        charts += [incidence_bars(comparison, scenario, words), dependency_path(comparison, scenario, words)]
    supported = max(comparison.arms, key=lambda arm: sum(m.kind == "output_support" for m in arm.ready.responses)).ready
    charts.append(
        supply_cost_chart(supply_cost(comparison.world, scenario=supported), comparison.world, supported, words)
    )
    return [chart for chart in charts if chart is not None]
