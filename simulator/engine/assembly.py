"""From a world to the actors' numbers: every name resolved, every uncertain number drawn, before the first day."""

from __future__ import annotations

import math
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.depot import Depot
from simulator.engine.facility import Fleet, FleetSetting
from simulator.engine.market import Market
from simulator.engine.network import FleetPlan, MarketPlan, Network
from simulator.engine.pins import Pins
from simulator.engine.scene import Habits, Scene
from simulator.engine.steady_start import SteadyStart
from simulator.world.model import World

Array = NDArray[np.float64]


def habits(world: World, pins: Pins) -> Habits:
    """Behavioural parameters of the world, drawn."""
    names = [f.name for f in fields(Habits)]
    missing = [n for n in names if n not in world.parameters]
    if missing:
        raise KeyError(f"world '{world.name}' lacks the parameters {', '.join(missing)}")
    return Habits(**{n: pins.number(n, world.parameters[n].value) for n in names})


def months_between(start: date, days: float) -> tuple[date, ...]:
    """First days of the months that a run touches."""
    last, out = start + timedelta(days=math.ceil(days) - 1), [start.replace(day=1)]
    while (following := (out[-1] + timedelta(days=32)).replace(day=1)) <= last:
        out.append(following)
    return tuple(out)


def longest_lag(network: Network, measures: list[Any], transit_cv: Array, step: float) -> float:
    """Longest time a tonne can be on its way [d]."""
    longest = float(network.lanes.transit.max(initial=step))
    longest += sum(m.extra.high for m in measures if m.kind == "lane_change")
    longest += max((m.leakage_delay.high for m in measures if hasattr(m, "leakage_delay")), default=0.0)
    longest += max((m.held.high for m in measures if m.kind == "customs_hold"), default=0.0)
    # Six standard deviations of a lognormal voyage: beyond it the book raises rather than wrap into the past.
    return longest * math.exp(6.0 * math.sqrt(math.log1p(float(transit_cv.max()) ** 2)))


def half_step(step: float) -> float:
    """Cover added because stock is reviewed every step and not every day [d]."""
    return max(step - 1.0, 0.0) / 2.0


def make_fleet(scene: Scene, plan: FleetPlan, start: SteadyStart, pins: Pins, first_row: int) -> Fleet:
    """One fleet with its numbers, stocks and work in process at the steady start."""
    count, inputs, outputs = plan.shape
    world, members, extra = scene.network.world, scene.members, half_step(scene.clock.step)
    pairs = list(zip(plan.facilities, plan.recipes, strict=True))

    def cover(facility: str, commodity: str) -> Array:
        return pins.number(f"cover:{facility}:{commodity}", world.cover[facility, commodity].value) + extra

    cover_in = np.array([[cover(f.id, i.commodity) for i in r.inputs] for f, r in pairs]).reshape(
        count, inputs, members
    )
    cover_out = np.array([[cover(f.id, o.commodity) for o in r.outputs] for f, r in pairs]).reshape(
        count, outputs, members
    )
    needs = np.array([[i.amount.central for i in r.inputs] for _, r in pairs]).reshape(count, inputs, 1)
    makes = np.array([[o.amount.central for o in r.outputs] for _, r in pairs]).reshape(count, outputs, 1)
    rate = np.array([start.rate[f.id] for f, _ in pairs])
    capacity = np.array([f.capacity.central for f, _ in pairs])
    keep = np.array([[np.inf if o.shelf is None else o.shelf.central for o in r.outputs] for _, r in pairs])
    most = makes[..., 0] * np.where(rate > 0.0, rate, capacity)[:, None]
    shelf = np.where(np.isinf(keep), np.inf, np.where(np.isinf(keep), 0.0, keep) * most)
    setting = FleetSetting(
        needs=needs,
        makes=makes,
        critical=np.array([[i.critical for i in r.inputs] for _, r in pairs], dtype=bool).reshape(count, inputs, 1),
        drives=np.array([[o.drives for o in r.outputs] for _, r in pairs], dtype=bool).reshape(count, outputs, 1),
        residence=np.array([r.residence.central for _, r in pairs]),
        cover_in=cover_in,
        cover_out=cover_out,
        shelf=np.repeat(shelf[..., None], members, axis=2),
        first_row=first_row,
        origin_of=np.stack([scene.network.provenance.moves(f) for f, _ in pairs]),
    )
    asked = start.asked[plan.outputs].reshape(count, outputs, 1) * np.ones(members)
    fleet = Fleet(scene, plan, setting, np.repeat(capacity[:, None], members, axis=1), asked)
    _stock_up(scene, plan.inputs, start, cover_in.reshape(-1, members) * start.use[plan.inputs][:, None])
    on_shelf = np.where(np.isfinite(shelf)[..., None], setting.shelf, cover_out * asked)
    on_shelf *= (rate > 0.0)[:, None, None]
    _stock_up(scene, plan.outputs, start, on_shelf.reshape(-1, members))
    made_mix = start.mix[plan.outputs].reshape(count, outputs, -1)[:, 0]
    some = np.flatnonzero(fleet.residence)
    fleet.process.fill_steady(
        fleet.residence[some], some, (rate[some, None] * made_mix[some])[..., None] * np.ones(members)
    )
    fleet.in_process = fleet.process.inside
    return fleet


