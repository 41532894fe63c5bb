"""Loading a world from its folder of tables, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from simulator.scenario.files import built_in
from simulator.scenario.problems import Invalid, Problem, did_you_mean
from simulator.scenario.uncertain import Uncertain
from simulator.world import downstream
from simulator.world.balance import COLUMNS, adjustments
from simulator.world.model import (
    Commodity,
    Demand,
    Facility,
    Figure,
    Input,
    Lane,
    OriginGroups,
    Output,
    Recipe,
    Source,
    Substitute,
    World,
)
from simulator.world.network import complete
from simulator.world.prospects import lifetimes, projects
from simulator.world.stocks import covers, reorders
from simulator.world.tables import PROVENANCE, UNITS, Reader, Row

_RATE = ("t/yr", "t/d")
_ROLE_UNITS = {"input": ("t/t",), "output": ("t/t",), "residence": ("d",), "floor": ("1",), "filler": ("t/t",)}
_SUBSTITUTE_UNITS = {"ceiling": ("1",), "amount": ("t/t",), "cost": ("1",), "lag": ("d",)}


def names() -> tuple[str, ...]:
    """Names of the built-in worlds."""
    folder = built_in() / "worlds"
    return tuple(sorted(path.parent.name for path in folder.glob("*/world.yaml")))


def load(name_or_path: str | Path) -> World:
    """Load a world.

    Parameters
    ----------
    name_or_path : name of a built-in world, or a folder with `world.yaml` and the tables

    Returns
    -------
    World, frozen

    Raises
    ------
    Invalid : something is wrong; carries every problem found with file, line and column
    """
    folder = Path(name_or_path)
    if not (folder / "world.yaml").is_file() and str(name_or_path) in names():
        folder = built_in() / "worlds" / str(name_or_path)
    if not (folder / "world.yaml").is_file():
        raise Invalid(
            [
                Problem(
                    str(name_or_path),
                    1,
                    1,
                    1,
                    "error",
                    "SC034",
                    f"there is no world {str(name_or_path)!r}",
                    help=did_you_mean(str(name_or_path), names()),
                )
            ]
        )
    return _read(folder, _state(folder))


def _state(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of every table that the world may rest on: when one changes, the world is read again."""
    borrowed = (built_in() / "worlds").glob("*/parameters.csv")
    files = sorted([*folder.iterdir(), *borrowed])
    return tuple((str(f.resolve()), f.stat().st_mtime_ns, f.stat().st_size) for f in files if f.is_file())


@lru_cache(maxsize=8)
def _read(folder: Path, state: tuple[tuple[str, int, int], ...]) -> World:
    """Read the tables of a folder; a command asks for the same world several times."""
    reader = Reader(folder)
    world = _Tables(reader, _heading(folder / "world.yaml")).world()
    if not reader.problems:
        complete(world, reader)
    if reader.problems:
        raise Invalid(reader.problems)
    return world


