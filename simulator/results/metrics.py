"""What a run means for those who need the goods: service, shortage, survival and recovery.

Every function takes labelled arrays (xarray) and returns them, or numpy arrays with axis numbers in place of names.
None reads a member's neighbour except where a dimension is named to be summed over.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.results.decisions import best_choice, evpi, expected_cost, minimax_regret, regret
from simulator.results.downstream import (
    leontief_inverse,
    lost_units,
    made_up,
    output_change,
    output_multipliers,
    value_added_change,
)
from simulator.results.labelled import Dim, Dims, Labelled, along, described, is_labelled, lowest, mean, ratio, total
from simulator.results.shares import (
    concentration,
    dependency,
    effective_suppliers,
    look_through,
    net_import_reliance,
    shares,
)
from simulator.results.survival import Survival, censored_share, kaplan_meier

__all__ = [
    "Survival",
    "best_choice",
    "censored_share",
    "concentration",
    "dependency",
    "effective_suppliers",
    "evpi",
    "expected_cost",
    "fill_rate",
    "first_shortage",
    "kaplan_meier",
    "leontief_inverse",
    "look_through",
    "lost_units",
    "made_up",
    "max_drawdown",
    "minimax_regret",
    "net_import_reliance",
    "nrmse",
    "output_change",
    "output_multipliers",
    "price_multiplier",
    "recovery_time",
    "regret",
    "resilience_triangle",
    "rolling_mean",
    "service_level",
    "shares",
    "shortfall",
    "shortfall_share",
    "time_to_survive",
    "value_added_change",
]

ROUNDING = 1e-6
"""Slack for comparisons: results are kept in single precision."""


def fill_rate(asked: Labelled, served: Labelled, over: Dims = None) -> Labelled:
    """Share of quantity served on time (beta service).

    Formula: sum(served) / sum(asked) over the dimensions `over`; 1 where nothing was asked.

    Parameters
    ----------
    asked, served : array, same dimensions, for instance (market, commodity, month, member) [t]
    over : dimension or dimensions to sum over; None for all

    Returns
    -------
    array with the remaining dimensions [1]
    """
    return described(
        ratio(total(served, over), total(asked, over), empty=1.0), "fill_rate", "share served on time", "1"
    )


def service_level(asked: Labelled, served: Labelled, over: Dims, threshold: float = 0.0) -> Labelled:
    """Share of periods with no shortfall (alpha service).

    Formula: mean over periods of [asked - served <= threshold * asked].

    Parameters
    ----------
    asked, served : array with a dimension of periods [t]
    over : the dimension of periods, or several
    threshold : shortfall that still counts as none, as a share of asked [1]

    Returns
    -------
    array with the remaining dimensions [1]
    """
    fine = asked - served <= threshold * asked + ROUNDING * asked
    return described(mean(fine * 1.0, over), "service_level", "share of periods with no shortfall", "1")


def shortfall(asked: Labelled, served: Labelled, over: Dims = ()) -> Labelled:
    """Tonnes asked minus tonnes served on time.

    Formula: sum(max(asked - served, 0)) over `over`; by default nothing is summed.

    Parameters
    ----------
    asked, served : array, same dimensions [t]
    over : dimensions to sum over; () for none, None for all

    Returns
    -------
    array with the remaining dimensions [t]
    """
    gap = (
        (asked - served).clip(min=0) if is_labelled(asked) else np.maximum(np.asarray(asked) - np.asarray(served), 0.0)
    )
    gap = gap if over == () else total(gap, over)
    return described(gap, "shortfall", "asked minus served on time", "t")


def shortfall_share(asked: Labelled, served: Labelled, over: Dims = ()) -> Labelled:
    """Shortfall as a share of what was asked; 0 where nothing was asked.

    Formula: sum(max(asked - served, 0)) / sum(asked). Shapes and units as in `shortfall`, the result in [1].
    """
    asked_sum = asked if over == () else total(asked, over)
    share = ratio(shortfall(asked, served, over), asked_sum, empty=0.0)
    return described(share, "shortfall_share", "share of demand not served on time", "1")


def first_shortage(
    asked: Labelled,
    served: Labelled,
    dim: Dim = "day",
    event_day: float = 0.0,
    threshold: float = 0.02,
    run_days: int = 7,
) -> Labelled:
    """First day of the first run of `run_days` days with a shortfall above `threshold` of demand.

    Formula: min{t >= event_day: asked - served > threshold * asked on t, t+1, ..., t+run_days-1} - event_day.

    Parameters
    ----------
    asked, served : array with one entry per day along `dim` [t/d]
    dim : the dimension of days
    event_day : position of the event along `dim`; earlier days do not count [d]
    threshold : [1]
    run_days : [d]

    Returns
    -------
    array without `dim` [d]; NaN where there is none up to the horizon: report `censored_share` with it
    """

    def search(q: NDArray[Any], x: NDArray[Any]) -> NDArray[np.float64]:
        short = q - x > threshold * q
        short = short & (np.arange(q.shape[-1]) >= event_day)
        return _first_run(short, run_days) - event_day

    return described(along(search, dim, asked, served), "first_shortage", "first shortage after the event", "d")


def time_to_survive(first: Labelled, over: Dims = "market") -> Labelled:
    """How long all demand downstream is met after a source stops for good.

    Formula: the smallest `first_shortage` over the markets downstream, in a run in which the source stops at the
    event and nothing adapts.

    Parameters
    ----------
    first : array with a dimension of markets [d]; NaN where no shortage
    over : the dimension of markets, or several

    Returns
    -------
    array with the remaining dimensions [d]; NaN where every market was served to the horizon
    """
    filled = first.fillna(np.inf) if is_labelled(first) else np.where(np.isnan(first), np.inf, first)
    shortest = lowest(filled, over)
    if is_labelled(shortest):
        return described(shortest.where(np.isfinite(shortest)), "time_to_survive", "time to survive", "d")
    return np.where(np.isfinite(shortest), shortest, np.nan)[()]


def rolling_mean(x: Labelled, dim: Dim = "day", window: int = 28) -> Labelled:
    """Mean of the last `window` entries; of those there are at the start.

    Formula: s(t) = mean of x(t-window+1 ... t). Shape and unit of `x`.
    """

    def smooth(a: NDArray[Any]) -> NDArray[np.float64]:
        sums = np.cumsum(a, axis=-1, dtype=np.float64)
        late = sums.copy()
        late[..., window:] -= sums[..., :-window] if window < a.shape[-1] else 0.0
        return late / np.minimum(np.arange(1, a.shape[-1] + 1), window)

    out = along(smooth, dim, x, keep=True)
    return described(out, "service", f"mean of the last {window} days", "1")


def recovery_time(
    service: Labelled,
    dim: Dim = "day",
    event_day: float = 0.0,
    threshold: float = 0.95,
    hold_days: int = 60,
    window: int = 28,
) -> Labelled:
    """Days from the event until service is back and stays back.

    Formula: min{t > t_fall: s(t), ..., s(t+hold_days-1) >= threshold} - event_day, with s the mean of the last
    `window` days and t_fall the first day from the event on with s < threshold. 0 where service never fell: stocks
    may carry a market for weeks, and those weeks are no recovery.

    Parameters
    ----------
    service : array with one entry per day along `dim`, share of demand served [1]
    dim : the dimension of days
    event_day : position of the event along `dim` [d]
    threshold : [1]
    hold_days : how long service must stay [d]
    window : days of the mean; 1 for none [d]

    Returns
    -------
    array without `dim` [d]; NaN where service had not come back, or not for long enough, by the horizon
    """
    smooth = rolling_mean(service, dim, window) if window > 1 else service

    def search(s: NDArray[Any]) -> NDArray[np.float64]:
        fine = s >= threshold - ROUNDING
        fell = np.cumsum(~fine & (np.arange(s.shape[-1]) >= event_day), axis=-1) > 0
        back = _first_run(fine & fell, hold_days) - event_day
        return np.where(fell[..., -1], back, 0.0)

    return described(along(search, dim, smooth), "recovery_time", "time to recover", "d")


def resilience_triangle(service: Labelled, dim: Dim = "day", spacing: float = 1.0) -> Labelled:
    """Service-days lost.

    Formula: integral of max(1 - s(t), 0) dt by the trapezoid rule.

    Parameters
    ----------
    service : array along `dim`, share of demand served [1]
    spacing : time between two entries [d]

    Returns
    -------
    array without `dim` [d]
    """

    def area(s: NDArray[Any]) -> NDArray[np.float64]:
        lost = np.maximum(1.0 - s.astype(np.float64), 0.0)
        return (lost[..., 1:] + lost[..., :-1]).sum(axis=-1) * (spacing / 2.0)

    return described(along(area, dim, service), "resilience_triangle", "service-days lost", "d")


def max_drawdown(service: Labelled, dim: Dim = "day") -> Labelled:
    """Depth of the fall: 1 - min s(t), never below 0 [1], without `dim`."""
    return described(along(lambda s: np.maximum(1.0 - s.min(axis=-1), 0.0), dim, service), "max_drawdown", "depth", "1")


def price_multiplier(
    price: Labelled, event: int, dim: Dim = "month", before: int = 12, window: int | None = None
) -> Labelled:
    """Price after the event over price before it.

    Formula: max of P over the periods from `event` on, or with `window` the mean of its first `window` periods
    (three months for a 90-day mean), over the mean of the `before` periods up to the event.

    Parameters
    ----------
    price : array along `dim` [USD/t]
    event : position along `dim` of the period of the event
    before : periods of the mean before the event
    window : periods of the mean after it; None for the peak

    Returns
    -------
    array without `dim` [1]

    Raises
    ------
    ValueError
        When there is no period before the event.
    """
    if event < 1:
        raise ValueError("a price multiplier needs at least one period before the event")

    def multiple(p: NDArray[Any]) -> NDArray[np.float64]:
        base = p[..., max(0, event - before) : event].mean(axis=-1)
        later = p[..., event:]
        return (later.max(axis=-1) if window is None else later[..., :window].mean(axis=-1)) / base

    return described(along(multiple, dim, price), "price_multiplier", "price over price before the event", "1")


def nrmse(simulated: Labelled, observed: Labelled, scale: float, over: Dims = None) -> Labelled:
    """Root mean square error over a scale, here the mean flow before the event.

    Formula: sqrt(mean((simulated - observed)^2)) / scale, over periods where both exist.

    Parameters
    ----------
    simulated, observed : array, same shape and unit
    scale : mean flow before the event, in the same unit

    Returns
    -------
    array without the dimensions `over` [1]

    Raises
    ------
    ValueError
        When the scale is not positive.
    """
    if not scale > 0.0:
        raise ValueError(f"the scale of an error must be positive; got {scale}")
    simulated = simulated if is_labelled(simulated) else np.asarray(simulated, dtype=np.float64)
    return mean((simulated - observed) ** 2, over) ** 0.5 / scale


def _first_run(flags: NDArray[np.bool_], length: int) -> NDArray[np.float64]:
    """Position along the last axis of the first run of at least `length` true entries; NaN if none."""
    n = flags.shape[-1]
    if length < 1:
        raise ValueError(f"a run lasts at least one day; got {length}")
    if n < length:
        return np.full(flags.shape[:-1], np.nan)
    sums = np.concatenate([np.zeros((*flags.shape[:-1], 1), dtype=np.int64), np.cumsum(flags, axis=-1)], axis=-1)
    full = sums[..., length:] - sums[..., :-length] == length
    return np.where(full.any(axis=-1), full.argmax(axis=-1).astype(np.float64), np.nan)
