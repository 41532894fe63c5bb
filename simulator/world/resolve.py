"""Whether the sites, countries, commodities and parameters that a scenario names exist in its world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from simulator.scenario.problems import Problem, did_you_mean, problem_at
from simulator.world.model import World
from simulator.world.promises import promised

CODES: Mapping[str, str] = {
    "WR001": "A name is not known in the world.",
    "WR002": "Warning: a measure concerns nothing that the world has.",
    "WR003": "A country would share in the rights of two groups.",
    "WR004": "A date is given to a site that works from the start.",
    "WR005": "Warning: more of what a site can make is promised than there is.",
}

LISTENS: Mapping[str, str] = {
    **dict.fromkeys(("capital_support", "permit_relief"), "investment"),
    "recycling_mandate": "recycling",
}
"""The behaviour of those whom a kind of measure speaks to."""

Path = tuple[str | int, ...]
ROUNDING = 1e-9


def resolve(scenario: Any, world: World) -> list[Problem]:
    """Check every name of a scenario against a world.

    Parameters
    ----------
    scenario : Scenario, or a Strategy
    world : World

    Returns
    -------
    Problems in the order of the file: errors for names that do not exist, warnings for measures that touch nothing and
    for what is promised twice
    """
    checker = _Checker(scenario, world)
    problems = [
        problem
        for section in scenario.SECTIONS
        for index, measure in enumerate(getattr(scenario, section))
        for problem in checker.measure(measure, (section, index))
    ]
    problems += checker.parameters(scenario.parameters)
    problems += checker.promises()
    return sorted(problems, key=lambda problem: problem.order)


class _Checker:
    """The names of one world, by the key of a measure that may hold them."""

    def __init__(self, scenario: Any, world: World) -> None:
        self.scenario, self.world = scenario, world
        places = {**world.countries, **world.groups}
        self.known: Mapping[str, tuple[Mapping[str, object], str]] = {
            **dict.fromkeys(
                (
                    *("exporter", "issuer", "importer", "country", "countries", "destinations", "exporters"),
                    *("importers", "buyers", "members"),
                ),
                (places, "country or group"),
            ),
            **dict.fromkeys(("commodities", "commodity", "listed"), (world.commodities, "commodity")),
            **dict.fromkeys(("facilities", "facility", "technology"), (world.facilities, "site")),
            "stages": (dict.fromkeys(f.stage for f in world.facilities.values()), "stage"),
            **dict.fromkeys(("sectors", "first"), (world.sectors, "sector")),
        }

    def measure(self, measure: Any, path: Path) -> Iterator[Problem]:
        """Problems of one measure."""
        fields = {"exporters": "from", "importers": "to"} if measure.kind == "lane_change" else {}
        found = [
            problem
            for key, (names, what) in self.known.items()
            for problem in self._field(getattr(measure, key, None), names, what, (*path, fields.get(key, key)))
        ]
        yield from found
        for key in ("speeds", "overcompliance", "classes"):
            for index, part in enumerate(getattr(measure, key, ()) or ()):
                for name in ("destinations", "commodities", "countries", "sectors"):
                    yield from self._field(getattr(part, name, None), *self.known[name], (*path, key, index, name))
        if isinstance(groups := getattr(measure, "grouping", None), tuple):
            for index, group in enumerate(groups):
                yield from self._field(group, *self.known["destinations"], (*path, "grouping", index))
        if getattr(measure, "shares", None):
            yield from self._holders(measure, path)
        if not found:
            yield from self._idle(measure, path)
            yield from self._unheard(measure, path)
            if measure.kind == "plant" and self.world.facilities[measure.facility].opens is None:
                yield self._problem(
                    (*path, "facility"),
                    "WR004",
                    f"{measure.facility} works from the start",
                    f"sites with a date to come are {', '.join(f.id for f in self.world.facilities.values() if f.opens)}",
                )

    def _field(self, value: Any, names: Mapping[str, object], what: str, path: Path) -> Iterator[Problem]:
        """Problems of the value of one key: a name, a list of names or a selection."""
        for at, name in references(value):
            if name not in names:
                yield self._missing((*path, *at), name, names, what)

    def _holders(self, measure: Any, path: Path) -> Iterator[Problem]:
        """Problems of the holders of a quota: names of the kind that `per` says, no country in two groups."""
        buyers: dict[str, object] = dict.fromkeys(source.buyer for source in self.world.sources)
        names, what = {
            "exporter": (self.world.facilities, "site"),
            "destination": self.known["destinations"],
            "customer": (buyers, "customer"),
        }[measure.per]
        held: dict[str, str] = {}
        for name in measure.shares:
            at = (*path, "shares", name)
            if name not in names:
                yield self._missing(at, name, names, what, key=True)
            for country in self.world.groups.get(name, ()) if measure.per == "destination" else ():
                if country not in measure.shares and (other := held.setdefault(country, name)) != name:
                    yield self._problem(
                        at, "WR003", f"{country} is in {other} and in {name}", "give it a share of its own", key=True
                    )

    def _missing(self, path: Path, name: str, names: Mapping[str, object], what: str, key: bool = False) -> Problem:
        return self._problem(
            path,
            "WR001",
            f"there is no {what} '{name}' in {self.world.name}",
            did_you_mean(name, names) or _titled(name, names),
            key=key,
        )

    def parameters(self, names: Iterable[str]) -> Iterator[Problem]:
        """Problems of the parameters that a scenario replaces."""
        for name in names:
            if name not in self.world.parameters:
                yield self._missing(("parameters", name), name, self.world.parameters, "parameter", key=True)

    def promises(self) -> Iterator[Problem]:
        """Warn of sites of which offtakes promise more than they can make, at the latest."""
        placed = [
            (one, (section, index))
            for section in self.scenario.SECTIONS
            for index, one in enumerate(getattr(self.scenario, section))
            if one.kind == "offtake" and one.takes_effect
        ]
        for promise in promised([one for one, _ in placed], self.world):
            if promise.share > 1.0 + ROUNDING:
                told = [(placed[place][0].id, placed[place][0].share.central) for place in promise.offtakes]
                yield self._problem(
                    (*placed[promise.offtakes[-1]][1], "share"),
                    "WR005",
                    f"{promise.share:.2f} of the capacity of {promise.facility} is promised from {promise.day} on: "
                    + ", ".join(f"{share:.2f} by '{id}'" for id, share in told),
                    "who comes first by name gets first: promise less, or let a contract end before the next begins",
                    severity="warning",
                )

    def _idle(self, measure: Any, path: Path) -> Iterator[Problem]:
        """Warn of what a measure names but its country does not make, and of origins that nobody tells apart."""
        if measure.kind == "content_rule":
            yield from self._untold(measure, path)
        country = getattr(measure, "exporter", None) or (measure.country if measure.kind == "feed_loss" else None)
        if not country:
            return
        stages = ("mine",) if measure.kind == "feed_loss" else ()
        makers = {
            (f.country, o.commodity)
            for f in self.world.facilities.values()
            if f.stage in stages or not stages
            for o in self.world.recipes[f.recipe].outputs
        }
        members = self.world.groups.get(country, (country,))
        for at, commodity in references(getattr(measure, "commodities", ())):
            if not any((member, commodity) in makers for member in members):
                yield self._problem(
                    (*path, "commodities", *at),
                    "WR002",
                    f"no {'mine' if stages else 'site'} in {country} makes {commodity}: this changes nothing",
                    severity="warning",
                )

    def _unheard(self, measure: Any, path: Path) -> Iterator[Problem]:
        """Warn of what speaks to a behaviour that the scenario does not list."""
        behaviour = LISTENS.get(measure.kind)
        if behaviour is not None and behaviour not in self.scenario.behaviour:
            yield self._problem(
                (*path, "kind"),
                "WR002",
                f"without the behaviour {behaviour} a {measure.kind} changes nothing",
                f"add it: behaviour: [{behaviour}]",
                severity="warning",
            )

    def _untold(self, measure: Any, path: Path) -> Iterator[Problem]:
        origins, issuer = self.world.origins, self.world.groups.get(measure.issuer, (measure.issuer,))
        told = {country for part in (origins.mined, origins.separated) for group in part.values() for country in group}
        if not measure.technology and not told & set(issuer):
            yield self._problem(
                (*path, "issuer"),
                "WR002",
                f"{self.world.name} does not tell goods of {measure.issuer} from others: this changes nothing",
                severity="warning",
            )

    def _problem(
        self,
        path: Path,
        code: str,
        message: str,
        help: str = "",
        key: bool = False,
        severity: Literal["error", "warning"] = "error",
    ) -> Problem:
        return problem_at(self.scenario.place(path, key), code, message, help, severity=severity)


def references(value: Any) -> Iterator[tuple[Path, str]]:
    """Every name written in a value, with the path that leads to it inside the value."""
    if isinstance(value, str):
        if value != "all":
            yield (), value
    elif hasattr(value, "references"):
        yield from value.references
    else:
        yield from (((index,), name) for index, name in enumerate(value or ()))


def _titled(name: str, names: Mapping[str, object]) -> str:
    """The id whose title, such as the English name of a country, is the name given."""
    for id, item in names.items():
        titles = item.values() if isinstance(item, Mapping) else (getattr(item, "title", ""), getattr(item, "name", ""))
        if any(isinstance(title, str) and title.lower() == name.lower() for title in titles):
            return f"did you mean '{id}'?"
    return ""
