"""Quantities with units, read once at the edge.

The registry holds only the units of this product: kg, t, kt (a thousand tonnes), Mt; d, wk, month, yr; USD; %. A rate
per year is spread over 365 days, and a month is a twelfth of that.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

UNITS = ("kg", "t", "kt", "Mt", "d", "wk", "month", "yr", "%", "USD")

#: What each canonical unit measures, and how to write it.
MEASURES = {
    "t": ("a mass", "12 kt"),
    "d": ("a duration", "45 d"),
    "t/d": ("a rate", "12 kt/yr"),
    "USD/t": ("a price", "60 USD/kg"),
    "USD": ("an amount of money", "1200000 USD"),
    "1/yr": ("a change per year", "3 %/yr"),
    "1": ("a share", "20 %"),
}

_DEFINITIONS = (
    "kg = [mass]",
    "t = 1000 * kg",
    "kt = 1000 * t",
    "Mt = 1000 * kt",
    "d = [time]",
    "wk = 7 * d",
    "yr = 365 * d",
    "month = yr / 12",
    "percent = 0.01",
    "USD = [money]",
)
_TEXT = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*\Z", re.DOTALL)
_UNIT = re.compile(r"(?:1|[A-Za-z%]+)(?:\s*/\s*[A-Za-z]+)?\Z")


class UnitError(ValueError):
    """A text is not a quantity of the wanted kind. `code` is the problem code, `help` what to write instead."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(None)
    for line in _DEFINITIONS:
        registry.define(line)
    return registry


@lru_cache(maxsize=512)
def factor(unit: str, canonical: str) -> float:
    """Return how many of the canonical unit one `unit` is.

    Parameters
    ----------
    unit : such as ``kt/yr``
    canonical : one of `MEASURES`

    Raises
    ------
    UnitError
        when the unit is unknown or measures something else
    """
    kind, example = MEASURES[canonical]
    names = [name for name in re.split(r"\s*/\s*", unit.strip()) if name != "1"]
    unknown = [name for name in names if name not in UNITS]
    if unknown or not _UNIT.match(unit.strip()):
        raise UnitError("SC016", f"'{unknown[0] if unknown else unit}' is not a unit", f"units are {', '.join(UNITS)}")
    registry = _registry()
    source = registry.parse_units(unit.strip().replace("%", "percent"))
    target = registry.parse_units("" if canonical == "1" else canonical)
    if source.dimensionality != target.dimensionality:
        raise UnitError("SC016", f"'{unit}' is not a unit of {kind}", f"write {kind} such as '{example}'")
    return float(registry.Quantity(1.0, source).to(target).magnitude)


def quantity(text: str, canonical: str) -> float:
    """Value of a text such as ``12 kt/yr`` in the canonical unit.

    Raises
    ------
    UnitError
        when the text is not a number with a unit of the right kind; a bare number is a share only
    """
    number, unit = split(text, canonical)
    if not unit:
        if canonical == "1":
            return number
        kind, example = MEASURES[canonical]
        raise UnitError("SC016", f"{kind} needs a unit; got {text.strip()}", f"write it such as '{example}'")
    return number * factor(unit, canonical)


def split(text: str, canonical: str = "1") -> tuple[float, str]:
    """Number and unit of a text; the unit may be empty."""
    kind, example = MEASURES[canonical]
    match = _TEXT.match(text)
    number = float(match[1]) if match else math.nan
    if match is None or not math.isfinite(number):
        raise UnitError("SC014", f"'{text}' is not {kind}", f"write {kind} such as '{example}'")
    return number, match[2]


def measured(text: str) -> tuple[float, str]:
    """Value and canonical unit of a text in any known unit; a bare number is of unit 1."""
    number, unit = split(text)
    if not unit:
        return number, "1"
    wrong: UnitError | None = None
    for canonical in MEASURES:
        try:
            return number * factor(unit, canonical), canonical
        except UnitError as error:
            wrong = error
            if "is not a unit of" not in error.message:
                raise
    raise UnitError("SC016", f"'{unit}' is not a unit of anything known here") from wrong


def days(text: str) -> float:
    """Days of a text such as ``45 d`` or ``6 wk``; months and years are refused because they have no fixed length."""
    if re.match(r"\s*P(?=[\dT])", text):
        raise UnitError("SC019", f"'{text}' is not a duration in days or weeks", "write a duration such as '90 d'")
    number, unit = split(text, "d")
    if unit in ("month", "months", "yr", "year", "years"):
        raise UnitError(
            "SC019", f"a duration is given in days or weeks; '{text}' has no fixed length", "give an end date, or days"
        )
    return quantity(text, "d")
