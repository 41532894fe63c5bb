"""Textbook SimPy: one process per facility, one process per shipment, one run per replication."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Any

import simpy

from benchmarks.common_workload import workload as w

ORDER_HOURS = (0.4, 0.3, 0.2, 0.1)  # part of the day at which each echelon orders: the last one first
SHIP_HOUR = 0.5


class Facility:
    """Receives, orders up to S, ships oldest orders first, in part if need be."""

    def __init__(
        self, env: simpy.Environment, echelon: int, index: int, above: Facility | None, tally: w.Tally
    ) -> None:
        self.env, self.echelon, self.index, self.above, self.tally = env, echelon, index, above, tally
        self.level = w.base_stock(echelon, index)
        self.on_hand = self.level
        self.on_order = 0
        self.owed: deque[list[Any]] = deque()  # [customer or None, units]
        self.backlog = 0

    def take(self, customer: Facility | None, units: int) -> None:
        """Take an order."""
        if units:
            self.owed.append([customer, units])
            self.backlog += units

    def deliver(self, units: int) -> Generator[simpy.Event, None, None]:
        """Carry units into this facility."""
        yield self.env.timeout(w.LEADS[self.echelon] - SHIP_HOUR)
        self.on_hand += units
        self.on_order -= units

    def life(self, sales: list[int] | None) -> Generator[simpy.Event, None, None]:
        """Review and ship once a day."""
        day = 0
        while True:
            yield self.env.timeout(ORDER_HOURS[self.echelon])
            if sales is not None:
                self.take(None, sales[day])
            self.order(day)
            yield self.env.timeout(SHIP_HOUR - ORDER_HOURS[self.echelon])
            self.ship(day)
            yield self.env.timeout(1 - SHIP_HOUR)
            day += 1

    def order(self, day: int) -> None:
        """Order up to S from the facility above, or from the source."""
        units = self.level - (self.on_hand + self.on_order - self.backlog)
        if units <= 0 or (self.above is None and self.index == 0 and day in w.STOP):
            return
        self.on_order += units
        if self.above is None:
            self.env.process(self.source_delivers(units))
        else:
            self.above.take(self, units)

    def source_delivers(self, units: int) -> Generator[simpy.Event, None, None]:
        """Ship from the source, at the hour at which everybody ships."""
        yield self.env.timeout(SHIP_HOUR - ORDER_HOURS[0])
        yield from self.deliver(units)

    def ship(self, day: int) -> None:
        """Ship what is owed, as far as it is on hand."""
        shipped = 0
        while self.owed and self.on_hand:
            customer, units = self.owed[0]
            sent = min(units, self.on_hand)
            self.on_hand -= sent
            shipped += sent
            if sent == units:
                self.owed.popleft()
            else:
                self.owed[0][1] -= sent
            if customer is not None:
                self.env.process(customer.deliver(sent))
        self.backlog -= shipped
        self.tally.add(day, self.echelon, shipped, self.backlog, self.on_hand)


def run(seed: int, days: int = w.DAYS, members: int = 1) -> w.Outcome:
    """Run the common workload on the shared demand stream, member after member."""
    stream = w.demand(seed, days, members)
    watch, tallies = w.Watch(), []
    for member in range(members):
        sales = [stream[:, i, member].tolist() for i in range(w.WIDTHS[w.LAST])]
        with watch.running():
            tallies.append(_one(sales, days))
    return w.outcome(tallies, watch.seconds, days)


def _one(sales: list[list[int]], days: int) -> w.Tally:
    env, tally = simpy.Environment(), w.Tally()
    echelons: list[list[Facility]] = []
    for e, width in enumerate(w.WIDTHS):
        row = [Facility(env, e, i, echelons[-1][w.supplier(e, i)] if e else None, tally) for i in range(width)]
        for facility in row:
            env.process(facility.life(sales[facility.index] if e == w.LAST else None))
        echelons.append(row)
    env.run(until=days - 1 + SHIP_HOUR + 0.25)
    return tally
