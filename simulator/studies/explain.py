"""Why a place goes short: one member of a finished run is run once more, alone, and its chain is walked backwards.

At each place on the way the question is what holds back the goods that should be there: a licence not granted, a control
that forbids, a quota, a supplier that has nothing because a site stands still or lacks an input itself. The walk goes
back in time with the voyage of each lane and the process of each site, and ends at a measure or where nothing is stuck.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from simulator import __version__
from simulator.engine.interventions import Span
from simulator.engine.simulation import event_day
from simulator.results import storage
from simulator.scenario.model import Scenario
from simulator.scenario.problems import Invalid, Problem, did_you_mean
from simulator.studies.run import code, fingerprint, prepared
from simulator.studies.trace import Trace, largest, traced
from simulator.world.model import Facility, World

SMALL = 1e-6  # tonnes that count as nothing, as a share of a step's use
FULL = 1.0 - 1e-6
NEARLY = 0.99  # of what a site may do: prices may have changed that since it worked
LANE_CONTROLS = ("export_ban", "export_licence", "export_quota", "military_end_use_ban", "customs_hold")
AT_HOME = ("domestic_priority", "supply_priority")


@dataclass(frozen=True)
class Statement:
    """One thing that is so on one day in this member. `kind` names its words; every number in `values` is in the trace."""

    kind: str
    day: date
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """Why a place is short of a commodity on a day in one member, from the shelf back to the cause."""

    country: str
    sector: str
    commodity: str
    day: date
    member: int
    replications: int
    statements: tuple[Statement, ...]


def explain(
    folder: str | Path, place: str, *, day: date | None = None, commodity: str | None = None, member: str = "median"
) -> Explanation:
    """Explain a shortage of a run.

    Parameters
    ----------
    folder : of a finished run
    place : COUNTRY/SECTOR
    day : in place of the first shortage of the member
    commodity : in place of the one of which most is missing that day
    member : number of a replication, or "median": the one in the middle by this place's first shortage

    Raises
    ------
    Invalid : the folder is no run, was made by other code or tables, or a name or day is not in it
    """
    folder = Path(folder)
    scenario, world = _made_by(folder)
    uses = {d.market: [x.commodity for x in world.demand if x.market == d.market] for d in world.demand}
    if place not in uses:
        raise _wrong(folder, f"nobody uses anything at '{place}'", did_you_mean(place, uses) or "a place is JPN/wind")
    if commodity is not None and commodity not in uses[place]:
        raise _wrong(
            folder, f"{place} does not use '{commodity}'", did_you_mean(commodity, uses[place]) or _one_of(uses[place])
        )
    first = storage.variable(folder / "results.nc", "first_shortage").sel(market=place).values.astype(np.float64)
    chosen = _member(folder, member, first, day is not None)
    if day is None:
        if math.isnan(first[chosen]):
            raise _wrong(folder, f"{place} never goes short in run {chosen}", "give a day with --date")
        day = event_day(scenario) + timedelta(days=int(first[chosen]))
    if not scenario.start <= day <= scenario.end:
        raise _wrong(folder, f"{day} lies outside the run", f"from {scenario.start} to {scenario.end}")
    trace = traced(world, scenario, chosen, day)
    wanted = commodity or _most_missing(trace, place, uses[place], day)
    said = walk(trace, scenario, place, wanted, trace.step_of(day))
    country, _, sector = place.partition("/")
    return Explanation(country, sector, wanted, day, chosen, scenario.replications, said)


def walk(trace: Trace, scenario: Scenario, place: str, commodity: str, step: int) -> tuple[Statement, ...]:
    """What there is to say of an end user's shelf in a step of a traced member, from the shelf back to the cause."""
    return tuple(_Walk(trace, scenario).from_market(place, commodity, step))


def _made_by(folder: Path) -> tuple[Scenario, World]:
    """Scenario and world of a run, as it was made; refused where tables or code are no longer the same."""
    paper = folder / "manifest.json"
    if not paper.is_file() or not (folder / "scenario.yaml").is_file():
        raise _wrong(folder, "this is no folder of a finished run", "it needs manifest.json, scenario.yaml, results.nc")
    said = json.loads(paper.read_text(encoding="utf-8"))
    hashes = said["hashes"]
    scenario, world = prepared(
        folder / "scenario.yaml", replications=said["replications"], seed=said["seed"], step=said["step_days"]
    )
    now, then = dict(world.files), hashes["tables"]
    differing = sorted(n for n in {*now, *then} if now.get(n) != then.get(n))
    notes = []
    if said["versions"]["simulator"] != __version__:
        notes.append(f"made by version {said['versions']['simulator']}; this is {__version__}")
    elif hashes.get("code") != code().hex():
        notes.append("made by other code of the same version")
    if differing:
        notes.append(f"tables that differ: {', '.join(differing)}")
    if not notes and hashes["study"] != fingerprint(scenario, world):
        notes.append("scenario.yaml is not what was run")
    if notes:
        raise _wrong(folder, "this run cannot be made again here: " + "; ".join(notes), "run the scenario once more")
    return scenario, world


def _member(folder: Path, member: str, first: np.ndarray, any_day: bool) -> int:
    """Number of the replication meant."""
    if member != "median":
        if not member.isdecimal() or int(member) >= first.size:
            raise _wrong(folder, f"there is no run {member}", f"median, or a number from 0 to {first.size - 1}")
        return int(member)
    short = np.flatnonzero(~np.isnan(first))
    if not short.size:
        if any_day:
            return 0
        raise _wrong(folder, f"the place goes short in none of {first.size} runs", "give a day with --date")
    return int(short[np.argsort(first[short], kind="stable")[(short.size - 1) // 2]])


def _most_missing(trace: Trace, place: str, commodities: list[str], day: date) -> str:
    step = trace.step_of(day)
    demand = trace.simulation.scene.recorder.demand
    headline = [c for c in commodities if c in trace.network.world.headline] or commodities
    rows = [demand.index((*place.split("/"), c)) for c in headline]
    return headline[largest(trace["asked"][step][rows] - trace["served"][step][rows])]


def _wrong(folder: Path, message: str, help: str) -> Invalid:
    return Invalid([Problem(str(folder), 1, 1, 1, "error", "SC034", message, help=help)])


def _one_of(names: list[str]) -> str:
    return f"one of {', '.join(sorted(names))}"


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
