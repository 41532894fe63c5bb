"""When goods that cleared customs land: by flow and month, at the usual transit of their lane."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping, add_entries

Array = NDArray[np.float64]


class Landings:
    """Tonnes that land in each month, (month, flow, member).

    Voyages that a measure or chance makes longer are booked at their usual length, and what a licence lets go at the
    length of its lane.

    Parameters
    ----------
    abroad : lanes that cross a border
    to_flow : sums those lanes to flows
    transit : (lane,) usual transit [d]
    start, months : first day of the run, and the months kept
    step : length of a step [d]
    lanes, members : sizes
    """

    def __init__(
        self,
        abroad: NDArray[np.int64],
        to_flow: Grouping,
        transit: Array,
        start: date,
        months: Sequence[date],
        step: float,
        lanes: int,
        members: int,
    ) -> None:
        self._abroad, self._to_flow, self._step = abroad, to_flow, step
        lag = np.zeros(to_flow.groups)
        lag[to_flow.of] = np.maximum(transit[abroad], step)  # all lanes of a flow join the same two countries
        self._lag, self._flow = lag, np.arange(to_flow.groups)
        after = (months[-1].replace(day=1) + timedelta(days=32)).replace(day=1)
        self._edges = np.array([(month - start).days for month in (*months, after)], dtype=float)
        self._today = np.zeros((lanes, members))
        self.tonnes = np.zeros(
            (len(months) + 2, to_flow.groups, members), dtype=np.float32
        )  # the last two: after the run

    def clear(self, tonnes: Array) -> None:
        """Goods that left without a licence, (lane, member) [t]."""
        self._today += tonnes

    def grant(self, lane: NDArray[np.int64], member: NDArray[np.int64], tonnes: Array) -> None:
        """Goods that left with a licence, entry by entry [t]."""
        add_entries(self._today, lane, member, tonnes)

    def settle(self, today: float) -> None:
        """Book what cleared in the step that begins `today` into the months in which it lands."""
        flows = self._to_flow.sum(self._today[self._abroad])
        lands = today + self._lag
        month = np.searchsorted(self._edges, lands, side="right") - 1
        following = np.append(self._edges[1:], np.inf)[month]
        late = np.clip((lands + self._step - following) / self._step, 0.0, 1.0)[:, None]
        self.tonnes[month, self._flow] += flows * (1.0 - late)
        if late.any():
            self.tonnes[month + 1, self._flow] += flows * late
        self._today[...] = 0.0
