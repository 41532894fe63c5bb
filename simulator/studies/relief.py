"""What eases a shortage, or does not yet: a reserve, supply under contract, another supplier."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from simulator.engine.reserve import Reserve
from simulator.studies.statements import Statement
from simulator.studies.trace import Trace, largest

MOVED = 0.01  # share of purchases from which a buyer is said to have switched


def reserves(trace: Trace, row: int, step: int) -> Iterator[Statement]:
    """What each reserve that serves a shelf did on a day: it released, stood empty, or waits for its day or its trigger."""
    found = trace.simulation.reserves
    for place, one in enumerate(found.reserves if found is not None else ()):
        if row in one.rows and one.span.in_force(step * trace.step, trace.step)[0] > 0.0:
            yield _reserve(trace, one, place, row, step)


def _reserve(trace: Trace, one: Reserve, place: int, row: int, step: int) -> Statement:
    day, stock = trace.date_of(step), float(trace["reserve_stock"][step][place])
    released = trace["released"][: step + 1, row]
    given = float(np.diff(released, prepend=0.0)[-1])
    opens, cover = (float(trace[f"reserve_{name}"][step][place]) for name in ("opens", "cover"))
    about = {"reserve": one.id, "stock": stock}
    if given > 0.0:
        first = trace.date_of(int(np.flatnonzero(released > 0.0)[0]))
        return Statement("released", day, about | {"given": given, "total": float(released[-1]), "since": first})
    if math.isfinite(opens) and opens >= (step + 1) * trace.step:
        return Statement("delayed", day, about | {"opens": trace.start + timedelta(days=math.ceil(opens))})
    if math.isfinite(opens):
        return Statement("withheld" if stock > 0.0 else "exhausted", day, about)
    below, trigger, running = float(trace["reserve_below"][step][place]), *one.trigger.asks(0)
    return Statement("closed", day, about | {"cover": cover, "trigger": trigger, "below": below, "running": running})


def contracted(trace: Trace, lane: int, step: int) -> Iterator[Statement]:
    """How much of what left on a lane was promised by contract, which is served first, and how much was spot."""
    if trace.simulation.scene.contracted is None:
        return
    shipped, promised = (float(trace[name][step][lane]) for name in ("shipped", "contracted"))
    if promised > 0.0:
        kept = min(shipped, promised)
        values = {"supplier": trace.network.lanes.names[lane][2], "promised": promised, "kept": kept}
        owed = float(trace["owed"][step][lane])
        yield Statement("contract", trace.date_of(step), values | {"spot": shipped - kept, "owed": owed})


def switched(trace: Trace, row: int, step: int) -> Iterator[Statement]:
    """Whether a buyer has turned from one supplier to another: the two whose shares moved most, against those planned."""
    if trace.simulation.switching is None:
        return
    lanes = np.flatnonzero(trace.network.lanes.buyer == row)
    now, planned = (trace[name][step][lanes] for name in ("share", "planned"))
    to, away = largest(now - planned), largest(planned - now)
    if now[to] - planned[to] < MOVED:
        return
    buyer, commodity, gains = trace.network.lanes.names[lanes[to]]
    values = {"buyer": buyer, "commodity": commodity, "to": gains, "away": trace.network.lanes.names[lanes[away]][2]}
    shares = {
        f"{name}_{kind}": float(of[place])
        for name, place in (("to", to), ("away", away))
        for kind, of in (("now", now), ("planned", planned))
    }
    yield Statement("switched", trace.date_of(step), values | shares)
