"""What is concluded from arms side by side, on outcomes made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from simulator.results import comparison
from simulator.results.key_figures import KeyFigure

STRATEGIES = ("do-nothing", "dear", "cheap", "harmful")
SHORT = {"do-nothing": 100.0, "dear": 40.0, "cheap": 40.0, "harmful": 130.0}
COST = {"do-nothing": 0.0, "dear": 900.0, "cheap": 300.0, "harmful": 50.0}
LOSS = {"do-nothing": 1000.0, "dear": 400.0, "cheap": 400.0, "harmful": 1300.0}


def made(noise: float = 0.0, replications: int = 8) -> Any:
    """Outcomes of one scenario with four strategies: one market abroad and one inside, one payer."""
    arms = {
        "arm": [f"s + {s}" for s in STRATEGIES],
        "scenario": ("arm", ["s"] * 4),
        "strategy": ("arm", list(STRATEGIES)),
        "event_day": ("arm", [np.datetime64("2026-01-15", "ns")] * 4),
    }
    luck = noise * np.random.Generator(np.random.Philox(1)).normal(size=replications)

    def rows(of: dict[str, float]) -> Any:
        return np.array([of[s] + luck for s in STRATEGIES])

    abroad = np.stack([rows(SHORT), 0.0 * rows(SHORT)])
    lost = np.stack([rows(LOSS), 0.0 * rows(LOSS)])
    months = np.arange("2026-01", "2026-11", dtype="datetime64[M]").astype("datetime64[ns]")
    path = np.linspace(0.9, 0.45, 10)[None, :, None, None] * np.ones((1, 10, 4, replications))
    path[:, :, 0] = 0.9
    return xr.Dataset(
        {
            "short": (("market", "arm", "replication"), abroad),
            "value_lost": (("market", "arm", "replication"), lost),
            "cost": (
                ("account", "arm", "replication"),
                np.array([COST[s] for s in STRATEGIES])[None, :, None] + 0 * luck,
            ),
            "dependency": (("view", "month", "arm", "replication"), path),
        },
        {
            **arms,
            "market": ["JPN/cars", "CHN/cars"],
            "market_country": ("market", ["JPN", "CHN"]),
            "account": ["a"],
            "payer": ("account", ["Japan"]),
            "purse": ("account", ["public"]),
            "view": ["direct:magnet"],
            "month": months,
        },
        {"inside": "CHN"},
    )


def figures(data: Any) -> list[KeyFigure]:
    return [
        KeyFigure("K2", "short", "outside", "t", -1, data.short.isel(market=0, drop=True)),
        KeyFigure("K8", "cost_public", "all", "USD", -1, data.cost.isel(account=0, drop=True)),
    ]


def test_a_strategy_that_saves_as_much_for_less_dominates() -> None:
    found = {(d.strategy, d.by) for d in comparison.dominated(figures(made(noise=5.0)))}
    assert ("dear", "cheap") in found
    assert ("harmful", "do-nothing") in found
    assert not any(strategy in ("cheap", "do-nothing") for strategy, _ in found)


def test_what_is_better_only_by_luck_does_not_dominate() -> None:
    data = made()
    luck = np.random.Generator(np.random.Philox(3)).normal(0.0, 50.0, 8)
    data["short"][0, 2] = 39.0 + luck - luck.mean()  # better in the mean, not surely
    data["cost"][0, 2] = 900.0
    assert ("dear", "cheap") not in {(d.strategy, d.by) for d in comparison.dominated(figures(data))}


def test_cost_per_tonne_is_a_ratio_of_means_or_nothing() -> None:
    told = {e.strategy: e for e in comparison.cost_effectiveness(made(noise=1.0))}
    assert told["cheap"].status == "pays"
    assert told["cheap"].ratio.mean == pytest.approx(300.0 / 60.0)
    assert told["cheap"].efficient
    assert not told["dear"].efficient
    assert told["harmful"].status == "never"
    data = made()
    data["short"][0, 1] = np.array([0.0, 200.0] * 4)
    assert {e.strategy: e.status for e in comparison.cost_effectiveness(data)}["dear"] == "undefined"


def test_regret_is_what_the_best_would_have_spared() -> None:
    told = {r.strategy: r for r in comparison.regrets(made())}
    assert told["cheap"].regret == 0.0
    assert told["do-nothing"].regret == pytest.approx(1000.0 - 700.0)
    assert told["cheap"].near == 1.0
    assert told["do-nothing"].near == 0.0


def test_dependency_falls_below_a_mark_once_and_for_all() -> None:
    told = {(b.strategy, b.level): b for b in comparison.falls_below(made())}
    assert told["cheap", 0.65].month == np.datetime64("2026-07")  # 0.9 falls by 0.05 a month
    assert told["cheap", 0.5].month == np.datetime64("2026-10")
    assert told["cheap", 0.5].share == 1.0
    assert np.isnat(told["do-nothing", 0.65].month)
    assert told["do-nothing", 0.65].share == 0.0


def test_a_path_that_comes_back_above_the_mark_has_not_fallen_below() -> None:
    data = made()
    data["dependency"][0, 9, 1] = 0.7
    assert np.isnat({(b.strategy, b.level): b for b in comparison.falls_below(data)}["dear", 0.65].month)


def test_a_target_is_met_in_a_share_of_worlds() -> None:
    data = made()
    data["short"][0, 1] = np.array([10.0] * 6 + [90.0] * 2)
    met = {m.strategy: m for m in comparison.meets(figures(data)[0], comparison.target("short <= 50 t"))}
    assert met["dear"].share == 0.75
    assert met["dear"].low == pytest.approx(0.4093, abs=1e-3)  # Wilson, 6 of 8
    assert met["dear"].high == pytest.approx(0.9285, abs=1e-3)
    assert met["do-nothing"].share == 0.0
    above = comparison.meets(figures(data)[0], comparison.target("short>=50"))
    assert {m.strategy: m.share for m in above}["dear"] == 0.25


def test_a_target_is_read_as_it_is_written() -> None:
    share = comparison.target("short_share@JPN <=  1 %")
    assert (share.name, share.place, share.limit, share.above, share.said) == (
        "short_share",
        "JPN",
        0.01,
        False,
        "short_share@JPN <= 1 %",
    )
    with pytest.raises(ValueError, match="a target reads"):
        comparison.target("short < 5")
    with pytest.raises(ValueError, match="short is in t; the target"):
        comparison.target("short <= 5 %")
    with pytest.raises(ValueError, match="short_share is a share"):
        comparison.target("short_share <= 5 t")
    with pytest.raises(ValueError, match="there is no key figure 'shorts'"):
        comparison.target("shorts <= 5")


def test_tables_say_every_arm_and_every_difference() -> None:
    told = list(comparison.differences_told(figures(made(noise=2.0))))
    assert [(r.strategy, r.name) for r in told][:3] == [("dear", "short"), ("cheap", "short"), ("harmful", "short")]
    assert told[0].mean == pytest.approx(-60.0)
    assert told[0].agree == 1.0
    levels = list(comparison.arms_told(figures(made())))
    assert len(levels) == 8
    assert levels[0].mean == 100.0
