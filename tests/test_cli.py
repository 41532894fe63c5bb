"""What a person types and gets: texts, streams and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from simulator import __version__, cli

ROOT = Path(__file__).parents[1]


def simulator(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    setting = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-m", "simulator", *arguments]
    return subprocess.run(
        command, cwd=cwd, env=setting, capture_output=True, text=True, errors="replace", check=False, timeout=60
    )


Typed = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """As `simulator`, by the same entry point, in this process; every command is also started in one of its own."""

    def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["simulator", *arguments])
        code: int | str | None = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
        said = capsys.readouterr()
        return subprocess.CompletedProcess(["simulator", *arguments], code if isinstance(code, int) else 1, *said)

    return run


def test_version() -> None:
    done = simulator("--version")
    assert (done.returncode, done.stdout) == (0, f"simulator, version {__version__}\n")


def test_help_names_every_command() -> None:
    done = simulator("--help")
    assert done.returncode == 0
    known = {"run", "backtest", "calibrate", "check", "compare", "explain", "list", "schema", "stock", "new"}
    assert set(cli.cli.commands) == known
    assert all(f"\n  {name} " in done.stdout for name in cli.cli.commands)


def test_commands_that_run_take_the_same_options() -> None:
    options = {name for parameter in cli.cli.commands["run"].params for name in parameter.opts}
    assert options >= {"--out", "--replications", "--seed", "--workers", "--step", "--json"}


def test_a_command_that_is_none_gets_the_nearest() -> None:
    done = simulator("rum")
    assert done.returncode == 2
    assert "Did you mean 'run'?" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("text", "days"), [("1 d", 1.0), ("1d", 1.0), ("7 d", 7.0), ("1 wk", 7.0), ("week", 7.0)])
def test_a_step_is_read_as_a_scenario_reads_it(text: str, days: float) -> None:
    assert cli.Step().convert(text, None, None) == days


def test_another_step_is_refused() -> None:
    with pytest.raises(click.BadParameter, match="a step is '1 d' or '7 d'; got '3 d'"):
        cli.Step().convert("3 d", None, None)


@pytest.mark.parametrize(("text", "share"), [("0.9", 0.9), ("90%", 0.9), ("90 %", 0.9), ("1", 1.0)])
def test_a_share_is_a_number_or_a_percentage(text: str, share: float) -> None:
    assert cli.Share().convert(text, None, None) == pytest.approx(share)


def test_a_scenario_that_is_none_exits_2_and_runs_nothing(typed: Typed, tmp_path: Path) -> None:
    done = typed("run", "april-2025-licenses", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no scenario 'april-2025-licenses'" in done.stderr
    assert "did you mean 'april-2025-licences'?" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_file_gives_places_as_text_and_as_json(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("name: x\nstrat: 2027-01-01\n", encoding="utf-8")
    as_text = typed("check", "wrong.yaml", cwd=tmp_path)
    assert (as_text.returncode, as_text.stdout) == (2, "")
    assert "wrong.yaml:2:1: error: " in as_text.stderr
    assert "Traceback" not in as_text.stderr
    as_json = typed("check", "wrong.yaml", "--json", cwd=tmp_path)
    assert as_json.returncode == 2
    rows = json.loads(as_json.stdout)
    assert {"file", "line", "column", "end_column", "severity", "code", "message", "help"} <= set(rows[0])
    assert ("wrong.yaml", 2) in {(row["file"], row["line"]) for row in rows}


def test_the_built_in_world_is_sound() -> None:
    done = simulator("check", "rare_earths", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["sound"] is True


def test_list_names_what_is_in_the_box(typed: Typed) -> None:
    found = json.loads(typed("list", "--json").stdout)
    assert "april-2025-licences" in found["scenarios"]
    assert "rare_earths" in found["worlds"]
    listed = simulator("list").stdout
    assert all(f"  {name}\n" in listed for name in found["scenarios"])


def test_schema_is_the_committed_one(typed: Typed) -> None:
    text = simulator("schema").stdout
    assert text == (ROOT / "scenarios" / "scenario.schema.json").read_text(encoding="utf-8")
    assert json.loads(typed("schema", "--json").stdout) == json.loads(text)


def test_new_writes_a_file_that_checks_and_overwrites_nothing(typed: Typed, tmp_path: Path) -> None:
    flags = ["--material", "dysprosium", "--to", "JPN", "--from", "2027-04-01", "--until", "2027-10-01", "--cut", "90%"]
    assert simulator("new", "q.yaml", *flags, cwd=tmp_path).returncode == 0
    checked = typed("check", "q.yaml", cwd=tmp_path)
    assert (checked.returncode, "no errors" in checked.stdout) == (0, True), checked.stderr
    before = (tmp_path / "q.yaml").read_bytes()
    again = typed("new", "q.yaml", cwd=tmp_path)
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert (tmp_path / "q.yaml").read_bytes() == before


def test_new_refuses_a_cut_that_is_no_share(typed: Typed, tmp_path: Path) -> None:
    done = typed("new", "q.yaml", "--cut", "900%", cwd=tmp_path)
    assert done.returncode == 2
    assert "cut is a share above 0 and up to 1" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_old_console_gets_no_crash_and_no_escape_codes(tmp_path: Path) -> None:
    done = simulator("check", "nowhere", cwd=tmp_path, PYTHONIOENCODING="cp1252", NO_COLOR="1")
    assert done.returncode == 2
    assert "\x1b" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "Stopped"),
        (KeyboardInterrupt("2 of 4 blocks are kept"), 130, "2 of 4 blocks are kept"),
        (OSError(28, "No space left on device"), 1, "error: "),
    ],
)
def test_how_a_run_that_ends_early_exits(
    raised: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(**_: object) -> None:
        raise raised

    monkeypatch.setattr(cli, "cli", stopped)
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    assert exit_.value.code == code
    assert said in capsys.readouterr().err


def test_explain_says_what_is_wrong_with_a_folder(typed: Typed, tmp_path: Path) -> None:
    done = typed("explain", str(tmp_path), "--place", "JPN/wind")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no folder of a finished run" in done.stderr


def test_explain_in_text_and_json(typed: Typed, by_command: Path) -> None:
    line = ("explain", str(by_command / "result"), "--place", "JPN/wind", "--date", "2024-07-01", "--member", "3")
    text, data = typed(*line), typed(*line, "--json")
    assert (text.returncode, data.returncode) == (0, 0)
    said = json.loads(data.stdout)
    assert (said["place"], said["date"], said["member"]) == ("JPN/wind", "2024-07-01", 3)
    assert said["statements"][0]["text"] in text.stdout
