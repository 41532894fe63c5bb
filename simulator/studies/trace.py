"""What one member did, step by step: taken from a running simulation from outside, so that it costs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.members import Members
from simulator.engine.simulation import Simulation
from simulator.scenario.model import Scenario
from simulator.world.model import World

Array = NDArray[np.float64]


class Trace:
    """The states of the first member at the end of each step, as `trace[name][step]`.

    By row: stock, on_order, waiting [t] and use [t/d]. By lane: owed, blocked, shipped, held, eligible (infinite where
    all that was owed might leave) [t], files that hold goods, and oldest, the day on which the first of them was filed.
    Promised on it, contracted [t], and share and planned, the buyer's shares of purchases today and before he switched [1].
    By demand: asked, served [t]. By facility: started (running total), allowed [t], capacity [t/d] and rate [1]. By row
    also released, the running total of what reserves gave [t]. By reserve: reserve_stock [t], reserve_opens, the day on
    which it opens (infinite where it was not called), reserve_cover of its buyers and reserve_below, running days below
    the trigger [d]. What no behaviour or reserve of the run makes is not kept.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation, self.network = simulation, simulation.network
        self.step, self.start = simulation.scene.clock.step, simulation.scene.clock.start
        self._kept: dict[str, list[Array]] = {}
        self._arrays: dict[str, Array] = {}

    def look(self, _: int) -> None:
        """Keep the state of a step."""
        for name, values in self._state().items():
            self._kept.setdefault(name, []).append(np.array(values, dtype=np.float64))

    def __getitem__(self, name: str) -> Array:
        if name not in self._arrays:
            self._arrays[name] = np.array(self._kept[name])
        return self._arrays[name]

    @property
    def steps(self) -> int:
        """Steps kept."""
        return len(self._kept["stock"])

    def date_of(self, step: int) -> date:
        """First day of a step."""
        return self.start + timedelta(days=int(step * self.step))

    def step_of(self, day: date) -> int:
        """Step in which a day lies."""
        return int((day - self.start).days // self.step)

    def row(self, holder: str, commodity: str) -> int:
        """Row of a stock."""
        return self.network.rows.index((holder, commodity))

    def _state(self) -> dict[str, Any]:
        scene, simulation = self.simulation.scene, self.simulation
        trade = scene.trade
        sites: list[Any] = [*simulation.fleets, *simulation.depots]
        held, files, oldest = np.zeros((3, len(self.network.lanes)))
        oldest = oldest + np.inf
        for licence in simulation.licences:
            count, first = licence.line(0)
            held, files, oldest = held + licence.held()[:, 0], files + count, np.minimum(oldest, first)
        capacity, started, allowed = np.zeros((3, len(self.network.facilities)))
        for fleet in sites:
            mine = slice(fleet.first, fleet.first + len(fleet.plan.facilities))
            capacity[mine] = fleet.capacity[:, 0]
            if not fleet.plan.depots:
                started[mine], allowed[mine] = fleet.started[:, 0], fleet.allowed()[:, 0]
        asked, served = scene.recorder.today
        free = trade.eligible is trade.owed  # all that was owed might leave, and the one array has gone on since
        return self._relief() | {
            "stock": scene.stocks.tonnes[:, 0],
            "on_order": trade.on_order[:, 0],
            "waiting": scene.waiting[:, 0],
            "use": scene.use[:, 0],
            "owed": trade.owed[:, 0],
            "blocked": trade.blocked[:, 0],
            "shipped": trade.shipped[:, 0],
            "eligible": np.full(len(self.network.lanes), np.inf) if free else trade.eligible[:, 0],
            "held": held,
            "files": files,
            "oldest": oldest,
            "asked": asked[:, 0],
            "served": served[:, 0],
            "started": started,
            "capacity": capacity,
            "allowed": allowed,
            "rate": scene.terms.rate[:, 0],
        }

    def _relief(self) -> dict[str, Any]:
        """Reserves, contracts and switching, where the run has any."""
        scene, found = self.simulation.scene, dict[str, Any]()
        if scene.contracted is not None:
            found["contracted"] = scene.contracted[:, 0] * self.step
        switching, reserves = self.simulation.switching, self.simulation.reserves
        if switching is not None:
            found |= {"share": scene.trade.share[:, 0], "planned": switching.planned[:, 0]}
        if reserves is not None:
            triggers = [one.trigger for one in reserves.reserves]
            found |= {
                "released": reserves.released[:, 0],
                "reserve_stock": reserves.stocks.tonnes[:, 0],
                "reserve_opens": [trigger.opens[0] for trigger in triggers],
                "reserve_cover": [trigger.seen[0] for trigger in triggers],
                "reserve_below": [trigger.below[0] for trigger in triggers],
            }
        return found


def traced(world: World, scenario: Scenario, replication: int, until: date) -> Trace:
    """Run one member alone up to a day, which is in every quantity as it was in the crowd, and keep its states."""
    short = scenario.model_copy(update={"end": min(until, scenario.end)})
    simulation = Simulation(world, [short], Members.grid(1, range(replication, replication + 1)))
    trace = Trace(simulation)
    simulation.run(trace.look)
    return trace


def largest(values: Sequence[float] | Array) -> int:
    """Place of the largest value, the first of equals."""
    return int(np.argmax(np.asarray(values)))
