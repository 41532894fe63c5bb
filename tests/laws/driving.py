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


def state(sim: Simulation) -> dict[Any, Array]:
    """Stocks by origin, what is owed and shipped on each lane, supply lines and quotes, by name."""
    scene = sim.scene
    found: dict[Any, Array] = {("stock", *row): scene.stocks.on_hand[i] for i, row in enumerate(sim.network.rows)}
    coming = scene.due.inside
    found |= {
        ("line", *row): np.stack((scene.trade.on_order[i], scene.waiting[i], coming[i]))
        for i, row in enumerate(sim.network.rows)
    }
    found |= {
        ("lane", *name): np.stack((scene.trade.owed[i], scene.trade.blocked[i], scene.trade.shipped[i]))
        for i, name in enumerate(sim.network.lanes.names)
    }
    return found | {("quote", c): sim.quotes.quote[i] for i, c in enumerate(sim.quotes.commodities)}


def travel(
    world: World,
    arms: Scenario | Sequence[Scenario],
    replications: Sequence[int] = (0, 1, 2),
    *,
    members: Members | None = None,
    **how: Any,
) -> Path:
    """Run and keep the state of every step."""
    arms = [arms] if isinstance(arms, Scenario) else list(arms)
    if members is None:
        members = Members(np.tile(np.arange(len(arms)), len(replications)), np.repeat(replications, len(arms)))
    sim = Simulation(world, arms, members, **how)
    size, steps = len(members), []
    record = sim.run(lambda _: steps.append({n: a[..., :size].copy() for n, a in state(sim).items()}))
    return Path({n: np.stack([s[n] for s in steps]) for n in steps[0]}, record)


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
