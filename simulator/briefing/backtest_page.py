"""The page of a backtest: verdicts first, then each case with its chart, its errors and what the model misses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.briefing.backtest_rows import RULES, Row, of
from simulator.briefing.chart import Chart
from simulator.briefing.page import shown
from simulator.briefing.words import Words
from simulator.studies.backtest import Backtest

Tables = Mapping[str, list[Row]]


def render(
    tests: Sequence[Backtest],
    tables: Tables,
    charts: Mapping[tuple[str, str], Chart],
    files: Sequence[str],
    command: str,
    fitted: bool,
    words: Words,
) -> str:
    """The page as text.

    Parameters
    ----------
    tests : in the order in which they are shown
    tables : as `backtest_rows.whole` returns them
    charts : by episode and case
    files : scenarios beside the page
    command : how to repeat the backtest
    fitted : whether the numbers are fitted ones
    words : of every text
    """
    from simulator.briefing.page import environment

    modes = list(tests[0].results)
    several = len(tests) > 1
    return environment().get_template("backtest.html").render(
        language=words.language,
        say=words.say,
        title=words.say("back.title") if several else words.title(tests[0].record.episode.title),
        modes=", ".join(f"{words.say(f'mode.{m}').lower()}: {words.say(f'mode.{m}.what')}" for m in modes),
        headline=headline(tables["pass_mark"], words),
        mark=[mark(row, words) for row in tables["pass_mark"]],
        overview=[overview(row, words) for row in of(tables["scores"], mode="rule")] if several else [],
        episodes=[_episode(test, tables, charts, words) for test in tests],
        regularities=[regularity(row, words) for row in tables["regularities"]],
        command=command,
        files=files,
        made=_made(tests[0], fitted, words),
    )  # fmt: skip


def headline(rows: Sequence[Row], words: Words) -> str:
    """The answer in a sentence or two."""
    by = {row["target"]: row for row in rows}
    if by["coverage"]["value"] is None:
        return words.say("back.headline.licence")
    inside = words.percent(by["coverage"]["value"])
    if by["gain"]["value"] is None:
        return words.say("back.headline.none", inside=inside)
    share, way = _gain(by["gain"]["value"], words)
    return words.say("back.headline", cases=by["gain"]["cases"], gain=share, way=way, inside=inside)


def mark(row: Row, words: Words) -> list[str]:
    """One line of the pass mark as cells: target, reached, verdict, on how much."""
    key, value = row["target"], row["value"]
    if value is None:
        reached = "–"
    elif key == "gain":
        share, way = _gain(value, words)
        reached = words.say("back.mark.gain.reached", share=share, way=way)
    elif key == "held_out":
        reached = words.say("back.mark.held_out.reached", count=int(value), cases=row["cases"])
    else:
        reached = words.percent(value)
    on = words.say("back.mark.on.months" if key == "coverage" else "back.mark.on", cases=row["cases"])
    worst = ", ".join(row["worst"].split())
    return [
        words.say(f"back.mark.{key}"),
        reached,
        words.say("verdict." + row["verdict"].replace(" ", "_")),
        words.say("back.mark.worst", on=on, worst=worst) if worst else on,
    ]


def overview(row: Row, words: Words) -> list[str]:
    """One case in rule mode as cells, with its verdict."""
    aim = 0.2 if row["use"] == "calibration" else 0.0
    met = "shown" if row["counts"] != "yes" else "met" if (row["gain"] or 0.0) >= aim else "missed"
    return [
        _name(row["episode"]),
        row["title"],
        words.say(f"use.{row['use']}"),
        _two(row["nrmse"]),
        f"{row['best_naive']} {_two(row['best_naive_nrmse'])}",
        _share(row["gain"], words),
        _share(row["coverage"], words),
        words.say(f"verdict.{met}"),
    ]


def score(row: Row, words: Words) -> list[str]:
    """One score as cells."""
    return [
        row["title"],
        words.say(f"mode.short.{row['mode']}"),
        words.say(f"use.{row['use']}"),
        str(row["months"]),
        _two(row["nrmse"]),
        *(_two(row[name]) for name in RULES),
        _share(row["gain"], words),
        _two(row["crps"]),
        _share(row["coverage"], words),
    ]


def measure(row: Row, words: Words) -> list[str]:
    """One measure as cells."""
    return [
        row["case"] or "–",
        row["measure"],
        words.say(f"mode.short.{row['mode']}"),
        number(row["observed"]),
        number(row["median"]),
        band(row["p10"], row["p90"]),
        row["unit"],
        row["note"],
    ]


def regularity(row: Row, words: Words) -> list[str]:
    """One regularity as cells."""
    expected = band(row["expected_low"], row["expected_high"])
    return [
        words.say(f"regularity.{row['regularity']}"),
        _name(row["episode"]),
        row["case"] or "–",
        f"{expected} {row['unit']}".removesuffix(" 1"),
        number(row["observed"]),
        number(row["median"]),
        band(row["p10"], row["p90"]),
        words.say("holds." + ("unknown" if row["holds"] not in ("yes", "no") else row["holds"])),
    ]


def number(value: float | None) -> str:
    """A number to three figures; a dash where there is none."""
    return "–" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def band(low: float | None, high: float | None) -> str:
    """Two numbers as a range, open where one is missing."""
    if low is None and high is None:
        return "–"
    return f"{number(low)} \u2060to\u2060 {number(high)}" if high is not None else f"{number(low)} or more"


def _episode(test: Backtest, tables: Tables, charts: Mapping[tuple[str, str], Chart], words: Words) -> dict[str, Any]:
    name = test.record.folder.name
    mine = {key: of(rows, episode=name) for key, rows in tables.items() if key not in ("pass_mark",)}
    return {
        "id": name.replace("_", "-"),
        "title": words.title(test.record.episode.title),
        "note": test.record.episode.note,
        "cases": [
            {
                "title": words.title(case.title),
                "said": [(words.say(f"mode.{row['mode']}"), row["said"]) for row in of(mine["misses"], case=case.id)],
                "figure": shown(charts[name, case.id]),
            }
            for case in test.record.episode.cases
        ],
        "scores": [score(row, words) for row in mine["scores"]],
        "measures": [measure(row, words) for row in mine["measures"]],
        "left_out": [[row["known"], row["measure"], row["reason"], row["mode"], row["grade"]] for row in mine["left_out"]],
        "numbers": [
            [row["number"], number(row["value"]), band(row["low"], row["high"]), row["unit"],
             f"{row['source']} ({row['year']})", row["grade"], row["use"]]
            for row in mine["numbers"]
        ],
    }  # fmt: skip


def _made(test: Backtest, fitted: bool, words: Words) -> str:
    attrs = next(iter(test.results.values())).dataset.attrs
    return words.say(
        "back.made",
        version=attrs["version"],
        seed=attrs["seed"],
        runs=attrs["replications"],
        step=f"{float(attrs['step_days']):g}",
        numbers=words.say("back.made.fitted" if fitted else "back.made.priors"),
    )


def _gain(value: float, words: Words) -> tuple[str, str]:
    return words.percent(abs(value)), words.say("back.smaller" if value >= 0.0 else "back.larger")


def _share(value: float | None, words: Words) -> str:
    return "–" if value is None else words.percent(value)


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _name(episode: str) -> str:
    return episode.replace("_", " ")
