"""An explanation in words, and as plain data."""

from __future__ import annotations

from datetime import date
from typing import Any

from simulator.briefing.words import Words
from simulator.studies.statements import Explanation, Statement

SHARES = {"rate", *(f"{supplier}_{when}" for supplier in ("to", "away") for when in ("now", "planned"))}


def say(explanation: Explanation, words: Words | None = None) -> str:
    """The explanation as text for a terminal: one line for each statement, indented from the shelf to the cause."""
    words = words or Words()
    lines = [_head(explanation, words)]
    lines += [f"  {sentence(statement, words)}" for statement in explanation.statements]
    return "\n".join(lines)


def as_dict(explanation: Explanation, words: Words | None = None) -> dict[str, Any]:
    """The same as plain lists, texts and numbers, for JSON."""
    words = words or Words()
    return {
        "place": f"{explanation.country}/{explanation.sector}",
        "commodity": explanation.commodity,
        "date": explanation.day.isoformat(),
        "member": explanation.member,
        "replications": explanation.replications,
        "statements": [
            {
                "kind": s.kind,
                "date": s.day.isoformat(),
                "text": sentence(s, words),
                "values": {name: _plain(value, words) for name, value in s.values.items()},
            }
            for s in explanation.statements
        ],
    }


def sentence(statement: Statement, words: Words) -> str:
    """One statement in words."""
    shown = {name: _shown(name, value, words) for name, value in statement.values.items()}
    if statement.kind == "measure":
        shown["title"] = words.title(statement.values["title"]) or shown["id"]
        shown["measure"] = words.name("kind", statement.values["measure"])
    return words.say(f"explain.{statement.kind}", **shown, day=words.day(statement.day))


def _head(explanation: Explanation, words: Words) -> str:
    return words.say(
        "explain.head",
        sector=words.name("sector", explanation.sector),
        country=words.country(explanation.country),
        commodity=words.name("commodity", explanation.commodity),
        day=words.day(explanation.day),
        member=explanation.member,
        runs=explanation.replications,
    )


def _shown(name: str, value: Any, words: Words) -> str:
    if isinstance(value, date):
        return words.day(value)
    if name in ("commodity", "input"):
        return words.name("commodity", value)
    if isinstance(value, int):
        return words.number(float(value), None)
    if name in SHARES:
        return words.percent(value)
    return words.number(value, 3) if isinstance(value, float) else str(value)


def _plain(value: Any, words: Words) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int | float | str) else words.title(value)
