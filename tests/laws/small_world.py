"""A small but complete chain: two ores, joint products, by-products, recycling, three markets, every kind of control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from simulator.scenario.model import Scenario
from simulator.scenario.uncertain import Uncertain
from simulator.world.model import OriginGroups, Recipe, World
from tests import worlds

RECIPES = (
    worlds.recipe("dig_light", {}, {"light_ore": 1.0}),
    worlds.recipe("dig_clay", {}, {"clay": 1.0}),
    worlds.recipe("split_light", {"light_ore": 4.0}, {"ndpr": 1.0, "lace": 2.6}, 12.0, ("lace",), {"lace": 30.0}),
    worlds.recipe(
        "split_clay",
        {"clay": 12.0},
        {"dy": 1.0, "ndpr": 4.0, "seg": 5.0},
        20.0,
        ("ndpr", "seg"),
        {"ndpr": 25.0, "seg": 30.0},
    ),
    worlds.recipe("recycle", {"swarf": 3.5}, {"ndpr": 1.0}, 5.0),
    worlds.recipe("melt_plain", {"ndpr": 0.33}, {"plain_alloy": 1.0}, 3.0),
    worlds.recipe("melt_heavy", {"ndpr": 0.30, "dy": 0.03}, {"heavy_alloy": 1.0}, 3.0),
    worlds.recipe(
        "sinter_plain", {"plain_alloy": 1.4}, {"magnet": 1.0, "swarf": 0.35}, 7.0, ("swarf",), {"swarf": 20.0}
    ),
    worlds.recipe(
        "sinter_heavy", {"heavy_alloy": 1.4}, {"heavy_magnet": 1.0, "swarf": 0.35}, 7.0, ("swarf",), {"swarf": 20.0}
    ),
)
OPENS = (date(2024, 2, 1), date(2024, 2, 10), date(2024, 2, 25))


def _facilities() -> list[Any]:
    f = worlds.facility
    return [
        f("mine-chn", "CHN", "mine", "dig_light", 150.0),
        f("mine-usa", "USA", "mine", "dig_light", 60.0),
        f("mine-mmr", "MMR", "mine", "dig_clay", 40.0),
        f("clay-chn", "CHN", "mine", "dig_clay", 30.0),
        f("sep-chn", "CHN", "separation", "split_light", 30.0),
        f("sep-usa", "USA", "separation", "split_light", 9.0),
        f("sep-new", "DEU", "separation", "split_light", 8.0, opens=OPENS, ramp=worlds.figure(30.0, "d"), grows=False),
        f("sep-clay", "CHN", "separation", "split_clay", 3.5),
        f("recycler", "CHN", "separation", "recycle", 5.0),
        f("alloy-plain", "CHN", "alloy", "melt_plain", 80.0),
        f("alloy-heavy", "CHN", "alloy", "melt_heavy", 60.0),
        f("alloy-jpn", "JPN", "alloy", "melt_heavy", 30.0),
        f("mag-a", "CHN", "magnet", "sinter_plain", 40.0),
        f("mag-b", "CHN", "magnet", "sinter_heavy", 45.0),
        f("mag-jpn", "JPN", "magnet", "sinter_heavy", 16.0),
        f("mag-deu", "DEU", "magnet", "sinter_plain", 14.0),
    ]


DEMAND = {
    ("CHN", "auto", "heavy_magnet"): 14.0,
    ("CHN", "auto", "magnet"): 5.0,
    ("CHN", "machinery", "magnet"): 8.0,
    ("DEU", "auto", "heavy_magnet"): 9.0,
    ("DEU", "machinery", "magnet"): 12.0,
    ("DEU", "machinery", "heavy_magnet"): 3.0,
    ("USA", "auto", "heavy_magnet"): 8.0,
    ("USA", "machinery", "magnet"): 9.0,
    ("USA", "defence", "heavy_magnet"): 1.0,
}


def _sources() -> dict[tuple[str, str, str], float]:
    by_buyer: dict[tuple[str, str], dict[str, float]] = {
        ("sep-chn", "light_ore"): {"mine-chn": 0.9, "mine-usa": 0.1},
        ("sep-usa", "light_ore"): {"mine-usa": 1.0},
        ("sep-new", "light_ore"): {"mine-usa": 0.5, "mine-chn": 0.5},
        ("sep-clay", "clay"): {"mine-mmr": 0.6, "clay-chn": 0.4},
        ("recycler", "swarf"): {"mag-a": 0.6, "mag-b": 0.4},
        ("alloy-plain", "ndpr"): {"sep-chn": 0.72, "sep-clay": 0.2, "recycler": 0.08},
        ("alloy-heavy", "ndpr"): {"sep-chn": 0.72, "sep-clay": 0.2, "recycler": 0.08},
        ("alloy-heavy", "dy"): {"sep-clay": 1.0},
        ("alloy-jpn", "ndpr"): {"sep-chn": 0.4, "sep-usa": 0.5, "recycler": 0.1, "sep-new": 0.3},
        ("alloy-jpn", "dy"): {"sep-clay": 1.0},
        ("mag-a", "plain_alloy"): {"alloy-plain": 1.0},
        ("mag-deu", "plain_alloy"): {"alloy-plain": 1.0},
        ("mag-b", "heavy_alloy"): {"alloy-heavy": 1.0},
        ("mag-jpn", "heavy_alloy"): {"alloy-jpn": 0.7, "alloy-heavy": 0.3},
    }
    plain = {"CHN": {"mag-a": 1.0}, "DEU": {"mag-deu": 0.5, "mag-a": 0.5}, "USA": {"mag-a": 0.8, "mag-deu": 0.2}}
    heavy = {"CHN": {"mag-b": 1.0}, "DEU": {"mag-b": 0.8, "mag-jpn": 0.2}, "USA": {"mag-b": 0.5, "mag-jpn": 0.5}}
    for country, sector, commodity in DEMAND:
        by_buyer[f"{country}/{sector}", commodity] = (heavy if commodity == "heavy_magnet" else plain)[country]
    return {
        (buyer, commodity, supplier): share
        for (buyer, commodity), shares in by_buyer.items()
        for supplier, share in shares.items()
    }


def _cover(facilities: list[Any]) -> dict[tuple[str, str], Any]:
    recipes = {r.id: r for r in RECIPES}
    held: dict[tuple[str, str], Any] = {}
    for f in facilities:
        held |= {(f.id, i.commodity): Uncertain(20.0, 30.0, 45.0) for i in recipes[f.recipe].inputs}
        held |= {(f.id, o.commodity): 10.0 for o in recipes[f.recipe].outputs}
    return held | {(f"{c}/{s}", m): Uncertain(15.0, 25.0, 40.0) for c, s, m in DEMAND}


TRANSIT = {
    ("MMR", "CHN"): 12.0,
    ("USA", "CHN"): 30.0,
    ("CHN", "USA"): 32.0,
    ("CHN", "JPN"): 9.0,
    ("CHN", "DEU"): 38.0,
    ("JPN", "USA"): 24.0,
    ("JPN", "DEU"): 40.0,
    ("DEU", "USA"): 16.0,
    ("USA", "JPN"): 22.0,
    ("USA", "DEU"): 17.0,
    ("DEU", "JPN"): 41.0,
}
LIVELY: Mapping[str, float | Uncertain] = {
    "restore_time": Uncertain(20.0, 30.0, 60.0),
    "line_weight": 1.0,
    "forecast_days": 30.0,
    "order_expiry": 90.0,
    "patience": 20.0,
    "demand_noise": 0.1,
    "demand_elasticity_short": Uncertain(0.05, 0.1, 0.2),
    "price_gamma": 1.0,
    "price_time": 20.0,
    "transit_cv": 0.1,
    "contract_share": Uncertain(0.5, 0.8, 0.95),
    "leakage_most_some": Uncertain(0.5, 0.9, 1.0),
    "leakage_most_all": 0.1,
    "leakage_time_some": 60.0,
    "leakage_time_all": 180.0,
    "leakage_slope": 1.0,
    "leakage_cost": 0.01,
}
STILL = {**LIVELY, "demand_noise": 0.0, "transit_cv": 0.0}


def small_world(parameters: Mapping[str, float | Uncertain] = LIVELY, growth: float = 0.05, **more: Any) -> World:
    """The small world; one separator opens in spring 2024."""
    facilities = _facilities()
    return worlds.world(
        RECIPES,
        facilities,
        DEMAND,
        _sources(),
        TRANSIT,
        _cover(facilities),
        parameters=parameters,
        growth=growth,
        inside="CHN",
        groups={"allies": ("DEU", "USA")},
        origins=OriginGroups({"china": ("CHN",), "myanmar": ("MMR",)}, {"china": ("CHN",)}, "separation"),
        **more,
    )


def with_stranger(own_goods: bool = True, parameters: Mapping[str, float | Uncertain] = LIVELY) -> World:
    """The small world and a country that trades with nobody: its own mine, its own market, perhaps its own goods."""
    facilities, goods = _facilities(), "salt" if own_goods else "light_ore"
    extra = [worlds.recipe("dig_salt", {}, {"salt": 1.0})] if own_goods else []
    stranger = worlds.facility("mine-nzl", "NZL", "mine", "dig_salt" if own_goods else "dig_light", 5.0)
    return worlds.world(
        [*RECIPES, *extra],
        [stranger, *facilities],
        {**DEMAND, ("NZL", "auto", goods): 4.0},
        {**_sources(), ("NZL/auto", goods, "mine-nzl"): 1.0},
        TRANSIT,
        {**_cover(facilities), ("NZL/auto", goods): 20.0, ("mine-nzl", goods): 10.0},
        parameters=parameters,
        growth=0.05,
        inside="CHN",
        groups={"allies": ("DEU", "USA")},
        origins=OriginGroups({"china": ("CHN",), "myanmar": ("MMR",)}, {"china": ("CHN",)}, "separation"),
    )


def turned_round(world: World) -> World:
    """The same world, every mapping and every list written in the opposite order."""

    def back(table: Mapping[Any, Any]) -> dict[Any, Any]:
        return dict(reversed(list(table.items())))

    def recipe(r: Recipe) -> Recipe:
        return replace(r, inputs=r.inputs[::-1], outputs=(r.outputs[0], *r.outputs[:0:-1]))

    return replace(
        world,
        recipes=back({k: recipe(r) for k, r in world.recipes.items()}),
        facilities=back(world.facilities),
        commodities=back(world.commodities),
        demand=world.demand[::-1],
        sources=world.sources[::-1],
        lanes=back(world.lanes),
        cover=back(world.cover),
        growth=back(world.growth),
        parameters=back(world.parameters),
        prices=back(world.prices),
        projects=back(world.projects),
        lifetimes=world.lifetimes[::-1],
        substitutes=world.substitutes[::-1],
        hosts=back(world.hosts),
    )


MAGNETS = ["heavy_magnet", "magnet"]
OFFICE = {
    "documents": "5 d",
    "returned": 0.3,
    "refile": "6 d",
    "service": "6 d",
    "statutory": "25 d",
    "approval": 0.85,
    "load": 0.9,
    "file_every": "7 d",
}
SPAN = {"announced": worlds.day(15), "effective": worlds.day(20), "expires": worlds.day(55)}
FROM_CHINA = {"exporter": "CHN", "commodities": [*MAGNETS, "dy"], **SPAN}
CONTROLS: dict[str, dict[str, Any]] = {
    "ban": {"kind": "export_ban", **FROM_CHINA, "destinations": ["DEU"], "leakage": 0.3, "leakage_delay": "20 d"},
    "licence": {
        "kind": "export_licence",
        **FROM_CHINA,
        "office": OFFICE,
        "leakage": 0.1,
        "suspended": [{"from": worlds.day(40), "to": worlds.day(44)}],
    },
    "trusted": {"kind": "general_licence", **FROM_CHINA, "effective": worlds.day(32), "coverage": 0.5},
    "quota": {"kind": "export_quota", **FROM_CHINA, "cut": 0.4, "per": "destination", "carry": 0.5},
    "tax": {"kind": "export_tax", **FROM_CHINA, "rate": 0.4},
    "tariff": {
        "kind": "import_tariff",
        "importer": "USA",
        "exporters": ["CHN"],
        "commodities": MAGNETS,
        "rate": 0.6,
        **SPAN,
    },
    "military": {
        "kind": "military_end_use_ban",
        **FROM_CHINA,
        "overcompliance": [{"commodities": MAGNETS, "share": 0.2}],
    },
    "outage": {"kind": "outage", "facilities": ["sep-clay"], "remaining": 0.2, **SPAN},
    "feed": {"kind": "feed_loss", "country": "MMR", "commodities": ["clay"], **SPAN},
    "surge": {"kind": "demand_shift", "sectors": ["auto"], "change": 0.3, "ramp": "30 d", **SPAN},
    "strait": {"kind": "lane_change", "from": ["CHN"], "to": ["DEU"], "extra": "15 d", "capacity": 0.7, **SPAN},
    "priority": {"kind": "domestic_priority", "country": "CHN", "commodities": MAGNETS, "factor": 0.5, **SPAN},
    "classes": {
        "kind": "supply_priority",
        "country": "CHN",
        "commodities": MAGNETS,
        "classes": [{"countries": ["allies"], "sectors": ["defence"]}, {"countries": ["CHN"]}],
        "factor": 0.7,
        "kept": 0.1,
        **SPAN,
    },
    "reserve": {
        "kind": "reserve",
        "countries": ["allies"],
        "commodity": "heavy_magnet",
        "target": "30 d",
        "opening": "3 d",
        "trigger": "60 d",
        "running": "2 d",
        "delay": "5 d",
        **SPAN,
    },
    "content": {
        "kind": "content_rule",
        "issuer": "CHN",
        "commodities": ["heavy_magnet", "ndpr"],
        "listed": ["dy", "ndpr"],
        "compliance": {"low": 0.2, "central": 0.7, "high": 1.0},
        "office": OFFICE,
        **SPAN,
    },
    "testing": {
        "kind": "customs_hold",
        **FROM_CHINA,
        "commodities": ["ndpr", "magnet"],
        "probability": 0.3,
        "days": "20 d",
    },
    "rights": {
        "kind": "export_quota",
        **FROM_CHINA,
        "cut": 0.3,
        "per": "customer",
        "unused": "returned",
        "ramp": "40 d",
    },
    "flood": {
        "kind": "price_change",
        "commodities": ["ndpr", "heavy_magnet"],
        "change": {"low": -0.65, "central": -0.5, "high": -0.3},
        "ramp": "10 d",
        **SPAN,
    },
}
ALL_AT_ONCE = (
    "ban",
    "licence",
    "trusted",
    "quota",
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
    "rights",
    "flood",
)


def control(name: str, **more: Any) -> dict[str, Any]:
    """One of the controls, perhaps with other values."""
    return {"id": name, **CONTROLS[name], **more}


def story(*names: str | Mapping[str, Any], days: int = 75, **more: Any) -> Scenario:
    """A scenario of the small world with these controls, growth on."""
    events = [control(n) if isinstance(n, str) else n for n in names]
    return worlds.scenario(days, *events, **{"growth": True, **more})
