"""Measures on sites that are still to come: permits that take less time, dates that are fixed, ramps that take longer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.interventions import Context, Span
from simulator.engine.purse import PUBLIC, Account
from simulator.engine.scene import Scene

Array = NDArray[np.float64]


class PermitRelief:
    """One `permit_relief`; `concerns` is (facility,), `saved` (member,) [d]."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, self.span, self.concerns = measure.id, span, context.sites(measure)
        self.saved = context.number(measure, "saved")


class Permits:
    """Shortens what is left of permits, once for each relief and project.

    Parameters
    ----------
    sites : (project,) their places among the facilities
    """

    def __init__(self, reliefs: Sequence[PermitRelief], sites: NDArray[np.int64], members: int) -> None:
        self._reliefs = sorted(reliefs, key=lambda one: one.id)
        self._concerns = [one.concerns[sites][:, None] for one in self._reliefs]
        self._done = np.zeros((len(reliefs), len(sites), members), dtype=bool)

    def saved(self, left: Array, today: float, step: float) -> Array:
        """Time that a permit still needing `left` days is shortened by if it is asked for today, (project, member) [d]."""
        saved = np.zeros_like(left)
        for one, concerned in zip(self._reliefs, self._concerns, strict=True):
            saved += concerned * (one.span.in_force(today, step) > 0.0) * one.saved
        return np.minimum(saved, left)

    def cut(self, granted: Array, today: float, step: float) -> Array:
        """Days to take off the date of permits not yet granted, (project, member); `granted` is infinite for the others."""
        off = np.zeros_like(granted)
        for place, (one, concerned) in enumerate(zip(self._reliefs, self._concerns, strict=True)):
            new = concerned & (one.span.in_force(today, step) > 0.0) & (granted > today) & np.isfinite(granted)
            new &= ~self._done[place]
            left = np.where(new, granted - off - today, 0.0)
            off += np.minimum(np.where(new, one.saved, 0.0), left)
            self._done[place] |= new
        return off


class Plant:
    """One `plant`: the date, ramp and size of a site, whatever its sponsor would decide. All numbers (member,)."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, self.span, self._context = measure.id, span, context
        self.row = [f.id for f in context.network.facilities].index(measure.facility)
        day = context.day(measure, "first_output", measure.first_output)
        self.opens = np.maximum(day, span.begins)
        self.ramp = None if measure.ramp is None else context.number(measure, "ramp")
        self.capacity = None if measure.capacity is None else context.number(measure, "capacity")
        self._cost = context.number(measure, "cost")
        self.accounts: list[Account] = [] if measure.payer is None else [(measure.id, measure.payer, PUBLIC)]

    def fix(self, opens: Array, ramp: Array, capacity: Array) -> None:
        """Write date [d], ramp [d] and capacity [t/d] into the rows of the site, (facility, member) each."""
        mine = self.span.active
        for table, own in ((opens, self.opens), (ramp, self.ramp), (capacity, self.capacity)):
            if own is not None:
                table[self.row] = np.where(mine, own, table[self.row])

    def spent(self, today: float, step: float) -> Array:
        """What is spent in this step, (member,) [USD]."""
        begins = self.span.begins
        length = np.maximum(self.opens - begins, 1.0)
        now = np.minimum(begins + length, today + step) - np.maximum(begins, today)
        return np.where(self.span.active, self._cost * np.clip(now, 0.0, step) / length, 0.0)


class Plants:
    """What plants with a fixed date cost."""

    def __init__(self, scene: Scene, plants: Sequence[Plant]) -> None:
        self._scene = scene
        self._paid_for = [one for one in sorted(plants, key=lambda one: one.id) if one.accounts]
        self.accounts: list[Account] = [account for one in self._paid_for for account in one.accounts]

    def due(self) -> Array:
        """What each account pays for this step, (account, member) [USD]; asked once, at its end."""
        clock = self._scene.clock
        spent = [one.spent(clock.today, clock.step) for one in self._paid_for]
        return np.array(spent).reshape(len(spent), self._scene.members)


class TechnologyBlock:
    """One `technology_block`: days in force count less towards a ramp."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, self._span, self._concerns = measure.id, span, context.sites(measure)[:, None]
        self._slower = np.maximum(context.number(measure, "slower"), 1.0)

    def lost(self, opens: Array, today: float) -> Array:
        """Days of ramp lost by then, (facility, member), where sites opened on days of that shape [d]."""
        bound = self._span.days_between(opens, today)
        return np.where(self._concerns, bound * (1.0 - 1.0 / self._slower), 0.0)


def ramp_lost(blocks: Sequence[TechnologyBlock], opens: Array, today: float) -> Array | float:
    """Days of ramp lost to all blocks, (facility, member) [d]: the worst counts, so that a day is not lost twice."""
    lost: Array | float = 0.0
    for one in blocks:
        lost = np.maximum(lost, one.lost(opens, today))
    return lost
