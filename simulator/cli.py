"""Arguments to calls: what a person types, and nothing that computes.

This module imports click and the version only, so that `--help` stays quick; each command imports what it needs
in its body.
Exit codes: 0 fine, 1 the run failed, 2 the input is wrong, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from simulator import __version__

Command = TypeVar("Command", bound=Callable[..., Any])
FAILED, WRONG_INPUT, STOPPED = 1, 2, 130


class Step(click.ParamType):
    """A step of time as a scenario writes it: `1 d` or `7 d`. `day` and `week` mean the same."""

    name = "1 d|7 d"
    _days = {"1d": 1, "day": 1, "7d": 7, "week": 7}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the step [d]; anything but a day or a week is refused."""
        days = self._days.get(str(value).replace(" ", "").lower())
        if days is None:
            self.fail(f"a step is '1 d' or '7 d'; got {value!r}", param, ctx)
        return days


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document in place of text.")


def study_options(command: Command) -> Command:
    """Give a command the options that every command that runs a study takes."""
    options = (
        click.option(
            "--out", type=click.Path(path_type=Path), help="Folder for the results; a taken name gets -2, -3 …"
        ),
        click.option("--replications", type=click.IntRange(min=1), help="Draws of chance, in place of the scenario's."),
        click.option("--seed", type=click.IntRange(min=0), help="Seed of all chance, in place of the scenario's."),
        click.option("--workers", type=click.IntRange(min=1), help="Processes; if not given, one for each core."),
        click.option("--step", type=Step(), help="7 d is a quick approximation, for previews."),
        as_json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@contextlib.contextmanager
def _problems_shown(as_json: bool) -> Iterator[None]:
    """Turn a refused input into its message and exit code 2; load the renderer only when it is needed."""
    from simulator.scenario.problems import Invalid

    try:
        yield
    except Invalid as invalid:
        _show(invalid.problems, as_json)
        sys.exit(WRONG_INPUT)


def _show(problems: Any, as_json: bool) -> None:
    """Print problems: to stderr as a compiler does, or to stdout as JSON."""
    from simulator.scenario.problems import as_text, to_json

    if as_json:
        click.echo(json.dumps(to_json(problems), ensure_ascii=False))
    else:
        click.echo(as_text(problems), err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="simulator")
def cli() -> None:
    """Disruption of critical-mineral supply chains: who goes short, when, by how much, and what helps."""


@cli.command()
@click.argument("scenario", default="default")
@study_options
def run(scenario: str, as_json: bool, **options: Any) -> None:
    """Run SCENARIO (a name from `simulator list`, or a file) and write a folder of results."""
    with _problems_shown(as_json):
        from simulator.studies.run import run_to_folder

        folder = run_to_folder(scenario, progress=not as_json, **options)
    click.echo(json.dumps({"folder": str(folder)}) if as_json else f"Written to {folder}")


@cli.command()
@click.argument("subject", default="default")
@as_json_option
def check(subject: str, as_json: bool) -> None:
    """Check SUBJECT, a scenario or a world (a name or a path), and run nothing."""
    with _problems_shown(as_json):
        from simulator import scenario, world

        if subject in world.names() or Path(subject).is_dir():
            report = world.checks.check(world.load(subject))
            click.echo(json.dumps(report.as_dict()) if as_json else world.checks.as_text(report))
            return
        read = scenario.load(subject)
        problems = world.resolve(read, world.load(read.world))
    if problems or as_json:
        _show(problems, as_json)
    if any(problem.severity == "error" for problem in problems):
        sys.exit(WRONG_INPUT)
    if not as_json:
        click.echo(f"{subject}: no errors. Nothing was run.")


@cli.command("list")
@as_json_option
def list_(as_json: bool) -> None:
    """List the scenarios and worlds in the box."""
    from simulator import scenario, world

    found = {"scenarios": scenario.names(), "worlds": world.names()}
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for kind, names in found.items():
        click.echo(f"{kind}:")
        for name in names:
            click.echo(f"  {name}")


@cli.command()
@as_json_option
def schema(as_json: bool) -> None:
    """Print the JSON schema of a scenario, for editors; `--json` prints it on one line."""
    from simulator.scenario.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=None if as_json else 2, ensure_ascii=False))


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Overwrite FILE if it exists.")
def new(file: Path, force: bool) -> None:
    """Write a commented scenario to FILE, to be changed to one's own question."""
    if file.exists() and not force:
        raise click.UsageError(f"{file} exists; --force overwrites it")
    from simulator.scenario.new import template

    file.write_text(template(file.stem), encoding="utf-8")
    click.echo(f"Written: {file}\nCheck it:  simulator check {file}")


def main() -> None:
    """Start here: the console script and `python -m simulator` do."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a block character gets a question mark, and the run goes on.
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        cli(prog_name="simulator", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_INPUT)
    except (click.Abort, KeyboardInterrupt) as stop:
        click.echo(f"\n{stop or 'Stopped. Nothing was written.'}", err=True)
        sys.exit(STOPPED)
    except OSError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(FAILED)
