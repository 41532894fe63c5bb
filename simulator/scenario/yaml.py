"""YAML 1.2 read into plain data together with the place of every key and value.

Only what a reader can follow is accepted: no anchors, tags, merge keys or directives. Dates stay text, so that a date
that does not exist is reported like any other mistake.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.scenario.problems import Invalid, Place, Problem, problem_at

Path = tuple[str | int, ...]

DEEPEST = 30  # no scenario nests a fifth as deep

_TAG = "tag:yaml.org,2002:"
_SENTENCES = (  # from what the parser says to what a writer needs to know
    (
        "mapping values are not allowed",
        "a ':' stands where none is expected",
        "check the indentation; put text that contains ': ' in quotes",
    ),
    ("expected ',' or ']'", "a list in [ ] is not closed", "close it with ]"),
    ("expected ',' or '}'", "a block in { } is not closed", "close it with }"),
    ("unexpected end of stream while scanning a quoted scalar", "a quote is not closed", ""),
    ("unexpected end of stream", "the text ends too early", ""),
    ("expected a single document", "a file holds one scenario; '---' begins another", ""),
    ("another document", "a file holds one scenario; '---' begins another", ""),
    ("could not find expected ':'", "a line has no ':' after its key", "write 'key: value'"),
    ("expected <block end>", "the indentation does not fit the lines above", "keys of one block start in one column"),
    (
        "expected '<document start>'",
        "the indentation does not fit the lines above",
        "keys of one block start in one column",
    ),
    ("cannot start any token", "a character stands where none can begin a value", "put the text in quotes"),
    ("undefined alias", "anchors and aliases are not allowed", "write the value where it is needed"),
)


@dataclass
class Places:
    """Place of every value, and of the key that leads to it, by path."""

    file: str
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def known(self, path: Path) -> Path:
        """Longest chain of parts of `path` that is in the file; parts that are not are skipped."""
        kept: Path = ()
        for part in path:
            if (*kept, part) in self.values:
                kept = (*kept, part)
        return kept

    def at(self, path: Path, key: bool = False) -> Place:
        """Place of the value at `path`, or of its key; the nearest block above when it is not in the file."""
        kept = self.known(path)
        if key and kept in self.keys:
            return self.keys[kept]
        return self.values.get(kept, Place(self.file, 1, 1, 2))


def read(text: str, file: str) -> tuple[dict[str, Any], Places]:
    """Data of a file and the places of its parts.

    Raises
    ------
    Invalid
        when the text is not YAML, or uses what is refused; keys given twice are all reported
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        problems = _refused(YAML(typ="safe", pure=True), text, file)
        if problems:
            raise Invalid(problems, {file: text})
        yaml = YAML(typ="safe", pure=True)
        root = yaml.compose(io.StringIO(text))
    except YAMLError as error:
        raise Invalid([_syntax(error, text, file)], {file: text}) from None
    if root is None:
        raise Invalid(
            [
                Problem(
                    file, 1, 1, 2, "error", "SC001", "the file is empty", "simulator new FILE writes one to start from"
                )
            ],
            {file: text},
        )
    builder = _Builder(file, text.splitlines(), yaml.constructor)
    data = builder.build(root, ())
    if not isinstance(data, dict) and not builder.problems:
        place = builder.places.at(())
        builder.problems.append(problem_at(place, "SC013", "a scenario is a block of 'key: value' lines"))
    if builder.problems:
        raise Invalid(builder.problems, {file: text})
    return data, builder.places


