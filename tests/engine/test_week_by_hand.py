"""The week of one refinery that `docs/model.md` works out by hand: the page, plain arithmetic and the engine agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.engine.members import Members
from simulator.engine.simulation import Simulation
from simulator.world.model import World
from tests import worlds

PAGE = Path(__file__).parents[2] / "docs" / "model.md"
COLUMNS = ("orders", "wanted", "started", "finished", "shipped", "shelf", "process", "ore", "forecast", "bought")
CAPACITY, ORE_PER_TONNE, RESIDENCE = 13.0, 2.0, 2
COVER_ORE, COVER_OXIDE, RESTORE, WEIGHT = 4.0, 2.0, 5.0, 0.5


def refinery() -> World:
    """A mine, a refinery and its customer in one country; everything a day apart."""
    return worlds.world(
        [
            worlds.recipe("dig", {}, {"ore": 1.0}),
            worlds.recipe("refine", {"ore": ORE_PER_TONNE}, {"oxide": 1.0}, float(RESIDENCE)),
        ],
        [
            worlds.facility("mine", "AAA", "mine", "dig", 100.0),
            worlds.facility("refinery", "AAA", "refinery", "refine", CAPACITY),
        ],
        {("AAA", "use", "oxide"): 10.0},
        {("AAA/use", "oxide", "refinery"): 1.0, ("refinery", "ore", "mine"): 1.0},
        {("AAA", "AAA"): 1.0},
        {
            ("mine", "ore"): 5.0,
            ("refinery", "ore"): COVER_ORE,
            ("refinery", "oxide"): COVER_OXIDE,
            ("AAA/use", "oxide"): 4.0,
        },
        parameters={"restore_time": RESTORE, "forecast_days": 3.0},
    )


def simulated() -> list[dict[str, float]]:
    """What the engine does from the day on which demand rises by two fifths."""
    rise = {
        "kind": "demand_shift",
        "id": "rise",
        "sectors": ["use"],
        "change": 0.4,
        "ramp": "0 d",
        "effective": worlds.day(1),
    }
    sim = Simulation(refinery(), [worlds.scenario(8, rise)], Members.grid(1, range(2)))
    fleet = next(f for f in sim.fleets if f.plan.facilities[0].id == "refinery")
    lane = {name: i for i, name in enumerate(sim.network.lanes.names)}
    sold, bought = lane["AAA/use", "oxide", "refinery"], lane["refinery", "ore", "mine"]
    stocks, seen, before = sim.scene.stocks, [], {"started": 0.0, "process": 20.0}
    wanted: list[float] = []
    plain = fleet.wanted
    fleet.wanted = lambda: (wanted.append(float(plain()[0, 0])), plain())[1]  # type: ignore[method-assign]

    def look(step: int) -> None:
        started, process = float(fleet.started[0, 0]), float(fleet.in_process[0, 0])
        row = {
            "orders": orders[step],
            "wanted": wanted[step],
            "started": started - before["started"],
            "finished": before["process"] + started - before["started"] - process,
            "shipped": float(sim.scene.trade.shipped[sold, 0]),
            "shelf": float(stocks.total(fleet.plan.outputs)[0, 0]),
            "process": process,
            "ore": float(stocks.total(fleet.plan.inputs)[0, 0]),
            "forecast": float(fleet.forecast[0, 0, 0]),
            "bought": asked[step],
        }
        before.update(started=started, process=process)
        seen.append(row)

    orders, asked = [], []
    admit = sim.border.admit

    def note() -> None:
        orders.append(float(sim.scene.trade.today[sold, 0]))
        asked.append(float(sim.scene.trade.today[bought, 0]))
        admit()

    sim.border.admit = note  # type: ignore[method-assign]
    sim.run(look)
    return seen[1:]


def by_hand(orders: list[float]) -> list[dict[str, float]]:
    """The same week from the equations of the page, given what the customer orders."""
    forecast, shelf, ore, process, unserved = 10.0, 20.0, 80.0, [10.0, 10.0], 0.0
    coming, out = 20.0, []  # the ore ordered yesterday is a day away
    for received in orders:
        ore += coming
        gap = COVER_OXIDE * forecast - shelf + unserved + RESIDENCE * forecast - sum(process)
        wanted = max(forecast + gap / RESTORE, 0.0)
        started = min(wanted, CAPACITY, ore / ORE_PER_TONNE)
        ore -= ORE_PER_TONNE * started
        finished = process.pop(0)
        process.append(started)
        shelf += finished
        forecast += WEIGHT * (received - forecast)
        need = ORE_PER_TONNE * min(forecast, CAPACITY)
        bought = max(need + (COVER_ORE * need - ore) / RESTORE, 0.0)
        shipped = min(shelf, received + unserved)
        shelf, unserved, coming = shelf - shipped, received + unserved - shipped, bought
        values = (received, wanted, started, finished, shipped, shelf, sum(process), ore, forecast, bought)
        out.append(dict(zip(COLUMNS, values, strict=True)))
    return out


def on_the_page() -> list[dict[str, float]]:
    """The table of the page."""
    part = PAGE.read_text(encoding="utf-8").split("### A week of one refinery, by hand")[1]
    rows = re.findall(r"^\| *[1-7] \|(.*)\|$", part, flags=re.M)
    return [dict(zip(COLUMNS, map(float, row.split("|")), strict=True)) for row in rows]


def test_the_engine_does_what_the_equations_say() -> None:
    seen = simulated()
    for day, (row, hand) in enumerate(zip(seen, by_hand([r["orders"] for r in seen]), strict=True), start=1):
        assert row == pytest.approx(hand, abs=1e-9), day
    assert max(row["wanted"] for row in seen) > CAPACITY
    assert seen[-1]["shelf"] < 20.0


def test_the_page_shows_this_week() -> None:
    page = on_the_page()
    assert len(page) == 7
    for day, (row, shown) in enumerate(zip(simulated(), page, strict=True), start=1):
        assert shown == pytest.approx(row, abs=0.0051), day
