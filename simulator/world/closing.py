"""Closing the base year of the rare-earth world again, from the stated values of `balance.csv`.

`python -m simulator.world.closing rare_earths` prints the fit; with `--write` it also brings the tables to it. What the
fit holds fast comes from the tables as they are: finished magnets, the concentrate and scrap each plant takes, the
share of its by-products that each plant sells, and the oxides made outside the controlling country.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from numpy.typing import NDArray

from simulator.scenario.problems import Invalid
from simulator.world.balance import fit
from simulator.world.checks import check
from simulator.world.loading import load
from simulator.world.model import World
from simulator.world.network import country_of
from simulator.world.report import as_written, columns
from simulator.world.rows import ROWS, Values, amount_of, at, rewrite
from simulator.world.steady import SteadyState, flows
from simulator.world.tables import YEAR

CLOSES: Mapping[str, float] = {"ndpr_oxide": 1.0, "dy_oxide": 10.0, "tb_oxide": 50.0}
"""Oxide -> weight of its gap [half-ranges per t/yr]. Chosen by hand, so heavy that the gap closes."""

NEAR: Mapping[str, float] = {"china_ndpr_domestic": 2800.0, "china_ndpr_imported": 2400.0, "dy_oxide": 1000.0}
"""Figure of `published.csv` -> miss that counts as much as a move by half a range [t/yr]. Chosen by hand."""


@dataclass(frozen=True)
class Closing:
    """What the base year needs and gives at some values of the rows [t/yr].

    Attributes
    ----------
    need : oxide -> bought by metal makers and markets
    supply : oxide -> what plants make and sell
    output : figure of `NEAR` -> what the controlling country makes
    sold : (plant, oxide) -> part of the supply
    """

    need: Mapping[str, float]
    supply: Mapping[str, float]
    output: Mapping[str, float]
    sold: Mapping[tuple[str, str], float]

    def gap(self, oxide: str) -> float:
        """Need less supply [t/yr]."""
        return self.need[oxide] - self.supply[oxide]


def closing(world: World, base: SteadyState, values: Values) -> Closing:
    """Need and supply of the oxides at some values of the rows.

    Parameters
    ----------
    world, base : the tables as they are and their flows; they give what stays fast
    values : row -> value
    """
    changed = at(world, values)
    state = flows(changed)
    need, asked = Counter[str](), Counter[tuple[str, str]]()
    for (_, commodity, _), amount in state.orders.items():
        need[commodity] += amount * YEAR  # type: ignore[assignment]
    for (_, commodity, supplier), amount in base.orders.items():
        asked[supplier, commodity] += amount  # type: ignore[assignment]
    made = {key: amount for key, amount in base.made.items() if world.facilities[key[0]].country != world.inside}
    home = {True: 0.0, False: 0.0}  # NdPr oxide from mines inside and outside
    for (plant, commodity, supplier), amount in base.orders.items():
        site, source = world.facilities.get(plant), world.facilities[supplier]
        if site is None or site.stage != world.origins.separating or site.country != world.inside:
            continue
        if supplier in values:
            amount = values[supplier] / YEAR
        elif source.stage == "magnet" and amount > 0.0:  # swarf: the plant keeps its share of what falls
            amount *= state.made[supplier, commodity] / base.made[supplier, commodity]
        recipe = changed.recipes[site.recipe]
        rate = amount / amount_of(recipe, commodity)
        for output in recipe.outputs:
            key = plant, output.commodity
            made[key] = made.get(key, 0.0) + rate * output.amount.central
        if source.stage == "mine":
            home[source.country == world.inside] += rate * amount_of(recipe, "ndpr_oxide")
    sold = {
        (plant, oxide): amount * YEAR * asked[plant, oxide] / base.made[plant, oxide]
        for (plant, oxide), amount in made.items()
        if oxide in CLOSES and base.made[plant, oxide] > 0.0
    }
    inside = sum(v for (p, o), v in made.items() if o == "dy_oxide" and world.facilities[p].country == world.inside)
    return Closing(
        {oxide: need[oxide] for oxide in CLOSES},
        {oxide: sum(v for (_, o), v in sold.items() if o == oxide) for oxide in CLOSES},
        {
            "china_ndpr_domestic": home[True] * YEAR,
            "china_ndpr_imported": home[False] * YEAR,
            "dy_oxide": inside * YEAR,
        },
        sold,
    )


def refit(world: World) -> dict[str, float]:
    """Fit the rows of `balance.csv` again, from their stated values.

    Returns
    -------
    row -> value within its range, in the unit of the row (see `ROWS`)

    Raises
    ------
    ValueError : a row is not one of `ROWS` or is graded A or B, or an amount graded A or B would move
    """
    rows = world.adjustments
    if unknown := sorted({row.row for row in rows} ^ set(ROWS)):
        raise ValueError(f"rows without a rule, or absent from balance.csv: {', '.join(unknown)}")
    if strong := [row.row for row in rows if row.grade not in ("C", "D")]:
        raise ValueError(f"only rows graded C or D may move: {', '.join(strong)}")
    base = flows(world)
    published = {name: world.published[name].central * YEAR for name in NEAR}

    def gaps(x: NDArray) -> list[float]:
        found = closing(world, base, {row.row: float(value) for row, value in zip(rows, x, strict=True)})
        return [found.gap(o) for o in CLOSES] + [found.output[n] - published[n] for n in NEAR]

    weight = [*CLOSES.values(), *(1.0 / miss for miss in NEAR.values())]
    stated, low, high = ([getattr(row, name) for row in rows] for name in ("stated", "low", "high"))
    used = fit(stated, low, high, gaps, weight)
    return {row.row: float(value) for row, value in zip(rows, used, strict=True)}


def confirmed(world: World, values: Values) -> bool:
    """Whether a fit agrees with the used values: none differs by more than a thousandth of half its range."""
    return all(abs(values[row.row] - row.used) <= (row.high - row.low) / 2000.0 for row in world.adjustments)


def shares(world: World, values: Values) -> dict[tuple[str, str, str], float]:
    """Shares of purchases at which every plant sells what it sells in `closing` [1], by (buyer, commodity, supplier).

    Buyers inside the controlling country share one pool of each oxide: they take what buyers abroad leave, whose own
    shares stay. A plant fed by a mine that is itself a row takes that mine's output beside the others'.
    """
    base, state = flows(world), flows(at(world, values))
    left = dict(closing(world, base, values).sold)
    inside = {s.buyer for s in world.sources if country_of(world, s.buyer) == world.inside}
    for (buyer, commodity, supplier), amount in state.orders.items():
        if (supplier, commodity) in left and buyer not in inside:
            left[supplier, commodity] -= amount * YEAR
    mines = {(buyer, commodity) for buyer, commodity, supplier in base.orders if supplier in values}
    parts: dict[tuple[str, str], dict[str, float]] = {}
    for source in world.sources:
        key = source.buyer, source.commodity
        if key in mines:
            flow = values.get(source.supplier, base.orders[(*key, source.supplier)] * YEAR)
            parts.setdefault(key, {})[source.supplier] = flow
        elif source.buyer in inside and (source.supplier, source.commodity) in left:
            parts.setdefault(key, {})[source.supplier] = max(0.0, left[source.supplier, source.commodity])
    return {(*key, supplier): v / sum(part.values()) for key, part in parts.items() for supplier, v in part.items()}


def text(world: World, values: Values) -> str:
    """Write a fit for a terminal: the rows, and need and supply before and after it."""
    base = flows(world)
    before = closing(world, base, {row.row: row.stated for row in world.adjustments})
    after = closing(world, base, values)
    rows = [
        (row.row, *(as_written(row, v) for v in (row.stated, row.used, values[row.row], row.low, row.high)), row.reason)
        for row in world.adjustments
    ]
    gaps = [
        (oxide, *(f"{v:,.0f}" for c in (before, after) for v in (c.need[oxide], c.supply[oxide], c.gap(oxide))))
        for oxide in CLOSES
    ]
    near = [
        (name, *(f"{v:,.0f}" for v in (world.published[name].central * YEAR, before.output[name], after.output[name])))
        for name in NEAR
    ]
    return "\n".join(
        [
            "Rows, fitted again from the stated values",
            columns(("row", "stated", "used", "fitted", "low", "high", "reason"), rows, words=("row", "reason")),
            "",
            "Gaps, need less supply [t/yr], with the stated values and with the fitted ones",
            columns(("oxide", "need", "supply", "gap", "need after", "supply after", "gap after"), gaps),
            "",
            f"Output inside {world.inside} beside the published figure [t/yr]",
            columns(("figure", "published", "stated", "fitted"), near),
        ]
    )


def write(folder: Path, world: World, values: Values) -> None:
    """Bring the tables of a folder to a fit, if they close with it.

    Raises
    ------
    ValueError : with the fit the base year does not close; nothing has been written
    Invalid : the tables would not load; nothing has been written
    """
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(shutil.copytree(folder, Path(scratch) / folder.name))
        changed = rewrite(copy, world, values, shares(world, values))
        report = check(load(copy))
        if not report.sound:
            raise ValueError(f"the base year would not close: {report.over_capacity + report.short}")
        for name in changed:
            shutil.copyfile(copy / name, folder / name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the fit of a world; 1 if it does not confirm the tables and is not written, 2 if it cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m simulator.world.closing", description=main.__doc__)
    parser.add_argument("world", help="name of a built-in world, or its folder")
    parser.add_argument(
        "--write", action="store_true", help="bring balance.csv, recipes.csv and sourcing.csv to the fit"
    )
    options = parser.parse_args(arguments)
    try:
        world = load(options.world)
        values = refit(world)
        print(text(world, values))
        if confirmed(world, values):
            print("\nThe used values are confirmed, each to a thousandth of half its range; nothing to write.")
            return 0
        if not options.write:
            print("\nThe used values are NOT those of the fit.")
            return 1
        write(Path(world.adjustments[0].place.rpartition(":")[0]).parent, world, values)
        print("\nWritten; `python -m simulator.world.report` brings the page on the world up to date.")
    except (Invalid, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
