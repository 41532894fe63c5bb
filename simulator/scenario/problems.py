"""What is wrong with an input, told the way a compiler tells it: where, what, and what to do.

Every room reports through `Problem`; `Invalid` carries all of them at once, in file order. The command line turns an
`Invalid` into exit code 2.
"""

from __future__ import annotations

import difflib
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]

CODES: Mapping[str, str] = {
    "SC001": "The file cannot be read: it is missing, empty or not UTF-8 text.",
    "SC002": "The text is not valid YAML.",
    "SC003": "A key is given twice in the same block.",
    "SC004": "Anchors, aliases, tags, merge keys and directives are refused: a file says what it means in place.",
    "SC005": "A tab is used for indentation.",
    "SC010": "A key is not known here.",
    "SC011": "A key that must be given is missing.",
    "SC012": "A word is not one of those allowed here.",
    "SC013": "A value has the wrong shape, such as text where a list is meant.",
    "SC014": "A number is meant here.",
    "SC015": "A number is outside its range.",
    "SC016": "A unit is missing, unknown or of the wrong kind.",
    "SC017": "The points of an uncertain number or date are not in order.",
    "SC018": "A date does not exist or is not written as year-month-day.",
    "SC019": "A duration is given in months or years.",
    "SC020": "A number stands where text is meant; quote it.",
    "SC021": "An id is not written in lower case with hyphens.",
    "SC030": "Dates are in the wrong order.",
    "SC031": "Two keys that exclude each other are both given, or neither is.",
    "SC032": "An id is used twice.",
    "SC033": "A number has no source.",
    "SC034": "A named world, table, scenario, strategy or measure does not exist.",
    "SC035": "Files include each other in a circle.",
    "SC036": "What is included does not fit: another world, or an id that stands for two things.",
    "SC037": "A branch has to be chosen, or there is no such branch.",
    "SC038": "Arms cannot be compared, or a target cannot be read or is of no key figure.",
    "SC040": "Warning: an event comes after the end of the run.",
    "SC041": "Warning: an event comes before the warm-up ends.",
}


class Place(NamedTuple):
    """A stretch of one line of a file; line and columns count from 1 and `end_column` is one past the last."""

    file: str
    line: int
    column: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong or odd, and where."""

    file: str
    line: int
    column: int
    end_column: int
    severity: Severity
    code: str
    message: str
    help: str = ""
    notes: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[str, int, int, str]:
        """Key that sorts problems into file order."""
        return (self.file, self.line, self.column, self.message)


class Invalid(Exception):  # noqa: N818 - reads as a sentence: raise Invalid(problems)
    """The input cannot be used. Carries every problem found, in file order; `texts` holds sources kept in memory."""

    def __init__(self, problems: Iterable[Problem], texts: Mapping[str, str] | None = None) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.order))
        self.texts = dict(texts or {})
        super().__init__(render(self.problems, self.texts))

    def __reduce__(self) -> tuple[type[Invalid], tuple[tuple[Problem, ...], dict[str, str]]]:
        return (Invalid, (self.problems, self.texts))


def problem_at(
    place: Place, code: str, message: str, help: str = "", notes: Sequence[str] = (), severity: Severity = "error"
) -> Problem:
    """Problem at a place."""
    return Problem(*place, severity, code, message, help, tuple(notes))


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known name most like `name`, or None when none is close."""
    by_lower = {word.lower(): word for word in sorted(known)}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a help sentence that names the nearest known name, or nothing."""
    close = nearest(name, known)
    return f"did you mean '{close}'?" if close else ""


def render(problems: Sequence[Problem], texts: Mapping[str, str] | None = None) -> str:
    """Text for a terminal: each problem with its line and a marker, then the count."""
    sources = _Sources(texts or {})
    blocks = [_block(problem, sources) for problem in problems]
    return "\n".join([*blocks, _count(problems)])


def as_json(problems: Iterable[Problem]) -> str:
    """Return the problems as a JSON list with stable codes."""
    keys = ("file", "line", "column", "end_column", "severity", "code", "message", "help")
    rows = [{**{key: getattr(problem, key) for key in keys}, "notes": list(problem.notes)} for problem in problems]
    return json.dumps(rows, ensure_ascii=False, indent=2)


class _Sources:
    """Lines of the files that problems point into; read once, absent files give nothing."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._lines = {file: text.splitlines() for file, text in texts.items()}

    def line(self, file: str, number: int) -> str:
        if file not in self._lines:
            try:
                self._lines[file] = Path(file).read_text("utf-8-sig").splitlines()
            except (OSError, UnicodeDecodeError):
                self._lines[file] = []
        lines = self._lines[file]
        return lines[number - 1] if 0 < number <= len(lines) else ""


def _block(problem: Problem, sources: _Sources) -> str:
    rows = [f"{problem.file}:{problem.line}:{problem.column}: {problem.severity}: {problem.message}"]
    line = sources.line(problem.file, problem.line)
    if line.strip():
        start, end = problem.column - 1, max(problem.end_column - 1, problem.column)
        # A tab keeps its width under itself; a wide character needs two marks.
        lead = "".join("\t" if c == "\t" else " " * _width(c) for c in line[:start])
        marks = "^" * max(1, sum(_width(c) for c in line[start:end]))
        rows += [f"{problem.line:>7} | {line.rstrip()}", f"{'':>7} | {lead}{marks}"]
    rows += [f"{'':>7} = help: {problem.help}"] if problem.help else []
    rows += [f"{'':>7} = note: {note}" for note in problem.notes]
    return "\n".join(rows)


def _width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _count(problems: Sequence[Problem]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    parts = [_plural(n, word) for n, word in ((errors, "error"), (len(problems) - errors, "warning")) if n]
    files = sorted({problem.file for problem in problems})
    where = files[0] if len(files) == 1 else _plural(len(files), "file")
    ending = " Nothing was run." if errors else ""
    return f"{' and '.join(parts) or 'No problems'} in {where}.{ending}"


def _plural(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
