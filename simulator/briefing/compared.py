"""What `simulator compare` does: run a grid with a progress bar, write the folder, say what was found."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from simulator.briefing import command, compare_page, folder
from simulator.briefing.chart import Chart
from simulator.briefing.charts import comparison_charts
from simulator.briefing.charts.contributions import contributions_chart
from simulator.briefing.charts.tornado import tornado_chart
from simulator.briefing.compare_rows import Concluded, concluded, tables
from simulator.briefing.tables import ASSUMPTION, assumptions_of_arms
from simulator.briefing.words import Words
from simulator.results import storage
from simulator.results.comparison import Target, target
from simulator.results.key_figures import EVERYBODY, OUTSIDE, places
from simulator.results.views import goods
from simulator.scenario import files
from simulator.scenario.grid import Grid, load_grid
from simulator.scenario.loading import load_strategy
from simulator.scenario.problems import Invalid, Problem, did_you_mean
from simulator.studies.compare import Arm, Comparison, grid_arms, run_grid
from simulator.studies.contributions import contributions
from simulator.studies.run import code, fingerprint
from simulator.studies.tornado import tornado as find_tornado
from simulator.world.model import World

PAGE, DATA = "page.html", "outcomes.nc"
CLOSER = 50  # replications of a waterfall or a tornado


def compare_to_folder(
    what: Sequence[str],
    strategies: Sequence[str] = (),
    *,
    targets: Sequence[str] = (),
    lasting: Sequence[float] | None = None,
    waterfall: Sequence[str] = (),
    tornado: Sequence[str] = (),
    end: date | None = None,
    out: Path | None = None,
    workers: int | None = None,
    progress: bool = True,
    **options: Any,
) -> tuple[Path, Concluded]:
    """Run a grid and write its folder.

    Parameters
    ----------
    what : scenarios by name or file, or one grid by name or file
    strategies : to compare, beside doing nothing; added to those of the grid
    targets : what a strategy should reach, such as "short_share@JPN <= 1 %"
    lasting : months; every scenario is run once for each, with the measure that closes its trade as long
    waterfall, tornado : strategies for which it is also run what each of their measures adds, and which uncertain number
        moves the shortage most; under the first scenario, with at most 50 replications
    end, out, workers : as for the command line
    progress : show a bar on stderr
    options : replications, seed, step; None leaves what the grid, or the scenarios say

    Returns
    -------
    The folder, and what was concluded.

    Raises
    ------
    Invalid : the input is wrong; nothing was run
    BlockFailedError : a part of the run failed; the message says which, what is kept and how to go on
    KeyboardInterrupt : stopped; the message says what is kept and how to go on
    """
    months = [round(length) for length in lasting or ()]
    grid = _grid(what, strategies, months)
    if any(length != round(length) for length in lasting or ()):
        raise _wrong("--lasting", f"lengths are whole months; got {', '.join(f'{x:g}' for x in lasting or ())}")
    for name in (*waterfall, *tornado):  # before anything is run
        load_strategy(name)
    given = {"end": end, **options}
    ready, world = grid_arms(grid, **given)
    wanted = _targets([*grid.targets, *targets], world)
    named = {"with": strategies, "target": targets, "waterfall": waterfall, "tornado": tornado}
    given |= {"lasting": ",".join(map(str, months)) or None}
    again = repeat(what, named, {**given, "workers": workers, "out": out})
    travel = {name: [_travels(one) for one in values] for name, values in named.items()}
    shown = repeat([_travels(one) for one in what], travel, given)
    stamp = hashlib.sha256("".join(fingerprint(arm.ready, world) for arm in ready).encode()).hexdigest()[:16]
    keep = command.UNFINISHED / f"compare-{stamp}"
    with command.going_on(keep, again):
        with command.bar(progress, sum(arm.ready.replications for arm in ready)) as tell:
            found = run_grid(ready, world, workers=workers, keep=keep, progress=tell)
        more = _closer(grid.scenarios[0], ready[0], waterfall, tornado, workers, keep, progress)
        try:
            said = concluded(found, wanted)
        except ValueError as error:
            raise _wrong_target(str(error)) from None
        target_ = write(said, grid, out or folder.usual_name(f"compare-{grid.name}"), shown, more)
    return target_, said


def _closer(
    scenario: str,
    arm: Arm,
    waterfall: Sequence[str],
    tornado: Sequence[str],
    workers: int | None,
    keep: Path,
    progress: bool,
) -> list[Chart]:
    """Charts of further runs under the scenario of an arm."""
    few = min(arm.ready.replications, CLOSER)
    how: dict[str, Any] = {name: getattr(arm.ready, name) for name in ("seed", "step", "end")}
    charts = []
    for name in waterfall:
        with command.bar(progress, few) as tell:
            parts = contributions(scenario, name, replications=few, workers=workers, keep=keep, progress=tell, **how)
        charts.append(_named(contributions_chart(parts), name))
    for name in tornado:
        with command.bar(progress, few) as tell:
            swings = find_tornado(scenario, name, replications=few, workers=workers, keep=keep, progress=tell, **how)
        charts.append(_named(tornado_chart(swings), name))
    return charts


def _named(chart: Chart, strategy: str) -> Chart:
    return replace(chart, name=f"{chart.name}-{Path(strategy).stem}")


def _grid(what: Sequence[str], strategies: Sequence[str], lasting: Sequence[int]) -> Grid:
    """The grid that is meant: one by name or file, or the scenarios named."""
    if len(what) == 1 and files.is_grid(what[0]):
        grid = load_grid(what[0])
    else:
        for one in filter(files.is_grid, what):
            help = f"give it alone, and more strategies with --with: simulator compare {one}"
            message = f"'{one}' is a grid and cannot be mixed with scenarios"
            raise _wrong(one, message, help)
        name = "-".join(dict.fromkeys(Path(one.partition(":")[0]).stem.lower().replace("_", "-") for one in what))
        grid = Grid(name=name[:60].strip("-") or "scenarios", scenarios=tuple(what))
    more = {"strategies": (*grid.strategies, *strategies), "lasting": tuple(lasting) or grid.lasting}
    return grid.model_copy(update=more)


def _targets(texts: Sequence[str], world: World) -> list[Target]:
    """Targets as they are written, of key figures and places that the world can have."""
    try:
        found = [target(text) for text in texts]
    except ValueError as error:
        raise _wrong_target(str(error)) from None
    known = places(world)
    for one in found:
        if one.place not in known and not one.name.startswith("cost_"):
            close = did_you_mean(one.place, sorted(known))
            raise _wrong_target(f"there is no place '{one.place}' of the target '{one.said}'", close)
    return found


def _wrong_target(message: str, help: str = "") -> Invalid:
    return _wrong("--target", message, help or "docs/comparing.md lists key figures and places")


def _wrong(option: str, message: str, help: str = "") -> Invalid:
    return Invalid([Problem(option, 1, 1, 2, "error", "SC038", message, help)], {option: ""})


def _travels(file: str) -> str:
    return Path(file).name if Path(file).is_absolute() else file


def repeat(what: Sequence[str], named: Mapping[str, Sequence[str]], options: dict[str, Any]) -> str:
    """The command that makes the same comparison again."""
    several = [f"--{name} {shlex.quote(value)}" for name, values in named.items() for value in values]
    return " ".join(["simulator compare", *map(shlex.quote, what), *several, *command.flags(options)])


def write(said: Concluded, grid: Grid, out: Path, again: str, more: Sequence[Chart] = ()) -> Path:
    """Write page, charts, tables, outcomes, inputs and manifest; the folder appears whole or not at all."""
    words = Words(goods=goods(said.comparison.outcomes))

    def fill(target: Path) -> None:
        charts = [*comparison_charts(said.comparison, words), *more]
        for chart in charts:
            chart.save(target)
        (target / "tables").mkdir()
        for name, (columns, rows) in tables(said).items():
            storage.write_table(target / "tables" / f"{name}.csv", columns, rows)
        inputs = assumptions_of_arms(said.comparison.arms, said.comparison.world)
        storage.write_table(target / "tables" / "assumptions.csv", ASSUMPTION, inputs)
        storage.save(said.comparison.outcomes, target / DATA)
        _write_inputs(target / "inputs", said.comparison)
        page = compare_page.render(said, grid, charts, again, words)
        (target / PAGE).write_text(page, encoding="utf-8", newline="\n")
        folder.write_json(target / "manifest.json", manifest(said.comparison, grid))

    return folder.whole(out, fill)


def _write_inputs(target: Path, found: Comparison) -> None:
    target.mkdir()
    for arm in found.arms:
        strategy = arm.ready.strategy
        texts = {f"{arm.ready.name}.yaml": arm.ready.text}
        if strategy is not None and strategy.text:
            texts[f"strategy-{strategy.name}.yaml"] = strategy.text
        for name, text in texts.items():
            (target / name).write_text(text, encoding="utf-8", newline="\n")


def manifest(found: Comparison, grid: Grid) -> dict[str, Any]:
    """What is needed to make the comparison again; no path of the machine it was made on."""
    first = found.arms[0].ready
    return {
        "grid": grid.name,
        "arms": {arm.name: fingerprint(arm.ready, found.world) for arm in found.arms},
        "seed": first.seed,
        "replications": first.replications,
        "step_days": first.step,
        "start": first.start.isoformat(),
        "end": first.end.isoformat(),
        "behaviour": list(first.behaviour),
        "mass_balance": float(f"{found.imbalance:.3g}"),
        "world": found.world.name,
        "data_vintage": found.world.data_vintage,
        "tables": dict(sorted(found.world.files.items())),
        "code": code().hex(),
        "versions": folder.versions(),
    }


def as_dict(target: Path, said: Concluded) -> dict[str, Any]:
    """What was found, for machines; null is not known or not reached.

    Key figures and their differences are those of all users outside and of all payers; the CSV files have every place.
    """
    found = {name.replace("-", "_"): rows for name, (_, rows) in tables(said).items()}
    for name in ("key_figures", "differences"):
        found[name] = [row for row in found[name] if row["place"] in (OUTSIDE, EVERYBODY)]
    first = said.comparison.arms[0].ready
    setting = {"seed": first.seed, "replications": first.replications, "step_days": first.step}
    return {"folder": str(target), **setting, **found}


def say(target: Path, said: Concluded) -> str:
    """What was found, for the terminal: a table for each scenario."""
    words = Words(goods=goods(said.comparison.outcomes))
    first = said.comparison.arms[0].ready
    lines = [words.say("compare.same", runs=first.replications), words.say("compare.units")]
    lines += ["", compare_page.headline(said, words)]
    for scenario in dict.fromkeys(arm.scenario for arm in said.comparison.arms):
        rows = [compare_page.heads(words), *compare_page.lines(said, scenario, words)]
        wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines += ["", scenario]
        for row in rows:
            cells = [row[0].ljust(wide[0]), *(cell.rjust(w) for cell, w in zip(row[1:], wide[1:], strict=True))]
            lines.append("  " + "  ".join(cells).rstrip())
    lines += ["", words.say("summary.written", folder=target), f"  {PAGE}     {words.say('compare.open')}"]
    return "\n".join(lines)
