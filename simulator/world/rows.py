"""What the rows of `balance.csv` set in the other tables of the rare-earth world, and how those are brought to new values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from simulator.scenario.uncertain import Uncertain
from simulator.world.model import Figure, Recipe, World

ORES: Mapping[str, tuple[str, str]] = {
    "ndpr_bayan_obo": ("light_bayan_obo", "ndpr_oxide"),
    "ndpr_sichuan": ("light_sichuan", "ndpr_oxide"),
    "ndpr_clay_myanmar": ("ionic_clay_myanmar", "ndpr_oxide"),
    "dy_clay_myanmar": ("ionic_clay_myanmar", "dy_oxide"),
}
"""Row -> recipe and oxide whose share of the rare earths contained it is [1]."""

ROWS = ("blank_yield", "ndpr_in_alloy", "dy_in_alloy", "tb_in_alloy", *ORES, "swarf_recovery", "undocumented_myanmar")
"""Rows of `balance.csv` that this module can move; the last is the output of a mine [t/yr], the others are shares [1]."""

REST = "lace_oxide"  # takes what another oxide of the ore gives up
CASTING = ELECTROLYSIS = 0.97  # yields; the notes of the recipes say so

Values = Mapping[str, float]
Amounts = dict[tuple[str, str], float]
Change = Callable[[Mapping[str, str]], dict[str, str]]  # cells of a row that change


def amounts(world: World, values: Values) -> Amounts:
    """Amounts of the recipes that follow from the rows [t/t], by (recipe, commodity).

    Raises
    ------
    KeyError : a row is absent
    """
    found: Amounts = {}
    for recipe, alloy, swarf in (
        ("magnet", "ndfeb_alloy", "swarf"),
        ("magnet_heavy", "ndfeb_heavy_alloy", "swarf_heavy"),
    ):
        found[recipe, alloy] = 1.0 / values["blank_yield"]
        found[recipe, swarf] = 1.0 / values["blank_yield"] - 1.0
    content = {element: values[f"{element}_in_alloy"] for element in ("ndpr", "dy", "tb")}
    found["alloy", "ndpr_metal"] = content["ndpr"] / CASTING
    found |= {("alloy_heavy", f"{element}_metal"): share / CASTING for element, share in content.items()}
    oxide = {
        element: share * ELECTROLYSIS * amount_of(world.recipes[f"metal_{element}"], f"{element}_oxide")
        for element, share in content.items()
    }
    for recipe, swarf in (("recycle_swarf", "swarf"), ("recycle_swarf_heavy", "swarf_heavy")):
        found[recipe, swarf] = 1.0 / (oxide["ndpr"] * values["swarf_recovery"])
    found |= {("recycle_swarf_heavy", f"{e}_oxide"): oxide[e] / oxide["ndpr"] for e in ("dy", "tb")}
    for recipe in {recipe for recipe, _ in ORES.values()}:
        shares = {oxide: values[row] for row, (where, oxide) in ORES.items() if where == recipe}
        found |= _ore(world.recipes[recipe], shares)
    return found


def _ore(recipe: Recipe, shares: Mapping[str, float]) -> Amounts:
    """Amounts of a separation recipe whose ore holds other shares of some oxides; the recovery stays."""
    held = {**composition(recipe), **shares}
    held[REST] = 1.0 - sum(share for oxide, share in held.items() if oxide != REST)
    made = sum(output.amount.central for output in recipe.outputs)
    first, feed = recipe.outputs[0].commodity, recipe.inputs[0]
    recovery = made / feed.amount.central
    return {(recipe.id, oxide): share / held[first] for oxide, share in held.items()} | {
        (recipe.id, feed.commodity): 1.0 / (held[first] * recovery)
    }


def composition(recipe: Recipe) -> dict[str, float]:
    """Shares of the oxides in the ore of a separation recipe [1]."""
    made = sum(output.amount.central for output in recipe.outputs)
    return {output.commodity: output.amount.central / made for output in recipe.outputs}


def amount_of(recipe: Recipe, commodity: str) -> float:
    """Amount of an input or output of a recipe [t/t]."""
    items = {item.commodity: item.amount for item in recipe.inputs} | {o.commodity: o.amount for o in recipe.outputs}
    return items[commodity].central


def at(world: World, values: Values) -> World:
    """Return a world whose recipes follow from other values of the rows.

    Raises
    ------
    ValueError : an amount that would move is graded A or B
    """
    found = amounts(world, values)

    def moved(recipe: str, commodity: str, figure: Figure) -> Figure:
        value = found.get((recipe, commodity), figure.central)
        if figure.grade in "AB" and abs(value / figure.central - 1.0) > 1e-8:
            raise ValueError(f"{figure.place}: an amount graded {figure.grade} must not move")
        return replace(figure, value=Uncertain.exactly(value))

    recipes = {
        id: replace(
            recipe,
            inputs=tuple(replace(i, amount=moved(id, i.commodity, i.amount)) for i in recipe.inputs),
            outputs=tuple(replace(o, amount=moved(id, o.commodity, o.amount)) for o in recipe.outputs),
        )
        for id, recipe in world.recipes.items()
    }
    return replace(world, recipes=recipes)


def rewrite(
    folder: Path, world: World, values: Values, shares: Mapping[tuple[str, str, str], float]
) -> tuple[str, ...]:
    """Bring `balance.csv`, `recipes.csv` and `sourcing.csv` to new values of the rows.

    Ranges of separation recipes move in proportion to their amounts; all other ranges stay.

    Parameters
    ----------
    folder : where the tables are
    world : the tables as they are
    values : row -> used value
    shares : (buyer, commodity, supplier) -> share of purchases [1]; shares not named stay

    Returns
    -------
    names of the files written
    """
    recipes, found = at(world, values).recipes, amounts(world, values)
    changes: Mapping[str, Change] = {
        "balance.csv": lambda row: {"used": f"{round(values[row['row']], 6):.9g}"},
        "recipes.csv": lambda row: _recipe_row(row, recipes[row["recipe"]], found, values),
        "sourcing.csv": lambda row: _share_row(row, shares),
    }
    for name, change in changes.items():
        path = folder / name
        table = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
        out = io.StringIO()
        writer = csv.DictWriter(out, table.fieldnames or (), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, **change(row)} for row in table)
        path.write_text(out.getvalue(), encoding="utf-8", newline="\n")
    return tuple(changes)


def _recipe_row(row: Mapping[str, str], recipe: Recipe, found: Amounts, values: Values) -> dict[str, str]:
    amount = found.get((row["recipe"], row["commodity"]))
    if amount is None or row["role"] not in ("input", "output"):
        return {}
    new = {"amount": f"{amount:.9g}"}
    if recipe.outputs[0].commodity.endswith("_oxide"):
        grown = amount / float(row["amount"])
        new |= {edge: f"{float(row[edge]) * grown:.9g}" for edge in ("low", "high") if row[edge]}
    held = composition(recipe)
    notes = {
        r"(?<=\bNdPr )[\d.]+": f"{held.get('ndpr_oxide', 0.0):.4f}",
        r"(?<=\bDy )[\d.]+": f"{held.get('dy_oxide', 0.0):.5f}",
        r"(?<=\bLaCe )[\d.]+": f"{held.get(REST, 0.0):.3f}",
        r"(?<=finished per blank )[\d.]+": f"{values['blank_yield']:.4f}",
        r"(?<=recovery )[\d.]+(?= fitted)": f"{values['swarf_recovery']:.3f}",
    }
    note = row["note"]
    for pattern, number in notes.items():
        note = re.sub(pattern, number, note)
    return new | {"note": note}


def _share_row(row: Mapping[str, str], shares: Mapping[tuple[str, str, str], float]) -> dict[str, str]:
    share = shares.get((row["buyer"], row["commodity"], row["supplier"]))
    if share is None:
        return {}
    if row["grade"] in ("A", "B"):
        raise ValueError(f"the share of {row['supplier']} in {row['buyer']} is graded {row['grade']} and must not move")
    return {"share": f"{round(share, 8):.9g}"}
