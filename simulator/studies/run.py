"""Run one scenario: all its replications, as one ensemble."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from simulator import __version__
from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.engine.simulation import event_day
from simulator.results.dataset import merge, to_dataset
from simulator.scenario.loading import load, load_strategy
from simulator.scenario.model import Scenario
from simulator.scenario.problems import Invalid, problem_at
from simulator.scenario.strategy import Strategy, with_strategy
from simulator.studies.blocks import Block, run_blocks, split
from simulator.world.checks import grade_shares
from simulator.world.loading import load as load_world
from simulator.world.model import World
from simulator.world.resolve import resolve

MOST_APART = 170  # members of a block of one arm: two such blocks with licences stay below 3 GB together
GOLDEN = (5.0**0.5 - 1.0) / 2.0


@dataclass(frozen=True)
class Result:
    """What a run leaves: the scenario as it was run, its world and the record of every member."""

    scenario: Scenario
    world: World
    record: BlockRecord
    members: Members

    @cached_property
    def dataset(self) -> Any:
        """The results as a labelled xarray.Dataset, units as attributes."""
        sites = [self.world.facilities[f] for f in self.record.coords["facility"]]
        data = to_dataset(self.record, ["run"] * len(self.members), self.members.replication, attributes(self))
        return data.assign_coords(
            facility_country=("facility", [f.country for f in sites]),
            facility_stage=("facility", [f.stage for f in sites]),
        )


def attributes(result: Result) -> dict[str, Any]:
    """What a reader of the Dataset needs to know, as plain text and numbers."""
    scenario, world = result.scenario, result.world
    announced = [m.announced for m in scenario.events if m.takes_effect and m.announced is not None]
    return {
        "scenario": scenario.name,
        "title": scenario.title.en,
        "branch": scenario.branch,
        "strategy": scenario.strategy.name if scenario.strategy else "",
        "seed": scenario.seed,
        "replications": scenario.replications,
        "step_days": scenario.step,
        "start": scenario.start.isoformat(),
        "end": scenario.end.isoformat(),
        "event_day": event_day(scenario).isoformat(),
        "warm_up_end": scenario.warm_up_end.isoformat(),
        "announced_day": min(announced, default=event_day(scenario)).isoformat(),
        "world": world.name,
        "inside": world.inside,
        "headline": " ".join(world.headline),
        "goods": json.dumps(dict(world.goods), ensure_ascii=False),
        "data_vintage": world.data_vintage,
        "share_grade_d": float(grade_shares(world)["D"]),
        "version": __version__,
    }


def prepared(
    scenario: str | Path | Scenario,
    *,
    branch: str | None = None,
    strategy: str | Path | Strategy | None = None,
    **overrides: Any,
) -> tuple[Scenario, World]:
    """Load and check a scenario and its world; overrides that are None are left alone.

    Parameters
    ----------
    scenario : a scenario, the name of a built-in one, or a file
    branch : which of its branches, where it has some; a name written ``scenario:branch`` says it too
    strategy : what is put on it: a strategy, the name of a built-in one, or a file
    overrides : other values of keys of the scenario

    Raises
    ------
    Invalid : with every problem found
    """
    loaded = scenario if isinstance(scenario, Scenario) else load(scenario)
    if branch is not None:
        loaded = loaded.on_branch(branch)
    if loaded.undecided:
        message = f"'{loaded.name}' has branches, and nobody knows which one comes true: choose one with --branch"
        help = f"branches are {', '.join(loaded.branches)}"
        raise Invalid(
            [problem_at(loaded.place(("branches",), key=True), "SC037", message, help)], {loaded.file: loaded.text}
        )
    if strategy is not None:
        loaded = with_strategy(loaded, strategy if isinstance(strategy, Strategy) else load_strategy(strategy))
    world = load_world(loaded.world)
    errors = [p for p in resolve(loaded, world) if p.severity == "error"]
    if errors:
        raise Invalid(errors, {loaded.file: loaded.text})
    given = {name: value for name, value in overrides.items() if value is not None}
    return (loaded.model_copy(update=given) if given else loaded), world


def run(
    scenario: str | Path | Scenario = "default",
    *,
    branch: str | None = None,
    strategy: str | Path | Strategy | None = None,
    replications: int | None = None,
    seed: int | None = None,
    step: float | None = None,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Run all replications of a scenario.

    Parameters
    ----------
    scenario : a scenario, the name of a built-in one, or a file
    branch, strategy : as for `prepared`
    replications, seed, step : in place of what the scenario says; step in days
    workers : processes; one for each core when not given
    keep : folder in which finished blocks are kept, so that a stopped run goes on; a temporary one when not given
    progress : called with (done, all)

    Returns
    -------
    Result; `.dataset` is an xarray.Dataset

    Raises
    ------
    Invalid : the scenario or its world is wrong; nothing was run
    BlockFailedError : a process died or raised; the message names its replications

    Notes
    -----
    Worker processes never import the script that calls this, so it needs no `__main__` guard.
    """
    ready, world = prepared(scenario, branch=branch, strategy=strategy, replications=replications, seed=seed, step=step)
    return run_members(
        ready, world, Members.grid(1, range(ready.replications)), workers=workers, keep=keep, progress=progress
    )


