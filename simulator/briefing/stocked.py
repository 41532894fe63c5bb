"""What `simulator stock` does: search with a progress bar, write the folder, say what was found."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulator.briefing import command, folder, stock_page
from simulator.briefing.charts.cover import cover_curve
from simulator.briefing.words import Words
from simulator.results.storage import write_table
from simulator.studies.closures import AFTER
from simulator.studies.run import code, fingerprint
from simulator.studies.stock import LADDER, LEVELS, MOST, REPLICATIONS, TARGETS, Chance, Needed, Stock, stock

PAGE = "page.html"
MOST_CHARTS = 4  # countries with a chart of their own
NEEDED = (
    "country", "sector", "closure [months]", "share of runs [1]", "stock [d]", "low [d]", "high [d]", "today [d]",
    "more than today [t]", "more than today [USD]",
)  # fmt: skip
CURVE = (
    "country",
    "sector",
    "closure [months]",
    "stock [d]",
    "share of runs without a shortage [1]",
    "low [1]",
    "high [1]",
)


def stock_to_folder(
    scenario: str | None,
    *,
    levels: Sequence[float] = LEVELS,
    targets: Sequence[float] = TARGETS,
    out: Path | None = None,
    progress: bool = True,
    **options: Any,
) -> tuple[Path, Stock]:
    """Find the stock needed and write a folder.

    Parameters
    ----------
    scenario : a name or a file; None for a closure made from the world
    levels : shares of runs without a shortage [1]
    targets : stocks to mark [d]
    out : folder of results; runs/<date>-stock-<name> when not given. A taken name gets -2, -3 …
    progress : show a bar on stderr
    options : countries, sectors, closures, world, measure, replications, seed, workers, step, as for `stock`; what is None
        or empty is left to it

    Raises
    ------
    Invalid : the input is wrong; nothing was run
    BlockFailedError : a part of a run failed; the message says which, what is kept and how to go on
    KeyboardInterrupt : stopped; the message says what is kept and how to go on
    """
    given = {name: value for name, value in options.items() if value not in (None, ())}
    told = {**given, "levels": None if tuple(levels) == LEVELS else levels}
    told |= {"targets": None if tuple(targets) == TARGETS else targets}
    again = _again(scenario, {**told, "out": out})
    asked = repr((scenario, sorted((k, v) for k, v in given.items() if k != "workers")))
    keep = command.UNFINISHED / f"stock-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"
    with command.going_on(keep, again):
        with command.bar(progress, given.get("replications", REPLICATIONS)) as tell:
            found = stock(scenario, keep=keep, progress=tell, **given)
        # The page travels: it names the file, and not where it lay on this machine.
        named = Path(scenario).name if scenario and Path(scenario).is_absolute() else scenario
        shown = _again(named, {k: v for k, v in told.items() if k != "workers"})
        target = write(
            found, out or folder.usual_name(f"stock-{folder.called(found.scenario)}"), levels, targets, shown
        )
    return target, found


def write(found: Stock, out: Path, levels: Sequence[float], targets: Sequence[float], again: str) -> Path:
    """Write page, charts, tables, scenario and manifest; the folder appears whole or not at all.

    Parameters
    ----------
    found : what the study found
    out : the folder; a taken name gets -2, -3 …
    levels, targets : as for `stock_to_folder`
    again : how to repeat it; shown on the page
    """
    words, level = _words(found), _level(levels)
    charts = [cover_curve(found, c, words, level=level, targets=targets) for c in found.countries[:MOST_CHARTS]]
    held = sorted({*LADDER, *targets})

    def fill(place: Path) -> None:
        (place / "tables").mkdir()
        for chart in charts:
            chart.save(place)
        write_table(place / "tables" / "cover-needed.csv", NEEDED, [_row(r) for r in found.needed(levels)])
        write_table(place / "tables" / "cover-curve.csv", CURVE, [_row(r) for r in found.curve(held)])
        if found.scenario.text:
            (place / "scenario.yaml").write_text(found.scenario.text, encoding="utf-8", newline="\n")
        page = stock_page.render(found, charts, level, targets, again, words)
        (place / PAGE).write_text(page, encoding="utf-8", newline="\n")
        folder.write_json(place / "manifest.json", manifest(found))

    return folder.whole(out, fill)


def manifest(found: Stock) -> dict[str, Any]:
    """What is needed to make the study again; no path of the machine it was made on."""
    scenario, world = found.scenario, found.world
    return {
        **_setting(found),
        "start": scenario.start.isoformat(),
        "end": scenario.end.isoformat(),
        "world": world.name,
        "data_vintage": world.data_vintage,
        "markets": [f"{m.country}/{m.sector}" for m in found.markets],
        "runs": found.runs,
        "most_d": MOST,
        "after_d": AFTER,
        "hashes": {
            "tables": dict(sorted(world.files.items())),
            "studies": {str(m): fingerprint(a, world) for m, a in zip(found.closures.months, found.closures.arms, strict=True)},
            "code": code().hex(),
        },
        "versions": folder.versions(),
    }  # fmt: skip


def as_dict(target: Path, found: Stock, levels: Sequence[float] = LEVELS) -> dict[str, Any]:
    """What was found, for machines; null where more than was tried is needed."""
    rows = [{k: command.finite(v) for k, v in row._asdict().items()} for row in found.needed(levels)]
    return {"folder": str(target), **_setting(found), "needed": rows}


def say(target: Path, found: Stock, levels: Sequence[float] = LEVELS) -> str:
    """The summary for the terminal: a line for each place, a column for each closure."""
    words, level = _words(found), _level(levels)
    lines = [*stock_page.headlines(found, level, words), ""]
    table = [
        stock_page.needed_head(found, words),
        *stock_page.needed(found, found.needed((level,)), words),
    ]
    wide = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines += ["  " + "  ".join(c.ljust(w) for c, w in zip(row, wide, strict=True)).rstrip() for row in table]
    lines += ["", stock_page.how(found, words)[0], "", words.say("summary.written", folder=target)]
    lines += [f"  {PAGE}     {words.say('stock.open')}"]
    lines += [f"  {words.say(key)}" for key in ("stock.file.needed", "stock.file.curve")]
    return "\n".join(lines)


def _setting(found: Stock) -> dict[str, Any]:
    scenario = found.scenario
    return {
        "scenario": scenario.name,
        "measure": found.closures.measure.id,
        "closures_months": list(found.closures.months),
        "replications": scenario.replications,
        "seed": scenario.seed,
        "step_days": scenario.step,
    }


def _level(levels: Sequence[float]) -> float:
    """The level that page, chart and summary speak of: 90 % where it is asked for, else the highest."""
    return 0.9 if 0.9 in levels else max(levels)


def _words(found: Stock) -> Words:
    return Words(goods=found.world.goods.get("en", ("product", "products")))


def _row(row: Needed | Chance) -> list[Any]:
    return [float(f"{v:.6g}") if isinstance(v, float) else v for v in row]


def _again(scenario: str | None, options: dict[str, Any]) -> str:
    """The command that makes the same study again."""
    once = {"countries": "country", "sectors": "sector"}
    words = ["simulator stock", *([shlex.quote(scenario)] if scenario else [])]
    for name, value in options.items():
        if name in once:
            words += [f"--{once[name]} {shlex.quote(v)}" for v in value]
        elif name in ("closures", "levels", "targets") and value is not None:
            scale = 100.0 if name == "levels" else 1.0
            words.append(f"--{name} {','.join(f'{scale * v:g}' for v in value)}")
        else:
            words += command.flags({name: value})
    return " ".join(words)
