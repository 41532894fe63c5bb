"""One run, one folder: page, charts, tables, results, the scenario verbatim and how it was made."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simulator.briefing import page, tables
from simulator.briefing.chart import Chart
from simulator.briefing.charts import all_charts
from simulator.results import backtest, storage
from simulator.scenario import files
from simulator.scenario.model import Scenario
from simulator.studies.blocks import beside
from simulator.studies.run import Result, code, fingerprint

RUNS = Path("runs")
LIBRARIES = ("simpy", "numpy", "scipy", "matplotlib", "pydantic", "xarray")


def free_name(wanted: Path) -> Path:
    """The name wanted, or with -2, -3 … where it is taken."""
    if not wanted.exists():
        return wanted
    number = 2
    while (other := wanted.with_name(f"{wanted.name}-{number}")).exists():
        number += 1
    return other


def usual_name(name: str) -> Path:
    """runs/<date>-<name>."""
    return RUNS / f"{date.today().isoformat()}-{name}"


def called(scenario: Scenario) -> str:
    """Name of a scenario with its branch and the strategy put on it, as a folder may be called."""
    parts = [scenario.name, scenario.branch, scenario.strategy.name if scenario.strategy else ""]
    return "-".join(part for part in parts if part)


def write(result: Result, out: Path | None = None, command: str | None = None, workers: int = 1) -> Path:
    """Write everything about a run.

    The folder appears whole or not at all: it is written under another name and renamed last.

    Parameters
    ----------
    result : the run
    out : the folder; runs/<date>-<name> when not given. A taken name gets -2, -3 …
    command : how to repeat the run; shown on the page
    workers : with two or more, charts are drawn in a process of their own while the rest is written

    Returns
    -------
    The folder.
    """
    return whole(out or usual_name(called(result.scenario)), lambda partial: _fill(partial, result, command, workers))


def whole(wanted: Path, fill: Callable[[Path], None]) -> Path:
    """Let `fill` write a folder that appears whole or not at all; the name it got."""
    target = free_name(wanted)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        fill(partial)
        target = free_name(target)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def write_json(path: Path, data: Any) -> None:
    """Write plain data as JSON, keys in order, the same bytes for the same data."""
    text = json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _fill(folder: Path, result: Result, command: str | None, workers: int) -> None:
    scenario, dataset = result.scenario, result.dataset
    observed = observations(result)
    (folder / "scenario.yaml").write_text(scenario.text, encoding="utf-8", newline="\n")
    if scenario.strategy is not None:
        (folder / "strategy.yaml").write_text(scenario.strategy.text, encoding="utf-8", newline="\n")
    charts: list[Chart] | None = None
    if workers > 1:
        with suppress(BrokenProcessPool), beside() as hand:  # where it dies, perhaps for want of memory, draw here
            drawn = hand(_draw, folder, dataset, scenario, observed)
            _write_data(folder, result)
            charts = drawn.result()
    else:
        _write_data(folder, result)
    if charts is None:
        charts = _draw(folder, dataset, scenario, observed)
    page.write(
        folder,
        dataset,
        scenario,
        charts,
        tables.assumptions(scenario, result.world, whole=False),
        observed=observed,
        command=command,
        world=result.world,
    )
    write_json(folder / "manifest.json", manifest(result))


def _write_data(folder: Path, result: Result) -> None:
    storage.save(result.dataset, folder / "results.nc")
    tables.write(folder / "tables", result)


def _draw(folder: Path, dataset: Any, scenario: Any, observed: list[backtest.Observation] | None) -> list[Chart]:
    charts = all_charts(dataset, scenario, observed)
    for chart in charts:
        chart.save(folder)
    return charts


def observations(result: Result) -> list[backtest.Observation] | None:
    """Observed figures that the scenario names; None where it names none."""
    name = result.scenario.observed
    return None if name is None else backtest.read(files.built_in() / "observed" / f"{name}.csv")


def manifest(result: Result) -> dict[str, Any]:
    """What is needed to make the run again; no path of the machine it was made on."""
    scenario, world = result.scenario, result.world
    return {
        "scenario": scenario.name,
        "branch": scenario.branch,
        "strategy": scenario.strategy.name if scenario.strategy else "",
        "seed": scenario.seed,
        "replications": scenario.replications,
        "step_days": scenario.step,
        "start": scenario.start.isoformat(),
        "end": scenario.end.isoformat(),
        "world": world.name,
        "data_vintage": world.data_vintage,
        "policy_data": scenario.policy_data,
        "hashes": {
            "scenario": hashlib.sha256(scenario.text.encode()).hexdigest(),
            "tables": dict(sorted(world.files.items())),
            "study": fingerprint(scenario, world),
            "code": code().hex(),
        },
        "versions": versions(),
        "mass_balance": {name: float(f"{value:.3g}") for name, value in result.record.audit.items()},
    }


def versions() -> dict[str, str]:
    """What it was computed with."""
    return {
        "simulator": version("mineral-simulator"),
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }
