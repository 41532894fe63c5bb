"""The folder of a run: whole or not at all, the same bytes each time, no path of the machine, empty results too."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simulator.briefing import command, folder
from simulator.results import storage
from simulator.scenario import load
from simulator.studies.run import Result, run


@pytest.fixture(scope="module")
def result(by_command: Path) -> Result:
    """The short scenario once more, in this process."""
    return run(by_command / "short.yaml", workers=1)


@pytest.fixture(scope="module")
def written(result: Result, by_command: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same run written twice: by two processes, where its name is taken, and by the command, in one of its own."""
    taken = tmp_path_factory.mktemp("runs") / "one"
    taken.mkdir()
    return folder.write(result, taken, "simulator run short.yaml", workers=2), by_command / "result"


def test_a_taken_name_gets_a_number(written: tuple[Path, Path]) -> None:
    assert written[0].name == "one-2"
    assert sorted(p.name for p in written[0].parent.iterdir()) == ["one", "one-2"]
    assert list(written[0].with_name("one").iterdir()) == []


def test_everything_promised_is_there(written: tuple[Path, Path]) -> None:
    names = {p.name for p in written[0].iterdir()}
    assert names >= {
        "page.html",
        "results.nc",
        "scenario.yaml",
        "manifest.json",
        "tables",
        "chart-exports.svg",
        "chart-exports.png",
    }
    assert (written[0] / "tables" / "assumptions.csv").stat().st_size > 10_000


def test_the_same_run_gives_the_same_bytes(written: tuple[Path, Path]) -> None:
    one, two = written
    files = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(two) for p in two.rglob("*") if p.is_file())
    assert [str(f) for f in files if (one / f).read_bytes() != (two / f).read_bytes()] == []


def test_no_file_names_a_path_of_this_machine(written: tuple[Path, Path]) -> None:
    here = [str(p).encode() for p in (Path.home(), Path(__file__).parents[2], *(w.parent for w in written))]
    files = [p for w in written for p in w.rglob("*") if p.is_file()]
    assert [str(p) for p in files if any(h in p.read_bytes() for h in here)] == []


def test_the_results_open_again_with_units(result: Result, written: tuple[Path, Path]) -> None:
    again = storage.load(written[0] / "results.nc")
    units = {str(name): variable.attrs["units"] for name, variable in again.data_vars.items()}
    assert units == {str(name): result.dataset[name].attrs["units"] for name in result.dataset.data_vars}
    assert (units["asked"], units["cover"], units["price"]) == ("t", "d", "USD/t")
    for name in units:
        np.testing.assert_array_equal(again[name].values, result.dataset[name].values, err_msg=name)


def test_a_scenario_given_by_its_whole_path_is_named_without_it(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "question.yaml"
    asked.write_text(result.scenario.text, encoding="utf-8")
    shown: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "run", lambda *given, **options: result)
    monkeypatch.setattr(
        command.folder, "write", lambda made, out, said, workers: shown.append(said) or tmp_path / "run"
    )
    command.run_to_folder(str(asked), progress=False, seed=3)
    command.run_to_folder("question.yaml", progress=False, seed=3)
    assert shown == ["simulator run question.yaml --seed 3"] * 2


def test_nothing_is_left_when_writing_fails(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> None:
        raise OSError("no room left")

    monkeypatch.setattr(folder, "all_charts", lambda *given: [])
    monkeypatch.setattr(folder.tables, "write", refuse)
    with pytest.raises(OSError, match="no room left"):
        folder.write(result, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_the_scenario_is_kept_verbatim(result: Result, written: tuple[Path, Path]) -> None:
    assert (written[0] / "scenario.yaml").read_text(encoding="utf-8") == result.scenario.text


@pytest.mark.parametrize("end", [date(2025, 3, 31), pytest.param(date(2024, 6, 30), marks=pytest.mark.slow)])
def test_an_empty_result_makes_a_page_and_a_summary(end: date, tmp_path: Path) -> None:
    calm = run(load("no-new-controls").model_copy(update={"end": end}), replications=1, step=7.0, workers=1)
    target = folder.write(calm, tmp_path / "calm")
    assert "<h1" in (target / "page.html").read_text(encoding="utf-8")
    assert "1 replication" in command.say(target, calm)
