"""The analytic start: stocks at their cover, pipes and processes full, every tonne with its origin."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from simulator.engine.network import Network
from simulator.world.steady import SteadyState, flows

Array = NDArray[np.float64]
_ROUNDS = 60  # recycled tonnes go round a few times; what is left after so many rounds is below 1e-12


class SteadyStart:
    """Flows of a steady day as arrays.

    `flow` (lane,) [t/d], `use` (row,) what input rows use [t/d], `asked` (row,) what is ordered from output rows [t/d],
    `rate` by facility id [t/d of the first output], `mix` (row, origin) [1].
    """

    def __init__(self, network: Network, on: date | None) -> None:
        self.network = network
        self.state: SteadyState = flows(network.world, on)
        lanes = network.lanes
        self.flow = np.array([self.state.orders.get(name, 0.0) for name in lanes.names])
        rows = len(network.rows)
        self.use, self.asked = np.zeros(rows), np.zeros(rows)
        np.add.at(self.use, lanes.buyer, self.flow)
        np.add.at(self.asked, lanes.supplier, self.flow)
        self.rate = self.state.rate
        self.mix = self._trace()

    def _trace(self) -> Array:
        """Origin of each row's stock, from the mines down; recycling needs a few rounds."""
        network, lanes = self.network, self.network.lanes
        origins = len(network.provenance.rows)
        mix = np.zeros((len(network.rows), origins))
        moves = {f.id: network.provenance.moves(f) for f in network.facilities}
        for _ in range(_ROUNDS):
            for plan in network.fleets:
                count, inputs, outputs = plan.shape
                for i, (facility, recipe) in enumerate(zip(plan.facilities, plan.recipes, strict=True)):
                    made = np.zeros(origins)
                    if inputs:
                        first = plan.inputs.start + i * inputs
                        amounts = np.array([n.amount.central for n in recipe.inputs])
                        np.add.at(made, moves[facility.id], amounts @ mix[first : first + inputs])
                    else:
                        made[moves[facility.id][0]] = 1.0
                    total = made.sum()
                    first = plan.outputs.start + i * outputs
                    mix[first : first + outputs] = made / total if total > 0.0 else 0.0
            bought = np.zeros_like(mix)
            np.add.at(bought, lanes.buyer, self.flow[:, None] * mix[lanes.supplier])
            total = bought.sum(axis=1, keepdims=True)
            supplied = total[:, 0] > 0.0
            mix[supplied] = bought[supplied] / total[supplied]
        return mix
