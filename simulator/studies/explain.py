"""Why a place goes short: one member of a finished run is run once more, alone, and its chain is walked backwards."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from simulator import __version__
from simulator.engine.simulation import event_day
from simulator.results import storage
from simulator.scenario.model import Scenario
from simulator.scenario.problems import Invalid, Problem, did_you_mean
from simulator.studies.run import code, fingerprint, prepared
from simulator.studies.statements import Explanation
from simulator.studies.trace import Trace, largest, traced
from simulator.studies.walk import walk
from simulator.world.model import World


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


def _made_by(folder: Path) -> tuple[Scenario, World]:
    """Scenario and world of a run, as it was made; refused where tables or code are no longer the same."""
    paper = folder / "manifest.json"
    if not paper.is_file() or not (folder / "scenario.yaml").is_file():
        raise _wrong(folder, "this is no folder of a finished run", "it needs manifest.json, scenario.yaml, results.nc")
    said = json.loads(paper.read_text(encoding="utf-8"))
    hashes = said["hashes"]
    scenario, world = prepared(
        folder / "scenario.yaml",
        branch=said.get("branch") or None,
        strategy=folder / "strategy.yaml" if said.get("strategy") else None,
        replications=said["replications"],
        seed=said["seed"],
        step=said["step_days"],
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
