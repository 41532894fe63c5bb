"""Worlds and stories made up by luck: chains of any shape that close, and every kind of control on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from random import Random
from typing import Any

from simulator.scenario.model import Scenario
from simulator.scenario.uncertain import Uncertain
from simulator.world import load
from simulator.world.model import Facility, Lifetime, OriginGroups, Project, Recipe, Substitute, World
from simulator.world.steady import flows
from tests import worlds
from tests.laws.small_world import OFFICE

COUNTRIES = ("AAA", "BBB", "CCC")
SECTORS = ("cars", "defence")
DAYS = 49
# A story lasts seven weeks: what takes months or years in the real world takes days here, so that every behaviour acts.
HURRIED: Mapping[str, tuple[float, float, float]] = {
    "price_time": (3.0, 5.0, 10.0),
    "fear_time": (5.0, 10.0, 20.0),
    "switching_time": (5.0, 10.0, 20.0),
    "trigger_price": (1.05, 1.1, 1.3),
    "trigger_fill": (0.8, 0.9, 0.95),
    "trigger_days": (1.0, 3.0, 7.0),
    "qualification_lag": (0.0, 3.0, 10.0),
    "planning_days": (2.0, 5.0, 10.0),
    "substitution_time": (5.0, 10.0, 20.0),
    "substitution_ceiling": (0.5, 1.0, 2.0),
    "utilisation_time": (2.0, 5.0, 10.0),
    "demand_time": (5.0, 10.0, 20.0),
    "basket_margin": (0.02, 0.05, 0.2),
    "shut_after": (1.0, 4.0, 10.0),
    "restart_margin": (0.01, 0.03, 0.1),
    "restart_after": (1.0, 4.0, 10.0),
    "restart_time": (1.0, 4.0, 10.0),
    "leakage_time_some": (3.0, 5.0, 10.0),
    "leakage_time_all": (3.0, 5.0, 10.0),
    "leakage_cost": (0.0, 0.01, 0.05),
    "expected_price_memory": (5.0, 10.0, 20.0),
    "ramp_tenth": (1.0, 2.0, 3.0),
    "ramp_ninetieth": (5.0, 10.0, 20.0),
    "collection_lag": (0.0, 0.0, 31.0),
    "demand_noise": (0.1, 0.1, 0.1),
    "transit_cv": (0.1, 0.1, 0.1),
}


def amount(luck: Random, low: float, high: float) -> float:
    """A number that a table would hold: few digits."""
    return luck.randint(round(low * 20), round(high * 20)) / 20


def some(luck: Random, names: Sequence[Any], least: int, most: int) -> list[Any]:
    """Some of the names, each once."""
    return luck.sample(names, luck.randint(least, min(most, len(names))))


@dataclass
class _Draft:
    """A world on its way: what a chain is made of so far."""

    luck: Random
    recipes: list[Recipe] = field(default_factory=list)
    sites: list[Facility] = field(default_factory=list)
    sources: dict[tuple[str, str, str], float] = field(default_factory=dict)
    cover: dict[tuple[str, str], Uncertain] = field(default_factory=dict)

    def site(
        self, name: str, stage: str, inputs: Mapping[str, float], outputs: Mapping[str, float], **more: Any
    ) -> None:
        """A plant somewhere, with a recipe of its own; what comes after the first output is a by-product with a shelf."""
        beside = tuple(outputs)[1:]
        residence = amount(self.luck, 0.0, 12.0)
        made = worlds.recipe(f"make-{name}", inputs, outputs, residence, beside, dict.fromkeys(beside, 5.0))
        if len(inputs) > 1:  # the first can be thrifted, the second takes its place
            first, second = inputs
            made = worlds.thrifty(made, {first: Uncertain(0.3, 0.5, 0.9)}, second)
        self.recipes.append(made)
        country = self.luck.choice(COUNTRIES)
        self.sites.append(worlds.facility(name, country, stage, made.id, 1e6, **more))
        for commodity in (*inputs, *outputs):
            self.cover[name, commodity] = Uncertain(1.0, 3.0, amount(self.luck, 4.0, 15.0))

    def buys(self, buyer: str, commodity: str, suppliers: list[str]) -> None:
        """Where a buyer gets a commodity."""
        weights = {name: self.luck.randint(1, 9) for name in some(self.luck, suppliers, 1, len(suppliers))}
        for supplier, weight in weights.items():
            self.sources[buyer, commodity, supplier] = weight / sum(weights.values())


def random_world(luck: Random) -> World:
    """Two to four echelons of one to three plants, two to four markets behind them, scrap that returns, one more plant planned.

    Some plants have joint products, some a second input that takes the place of the first; some end users can do with a
    good of the echelon before, or without.
    """
    draft = _Draft(luck)
    echelons = luck.randint(2, 4)
    layers: list[list[str]] = []
    for level in range(echelons):
        layers.append([f"plant-{level}-{place}" for place in range(luck.randint(1, 3))])
        for name in layers[-1]:
            beside = level == echelons - 1 and luck.random() < 0.5
            outputs = {f"good-{level}": 1.0} | ({"beside": amount(luck, 0.1, 2.0)} if beside else {})
            goods = [f"good-{level - back}" for back in (1, 2) if level >= back and (back == 1 or luck.random() < 0.5)]
            inputs = {good: amount(luck, 0.5, 3.0) for good in goods}
            draft.site(name, f"stage-{level}" if level else "mine", inputs, outputs)
            for back, good in enumerate(goods, 1):
                draft.buys(name, good, layers[level - back])
    final, other = f"good-{echelons - 1}", f"good-{echelons - 2}"
    draft.site("collector", "scrap", {}, {"scrap": 1.0})
    draft.site("recycler", "recycling", {"scrap": amount(luck, 1.0, 3.0)}, {final: 1.0})
    draft.sources["recycler", "scrap", "collector"] = 1.0
    demand = {}
    for country, sector in some(luck, [(country, sector) for country in COUNTRIES for sector in SECTORS], 2, 4):
        for commodity, suppliers in ((final, [*layers[-1], "recycler"]), (other, layers[-2])):
            if commodity == final or luck.random() < 0.5:
                demand[country, sector, commodity] = amount(luck, 0.5, 20.0)
                draft.cover[f"{country}/{sector}", commodity] = Uncertain(1.0, 4.0, amount(luck, 5.0, 20.0))
                draft.buys(f"{country}/{sector}", commodity, suppliers)
    _plan(draft, layers)
    made = worlds.world(
        draft.recipes,
        draft.sites,
        demand,
        draft.sources,
        {(a, b): amount(luck, 1.0, 12.0) for a in COUNTRIES for b in COUNTRIES},
        draft.cover,
        parameters=behaviour_parameters(),
        growth=luck.choice((0.0, 0.1)),
        origins=OriginGroups({"home": ("AAA",)}, {"home": ("AAA",)}, "stage-1"),
        groups={"allies": ("BBB", "CCC")},
        substitutes=_substitutes(luck, final, other),
    )
    before, after, spare = flows(made).rate, flows(made, date(2024, 12, 1)).rate, amount(luck, 1.05, 1.2)
    fitted = {
        name: replace(site, capacity=worlds.figure(max(before[name], after[name], 0.1) * spare))
        for name, site in made.facilities.items()
    }
    project = Project(
        *(worlds.figure(amount(luck, low, high)) for low, high in ((10.0, 1000.0), (0.0, 1.0), (1.0, 5.0), (1.0, 5.0)))
    )
    return replace(
        made,
        facilities=fitted,
        prices={c: worlds.figure(amount(luck, 0.5, 5.0), "USD/t") for c in sorted(made.commodities)},
        hosts={layers[0][0]: worlds.figure(amount(luck, 0.0, 1.0), "1")},
        projects={"planned": project},
        lifetimes=tuple(
            Lifetime(final, sector, "scrap", worlds.figure(amount(luck, 5.0, 40.0), "d"), amount(luck, 1.0, 4.0))
            for sector in SECTORS
        ),
    )


@cache
def behaviour_parameters() -> dict[str, Uncertain]:
    """Those of the real world, with ranges, in a hurry."""
    real = {name: p.value for name, p in load("rare_earths").parameters.items()}
    return real | {name: Uncertain(*values) for name, values in HURRIED.items()}


def _plan(draft: _Draft, layers: list[list[str]]) -> None:
    """One more plant that has yet to be decided; part of the buyers of what it makes will turn to it."""
    level = draft.luck.randint(1, len(layers) - 1)
    made, feed = f"good-{level}", f"good-{level - 1}"
    opens = tuple(date(2024, *day) for day in ((1, 20), (2, 1), (2, 20)))
    more = {"status": "planned", "opens": opens, "ramp": worlds.figure(20.0, "d"), "grows": False}
    draft.site("planned", f"stage-{level}", {feed: amount(draft.luck, 0.5, 3.0)}, {made: 1.0}, **more)
    draft.buys("planned", feed, layers[level - 1])
    for buyer in sorted({buyer for buyer, commodity, _ in draft.sources if commodity == made}):
        draft.sources[buyer, made, "planned"] = amount(draft.luck, 0.05, 0.5)


def _substitutes(luck: Random, final: str, other: str) -> tuple[Substitute, ...]:
    """What end users of the last good can do with: nothing this world knows, and the good of the echelon before."""
    return tuple(
        worlds.substitute(
            final,
            instead,
            amount(luck, 0.1, 0.5),
            amount(luck, 0.0, 10.0),
            amount=amount(luck, 0.5, 2.0),
            cost=amount(luck, 1.0, 2.0),
        )
        for instead in ("", other)
    )


def random_story(luck: Random, world: World, **more: Any) -> Scenario:
    """Two to four controls of any kinds, anywhere in the world, overlapping as they will, and two instruments against them."""
    kinds = some(luck, tuple(CONTROLS), 2, 4)
    events = [_control(luck, world, kind) for kind in kinds]
    responses = [_control(luck, world, kind) for kind in some(luck, tuple(INSTRUMENTS), 2, 2)]
    return worlds.scenario(DAYS, *events, **{"growth": True, "responses": responses, **more})


@dataclass(frozen=True)
class _Setting:
    """Where one control happens, and how hard it is."""

    country: str
    others: tuple[str, ...]
    goods: tuple[str, ...]
    trade: Mapping[str, Any]  # who exports what to whom
    share: float
    site: str
    sector: str
    harsh: bool


def _control(luck: Random, world: World, name: str) -> dict[str, Any]:
    begins, lasts = luck.randint(3, 20), luck.randint(1, 40)
    announced = max(begins - luck.randint(0, 20), 1)
    country = luck.choice(("AAA", *COUNTRIES))  # the home market of the world comes up as often as the others together
    others = tuple(c for c in COUNTRIES if c != country)
    goods = tuple(some(luck, sorted(world.commodities), 1, 3))
    destinations = luck.choice(("all", *([other] for other in others)))
    setting = _Setting(
        country,
        others,
        goods,
        {"exporter": country, "commodities": goods, "destinations": destinations},
        amount(luck, 0.05, 1.0),
        luck.choice(sorted(world.facilities)),
        luck.choice(sorted(world.sectors)),
        luck.random() < 0.5,
    )
    kind, tell = {**CONTROLS, **INSTRUMENTS}[name]
    span = {"announced": worlds.day(announced), "effective": worlds.day(begins), "expires": worlds.day(begins + lasts)}
    return {"id": name, "kind": kind, **tell(setting), **span}


# By name: the kind of measure, and its keys in a setting.
CONTROLS: Mapping[str, tuple[str, Callable[[_Setting], dict[str, Any]]]] = {
    "ban": ("export_ban", lambda s: {**s.trade, "leakage": s.share, "leakage_delay": "12 d"}),
    "licence": ("export_licence", lambda s: {**s.trade, "office": OFFICE, "leakage": s.share / 2}),
    "trusted": ("general_licence", lambda s: {**s.trade, "coverage": s.share}),
    "quota": (
        "export_quota",
        lambda s: {**s.trade, "cut": s.share, "per": "destination", "carry": 0.5, "shares": {s.others[0]: s.share / 2}},
    ),
    "rights": ("export_quota", lambda s: {**s.trade, "cut": s.share, "per": "customer", "unused": "returned"}),
    "tax": ("export_tax", lambda s: {**s.trade, "rate": s.share}),
    "tariff": (
        "import_tariff",
        lambda s: {"importer": s.others[0], "exporters": [s.country], "commodities": s.goods, "rate": s.share},
    ),
    "military": ("military_end_use_ban", lambda s: dict(s.trade)),
    "outage": ("outage", lambda s: {"facilities": [s.site], "remaining": s.share}),
    "feed": ("feed_loss", lambda s: {"country": s.country, "commodities": ["good-0"]}),
    "surge": ("demand_shift", lambda s: {"sectors": [s.sector], "change": -0.8 * s.share if s.harsh else s.share}),
    "strait": (
        "lane_change",
        lambda s: {"from": [s.country], "to": s.others, "extra": "9 d", "capacity": s.share},
    ),
    "priority": ("domestic_priority", lambda s: {"country": s.country, "commodities": s.goods, "factor": s.share}),
    "classes": (
        "supply_priority",
        lambda s: {
            "country": s.country,
            "commodities": s.goods,
            "classes": [{"countries": ["allies"], "sectors": ["defence"]}, {"countries": [s.country]}],
            "factor": s.share,
            "kept": 0.1,
        },
    ),
    "content": (
        "content_rule",
        lambda s: {
            "issuer": "AAA",
            "commodities": s.goods,
            "listed": ["good-0"],
            "compliance": s.share,
            "applies": "ban" if s.harsh else "licence",
            "office": OFFICE,
        },
    ),
    "testing": ("customs_hold", lambda s: {**s.trade, "probability": s.share, "days": "10 d"}),
    "reserve": (
        "reserve",
        lambda s: {
            "countries": [s.country],
            "commodity": s.goods[0],
            "target": "20 d",
            "opening": f"{20 * s.share:.0f} d",
            "trigger": "30 d",
            "running": "2 d",
            "delay": "3 d",
            "first": [SECTORS[1]],
        },
    ),
    "flood": (
        "price_change",
        lambda s: {"commodities": s.goods, "change": -0.8 * s.share if s.harsh else s.share, "ramp": "10 d"},
    ),
    "text": ("framework_agreement", lambda s: {"members": [s.country]}),
    "support": (
        "substitution_support",
        lambda s: {"countries": [s.country], "ceiling": 1.0, "lag_cut": s.share, "payer": "somebody"},
    ),
}
INSTRUMENTS: Mapping[str, tuple[str, Callable[[_Setting], dict[str, Any]]]] = {
    "capital": (
        "capital_support",
        lambda s: {"grant": s.share, "equity": s.share, "lent": s.share, "guaranteed": 1.0, "payer": "somebody"},
    ),
    "output": (
        "output_support",
        lambda s: {
            "countries": s.others,
            "floor": f"{2 * s.share} USD/t",
            "upside": s.share,
            "upside_from": "0.5 USD/t",
            "contract": "20 d",
            "payer": "somebody",
            **({"tonnes": "3 t/d", "upside_most": "20 USD"} if s.harsh else {}),
        },
    ),
    "offtake": ("offtake", lambda s: {"share": s.share, "buyers": [s.others[0]], "payer": "somebody"}),
    "relief": ("permit_relief", lambda s: {"saved": f"{20 * s.share:.0f} d"}),
    "plant": (
        "plant",
        lambda s: {"facility": "planned", "first_output": worlds.day(20), "payer": "somebody", "cost": "1000 USD"},
    ),
    "floor": (
        "border_floor",
        lambda s: {"members": s.others, "commodity": s.goods[0], "floor": f"{5 * s.share} USD/t"},
    ),
    "club": ("joint_purchase", lambda s: {"countries": s.others, "commodities": s.goods, "ramp": "10 d"}),
    "cap": (
        "sourcing_cap",
        lambda s: {
            "commodities": s.goods,
            "exporters": [s.country],
            "most": s.share,
            "ramp": "10 d",
            "strict": s.harsh,
        },
    ),
    "mandate": (
        "stock_mandate",
        lambda s: {"commodities": s.goods, "cover": "20 d", "ramp": "5 d", "payer": "somebody"},
    ),
    "aid": (
        "mutual_aid",
        lambda s: {
            "members": [s.country, *s.others],
            "commodities": s.goods,
            "share": s.share,
            "trigger": "9 d",
            "running": "1 d",
            "delay": "2 d",
            "repay": "10 d",
        },
    ),
    "scrap": (
        "recycling_mandate",
        lambda s: {"commodities": ["scrap"], "collection": s.share, "ramp": "5 d", "exported": s.share},
    ),
    "easier": ("licence_facilitation", lambda s: {**s.trade, "coverage": s.share, "speed": 2.0}),
    "block": ("technology_block", lambda s: {"slower": 1.0 + s.share}),
}
