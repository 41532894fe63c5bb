"""Types of the scenario language: shares, durations, dates and names, each certain or uncertain.

Each type is annotated with how it is read and how an editor should describe it. What goes wrong is raised as a
`PydanticCustomError` whose type is a problem code and whose context holds the sentence; ``{key}`` in a sentence stands
for the key at which the value was given.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from simulator.scenario import units
from simulator.scenario.problems import did_you_mean
from simulator.scenario.uncertain import Uncertain

T = TypeVar("T")
MONTHS = (
    "",
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)  # the calendar module would follow the locale


def wrong(
    code: str,
    sentence: str,
    help: str = "",
    at: tuple[str | int, ...] = (),
    key: bool = False,
) -> PydanticCustomError:
    """Error with its sentence; `at` leads to the part of the value that is wrong, `key` points at a key itself."""
    context = {"sentence": sentence, "help": help, "at": at, "key": key}
    return PydanticCustomError(code, "{sentence}", context)


@dataclass(frozen=True, slots=True)
class UncertainDate:
    """A date that is fixed but unknown, as earliest, central and latest day."""

    earliest: date
    central: date
    latest: date

    def days_after(self, start: date) -> Uncertain:
        """Return the same date as days after `start` [d]."""
        return Uncertain(*(float((day - start).days) for day in (self.earliest, self.central, self.latest)))


@dataclass(frozen=True, slots=True)
class Selection:
    """Names that are meant: all of them, some, or all but some. Names of groups are not yet expanded."""

    names: tuple[str, ...] | None  # None means all
    excluded: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[tuple[tuple[str | int, ...], str], ...]:
        """Every name written, with the path that leads to it inside the value."""
        if self.names is None:
            return tuple((("except", i), name) for i, name in enumerate(self.excluded))
        return tuple(((i,), name) for i, name in enumerate(self.names))


# ---------------------------------------------------------------------------------------------------- numbers


@dataclass(frozen=True)
class Kind:
    """What a number measures, its canonical unit and its range."""

    unit: str
    what: str
    example: str
    low: float = 0.0
    high: float = math.inf

    def read(self, value: Any, at: tuple[str | int, ...] = ()) -> float:
        """Value in the canonical unit; raises with a sentence when it is not one."""
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise wrong("SC014", f"{{key}} is {self.what}; got {shown(value)}", self._help(value), at)
        try:
            number = self._number(value)
        except units.UnitError as error:
            raise wrong(error.code, error.message, error.help, at) from None
        if not math.isfinite(number):
            raise wrong("SC014", f"{{key}} is {self.what}; got {value}", self._help(value), at)
        if not self.low <= number <= self.high:
            raise wrong("SC015", f"{{key}} is {self.what}; got {value}", self._help(value, number), at)
        return number

    def _number(self, value: float | str) -> float:
        if isinstance(value, str):
            return units.days(value) if self.unit == "d" else units.quantity(value, self.unit)
        if self.unit != "1":
            raise units.UnitError(
                "SC016",
                f"{units.MEASURES[self.unit][0]} needs a unit; got {value}",
                f"did you mean '{value} {'d' if self.unit == 'd' else 't'}'?",
            )
        return float(value)

    def _help(self, value: Any, number: float = 0.0) -> str:
        if self.unit == "1" and self.high == 1.0 and not isinstance(value, str) and 1.0 < number <= 100.0:
            return f"did you mean {value} %?"
        return f"write it such as '{self.example}'"


SHARE = Kind("1", "a share between 0 and 1, or a percentage", "20 %", 0.0, 1.0)
RATIO = Kind("1", "a share of the value, 0 or more, or a percentage", "15 %")
CHANGE = Kind("1", "a change as a share or percentage, -100 % or more", "20 %", -1.0)
FACTOR = Kind("1", "a number of 0 or more", "0.8")
DAYS = Kind("d", "a duration of 0 days or more", "45 d")
PERIOD = Kind("d", "a duration of at least one day", "30 d", 1.0)
MASS = Kind("t", "a mass of 0 t or more", "12 kt")
RATE = Kind("t/d", "a rate of 0 or more", "12 kt/yr")
PRICE = Kind("USD/t", "a price of 0 or more", "60 USD/kg")
MONEY = Kind("USD", "an amount of money of 0 or more", "1200000 USD")


def shown(value: Any) -> str:
    """Return how a value is named in a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a block of keys"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else str(value)


