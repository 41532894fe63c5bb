"""Arguments to calls: what a person types, and nothing that computes.

This module imports click and the version only, so that `--help` stays quick; each command imports what it needs
in its body.
Exit codes: 0 fine, 1 the run failed, 2 the input is wrong, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from simulator import __version__

if TYPE_CHECKING:
    from simulator.scenario.model import InputFile
    from simulator.scenario.problems import Problem

Command = TypeVar("Command", bound=Callable[..., Any])
FAILED, WRONG_INPUT, STOPPED = 1, 2, 130


class Step(click.ParamType):
    """A step of time as a scenario writes it: `1 d` or `7 d`. `day` and `week` mean the same."""

    name = "1 d|7 d"
    _days = {"1d": 1.0, "day": 1.0, "7d": 7.0, "1wk": 7.0, "week": 7.0}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the step [d]; anything but a day or a week is refused."""
        days = self._days.get(str(value).replace(" ", "").lower())
        if days is None:
            self.fail(f"a step is '1 d' or '7 d'; got {value!r}", param, ctx)
        return days


class Share(click.ParamType):
    """A share as a number or a percentage: `0.9` or `90 %`."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the share [1]; a text that is no number is refused."""
        text = str(value).strip()
        try:
            return float(text.rstrip("% ")) / (100.0 if text.endswith("%") else 1.0)
        except ValueError:
            self.fail(f"a share is a number such as 0.9 or 90%; got {value!r}", param, ctx)


