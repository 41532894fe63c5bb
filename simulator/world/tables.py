"""Reading tables in which every value says where it comes from.

A table is a CSV file with a heading. A value without unit, source or grade is refused. Problems are collected, each
with file, line and column, so that all of them can be shown at once.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from simulator.scenario.problems import Problem, did_you_mean
from simulator.scenario.uncertain import Uncertain
from simulator.world.model import Figure

YEAR = 365.0
UNITS: Mapping[str, float] = {
    "t/yr": 1 / YEAR,
    "t/d": 1.0,
    "t/t": 1.0,
    "d": 1.0,
    "months": YEAR / 12,
    "yr": YEAR,
    "USD/(t/yr)": YEAR,
    "1": 1.0,
    "1/yr": 1.0,
    "USD/kg": 1000.0,
    "USD/t": 1.0,
    "t": 1.0,
    "%": 0.01,
    "t/month": 12 / YEAR,
    "kg": 0.001,
    "USD": 1.0,
    "bn USD/yr": 1e9,
    "% of GDP": 0.01,
}
"""Units a table may use, and the factor to the canonical unit (t, t/d, d, USD, USD/t, USD per t/d, 1)."""

GRADES = "ABCD"
PROVENANCE = ("unit", "source", "year", "grade", "note")

CODES: Mapping[str, str] = {
    "WT001": "A table is missing.",
    "WT002": "A table is empty.",
    "WT003": "A column is missing.",
    "WT004": "A row has too many or too few cells.",
    "WT005": "A number is meant here.",
    "WT006": "A number is outside its range, or low, central and high are not in order.",
    "WT007": "A unit is missing, unknown or of the wrong kind.",
    "WT008": "A value has no source.",
    "WT009": "A value has no grade.",
    "WT010": "A name is not known in this world.",
    "WT011": "A date does not exist or is not written as year-month-day.",
    "WT012": "A yes or no is meant here.",
    "WT020": "A name is given twice.",
    "WT021": "The shares of a buyer do not sum to one.",
    "WT022": "A buyer has no supplier for something it uses.",
    "WT023": "A lane is missing between two countries that trade.",
    "WT024": "A stock has no cover, a commodity no price or a sector no growth.",
    "WT025": "A supplier does not make what is bought from it.",
    "WT026": "Orders go in a circle.",
    "WT027": "A row graded A or B has been adjusted.",
    "WT028": "Only a depot, which passes on what it buys, has a position at which it orders.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: its cells by column, and where each begins (character of the line, from 1)."""

    file: str
    line: int
    cells: Mapping[str, str]
    starts: Mapping[str, int]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    @property
    def place(self) -> str:
        """Where the row stands, as file:line."""
        return f"{self.file}:{self.line}"


