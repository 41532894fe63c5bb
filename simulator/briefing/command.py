"""What `simulator run` does: run with a progress bar, write the folder, say what was found."""

from __future__ import annotations

import math
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from simulator.briefing import folder, summary
from simulator.results import views
from simulator.studies.blocks import BlockFailedError
from simulator.studies.run import Result, prepared, run
from simulator.studies.run import fingerprint as study_of
from simulator.world.checks import figures

UNFINISHED = folder.RUNS / ".unfinished"


def run_to_folder(
    scenario: str, *, out: Path | None = None, progress: bool = True, **options: Any
) -> tuple[Path, Result]:
    """Run a scenario and write its folder.

    Parameters
    ----------
    scenario : the name of a built-in scenario, or a file
    out : folder of results; runs/<date>-<name> when not given
    progress : show a bar on stderr
    options : branch, strategy, replications, seed, workers, step; None leaves the scenario's own

    Returns
    -------
    The folder and the result.

    Raises
    ------
    Invalid : the input is wrong; nothing was run
    BlockFailedError : a part of the run failed; the message says which, what is kept and how to go on
    KeyboardInterrupt : stopped; the message says what is kept and how to go on
    """
    workers = options.pop("workers", None)
    again = repeat(scenario, {**options, "workers": workers, "out": out})  # the same cut, so the same blocks
    ready, world = prepared(scenario, **options)
    keep = UNFINISHED / study_of(ready, world)[:16]
    # The page travels: it names the file, and not where it lay on this machine.
    strategy = options.get("strategy")
    command = repeat(_named(scenario), {**options, "strategy": strategy and _named(strategy)})
    with going_on(keep, again):
        with bar(progress, ready.replications) as tell:
            result = run(ready, workers=workers, keep=keep, progress=tell)
        target = folder.write(result, out, command, workers or os.cpu_count() or 1)
    return target, result


def _named(file: str) -> str:
    return Path(file).name if Path(file).is_absolute() else file


@contextmanager
def going_on(keep: Path, again: str) -> Iterator[None]:
    """Where what runs inside stops, say what is kept and how to go on; once it is done, nothing is kept any more.

    Parameters
    ----------
    keep : folder of finished blocks
    again : the command that goes on
    """
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"Stopped. {left(keep)}\n  {again}") from None
    except BlockFailedError as error:
        raise BlockFailedError(f"{error}. {left(keep)}\n  {again}") from error
    for block in keep.glob("*"):
        block.unlink(missing_ok=True)
    clear(keep)


def left(keep: Path) -> str:
    """What a run that did not end leaves, in a sentence; a folder that holds nothing goes away."""
    kept = len(list(keep.glob("*.bin")))
    clear(keep)
    if not kept:
        return "No block was finished yet; the same command starts again:"
    return f"{kept} finished block{' is' if kept == 1 else 's are'} kept; the same command goes on from there:"


def clear(keep: Path) -> None:
    """Remove the folder of finished blocks, and those it stands in, as far as they are empty."""
    for place in (keep, UNFINISHED, folder.RUNS):
        with suppress(OSError):
            place.rmdir()


def repeat(scenario: str, options: dict[str, Any]) -> str:
    """The command that makes the same run again."""
    return " ".join(["simulator run", shlex.quote(scenario), *flags(options)])


def flags(options: dict[str, Any]) -> list[str]:
    """Options as a person types them; those that are None are left out."""
    return [
        f"--{name} {f'{value:g}d' if name == 'step' else shlex.quote(str(value))}"
        for name, value in options.items()
        if value is not None
    ]


def say(target: Path, result: Result) -> str:
    """The summary for the terminal."""
    counted = list(figures(result.world))
    return summary.text(
        result.dataset,
        result.scenario,
        folder=f"{target}/",
        sites=len(result.world.facilities),
        countries=len({f.country for f in result.world.facilities.values()} | {d.country for d in result.world.demand}),
        grade_d=(sum(f.grade == "D" for f in counted), len(counted)),
        assumptions_command=f"{target}/tables/assumptions.csv",
        encoding=sys.stdout.encoding or "ascii",
    )


def as_dict(target: Path, result: Result) -> dict[str, Any]:
    """What was found, for machines: the folder, tonnes lost and first shortages, each with a range; null is not reached."""
    data = result.dataset
    lost = views.spread(views.lost_tonnes(data))
    first = [{key: finite(value) for key, value in row.items()} for row in views.shortage_table(data) if row["hit"]]
    return {
        "folder": str(target),
        "scenario": result.scenario.name,
        "seed": result.scenario.seed,
        "replications": result.scenario.replications,
        "lost_t": {"median": lost.median, "low": lost.low, "high": lost.high},
        "first_shortage_d": first,
    }


def finite(value: Any) -> Any:
    """A value as JSON knows it: what was not reached is null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def bar(show: bool, replications: int) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr; one final line where stderr is no terminal."""
    if not show:
        yield lambda done, whole: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"{replications} replications")
        yield lambda done, whole: bar.update(task, completed=done, total=whole)
    if not console.is_terminal:
        console.print(f"  {replications} of {replications} replications done", highlight=False)
