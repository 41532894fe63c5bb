"""Leakage that follows the price: the dearer goods are outside than inside, the more finds a way around a control."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.interventions import Span
from simulator.engine.licensing import Licensing
from simulator.engine.quotes import Quotes
from simulator.engine.scene import Scene
from simulator.engine.terms import Terms

Array = NDArray[np.float64]
Control = tuple[Any, Span, NDArray[np.int64], Licensing | None]


def settled(most: Array | float, slope: Array | float, gap: Array) -> Array:
    """Share that leaks once traders have found all ways that pay: `most * (1 - exp(-slope * max(0, gap)))` [1]."""
    return np.asarray(most * -np.expm1(-slope * np.maximum(gap, 0.0)))


def relaxed(now: Array, goal: Array, step: float, time: Array | float) -> Array:
    """A share after `step` days on the way to its goal with time constant `time` [d]; exact for any step."""
    return goal + (now - goal) * np.exp(-step / np.asarray(time))


@dataclass
class Way:
    """Ways around one control. `share` (commodity, member) leaks now [1]; `of` (lane concerned,) is its row for each lane."""

    span: Span
    lanes: NDArray[np.int64]
    commodity: NDArray[np.int64]  # places among the commodities quoted
    of: NDArray[np.int64]
    most: Array
    time: Array
    share: Array
    licence: Licensing | None
    stated: Array  # (member,) what the measure says, for members whose leakage follows no price


class PriceLeakage:
    """Leakage of bans and licences of the country whose home market has its own price, in place of what they state.

    Where a control leaves some destinations free, goods pass through those; where it holds for all, they are smuggled.

    Parameters
    ----------
    quotes : what traders look at
    controls : each ban and licence: the measure, when it binds, its lanes, and its office if it has one
    """

    def __init__(self, scene: Scene, quotes: Quotes, controls: Iterable[Control]) -> None:
        self._scene, self._quotes = scene, quotes
        parameter = scene.behaviours.parameter
        self._on = scene.behaviours.at_work("price_leakage") > 0.0
        self._slope, self._cost = parameter("leakage_slope"), parameter("leakage_cost")
        self._allowed = scene.terms.leak
        self._ways = [self._way(*one) for one in controls if one[0].exporter == scene.network.world.inside]

    def _way(self, measure: Any, span: Span, lanes: NDArray[np.int64], licence: Licensing | None) -> Way:
        reach = "all" if measure.destinations.references == () else "some"
        parameter, goods = self._scene.behaviours.parameter, self._scene.network.lanes.commodity[lanes]
        names, of = np.unique(goods, return_inverse=True)
        place = np.array([self._quotes.commodities.index(str(name)) for name in names], dtype=np.int64)
        share = np.zeros((place.size, self._scene.members))
        most, time = parameter(f"leakage_most_{reach}"), parameter(f"leakage_time_{reach}")
        stated = np.zeros(self._scene.members) if licence is None else np.asarray(licence.leak)
        return Way(span, lanes, place, of, most, time, share, licence, stated)

    def rebuilt(self, terms: Terms) -> None:
        """Take note of what else the terms allow to leak; the ways known here are all open in them."""
        self._allowed = terms.leak

    def move(self, terms: Terms) -> None:
        """Let every share go its way towards what the quotes of yesterday call for, and write it into today's terms."""
        clock, quote = self._scene.clock, self._quotes.quote
        gap = quote[:, 1] / quote[:, 0] - 1.0 - self._cost
        bans = [way for way in self._ways if way.licence is None]
        if bans:
            terms.leak = self._allowed.copy()
        for way in self._ways:
            bound = way.span.in_force(clock.today, clock.step) > 0.0
            goal = np.where(bound, settled(way.most, self._slope, gap[way.commodity]), 0.0)
            way.share = relaxed(way.share, goal, clock.step, way.time)
            leaks = way.share[way.of]
            if way.licence is not None:
                way.licence.leak = np.where(self._on, leaks, way.stated)
            else:
                allowed = terms.leak[way.lanes]
                terms.leak[way.lanes] = np.where(self._on & bound, np.minimum(allowed, leaks), allowed)
