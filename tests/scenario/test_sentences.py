"""Every kind of error that the models can raise has a sentence, and none speaks of the machinery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.scenario.kinds import KINDS
from simulator.scenario.loading import inspect, read_text
from simulator.scenario.model import Scenario
from simulator.scenario.sentences import TABLE

#: Error types that a node of pydantic's schema can raise, by node type; constraints are added below.
RAISED: dict[str, set[str]] = {
    "model": {"model_type"},
    "model-fields": {"missing", "extra_forbidden", "model_attributes_type"},
    "tagged-union": {"union_tag_invalid", "union_tag_not_found", "model_attributes_type"},
    "literal": {"literal_error"},
    "bool": {"bool_type"},
    "str": {"string_type"},
    "tuple": {"tuple_type"},
    "dict": {"dict_type"},
    # Functions raise sentences of their own; the rest only passes on what is inside.
    "function-plain": set(),
    "function-before": set(),
    "function-after": set(),
    "nullable": set(),
    "default": set(),
    "model-field": set(),
    "definitions": set(),
    "definition-ref": set(),
    "chain": set(),
    "function-wrap": set(),
    "no-info": set(),
    "with-info": set(),
}
CONSTRAINTS = {"pattern": "string_pattern_mismatch"}
HARMLESS = {"strict"}


def nodes(schema: Any, defined: dict[str, Any], seen: set[str]) -> Iterator[dict[str, Any]]:
    if isinstance(schema, list | tuple):
        for inner in schema:
            yield from nodes(inner, defined, seen)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "definitions":
        defined.update({inner["ref"]: inner for inner in schema["definitions"]})
        schema = schema["schema"]
    if schema.get("type") == "definition-ref" and schema["schema_ref"] not in seen:
        seen.add(schema["schema_ref"])
        yield from nodes(defined[schema["schema_ref"]], defined, seen)
    if isinstance(schema.get("type"), str):
        yield schema
    if schema.get("type") == "function-plain":  # what is inside describes the result, which is not checked
        return
    for key, inner in schema.items():
        if key not in ("metadata", "serialization", "config", "ref", "cls"):
            yield from nodes(inner, defined, seen)


def reachable() -> set[str]:
    types: set[str] = set()
    for node in nodes(Scenario.__pydantic_core_schema__, {}, set()):
        types |= RAISED[node["type"]]  # an unknown node type fails the test: say what it can raise
        if node["type"] in ("str", "bool"):
            limits = set(node) - {"type", "metadata", "serialization", "ref"} - HARMLESS
            types |= {CONSTRAINTS[limit] for limit in limits}
    return types


def test_every_reachable_error_has_a_sentence_and_every_sentence_is_reachable() -> None:
    assert reachable() == set(TABLE)


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "broken").glob("*.yaml")), ids=lambda path: path.stem)
def test_no_message_speaks_of_the_machinery(path: Path) -> None:
    for problem in inspect(path)[1]:
        for word in ("Input should", "pydantic", "extra_forbidden", "discriminator", " tag '", "NoneType", "{key}"):
            assert word not in f"{problem.message} {problem.help}"


@pytest.mark.parametrize(
    "value", ["", "3", "[]", "{}", "[1, 2]", "true", "{low: 1}", "text", "{except: 3}", "2027-01-01", "1e9"]
)
def test_any_value_at_any_key_is_read_or_refused_with_a_sentence(value: str) -> None:
    top = {"name": "x", "title": "x", "kind": "branch", "end": "2029-12-31", "grade": "D"}
    for key in Scenario.model_fields:
        text = "".join(f"{k}: {v}\n" for k, v in {**top, key: value}.items())
        scenario, problems = read_text(text, "x.yaml")
        assert (scenario is None) == any(problem.severity == "error" for problem in problems)
        assert all(problem.message and "{" not in problem.code for problem in problems)


@pytest.mark.parametrize("value", ["", "3", "{}", "[[1]]", "{low: 1}", "text", "[{a: 1}]", "{except: [1]}"])
def test_any_value_at_any_key_of_a_measure_is_read_or_refused_with_a_sentence(value: str) -> None:
    text = "name: x\ntitle: x\nkind: branch\nend: 2029-12-31\ngrade: D\nevents:\n"
    for word, model in KINDS.items():
        for name, field in model.model_fields.items():
            key = field.alias or name
            measure = {"kind": word, "id": f"{word}-{name}".replace("_", "-"), "effective": "2027-01-01", key: value}
            rows = [f"{k}: {v}" for k, v in measure.items()]
            text += "  - " + "\n    ".join(rows) + "\n"
    scenario, problems = read_text(text, "x.yaml")
    assert scenario is None
    assert all(problem.message.strip() and problem.line > 6 for problem in problems)