@dataclass
class Reader:
    """Reads the tables of one folder and keeps the problems found on the way."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)

    def rows(self, name: str, columns: Sequence[str], optional: bool = False) -> list[Row]:
        """All rows of a table. A missing table or column is a problem; an optional table may be missing."""
        path = self.folder / name
        if not path.is_file():
            if not optional:
                self.add(str(path), 1, 1, 1, "WT001", f"the table {name} is missing")
            return []
        lines = path.read_text(encoding="utf-8-sig").splitlines()  # spreadsheets put a mark before the first column
        if not lines:
            self.add(str(path), 1, 1, 1, "WT002", f"the table {name} has no heading")
            return []
        heading = [cell for _, cell in _cells(lines[0])]
        missing = [column for column in columns if column not in heading]
        if missing:
            self.add(
                str(path),
                1,
                1,
                len(lines[0]) + 1,
                "WT003",
                f"{name} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
            )
            return []
        return [
            row
            for number, line in enumerate(lines[1:], 2)
            if line.strip() and (row := self._row(str(path), number, line, heading)) is not None
        ]

    def _row(self, file: str, number: int, line: str, heading: list[str]) -> Row | None:
        found = list(_cells(line))
        if len(found) != len(heading):
            self.add(file, number, 1, len(line) + 1, "WT004", f"expected {len(heading)} cells, found {len(found)}")
            return None
        cells = {column: cell.strip() for column, (_, cell) in zip(heading, found, strict=True)}
        starts = {column: start for column, (start, _) in zip(heading, found, strict=True)}
        return Row(file, number, cells, starts)

    def error(self, row: Row, column: str, code: str, message: str, help: str = "") -> None:
        """Note a problem of one cell."""
        start = row.starts.get(column, 1)
        self.add(row.file, row.line, start, start + max(1, len(row[column])), code, message, help)

    def add(self, file: str, line: int, column: int, end: int, code: str, message: str, help: str = "") -> None:
        """Note a problem of a place."""
        self.problems.append(
            Problem(
                file=file,
                line=line,
                column=column,
                end_column=end,
                severity="error",
                code=code,
                message=message,
                help=help,
            )
        )

    def number(self, row: Row, column: str) -> float | None:
        """A finite number, or None with a problem noted."""
        try:
            value = float(row[column])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.error(row, column, "WT005", f"{column} must be a number, found {row[column]!r}")
            return None
        return value

    def figure(self, row: Row, column: str, units: Sequence[str], low: float = 0.0) -> Figure | None:
        """The value of a row with its range and provenance, in the canonical unit; None with problems noted.

        Parameters
        ----------
        column : the column of the central value; `low` and `high` beside it may be blank (a certain value)
        units : units allowed here
        low : smallest value allowed, in the unit of the table
        """
        sound = self.provenance(row, units)
        central = self.number(row, column)
        first, last = (self.number(row, name) if row[name] else central for name in ("low", "high"))
        if not sound or central is None or first is None or last is None:
            return None
        if not first <= central <= last:
            self.error(
                row, column, "WT006", f"low, {column} and high must be in order; got {first:g}, {central:g}, {last:g}"
            )
            return None
        if first < low:
            self.error(row, column, "WT006", f"{column} must not be below {low:g}")
            return None
        value = Uncertain(first, central, last).scaled(UNITS[row["unit"]])
        return Figure(value, row["unit"], row["source"], row["year"], row["grade"], row.place, row["note"])

    def provenance(self, row: Row, units: Sequence[str]) -> bool:
        """Whether a row states an allowed unit, a source and a grade; what is missing is noted."""
        before = len(self.problems)
        if row["unit"] not in units:
            self.error(row, "unit", "WT007", f"unit {row['unit']!r} is not one of {', '.join(units)}")
        if not row["source"]:
            self.error(
                row,
                "source",
                "WT008",
                "a value needs a source",
                help="name publisher, title and reference, or say which assumption it is",
            )
        if row["grade"] not in tuple(GRADES):
            self.error(
                row,
                "grade",
                "WT009",
                f"a value needs a grade A, B, C or D, found {row['grade']!r}",
                help="A official, B trade press, C weak, D assumption",
            )
        return len(self.problems) == before

    def known(self, row: Row, column: str, names: Mapping[str, object], what: str) -> bool:
        """Whether a cell names something that exists; otherwise a problem with the nearest name."""
        if row[column] in names:
            return True
        self.error(row, column, "WT010", f"unknown {what} {row[column]!r}", help=did_you_mean(row[column], names))
        return False

    def day(self, row: Row, column: str) -> date | None:
        """A calendar date YYYY-MM-DD, or None with a problem noted."""
        try:
            return date.fromisoformat(row[column])
        except ValueError:
            self.error(row, column, "WT011", f"{column} must be a date YYYY-MM-DD, found {row[column]!r}")
            return None

    def flag(self, row: Row, column: str) -> bool:
        """A yes or no; blank is yes."""
        if row[column] not in ("yes", "no", ""):
            self.error(row, column, "WT012", f"{column} must be yes or no, found {row[column]!r}")
        return row[column] != "no"


def _cells(line: str) -> Iterator[tuple[int, str]]:
    """Start (character, from 1) and text of each cell of a CSV line."""
    texts = next(csv.reader([line]))
    quoted, starts = False, [1]
    for position, character in enumerate(line, 1):
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            starts.append(position + 1)
    return iter(list(zip(starts, texts, strict=False)))
