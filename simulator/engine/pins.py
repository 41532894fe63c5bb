"""Every uncertain number, drawn once per replication at the address of its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from simulator.engine.chance import Chance
from simulator.scenario.uncertain import Uncertain

Array = NDArray[np.float64]


class Pins:
    """Draws the uncertain numbers of one block.

    Parameters
    ----------
    chance : the block's random numbers
    members : number of members
    overrides : for each arm, parameters that its scenario sets in place of the world's
    central : use central values everywhere
    values : (member,) by name: numbers that a study sets instead of drawing them; NaN where they are drawn as usual
    arm : (member,) arm of each member; all of the first one when not given

    `asked` has every number that somebody asked for, as each arm states it.
    """

    def __init__(
        self,
        chance: Chance,
        members: int,
        overrides: Sequence[Mapping[str, Uncertain]] = (),
        central: bool = False,
        values: Mapping[str, Array] | None = None,
        arm: NDArray[np.int64] | None = None,
    ) -> None:
        self.chance, self.members = chance, members
        self._overrides = [dict(mine) for mine in overrides] or [{}]
        self._arm = np.zeros(members, dtype=np.int64) if arm is None else arm
        self._central = central
        self._values = dict(values or {})
        self.asked: dict[str, tuple[Uncertain, ...]] = {}

    def number(self, name: str, value: Uncertain, owner: str = "") -> Array:
        """Value of the number called `name`, shape (member,); each owner has a draw of its own."""
        stated = tuple(mine.get(name, value) for mine in self._overrides)
        self.asked.setdefault(name, stated)
        drawn = self._of_arms(name, stated, owner)
        if name not in self._values:
            return drawn
        given = self._values[name]
        return np.where(np.isnan(given), drawn, given)

    def _of_arms(self, name: str, stated: tuple[Uncertain, ...], owner: str) -> Array:
        if all(one == stated[0] for one in stated):
            return self._drawn(name, stated[0], owner)
        return np.stack([self._drawn(name, one, owner) for one in stated])[self._arm, np.arange(self.members)]

    def _drawn(self, name: str, value: Uncertain, owner: str) -> Array:
        if self._central or value.certain:
            return np.full(self.members, value.central)
        return value.at(self.chance.uniform(f"{name}:{owner}" if owner else name, "uncertain"))

    def day(self, name: str, when: tuple[date, date, date], start: date) -> Array:
        """Whole days from `start` to an uncertain date, shape (member,)."""
        days = Uncertain(*(float((d - start).days) for d in when))
        return np.rint(self.number(name, days))
