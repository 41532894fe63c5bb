"""Running a world step by step and comparing what two runs did, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.engine.simulation import Simulation
from simulator.scenario.model import Scenario
from simulator.world.model import World

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Path:
    """What a run did: `state[name]` has shape (step, ..., member), `record` is its monthly record."""

    state: dict[Any, Array]
    record: BlockRecord

    def member(self, *members: int) -> Path:
        """Only some members."""
        values = {n: (dims, a[..., list(members)]) for n, (dims, a) in self.record.values.items()}
        return Path(
            {n: a[..., list(members)] for n, a in self.state.items()},
            BlockRecord(values, self.record.coords, self.record.units),
        )

    def until(self, step: int) -> Path:
        """Only the first steps; the record, which is monthly, is left out."""
        return Path({n: a[:step] for n, a in self.state.items()}, BlockRecord({}, {}, {}))


def snapshot(sim: Simulation) -> dict[str, Array]:
    """The state of all rows, lanes and quotes after a step, copied."""
    scene, trade = sim.scene, sim.scene.trade
    return {
        "stock": scene.stocks.on_hand.copy(),
        "line": np.stack((trade.on_order, scene.waiting, scene.due.soon), axis=1),
        "lane": np.stack((trade.owed, trade.blocked, trade.shipped), axis=1),
        "quote": sim.quotes.quote.copy(),
    }


def by_name(sim: Simulation, steps: list[dict[str, Array]], size: int) -> dict[Any, Array]:
    """Paths of stocks by origin, supply lines, lanes and quotes, (step, ..., member) each, whatever their places."""
    rows = sim.network.rows
    names = {
        "stock": rows,
        "line": rows,
        "lane": sim.network.lanes.names,
        "quote": [(c,) for c in sim.quotes.commodities],
    }
    found: dict[Any, Array] = {}
    for kind, of_kind in names.items():
        path = np.stack([s[kind] for s in steps])[..., :size]
        found |= {(kind, *name): path[:, place] for place, name in enumerate(of_kind)}
    return found


def travel(
    world: World,
    arms: Scenario | Sequence[Scenario],
    replications: Sequence[int] = (0, 1),
    *,
    members: Members | None = None,
    **how: Any,
) -> Path:
    """Run and keep the state of every step."""
    arms = [arms] if isinstance(arms, Scenario) else list(arms)
    if members is None:
        members = Members(np.tile(np.arange(len(arms)), len(replications)), np.repeat(replications, len(arms)))
    sim = Simulation(world, arms, members, **how)
    steps: list[dict[str, Array]] = []
    record = sim.run(lambda _: steps.append(snapshot(sim)))
    return Path(by_name(sim, steps, len(members)), record)


def watch(
    world: World,
    arms: Scenario | Sequence[Scenario],
    look: Callable[[Simulation], Any],
    replications: Sequence[int] = (0, 1),
    **how: Any,
) -> tuple[Simulation, list[Any]]:
    """Run, and keep what `look` sees after each step."""
    arms = [arms] if isinstance(arms, Scenario) else list(arms)
    members = Members(np.tile(np.arange(len(arms)), len(replications)), np.repeat(replications, len(arms)))
    sim = Simulation(world, arms, members, **how)
    seen: list[Any] = []
    sim.run(lambda _: seen.append(look(sim)))
    return sim, seen


def differing(one: Path, other: Path, names: Sequence[Any] | None = None) -> list[Any]:
    """Names of what is not equal to the last bit in the two runs, among what `one` knows."""
    kept = list(one.state) if names is None else names
    wrong = [n for n in kept if one.state[n].tobytes() != other.state[n].tobytes()]
    records = one.record.values if names is None else {}
    return wrong + [n for n, (_, a) in records.items() if a.tobytes() != other.record.values[n][1].tobytes()]
