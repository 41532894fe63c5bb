"""What `simulator backtest` does: run episodes with a progress bar, write the folder, say what was found."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from simulator.briefing import backtest_page, backtest_rows, command, folder
from simulator.briefing.charts.case import case
from simulator.briefing.words import Words
from simulator.results import storage
from simulator.studies import episode as episodes
from simulator.studies.backtest import MODES, Backtest, backtest, shared_numbers
from simulator.studies.run import code, fingerprint
from simulator.studies.timeline import Mode

ALL, REPLICATIONS, SEED, STEP = "all", 200, 1, 1.0
UNFINISHED = command.UNFINISHED
JSON, PAGE = "backtest.json", "page.html"
TABLES = {
    "scores": backtest_rows.SCORE,
    "measures": backtest_rows.MEASURED,
    "left_out": backtest_rows.LEFT_OUT,
    "numbers": backtest_rows.NUMBER,
    "pass_mark": backtest_rows.VERDICT,
    "regularities": backtest_rows.REGULARITY,
}


def backtest_to_folder(
    episode: str, *, mode: str = "both", out: Path | None = None, progress: bool = True, **options: Any
) -> tuple[Path, dict[str, Any]]:
    """Run one episode, or all that are shipped, and write a folder.

    Parameters
    ----------
    episode : a shipped name, a folder, or "all"
    mode : "rule", "licence" or "both"
    out : folder of results; runs/<date>-backtest-<name> when not given. A taken name gets -2, -3 …
    progress : show a bar on stderr
    options : replications, seed, workers, step; None takes 200, 1, one for each core and a day

    Returns
    -------
    The folder, and all numbers as plain data.

    Raises
    ------
    Invalid : an episode is wrong; nothing was run
    BlockFailedError : a part of a run failed; the message says which, what is kept and how to go on
    KeyboardInterrupt : stopped; the message says what is kept and how to go on
    """
    records = [episodes.load(name) for name in (episodes.names() if episode == ALL else [episode])]
    name = ALL if episode == ALL else records[0].folder.resolve().name
    modes: tuple[Mode, ...] = MODES if mode == "both" else (mode,)  # type: ignore[assignment]
    workers = options.pop("workers", None)
    given = {k: options[k] for k in ("replications", "seed", "step") if options.get(k) is not None}
    setting = {"replications": REPLICATIONS, "seed": SEED, "step": STEP, **given}
    again = _again(episode, mode, {**given, "workers": workers, "out": out})
    keep = UNFINISHED / f"backtest-{_stamp(name, modes, setting)}"
    with command.going_on(keep, again):
        with command.bar(progress, len(records) * len(modes) * int(setting["replications"])) as tell:
            tests = [
                backtest(
                    record, modes=modes, workers=workers, keep=keep, progress=_part(tell, i, len(records)), **setting
                )
                for i, record in enumerate(records)
            ]
        # The page travels: it names the folder of the episode, and not where it lay on this machine.
        shown = _again(name if Path(episode).is_absolute() else episode, mode, given)
        target, found = write(tests, out or folder.usual_name(f"backtest-{name}"), shown)
    return target, {"folder": str(target), **found}


def write(tests: Sequence[Backtest], out: Path, again: str) -> tuple[Path, dict[str, Any]]:
    """Write page, charts, tables, scenarios and manifest; the folder appears whole or not at all.

    Parameters
    ----------
    tests : backtests of one or more episodes
    out : the folder; a taken name gets -2, -3 …
    again : how to repeat it; shown on the page

    Returns
    -------
    The folder, and all numbers as plain data.
    """
    words, numbers = Words(), shared_numbers()
    fitted = (episodes.home() / episodes.FITTED).is_file()
    tables = backtest_rows.whole(tests, numbers, words)
    found = {**_setting(tests[0]), "numbers_fitted": fitted, **tables}

    def fill(target: Path) -> None:
        (target / "charts").mkdir()
        charts = {(t.record.folder.name, c.id): case(t, c, words) for t in tests for c in t.record.episode.cases}
        for chart in charts.values():
            chart.save(target / "charts")
        for name, columns in TABLES.items():
            storage.write_table(target / f"{name}.csv", columns, tables[name])
        files = [_scenario(target, test, mode) for test in tests for mode in test.results]
        page = backtest_page.render(tests, tables, charts, files, again, fitted, words)
        (target / PAGE).write_text(page, encoding="utf-8", newline="\n")
        folder.write_json(target / JSON, found)
        folder.write_json(target / "manifest.json", manifest(tests))

    return folder.whole(out, fill), found


def manifest(tests: Sequence[Backtest]) -> dict[str, Any]:
    """What is needed to make the backtest again; no path of the machine it was made on."""
    return {
        **_setting(tests[0]),
        "episodes": {
            test.record.folder.name: {
                "files": {p.name: _hash(p.read_bytes()) for p in sorted(test.record.folder.glob("*.*")) if p.is_file()},
                "scenarios": {mode: _hash(r.scenario.text.encode()) for mode, r in test.results.items()},
                "studies": {mode: fingerprint(r.scenario, r.world) for mode, r in test.results.items()},
                "data_vintage": next(iter(test.results.values())).world.data_vintage,
            }
            for test in tests
        },
        "numbers": {
            p.name: _hash(p.read_bytes())
            for n in (episodes.PRIORS, episodes.FITTED, episodes.DRAWS)
            if (p := episodes.home() / n).is_file()
        },
        "code": code().hex(),
        "versions": folder.versions(),
    }  # fmt: skip


def say(target: Path, found: dict[str, Any]) -> str:
    """What was found, for the terminal: the pass mark, then a line for each case."""
    words = Words()
    lines = [backtest_page.headline(found["pass_mark"], words), ""]
    for row in found["pass_mark"]:
        target_, reached, verdict, on = backtest_page.mark(row, words)
        lines.append(f"  {verdict:<11} {target_}: {reached} ({on})")
    head = ("case", "mode", "use", "months", "NRMSE", "best naive", "gain", "CRPS", "in band")
    rows = [head, *(_line(row, words) for row in found["scores"])]
    wide = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines.append("")
    lines += ["  " + "  ".join(cell.ljust(w) for cell, w in zip(row, wide, strict=True)).rstrip() for row in rows]
    lines += ["", words.say("summary.written", folder=target), f"  {PAGE}     {words.say('back.open')}"]
    return "\n".join(lines)


def _line(row: dict[str, Any], words: Words) -> tuple[str, ...]:
    cells = backtest_page.score(row, words)
    naive = f"{row['best_naive']} {row['best_naive_nrmse']:.2f}"
    return f"{row['episode']}/{row['case']}", row["mode"], cells[2], cells[3], cells[4], naive, *cells[-3:]


def _part(tell: Callable[[int, int], None], episode: int, count: int) -> Callable[[int, int], None]:
    """Progress of one episode, told as progress of all."""
    return lambda done, whole: tell(episode * whole + done, count * whole)


def _again(episode: str, mode: str, options: dict[str, Any]) -> str:
    """The command that makes the same backtest again."""
    flags = command.flags({"mode": None if mode == "both" else mode, **options})
    return " ".join(["simulator backtest", shlex.quote(episode), *flags])


def _scenario(target: Path, test: Backtest, mode: str) -> str:
    name = f"{test.record.folder.name}-{mode}.yaml"
    (target / name).write_text(test.results[mode].scenario.text, encoding="utf-8", newline="\n")  # type: ignore[index]
    return name


def _setting(test: Backtest) -> dict[str, Any]:
    scenario = next(iter(test.results.values())).scenario
    return {
        "modes": list(test.results),
        "replications": scenario.replications,
        "seed": scenario.seed,
        "step_days": scenario.step,
    }


def _stamp(name: str, modes: Sequence[str], setting: dict[str, Any]) -> str:
    return _hash(repr((name, modes, sorted(setting.items()))).encode())[:16]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
