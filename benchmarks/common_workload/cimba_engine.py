"""The common workload in Cimba (the PyPI package `cimba`): compiled processes on a C engine.

One process per facility with two holds a day, shipments in a ring of days: the quick way to write it there. Compiling
is not counted; one worker, as speeds are per core.
"""

import cimba as cb
import numpy as np
from cimba import inputs
from numpy.typing import NDArray

from benchmarks.common_workload import workload as w

ORDER_HOURS = (0.4, 0.3, 0.2, 0.1)  # part of the day at which each echelon orders: the last one first
SHIP_HOUR = 0.5
COUNT_FROM, STOP_FROM, STOP_TO = w.COUNT_FROM, w.STOP.start, w.STOP.stop


class Facility(cb.Model):
    """Receives, orders up to S, ships to its customers in order."""

    level: cb.Param[float]
    lead: cb.Param[int]
    hour: cb.Param[float]
    last: cb.Param[bool]
    top: cb.Param[bool]
    stops: cb.Param[bool]
    demand: cb.Input[float]
    customers: list[cb.Ref["Facility"]]
    coming: cb.Array[float]
    on_hand: float = 0.0
    on_order: float = 0.0
    backlog: float = 0.0
    waiting: float = 0.0  # owed to this facility by the one above
    shipped: cb.Output[float]
    backlog_days: cb.Output[float]
    on_hand_days: cb.Output[float]

    @cb.process
    def life(self):
        """Receive, order, ship; for ever."""
        day = 0
        self.on_hand = self.level
        self.shipped = 0.0
        self.backlog_days = 0.0
        self.on_hand_days = 0.0
        cb.hold(self.hour)
        while True:
            slot = day % self.lead
            arrived = self.coming[slot]
            self.coming[slot] = 0.0
            self.on_hand += arrived
            self.on_order -= arrived
            if self.last:
                self.backlog += self.demand.next()
            else:
                for k in range(len(self.customers)):
                    customer = self.customers[k]
                    units = customer.level - (customer.on_hand + customer.on_order - customer.backlog)
                    customer.on_order += units
                    customer.waiting += units
                    self.backlog += units
            if self.top and not (self.stops and STOP_FROM <= day < STOP_TO):
                units = self.level - (self.on_hand + self.on_order - self.backlog)
                self.on_order += units
                self.coming[slot] += units
            cb.hold(SHIP_HOUR - self.hour)
            sent = 0.0
            if self.last:
                sent = min(self.on_hand, self.backlog)
            else:
                for k in range(len(self.customers)):
                    customer = self.customers[k]
                    units = min(self.on_hand - sent, customer.waiting)
                    customer.waiting -= units
                    customer.coming[day % customer.lead] += units
                    sent += units
            self.on_hand -= sent
            self.backlog -= sent
            if day >= COUNT_FROM:
                self.shipped += sent
                self.backlog_days += self.backlog
                self.on_hand_days += self.on_hand
            cb.hold(1.0 - SHIP_HOUR + self.hour)
            day += 1


class Chain(cb.Model):
    """All facilities, the top echelon first."""

    sites: list[Facility]

    def __init__(self, stream: NDArray[np.int64]) -> None:
        rows = [[_facility(e, i, stream) for i in range(width)] for e, width in enumerate(w.WIDTHS)]
        for e, row in enumerate(rows):
            for i, facility in enumerate(row):
                facility.customers = [rows[e + 1][k] for k in w.customers(e, i)]
        self.sites = [facility for row in rows for facility in row]


def _facility(e: int, i: int, stream: NDArray[np.int64]) -> Facility:
    facility = Facility()
    facility.level = float(w.base_stock(e, i))
    facility.lead = w.LEADS[e]
    facility.hour = ORDER_HOURS[e]
    facility.last, facility.top, facility.stops = e == w.LAST, e == 0, e == 0 and i == 0
    facility.coming = cb.Array([0.0] * w.LEADS[e])
    facility.demand = _shared(stream[:, i, :]) if e == w.LAST else inputs.trace([0.0], on_exhausted="wrap")
    return facility


def _shared(rows: NDArray[np.int64]) -> inputs.sources.GeneratedRows:
    """Return the shared demand as an input: one row of days for each member, handed out in order."""
    left = iter(rows.T.astype(float))
    days = rows.shape[0]
    return inputs.row_source(
        "shared", [0.0], lambda _rng, length: next(left)[:length],
        prefix_stable=False, max_length=days, length_hint=days, on_exhausted="fail",
    )  # fmt: skip


def run(seed: int, days: int = w.DAYS, members: int = 1) -> w.Outcome:
    """Run the common workload on the shared demand stream; members are replications of one experiment."""
    _experiment(w.demand(seed, 8, 1)).run(workers=1)  # compiles
    experiment = _experiment(w.demand(seed, days, members))
    watch = w.Watch()
    with watch.running():
        results = experiment.run(workers=1)
    sums = np.zeros((3, len(w.WIDTHS), members))
    echelon = [e for e, width in enumerate(w.WIDTHS) for _ in range(width)]
    for e, facility in zip(echelon, experiment.model.sites, strict=True):
        found = results[facility]
        for row, name in enumerate(("shipped", "backlog_days", "on_hand_days")):
            sums[row, e] += np.asarray(getattr(found, name)).reshape(-1)
    return w.Outcome(sums[0], sums[1], sums[2], watch.seconds, days)


def _experiment(stream: NDArray[np.int64]) -> cb.Experiment:
    days, _, members = stream.shape
    seeds = np.arange(
        1, members + 1, dtype=np.uint64
    )  # rows of inputs are made in order of seed: rising, as the members are
    window = cb.Window(duration=days - 0.25)
    return cb.Experiment(Chain(stream), replications=members, window=window, seeds=seeds)
