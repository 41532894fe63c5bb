"""Worlds and stories that Hypothesis makes up: chains of any shape that close, and every kind of control on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from simulator.scenario.model import Scenario
from simulator.scenario.uncertain import Uncertain
from simulator.world import load
from simulator.world.model import OriginGroups, Recipe, World
from simulator.world.steady import flows
from tests import worlds
from tests.laws.small_world import OFFICE

COUNTRIES = ("AAA", "BBB", "CCC")
SECTORS = ("cars", "defence")
KINDS = (
    "ban",
    "licence",
    "trusted",
    "quota",
    "rights",
    "tax",
    "tariff",
    "military",
    "outage",
    "feed",
    "surge",
    "strait",
    "priority",
    "classes",
    "content",
    "testing",
    "reserve",
)
DAYS = 49


def amounts(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers a table would hold: few digits."""
    return st.integers(round(low * 20), round(high * 20)).map(lambda n: n / 20)


def shares(draw: st.DrawFn, names: list[str]) -> dict[str, float]:
    """Some of the names, with shares that sum to one."""
    some = draw(st.lists(st.sampled_from(names), min_size=1, max_size=len(names), unique=True))
    weights = [draw(st.integers(1, 9)) for _ in some]
    return {name: weight / sum(weights) for name, weight in zip(some, weights, strict=True)}


@st.composite
def random_worlds(draw: st.DrawFn) -> World:
    """Two to four echelons of one to three plants, joint products on some, and two to four markets behind them."""
    echelons = draw(st.integers(2, 4))
    recipes: list[Recipe] = []
    sites, sources, cover = [], {}, {}
    layers: list[list[str]] = []
    for level in range(echelons):
        layers.append([])
        for place in range(draw(st.integers(1, 3))):
            name, made = f"plant-{level}-{place}", f"good-{level}"
            inputs = {f"good-{level - 1}": draw(amounts(0.5, 3.0))} if level else {}
            beside = level == echelons - 1 and draw(st.booleans())
            outputs = {made: 1.0} | ({"beside": draw(amounts(0.1, 2.0))} if beside else {})
            recipes.append(
                worlds.recipe(
                    f"make-{name}",
                    inputs,
                    outputs,
                    draw(amounts(0.0, 12.0)),
                    ("beside",) if beside else (),
                    {"beside": 5.0} if beside else None,
                )
            )
            country, stage = draw(st.sampled_from(COUNTRIES)), "mine" if not level else f"stage-{level}"
            sites.append(worlds.facility(name, country, stage, f"make-{name}", 1e6))
            layers[-1].append(name)
            for commodity in (*inputs, *outputs):
                cover[name, commodity] = Uncertain(2.0, 5.0, draw(amounts(5.0, 40.0)))
            if level:
                for supplier, share in shares(draw, layers[level - 1]).items():
                    sources[name, f"good-{level - 1}", supplier] = share
    final, demand = f"good-{echelons - 1}", {}
    places = st.tuples(st.sampled_from(COUNTRIES), st.sampled_from(SECTORS))
    for country, sector in draw(st.lists(places, min_size=2, max_size=4, unique=True)):
        demand[country, sector, final] = draw(amounts(0.5, 20.0))
        cover[f"{country}/{sector}", final] = Uncertain(1.0, 10.0, draw(amounts(10.0, 40.0)))
        for supplier, share in shares(draw, layers[-1]).items():
            sources[f"{country}/{sector}", final, supplier] = share
    made = worlds.world(
        recipes,
        sites,
        demand,
        sources,
        {(a, b): draw(amounts(1.0, 30.0)) for a in COUNTRIES for b in COUNTRIES},
        cover,
        parameters=behaviour_parameters(),
        growth=draw(st.sampled_from((0.0, 0.1))),
        origins=OriginGroups({"home": ("AAA",)}, {"home": ("AAA",)}, "stage-1"),
        groups={"allies": ("BBB", "CCC")},
    )
    rate, spare = flows(made).rate, draw(amounts(1.05, 1.5))
    fitted = {
        name: replace(site, capacity=worlds.figure(max(rate[name], 0.1) * spare))
        for name, site in made.facilities.items()
    }
    return replace(made, facilities=fitted)