def three_points(
    value: Mapping[str, Any],
    names: tuple[str, str, str],
    read: Callable[[Any, tuple[str | int, ...]], T],
) -> tuple[T, T, T]:
    """Read a mapping of three named points; raises when a name is missing, unknown or out of order."""
    for name in value:
        if name not in names:
            raise wrong(
                "SC010",
                f"unknown key '{name}'",
                did_you_mean(name, names) or f"keys are {', '.join(names)}",
                (name,),
                key=True,
            )
    missing = [name for name in names if name not in value]
    if missing:
        raise wrong("SC011", f"{{key}} needs the key '{missing[0]}'", f"give all of {', '.join(names)}")
    points = tuple(read(value[name], (name,)) for name in names)
    if list(points) != sorted(points):  # type: ignore[type-var]
        raise wrong("SC017", f"{', '.join(names[:2])} and {names[2]} must be in rising order")
    return points  # type: ignore[return-value]


def _certain(kind: Kind) -> Callable[[Any], float]:
    return lambda value: kind.read(value)


def _uncertain(kind: Kind) -> Callable[[Any], Uncertain]:
    def read(value: Any) -> Uncertain:
        if isinstance(value, Uncertain):
            return value
        if isinstance(value, Mapping):
            return Uncertain(*three_points(value, ("low", "central", "high"), kind.read))
        return Uncertain.exactly(kind.read(value))

    return read


def _point_schema(kind: Kind) -> dict[str, Any]:
    pattern = r"^\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*[A-Za-z%/ ]*$"
    text = {"type": "string", "pattern": pattern, "examples": [kind.example]}
    if kind.unit != "1":
        return text
    number: dict[str, Any] = {"type": "number", "minimum": kind.low}
    if math.isfinite(kind.high):
        number["maximum"] = kind.high
    return {"anyOf": [number, text]}


def _uncertain_schema(kind: Kind) -> dict[str, Any]:
    point = _point_schema(kind)
    names = ("low", "central", "high")
    spread = {
        "type": "object",
        "properties": dict.fromkeys(names, point),
        "required": list(names),
        "additionalProperties": False,
    }
    return {"anyOf": [*point.get("anyOf", [point]), spread]}


Share = Annotated[float, PlainValidator(_certain(SHARE)), WithJsonSchema(_point_schema(SHARE))]
Factor = Annotated[float, PlainValidator(_certain(FACTOR)), WithJsonSchema(_point_schema(FACTOR))]
Days = Annotated[float, PlainValidator(_certain(DAYS)), WithJsonSchema(_point_schema(DAYS))]
Period = Annotated[float, PlainValidator(_certain(PERIOD)), WithJsonSchema(_point_schema(PERIOD))]
UncertainShare = Annotated[Uncertain, PlainValidator(_uncertain(SHARE)), WithJsonSchema(_uncertain_schema(SHARE))]
UncertainRatio = Annotated[Uncertain, PlainValidator(_uncertain(RATIO)), WithJsonSchema(_uncertain_schema(RATIO))]
UncertainChange = Annotated[Uncertain, PlainValidator(_uncertain(CHANGE)), WithJsonSchema(_uncertain_schema(CHANGE))]
UncertainFactor = Annotated[Uncertain, PlainValidator(_uncertain(FACTOR)), WithJsonSchema(_uncertain_schema(FACTOR))]
UncertainDays = Annotated[Uncertain, PlainValidator(_uncertain(DAYS)), WithJsonSchema(_uncertain_schema(DAYS))]
UncertainMass = Annotated[Uncertain, PlainValidator(_uncertain(MASS)), WithJsonSchema(_uncertain_schema(MASS))]
UncertainRate = Annotated[Uncertain, PlainValidator(_uncertain(RATE)), WithJsonSchema(_uncertain_schema(RATE))]
UncertainPrice = Annotated[Uncertain, PlainValidator(_uncertain(PRICE)), WithJsonSchema(_uncertain_schema(PRICE))]
UncertainMoney = Annotated[Uncertain, PlainValidator(_uncertain(MONEY)), WithJsonSchema(_uncertain_schema(MONEY))]


def _parameter(value: Any) -> Uncertain:
    kinds: set[str] = set()

    def read(point: Any, at: tuple[str | int, ...] = ()) -> float:
        if isinstance(point, str):
            try:
                number, unit = units.measured(point)
            except units.UnitError as error:
                raise wrong(error.code, error.message, error.help, at) from None
            kinds.add(unit)
            return number
        kinds.add("1")
        return Kind("1", "a number", "0.8", -math.inf).read(point, at)

    if isinstance(value, Uncertain):
        return value
    points = three_points(value, ("low", "central", "high"), read) if isinstance(value, Mapping) else (read(value),) * 3
    if len(kinds) > 1:
        raise wrong("SC016", "low, central and high must be of one kind of unit")
    return Uncertain(*points)