def run_members(
    scenario: Scenario,
    world: World,
    members: Members,
    *,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Run the members of a table, in blocks over processes.

    Parameters
    ----------
    scenario, world : as `prepared` returns them
    members : which replications, and what is set for each of them instead of drawn
    workers, keep, progress : as for `run`
    """
    record = run_arms((scenario,), world, members, workers=workers, keep=keep, progress=progress)
    return Result(scenario, world, record, members)


def run_arms(
    arms: Sequence[Scenario],
    world: World,
    members: Members,
    *,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> BlockRecord:
    """Run the members of a table, each under the scenario of its arm, in blocks over processes.

    Parameters
    ----------
    arms : one scenario per arm, as `prepared` returns them; they share world, calendar, step and seed
    world, members, workers, keep, progress : as for `run_members`

    Returns
    -------
    BlockRecord, members in the order of the table
    """
    workers = workers or os.cpu_count() or 1
    parts = [(tuple(arms), part) for part in split(members, workers)]
    records = _run(parts, world, None, workers, keep, progress)
    return merge(records, np.arange(len(members)))


def run_apart(
    arms: Sequence[Scenario],
    world: World,
    reduce: Callable[[Result], Any],
    *,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[list[Any]]:
    """Run all replications of many arms, each in blocks of its own, and keep of each block only what `reduce` makes of it.

    Memory does not grow with what is recorded, and an arm pays for its own measures alone. The first blocks of all arms
    come before the second ones, cheap and dear arms mixed, so that the speed so far says how long the rest takes.

    Parameters
    ----------
    arms, world : as for `run_arms`
    reduce : makes of the result of one block what is kept; a function that processes can import by its name
    workers, keep, progress : as for `run`

    Returns
    -------
    what the blocks of each arm left, one list for each arm, replications in order
    """
    workers = workers or os.cpu_count() or 1
    cut = split(Members.grid(1, range(arms[0].replications)), 1 if len(arms) >= workers else workers, MOST_APART)
    # Arms that stand together cost alike: dealt out by the golden ratio, early ones speak for late ones.
    dealt = sorted(range(len(arms)), key=lambda arm: arm * GOLDEN % 1.0)
    parts = [((arms[arm],), part) for part in cut for arm in dealt]
    left = _run(parts, world, reduce, workers, keep, progress)
    return [left[dealt.index(arm) :: len(arms)] for arm in range(len(arms))]


def run_reduced(
    arms: Sequence[Scenario],
    world: World,
    members: Members,
    reduce: Callable[[Result], Any],
    *,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Any]:
    """Run the members of a table as `run_arms` does, and keep of each block only what `reduce` makes of it.

    Parameters
    ----------
    arms, world, members, workers, keep, progress : as for `run_arms`
    reduce : makes of the result of one block what is kept, the scenario being that of the first arm; a function that
        processes can import by its name

    Returns
    -------
    what the blocks left, members in the order of the table
    """
    parts = [(tuple(arms), part) for part in split(members, workers or os.cpu_count() or 1)]
    return _run(parts, world, reduce, workers or os.cpu_count() or 1, keep, progress)


@dataclass(frozen=True)
class _Reduced:
    """What a block hands over to be kept: the result of its arm, made small."""

    reduce: Callable[[Result], Any]

    def __call__(self, block: Block, record: BlockRecord) -> Any:
        return self.reduce(Result(block.arms[0], block.world, record, block.members))


def _run(
    parts: Sequence[tuple[tuple[Scenario, ...], Members]],
    world: World,
    reduce: Callable[[Result], Any] | None,
    workers: int,
    keep: Path | None,
    progress: Callable[[int, int], None] | None,
) -> list[Any]:
    """Run blocks, each with its arms and members, and return what they leave."""
    folder = keep or Path(tempfile.mkdtemp(prefix="simulator-"))
    folder.mkdir(parents=True, exist_ok=True)
    said = "" if reduce is None else f"{reduce.__module__}.{reduce.__qualname__}"
    hand_over = None if reduce is None else _Reduced(reduce)
    try:
        blocks = [
            Block(i, world, arms, part, folder / f"block-{i:04d}-{_stamp(arms, world, part, said)}.bin", hand_over)
            for i, (arms, part) in enumerate(parts)
        ]
        return run_blocks(blocks, workers, progress or (lambda done, whole: None))
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def fingerprint(scenario: Scenario, world: World) -> str:
    """Hash of everything that a result depends on, but for the members: scenario, tables and version."""
    text = "\n".join([__version__, repr(scenario), *(f"{k} {v}" for k, v in sorted(world.files.items()))])
    return hashlib.sha256(text.encode()).hexdigest()


def _stamp(arms: Sequence[Scenario], world: World, members: Members, reduce: str) -> str:
    whole = "".join(fingerprint(arm, world) for arm in arms).encode() + code() + reduce.encode()
    whole += members.arm.tobytes() + members.replication.tobytes()
    for name, values in sorted(members.values.items()):
        whole += name.encode() + values.tobytes()
    return hashlib.sha256(whole).hexdigest()[:12]


@cache
def code() -> bytes:
    """Hash of what computes: a kept block must not outlive a change of the engine under the same version."""
    package = Path(__file__).parents[1]
    whole = hashlib.sha256()
    for file in sorted(
        path for room in ("scenario", "world", "engine", "results") for path in (package / room).glob("*.py")
    ):
        whole.update(file.read_bytes())
    return whole.digest()
