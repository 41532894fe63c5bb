"""The tables of a comparison, as plain rows: what the CSV files, the page, the terminal and the JSON all hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.results import comparison as conclude
from simulator.results.comparison import Below, Dominated, Effect, Met, Regret, Target, Told
from simulator.results.key_figures import OUTSIDE
from simulator.results.paired import NOTHING
from simulator.studies.compare import Comparison

TOLD = ("scenario", "strategy", "key", "name", "place", "unit", "mean", "low", "high", "p05", "p95")
DIFFERENCE = (*TOLD[:2], "against", *TOLD[2:], "agree", "gain")
EFFECT = (
    "scenario", "strategy", "status", "efficient", "cost_usd", "cost_low_usd", "cost_high_usd", "avoided_t",
    "avoided_low_t", "avoided_high_t", "usd_per_t", "usd_per_t_low", "usd_per_t_high",
)  # fmt: skip
REGRET = ("scenario", "strategy", "loss", "cost_and_loss_usd", "regret_usd", "low_usd", "high_usd", "near")
BELOW = ("scenario", "strategy", "view", "level", "month", "early", "late", "share")
LOST = ("scenario", "strategy", "country", "sector", "short_t", "value_lost_usd", "value_lost_wide_usd")
PAID = ("scenario", "strategy", "measure", "payer", "purse", "paid_usd", "p05_usd", "p95_usd", "promised")


@dataclass(frozen=True)
class Concluded:
    """Everything that is said about a comparison."""

    comparison: Comparison
    arms: list[Told]
    differences: list[Told]
    dominated: list[Dominated]
    effects: list[Effect]
    regrets: list[Regret]
    regrets_wide: list[Regret]
    below: list[Below]
    met: list[Met]

    def arm(self, scenario: str, strategy: str, name: str, place: str = OUTSIDE) -> Told | None:
        """One key figure of one arm."""
        return self._arms.get((scenario, strategy, name, place))

    def difference(self, scenario: str, strategy: str, name: str, place: str = OUTSIDE) -> Told | None:
        """What one strategy changes against doing nothing."""
        return self._differences.get((scenario, strategy, name, place))

    def __post_init__(self) -> None:
        """Index the rows by what a reader asks for."""
        by = {(t.scenario, t.strategy, t.name, t.place): t for t in self.arms}
        object.__setattr__(self, "_arms", by)
        of = {(t.scenario, t.strategy, t.name, t.place): t for t in self.differences if t.against == NOTHING}
        object.__setattr__(self, "_differences", of)

    _arms: Any = None
    _differences: Any = None


def concluded(found: Comparison, targets: Sequence[Target] = ()) -> Concluded:
    """Draw every conclusion from a comparison.

    Raises
    ------
    ValueError : a target names a key figure or a place that there is not, or another unit
    """
    figures, data = found.key_figures, found.outcomes
    met = [row for wanted in targets for row in conclude.meets(found.key_figure(wanted.name, wanted.place), wanted)]
    differences = list(conclude.differences_told(figures))
    for other, including in _included(found).items():
        rows = conclude.differences_told(figures, other)
        differences += [row for row in rows if row.strategy in including]
    return Concluded(
        found,
        list(conclude.arms_told(figures)),
        differences,
        conclude.dominated(figures),
        conclude.cost_effectiveness(data),
        conclude.regrets(data),
        conclude.regrets(data, wide=True),
        conclude.falls_below(data),
        met,
    )


def _included(found: Comparison) -> dict[str, set[str]]:
    """Strategies of the grid that others of it include, so that what is added on top can be told."""
    names = {arm.strategy for arm in found.arms}
    out: dict[str, set[str]] = {}
    for arm in found.arms:
        strategy = arm.ready.strategy
        for inner in strategy.includes if strategy is not None else ():
            if inner in names:
                out.setdefault(inner, set()).add(arm.strategy)
    return out


def tables(found: Concluded) -> dict[str, tuple[Sequence[str], list[dict[str, Any]]]]:
    """Columns and rows of each CSV file, by name."""
    made: dict[str, tuple[Sequence[str], list[dict[str, Any]]]] = {
        "key-figures": (TOLD, [_row(t, TOLD) for t in found.arms]),
        "differences": (DIFFERENCE, [_row(t, DIFFERENCE) for t in found.differences]),
        "dominated": (Dominated._fields, [d._asdict() for d in found.dominated]),
        "cost-effectiveness": (EFFECT, [_effect(e) for e in found.effects]),
        "regret": (REGRET, [*_regrets(found.regrets, "direct"), *_regrets(found.regrets_wide, "economy-wide")]),
        "dependency-dates": (BELOW, [_below(b) for b in found.below]),
        "who-loses": (LOST, list(_losers(found.comparison))),
        "who-pays": (PAID, list(_payers(found.comparison))),
    }
    if found.met:
        made["targets"] = (Met._fields, [m._asdict() for m in found.met])
    return made


def _row(told: Told, columns: Sequence[str]) -> dict[str, Any]:
    return {name: _known(getattr(told, name)) for name in columns}


def _known(value: Any) -> Any:
    """A value as a table holds it: what is not a number, or no end, stays empty."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _effect(e: Effect) -> dict[str, Any]:
    numbers = [*e.cost, *e.avoided, *e.ratio]
    return dict(zip(EFFECT, (e.scenario, e.strategy, e.status, e.efficient, *map(_known, numbers)), strict=True))


def _regrets(rows: Sequence[Regret], loss: str) -> Iterator[dict[str, Any]]:
    for r in rows:
        yield dict(
            zip(REGRET, (r.scenario, r.strategy, loss, r.cost_and_loss, r.regret, r.low, r.high, r.near), strict=True)
        )


def _below(b: Below) -> dict[str, Any]:
    days = (None if np.isnat(day) else str(day) for day in (b.month, b.early, b.late))
    return dict(zip(BELOW, (b.scenario, b.strategy, b.view, b.level, *days, b.share), strict=True))


def _losers(found: Comparison) -> Iterator[dict[str, Any]]:
    """Means by market, where anything is short."""
    data = found.outcomes
    means = {
        name: data[name].transpose("arm", "market", "replication").mean("replication").to_numpy()
        for name in ("short", "value_lost", "value_lost_wide")
        if name in data
    }
    for a, arm in enumerate(found.arms):
        for m, market in enumerate(data["market"].values.tolist()):
            if means["short"][a, m] > 0.0:
                country, sector = market.split("/")
                numbers = (
                    float(means[n][a, m]) if n in means else None for n in ("short", "value_lost", "value_lost_wide")
                )
                yield dict(zip(LOST, (arm.scenario, arm.strategy, country, sector, *numbers), strict=True))


def _payers(found: Comparison) -> Iterator[dict[str, Any]]:
    """Present values by account, where it ever pays or receives."""
    data = found.outcomes
    if "cost" not in data:
        return
    cost = data["cost"].transpose("arm", "account", "replication").to_numpy()
    accounts = list(zip(*(data[n].values.tolist() for n in ("account", "payer", "purse")), strict=True))
    for a, arm in enumerate(found.arms):
        for c, (account, payer, purse) in enumerate(accounts):
            if cost[a, c].any():
                numbers = (float(cost[a, c].mean()), *(float(q) for q in np.percentile(cost[a, c], [5.0, 95.0])))
                what = account.split("|", 1)[0]
                row = (arm.scenario, arm.strategy, what, payer, purse, *numbers, purse == "contingent")
                yield dict(zip(PAID, row, strict=True))
