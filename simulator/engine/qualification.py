"""When users may come to need less of something: what sets it off, the time to qualify, and a limit of speed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.behaviours import Behaviours
from simulator.engine.interventions import Context, Span
from simulator.engine.scene import Scene

Array = NDArray[np.float64]
SAVING = ("thrifting", "grade_substitution")  # behaviours whose tonnes are recorded
SHARING = (*SAVING, "demand_response")  # behaviours that together keep to the ceiling of speed


def part(behaviours: Behaviours) -> Array:
    """Part of the ceiling that one behaviour may use, (member,) [1]: those at work in a member have equal parts."""
    return 1.0 / np.maximum(sum(behaviours.at_work(name) for name in SHARING), 1.0)


class Support:
    """A measure that pays for faster substitution of some commodities in some countries."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, self.payer = measure.id, measure.payer
        self.span, self._measure, self._context = span, measure, context
        self.ceiling = context.number(measure, "ceiling")
        self.lag_cut, self.cost = context.number(measure, "lag_cut"), context.number(measure, "cost")

    def concerns(self, countries: NDArray[np.str_], commodities: NDArray[np.str_]) -> Array:
        """1 for the rows it pays for, (row, 1)."""
        chosen, measure = self._context.selected, self._measure
        both = chosen(measure.countries, countries) & chosen(measure.commodities, commodities)
        return both.astype(float)[:, None]


class Qualification:
    """For each row (a user of a commodity), whether it may change, and how fast.

    A row begins to qualify when its price reaches `trigger_price` times normal, or when it has received less than
    `trigger_fill` of its orders for `trigger_days` running days; it is ready once the lag has passed. What a support adds to
    the ceiling of speed is shared like the ceiling.

    Parameters
    ----------
    lag : (row, member) [d]
    countries, commodities : (row,) whose use of what, to find the measures that pay for speed
    """

    def __init__(
        self,
        scene: Scene,
        lag: Array,
        supports: list[Support],
        countries: NDArray[np.str_],
        commodities: NDArray[np.str_],
    ) -> None:
        self._scene = scene
        told = scene.behaviours.parameter
        self._price, self._fill, self._days = told("trigger_price"), told("trigger_fill"), told("trigger_days")
        self._ceiling, self._part = told("substitution_ceiling"), part(scene.behaviours)
        self._time = told("substitution_time")
        self._supports = [(support, support.concerns(countries, commodities)) for support in supports]
        self._short = np.zeros_like(lag)  # running days of poor deliveries [d]
        self._begun = np.zeros(lag.shape, dtype=bool)
        self._left = lag.copy()  # time to qualify that is left [d]

    @property
    def ready(self) -> NDArray[np.bool_]:
        """Rows that may change, (row, member)."""
        return self._left <= 0.0

    def look(self, price: Array, fill: Array) -> None:
        """Note today's price over normal and the perceived fill rate, both (row, member) [1]."""
        clock = self._scene.clock
        self._short = np.where(fill < self._fill, self._short + clock.step, 0.0)
        self._begun |= (price >= self._price) | (self._short >= self._days)
        faster: Array | float = 1.0
        for support, concerned in self._supports:
            bound = support.span.in_force(clock.today, clock.step)
            faster = np.maximum(faster, 1.0 / (1.0 - np.minimum(concerned * bound * support.lag_cut, 0.99)))
        self._left = self._left - np.where(self._begun, clock.step * faster, 0.0)

    def steps(self, now: Array, goal: Array) -> Array:
        """How far shares saved (row, member) may move to their goal in this step; nothing where a row is not ready."""
        return np.where(self.ready, (goal - now) * -np.expm1(-self._scene.clock.step / self._time), 0.0)

    def most(self) -> Array:
        """Most that a share saved may move in this step, (row, member) [1]."""
        clock, more = self._scene.clock, np.zeros_like(self._left)
        for support, concerned in self._supports:
            bound = support.span.in_force(clock.today, clock.step)
            more = np.maximum(more, concerned * bound * (support.ceiling - self._ceiling))
        return (self._ceiling + more) * self._part * clock.step / 365.0
