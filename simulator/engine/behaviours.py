"""Which behaviours are at work, member by member, and the drawn parameters that each needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.engine.pins import Pins
from simulator.scenario.model import Scenario
from simulator.world.model import World

Array = NDArray[np.float64]


class Behaviours:
    """What the scenarios of a block switch on. A behaviour that no arm switches on makes no room and costs nothing.

    Parameters
    ----------
    world, pins : where parameters come from
    arms : one scenario per arm
    arm : (member,) arm of each member
    """

    def __init__(self, world: World, pins: Pins, arms: Sequence[Scenario], arm: NDArray[np.int64]) -> None:
        self._world, self._pins = world, pins
        self._on: dict[str, Array] = {
            name: np.array([name in scenario.behaviour for scenario in arms])[arm].astype(float)
            for name in sorted({name for scenario in arms for name in scenario.behaviour})
        }

    def __contains__(self, name: str) -> bool:
        """Whether any member behaves so."""
        return name in self._on

    def at_work(self, name: str) -> Array:
        """1 for members that behave so and 0 for the others, (member,)."""
        return self._on.get(name, np.zeros(self._pins.members))

    def parameter(self, name: str, owner: str = "") -> Array:
        """A parameter of the world, drawn, (member,) in the unit of its row; each owner has a draw of its own.

        Raises
        ------
        KeyError : the world has no such parameter
        """
        if name not in self._world.parameters:
            raise KeyError(f"world '{self._world.name}' lacks the parameter {name}")
        return self._pins.number(name, self._world.parameters[name].value, owner)
