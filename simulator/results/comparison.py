"""What follows from holding the arms of a grid side by side: differences, dominance, cost per tonne, regret, dates, targets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.results.decisions import regret
from simulator.results.key_figures import (
    EVERYBODY,
    NAMES,
    OUTSIDE,
    KeyFigure,
    cash,
    differences_to_nothing,
    names,
    short_outside,
    value_lost,
)
from simulator.results.paired import NOTHING, Bounded, change, interval, ratio_interval, summary
from simulator.results.statistics import share_ci

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]
LEVELS = (0.65, 0.6, 0.5)  # marks of dependency [1]
NEAR = 0.1  # how near to the best a draw counts as near: share of the best cost [1]


class Told(NamedTuple):
    """One row of a table of arms: a key figure of an arm, or its difference to the same scenario under `against`."""

    scenario: str
    strategy: str
    against: str
    key: str
    name: str
    place: str
    unit: str
    mean: float
    low: float
    high: float
    p05: float
    p95: float
    agree: float
    gain: float


def arms_told(figures: Sequence[KeyFigure]) -> Iterator[Told]:
    """Each key figure of each arm: mean with its 95 % interval, 5th and 95th percentile."""
    arms = names(figures[0].values)
    table = interval(_stacked(figures).to_numpy())
    for i, figure in enumerate(figures):
        for a, (scenario, strategy) in enumerate(arms):
            numbers = {name: float(column[i, a]) for name, column in table.items()}
            if not np.isnan(numbers["mean"]):
                yield _told(scenario, strategy, "", figure, numbers)


def differences_told(figures: Sequence[KeyFigure], against: str = NOTHING) -> Iterator[Told]:
    """Each key figure of each arm minus that of its scenario with another strategy: paired interval, agreement, gain."""
    levels = [figure for figure in figures if figure.key != "K14"]  # which is a difference already
    arms, told = names(levels[0].values), summary(_stacked(levels), against)
    columns = {n: told[n].to_numpy() for n in ("mean", "low", "high", "p05", "p95", "agree", "gain")}
    for i, figure in enumerate(levels):
        for a, (scenario, strategy) in enumerate(arms):
            if strategy != against and not np.isnan(columns["mean"][i, a]):
                numbers = {name: float(column[i, a]) for name, column in columns.items()}
                yield _told(scenario, strategy, against, figure, numbers)


def _told(scenario: str, strategy: str, against: str, figure: KeyFigure, numbers: Mapping[str, float]) -> Told:
    values = (numbers.get(n, np.nan) for n in ("mean", "low", "high", "p05", "p95", "agree", "gain"))
    mean, low, high, p05, p95, agree, gain = values
    said = figure.key, figure.name, figure.place, figure.unit
    return Told(scenario, strategy, against, *said, mean, low, high, p05, p95, agree, gain)


def _stacked(figures: Sequence[KeyFigure]) -> Any:
    """All of them in one DataArray (figure, arm, replication)."""
    import xarray as xr

    values = [f.values.transpose("arm", "replication").to_numpy().astype(np.float64) for f in figures]
    coords = {n: figures[0].values.coords[n] for n in ("arm", "scenario", "strategy")}
    return xr.DataArray(np.array(values), dims=("figure", "arm", "replication"), coords=coords)


class Dominated(NamedTuple):
    """A strategy that another one beats in a scenario: surely better in `better_in`, and nowhere worse in the mean."""

    scenario: str
    strategy: str
    by: str
    better_in: str


def dominated(figures: Sequence[KeyFigure]) -> list[Dominated]:
    """Strategies that another one beats: nowhere worse in the mean, and surely better somewhere.

    Held against each other are tonnes short outside, each purse by itself, and dependency in every view, so that a dollar
    of one payer never makes up for a dollar of another, nor less dependency for more tonnes. Surely better means that
    the paired interval of 95 % lies on one side of 0. Strategies that are equal dominate nobody.
    """
    scales = [f for f in figures if (f.name, f.place) == ("short", OUTSIDE) or f.key == "K4" or f.place == EVERYBODY]
    whole, found = _stacked(scales), []
    pairs, values = names(whole), whole.to_numpy()
    for i, (scenario, strategy) in enumerate(pairs):
        for j, (other, by) in enumerate(pairs):
            if scenario != other or i == j:
                continue
            told = interval(change(values[:, j], values[:, i]))
            better = [f for f, high in zip(scales, told["high"], strict=True) if high < 0.0]
            if better and (told["mean"] <= 0.0).all():
                said = " ".join(f.name if f.key != "K4" else f"{f.name}:{f.place}" for f in better)
                found.append(Dominated(scenario, strategy, by, said))
    return found


class Effect(NamedTuple):
    """What a strategy costs for each tonne that is not short because of it.

    `status` is "saves" (less short and less paid), "pays" (a ratio can be told), "undefined" (the interval of tonnes
    avoided holds 0), or "never" (surely more tonnes short). `cost` and `avoided` are means with their intervals [USD, t];
    `ratio` is the ratio of the means with its interval after Fieller [USD/t].
    """

    scenario: str
    strategy: str
    status: str
    cost: Bounded
    avoided: Bounded
    ratio: Bounded
    efficient: bool


def cost_effectiveness(outcomes: xarray.Dataset) -> list[Effect]:
    """Cost per tonne avoided of each strategy, against doing nothing in the same scenario.

    A strategy is `efficient` where no other one of the scenario avoids as much for less, by the means.
    """
    more = differences_to_nothing(cash(outcomes)).transpose("arm", "replication").to_numpy().astype(np.float64)
    fewer = (
        -differences_to_nothing(short_outside(outcomes)).transpose("arm", "replication").to_numpy().astype(np.float64)
    )
    pairs = names(outcomes)
    means = {pair: (more[i].mean(), fewer[i].mean()) for i, pair in enumerate(pairs)}
    found = []
    for i, (scenario, strategy) in enumerate(pairs):
        if strategy == NOTHING:
            continue
        cost, avoided = _mean(more[i]), _mean(fewer[i])
        ratio = ratio_interval(more[i], fewer[i])
        if avoided.high < 0.0:
            status, ratio = "never", Bounded(np.nan, np.nan, np.nan)
        elif np.isnan(ratio.mean):
            status = "undefined"
        else:
            status = "saves" if cost.mean <= 0.0 else "pays"
        mine = means[scenario, strategy]
        rivals = [means[p] for p in pairs if p[0] == scenario and p[1] != strategy]
        beaten = any(c <= mine[0] and a >= mine[1] and (c, a) != mine for c, a in rivals)
        found.append(Effect(scenario, strategy, status, cost, avoided, ratio, not beaten))
    return found


def _mean(values: Array) -> Bounded:
    told = interval(values)
    return Bounded(*(float(told[n]) for n in ("mean", "low", "high")))


class Regret(NamedTuple):
    """What it costs to have chosen a strategy and not the best one of the scenario, cost and loss together [USD].

    `low` and `high` bound the regret: paired interval of 95 % against the strategy that is best in the mean. `near` is
    the share of replications in which it is within 10 % of the best [1].
    """

    scenario: str
    strategy: str
    cost_and_loss: float
    regret: float
    low: float
    high: float
    near: float


def regrets(outcomes: xarray.Dataset, wide: bool = False) -> list[Regret]:
    """Regret of every arm by the mean of what is paid and what is lost; the loss direct, or with all who supply."""
    whole = (cash(outcomes) + value_lost(outcomes, wide)).transpose("arm", "replication").to_numpy().astype(np.float64)
    pairs = names(outcomes)
    scenarios, strategies = (list(dict.fromkeys(p[k] for p in pairs)) for k in (0, 1))
    place = {pair: i for i, pair in enumerate(pairs)}
    table = np.array([[whole[place[w, s]].mean() for w in scenarios] for s in strategies])
    above = regret(table)
    rows = []
    for w, scenario in enumerate(scenarios):
        draws = np.array([whole[place[scenario, s]] for s in strategies])
        best = draws.min(axis=0)
        near = (draws <= best + NEAR * np.abs(best)).mean(axis=1)
        bounds = interval(change(draws, draws[table[:, w].argmin()]))
        rows += [
            Regret(
                scenario,
                strategy,
                *(float(c[s]) for c in (table[:, w], above[:, w], bounds["low"], bounds["high"], near)),
            )
            for s, strategy in enumerate(strategies)
        ]
    return rows


class Below(NamedTuple):
    """When dependency falls below a mark for good: median, 5th and 95th percentile of members, NaT where they do not get
    there by the end of the run; and the share of those that do [1]."""

    scenario: str
    strategy: str
    view: str
    level: float
    month: np.datetime64
    early: np.datetime64
    late: np.datetime64
    share: float


def falls_below(outcomes: xarray.Dataset) -> list[Below]:
    """Last crossing of 65, 60 and 50 %, by arm and view, since the event.

    The month is the first of those from which the share of the largest supplier stays below the mark to the end of the
    run. The event's own month counts where it was below all along.
    """
    path = outcomes["dependency"].transpose("arm", "view", "replication", "month").to_numpy()
    months = outcomes["month"].values.astype("datetime64[M]")
    starts = outcomes["event_day"].values.astype("datetime64[M]")
    rows = []
    for i, (scenario, strategy) in enumerate(names(outcomes)):
        first = int(np.searchsorted(months, starts[i]))
        for v, view in enumerate(outcomes["view"].values.tolist()):
            for level in LEVELS:
                above = path[i, v, :, first:] >= level
                last = np.where(above.any(axis=-1), above.shape[-1] - above[:, ::-1].argmax(axis=-1), 0)
                gets = last < above.shape[-1]
                days = np.where(gets, last.astype(float), np.inf)
                month, early, late = (_month(months[first:], q) for q in _ranked(days, (0.5, 0.05, 0.95)))
                rows.append(Below(scenario, strategy, str(view), level, month, early, late, float(gets.mean())))
    return rows


def _ranked(days: Array, shares: Sequence[float]) -> list[float]:
    ordered = np.sort(days)
    return [float(ordered[min(int(np.ceil(s * days.size)) - 1, days.size - 1)]) for s in shares]


def _month(months: NDArray[np.datetime64], place: float) -> np.datetime64:
    return months[int(place)] if np.isfinite(place) else np.datetime64("NaT", "M")


class Target(NamedTuple):
    """What a strategy should reach: a key figure of a place at most (or, `above`, at least) `limit`, in its unit."""

    said: str
    name: str
    place: str
    limit: float
    above: bool


def target(text: str) -> Target:
    """A target as a person writes it: `short <= 500 t`, `short_share@JPN <= 1 %`, `first_shortage@JPN >= 180 d`.

    Raises
    ------
    ValueError : it is written in another way, names no key figure, or is in another unit
    """
    found = re.fullmatch(r"\s*(\w+)(?:@([\w:-]+))?\s*(<=|>=)\s*([-+.\deE]+)\s*(%|t|d|USD|USD/t)?\s*", text)
    if found is None:
        raise ValueError(f"a target reads `short <= 500 t` or `short_share@JPN <= 1 %`; got '{text}'")
    name, place, way, number, unit = found.groups()
    if name not in NAMES:
        raise ValueError(f"there is no key figure '{name}': there are {', '.join(NAMES)}")
    if unit not in (None, "%" if NAMES[name] == "1" else NAMES[name]):
        right = "a share, such as 0.01 or 1 %" if NAMES[name] == "1" else f"in {NAMES[name]}"
        raise ValueError(f"{name} is {right}; the target '{text}' is in {unit}")
    try:
        limit = float(number) / (100.0 if unit == "%" else 1.0)
    except ValueError:
        raise ValueError(f"'{number}' in the target '{text}' is no number") from None
    return Target(" ".join(text.split()), name, place or OUTSIDE, limit, way == ">=")


class Met(NamedTuple):
    """Share of worlds in which a strategy meets a target [1], with its 95 % interval (Wilson)."""

    scenario: str
    strategy: str
    target: str
    share: float
    low: float
    high: float


def meets(figure: KeyFigure, wanted: Target) -> list[Met]:
    """Share of members of each arm that reach a target for this key figure."""
    values = figure.values.transpose("arm", "replication").to_numpy()
    hit = values >= wanted.limit if wanted.above else values <= wanted.limit
    return [
        Met(scenario, strategy, wanted.said, float(good.mean()), *share_ci(int(good.sum()), good.size))
        for (scenario, strategy), good in zip(names(figure.values), hit, strict=True)
    ]
