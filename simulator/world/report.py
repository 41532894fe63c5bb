"""The check of a world in words: for a terminal, and as the tables of a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simulator.world.checks import Compared, Report

BALANCE = ("commodity", "made", "to facilities", "to markets", "surplus")
COMPARED = ("figure", "unit", "emerges", "published", "differs", "grade")
ADJUSTED = ("row", "stated", "low", "high", "used", "grade")


def text(report: Report) -> str:
    """Write a report for a terminal."""
    parts = [f"{report.world}: {report.facilities} facilities in {report.countries} countries, of which {report.later} "
             f"open after the base year", "",
             "Mass balance of the base year [t/yr]", _columns(BALANCE, balance_rows(report)), "",
             *_findings(report), "",
             "Figures that emerge, beside published ones", _columns(COMPARED, compared_rows(report)), "",
             "Rows adjusted so that the base year closes", _columns(ADJUSTED, adjusted_rows(report)), "",
             "Grades of all rows: " + ", ".join(f"{g} {s:.0%}" for g, s in report.grades.items())]
    return "\n".join(parts)


def balance_rows(report: Report) -> list[tuple[str, ...]]:
    """Rows of the mass balance."""
    return [(line.commodity, *(f"{value:,.0f}" for value in (line.made, line.to_facilities, line.to_markets,
                                                             abs(line.surplus)))) for line in report.balance]


def compared_rows(report: Report) -> list[tuple[str, ...]]:
    """Rows of emergent beside published figures."""
    return [(c.figure, c.unit, _number(c, c.emergent), _number(c, c.published), f"{c.difference:+.1%}", c.grade)
            for c in report.compared]


def adjusted_rows(report: Report) -> list[tuple[str, ...]]:
    """Rows of the balance table."""
    return [(a.row, *(f"{value:,.4g}" for value in (a.stated, a.low, a.high, a.used)), a.grade)
            for a in report.adjustments]


def markdown(report: Report) -> str:
    """Write the tables of a report for the page on the world."""
    gaps = [(c.figure, c.unit, _number(c, c.emergent), _number(c, c.published), f"{c.difference:+.1%}", c.grade, c.gap)
            for c in report.compared]
    reasons = [(*row, a.reason) for row, a in zip(adjusted_rows(report), report.adjustments, strict=True)]
    return "\n\n".join([
        "### Mass balance of the base year, t/yr",
        _table(BALANCE, balance_rows(report)),
        "### Emergent beside published figures",
        _table((*COMPARED, "why"), gaps),
        "### Rows adjusted so that the base year closes",
        _table((*ADJUSTED, "reason"), reasons),
        "### Grades",
        _table(("grade", "share of rows"), [(g, f"{s:.1%}") for g, s in report.grades.items()])]) + "\n"


def _findings(report: Report) -> list[str]:
    checks: Sequence[tuple[str, Iterable[object]]] = (
        ("buyers that nobody can supply", report.unreachable), ("lanes missing", report.lanes),
        ("sites asked for more than they can make", report.over_capacity),
        ("shares that do not sum to one", report.shares), ("by-products ordered faster than made", report.short))
    lines = []
    for title, found in checks:
        items = list(found)
        lines.append(f"{'ok ' if not items else 'NO '} {title}: {len(items) or 'none'}")
        lines += [f"      {' '.join(map(str, item)) if isinstance(item, tuple) else item}" for item in items]
    return lines


def _number(compared: Compared, value: float) -> str:
    return f"{value:.1%}" if compared.unit == "1" else f"{value:,.0f}"


def _columns(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in (heading, *rows)) for i in range(len(heading))]
    return "\n".join("  " + "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                                      for i, (cell, width) in enumerate(zip(row, widths, strict=True)))
                     for row in (heading, *rows))


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, tuple("---" for _ in heading), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
