"""From an empty shelf back to what holds its goods: a licence, a ban, a quota, a site that stands still or lacks an input.

The walk goes back in time with the voyage of each lane and the process of each site, and ends at a measure or where
nothing is stuck.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np

from simulator.engine.interventions import Span
from simulator.engine.simulation import event_day
from simulator.scenario.model import Scenario
from simulator.studies import relief
from simulator.studies.statements import Statement
from simulator.studies.trace import Trace, largest
from simulator.world.model import Facility

SMALL = 1e-6  # tonnes that count as nothing, as a share of a step's use
FULL = 1.0 - 1e-6
NEARLY = 0.99  # of what a site may do: prices may have changed that since it worked
LANE_CONTROLS = ("export_ban", "export_licence", "export_quota", "military_end_use_ban", "customs_hold")
AT_HOME = ("domestic_priority", "supply_priority")


def walk(trace: Trace, scenario: Scenario, place: str, commodity: str, step: int) -> tuple[Statement, ...]:
    """What there is to say of an end user's shelf in a step of a traced member, from the shelf back to the cause."""
    return tuple(_Walk(trace, scenario).from_market(place, commodity, step))


class _Walk:
    """Goes from a shelf to what holds its goods back."""

    def __init__(self, trace: Trace, scenario: Scenario) -> None:
        self._trace, self._scenario, self._world = trace, scenario, trace.network.world
        self._network, self._context = trace.network, trace.simulation.context
        self._sites = {f.id: i for i, f in enumerate(self._network.facilities)}
        self._seen: set[int] = set()

    def from_market(self, place: str, commodity: str, step: int) -> Iterator[Statement]:
        """All statements about an end user's shelf."""
        trace, row = self._trace, self._trace.row(place, commodity)
        demand = trace.simulation.scene.recorder.demand.index((*place.split("/"), commodity))
        asked, served = (float(trace[name][step][demand]) for name in ("asked", "served"))
        missing = asked - served
        short = missing > SMALL * max(asked, SMALL)
        values = {"asked": asked, "served": served, "missing": missing}
        yield Statement("short" if short else "served", trace.date_of(step), values)
        yield from self._shelf(row, step)
        yield from relief.reserves(trace, row, step)
        if short:
            yield from self._behind(row, step)

    def _shelf(self, row: int, step: int) -> Iterator[Statement]:
        """What is on the shelf and on order, and how long the shelf alone would have lasted from the first event on."""
        trace = self._trace
        stock, use = float(trace["stock"][step][row]), float(trace["use"][step][row])
        yield Statement("shelf", trace.date_of(step), {"stock": stock, "days": stock / use if use > 0.0 else math.inf})
        event = trace.step_of(event_day(self._scenario))
        if 0 < event <= step:
            held, rate = float(trace["stock"][event - 1][row]), float(trace["use"][event - 1][row])
            if rate > 0.0:
                until = trace.date_of(event) + timedelta(days=int(held / rate))
                yield Statement("alone", trace.date_of(event), {"stock": held, "days": held / rate, "until": until})
        lanes = np.flatnonzero(self._network.lanes.buyer == row)
        owed, blocked = (float(trace[name][step][lanes].sum()) for name in ("owed", "blocked"))
        ordered, waiting = float(trace["on_order"][step][row]), float(trace["waiting"][step][row])
        at_sea = max(ordered - owed - blocked - waiting, 0.0)
        values = {"on_order": ordered, "at_sea": at_sea, "waiting": waiting, "owed": owed, "blocked": blocked}
        yield Statement("line", trace.date_of(step), values)

    def _behind(self, row: int, step: int) -> Iterator[Statement]:
        """What holds back the goods of a shelf: looked for where they should have left, a voyage earlier."""
        trace, network = self._trace, self._network.lanes
        if row in self._seen:
            return
        self._seen.add(row)
        lanes = np.flatnonzero(network.buyer == row)
        if not lanes.size:
            return
        left = [max(step - max(math.ceil(network.transit[i] / trace.step), 1), 0) for i in lanes]
        stuck = [
            sum(float(trace[n][s][i]) for n in ("owed", "blocked", "held")) for s, i in zip(left, lanes, strict=True)
        ]
        at = largest(stuck)
        lane, then = int(lanes[at]), left[at]
        if stuck[at] <= SMALL * max(float(trace["use"][step][row]) * trace.step, SMALL):
            yield Statement("moving", trace.date_of(step), {"commodity": str(network.commodity[lane])})
            yield from self._measures(then, ("lane_change", "customs_hold"), lane=lane)
            return
        yield from relief.switched(trace, row, then)
        parts = {name: float(trace[name][then][lane]) for name in ("held", "blocked", "owed")}
        supplier, commodity = network.names[lane][2], str(network.commodity[lane])
        yield Statement(
            "supplier",
            trace.date_of(then),
            {"supplier": supplier, "commodity": commodity, "transit": float(network.transit[lane]), "stuck": stuck[at]}
            | parts,
        )
        worst = max(parts, key=lambda name: parts[name])
        if worst == "held":
            yield from self._at_the_office(lane, then)
        elif worst == "blocked":
            yield Statement("blocked", trace.date_of(then), {"tonnes": parts["blocked"], "supplier": supplier})
            yield from self._measures(then, ("export_ban", "military_end_use_ban", "content_rule"), lane=lane)
        else:
            yield from self._not_shipped(lane, then)

    def _at_the_office(self, lane: int, step: int) -> Iterator[Statement]:
        """Goods that wait for a licence."""
        trace, files = self._trace, float(self._trace["files"][step][lane])
        oldest = float(trace["oldest"][step][lane])
        values: dict[str, Any] = {"tonnes": float(trace["held"][step][lane]), "files": int(files)}
        if files:
            values["since"] = trace.start + timedelta(days=int(oldest))
        yield Statement("waiting" if files else "preparing", trace.date_of(step), values)
        yield from self._measures(step, ("export_licence", "content_rule"), lane=lane)

    def _not_shipped(self, lane: int, step: int) -> Iterator[Statement]:
        """Goods that a supplier owes: it may not ship them, or it has none."""
        trace, network = self._trace, self._network.lanes
        supplier = network.names[lane][2]
        asked = float(trace["owed"][step][lane] + trace["shipped"][step][lane])
        allowed = float(trace["eligible"][step][lane])
        if allowed < asked * FULL:
            yield Statement("limited", trace.date_of(step), {"supplier": supplier, "asked": asked, "allowed": allowed})
            yield from self._measures(step, ("export_quota", "lane_change"), lane=lane)
            return
        yield from relief.contracted(trace, lane, step)
        yield from self._measures(step, AT_HOME, lane=lane)
        yield from self._site(self._world.facilities[supplier], int(network.supplier[lane]), step)

    def _site(self, site: Facility, row: int, step: int) -> Iterator[Statement]:
        """Why a site has too little of an output: its work is looked at when that output should have been begun."""
        trace, number = self._trace, self._sites[site.id]
        fleet = next(f for f in self._all_fleets() if site in f.plan.facilities)
        yield Statement("empty", trace.date_of(step), {"supplier": site.id, "stock": float(trace["stock"][step][row])})
        if fleet.plan.depots:
            yield from self._measures(step, ("outage", "feed_loss"), site=site)
            yield from self._behind(row, step)
            return
        recipe = fleet.plan.recipes[fleet.plan.facilities.index(site)]
        begun = max(step - math.ceil(recipe.residence.central / trace.step), 1)
        rate = float(trace["rate"][begun][number])
        work = float(trace["started"][begun][number] - trace["started"][begun - 1][number])
        capacity = float(trace["capacity"][begun][number])
        could = float(trace["allowed"][begun][number])
        day, about = trace.date_of(begun), {"supplier": site.id, "work": work / trace.step, "capacity": capacity}
        left = {
            i.commodity: float(trace["stock"][begun][trace.row(site.id, i.commodity)]) / i.amount.central
            for i in recipe.inputs
            if i.critical
        }
        scarce = min(left, key=lambda name: left[name], default=None)
        if work >= could * NEARLY:
            yield Statement("slow" if rate < FULL else "full", day, about | {"rate": rate})
            if rate < FULL:
                yield from self._measures(begun, ("outage", "feed_loss"), site=site)
        elif scarce is not None and left[scarce] <= SMALL * max(could, SMALL):
            yield Statement("input", day, about | {"input": scarce})
            yield from relief.reserves(trace, trace.row(site.id, scarce), begun)
            yield from self._behind(trace.row(site.id, scarce), begun)
        else:
            yield Statement("unasked", day, about)

    def _all_fleets(self) -> list[Any]:
        return [*self._trace.simulation.fleets, *self._trace.simulation.depots]

    def _measures(
        self, step: int, kinds: tuple[str, ...], lane: int | None = None, site: Facility | None = None
    ) -> Iterator[Statement]:
        """Measures of some kinds in force then on a lane or a site."""
        trace, today = self._trace, step * self._trace.step
        for measure in self._scenario.measures:
            if measure.kind not in kinds or not self._concerns(measure, lane, site):
                continue
            span: Span = self._context.span(measure, (0,))
            if span.in_force(today, trace.step)[0] > 0.0:
                since = trace.start + timedelta(days=int(span.begins[0]))
                yield Statement(
                    "measure",
                    trace.date_of(step),
                    {"id": measure.id, "title": measure.title, "measure": measure.kind, "since": since},
                )

    def _concerns(self, measure: Any, lane: int | None, site: Facility | None) -> bool:
        lanes = self._network.lanes
        if measure.kind in LANE_CONTROLS:
            return lane is not None and lane in self._context.lanes(measure)
        if measure.kind == "lane_change":
            ends = ((measure.exporters, lanes.exporter), (measure.importers, lanes.importer))
            return lane is not None and all(self._context.selected(chosen, names)[lane] for chosen, names in ends)
        if measure.kind in AT_HOME:
            return (
                lane is not None
                and lanes.exporter[lane] == measure.country
                and lanes.commodity[lane] in measure.commodities
                and (measure.kind == "supply_priority" or lanes.importer[lane] != measure.country)
            )
        if measure.kind == "content_rule":
            issuer = self._context.expand([measure.issuer])
            return (
                lane is not None
                and lanes.commodity[lane] in measure.commodities
                and not {str(lanes.exporter[lane]), str(lanes.importer[lane])} & set(issuer)
                and bool(self._context.selected(measure.destinations, lanes.importer)[lane])
            )
        if measure.kind == "outage":
            return site is not None and site.id in measure.facilities
        if site is None or site.country != measure.country:
            return False
        return self._world.recipes[site.recipe].outputs[0].commodity in measure.commodities
