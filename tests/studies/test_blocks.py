"""Blocks over processes: the same answer however the work is cut; a stopped study goes on; a dead worker is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.results.dataset import merge
from simulator.studies import blocks
from simulator.studies.blocks import Block, BlockFailedError, run_blocks, split
from tests import worlds

LICENCE = {
    "kind": "export_licence",
    "id": "licence",
    "exporter": "AAA",
    "commodities": ["ore"],
    "effective": worlds.day(40),
}


def tasks(folder: Path, parts: list[Members]) -> list[Block]:
    """Blocks of a small chain with a licence office."""
    world = worlds.chain(parameters={"demand_noise": 0.2})
    return [
        Block(i, world, (worlds.scenario(120, LICENCE),), part, folder / f"{i}.bin") for i, part in enumerate(parts)
    ]


def ran(folder: Path, parts: list[Members], workers: int) -> BlockRecord:
    """The merged record of some blocks."""
    folder.mkdir()
    return merge(run_blocks(tasks(folder, parts), workers, lambda done, whole: None), np.arange(sum(map(len, parts))))


def same(one: BlockRecord, other: BlockRecord) -> bool:
    """Equal to the last bit."""
    return all(np.array_equal(a, other.values[n][1], equal_nan=True) for n, (_, a) in one.values.items())


def test_any_cut_and_any_number_of_workers_give_the_same_bits(tmp_path: Path) -> None:
    whole = Members.grid(1, range(7))
    one = ran(tmp_path / "one", [whole], 1)
    assert same(one, ran(tmp_path / "four", split(whole, 4), 1))
    assert same(one, ran(tmp_path / "two", split(whole, 2), 2))


def test_blocks_cover_every_member_once() -> None:
    parts = split(Members.grid(2, range(301)), 2)
    assert max(map(len, parts)) <= blocks.MOST
    assert np.concatenate([p.replication for p in parts]).tolist() == np.repeat(np.arange(301), 2).tolist()


def test_finished_blocks_are_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    todo = tasks(tmp_path, split(Members.grid(1, range(6)), 3))
    first = run_blocks(todo, 1, lambda done, whole: None)
    todo[1].kept.unlink()
    again: list[int] = []
    plain = blocks.run_block
    monkeypatch.setattr(blocks, "run_block", lambda block, *tell: again.append(block.number) or plain(block, *tell))
    second = run_blocks(todo, 1, lambda done, whole: None)
    assert again == [1]
    assert all(same(a, b) for a, b in zip(first, second, strict=True))


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    run_blocks(tasks(tmp_path, split(Members.grid(1, range(4)), 2)), 1, lambda done, whole: told.append((done, whole)))
    assert told[0] == (0, 240)
    assert told[-1] == (240, 240)
    assert all(a[0] <= b[0] for a, b in zip(told, told[1:], strict=False))


def test_a_block_that_fails_is_named_with_its_replications(tmp_path: Path) -> None:
    todo = tasks(tmp_path, split(Members.grid(1, range(6)), 2))
    broken = {**dict(todo[1].world.parameters)}
    del broken["patience"]
    bad = Block(1, replace(todo[1].world, parameters=broken), todo[1].arms, todo[1].members, todo[1].kept)
    with pytest.raises(BlockFailedError, match=r"block 1 \(replications 3 to 5\) did not finish: .*patience"):
        run_blocks([todo[0], bad], 2, lambda done, whole: None)
    assert not bad.kept.exists()
    assert not list(tmp_path.glob("*.partial"))
