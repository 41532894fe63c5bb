"""What pydantic found wrong, in plain sentences at the place in the file.

One mistake gives one message: a misspelt key is both unknown and missing to pydantic, and is reported once with the
nearest name.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from simulator.scenario.kinds import KINDS
from simulator.scenario.model import Scenario
from simulator.scenario.problems import Problem, did_you_mean, nearest, problem_at
from simulator.scenario.quantities import shown
from simulator.scenario.yaml import Path, Places

Sentence = tuple[str, str, str]  # code, message, help

#: Sentence for each error type of pydantic that the models can raise; a test compares it with what is reachable.
TABLE: Mapping[str, Callable[[str, ErrorDetails], Sentence]] = {
    "missing": lambda name, e: ("SC011", f"the key '{name}' is missing", ""),
    "extra_forbidden": lambda name, e: ("SC010", f"unknown key '{name}'", ""),
    "literal_error": lambda name, e: _one_of(e["input"], _words(e)),
    "union_tag_invalid": lambda name, e: _one_of(_kind_of(e["input"]), KINDS),
    "union_tag_not_found": lambda name, e: ("SC011", "the key 'kind' is missing", f"kinds are {', '.join(KINDS)}"),
    "model_type": lambda name, e: _shape(name, "a block of keys", e["input"]),
    "model_attributes_type": lambda name, e: _shape(name, "a block of keys", e["input"]),
    "dict_type": lambda name, e: _shape(name, "a block of keys", e["input"]),
    "tuple_type": lambda name, e: _shape(name, "a list", e["input"]),
    "bool_type": lambda name, e: _one_of(e["input"], ("true", "false")),
    "string_type": lambda name, e: _shape(name, "text", e["input"]),
    "string_pattern_mismatch": lambda name, e: (
        "SC021",
        f"{name} is written in lower case with hyphens; got {shown(e['input'])}",
        _hyphened(e["input"]),
    ),
}


def problems_from(
    error: ValidationError, data: Mapping[str, Any], places: Places, model: type[BaseModel] = Scenario
) -> list[Problem]:
    """Problems of a failed validation, one per mistake.

    Parameters
    ----------
    error : what pydantic raised for `data`
    data : the file as plain data
    places : where its parts stand
    model : what the file was read as
    """
    errors = error.errors(include_url=False)
    missing, unknown = _keys_by_block(errors, places, "missing"), _keys_by_block(errors, places, "extra_forbidden")
    problems: list[Problem] = []
    for block, names in unknown.items():
        for name in names:
            close = nearest(name, missing.get(block, ()))
            if close:
                missing[block].remove(close)
            help = f"did you mean '{close}'?" if close else _hint(name, block, data, model)
            problems.append(problem_at(places.at((*block, name), key=True), "SC010", f"unknown key '{name}'", help))
    for block, names in missing.items():
        problems += [_missing(block, name, places) for name in names]
    problems += [_other(e, places) for e in errors if e["type"] not in ("missing", "extra_forbidden")]
    return problems


def wrong_paths(error: ValidationError, places: Places) -> set[Path]:
    """Paths of the file at which something is wrong."""
    return {places.known(_path(e)) for e in error.errors(include_url=False, include_context=False)}


def _path(error: ErrorDetails) -> Path:
    return tuple(error["loc"])


def _keys_by_block(errors: Iterable[ErrorDetails], places: Places, kind: str) -> dict[Path, list[str]]:
    blocks: dict[Path, list[str]] = {}
    for error in errors:
        if error["type"] == kind:
            block = places.known(_path(error)[:-1])
            blocks.setdefault(block, []).append(str(error["loc"][-1]))
    return blocks


def _missing(block: Path, name: str, places: Places) -> Problem:
    named = isinstance(block[-1], str) if block else False
    where = f" in {block[-1]}" if named else ""
    return problem_at(places.at(block, key=named), "SC011", f"the key '{name}' is missing{where}")


def _other(error: ErrorDetails, places: Places) -> Problem:
    path = _path(error)
    context = error.get("ctx", {})
    name = next((str(part) for part in reversed(places.known(path)) if isinstance(part, str)), "the file")
    if "sentence" in context:
        place = places.at((*path, *context["at"]), key=context["key"])
        return problem_at(place, error["type"], context["sentence"].replace("{key}", name), context["help"])
    if error["type"] == "union_tag_invalid":
        path = (*path, "kind")
    entry = isinstance((places.known(path) or ("",))[-1], int)
    code, message, help = TABLE[error["type"]](f"an entry of {name}" if entry else name, error)
    return problem_at(places.at(path), code, message, help)


def _words(error: ErrorDetails) -> list[str]:
    return [word.strip().strip("'") for word in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]


def _one_of(value: Any, words: Iterable[str]) -> Sentence:
    listed = list(words)
    help = did_you_mean(value, listed) if isinstance(value, str) else ""
    return "SC012", f"{shown(value)} is not one of {', '.join(listed)}", help


def _kind_of(value: Any) -> Any:
    return value.get("kind") if isinstance(value, Mapping) else value


def _shape(name: str, wanted: str, value: Any) -> Sentence:
    help = f"write [{value}]" if wanted == "a list" and isinstance(value, str) else ""
    return "SC013", f"{name} is {wanted}; got {shown(value)}", help


def _hyphened(value: Any) -> str:
    words = "".join(c if c.isalnum() and c.isascii() else " " for c in str(value).lower()).split()
    return f"did you mean '{'-'.join(words)}'?" if words else ""


def _hint(name: str, block: Path, data: Mapping[str, Any], top: type[BaseModel]) -> str:
    model = _model_at(block, data, top)
    if model is None:
        return ""
    known = [field.alias or key for key, field in model.model_fields.items()]
    here: Any = data
    for part in block:
        here = here[part]
    unused = [key for key in known if key not in here]
    return did_you_mean(name, known) or (f"keys still free here are {', '.join(unused)}" if unused else "")


def _model_at(path: Path, data: Mapping[str, Any], top: type[BaseModel]) -> type[BaseModel] | None:
    """Model that describes the block at `path`: walk the annotations along the data."""
    annotation: Any = top
    here: Any = data
    for part in path:
        here = here[part]
        if isinstance(part, int):
            inner = [a for option in _options(annotation) if get_origin(option) is tuple for a in get_args(option)]
            annotation = inner[0] if inner else None
        else:
            models = _models(annotation, here)
            model = models[0] if models else None
            fields = {f.alias or key: f.annotation for key, f in model.model_fields.items()} if model else {}
            annotation = fields.get(part)
        if isinstance(here, Mapping) and len(_models(annotation, here)) > 1:
            annotation = KINDS.get(str(here.get("kind")))
    models = _models(annotation, here)
    return models[0] if models else None


def _options(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Annotated:
        return _options(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(option for arg in get_args(annotation) for option in _options(arg))
    return (annotation,)


def _models(annotation: Any, value: Any) -> list[type[BaseModel]]:
    return [option for option in _options(annotation) if isinstance(option, type) and issubclass(option, BaseModel)]
