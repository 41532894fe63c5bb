"""Members in blocks, blocks over processes. Finished blocks are kept on disk, so a stopped study goes on where it was."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.engine.simulation import simulate
from simulator.scenario.model import Scenario
from simulator.world.model import World

MOST = 256          # members of a block: more no longer pays, and memory grows


@dataclass(frozen=True)
class Block:
    """One task: the members that one process advances together, and where their record is kept."""

    number: int
    world: World
    arms: tuple[Scenario, ...]
    members: Members
    kept: Path


def split(members: Members, workers: int, most: int = MOST) -> list[Members]:
    """Blocks of nearly equal size, at most `most` members, at least one per worker where there are enough members."""
    count = min(max(-(-len(members) // most), workers), len(members))
    bounds = np.linspace(0, len(members), count + 1).round().astype(int)
    return [Members(members.arm[a:b], members.replication[a:b]) for a, b in zip(bounds[:-1], bounds[1:], strict=True)]


_progress: Any = None       # set once in a worker process: the counter it shares with its parent


def _adopt(counter: Any) -> None:
    global _progress
    _progress = counter


def run_block(block: Block, tell: Callable[[int], None] | None = None) -> Path:
    """Run one block and keep its record; nothing is left half-written."""
    def count(step: int) -> None:
        if _progress is not None:
            with _progress.get_lock():
                _progress.value += 1

    record = simulate(block.world, block.arms, block.members, tell or count)
    partial = block.kept.with_suffix(".partial")
    with partial.open("wb") as file:
        pickle.dump(record, file, protocol=pickle.HIGHEST_PROTOCOL)
    os.replace(partial, block.kept)
    return block.kept


class BlockFailedError(RuntimeError):
    """A block did not finish; the message names it and its members."""


def run_blocks(blocks: Sequence[Block], workers: int, progress: Callable[[int, int], None]) -> list[BlockRecord]:
    """Run what is not yet on disk, and read all records in order.

    Parameters
    ----------
    blocks : the tasks
    workers : processes; one runs here
    progress : called with (done, all) in block-steps
    """
    todo = [b for b in blocks if not b.kept.exists()]
    steps = _steps(blocks[0].arms[0])
    whole, before = steps * len(blocks), steps * (len(blocks) - len(todo))
    progress(before, whole)
    if workers == 1 or len(todo) == 1:
        done = before
        for block in todo:
            def tell(step: int) -> None:
                nonlocal done
                done += 1
                progress(done, whole)

            run_block(block, tell)
    else:
        with _pool(min(workers, len(todo))) as (pool, counter):
            _watch([(b, pool.submit(run_block, b)) for b in todo], lambda: progress(before + counter.value, whole))
    progress(whole, whole)
    return [read(b.kept) for b in blocks]


@contextmanager
def _pool(workers: int) -> Iterator[tuple[ProcessPoolExecutor, Any]]:
    context = get_context("spawn")
    counter = context.Value("q", 0)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_adopt, initargs=(counter,))
    try:
        yield pool, counter
        pool.shutdown()
    except BaseException:
        # What is in hand is given up; what is on disk stays.
        for process in list(pool._processes.values()):
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise


def _watch(running: list[tuple[Block, Future[Path]]], tell: Callable[[], None]) -> None:
    pending = {future for _, future in running}
    while pending:
        finished, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
        tell()
        for block, future in running:
            if future in finished and (error := future.exception()) is not None:
                reps = block.members.replication
                raise BlockFailedError(f"block {block.number} (replications {reps.min()} to {reps.max()}) did not finish: "
                                  f"{error or type(error).__name__}") from error


def read(path: Path) -> BlockRecord:
    """Read a block that this machine wrote."""
    with path.open("rb") as file:
        record: BlockRecord = pickle.load(file)
    return record


def _steps(scenario: Scenario) -> int:
    days = (scenario.end - scenario.start).days + 1
    return int(np.ceil(days / scenario.step - 1e-9))
