"""Thrifting: recipes that come to need less of an input that stays dear or short, years after it first was."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.clock import Phase
from simulator.engine.deliveries import Deliveries
from simulator.engine.facility import Fleet
from simulator.engine.ordering import smoothing
from simulator.engine.pins import Pins
from simulator.engine.qualification import Qualification, Support
from simulator.engine.quotes import Quotes
from simulator.engine.scene import Scene

Array = NDArray[np.float64]


def intensity(price: Array, sigma: Array | float, floor: Array | float) -> Array:
    """Input that is worth using at the planning horizon, as a share of the recipe's: `price ** -sigma`, from floor to 1.

    `price` is over normal; a recipe holds what is needed, so a cheap input is not wasted.
    """
    return np.clip(np.asarray(price, dtype=float) ** -np.asarray(sigma, dtype=float), floor, 1.0)


@dataclass(frozen=True)
class _Inputs:
    """Thriftable inputs of one fleet: places among all of them, and where each stands in the fleet's needs."""

    fleet: Fleet
    mine: slice
    facility: NDArray[np.int64]
    input: NDArray[np.int64]
    filler: Array  # (facility, input, 1) tonnes of each input that take the place of a tonne saved [t/t]


class Thrifting:
    """Lowers what fleets need. `saved` (thriftable input, member) is the share of the recipe's input that is saved [1]."""

    def __init__(
        self,
        scene: Scene,
        fleets: list[Fleet],
        deliveries: Deliveries,
        quotes: Quotes,
        pins: Pins,
        supports: list[Support],
    ) -> None:
        self._scene, self._deliveries, self._quotes = scene, deliveries, quotes
        self._at_work = scene.behaviours.at_work("thrifting")
        self._sigma = scene.behaviours.parameter("thrifting_sigma")
        self._learning = smoothing(scene.behaviours.parameter("planning_days"), scene.clock.step)
        self._fleets: list[_Inputs] = []
        rows: list[int] = []
        floors: list[Array] = []
        countries: list[str] = []
        for fleet in fleets:
            found = _thriftable(fleet, pins, len(rows))
            if found is None:
                continue
            inputs, floor = found
            self._fleets.append(inputs)
            fleet.count_needs()
            floors += floor
            rows += (fleet.plan.inputs.start + inputs.facility * fleet.plan.shape[1] + inputs.input).tolist()
            countries += [fleet.plan.facilities[i].country for i in inputs.facility]
        self._rows = np.array(rows, dtype=np.int64)
        self._floor = np.array(floors).reshape(len(rows), scene.members)
        self._price = np.ones_like(self._floor)  # mean over the planning horizon [1 = normal]
        self.saved = np.zeros_like(self._floor)
        self.qualification = Qualification(
            scene,
            np.ones_like(self._floor) * scene.behaviours.parameter("qualification_lag"),
            supports,
            np.array(countries, dtype=str),
            np.array([scene.network.rows[r][1] for r in rows], dtype=str),
        )

    def life(self) -> Generator[simpy.Event, None, None]:
        """Look at prices and deliveries once a step is over."""
        while True:
            yield self._scene.clock.at(Phase.RECORD)
            self.review()

    def review(self) -> None:
        """Move the share saved of each input on its way."""
        price = self._quotes.of_rows(self._rows)
        self._price += (price - self._price) * self._learning
        self.qualification.look(price, self._deliveries.of_buyers[self._rows])
        if not self.qualification.ready.any():
            return
        goal = 1.0 - intensity(self._price, self._sigma, self._floor)
        most = self.qualification.most()
        self.saved += np.clip(self.qualification.steps(self.saved, goal), -most, most) * self._at_work
        for inputs in self._fleets:
            saved = np.zeros((*inputs.fleet.recipe_needs.shape[:2], self._scene.members))
            saved[inputs.facility, inputs.input] = self.saved[inputs.mine]
            tonnes = saved * inputs.fleet.recipe_needs
            inputs.fleet.needs = inputs.fleet.recipe_needs - tonnes + inputs.filler * tonnes.sum(axis=1, keepdims=True)


def _thriftable(fleet: Fleet, pins: Pins, first: int) -> tuple[_Inputs, list[Array]] | None:
    """Inputs of a fleet that can be thrifted, with the least share of each, drawn once per recipe; None if there are none."""
    facility, place, floor = [], [], []
    filler = np.zeros(fleet.recipe_needs.shape)
    for i, recipe in enumerate(fleet.plan.recipes):
        for j, one in enumerate(recipe.inputs):
            if one.filler is not None:
                filler[i, j] = one.filler.central
            if one.floor is not None:
                facility.append(i)
                place.append(j)
                floor.append(pins.number(f"floor:{recipe.id}:{one.commodity}", one.floor.value))
    if not floor:
        return None
    mine = slice(first, first + len(floor))
    return _Inputs(fleet, mine, np.array(facility), np.array(place), filler), floor