class Numbers(click.ParamType):
    """Several numbers with commas between them, such as `3,6,12`."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """Return the numbers; anything else, and what is not above zero, is refused."""
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            numbers = ()
        if not numbers or min(numbers) <= 0.0:
            self.fail(f"these are numbers above 0 with commas between them, such as 3,6,12; got {value!r}", param, ctx)
        return numbers


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
    """Turn a refused input into its message and exit code 2."""
    from simulator.scenario.problems import Invalid

    try:
        yield
    except Invalid as invalid:
        _show(invalid.problems, as_json, invalid.texts)
        sys.exit(WRONG_INPUT)


@contextlib.contextmanager
def _study_shown(as_json: bool) -> Iterator[None]:
    """The same for a command that runs a study, which may fail in a process of its own: exit code 1."""
    with _problems_shown(as_json):
        from simulator.studies.blocks import BlockFailedError

        try:
            yield
        except BlockFailedError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(FAILED)


def _show(problems: Sequence[Problem], as_json: bool, texts: Mapping[str, str] | None = None) -> None:
    """Print problems: to stderr as a compiler does, or to stdout as JSON."""
    from simulator.scenario.problems import as_json as to_json
    from simulator.scenario.problems import render

    if as_json:
        click.echo(to_json(problems))
    else:
        click.echo(render(problems, texts), err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="simulator")
def cli() -> None:
    """Disruption of critical-mineral supply chains: who goes short, when, by how much, and what helps."""


@cli.command()
@click.argument("scenario", default="default")
@click.option("--branch", help="Branch of a scenario whose outcome nobody knows; SCENARIO:BRANCH says it too.")
@click.option("--strategy", help="Strategy to put on it: a name from `simulator list`, or a file.")
@study_options
def run(scenario: str, as_json: bool, **options: Any) -> None:
    """Run SCENARIO (a name from `simulator list`, or a file) and write a folder of results."""
    with _study_shown(as_json):
        from simulator.briefing import command

        folder, result = command.run_to_folder(scenario, progress=not as_json, **options)
    click.echo(json.dumps(command.as_dict(folder, result)) if as_json else command.say(folder, result))


@cli.command()
@click.argument("subject", default="default")
@as_json_option
def check(subject: str, as_json: bool) -> None:
    """Check SUBJECT, a scenario, a strategy, a grid or a world (a name or a path), and run nothing."""
    from simulator.scenario import files
    from simulator.scenario.loading import inspect, inspect_strategy

    with _problems_shown(as_json):
        if subject in files.worlds() or Path(subject).is_dir():
            _check_world(subject, as_json)
        elif files.is_grid(subject):
            _check_grid(subject, as_json)
        elif files.is_strategy(subject):
            _check_file(subject, as_json, *inspect_strategy(subject))
        else:
            _check_file(subject, as_json, *inspect(subject))


def _check_world(subject: str, as_json: bool) -> None:
    from simulator import world
    from simulator.world import checks

    report = checks.check(world.load(subject))
    click.echo(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else checks.as_text(report))
    if not report.sound:
        sys.exit(WRONG_INPUT)


def _check_grid(subject: str, as_json: bool) -> None:
    from simulator.scenario.grid import load_grid
    from simulator.studies.compare import grid_arms

    found, _ = grid_arms(load_grid(subject))
    if as_json:
        _show([], as_json)
    else:
        click.echo(f"{subject}: no errors, {len(found)} arms that can be compared. Nothing was run.")


def _check_file(subject: str, as_json: bool, found: InputFile | None, problems: list[Problem]) -> None:
    from simulator import world
    from simulator.world.resolve import resolve

    if found is not None:
        problems = [*problems, *resolve(found, world.load(found.world))]
    if problems or as_json:
        _show(problems, as_json)
    if any(problem.severity == "error" for problem in problems):
        sys.exit(WRONG_INPUT)
    if not as_json:
        click.echo(f"{subject}: no errors. Nothing was run.")


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--place", required=True, help="Who is short, as COUNTRY/SECTOR, such as JPN/wind.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Day; the first shortage if not given.")
@click.option("--commodity", help="Of what; of what most is missing if not given.")
@click.option("--member", default="median", help="A run by its number, or the median one by its first shortage.")
@as_json_option
def explain(folder: Path, place: str, day: datetime | None, as_json: bool, **options: Any) -> None:
    """Say why a place goes short in the run written to FOLDER, from its shelf back to the cause."""
    with _problems_shown(as_json):
        from simulator.briefing import explained
        from simulator.studies.explain import explain as find

        found = find(folder, place, day=day.date() if day else None, **options)
    click.echo(json.dumps(explained.as_dict(found), ensure_ascii=False) if as_json else explained.say(found))


@cli.command()
@click.argument("episode")
@click.option(
    "--mode",
    type=click.Choice(["rule", "licence", "both"]),
    default="both",
    help="What the model is told: what was announced, also what became known later, or each in turn.",
)
@study_options
def backtest(episode: str, mode: str, as_json: bool, **options: Any) -> None:
    """Run EPISODE (a name, a folder, or all) with what was known then, and score it against what customs recorded."""
    with _study_shown(as_json):
        from simulator.briefing import backtested

        folder, found = backtested.backtest_to_folder(episode, mode=mode, progress=not as_json, **options)
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else backtested.say(folder, found))


@cli.command()
@click.argument("what", nargs=-1, required=True, metavar="SCENARIO… | GRID")
@click.option("--with", "strategies", multiple=True, metavar="STRATEGY", help="Strategy to compare; may be repeated.")
@click.option("--target", "targets", multiple=True, help="What to reach, such as 'short_share@JPN <= 1 %'.")
@click.option("--lasting", type=Numbers(), help="Months: each scenario once for each, its closing measure as long.")
@click.option("--waterfall", multiple=True, metavar="STRATEGY", help="Also run what each of its measures adds.")
@click.option("--tornado", multiple=True, metavar="STRATEGY", help="Also run which number moves its answer most.")
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Last day of every run.")
@study_options
def compare(what: tuple[str, ...], as_json: bool, end: datetime | None, **options: Any) -> None:
    """Run SCENARIOs (or a GRID: a name such as briefing, or a file) with strategies, all with the same luck."""
    with _study_shown(as_json):
        from simulator.briefing import compared

        last = end.date() if end else None
        folder, said = compared.compare_to_folder(what, end=last, progress=not as_json, **options)
    found = compared.as_dict(folder, said) if as_json else {}
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else compared.say(folder, said))


@cli.command()
@click.argument("episodes", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the results; a taken name gets -2, -3 …")
@click.option("--samples", type=click.IntRange(min=10), help="Samples of the free numbers; 2,000 if not given.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all chance; 1 if not given.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; if not given, one for each core.")
@click.option("--step", type=Step(), help="A week if not given; 1 d is seven times the work.")
@as_json_option
def calibrate(episodes: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Fit the free numbers to EPISODES (names or folders; all that may be fitted if none is given)."""
    with _study_shown(as_json):
        from simulator.briefing import calibrated

        folder, found = calibrated.calibrate_to_folder(episodes, progress=not as_json, **options)
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else calibrated.say(folder, found))


