"""The day and its phases. A process waits for the bell of its phase: `yield clock.at(Phase.WORK)`."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import date, timedelta
from enum import IntEnum

import simpy


class Phase(IntEnum):
    """What happens within a step, in this order. Nobody reads what another writes in the same phase."""

    REGIME = 0
    ARRIVE = 1
    RELEASE = 2
    WORK = 3
    PRICE = 4
    ORDER = 5
    SHIP = 6
    BORDER = 7
    RECORD = 8


class Clock:
    """Rings the bell of each phase, step after step. Ordering rings once per echelon, final demand first.

    Parameters
    ----------
    env : the SimPy environment
    start : calendar day of day 0
    step : length of a step [d], any positive number
    steps : how many steps to run
    echelons : number of echelons that order
    """

    def __init__(self, env: simpy.Environment, start: date, step: float, steps: int, echelons: int) -> None:
        if step <= 0:
            raise ValueError(f"the step must be a positive number of days; got {step}")
        self.env, self.start, self.step, self.steps = env, start, step, steps
        self.count = 0
        order = [(Phase.ORDER, e) for e in range(max(echelons, 1))]
        plain = [(p, 0) for p in Phase if p is not Phase.ORDER]
        self._keys = sorted(plain + order)
        self._bells = {key: env.event() for key in self._keys}

    @property
    def today(self) -> float:
        """Days since the start, at the beginning of the step."""
        return self.count * self.step

    def date_of(self, day: float) -> date:
        """Calendar day of a day number."""
        return self.start + timedelta(days=int(day))

    @property
    def turns_month(self) -> bool:
        """True in the first step of a calendar month."""
        return self.count == 0 or self.date_of(self.today).month != self.date_of(self.today - self.step).month

    @property
    def until_month_turns(self) -> float:
        """Days from the beginning of this step to that of the first step of another calendar month."""
        this, days = self.date_of(self.today).month, self.step
        while self.date_of(self.today + days).month == this:
            days += self.step
        return days

    def at(self, phase: Phase, echelon: int = 0) -> simpy.Event:
        """The next bell of a phase."""
        return self._bells[phase, echelon]

    def run(self, after_step: Callable[[int], None] | None = None) -> Generator[simpy.Event, None, None]:
        """Ring all bells of all steps."""
        for step in range(self.steps):
            self.count = step
            for key in self._keys:
                bell, self._bells[key] = self._bells[key], self.env.event()
                bell.succeed()
                yield self.env.timeout(0)
            if after_step is not None:
                after_step(step)
            yield self.env.timeout(self.step)
