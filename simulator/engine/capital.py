"""Capital that others put into projects: what supports offer on the day of a decision, and what they spend as it is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.interventions import Context, Span
from simulator.engine.purse import CONTINGENT, PUBLIC, Account

Array = NDArray[np.float64]
GRANT, EQUITY, LENT, GUARANTEED = range(4)


class CapitalSupport:
    """One `capital_support` as the measure states it, resolved and drawn; `concerns` is (facility,)."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, self.payer, self.span, self.concerns = measure.id, measure.payer, span, context.sites(measure)
        number = {
            name: context.number(measure, name)
            for name in ("grant", "equity", "lent", "guaranteed", "asked", "interest", "loss", "safer")
        }
        self.parts = np.stack([number[name] for name in ("grant", "equity", "lent", "guaranteed")])  # (part, member)
        self.asked, self.interest = number["asked"], number["interest"]
        self.loss, self.safer = number["loss"], number["safer"]
        self.budget = np.inf if measure.budget is None else context.number(measure, "budget")


@dataclass(frozen=True)
class Offer:
    """What a sponsor may reckon with today; all (project, member).

    `grant` is a share of the capital cost, `return_equity` and `return_debt` what owners and lenders ask on average, `risk`
    what is left of the risk of failing [1]. `parts` (support, part, project, member) says who brings it: shares of the
    capital cost, of the owners' part and twice of the debt.
    """

    grant: Array
    return_equity: Array
    return_debt: Array
    risk: Array
    parts: Array


def offered(wanted: Array, room: Array) -> Array:
    """What each of several givers brings where together they may bring no more than `room`: the first first.

    Parameters
    ----------
    wanted : (giver, ...) share that each would bring [1]
    room : (...) most that all may bring [1]
    """
    before = np.cumsum(wanted, axis=0) - wanted
    return np.clip(room - before, 0.0, wanted)


class Capital:
    """All supports of capital in order of name, and what they have promised to whom.

    Parameters
    ----------
    sites : (project,) their places among the facilities
    cost : (project, member) capital cost of each [USD]
    equity_share : (member,) share of the capital that owners bring [1]
    """

    def __init__(
        self, supports: Sequence[CapitalSupport], sites: NDArray[np.int64], cost: Array, equity_share: Array
    ) -> None:
        self._supports = sorted(supports, key=lambda one: one.id)
        self._concerns = np.stack([one.concerns[sites] for one in self._supports])[:, None, :, None]
        self._cost, self._equity_share = cost, equity_share
        self._promised = np.zeros((len(supports), 4, *cost.shape))
        self.accounts: list[Account] = [
            (one.id, one.payer, purse) for one in self._supports for purse in (PUBLIC, CONTINGENT)
        ]

    def offer(self, today: float, step: float, return_equity: Array, return_debt: Array) -> Offer:
        """What is on offer today where owners and lenders ask these returns, (member,) each [1/yr]."""
        bound = np.stack([one.span.in_force(today, step) > 0.0 for one in self._supports])[:, None, None]
        on = self._concerns & bound & (self._left() > 0.0)[:, None, None]
        wanted = np.stack([one.parts for one in self._supports])[:, :, None] * on
        parts = wanted.copy()
        for part in (GRANT, EQUITY):
            parts[:, part] = offered(wanted[:, part], np.ones_like(self._cost))
        parts[:, LENT] = offered(wanted[:, LENT], np.ones_like(self._cost))
        parts[:, GUARANTEED] = offered(wanted[:, GUARANTEED], 1.0 - parts[:, LENT].sum(axis=0))
        equity, debt, risk = np.zeros_like(self._cost), np.zeros_like(self._cost), np.ones_like(self._cost)
        for place, one in enumerate(self._supports):
            # Nobody takes capital that is dearer than his own.
            equity += parts[place, EQUITY] * np.minimum(one.asked - return_equity, 0.0)
            debt += (parts[place, LENT] + parts[place, GUARANTEED]) * np.minimum(one.interest - return_debt, 0.0)
            risk *= 1.0 - on[place, 0] * one.safer
        grant = parts[:, GRANT].sum(axis=0)
        return Offer(grant, return_equity + equity, return_debt + debt, risk, parts)

    def promise(self, goes: NDArray[np.bool_], offer: Offer) -> None:
        """Note what is promised to projects decided today (project, member): shares of the capital cost from here on."""
        rest = 1.0 - offer.parts[:, GRANT].sum(axis=0)
        shares = offer.parts.copy()
        shares[:, EQUITY] *= rest * self._equity_share
        shares[:, LENT:] *= (rest * (1.0 - self._equity_share))[None, None]
        asked = np.where(goes, shares * self._cost, 0.0).sum(axis=(1, 2))
        # Those decided in the month in which a budget runs out have what is left of it in proportion.
        part = np.minimum(np.divide(self._left(), asked, out=np.ones_like(asked), where=asked > 0.0), 1.0)
        self._promised = np.where(goes, shares * part[:, None, None], self._promised)

    def _left(self) -> Array:
        """What each support has not promised yet, (support, member) [USD]; infinite without a budget."""
        spent = (self._promised * self._cost).sum(axis=(1, 2))
        return np.stack([np.maximum(one.budget - total, 0.0) for one, total in zip(self._supports, spent, strict=True)])

    def due(self, begins: Array, opens: Array, today: float, step: float) -> Array:
        """What each account spends in this step, (account, member) [USD]: capital is spent evenly over the building.

        A loan costs public cash what the payer loses by it; what may have to be paid, of loans and guarantees, is contingent.

        Parameters
        ----------
        begins, opens : (project, member) day on which building begins, and ends [d]; infinite where there is none
        """
        built = np.isfinite(opens)
        length = np.where(built, np.maximum(opens - np.where(built, begins, 0.0), 1.0), 1.0)
        now = np.clip(np.minimum(opens, today + step) - np.maximum(begins, today), 0.0, step)
        spent = self._cost * np.where(built, now, 0.0) / length
        out = np.zeros((len(self.accounts), self._cost.shape[1]))
        for place, one in enumerate(self._supports):
            grant, equity, lent, guaranteed = (self._promised[place] * spent).sum(axis=1)
            out[2 * place] = grant + equity + lent * one.loss
            out[2 * place + 1] = lent + guaranteed
        return out
