"""What is in force today. Terms are rebuilt on the days on which something changes, and left alone on the others."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import simpy

from simulator.engine.clock import Phase
from simulator.engine.interventions import Intervention
from simulator.engine.leakage import PriceLeakage
from simulator.engine.scene import Scene
from simulator.engine.terms import Terms


class Regime:
    """All interventions that amend terms, in order of name, with the calendar of their changes."""

    def __init__(
        self,
        scene: Scene,
        interventions: Sequence[Intervention],
        facilities: int,
        markets: int,
        leakage: PriceLeakage | None = None,
    ) -> None:
        self._leakage = leakage
        self._scene, self._shape = scene, (len(scene.network.lanes), facilities, markets, scene.members)
        self._interventions = sorted(interventions, key=lambda i: i.id)
        self._changes: set[int] = set()
        self._monthly = any(one.monthly for one in self._interventions)
        for one in self._interventions:
            for edge in one.span.edges():
                first = int(np.floor(edge / scene.clock.step))
                # A step that an edge cuts in two is in force in part; the next one is whole.
                self._changes.update(range(first, first + 2 + int(np.ceil(one.until_full / scene.clock.step))))

    def life(self) -> Generator[simpy.Event, None, None]:
        """Amend the terms whenever something begins or ends."""
        clock, turned = self._scene.clock, False
        while True:
            yield clock.at(Phase.REGIME)
            # What is looked up in the first step of a month holds from the second.
            if clock.count in self._changes or (turned and self._monthly):
                self.take_force()
            if self._leakage is not None:
                self._leakage.move(self._scene.terms)
            turned = clock.turns_month

    def take_force(self) -> None:
        """Rebuild the terms of this step."""
        terms = Terms.free(*self._shape)
        for one in self._interventions:
            one.amend(terms, self._scene.clock.today, self._scene.clock.step)
        terms.settle()
        if self._leakage is not None:
            self._leakage.rebuilt(terms)
        self._scene.terms = terms