@cli.command()
@click.argument("scenario", required=False)
@click.option("--country", "countries", multiple=True, help="Whose stock, as a code such as JPN; may be given again.")
@click.option("--sector", "sectors", multiple=True, help="Whose stock, such as auto_ev; may be given again.")
@click.option("--closures", type=Numbers(), default=(3, 6, 12, 18), help="Lengths in months; 3,6,12,18 if not given.")
@click.option("--levels", type=Numbers(), default=(50, 75, 90, 95), help="Runs without a shortage in %; 50,75,90,95.")
@click.option("--targets", type=Numbers(), default=(60, 180), help="Stocks in days to mark; 60,180 if not given.")
@click.option("--measure", help="Id of the measure to lengthen, where SCENARIO has several.")
@click.option("--world", help="World of a closure without SCENARIO; the rare earths if not given.")
@study_options
def stock(scenario: str | None, levels: tuple[float, ...], as_json: bool, **options: Any) -> None:
    """Find the days of stock that carry final users through closures of several lengths.

    SCENARIO's ban or licence is made to last as long as each closure. Without SCENARIO the country that controls the
    goods sells none, and nothing that goes into them, to the countries named, or to anybody. 100 replications at the
    step of a week, if not said otherwise.
    """
    if max(levels) >= 100.0:
        raise click.UsageError("levels are percentages below 100, such as 50,75,90,95")
    if any(months != round(months) for months in options["closures"]):
        raise click.UsageError("closures are whole numbers of months, such as 3,6,12,18")
    options["closures"] = tuple(round(months) for months in options["closures"])
    shares = tuple(level / 100.0 for level in levels)
    with _study_shown(as_json):
        from simulator.briefing import stocked

        folder, found = stocked.stock_to_folder(scenario, levels=shares, progress=not as_json, **options)
    said = json.dumps(stocked.as_dict(folder, found, shares)) if as_json else stocked.say(folder, found, shares)
    click.echo(said)


@cli.command("list")
@as_json_option
def list_(as_json: bool) -> None:
    """List the scenarios, strategies, worlds and episodes in the box."""
    from simulator.scenario import files
    from simulator.studies import episode

    found = {
        "scenarios": files.names(),
        "strategies": files.strategies(),
        "grids": files.grids(),
        "worlds": files.worlds(),
        "episodes": episode.names(),
    }
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for kind, names in found.items():
        click.echo("\n".join([f"{kind}:", *(f"  {name}" for name in names)]))


@cli.command()
@as_json_option
def schema(as_json: bool) -> None:
    """Print the JSON schema of a scenario, for editors; `--json` prints it on one line."""
    from simulator.scenario.schema import as_text, json_schema

    click.echo(json.dumps(json_schema(), ensure_ascii=False) if as_json else as_text().rstrip())


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--material", default="heavy rare earths", help="What is restricted: magnets, dysprosium …, or ids.")
@click.option("--by", default="CHN", help="Country that restricts, as a three-letter code.")
@click.option("--to", default=("all",), multiple=True, help="Country or group that is cut off; may be given again.")
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), default="2027-04-01", help="First day.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Day on which it ends; a year later if not given.")
@click.option("--cut", type=Share(), default="100%", help="Share of the normal flow that stops, as 0.9 or 90%.")
@click.option("--force", is_flag=True, help="Overwrite FILE if it exists.")
def new(file: Path, force: bool, start: datetime, until: datetime | None, cut: float, **options: Any) -> None:
    """Write a commented scenario to FILE, to be changed to one's own question."""
    from simulator.scenario.new import template

    if file.exists() and not force:
        raise click.UsageError(f"{file} exists; --force overwrites it")
    try:
        text = template(file.stem, start=start.date(), end=until.date() if until else None, cut=cut, **options)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    file.write_text(text, encoding="utf-8")
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
        said = str(stop) or str(stop.__cause__ or "")  # click wraps Ctrl-C; what the run said about it is the cause
        click.echo(f"\n{said or 'Stopped. Nothing was written.'}", err=True)
        sys.exit(STOPPED)
    except OSError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(FAILED)
