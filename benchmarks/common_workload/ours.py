"""The common workload in this simulator, through its public functions: a world of depots, its end users, one block.

Demand is drawn by the simulator itself, addressed by seed, owner and member, and handed back for the reference. Mass is
checked, and what depots ship, owe and hold is recorded by month. End users hold no stock: they order each day what was
wanted that day, so what a depot of the last echelon is asked is the day's demand. The stop of a source is a stop of its
exports: what is ordered meanwhile is owed, and leaves on the first day after.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.common_workload import workload as w
from simulator.engine.chance import TILE, Chance
from simulator.engine.counts import PoissonTable
from simulator.engine.members import Members
from simulator.engine.simulation import simulate
from simulator.scenario.model import Scenario
from simulator.scenario.uncertain import Uncertain
from simulator.world.model import (
    Commodity,
    Demand,
    Facility,
    Figure,
    Input,
    Lane,
    OriginGroups,
    Output,
    Recipe,
    Source,
    World,
)

START = date(2025, 1, 1)  # a year of 365 days: what counts begins with a month
FOR_EVER = float("inf")
PARAMETERS = {
    "restore_time": FOR_EVER, "line_weight": 1.0, "forecast_days": 1.0, "order_expiry": FOR_EVER, "patience": FOR_EVER,
    "demand_noise": 0.0, "demand_elasticity_short": 0.0, "price_gamma": 0.0, "price_time": 1.0, "price_cap": 1.0,
    "price_floor": 1.0, "contract_lag": 1.0, "transit_cv": 0.0, "contract_share": 0.0, "shortage_threshold": 0.02,
    "shortage_run": 7.0,
}  # fmt: skip
UNITS = "units"
PLENTY = 1e6


def run(seed: int, days: int = w.DAYS, members: int = 1) -> w.Outcome:
    """Run the common workload; demand comes from the simulator's own draws."""
    world, stop = chain(), scenario(seed, days)
    watch = w.Watch()
    with watch.running():
        record = simulate(world, [stop], Members.grid(1, range(members)))
    worst = max(gap for law, gap in record.audit.items() if law != "lowest_stock")
    if worst > 1e-9 or record.audit["lowest_stock"] < -1e-9:
        raise ArithmeticError(f"mass does not balance: {record.audit}")
    first = next(i for i, month in enumerate(record.coords["month"]) if month >= np.datetime64(_day(w.COUNT_FROM)))
    shipped, owed, on_hand = (
        _by_echelon(record.values[name][1][first:].sum(axis=0, dtype=float)) for name in ("shipped", "owed", "on_hand")
    )
    return w.Outcome(shipped, owed, on_hand, watch.seconds, days, demand(seed, days, members))


def demand(seed: int, days: int, members: int) -> NDArray[np.int64]:
    """What the simulator drew, looked up again at the same addresses, (day, facility of the last echelon, member)."""
    table, out = PoissonTable(w.MEAN_DEMAND), np.empty((days, w.WIDTHS[w.LAST], members), dtype=np.int64)
    for i in range(w.WIDTHS[w.LAST]):
        chance = Chance(seed, np.arange(members))
        for first in range(0, days, TILE):
            uniform = chance.page("uniform", f"users/{_shop(i)}:{UNITS}", "units", first // TILE)
            out[first : first + TILE, i] = table.numbers(uniform[: days - first])
    return out


def _by_echelon(depots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum depots, which are recorded in order of the last echelon first, to echelons."""
    bounds = np.cumsum([0, *reversed(w.WIDTHS)])
    return np.stack([depots[a:b].sum(axis=0) for a, b in zip(bounds[:-1], bounds[1:], strict=True)][::-1])


def _day(number: int) -> date:
    return START + timedelta(days=number)


def scenario(seed: int, days: int) -> Scenario:
    """The stop of source 0, and the calendar."""
    stop = {
        "kind": "export_ban", "id": "stop", "exporter": "source-0", "commodities": [UNITS],
        "announced": _day(w.STOP.start).isoformat(), "effective": _day(w.STOP.start).isoformat(),
        "expires": _day(w.STOP.stop).isoformat(),
    }  # fmt: skip
    return Scenario.model_validate({
        "name": "common-workload", "title": "common workload", "kind": "hypothetical", "grade": "D", "growth": False,
        "start": START.isoformat(), "end": _day(days - 1).isoformat(), "warm_up": f"{w.COUNT_FROM} d", "seed": seed,
        "events": [stop],
    })  # fmt: skip


def chain() -> World:
    """Four echelons of depots, a country each, between sources that never run dry and end users without a stock."""
    depots = [(e, i) for e, width in enumerate(w.WIDTHS) for i in range(width)]
    sources = [_source(i) for i in range(w.WIDTHS[0])]
    shops = [_shop(i) for i in range(w.WIDTHS[w.LAST])]
    sites = {name: _site(name, name, "dig") for name in sources}
    sites |= {_name(e, i): _site(_name(e, i), f"echelon-{e}", "keep") for e, i in depots}
    bought = [(_name(e, i), _name(e - 1, w.supplier(e, i)) if e else _source(i)) for e, i in depots]
    bought += [(f"users/{shop}", _name(w.LAST, i)) for i, shop in enumerate(shops)]
    cover = {(_name(e, i), UNITS): _figure(w.base_stock(e, i) / w.mean_rate(e, i)) for e, i in depots}
    cover |= {(s, UNITS): _figure(PLENTY) for s in sources} | {(f"users/{s}", UNITS): _figure(0.0) for s in shops}
    one, none = _figure(1.0), _figure(0.0)
    return World(
        name="common-workload", title={"en": "common workload"}, base_year=START.year, data_vintage="made up",
        inside="users", origins=OriginGroups({}, {}, "none"),
        commodities={UNITS: Commodity(UNITS, UNITS, "units", "a unit")},
        recipes={"dig": Recipe("dig", (), (Output(UNITS, one),), none),
                 "keep": Recipe("keep", (Input(UNITS, one),), (Output(UNITS, one),), none)},
        facilities=sites, demand=tuple(Demand("users", s, UNITS, _figure(w.MEAN_DEMAND), counts=True) for s in shops),
        sources=tuple(Source(b, UNITS, s, one) for b, s in bought), lanes=_lanes(), cover=cover, prices={},
        growth=dict.fromkeys(shops, none), parameters={n: _figure(x) for n, x in PARAMETERS.items()},
        countries={c: {"en": c} for c in ("users", *(f.country for f in sites.values()))}, groups={},
        sectors={shop: {"en": shop} for shop in shops})  # fmt: skip


def _site(name: str, country: str, recipe: str) -> Facility:
    return Facility(name, name, "", country, country, recipe, "operating", _figure(PLENTY))


def _lanes() -> dict[tuple[str, str], Lane]:
    way = {(f"source-{i}", "echelon-0"): w.LEADS[0] for i in range(w.WIDTHS[0])} | {(f"echelon-{w.LAST}", "users"): 1}
    way |= {(f"echelon-{e - 1}", f"echelon-{e}"): w.LEADS[e] for e in range(1, len(w.WIDTHS))}
    return {pair: Lane(*pair, _figure(days)) for pair, days in way.items()}


def _name(echelon: int, facility: int) -> str:
    return f"depot-{echelon}-{facility:02}"


def _source(facility: int) -> str:
    return f"source-{facility}"


def _shop(facility: int) -> str:
    return f"shop-{facility:02}"


def _figure(number: float) -> Figure:
    return Figure(Uncertain.exactly(float(number)), "1", "README.md of this folder", "", "D", "")
