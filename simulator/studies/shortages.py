"""Two outcomes of every member of a study: tonnes short, and the day of the first shortage; no more is kept of a block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.engine.simulation import event_day
from simulator.scenario.model import Scenario
from simulator.studies.run import Result, run_reduced
from simulator.world.model import World

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Shortages:
    """Over the markets outside the controlling country.

    `short` is what was asked for the headline goods and not served on time, from the month of the event on, (member,)
    [t]; `first` the first shortage of any of them, (member,) [d after the event], NaN where there is none.
    """

    short: Array
    first: Array


def shortages(
    arms: Sequence[Scenario],
    world: World,
    members: Members,
    *,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Shortages:
    """Run the members of a table and keep two numbers of each; parameters as for `run_arms`.

    Every member counts from the event of the first arm.
    """
    left = run_reduced(arms, world, members, _of_block, workers=workers, keep=keep, progress=progress)
    return Shortages(*(np.concatenate([getattr(part, name) for part in left]) for name in ("short", "first")))


def _of_block(result: Result) -> Shortages:
    return of_record(result.record, result.world, event_day(result.scenario))


def of_record(record: BlockRecord, world: World, since: date) -> Shortages:
    """The outcomes of the members of a record; `since` is the day of the event."""
    counted = world.headline or tuple(world.commodities)
    rows = [
        i
        for i, (country, _, commodity) in enumerate(record.coords["demand"])
        if country != world.inside and commodity in counted
    ]
    months = record.coords["month"].astype("datetime64[M]") >= np.datetime64(since, "M")
    asked, served = (record.values[name][1][months][:, rows].astype(np.float64) for name in ("asked", "served"))
    places = [i for i, (country, _) in enumerate(record.coords["place"]) if country != world.inside]
    first = np.where(np.isnan(record.values["first_shortage"][1]), np.inf, record.values["first_shortage"][1])
    earliest = first[places].min(axis=0, initial=np.inf)
    return Shortages(
        np.maximum(asked - served, 0.0).sum(axis=(0, 1)), np.where(np.isfinite(earliest), earliest, np.nan)
    )
