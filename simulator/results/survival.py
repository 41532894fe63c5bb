"""Times that may lie beyond the horizon: how many do, and what can still be said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.results.labelled import Dims, Labelled, described, is_labelled, mean


def censored_share(first: Labelled, over: Dims = "member") -> Labelled:
    """Share of members in which it never happened before the horizon.

    Formula: mean of isnan(first) over `over`.

    Parameters
    ----------
    first : array of times with a dimension of members [d]; NaN for none
    over : the dimension of members

    Returns
    -------
    array with the remaining dimensions [1]
    """
    none = first.isnull() if is_labelled(first) else np.isnan(first)
    return described(mean(none * 1.0, over), "censored_share", "share of runs without one", "1")


@dataclass(frozen=True, slots=True)
class Survival:
    """A Kaplan-Meier curve: the share still unharmed after each day at which something happened."""

    days: NDArray[np.float64]
    share: NDArray[np.float64]

    def at(self, day: float) -> float:
        """Share still unharmed just after `day` [1]."""
        known = int(np.searchsorted(self.days, day, side="right"))
        return 1.0 if known == 0 else float(self.share[known - 1])

    def quantile(self, p: float) -> float:
        """First day by which the share `p` was hit [d]; NaN when fewer were hit by the horizon."""
        hit = np.flatnonzero(1.0 - self.share >= p - 1e-12)
        return float(self.days[hit[0]]) if hit.size else float("nan")


def kaplan_meier(first: ArrayLike, horizon: ArrayLike) -> Survival:
    """Share still unharmed over time, when some were never seen to be harmed.

    Formula: S(t) = product over event days t_i <= t of (1 - d_i / n_i), with d_i hit on t_i and n_i still watched.

    Parameters
    ----------
    first : array (member) of times [d]; NaN for none up to the member's horizon
    horizon : number or array (member), how long each member was watched [d]

    Returns
    -------
    Survival

    Raises
    ------
    ValueError
        When there is no member.
    """
    times = np.asarray(first, dtype=np.float64).ravel()
    if times.size == 0:
        raise ValueError("a survival curve needs at least one member")
    watched = np.broadcast_to(np.asarray(horizon, dtype=np.float64), times.shape)
    seen = np.where(np.isnan(times), watched, times)
    days = np.unique(times[~np.isnan(times)])
    hit = (times[:, None] == days).sum(axis=0)
    at_risk = (seen[:, None] >= days).sum(axis=0)
    return Survival(days, np.cumprod(1.0 - hit / np.maximum(at_risk, 1)))
