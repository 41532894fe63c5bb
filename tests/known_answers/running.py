"""Run a small world with the engine and keep what the cases ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.audit import Audit
from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.engine.simulation import Simulation
from simulator.scenario.model import Scenario
from simulator.world.model import World

Array = NDArray[np.float64]

# An office that decides at once and grants everything; the cases change one number at a time.
WILLING = {
    "documents": "0 d",
    "documents_cv": 0,
    "returned": 0,
    "service": "0 d",
    "service_cv": 0,
    "statutory": "0 d",
    "statutory_share": 1.0,
    "approval": 1.0,
    "appeal": 0.0,
    "file_every": "1 d",
    "clerks": 100,
}


def control(kind: str, effective: str, **more: Any) -> dict[str, Any]:
    """A measure of AAA on all its exports of ore, known on the day it takes force."""
    return {
        "kind": kind,
        "id": more.pop("id", kind.replace("_", "-")),
        "exporter": "AAA",
        "commodities": ["ore"],
        "effective": effective,
        "announced": effective,
        **more,
    }


def licence(effective: str, office: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A licence that stops every lot from the first day; `office` says how it differs from a willing one."""
    return control(
        "export_licence", effective, office={**WILLING, **(office or {})}, scope=1.0, enforcement_ramp="0 d", **more
    )


@dataclass
class Run:
    """What a run left. `missing`, `asked` and `waiting` have shape (step, member): all markets together [t]."""

    simulation: Simulation
    record: BlockRecord
    asked: Array
    missing: Array
    waiting: Array

    def first(self, member: int = 0) -> int:
        """First day on which something was missing."""
        return int(np.flatnonzero(self.missing[:, member] > 1e-4)[0])

    def last(self, member: int = 0) -> int:
        """Last day on which something was missing."""
        return int(np.flatnonzero(self.missing[:, member] > 1e-4)[-1])

    def row(self, holder: str, commodity: str) -> int:
        """Row of a stock."""
        return self.simulation.network.rows.index((holder, commodity))


def run(
    world: World,
    *arms: Scenario,
    replications: int = 2,
    empty: bool = False,
    actors: Callable[[Simulation], None] | None = None,
    after_step: Callable[[Simulation, int], None] | None = None,
    **options: Any,
) -> Run:
    """Run all arms with the same luck.

    Parameters
    ----------
    empty : begin with empty pipes and processes, not with a steady flow
    actors : adds what a case drives from outside
    after_step : looks at the simulation after each step
    """
    simulation = Simulation(world, arms, Members.grid(len(arms), range(replications)), **options)
    if empty:
        drain(simulation)
    if actors is not None:
        actors(simulation)
    waiting = []

    def look(step: int) -> None:
        waiting.append(simulation.scene.waiting.sum(axis=0))
        if after_step is not None:
            after_step(simulation, step)

    record = simulation.run(look)
    assert max(v for k, v in record.audit.items() if k != "lowest_stock") < 1e-9, record.audit
    assert record.audit["lowest_stock"] >= -1e-9
    asked, served = (record.values[f"daily_{n}"][1].astype(float).sum(axis=1) for n in ("asked", "served"))
    return Run(simulation, record, asked, asked - served, np.array(waiting))


def drain(simulation: Simulation) -> None:
    """Throw away what is at sea and in process, and open the books anew."""
    scene = simulation.scene
    for book, rows in [
        (scene.due, len(simulation.network.rows)),
        *((f.process, len(f.capacity)) for f in simulation.fleets),
    ]:
        for _ in range(book.buckets):
            book.arrivals(slice(0, rows))
            book.turn()
    scene.trade.on_order[...] = 0.0
    simulation.audit = Audit(simulation)
