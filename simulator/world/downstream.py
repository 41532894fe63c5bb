"""What a shortage stops downstream: `units.csv`, and the losses that others published: `macro.csv`. Both may be absent."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.world.model import EndProduct, Estimate, Figure
from simulator.world.tables import PROVENANCE, Reader, Row

UNITS, MACRO = "units.csv", "macro.csv"
FIGURES: Mapping[str, str] = {
    "tonnes": "kg",
    "value_added": "USD",
    "price": "USD",
    "overtime": "1",
    "catch_up": "d",
}
"""Figure of `units.csv` -> its unit in the table; kilograms become tonnes."""


def products(reader: Reader, sectors: Mapping[str, object]) -> dict[str, EndProduct]:
    """Products of the sectors that `units.csv` names, in order of sector; a row without source or grade is a problem."""
    found: dict[str, dict[str, Figure]] = {}
    first: dict[str, Row] = {}
    columns = ("sector", "product", "figure", "value", "low", "high", *PROVENANCE)
    for row in reader.rows(UNITS, columns, optional=True):
        known = reader.known(row, "sector", sectors, "sector") & reader.known(row, "figure", FIGURES, "figure")
        figure = reader.figure(row, "value", (FIGURES.get(row["figure"], ""),))
        seen = found.setdefault(row["sector"], {})
        if row["figure"] in seen:
            reader.error(row, "figure", "WT020", f"{row['sector']} {row['figure']} is given twice")
        first.setdefault(row["sector"], row)
        if known and figure is not None:
            seen[row["figure"]] = figure
    whole = {}
    for sector, figures in sorted(found.items()):
        absent = [name for name in FIGURES if name not in figures]
        if absent and not reader.problems:
            reader.error(first[sector], "sector", "WT006", f"{sector} lacks {', '.join(absent)}")
        elif not absent and figures["value_added"].central > figures["price"].central:
            reader.error(first[sector], "sector", "WT006", f"{sector} adds more value than its product is worth")
        elif not absent:
            whole[sector] = EndProduct(sector, first[sector]["product"], **figures)
    return whole


def macro(reader: Reader, countries: Mapping[str, object]) -> tuple[tuple[Estimate, ...], dict[str, Figure]]:
    """Published losses in the order of the table, and gross domestic products by country."""
    estimates, outputs = [], {}
    for row in reader.rows(MACRO, ("study", "country", "shock", "value", "low", "high", *PROVENANCE), optional=True):
        product = row["study"] == "gdp"
        known = reader.known(row, "country", countries, "country")
        figure = reader.figure(row, "value", ("bn USD/yr",) if product else ("% of GDP",))
        if not known or figure is None:
            continue
        if product:
            outputs[row["country"]] = figure
        else:
            estimates.append(Estimate(row["study"], row["country"], row["shock"], figure))
    return tuple(estimates), dict(sorted(outputs.items()))