Parameter = Annotated[
    Uncertain,
    PlainValidator(_parameter),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number"},
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {
                        n: {"anyOf": [{"type": "number"}, {"type": "string"}]} for n in ("low", "central", "high")
                    },
                    "required": ["low", "central", "high"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]

# ------------------------------------------------------------------------------------------------------ dates

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)\Z")


def _day(value: Any, at: tuple[str | int, ...] = ()) -> date:
    if isinstance(value, date):
        return value
    match = _DATE.match(value) if isinstance(value, str) else None
    if match is None:
        raise wrong("SC018", f"{{key}} is a date; got {shown(value)}", "write year-month-day, such as 2027-04-01", at)
    year, month, day = (int(part) for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        named = f"{day} {MONTHS[month]} {year}" if 1 <= month <= 12 else value
        raise wrong("SC018", f"{named} does not exist", "", at) from None


def _day_or_range(value: Any) -> date | UncertainDate:
    if isinstance(value, UncertainDate):
        return value
    if not isinstance(value, Mapping):
        return _day(value)
    points = three_points(value, ("earliest", "central", "latest"), _day)
    return points[0] if points[0] == points[2] else UncertainDate(*points)


_DAY_SCHEMA = {"type": "string", "format": "date", "examples": ["2027-04-01"]}
Date = Annotated[date, PlainValidator(lambda value: _day(value)), WithJsonSchema(_DAY_SCHEMA)]
DateOrRange = Annotated[
    date | UncertainDate,
    PlainValidator(_day_or_range),
    WithJsonSchema(
        {
            "anyOf": [
                _DAY_SCHEMA,
                {
                    "type": "object",
                    "properties": dict.fromkeys(("earliest", "central", "latest"), _DAY_SCHEMA),
                    "required": ["earliest", "central", "latest"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]

# ------------------------------------------------------------------------------------------------------ names


def _text(value: Any, at: tuple[str | int, ...] = ()) -> str:
    if isinstance(value, bool) or not isinstance(value, str):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        what = "an entry of {key}" if at else "{key}"
        raise wrong(
            "SC020" if number else "SC013",
            f"{what} is text; got {shown(value)}",
            "put it in quotes: without them leading zeros are lost" if number else "",
            at,
        )
    if not value.strip():
        raise wrong("SC013", "{key} is empty", "", at)
    return value


def _names(value: Any, at: tuple[str | int, ...] = ()) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        help = f"write [{value}]" if isinstance(value, str) else ""
        raise wrong("SC013", f"{{key}} is a list of names; got {shown(value)}", help, at)
    if not value:
        raise wrong("SC013", "{key} is an empty list", "", at)
    return tuple(_text(name, (*at, i)) for i, name in enumerate(value))


def _selection(value: Any) -> Selection:
    if isinstance(value, Selection):
        return value
    if value == "all":
        return Selection(None)
    if isinstance(value, Mapping):
        for name in value:
            if name != "except":
                raise wrong(
                    "SC010",
                    f"unknown key '{name}'",
                    did_you_mean(name, ["except"]) or "the key is except",
                    (name,),
                    key=True,
                )
        return Selection(None, _names(value.get("except"), ("except",)))
    if isinstance(value, list | tuple):
        return Selection(_names(value))
    help = f"write [{value}]" if isinstance(value, str) else ""
    raise wrong("SC013", f"{{key}} is all, a list of names, or {{except: [...]}}; got {shown(value)}", help)


_NAMES_SCHEMA: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "minItems": 1}
Text = Annotated[str, PlainValidator(lambda value: _text(value)), WithJsonSchema({"type": "string", "minLength": 1})]
Names = Annotated[tuple[str, ...], PlainValidator(lambda value: _names(value)), WithJsonSchema(_NAMES_SCHEMA)]
Selected = Annotated[
    Selection,
    PlainValidator(_selection),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "all"},
                _NAMES_SCHEMA,
                {
                    "type": "object",
                    "properties": {"except": _NAMES_SCHEMA},
                    "required": ["except"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


def _quoted(value: Any) -> str:
    return _text(value)


Id = Annotated[str, BeforeValidator(_quoted), StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


def given(default: Any, description: str, **more: Any) -> Any:
    """Field with a default written as a user would write it, so that the schema shows it in the same words."""
    return Field(default=default, validate_default=True, description=description, **more)
