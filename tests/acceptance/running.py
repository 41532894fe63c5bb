"""What the acceptance checks share: runs of the scenarios in the box, cut to the years that a check is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from simulator import world
from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.engine.simulation import Simulation
from simulator.scenario import Scenario, Strategy, load, with_strategy
from simulator.studies.compare import arms
from simulator.studies.run import Result
from simulator.world.model import World

Array = NDArray[np.float64]
WEEK = 7.0
MAGNETS = ("ndfeb_magnet", "ndfeb_heavy_magnet", "smco_magnet")


def rare_earths() -> World:
    """The world of the scenarios in the box."""
    return world.load("rare_earths")


def cut(name: str, start: date, end: date, /, **more: Any) -> Scenario:
    """A scenario in the box by the week, over some of its years."""
    return load(name).model_copy(update={"start": start, "end": end, "step": WEEK, **more})


def doing(scenario: Scenario, name: str, **measure: Any) -> Scenario:
    """A scenario with a strategy of one measure."""
    told = {"name": name, "title": name, "idea": name, "grade": "D", "measures": [{"id": name, **measure}]}
    return with_strategy(scenario, Strategy.model_validate(told))


def run(stories: Sequence[Scenario], members: Members) -> BlockRecord:
    """What members did; every tonne of every site, step and member is accounted for (T1)."""
    record = Simulation(rare_earths(), stories, members).run()
    accounted_for(record)
    return record


def accounted_for(record: BlockRecord) -> None:
    """Refuse a run in which a tonne is lost or comes from nowhere."""
    assert max(record.audit[name] for name in ("stock", "trade", "process")) < 1e-9
    assert record.audit["lowest_stock"] >= 0.0


def grid(scenarios: Sequence[Scenario], strategies: Sequence[str], replications: int) -> Any:
    """Demand, deliveries and exports of every scenario with every strategy, in one run, over arm and replication (T1)."""
    ready, tables = arms(scenarios, strategies, replications=replications, step=WEEK)
    record = run([arm.ready for arm in ready], Members.grid(len(ready), range(replications)))
    alone = Members.grid(1, range(replications))
    parts = []
    for place, arm in enumerate(ready):
        mine = {name: (dims, array[..., place :: len(ready)]) for name, (dims, array) in record.values.items()}
        data = Result(arm.ready, tables, replace(record, values=mine), alone).dataset
        parts.append(data[["asked", "served", "lost", "exports"]].drop_vars(["arm", "replication"]))
    whole = xr.concat(parts, "arm", combine_attrs="override").rename(member="replication")
    return whole.assign_coords(arm=[arm.name for arm in ready])


def settings(replications: int, rows: Sequence[tuple[int, Mapping[str, float]]]) -> Members:
    """Each replication under every setting, of which each is an arm and numbers that are set in place of their draws."""
    names = sorted({name for _, values in rows for name in values})
    return Members(
        np.tile(np.array([arm for arm, _ in rows], dtype=np.int64), replications),
        np.repeat(np.arange(replications), len(rows)),
        {name: np.tile([values.get(name, np.nan) for _, values in rows], replications) for name in names},
    )


def gap(record: BlockRecord) -> Array:
    """What was not served on time in all, (demand, member) [t]."""
    asked, served = (record.values[name][1].astype(np.float64) for name in ("asked", "served"))
    return np.asarray(np.maximum(asked - served, 0.0).sum(axis=0))
