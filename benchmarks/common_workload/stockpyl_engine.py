"""The common workload in stockpyl, a package of inventory models with a simulator of multi-echelon networks.

Its own parts only: a network from edges, local base-stock policies, shipment lead times, a demand list, an explicit
order-pausing disruption at the first facility. It keeps the whole history of every state, hence its memory.
"""

from __future__ import annotations

from stockpyl.demand_source import DemandSource
from stockpyl.disruption_process import DisruptionProcess
from stockpyl.policy import Policy
from stockpyl.sim import initialize, step
from stockpyl.supply_chain_network import SupplyChainNetwork, network_from_edges

from benchmarks.common_workload import workload as w

SITES = [(e, i) for e, width in enumerate(w.WIDTHS) for i in range(width)]
NUMBER = {site: number for number, site in enumerate(SITES)}


def run(seed: int, days: int = w.DAYS, members: int = 1) -> w.Outcome:
    """Run the common workload on the shared demand stream, member after member."""
    stream = w.demand(seed, days, members)
    watch, tallies = w.Watch(), []
    for member in range(members):
        sales = [stream[:, i, member].tolist() for i in range(w.WIDTHS[w.LAST])]
        network = _network(sales, days)
        with watch.running():
            initialize(network, days)
            for _ in range(days):
                step(network, consistency_checks="N")
        tallies.append(_read(network, days))
    return w.outcome(tallies, watch.seconds, days)


def _network(sales: list[list[int]], days: int) -> SupplyChainNetwork:
    edges = [(NUMBER[e - 1, w.supplier(e, i)], NUMBER[e, i]) for e, i in SITES if e]
    network = network_from_edges(edges, shipment_lead_time={NUMBER[e, i]: w.LEADS[e] for e, i in SITES})
    for e, i in SITES:
        node = network.nodes_by_index[NUMBER[e, i]]
        level = w.base_stock(e, i)
        node.inventory_policy = Policy(type="BS", base_stock_level=level, node=node)
        node.initial_inventory_level = level
        if e == w.LAST:
            node.demand_source = DemandSource(type="D", demand_list=sales[i])
    first = network.nodes_by_index[NUMBER[0, 0]]
    first.disruption_process = DisruptionProcess(
        random_process_type="E", disruption_type="OP", disruption_state_list=[day in w.STOP for day in range(days)]
    )
    return network


def _read(network: SupplyChainNetwork, days: int) -> w.Tally:
    tally = w.Tally()
    for e, i in SITES:
        node = network.nodes_by_index[NUMBER[e, i]]
        for day in range(w.COUNT_FROM, days):
            state = node.state_vars[day]
            shipped = sum(sum(units.values()) for units in state.outbound_shipment.values())
            # The state is read at the day's end, with what the next day receives not yet in it.
            tally.add(day, e, shipped, state.backorders, state.on_hand)
    return tally
