"""What each behaviour costs and changes on the default scenario: one block each, side by side in one run."""

from __future__ import annotations

import argparse
import time
from typing import get_args

import numpy as np

from simulator.engine.members import Members
from simulator.engine.simulation import simulate
from simulator.scenario.loading import load
from simulator.scenario.model import Behaviour
from simulator.world import load as load_world

OUTSIDE = "outside the controlling country"


def figures(behaviour: tuple[str, ...], members: int, step: float) -> tuple[float, float, float, float]:
    """Processor seconds; median tonnes of headline goods lost and not served on time outside; first shortage [d]."""
    scenario = load("default").model_copy(update={"behaviour": behaviour, "step": step})
    world = load_world(scenario.world)
    begun = time.process_time()
    record = simulate(world, [scenario], Members.grid(1, range(members)))
    spent = time.process_time() - begun
    demand = record.coords["demand"]
    chosen = [i for i, (country, _, c) in enumerate(demand) if c in world.headline and country != world.inside]
    asked, served, lost = (np.asarray(record.values[n][1], dtype=float)[:, chosen] for n in ("asked", "served", "lost"))
    first = np.nanmin(
        np.where(np.isnan(record.values["first_shortage"][1]), np.inf, record.values["first_shortage"][1]), axis=0
    )
    return spent, *(float(np.median(v)) for v in (lost.sum((0, 1)), (asked - served).sum((0, 1)), first))


def main() -> None:
    """Print one line for none, each and all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=40)
    parser.add_argument("--step", type=float, default=7.0)
    given = parser.parse_args()
    names = sorted(get_args(Behaviour))
    cases: list[tuple[str, tuple[str, ...]]] = [("none", ()), *((n, (n,)) for n in names), ("all", tuple(names))]
    figures((), 2, 7.0)  # what is imported and compiled once is in nobody's time
    base = 0.0
    print(f"default scenario, {given.members} members, step {given.step:g} d; tonnes {OUTSIDE}, medians")
    print(f"{'behaviour':<20}{'seconds':>9}{'times none':>12}{'lost [t]':>10}{'late [t]':>10}{'first [d]':>11}")
    for name, behaviour in cases:
        spent, lost, late, first = figures(behaviour, given.members, given.step)
        base = base or spent
        print(f"{name:<20}{spent:>9.1f}{spent / base:>12.2f}{lost:>10,.0f}{late:>10,.0f}{first:>11.0f}", flush=True)


if __name__ == "__main__":
    main()
