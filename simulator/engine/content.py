"""The rule that reaches beyond the border: what of a product made abroad is of listed origin, and whether that is too much."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.clock import Phase
from simulator.engine.grouping import Grouping
from simulator.engine.interventions import Amendment, Context, Span, ban
from simulator.engine.network import Network
from simulator.engine.provenance import rows_of
from simulator.engine.scene import Scene
from simulator.engine.stock import DUST, over_origins
from simulator.engine.terms import Terms

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_EXACT = 1e-9  # rounding must not free what stands on the threshold


def reaches(listed: Array | float, product: Array | float, threshold: Array | float) -> Mask:
    """Whether listed content is at least a share of the product, both in one unit per tonne; no content never is."""
    return np.asarray(
        (np.asarray(listed) >= np.multiply(threshold, product) * (1.0 - _EXACT)) & (np.asarray(listed) > 0.0)
    )


class ForeignContent:
    """What a content rule concerns: lanes between other countries, and which of them carry too much listed content.

    A tonne of a listed commodity holds its value times the share of its stock that is of the issuer's origin. Other goods
    hold what their inputs hold, by recipe, each input at the mean of its suppliers. Joint outputs share by mass.

    Attributes
    ----------
    lanes : (lane concerned,) places in the network's lanes
    controlled : (lane concerned, member) 1 where the rule reaches the lane, else 0
    """

    def __init__(self, measure: Any, context: Context, scene: Scene) -> None:
        self._scene, self._threshold = scene, context.number(measure, "threshold")
        self._compliance = context.number(measure, "compliance")
        network, world = scene.network, scene.network.world
        lanes, commodity = network.lanes, np.array([c for _, c in network.rows])
        issuer = context.expand([measure.issuer])
        self.lanes = np.flatnonzero(
            np.isin(lanes.commodity, list(measure.commodities))
            & ~np.isin(lanes.exporter, issuer)
            & ~np.isin(lanes.importer, issuer)
            & context.selected(measure.destinations, lanes.importer)
            & lanes.abroad
        )
        priced = all(c in world.prices for c in (*measure.listed, *measure.commodities))
        value = np.array([world.prices[c].central if priced else 1.0 for c in commodity[lanes.supplier[self.lanes]]])
        self._product = value.reshape(-1, 1)
        self._listed = np.flatnonzero(np.isin(commodity, list(measure.listed)))
        each = [world.prices[c].central if priced else 1.0 for c in commodity[self._listed]]
        self._value = np.array(each).reshape(-1, 1)
        self._ours = np.array(rows_of(world.origins, network.provenance.rows, issuer, measure.traced), dtype=np.int64)
        self._share = np.zeros((self._listed.size, scene.members))
        self._recipes = _by_recipe(network)
        known_how = [lanes.names[i][2] in set(measure.technology) for i in self.lanes]
        self._known_how = np.array(known_how, dtype=bool).reshape(-1, 1)
        self.controlled = np.broadcast_to(self._known_how, (self.lanes.size, scene.members)).astype(float)

    def life(self) -> Generator[simpy.Event, None, None]:
        """Look once a month."""
        clock = self._scene.clock
        while True:
            yield clock.at(Phase.PRICE)
            if clock.turns_month:
                self.look()

    def look(self) -> None:
        """Say which lanes the rule reaches now."""
        held = self.held()[self._scene.network.lanes.supplier[self.lanes]]
        self.controlled = (reaches(held, self._product, self._threshold) | self._known_how).astype(float)

    def held(self) -> Array:
        """Listed content of a tonne of what each row holds, (row, member), in the unit of the product's value."""
        scene, lanes = self._scene, self._scene.network.lanes
        self._look_at_shelves()
        held = np.zeros((len(scene.network.rows), scene.members))
        for _ in range(2 * scene.network.echelons + 2):
            held[self._listed] = self._value * self._share
            held = scene.trade.to_buyers(scene.trade.share * held[lanes.supplier]) + self._recipes.sum(held)
        held[self._listed] = self._value * self._share
        return held

    def _look_at_shelves(self) -> None:
        """Share of each stock of listed goods that is the issuer's; of an empty one, of what was last sent to it."""
        if not self._ours.size:
            return
        scene, trade, mine = self._scene, self._scene.trade, self._listed
        ours, total = over_origins(scene.stocks.on_hand[mine][:, self._ours]), scene.stocks.tonnes[mine]
        sent = trade.to_buyers(trade.shipped)[mine]
        mix = over_origins(trade.mix[:, self._ours])[scene.network.lanes.supplier]
        ours_sent = trade.to_buyers(trade.shipped * mix)[mine]
        last = np.where(sent > DUST, ours_sent / np.maximum(sent, DUST), self._share)
        self._share = np.where(total > DUST, ours / np.maximum(total, DUST), last)

    def ban(self, measure: Any, span: Span) -> Amendment:
        """Forbid the trade that the rule reaches, as far as exporters comply."""

        def change(terms: Terms, bound: Array, since: Array) -> None:
            ban(terms, self.lanes, bound * self._compliance * self.controlled)

        return Amendment(measure.id, span, change, monthly=True)


def _by_recipe(network: Network) -> Grouping:
    """What a tonne of each output row holds of each input row [t/t]; joint outputs share by mass."""
    made, used, amount = [], [], []
    for plan in network.fleets:
        _, inputs, outputs = plan.shape
        if plan.depots:
            continue
        for place, recipe in enumerate(plan.recipes):
            total = sum(o.amount.central for o in recipe.outputs)
            for o in range(outputs):
                for i, needed in enumerate(recipe.inputs):
                    made.append(plan.outputs.start + place * outputs + o)
                    used.append(plan.inputs.start + place * inputs + i)
                    amount.append(needed.amount.central / total)
    rows = len(network.rows)
    of, source = np.array(made, dtype=np.int64), np.array(used, dtype=np.int64)
    return Grouping(of, rows, source, np.array(amount), source, rows)
