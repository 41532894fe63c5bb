"""What is said of a shortage: statements, each true on one day in one member, from the shelf back to the cause."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Statement:
    """One thing that is so on one day in this member. `kind` names its words; every number in `values` is in the trace."""

    kind: str
    day: date
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """Why a place is short of a commodity on a day in one member, from the shelf back to the cause."""

    country: str
    sector: str
    commodity: str
    day: date
    member: int
    replications: int
    statements: tuple[Statement, ...]
