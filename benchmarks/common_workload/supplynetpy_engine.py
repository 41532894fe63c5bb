"""The common workload in SupplyNetPy, a SimPy-based supply-chain package.

Built from its own parts: sources, inventory nodes with a daily (s, S) rule, links, customers who wait for ever. It
ships an order when the whole of it is there, never in part, so backlog and stock differ while a facility is short.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from itertools import chain, repeat

import simpy
from SupplyNetPy import Components

from benchmarks.common_workload import workload as w

REVIEW = (0.4, 0.3, 0.2, 0.1)  # part of the day at which each echelon orders: the last one first
LOOK = 0.5
PLENTY = 10**9


def run(seed: int, days: int = w.DAYS, members: int = 1) -> w.Outcome:
    """Run the common workload on the shared demand stream, member after member."""
    logging.disable(logging.CRITICAL)
    stream = w.demand(seed, days, members)
    watch, tallies = w.Watch(), []
    for member in range(members):
        sales = [stream[:, i, member].tolist() for i in range(w.WIDTHS[w.LAST])]
        with watch.running():
            tallies.append(_one(sales, days))
    logging.disable(logging.NOTSET)
    return w.outcome(tallies, watch.seconds, days)


def _one(sales: list[list[int]], days: int) -> w.Tally:
    env, tally = simpy.Environment(), w.Tally()
    rows: list[list[Components.InventoryNode]] = []
    for e, width in enumerate(w.WIDTHS):
        row = [_node(env, e, i) for i in range(width)]
        for i, node in enumerate(row):
            above = rows[-1][w.supplier(e, i)] if e else _source(env, i)
            Components.Link(env, f"link-{e}-{i}", above, node, cost=0, lead_time=lambda e=e: w.LEADS[e] - LOOK)
        rows.append(row)
    for i, node in enumerate(rows[w.LAST]):
        gaps, units = _orders(sales[i])
        Components.Demand(env, f"demand-{i}", f"demand-{i}", gaps, units, node, tolerance=float("inf"), logging=False)
    env.process(_look(env, rows, tally))
    env.run(until=days - 1 + LOOK + 0.25)
    return tally


def _node(env: simpy.Environment, e: int, i: int) -> Components.InventoryNode:
    level = w.base_stock(e, i)
    return Components.InventoryNode(
        env, f"site-{e}-{i}", f"site-{e}-{i}", "warehouse", capacity=PLENTY, initial_level=level,
        inventory_holding_cost=0, replenishment_policy=Components.SSReplenishment,
        policy_param={"s": level - 1, "S": level, "period": 1, "first_review_delay": REVIEW[e]},
        product_sell_price=1, product_buy_price=1, logging=False,
    )  # fmt: skip


def _source(env: simpy.Environment, i: int) -> Components.Supplier:
    stop = {}
    if i == 0:
        days = chain([w.STOP.start], repeat(PLENTY))
        stop = {"node_disrupt_time": _once_checked(days), "node_recovery_time": lambda: len(w.STOP)}
    return Components.Supplier(env, f"source-{i}", f"source-{i}", node_type="infinite_supplier", logging=False, **stop)


def _once_checked(values: chain[int]) -> Callable[[], int]:
    """Hand out values in turn; the package calls once more at the start, to see that a number comes."""
    ahead = [w.STOP.start]
    return lambda: ahead.pop() if ahead else next(values)


def _orders(sales: list[int]) -> tuple[Callable[[], int], Callable[[], int]]:
    """Return gaps and sizes of orders: a day without demand is a longer gap, since an order of nothing is refused."""
    days = [day for day, units in enumerate(sales) if units] or [0]
    gaps = chain([1], (later - day for day, later in zip(days, days[1:], strict=False)), repeat(PLENTY))
    units = chain([1], (sales[day] for day in days), repeat(1))
    return gaps.__next__, units.__next__


def _look(
    env: simpy.Environment, rows: list[list[Components.InventoryNode]], tally: w.Tally
) -> Generator[simpy.Event, None, None]:
    """Read every facility once a day, when all have ordered and shipped."""
    before = {node.ID: 0.0 for row in rows for node in row}
    yield env.timeout(LOOK)
    day = 0
    while True:
        for e, row in enumerate(rows):
            for node in row:
                owed = node.stats.backorder[1]
                gone = node.stats.demand_received[1] - owed
                tally.add(day, e, gone - before[node.ID], owed, node.inventory.level)
                before[node.ID] = gone
        yield env.timeout(1)
        day += 1
