"""Scenarios, strategies and grids as JSON schemas, for editors: completion, hover text and marks while typing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulator.scenario import quantities as q
from simulator.scenario.kinds import KINDS
from simulator.scenario.measures import Part
from simulator.scenario.model import Scenario

#: Types of values by their name in the schema, with the words that describe them to a reader.
VALUES: Mapping[str, tuple[Any, str]] = {
    "share": (q.Share, "share, such as 0.2 or 20 %"),
    "factor": (q.Factor, "number, 0 or more"),
    "days": (q.Days, "duration, such as 45 d or 6 wk"),
    "period": (q.Period, "duration of at least a day, such as 30 d"),
    "uncertain_share": (q.UncertainShare, "share, or {low, central, high}"),
    "uncertain_ratio": (q.UncertainRatio, "share of value, may exceed 100 %, or {low, central, high}"),
    "uncertain_change": (q.UncertainChange, "change, such as 20 % or -0.1, or {low, central, high}"),
    "uncertain_factor": (q.UncertainFactor, "number, or {low, central, high}"),
    "uncertain_days": (q.UncertainDays, "duration, or {low, central, high}"),
    "uncertain_mass": (q.UncertainMass, "mass, such as 12 kt, or {low, central, high}"),
    "uncertain_rate": (q.UncertainRate, "rate, such as 12 kt/yr, or {low, central, high}"),
    "uncertain_price": (q.UncertainPrice, "price, such as 60 USD/kg, or {low, central, high}"),
    "uncertain_money": (q.UncertainMoney, "money, such as 1200000 USD, or {low, central, high}"),
    "parameter": (q.Parameter, "number, text with a unit, or {low, central, high}"),
    "date": (q.Date, "date, year-month-day"),
    "uncertain_date": (q.DateOrRange, "date, or {earliest, central, latest}"),
    "text": (q.Text, "text"),
    "names": (q.Names, "list of names"),
    "selection": (q.Selected, "all, a list of names, or {except: [...]}"),
}


def json_schema(model: type[Part] = Scenario) -> dict[str, Any]:
    """Return the schema of a scenario file, or of a strategy or grid file (JSON Schema draft 2020-12)."""
    raw = model.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
    named = {_key(kind.__metadata__[-1].json_schema): name for name, (kind, _) in VALUES.items()}
    blocks = raw.pop("$defs")
    tidy = _tidy(raw, named)
    definitions = {name: _tidy(block, named) for name, block in blocks.items()}
    for word, kind_model in KINDS.items():
        if kind_model.__name__ in definitions:  # a grid has no measures
            definitions[kind_model.__name__]["title"] = word
    for name, (kind, words) in VALUES.items():
        definitions[name] = {**kind.__metadata__[-1].json_schema, "description": words}
    # A plain text stands for a title in English.
    definitions["Title"] = {"anyOf": [{"type": "string", "minLength": 1}, definitions["Title"]]}
    if "Include" in definitions:  # and one for the name of what is included
        definitions["Include"] = {"anyOf": [{"type": "string", "minLength": 1}, definitions["Include"]]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **tidy,
        "title": model.__name__.lower(),
        "$defs": dict(sorted(definitions.items())),
    }


def as_text(model: type[Part] = Scenario) -> str:
    """Return the schema as the committed file holds it."""
    return json.dumps(json_schema(model), indent=2, ensure_ascii=False) + "\n"


def _key(schema: Any) -> str:
    return json.dumps(schema, sort_keys=True)


def _tidy(node: Any, named: Mapping[str, str]) -> Any:
    """Replace spelled-out values by their name, drop titles made from Python names, and shorten descriptions."""
    if isinstance(node, list):
        return [_tidy(item, named) for item in node]
    if not isinstance(node, dict):
        return node
    about = {key: node[key] for key in ("default", "description") if key in node}
    about = {key: value for key, value in about.items() if key == "default" or isinstance(value, str)}
    rest = {
        key: value
        for key, value in node.items()
        if key not in about and not (key == "title" and isinstance(value, str))
    }
    if "description" in about:
        about["description"] = " ".join(about["description"].split())
    name = named.get(_key(rest))
    if name:
        return {"$ref": f"#/$defs/{name}", **about}
    options = rest.get("anyOf", [])
    if {"type": "null"} in options:  # a key that may be left out needs no "or null"
        others = [option for option in options if option != {"type": "null"}]
        about.pop("default", None)
        return _tidy({**(others[0] if len(others) == 1 else {"anyOf": others}), **about}, named)
    return {**{key: _tidy(value, named) for key, value in rest.items()}, **about}