def make_depots(scene: Scene, plan: FleetPlan, start: SteadyStart, pins: Pins, first_row: int) -> Depot:
    """One fleet of depots; what they hold and what is on its way to them make up the position that they restore."""
    world, rows, extra = scene.network.world, plan.inputs, half_step(scene.clock.step)
    held = [(f.id, r.inputs[0].commodity) for f, r in zip(plan.facilities, plan.recipes, strict=True)]
    cover = np.array([pins.number(f"cover:{f}:{c}", world.cover[f, c].value) for f, c in held]) + extra
    lanes = scene.network.lanes
    coming = np.zeros(len(scene.network.rows))
    np.add.at(coming, lanes.buyer, start.flow * np.maximum(lanes.transit, scene.clock.step))
    use = start.use[rows][:, None]
    _stock_up(scene, rows, start, np.maximum(cover * use - coming[rows][:, None], 0.0))
    capacity = np.repeat(np.array([[f.capacity.central] for f in plan.facilities]), scene.members, axis=1)
    if not any(h in world.reorder for h in held):
        return Depot(scene, plan, first_row, cover, use, capacity)
    # To order up to a level at or below that level is to order every step.
    reorder = np.array(
        [
            pins.number(f"reorder:{f}:{c}", world.reorder[f, c].value) + extra if (f, c) in world.reorder else high
            for (f, c), high in zip(held, cover, strict=True)
        ]
    )
    return Depot(scene, plan, first_row, cover, use, capacity, reorder)


def make_market(
    scene: Scene, plan: MarketPlan, start: SteadyStart, pins: Pins, growth: dict[str, Array], first_row: int
) -> Market:
    """End users of one country, with their stock at the steady start; they go by the day, so no cover is added."""
    world = scene.network.world
    base = np.array([d.rate.central for d in plan.demand])[:, None] * np.ones(scene.members)
    cover = np.array(
        [pins.number(f"cover:{d.market}:{d.commodity}", world.cover[d.market, d.commodity].value) for d in plan.demand]
    )
    sectors = sorted(growth)
    sector = np.array([sectors.index(d.sector) for d in plan.demand])
    _stock_up(scene, plan.rows, start, cover * start.use[plan.rows][:, None])
    return Market(scene, plan, base, np.array([growth[s] for s in sectors]), sector, cover, first_row)


def _stock_up(scene: Scene, rows: slice, start: SteadyStart, tonnes: Array) -> None:
    scene.stocks.put(rows, tonnes[:, None, :] * start.mix[rows][:, :, None])


def fill_pipes(scene: Scene, start: SteadyStart) -> None:
    """Goods at sea as if the steady flows had run for ever."""
    lanes = scene.network.lanes
    flow = start.flow[:, None] * start.mix[lanes.supplier]
    scene.due.fill_steady(lanes.transit, lanes.buyer, flow[..., None] * np.ones(scene.members))
    scene.trade.on_order[...] = scene.due.inside
    scene.use[...] = start.use[:, None]