def _heading(path: Path) -> Mapping[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        data = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise Invalid([Problem(str(path), line, column, column + 1, "error", "SC002", str(error.problem))]) from None
    needed = ("name", "title", "base_year", "data_vintage", "inside", "origin_groups", "groups")
    absent = [key for key in needed if not isinstance(data, dict) or key not in data]
    if absent:
        raise Invalid([Problem(str(path), 1, 1, 1, "error", "SC011", f"world.yaml lacks {', '.join(absent)}")])
    return data


@dataclass
class _Tables:
    """The tables read so far; later ones are checked against earlier ones."""

    reader: Reader
    heading: Mapping[str, Any]
    used: list[str] = field(default_factory=list)
    shared: dict[str, str] = field(default_factory=dict)  # table of another world -> sha256

    def rows(self, name: str, *columns: str, sourced: bool = True, optional: bool = False) -> list[Row]:
        self.used.append(name)
        return self.reader.rows(name, (*columns, *(PROVENANCE if sourced else ())), optional)

    def world(self) -> World:
        """Read everything, in the order in which tables refer to one another."""
        self.countries = self._names("countries.csv", "country")
        self.sectors = self._names("sector_names.csv", "sector")
        self.rows("sectors.csv", "source_name", "sector", sourced=False)
        self.commodities = self._commodities()
        self.recipes = self._recipes()
        self.facilities = self._facilities()
        self.demand = self._demand()
        sources = self._sources()
        rows = self.rows("prices.csv", "commodity", "price", "low", "high")
        prices = self._figures(rows, "commodity", "price", ("USD/kg", "USD/t"), self.commodities)
        rows = self.rows("growth.csv", "sector", "rate", "low", "high")
        growth = self._figures(rows, "sector", "rate", ("1/yr",), self.sectors, low=-1.0)
        rows = self._parameters()
        parameters = self._figures(rows, "parameter", "value", ("1", "d", "t", "1/yr"), None, low=-1e9)
        heading, groups = self.heading, self.heading["origin_groups"]
        published = self.rows("published.csv", "figure", "value", "low", "high", "gap")
        figures = self._figures(published, "figure", "value", ("1", "t/yr", "t/month"), None)
        estimates, outputs = downstream.macro(self.reader, self.countries)
        self.used += [downstream.UNITS, downstream.MACRO]
        rows = self._prospects("projects.csv", "project", "figure", "value")
        planned, work = projects(self.reader, rows, self.facilities)
        world = World(
            name=heading["name"],
            title=heading["title"],
            base_year=int(heading["base_year"]),
            data_vintage=str(heading["data_vintage"]),
            inside=heading["inside"],
            origins=OriginGroups(_lists(groups["mined"]), _lists(groups["separated"]), groups["separating"]),
            commodities=self.commodities,
            recipes=self.recipes,
            facilities=self.facilities,
            demand=self.demand,
            sources=sources,
            lanes=self._lanes(),
            cover={},
            prices=prices,
            growth=growth,
            parameters=parameters,
            countries=self.countries,
            groups=_lists(heading["groups"]),
            sectors=self.sectors,
            published=figures,
            headline=tuple(heading.get("headline", ())),
            goods={language: (str(one), str(many)) for language, (one, many) in heading.get("goods", {}).items()},
            hosts=self._hosts(),
            gaps={row["figure"]: row["gap"] for row in published},
            substitutes=self._substitutes(),
            adjustments=adjustments(self.reader, self.rows("balance.csv", *COLUMNS, sourced=False)),
            projects=planned,
            work=work,
            lifetimes=lifetimes(
                self.reader,
                self._prospects("lifetimes.csv", "commodity", "sector", "returns", "mean", "shape"),
                self.commodities,
                self.sectors,
            ),
            products=downstream.products(self.reader, self.sectors),
            estimates=estimates,
            outputs=outputs,
        )
        stocks = self.rows("stocks.csv", "holder", "commodity", "cover", "low", "high")
        world = replace(world, cover=covers(world, self.reader, stocks), reorder=reorders(world, self.reader, stocks))
        return replace(world, files=_digests(self.reader.folder, self.used) | self.shared)

    def _parameters(self) -> list[Row]:
        """Rows of the behaviour: its own, and for the rest those of the built-in world named under `parameters_of`."""
        columns, other = ("parameter", "value", "low", "high"), self.heading.get("parameters_of")
        own = self.rows("parameters.csv", *columns, optional=other is not None)
        if other is None:
            return own
        folder = built_in() / "worlds" / str(other)
        if str(other) not in names():
            file = str(self.reader.folder / "world.yaml")
            self.reader.add(file, 1, 1, 1, "WT010", f"unknown world {other!r}", did_you_mean(str(other), names()))
            return own
        rows = Reader(folder, self.reader.problems).rows("parameters.csv", (*columns, *PROVENANCE))
        self.shared = {f"{other}/parameters.csv": _digest(folder / "parameters.csv")}
        given = {row["parameter"] for row in own}
        return own + [row for row in rows if row["parameter"] not in given]

    def _prospects(self, table: str, *columns: str) -> list[Row]:
        """Rows of a table that a world may do without; it then lacks the behaviour that needs them."""
        return self._unique(self.rows(table, *columns, "low", "high", optional=True), *columns[:2])

    def _names(self, table: str, key: str) -> dict[str, dict[str, str]]:
        rows = self._unique(self.rows(table, key, "en", "fr", "ja", sourced=False), key)
        return {row[key]: {language: row[language] for language in ("en", "fr", "ja")} for row in rows}

    def _unique(self, rows: list[Row], *keys: str) -> list[Row]:
        """Rows in order of their key; a key given twice is a problem."""
        seen: dict[tuple[str, ...], Row] = {}
        for row in rows:
            key = tuple(row[name] for name in keys)
            if key in seen:
                self.reader.error(
                    row,
                    keys[0],
                    "WT020",
                    f"{' '.join(key)} is given twice",
                    help=f"first given on line {seen[key].line}",
                )
            seen.setdefault(key, row)
        return [seen[key] for key in sorted(seen)]

    def _commodities(self) -> dict[str, Commodity]:
        rows = self._unique(
            self.rows("commodities.csv", "commodity", "title", "stage", "basis", "hs_code", sourced=False), "commodity"
        )
        return {
            row["commodity"]: Commodity(row["commodity"], row["title"], row["stage"], row["basis"], row["hs_code"])
            for row in rows
        }

    def _recipes(self) -> dict[str, Recipe]:
        rows = self.rows(
            "recipes.csv", "recipe", "role", "commodity", "amount", "low", "high", "critical", "drives", "shelf_days"
        )
        self._unique(rows, "recipe", "role", "commodity")
        grouped: dict[str, list[Row]] = {}
        for row in rows:
            grouped.setdefault(row["recipe"], []).append(row)
        found = {id: self._recipe(id, grouped[id]) for id in sorted(grouped)}
        return {id: recipe for id, recipe in found.items() if recipe is not None}

    def _recipe(self, id: str, rows: list[Row]) -> Recipe | None:
        reader, before = self.reader, len(self.reader.problems)
        inputs, outputs, residence = [], [], None
        thrift: dict[tuple[str, str], Figure] = {}
        for row in rows:
            figure = reader.figure(row, "amount", _ROLE_UNITS.get(row["role"], ("t/t",)))
            if row["role"] not in _ROLE_UNITS:
                reader.error(row, "role", "WT010", f"role must be {', '.join(_ROLE_UNITS)}, found {row['role']!r}")
            elif row["role"] != "residence":
                reader.known(row, "commodity", self.commodities, "commodity")
            if figure is None:
                continue
            if row["role"] == "residence":
                residence = figure
            elif row["role"] in ("floor", "filler"):
                thrift[row["role"], row["commodity"]] = figure
                self._check_thrift(row, rows, figure)
            elif row["role"] == "input":
                inputs.append(Input(row["commodity"], figure, reader.flag(row, "critical")))
            else:
                outputs.append(Output(row["commodity"], figure, reader.flag(row, "drives"), self._shelf(row)))
        if residence is None or not outputs or outputs[0].amount.central != 1.0 or not any(o.drives for o in outputs):
            reader.error(
                rows[0],
                "recipe",
                "WT006",
                f"recipe {id} needs a residence time, a first output of amount 1 and an output that drives",
            )
        if len(reader.problems) > before or residence is None:
            return None
        inputs = [
            replace(i, floor=thrift.get(("floor", i.commodity)), filler=thrift.get(("filler", i.commodity)))
            for i in sorted(inputs, key=lambda i: i.commodity)
        ]
        return Recipe(id, tuple(inputs), tuple(outputs), residence)

    def _check_thrift(self, row: Row, rows: list[Row], figure: Figure) -> None:
        if not any(other["role"] == "input" and other["commodity"] == row["commodity"] for other in rows):
            self.reader.error(row, "commodity", "WT010", f"{row['role']} of {row['commodity']}, which is no input here")
        if row["role"] == "floor" and figure.value.high > 1.0:
            self.reader.error(row, "amount", "WT006", "a floor is a share of the input, 1 at most")

    def _shelf(self, row: Row) -> Figure | None:
        if not row["shelf_days"]:
            return None
        days = self.reader.number(row, "shelf_days")
        if days is None:
            return None
        return Figure(
            Uncertain.exactly(days),
            "d",
            row["source"],
            row["year"],
            "D",
            row.place,
            "shelf of a by-product: assumption",
        )

    def _facilities(self) -> dict[str, Facility]:
        reader = self.reader
        openings = {
            row["facility"]: row
            for row in self._unique(
                self.rows("openings.csv", "facility", "opens", "earliest", "latest", "ramp_months"), "facility"
            )
        }
        rows = self._unique(
            self.rows(
                "facilities.csv",
                "facility",
                "name",
                "operator",
                "country",
                "stage",
                "recipe",
                "status",
                "capacity",
                "low",
                "high",
                "grows",
            ),
            "facility",
        )
        ids = dict.fromkeys(row["facility"] for row in rows)
        for row in openings.values():
            reader.known(row, "facility", ids, "facility")
        found = {}
        for row in rows:
            reader.known(row, "country", self.countries, "country")
            reader.known(row, "recipe", self.recipes, "recipe")
            capacity = reader.figure(row, "capacity", _RATE)
            if capacity is not None:
                opens, ramp, grade, source = self._opening(openings.get(row["facility"]))
                found[row["facility"]] = Facility(
                    row["facility"],
                    row["name"],
                    row["operator"],
                    row["country"],
                    row["stage"],
                    row["recipe"],
                    row["status"],
                    capacity,
                    ramp,
                    opens,
                    grade,
                    source,
                    reader.flag(row, "grows") and opens is None,
                )
        return found

    def _opening(self, row: Row | None) -> tuple[tuple[date, date, date] | None, Figure | None, str, str]:
        if row is None:
            return None, None, "", ""
        reader = self.reader
        days = [reader.day(row, column) for column in ("earliest", "opens", "latest")]
        months = reader.number(row, "ramp_months")
        if not reader.provenance(row, ("months",)) or months is None or None in days:
            return None, None, "", ""
        first, central, last = (d for d in days if d is not None)
        if not first <= central <= last:
            reader.error(row, "opens", "WT006", "earliest, opens and latest must be in order")
        days_of_ramp = Uncertain.exactly(months * UNITS["months"])
        ramp = Figure(days_of_ramp, "months", row["source"], row["year"], row["grade"], row.place)
        return (first, central, last), ramp, row["grade"], row["source"]

    def _hosts(self) -> dict[str, Figure]:
        """Sites whose product comes with another one, outside the world, that sets their pace; the table may be missing."""
        self.used.append("hosts.csv")
        rows = self.reader.rows("hosts.csv", ("facility", "host", "share", *PROVENANCE), optional=True)
        found = self._figures(rows, "facility", "share", ("1",), self.facilities)
        for row in rows:
            if row["facility"] in found and found[row["facility"]].value.high > 1.0:
                self.reader.error(row, "share", "WT006", "share must not be above 1")
        return found

    def _demand(self) -> tuple[Demand, ...]:
        rows = self._unique(
            self.rows("demand.csv", "country", "sector", "commodity", "amount", "low", "high"),
            "country",
            "sector",
            "commodity",
        )
        found = []
        for row in rows:
            for column, known, what in (
                ("country", self.countries, "country"),
                ("sector", self.sectors, "sector"),
                ("commodity", self.commodities, "commodity"),
            ):
                self.reader.known(row, column, known, what)
            figure = self.reader.figure(row, "amount", _RATE)
            if figure is not None:
                found.append(Demand(row["country"], row["sector"], row["commodity"], figure))
        return tuple(found)

    def _sources(self) -> tuple[Source, ...]:
        """Shares by buyer. `COUNTRY/*` stands for every sector of a country.

        A sector's own row for a site that opens later comes on top; its own row for a site open from the start replaces
        the country's rows.
        """
        rows = self._unique(
            self.rows("sourcing.csv", "buyer", "commodity", "supplier", "share"), "buyer", "commodity", "supplier"
        )
        own = {
            (row["buyer"], row["commodity"])
            for row in rows
            if row["supplier"] in self.facilities and self.facilities[row["supplier"]].opens is None
        }
        markets = {d.market: d for d in self.demand}
        using = {(d.market, d.commodity) for d in self.demand}
        found = []
        for row in rows:
            self.reader.known(row, "commodity", self.commodities, "commodity")
            self.reader.known(row, "supplier", self.facilities, "facility")
            share = self.reader.figure(row, "share", ("1",))
            country, _, sector = row["buyer"].partition("/")
            if sector == "*":
                self.reader.known(
                    Row(row.file, row.line, {**row.cells, "buyer": country}, row.starts),
                    "buyer",
                    self.countries,
                    "country",
                )
                buyers = [
                    m
                    for m, c in sorted(using)
                    if m.startswith(f"{country}/") and c == row["commodity"] and (m, c) not in own
                ]
            else:
                self.reader.known(row, "buyer", {**self.facilities, **markets}, "buyer")
                buyers = [row["buyer"]]
            if share is not None:
                found += [Source(buyer, row["commodity"], row["supplier"], share) for buyer in buyers]
        return tuple(sorted(found, key=lambda s: (s.buyer, s.commodity, s.supplier)))

    def _substitutes(self) -> tuple[Substitute, ...]:
        """One row for each number of a pair; `to` is blank where the substitute is outside this world."""
        self.used.append("substitutes.csv")
        columns = ("from", "to", "role", "value", "low", "high", *PROVENANCE)
        rows = self._unique(self.reader.rows("substitutes.csv", columns, optional=True), "from", "to", "role")
        numbers: dict[tuple[str, str], dict[str, Figure]] = {}
        for row in rows:
            known = self.reader.known(row, "from", self.commodities, "commodity")
            if row["to"]:
                known &= self.reader.known(row, "to", self.commodities, "commodity")
            if self.reader.known(row, "role", _SUBSTITUTE_UNITS, "role") and known:
                figure = self.reader.figure(row, "value", _SUBSTITUTE_UNITS[row["role"]])
                if figure is not None:
                    numbers.setdefault((row["from"], row["to"]), {})[row["role"]] = figure
        found = []
        for (commodity, instead), figures in numbers.items():
            if len(figures) == len(_SUBSTITUTE_UNITS):
                found.append(Substitute(commodity, instead, **figures))
            elif not self.reader.problems:
                row = next(r for r in rows if (r["from"], r["to"]) == (commodity, instead))
                missing = ", ".join(role for role in _SUBSTITUTE_UNITS if role not in figures)
                self.reader.error(row, "role", "WT006", f"from {commodity} to {instead or 'nothing'} lacks {missing}")
        return tuple(found)

    def _lanes(self) -> dict[tuple[str, str], Lane]:
        found = {}
        for row in self._unique(self.rows("lanes.csv", "from", "to", "transit", "low", "high", "mode"), "from", "to"):
            for column in ("from", "to"):
                self.reader.known(row, column, self.countries, "country")
            figure = self.reader.figure(row, "transit", ("d",))
            if figure is not None:
                found[row["from"], row["to"]] = Lane(row["from"], row["to"], figure)
        return found

    def _figures(
        self,
        rows: list[Row],
        key: str,
        column: str,
        units: tuple[str, ...],
        known: Mapping[str, object] | None,
        low: float = 0.0,
    ) -> dict[str, Figure]:
        found = {}
        for row in self._unique(rows, key):
            if known is not None:
                self.reader.known(row, key, known, key)
            figure = self.reader.figure(row, column, units, low)
            if figure is not None:
                found[row[key]] = figure
        return found


def _lists(mapping: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(codes) for name, codes in mapping.items()}


def _digests(folder: Path, tables: list[str]) -> dict[str, str]:
    """SHA-256 of every file of the world that was read."""
    return {name: _digest(folder / name) for name in sorted({*tables, "world.yaml"}) if (folder / name).is_file()}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
