"""What chance and the law have in store for a licence file: its returns, its review, its decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.chance import TILE, Chance
from simulator.engine.office import lognormal

Array = NDArray[np.float64]
Index = NDArray[np.int64]

RETURNS = 4  # a file comes back at most this often; the chance of more is below 1 %
# Draws of one file, by kind and purpose; each kind fills pages of draws for several files.
DECISION, REVIEW, AGAIN = ("uniform", "decision"), ("normal", "review"), ("normal", "returns")
_DRAWS = {DECISION: 8, REVIEW: 4, AGAIN: 2 * RETURNS}


@dataclass(frozen=True)
class Fate:
    """What is in store for some new files: `returns` (file, member), and the columns of `Files` by name."""

    returns: Array
    dates: dict[str, Any]


class Fates:
    """Draws the fate of files. A file's luck is found by its desk and filing day, the same in every arm.

    Parameters
    ----------
    owners : names by which the luck of each desk is found
    law : parameters of the office by name, (member,) each
    """

    def __init__(self, owners: Sequence[str], law: Mapping[str, Array], chance: Chance, members: int) -> None:
        self._owners, self._law, self._chance = owners, law, chance
        self._pages = {draw: np.zeros((len(owners), TILE, members)) for draw in _DRAWS}
        self._turned = {draw: np.full(len(owners), -1, dtype=np.int64) for draw in _DRAWS}

    def of(self, desks: Index, number: Index, today: float) -> Fate:
        """The fate of the file that some desks (file,) send in today, on their filing day `number` (file,)."""
        law = self._law
        u, z = (self._luck(draw, desks, number) for draw in (DECISION, REVIEW))
        pages, first = self._pages[AGAIN], self._turn(AGAIN, desks, number)
        arrival = today + lognormal(law["documents"], law["documents_cv"], z[:, 0])
        # Only of those that came back before; most files never do.
        back = np.logical_and.accumulate(u[:, :RETURNS] < law["returned"], axis=1)
        for k in range(RETURNS):
            file, member = np.nonzero(back[:, k])
            desk, line = desks[file], first[file] + 2 * k
            arrival[file, member] += lognormal(
                law["refile"][member], law["refile_cv"][member], pages[desk, line, member]
            ) + lognormal(law["documents"][member], law["documents_cv"][member], pages[desk, line + 1, member])
        waits = u[:, 4] < law["statutory_share"]
        return Fate(
            back.sum(axis=1, dtype=float),
            {
                "arrival": arrival,
                "service": lognormal(law["service"], law["service_cv"], z[:, 1]),
                "not_before": np.where(waits, today + law["statutory"], today),
                "refused": u[:, 5] >= law["approval"],
                "appeals": u[:, 6] < law["appeal"],
                "mended": lognormal(law["refile"], law["refile_cv"], z[:, 2]),
                "refused_again": u[:, 7] >= law["approval"],
            },
        )

    def _luck(self, draw: tuple[str, str], desks: Index, number: Index) -> Array:
        """Draws of one kind for filing day `number` of some desks, (file, draw, member)."""
        first = self._turn(draw, desks, number)
        return self._pages[draw][desks[:, None], first[:, None] + np.arange(_DRAWS[draw])]

    def _turn(self, draw: tuple[str, str], desks: Index, number: Index) -> Index:
        """Turn to the pages of filing day `number` of some desks; returns the line of its first draw, (file,)."""
        width, pages, turned = _DRAWS[draw], self._pages[draw], self._turned[draw]
        page, place = np.divmod(number, TILE // width)
        new = page != turned[desks]
        for desk, leaf in zip(desks[new], page[new], strict=True):
            pages[desk] = self._chance.page(draw[0], self._owners[desk], draw[1], int(leaf))
        turned[desks] = page
        return np.asarray(place * width)