class _Builder:
    """Builds plain data from nodes and notes where each stood."""

    def __init__(self, file: str, lines: list[str], constructor: Any) -> None:
        self.file, self.lines = file, lines
        self.places = Places(file)
        self.problems: list[Problem] = []
        self.scalar: Mapping[str, Callable[[Any], Any]] = {
            "int": constructor.construct_yaml_int,
            "float": constructor.construct_yaml_float,
            "bool": constructor.construct_yaml_bool,
            "null": lambda node: None,
            "str": lambda node: node.value,
            "timestamp": lambda node: node.value,
        }

    def build(self, node: Any, path: Path) -> Any:
        self.places.values[path] = self._place(node)
        if hasattr(node, "flow_style") and isinstance(node.value, list):
            if str(node.tag).endswith(":map"):
                return self._mapping(node, path)
            return [self.build(item, (*path, i)) for i, item in enumerate(node.value)]
        kind = str(node.tag).removeprefix(_TAG)
        try:
            return self.scalar[kind](node)
        except ValueError:
            return node.value

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in node.value:
            place = self._place(key)
            if not isinstance(key.value, str):
                self.problems.append(problem_at(place, "SC013", "a key is plain text"))
            elif key.value == "<<":
                self.problems.append(
                    problem_at(place, "SC004", "merge keys are not allowed", "write the keys where they are needed")
                )
            elif key.value in out:
                first = self.places.keys[(*path, key.value)].line
                self.problems.append(
                    problem_at(
                        place,
                        "SC003",
                        f"'{key.value}' is given twice in the same block",
                        notes=[f"it is first given at line {first}"],
                    )
                )
            else:
                self.places.keys[(*path, key.value)] = place
                out[key.value] = self.build(value, (*path, key.value))
        return out

    def _place(self, node: Any) -> Place:
        if isinstance(node.value, list) and node.value and not node.flow_style:  # a block: its first key or item
            first = node.value[0]
            return self._place(first[0] if isinstance(first, tuple) else first)
        start, end = node.start_mark, node.end_mark
        line = self.lines[start.line] if start.line < len(self.lines) else ""
        stop = end.column if end.line == start.line else len(line.rstrip())
        return Place(self.file, start.line + 1, start.column + 1, max(stop, start.column + 1) + 1)


def _refused(yaml: Any, text: str, file: str) -> list[Problem]:
    """Anchors, aliases, tags and directives, which the parser would resolve in silence."""
    problems: list[Problem] = []
    depth = 0
    for event in yaml.parse(io.StringIO(text)):
        name = type(event).__name__
        mark, end = event.start_mark, event.end_mark
        depth += name.endswith("StartEvent") - name.endswith("EndEvent")
        if depth > DEEPEST:
            place = Place(file, mark.line + 1, mark.column + 1, mark.column + 2)
            return [problem_at(place, "SC002", "blocks are nested too deeply")]
        if name == "DocumentStartEvent":
            if event.version or event.tags:
                lines = text.splitlines()
                number = next(i for i, line in enumerate(lines) if line.startswith("%"))
                place = Place(file, number + 1, 1, len(lines[number].split()[0]) + 1)
                problems.append(problem_at(place, "SC004", "directives such as %YAML are not allowed"))
            continue
        if name == "AliasEvent" or getattr(event, "anchor", None):
            mark_text = f"{'*' if name == 'AliasEvent' else '&'}{event.anchor}"
            message, help = f"anchors and aliases are not allowed: '{mark_text}'", "write the value where it is needed"
        elif getattr(event, "tag", None):
            mark_text = str(event.tag).replace(_TAG, "!!")
            message, help = f"tags are not allowed: '{mark_text}'", "write plain text, numbers, lists and blocks"
        else:
            continue
        line, column = mark.line, mark.column
        found = text.splitlines()[line].find(mark_text, column) if end.line >= line else -1
        column = found if found >= 0 else column
        place = Place(file, line + 1, column + 1, column + 1 + len(mark_text))
        problems.append(problem_at(place, "SC004", message, help))
    return problems


def _syntax(error: Any, text: str, file: str) -> Problem:
    """Say what the parser stumbled over in words for a writer."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = " ".join(str(part) for part in (getattr(error, "problem", ""), getattr(error, "context", "")) if part)
    lines = text.splitlines()
    if mark is None:  # the reader met a character that YAML does not allow
        position = int(getattr(error, "position", 0) or 0)
        before = text[:position]
        line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
        return Problem(file, line, column, column + 1, "error", "SC002", "a control character is not allowed")
    tabbed = re.match(r"[ ]*\t", lines[mark.line]) if mark.line < len(lines) else None
    if tabbed or "'\\t'" in said:
        column = lines[mark.line].find("\t") + 1
        return Problem(
            file,
            mark.line + 1,
            column,
            column + 1,
            "error",
            "SC005",
            "a tab is used for indentation",
            "indent with spaces",
        )
    opening = getattr(error, "context_mark", None)
    if opening is not None and ("flow " in said or "quoted scalar" in said):
        mark = opening  # what is not closed is easier to mend where it opens
    for needle, sentence, help in _SENTENCES:
        if needle in said:
            return Problem(file, mark.line + 1, mark.column + 1, mark.column + 2, "error", "SC002", sentence, help)
    return Problem(file, mark.line + 1, mark.column + 1, mark.column + 2, "error", "SC002", "this is not valid YAML")
