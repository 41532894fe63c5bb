"""Small worlds made in Python, for tests whose answers can be worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from simulator.scenario.model import Scenario
from simulator.scenario.uncertain import Uncertain
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

# Every feedback is off: orders replace expected use only, demand does not see prices, nobody waits.
PLAIN = {
    "restore_time": float("inf"),
    "line_weight": 1.0,
    "forecast_days": 1.0,
    "order_expiry": 1e12,
    "patience": 0.0,
    "demand_noise": 0.0,
    "demand_elasticity_short": 0.0,
    "price_gamma": 1.0,
    "price_time": 20.0,
    "price_cap": 20.0,
    "price_floor": 0.3,
    "transit_cv": 0.0,
    "contract_share": 0.8,
    "contract_lag": 60.0,
    "shortage_threshold": 0.02,
    "shortage_run": 7.0,
}

# How afraid buyers are, for worlds whose scenario lists `anticipation`.
AFRAID = {
    "fear_news": 0.5,
    "fear_time": 60.0,
    "hoarding": 0.5,
    "phantom_max": 2.0,
    "phantom_power": 0.5,
    "cancellation": 0.8,
    "front_loading": 1.0,
}

# What those who look for other suppliers, or for ways to need less, go by.
SEEKING = {
    "switching_time": 180.0,
    "switching_sensitivity": 2.0,
    "switching_reliability": 1.0,
    "substitution_ceiling": 0.1,
    "substitution_time": 540.0,
    "substitution_sigma": 2.0,
    "thrifting_sigma": 0.3,
    "qualification_lag": 365.0,
    "planning_days": 180.0,
    "trigger_price": 2.0,
    "trigger_fill": 0.8,
    "trigger_days": 60.0,
}

# How mines, separators and end users answer to prices, where a scenario has them do so.
ANSWERS = {
    "supply_elasticity": 0.2,
    "utilisation_normal": 0.8,
    "utilisation_room": 0.1,
    "utilisation_min": 0.3,
    "utilisation_max": 0.95,
    "utilisation_time": 30.0,
    "utilisation_pace": 3.65,
    "demand_elasticity_long": 0.4,
    "demand_time": 900.0,
    "substitution_ceiling": 0.1,
    "basket_margin": 0.3,
    "shut_after": 90.0,
    "restart_margin": 0.1,
    "restart_after": 90.0,
    "restart_time": 180.0,
}


def figure(value: float | Uncertain, unit: str = "t/d") -> Figure:
    """A number made up for a test."""
    number = value if isinstance(value, Uncertain) else Uncertain.exactly(value)
    return Figure(number, unit, "made up for a test", "2024", "D", "test:1")


def recipe(
    name: str,
    inputs: Mapping[str, float],
    outputs: Mapping[str, float],
    residence: float = 0.0,
    by_products: Sequence[str] = (),
    shelf: Mapping[str, float] | None = None,
) -> Recipe:
    """A recipe per tonne of its first output."""
    return Recipe(
        name,
        tuple(Input(c, figure(a)) for c, a in inputs.items()),
        tuple(
            Output(c, figure(a), c not in by_products, figure(shelf[c]) if shelf and c in shelf else None)
            for c, a in outputs.items()
        ),
        figure(residence, "d"),
    )


def thrifty(recipe: Recipe, floor: Mapping[str, float | Uncertain], filler: str) -> Recipe:
    """The same recipe, of which some inputs can be thrifted down to a floor, another taking their place."""
    inputs = tuple(
        replace(
            i,
            floor=figure(floor[i.commodity], "1") if i.commodity in floor else None,
            filler=figure(1.0, "t/t") if i.commodity == filler else None,
        )
        for i in recipe.inputs
    )
    return replace(recipe, inputs=inputs)


def substitute(commodity: str, instead: str, ceiling: float | Uncertain, lag: float, **more: float) -> Substitute:
    """What may take the place of a commodity."""
    amount, cost = figure(more.get("amount", 1.0), "t/t"), figure(more.get("cost", 1.2), "1")
    return Substitute(commodity, instead, figure(ceiling, "1"), amount, cost, figure(lag, "d"))


def facility(
    name: str, country: str, stage: str, recipe: str, capacity: float, status: str = "operating", **more: Any
) -> Facility:
    """A facility; capacity in t/d of its first output."""
    return Facility(name, name, name, country, stage, recipe, status, figure(capacity), **more)


def world(
    recipes: Sequence[Recipe],
    facilities: Sequence[Facility],
    demand: Mapping[tuple[str, str, str], float],
    sources: Mapping[tuple[str, str, str], float],
    transit: Mapping[tuple[str, str], float],
    cover: Mapping[tuple[str, str], float],
    parameters: Mapping[str, float | Uncertain] | None = None,
    groups: Mapping[str, tuple[str, ...]] | None = None,
    growth: float = 0.0,
    inside: str = "AAA",
    origins: OriginGroups | None = None,
    counts: bool = False,
    substitutes: Sequence[Substitute] = (),
    reorder: Mapping[tuple[str, str], float] | None = None,
) -> World:
    """Put a world together; what `cover` does not name has none."""
    names = sorted({o.commodity for r in recipes for o in r.outputs} | {c for _, _, c in demand})
    held = {
        (f.id, i.commodity): 0.0
        for f in facilities
        for r in recipes
        if r.id == f.recipe
        for i in (*r.inputs, *r.outputs)
    }
    held |= {(f"{c}/{s}", commodity): 0.0 for c, s, commodity in demand}
    held |= dict(cover)
    countries = sorted({f.country for f in facilities} | {c for c, _, _ in demand})
    return World(
        name="toy",
        title={"en": "toy"},
        base_year=2024,
        data_vintage="test",
        inside=inside,
        origins=origins or OriginGroups({}, {}, "separation"),
        commodities={c: Commodity(c, c, "stage", "t") for c in names},
        recipes={r.id: r for r in sorted(recipes, key=lambda r: r.id)},
        facilities={f.id: f for f in sorted(facilities, key=lambda f: f.id)},
        demand=tuple(Demand(c, s, m, figure(q), counts) for (c, s, m), q in sorted(demand.items())),
        sources=tuple(Source(b, c, s, figure(q, "1")) for (b, c, s), q in sorted(sources.items())),
        lanes={(a, b): Lane(a, b, figure(transit.get((a, b), 1.0), "d")) for a in countries for b in countries},
        cover={k: figure(v, "d") for k, v in sorted(held.items())},
        prices={c: figure(1.0, "USD/t") for c in names},
        growth={s: figure(growth, "1/yr") for s in sorted({s for _, s, _ in demand})},
        parameters={k: figure(v) for k, v in {**PLAIN, **(parameters or {})}.items()},
        countries={c: {"en": c} for c in countries},
        groups=dict(groups or {}),
        reorder={k: figure(v, "d") for k, v in sorted((reorder or {}).items())},
        sectors={s: {"en": s} for s in sorted({s for _, s, _ in demand})},
        substitutes=tuple(substitutes),
    )


def chain(rate: float = 30.0, transit: float = 30.0, cover: float = 25.0, **more: Any) -> World:
    """A maker in AAA, an end user in BBB: the smallest world with a border in it."""
    return world(
        [recipe("dig", {}, {"ore": 1.0})],
        [facility("mine", "AAA", "mine", "dig", rate)],
        {("BBB", "use", "ore"): rate},
        {("BBB/use", "ore", "mine"): 1.0},
        {("AAA", "BBB"): transit},
        {("BBB/use", "ore"): cover},
        **more,
    )


def scenario(days: int, *measures: Mapping[str, Any], **more: Any) -> Scenario:
    """A scenario that starts on 1 January 2024 and runs for some days."""
    last = date.fromordinal(date(2024, 1, 1).toordinal() + days - 1)
    return Scenario.model_validate(
        {
            "name": "test",
            "title": "test",
            "kind": "hypothetical",
            "end": last.isoformat(),
            "warm_up": "0 d",
            "growth": False,
            "replications": 2,
            "grade": "D",
            "events": list(measures),
            **more,
        }
    )


def day(number: int) -> str:
    """ISO date of a day number."""
    return date.fromordinal(date(2024, 1, 1).toordinal() + number).isoformat()