def behaviour_parameters() -> dict[str, Uncertain]:
    """Those of the real world, with ranges, but a noise of demand and voyages."""
    found = {name: p.value for name, p in load("rare_earths").parameters.items()}
    return found | {"demand_noise": Uncertain.exactly(0.1), "transit_cv": Uncertain.exactly(0.1)}


@st.composite
def random_stories(draw: st.DrawFn, world: World, **more: Any) -> Scenario:
    """One to four controls of any kinds, anywhere in the world, overlapping as they will."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4, unique=True))
    return worlds.scenario(DAYS, *(_control(draw, world, kind) for kind in kinds), **{"growth": True, **more})


def _control(draw: st.DrawFn, world: World, name: str) -> dict[str, Any]:
    begins, lasts = draw(st.integers(3, 30)), draw(st.integers(1, 30))
    announced = max(begins - draw(st.integers(0, 20)), 1)
    span = {
        "announced": worlds.day(announced),
        "effective": worlds.day(begins),
        "expires": worlds.day(begins + lasts),
    }
    country = draw(st.sampled_from(COUNTRIES))
    others = [c for c in COUNTRIES if c != country]
    goods = draw(st.lists(st.sampled_from(sorted(world.commodities)), min_size=1, max_size=3, unique=True))
    trade = {"exporter": country, "commodities": goods, "destinations": [draw(st.sampled_from(others))], **span}
    if draw(st.booleans()):
        trade["destinations"] = "all"
    share = draw(amounts(0.05, 1.0))
    chosen: dict[str, dict[str, Any]] = {
        "ban": {"kind": "export_ban", **trade, "leakage": share, "leakage_delay": "12 d"},
        "licence": {"kind": "export_licence", **trade, "office": OFFICE, "leakage": share / 2},
        "trusted": {"kind": "general_licence", **trade, "coverage": share},
        "quota": {"kind": "export_quota", **trade, "cut": share, "per": "destination", "carry": 0.5},
        "rights": {"kind": "export_quota", **trade, "cut": share, "per": "customer", "unused": "returned"},
        "tax": {"kind": "export_tax", **trade, "rate": share},
        "tariff": {
            "kind": "import_tariff",
            "importer": others[0],
            "exporters": [country],
            "commodities": goods,
            "rate": share,
        },
        "military": {"kind": "military_end_use_ban", **trade},
        "outage": {
            "kind": "outage",
            "facilities": [draw(st.sampled_from(sorted(world.facilities)))],
            "remaining": share,
        },
        "feed": {"kind": "feed_loss", "country": country, "commodities": ["good-0"]},
        "surge": {"kind": "demand_shift", "sectors": [draw(st.sampled_from(sorted(world.sectors)))], "change": share},
        "strait": {"kind": "lane_change", "from": [country], "to": others, "extra": "9 d", "capacity": share},
        "priority": {"kind": "domestic_priority", "country": country, "commodities": goods, "factor": share},
        "classes": {
            "kind": "supply_priority",
            "country": country,
            "commodities": goods,
            "classes": [{"countries": ["allies"], "sectors": ["defence"]}, {"countries": [country]}],
            "factor": share,
            "kept": 0.1,
        },
        "content": {
            "kind": "content_rule",
            "issuer": "AAA",
            "commodities": goods,
            "listed": ["good-0"],
            "compliance": share,
            "applies": draw(st.sampled_from(("licence", "ban"))),
            "office": OFFICE,
        },
        "reserve": {
            "kind": "reserve",
            "countries": [country],
            "commodity": goods[0],
            "target": "20 d",
            "opening": f"{20 * share:.0f} d",
            "trigger": "30 d",
            "running": "2 d",
            "delay": "3 d",
            "first": [SECTORS[1]],
        },
        "testing": {"kind": "customs_hold", **trade, "probability": share, "days": "10 d"},
    }
    return {"id": name, **chosen[name], **span}
