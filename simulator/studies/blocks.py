"""Members in blocks, blocks over processes. Finished blocks are kept on disk, so that a stopped study can go on."""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.engine.simulation import simulate
from simulator.scenario.model import Scenario
from simulator.world.model import World

MOST = 256  # members of a block: more no longer pays, and memory grows


@dataclass(frozen=True)
class Block:
    """One task: the members that one process advances together, and where what is left of them is kept.

    `reduce` makes of the record what is kept, where that is less than the whole record. A process imports it by name.
    """

    number: int
    world: World
    arms: tuple[Scenario, ...]
    members: Members
    kept: Path
    reduce: Callable[[Block, BlockRecord], Any] | None = None


def split(members: Members, workers: int, most: int = MOST) -> list[Members]:
    """Blocks of nearly equal size, at most `most` members, at least one per worker where there are enough members."""
    count = min(max(-(-len(members) // most), workers), len(members))
    bounds = np.linspace(0, len(members), count + 1).round().astype(int)
    return [members.taken(slice(a, b)) for a, b in zip(bounds[:-1], bounds[1:], strict=True)]


_progress: Any = None  # set once in a worker process: the counter it shares with its parent


def _adopt(counter: Any) -> None:
    """Prepare a worker process: it counts for its parent, and leaves Ctrl-C to it."""
    global _progress
    _progress = counter
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run_block(block: Block, tell: Callable[[int], None] | None = None) -> Path:
    """Run one block and keep what is left of it; nothing is left half-written."""

    def count(step: int) -> None:
        if _progress is not None:
            with _progress.get_lock():
                _progress.value += 1

    record = simulate(block.world, block.arms, block.members, tell or count)
    _give_back()
    left = record if block.reduce is None else block.reduce(block, record)
    partial = block.kept.with_name(f"{block.kept.name}.partial-{os.getpid()}")
    try:
        with partial.open("wb") as file:
            pickle.dump(left, file, protocol=pickle.HIGHEST_PROTOCOL)
        os.replace(partial, block.kept)
    finally:
        partial.unlink(missing_ok=True)
    return block.kept


def _give_back() -> None:
    """Let go of the actors of a block, which know one another, and hand what they held to the system (Linux).

    Left to itself the C library keeps what the largest moment of all blocks so far has needed.
    """
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library may have no such call
            ctypes.CDLL(None).malloc_trim(0)


class BlockFailedError(RuntimeError):
    """Some blocks did not finish; the message names them and their replications."""


def run_blocks(blocks: Sequence[Block], workers: int, progress: Callable[[int, int], None]) -> list[Any]:
    """Run what is not yet on disk, and read what all blocks left, in order.

    A worker that dies costs its own block only: what was in hand beside it runs once more, one block at a time.

    Parameters
    ----------
    blocks : the tasks
    workers : processes; one runs here
    progress : called with (done, all) in block-steps

    Raises
    ------
    BlockFailedError : blocks did not finish; all others are on disk
    """
    whole = _steps(blocks[0].arms[0]) * len(blocks)

    def tell(done: int) -> None:
        progress(kept + done, whole)

    failed, todo = [], [b for b in blocks if not b.kept.exists()]
    kept = whole // len(blocks) * (len(blocks) - len(todo))
    tell(0)
    if workers == 1 or len(todo) == 1:
        for block in todo:
            run_block(block, lambda step: tell(step + 1))
            kept += whole // len(blocks)
        todo = []
    while todo:
        died = _in_processes(todo, workers, tell)
        # Those that a dead process may have had in hand run again alone, the rest of the line together.
        in_hand, todo = died[: 2 * workers + 1], died[2 * workers + 1 :]
        failed += [block for block in in_hand if _in_processes([block], 1, lambda done: None)]
    if failed:
        named = " and ".join(_name(block) for block in failed)
        raise BlockFailedError(f"{named} did not finish: the process died each time, perhaps for want of memory")
    progress(whole, whole)
    return [read(b.kept) for b in blocks]


def _in_processes(todo: Sequence[Block], workers: int, tell: Callable[[int], None]) -> list[Block]:
    """Run blocks in a pool; returns those that were in hand or in line when a process died."""
    with _pool(min(workers, len(todo))) as (pool, counter):
        with _quiet_start():
            running = {pool.submit(run_block, block): block for block in todo}
        pending = set(running)
        while pending:
            _, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
            tell(counter.value)
        failures = [(block, error) for future, block in running.items() if (error := future.exception()) is not None]
    wrong = [(block, error) for block, error in failures if not isinstance(error, BrokenProcessPool)]
    if wrong:
        said = "; ".join(f"{_name(block)} did not finish: {error or type(error).__name__}" for block, error in wrong)
        raise BlockFailedError(said) from wrong[0][1]
    return [block for block, _ in failures if not block.kept.exists()]


def _name(block: Block) -> str:
    first, last = block.members.replication.min(), block.members.replication.max()
    return f"block {block.number} (replications {first} to {last})"


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
        processes = list((pool._processes or {}).values())
        for process in processes:
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.join()
        raise


@contextmanager
def beside() -> Iterator[Callable[..., Future[Any]]]:
    """One process beside this one: yields what hands it a call, a function with its arguments."""

    def hand(function: Callable[..., Any], *given: Any) -> Future[Any]:
        with _quiet_start():
            return pool.submit(function, *given)

    with _pool(1) as (pool, _):
        yield hand


@contextmanager
def _quiet_start() -> Iterator[None]:
    """While processes are started, hide the user's script from them, and keep Ctrl-C back.

    A worker needs this package only. Left to itself it would import the script as well, and a script without a
    `__main__` guard would start the whole study again in each of them. A worker born with Ctrl-C held back never
    shows a traceback for it; here it takes effect once the workers are there.
    """
    script, holds = sys.modules["__main__"], hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if holds else None
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def read(path: Path) -> Any:
    """Read what a block left that this machine ran."""
    with path.open("rb") as file:
        return pickle.load(file)


def _steps(scenario: Scenario) -> int:
    days = (scenario.end - scenario.start).days + 1
    return int(np.ceil(days / scenario.step - 1e-9))
