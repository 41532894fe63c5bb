"""What the terminal shows when a run is over: a chart in block characters and five lines that matter."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.briefing import facts
from simulator.briefing.style import capital
from simulator.briefing.words import Words
from simulator.results import views

if TYPE_CHECKING:
    import xarray

BLOCKS = "▁▂▃▄▅▆▇█"
DIGITS = "0123456789"
COUNTRIES = 5
LABEL = 20
WIDTH = 100


def text(
    dataset: xarray.Dataset,
    scenario: Any,
    *,
    folder: str | None = None,
    sites: int | None = None,
    countries: int | None = None,
    grade_d: tuple[int, int] | None = None,
    next_commands: Sequence[str] = ("simulator list", "simulator new my-question.yaml"),
    assumptions_command: str = "page.html, section Assumptions",
    encoding: str = "utf-8",
    plain: bool = False,
    language: str = "en",
) -> str:
    """The summary as text, without colours or escape codes.

    Parameters
    ----------
    dataset : results of one arm
    scenario : its name and title are shown
    folder : where the results were written, relative to the user; None leaves those lines out
    sites, countries : size of the world, if known
    grade_d : inputs of grade D and inputs in all; None gives the share alone
    next_commands : what to try next
    assumptions_command : where the list of assumptions is
    encoding : of the terminal; anything but UTF gets plain characters
    plain : plain characters whatever the encoding
    language : of every text
    """
    words = Words(language, goods=views.goods(dataset, language))
    lines = [
        *_head(dataset, scenario, words, sites, countries),
        "",
        *_chart(dataset, words),
        "",
        *_findings(dataset, words),
        "",
    ]
    share = dataset.attrs.get("share_grade_d")
    if grade_d is not None:
        lines += [
            "  " + words.say("summary.grades.count", count=grade_d[0], total=grade_d[1], command=assumptions_command),
            "",
        ]
    elif share not in (None, ""):
        lines += [
            "  " + words.say("summary.grades", share=words.percent(float(share)), command=assumptions_command),
            "",
        ]
    if folder is not None:
        lines += [words.say("summary.written", folder=folder.rstrip("/\\")), "  " + words.say("summary.page")]
    for i, command in enumerate(next_commands):
        lead = words.say("summary.next")
        lines.append(f"{lead if i == 0 else ' ' * len(lead)}  {command}")
    joined = "\n".join(line.rstrip() for line in lines) + "\n"
    return _plain(joined, encoding) if plain or not encoding.lower().replace("-", "").startswith("utf") else joined


def show(summary: str) -> None:
    """Print a summary to standard output in one go, whatever the console can write."""
    import sys

    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(summary.encode(encoding, errors="replace").decode(encoding))


def _head(dataset: xarray.Dataset, scenario: Any, words: Words, sites: int | None, countries: int | None) -> list[str]:
    attrs = dataset.attrs
    days = (
        int(
            (np.datetime64(str(attrs["end"])) - np.datetime64(str(attrs["start"]))).astype("timedelta64[D]").astype(int)
        )
        + 1
    )
    size = {"days": words.number(days, None), "runs": attrs["replications"], "seed": attrs["seed"]}
    line = (
        words.say("summary.size.short", **size)
        if sites is None or countries is None
        else words.say("summary.size", sites=sites, countries=countries, **size)
    )
    return [words.title(scenario.title), "  " + line]


def _chart(dataset: xarray.Dataset, words: Words) -> list[str]:
    """One row of blocks per country: those that fall lowest, and the inside one; 100 % is a full block."""
    part = views.shown(dataset)
    months = part["month"].values.astype("datetime64[M]")
    medians = {c: np.median(views.service_by_month(part, c), axis=1) for c in views.outside_countries(part)}
    worst = sorted(medians, key=lambda c: (round(float(medians[c].min()), 4), list(medians).index(c)))[:COUNTRIES]
    home = views.inside(part)
    if home in views.market_countries(part):
        medians[home] = np.median(views.service_by_month(part, home), axis=1)
        worst.append(home)
    every = 1 if months.size <= 60 else 3
    heading = "summary.heading" if every == 1 else "summary.heading.quarter"
    names = {c: capital(words.country(c)) for c in worst}
    width = max(map(len, names.values()), default=0)
    lines = [f"  {words.say(heading)}"]
    for c in worst:
        at = int(medians[c].argmin())
        bars = "".join(_block(v) for v in _thin(medians[c], every))
        low = words.say("summary.lowest", share=words.percent(float(medians[c][at])), month="")
        when = words.month(months[at].astype("datetime64[D]")) if medians[c][at] < 0.995 else ""
        lines.append(f"  {names[c]:<{width}}  {bars}   {low.rstrip():<13} {when}")
    lines += _ruler(dataset, months, every, width, words)
    return lines


def _ruler(dataset: xarray.Dataset, months: np.ndarray, every: int, width: int, words: Words) -> list[str]:
    """First month, event and last month under the blocks."""
    size = -(-months.size // every)
    row = [" "] * (size + 24)

    def put(at: int, label: str) -> None:
        if all(c == " " for c in row[max(0, at - 1) : at + len(label) + 1]):
            row[at : at + len(label)] = label

    first, last = (words.month(m.astype("datetime64[D]")) for m in (months[0], months[-1]))
    start = views.event_day(dataset)
    if start is not None and months[0] <= start.astype("datetime64[M]") <= months[-1]:
        at = int((start.astype("datetime64[M]") - months[0]).astype(int)) // every
        put(at, f"▲ {words.day(start)}")
    put(max(0, size - len(last)), last)
    put(0, first)
    return ["  " + " " * width + "  " + "".join(row).rstrip()]


def _findings(dataset: xarray.Dataset, words: Words) -> list[str]:
    outside = views.outside_countries(dataset)
    lost = views.spread(views.lost_tonnes(dataset, outside))
    short = facts.first_short(dataset)
    first = words.say("summary.first.none")
    if short:
        first = ", ".join(
            words.say("summary.first.text", country=words.country(c), weeks=words.weeks(t)) for c, t in short
        )
        first += "   " + words.say("summary.first.runs")
    rows = [
        ("summary.first", first),
        (
            "summary.lost",
            words.say("summary.lost.text", lost=words.number(lost.median), range=words.range(lost.low, lost.high)),
        ),
    ]
    sectors = facts.sectors_hit_first(dataset) if short else []
    if len(sectors) > 1:
        rows.append(
            (
                "summary.who",
                words.say(
                    "summary.who.text", first=words.name("sector", sectors[0]), second=words.name("sector", sectors[1])
                ),
            )
        )
    moved = [capital(facts.moved_in_words(m, words)) for m in facts.moved(dataset)]
    rows += [("summary.moved" if i == 0 else "", text) for i, text in enumerate(moved)]
    return [line for key, value in rows for line in _row(words.say(key) if key else "", value)]


def _row(label: str, value: str) -> list[str]:
    """A label and its text, wrapped under itself where a terminal is too narrow."""
    lines = textwrap.wrap(value, WIDTH - LABEL - 2) if len(value) > WIDTH - LABEL - 2 else [value]
    return [f"  {label if i == 0 else '':<{LABEL}}{line}" for i, line in enumerate(lines)]


def _thin(values: np.ndarray, every: int) -> list[float]:
    """The lowest of every so many entries: a dip must not vanish between two marks."""
    return [float(values[i : i + every].min()) for i in range(0, values.size, every)]


def _block(share: float) -> str:
    return BLOCKS[int(np.clip(round(share * len(BLOCKS)) - 1, 0, len(BLOCKS) - 1))]


def _plain(summary: str, encoding: str) -> str:
    """Tenths as digits in place of blocks (9 is full), and nothing the encoding cannot write."""
    table = {ord(b): DIGITS[round(i * 9 / (len(BLOCKS) - 1))] for i, b in enumerate(BLOCKS)}
    table |= {ord("▲"): "^", ord("–"): "-", ord("·"): "-", ord("…"): "..."}
    table |= {0x202F: " ", 0xA0: " "}
    return summary.translate(table).encode(encoding, errors="replace").decode(encoding)
