"""From a timeline to a scenario: what was announced becomes a measure, what was not known stays out.

In *rule mode* the scenario holds what was known on the day of the forecast, and no more. In *licence mode* it holds what
was announced later too. What named no quantity is listed in `CONTEXT` and never becomes a measure.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import numpy as np

from simulator.scenario.loading import read_text
from simulator.scenario.model import Scenario
from simulator.scenario.problems import Invalid, Problem, did_you_mean
from simulator.scenario.uncertain import Uncertain
from simulator.studies.episode import Entry, Numbers, Record
from simulator.world.model import Figure

Mode = Literal["rule", "licence"]
WORKING_WEEK = 7.0 / 5.0

#: What a kind of the timeline becomes in a scenario; numbers that start with the kind are its keys.
MEASURES: Mapping[str, str] = {
    "licence": "export_licence",
    "ban": "export_ban",
    "embargo": "export_ban",
    "quota": "export_quota",
    "export_tax": "export_tax",
    "general_licence": "general_licence",
    "end_use_ban": "military_end_use_ban",
    "natural": "outage",
}
#: What is told and not modelled, and why.
CONTEXT: Mapping[str, str] = {
    "partial_suspension": "named no quantity",
    "licence_relaxation": "named no quantity",
    "licence_tightening": "named no quantity",
    "suspended_before_effect": "never took force",
    "stoppage": "an outcome, never an input",
    "trigger": "says why, not what",
    "binding_elsewhere": "did not bind the goods that are scored",
}
#: What ends or pauses earlier lines about the same goods.
ENDINGS = ("lifting", "suspension")

#: Parameters of a timeline: the key of the measure, and how the number is written there; names where it is no number.
PARAMETERS: Mapping[str, tuple[str, Callable[[float], Any] | None]] = {
    "sectors": ("sectors", None),
    "statutory_days": ("office.statutory", lambda x: f"{x * WORKING_WEEK:g} d"),
    "scope": ("scope", lambda x: x),
    "coverage": ("coverage", lambda x: x),
    "rate": ("rate", lambda x: x),
    "remaining": ("remaining", lambda x: x),
    "ramp_days": ("ramp", lambda x: f"{x:g} d"),
    "duration_days": ("duration", lambda x: f"{x:g} d"),
    "allowance_t": ("allowance", lambda x: f"{x:g} t"),
    "period_days": ("period", lambda x: f"{x:g} d"),
}


def scenario(record: Record, mode: Mode, numbers: Numbers, *, replications: int, step: float, seed: int) -> Scenario:
    """The scenario of an episode.

    Parameters
    ----------
    record : the episode
    mode : "rule" for what was known on the day of the forecast, "licence" for what became known later too
    numbers : those that all episodes share; what the episode measured itself comes on top
    replications, step, seed : of the run; step in days

    Raises
    ------
    Invalid : a line cannot be read, or the scenario that follows from the lines is wrong
    """
    merged = record.all_numbers(numbers)
    episode = record.episode
    events = [measure for _, measure in measures(record, mode, merged)]
    parameters = {
        name.removeprefix("parameter."): _written(figure)
        for name, figure in sorted(merged.items())
        if name.startswith("parameter.")
    }
    data: dict[str, Any] = {
        "name": record.folder.name.replace("_", "-").lower(),
        "title": {k: v for k in ("en", "fr", "ja") if (v := getattr(episode.title, k))},
        "kind": "replay",
        "world": record.world,
        "start": episode.start.isoformat(),
        "end": episode.end.isoformat(),
        "warm_up": f"{episode.warm_up:g} d",
        "replications": replications,
        "seed": seed,
        "step": "7 d" if step == 7.0 else "1 d",
        "behaviour": list(episode.behaviour),
        "grade": "B",
        "sources": [f"timeline of the episode {record.folder.name}"],
        "also_record": ["imports"] if any(case.series == "import_monthly" for case in episode.cases) else [],
        "parameters": parameters,
        "events": events,
    }
    ready, problems = read_text(_text(data), f"{record.folder.name} ({mode} mode)")
    if ready is None:
        raise Invalid(problems, {f"{record.folder.name} ({mode} mode)": _text(data)})
    return ready


def measures(record: Record, mode: Mode, numbers: Numbers) -> Iterator[tuple[Entry, dict[str, Any]]]:
    """Lines that become measures in a mode, each with the measure as a scenario writes it."""
    known = [e for e in record.timeline if mode == "licence" or e.known <= record.episode.origin]
    for i, entry in enumerate(known):
        if entry.kind in MEASURES:
            yield (
                entry,
                _measure(record, entry, f"{entry.kind.replace('_', '-')}-{i + 1}", mode, known[i + 1 :], numbers),
            )
        elif entry.kind not in CONTEXT and entry.kind not in ENDINGS:
            kinds = [*MEASURES, *ENDINGS, *CONTEXT]
            place, help = entry.row, did_you_mean(entry.kind, kinds) or f"kinds are {', '.join(kinds)}"
            start = place.starts.get("kind", 1)
            end = start + max(1, len(entry.kind))
            raise Invalid(
                [Problem(place.file, place.line, start, end, "error", "SC012", f"unknown kind '{entry.kind}'", help)]
            )


def left_out(record: Record, mode: Mode) -> list[tuple[Entry, str]]:
    """Lines that do not become measures in a mode, each with the reason."""
    late = (
        []
        if mode == "licence"
        else [e for e in record.timeline if e.known > record.episode.origin and e.kind not in CONTEXT]
    )
    told = [(e, CONTEXT[e.kind]) for e in record.timeline if e.kind in CONTEXT]
    return sorted([*told, *((e, "not known on the day of the forecast") for e in late)], key=lambda pair: pair[0].known)


def _measure(record: Record, entry: Entry, id: str, mode: Mode, later: list[Entry], numbers: Numbers) -> dict[str, Any]:
    kind, goods = MEASURES[entry.kind], [c for name in entry.goods for c in record.episode.goods[name]]
    measure: dict[str, Any] = {"kind": kind, "id": id, "title": entry.measure[:100]}
    if entry.announced is not None:
        measure["announced"] = entry.announced.isoformat()
    measure["effective"] = entry.effective.isoformat()
    # Who stops goods without a word does not say until when: the end is known in hindsight only.
    end = entry.end if entry.announced is not None or mode == "licence" else None
    grades: dict[str, str] = {}
    for name, figure in sorted(numbers.items()):
        if name.startswith(f"{entry.kind}."):
            key = name.removeprefix(f"{entry.kind}.")
            points = (prepared(entry, key, x) for x in (figure.value.low, figure.value.central, figure.value.high))
            _put(measure, key, _written(replace(figure, value=Uncertain(*points))))
            grades[key] = figure.grade
    for name, text in entry.parameters.items():
        if name not in PARAMETERS:
            raise _unknown(entry, name)
        key, write = PARAMETERS[name]
        _put(measure, key, _range(entry, text, write))
        grades.pop(key, None)
    if end is not None:
        measure.pop("duration", None)
        grades.pop("duration", None)
        measure["expires"] = end.isoformat()
    if kind == "outage":
        measure["facilities"] = goods
    else:
        measure |= {
            "exporter": _exporter(record),
            "destinations": list(entry.destinations) or "all",
            "commodities": goods,
        }
    _end(measure, entry, later)
    return measure | {"sources": [entry.source], "grade": entry.grade} | ({"grades": grades} if grades else {})


def prepared(entry: Entry, key: str, value: Any) -> Any:
    """A number of a measure after the notice that was given of it: customs that were warned need less time to prepare."""
    if key != "enforcement_ramp" or entry.announced is None:
        return value
    return np.maximum(value - float((entry.effective - entry.announced).days), 0.0)


def _exporter(record: Record) -> str:
    return record.episode.cases[0].origin


def _end(measure: dict[str, Any], entry: Entry, later: list[Entry]) -> None:
    """What a later line about the same goods and destinations ends or pauses."""
    for other in later:
        if other.kind not in ENDINGS or not set(entry.goods) & set(other.goods):
            continue
        if other.destinations and set(other.destinations) != set(entry.destinations):
            continue
        if other.kind == "lifting":
            measure.pop("duration", None)
            measure["expires"] = other.effective.isoformat()
        else:
            until = (other.end or date.max).isoformat()
            measure.setdefault("suspended", []).append({"from": other.effective.isoformat(), "to": until})


def _put(measure: dict[str, Any], dotted: str, value: Any) -> None:
    *blocks, key = dotted.split(".")
    for block in blocks:
        measure = measure.setdefault(block, {})
    measure[key] = value


def _written(figure: Figure) -> Any:
    """A number as a scenario writes it."""
    value = figure.value

    def one(x: float) -> Any:
        return f"{x:g} d" if figure.unit in ("d", "months", "yr") else float(f"{x:g}")

    if value.certain:
        return one(value.central)
    return {"low": one(value.low), "central": one(value.central), "high": one(value.high)}


def _range(entry: Entry, text: str, write: Callable[[float], Any] | None) -> Any:
    if write is None:
        return text.split()
    try:
        points = [float(part) for part in text.split("..")]
    except ValueError:
        points = []
    if len(points) == 1:
        return write(points[0])
    if len(points) == 3:
        return dict(zip(("low", "central", "high"), map(write, points), strict=True))
    start = entry.row.starts.get("parameters", 1)
    message = f"a parameter is a number, or low..central..high; found {text!r}"
    raise Invalid([Problem(entry.row.file, entry.row.line, start, start + 1, "error", "WT005", message)])


def _unknown(entry: Entry, name: str) -> Invalid:
    start = entry.row.starts.get("parameters", 1)
    help = did_you_mean(name, PARAMETERS) or f"parameters are {', '.join(PARAMETERS)}"
    message = f"unknown parameter '{name}'"
    return Invalid([Problem(entry.row.file, entry.row.line, start, start + len(name), "error", "WT010", message, help)])


def _text(data: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 4096
    out = io.StringIO()
    yaml.dump(dict(data), out)
    return out.getvalue()
