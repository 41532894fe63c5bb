"""The reference page of the scenario language, made from its schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulator.scenario.grid import Grid
from simulator.scenario.kinds import KINDS
from simulator.scenario.measures import Measure
from simulator.scenario.problems import CODES
from simulator.scenario.schema import VALUES, json_schema
from simulator.scenario.strategy import Strategy

_INTRO = """\
# Scenario reference

A scenario is a YAML file: one block of keys, with a list of events. A strategy is one with a list of measures, a grid one
with a list of scenarios and one of strategies to compare. This page is made from the schema that `simulator schema`
prints; after a change of the models run `python -m simulator.scenario.reference`.

An editor that knows YAML schemas completes keys and shows these descriptions when the first line of the file is

```yaml
# yaml-language-server: $schema=scenario.schema.json
```

or, for a strategy, `strategy.schema.json`, and for a grid `grid.schema.json`.

## How values are written

- **Share**: a number from 0 to 1, or a percentage: `0.2` and `20 %` are the same.
- **Duration**: days or weeks, `45 d` or `6 wk`. Months and years have no fixed length and are refused; give an end
  date, or days.
- **Mass, rate, price**: a number with a unit: `12 kt`, `12 kt/yr`, `60 USD/kg`. Units are kg, t, kt, Mt, d, wk, month,
  yr, % and USD; kt is a thousand tonnes. A yearly rate is spread over 365 days.
- **Uncertain number**: `{low: 30 d, central: 45 d, high: 65 d}`. It is fixed but unknown: drawn once per replication
  from the triangular distribution over the three points.
- **Uncertain date**: `{earliest: 2027-01-01, central: 2027-03-01, latest: 2027-06-01}`.
- **Names**: sites, commodities, sectors and countries by the ids of the world; countries by ISO code of three letters,
  groups such as EU27 by name.
- **Grade**: A official, B trade press, C weak, D our assumption. A number without a source is refused unless its
  grade is D.
"""

#: Blocks inside measures, by model, with the key under which they stand.
BLOCKS = {
    "Office": "office",
    "Speed": "speeds",
    "Span": "suspended",
    "Overcompliance": "overcompliance",
    "PriorityClass": "classes",
    "Title": "title",
    "Include": "includes",
}


def page() -> str:
    """Return the reference page as Markdown."""
    schema = json_schema()
    blocks = schema["$defs"]
    common = [field.alias or name for name, field in Measure.model_fields.items()]
    parts = [
        _INTRO,
        _section("The scenario", schema, skip=()),
        _section("The strategy", json_schema(Strategy), skip=()),
        _section("The grid", json_schema(Grid), skip=()),
        "## Measures\n\nEvents and responses are measures. Each has a kind and the keys that all share.\n",
        _table(blocks["ExportBan"], only=common).replace(
            "| `export_ban` | must be given |  |", "| a kind of those below | must be given | what it is |"
        ),
    ]
    for word, model in KINDS.items():
        parts.append(_section(f"`{word}`", blocks[model.__name__], skip=common, level=3))
    parts.append("## Blocks inside\n")
    for model_name, name in BLOCKS.items():
        definition = blocks[model_name]
        parts.append(_section(f"`{name}`", definition["anyOf"][1] if "anyOf" in definition else definition, (), 3))
    parts.append("## Problems\n\nEach problem has a stable code, shown with `--json`.\n")
    parts += ["| code | meaning |\n|---|---|", *(f"| {code} | {words} |" for code, words in CODES.items())]
    return "\n".join(parts).rstrip() + "\n"


def _section(title: str, block: Mapping[str, Any], skip: tuple[str, ...] | list[str], level: int = 2) -> str:
    return f"{'#' * level} {title}\n\n{block.get('description', '')}\n\n{_table(block, skip)}"


def _table(block: Mapping[str, Any], skip: tuple[str, ...] | list[str] = (), only: list[str] | None = None) -> str:
    rows = ["| key | value | if left out | meaning |", "|---|---|---|---|"]
    for key, value in block["properties"].items():
        if key in skip or (only is not None and key not in only):
            continue
        left_out = "must be given" if key in block.get("required", ()) else _default(value)
        cells = (f"`{key}`", _words(value), left_out, str(value.get("description", "")))
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _default(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    if default in (None, [], {}, ()):
        return "–"
    if isinstance(default, dict):
        return "`{" + ", ".join(f"{key}: {part}" for key, part in default.items()) + "}`"
    return f"`{default}`" if isinstance(default, str) else f"`{json.dumps(default)}`"


def _words(value: Mapping[str, Any]) -> str:
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        if name == "Include":
            return "name, `name:branch`, or block, see includes"
        if name == "Title":
            return "text, or {en, fr, ja}"
        return VALUES[name][1] if name in VALUES else f"block, see {BLOCKS[name]}"
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{word}`" for word in value["enum"])
    if "anyOf" in value:
        return " or ".join(_words(option) for option in value["anyOf"])
    if value.get("type") == "array":
        inner = value["items"]
        return "list of measures" if "discriminator" in inner else f"list of {_words(inner)}"
    if value.get("type") == "object":
        return f"name: {_words(value['additionalProperties'])}"
    return {"integer": "whole number", "boolean": "true or false", "string": "text"}[value["type"]]


if __name__ == "__main__":
    from pathlib import Path

    from simulator.scenario.schema import as_text

    root = Path(__file__).resolve().parents[2]
    (root / "docs" / "scenario-reference.md").write_text(page(), encoding="utf-8")
    (root / "scenarios" / "scenario.schema.json").write_text(as_text(), encoding="utf-8")
    (root / "scenarios" / "strategies" / "strategy.schema.json").write_text(as_text(Strategy), encoding="utf-8")
    (root / "scenarios" / "grids" / "grid.schema.json").write_text(as_text(Grid), encoding="utf-8")
