"""Every kind of control on the smallest chain, as arms of one run: orders, files pending, goods in port and at sea.

The mine of AAA sends 30 t a day to the end user in BBB, ten days away. Controls take force on day 40.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.engine.members import Members
from simulator.engine.simulation import Simulation
from tests.worlds import chain, day, scenario

RATE, TRANSIT, BEGINS, STATUTORY = 30.0, 10, 40, 30
OFFICE = {
    "documents": "0 d",
    "documents_cv": 0,
    "returned": 0,
    "service": "0 d",
    "service_cv": 0,
    "statutory": f"{STATUTORY} d",
    "statutory_share": 1.0,
    "approval": 1.0,
    "file_every": "1 d",
    "clerks": 100,
}
EXPORT = {"exporter": "AAA", "commodities": ["ore"]}
LICENCE = {"kind": "export_licence", **EXPORT, "office": OFFICE, "scope": 1.0, "enforcement_ramp": "0 d"}
LEAK = {"leakage": 0.2, "leakage_delay": "5 d"}
CONTROLS: dict[str, dict[str, Any]] = {
    "export_ban": {"kind": "export_ban", **EXPORT},
    "export_ban that leaks": {"kind": "export_ban", **EXPORT, **LEAK},
    "export_licence": LICENCE,
    "export_licence that leaks": {**LICENCE, **LEAK},
    "general_licence": {"kind": "general_licence", **EXPORT, "coverage": 1.0},
    "export_quota": {"kind": "export_quota", **EXPORT, "allowance": "75 t", "period": "10 d"},
    "export_tax": {"kind": "export_tax", **EXPORT, "rate": 0.5},
    "import_tariff": {"kind": "import_tariff", "importer": "BBB", "commodities": ["ore"], "rate": 0.5},
    "military_end_use_ban": {"kind": "military_end_use_ban", **EXPORT, "sectors": ["use"]},
    "military_end_use_ban, little doubt": {
        "kind": "military_end_use_ban",
        **EXPORT,
        "overcompliance": [{"commodities": ["ore"], "share": 0.4}],
    },
    "military_end_use_ban, much doubt": {
        "kind": "military_end_use_ban",
        **EXPORT,
        "overcompliance": [{"commodities": ["ore"], "share": 0.6}],
    },
    "outage": {"kind": "outage", "facilities": ["mine"], "remaining": 0.0},
    "feed_loss": {"kind": "feed_loss", "country": "AAA", "commodities": ["ore"]},
    "demand_shift": {"kind": "demand_shift", "change": -0.5},
    "lane_change, slower": {"kind": "lane_change", "from": ["AAA"], "to": ["BBB"], "extra": "5 d"},
    "lane_change, narrower": {"kind": "lane_change", "from": ["AAA"], "to": ["BBB"], "capacity": 0.4},
    "domestic_priority": {"kind": "domestic_priority", "country": "AAA", "commodities": ["ore"], "factor": 1.0},
}


@dataclass(frozen=True)
class Seen:
    """Arrivals at the end user, and what is owed, blocked and waiting after each day, in days of normal flow."""

    arrived: NDArray[np.float64]
    owed: NDArray[np.float64]
    blocked: NDArray[np.float64]
    waiting: NDArray[np.float64]


def side_by_side(days: int, arms: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Seen]:
    """Run the arms together, and part what was seen by the name of the arm."""
    stories = [scenario(days, *measures) for measures in arms.values()]
    world = chain(RATE, float(TRANSIT), parameters={"order_expiry": 1e12})
    sim = Simulation(world, stories, Members.grid(len(stories), range(1)))
    buyer, steps = sim.network.rows.index(("BBB/use", "ore")), []

    def look(step: int) -> None:
        scene = sim.scene
        parts = scene.stocks.added[buyer], scene.trade.owed.sum(0), scene.trade.blocked.sum(0), scene.waiting.sum(0)
        steps.append(np.stack(parts))

    sim.run(look)
    seen = np.stack(steps, axis=1)[:, :, : len(stories)] / RATE
    seen[0] = np.diff(seen[0], axis=0, prepend=np.nan)
    return {name: Seen(*seen[:, :, arm]) for arm, name in enumerate(arms)}


def on(begins: int, control: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": f"from-{begins}", "effective": day(begins), **control, **more}


@pytest.fixture(scope="module")
def alone() -> dict[str, Seen]:
    """Each control with no other."""
    return side_by_side(60, {name: [on(BEGINS, control)] for name, control in CONTROLS.items()})


@pytest.fixture(scope="module")
def on_files() -> dict[str, Seen]:
    """Each control on twenty days of files of a licence that takes thirty; the last arm has the licence alone."""
    licence = on(BEGINS - 20, LICENCE)
    arms = {
        name: [licence, on(BEGINS, control)] for name, control in CONTROLS.items() if control["kind"] != LICENCE["kind"]
    }
    return side_by_side(95, {**arms, "none": [licence]})


@pytest.mark.parametrize("name", CONTROLS)
def test_goods_at_sea_always_arrive(name: str, alone: dict[str, Seen]) -> None:
    """What sailed before the first day arrives on its day, under every control."""
    assert alone[name].arrived[BEGINS : BEGINS + TRANSIT] == pytest.approx(1.0)


# On the twentieth day of the control, in days of normal flow.
ORDERS = {
    "export_ban": (0.0, 0.0, 20.0, 0.0),
    "export_ban that leaks": (0.2, 0.0, 16.0, 0.0),
    "export_licence": (0.0, 0.0, 0.0, 20.0),
    "export_licence that leaks": (0.2, 0.0, 0.0, 16.0),
    "general_licence": (1.0, 0.0, 0.0, 0.0),
    "export_quota": (0.0, 15.0, 0.0, 0.0),
    "export_tax": (1.0, 0.0, 0.0, 0.0),
    "import_tariff": (1.0, 0.0, 0.0, 0.0),
    "military_end_use_ban": (0.0, 0.0, 20.0, 0.0),
    "military_end_use_ban, little doubt": (0.6, 0.0, 8.0, 0.0),
    "military_end_use_ban, much doubt": (0.4, 0.0, 12.0, 0.0),
    "outage": (0.0, 20.0, 0.0, 0.0),
    "feed_loss": (0.0, 20.0, 0.0, 0.0),
    "demand_shift": (0.5, 0.0, 0.0, 0.0),
    "lane_change, slower": (1.0, 0.0, 0.0, 0.0),
    "lane_change, narrower": (0.4, 12.0, 0.0, 0.0),
    "domestic_priority": (1.0, 0.0, 0.0, 0.0),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_what_becomes_of_orders_and_of_goods_in_port(name: str, alone: dict[str, Seen]) -> None:
    """What arrives on day 59, and what is owed, forbidden and waiting for a licence then."""
    one, last = alone[name], BEGINS + 19
    found = one.arrived[last], one.owed[last], one.blocked[last], one.waiting[last]
    assert found == pytest.approx(ORDERS[name], abs=1e-9)


FROZEN = {"export_ban", "export_ban that leaks", "military_end_use_ban", "military_end_use_ban, much doubt"}
UNTOUCHED = set(CONTROLS) - FROZEN - {n for n in CONTROLS if n.startswith(("export_licence", "general", "lane"))}


@pytest.mark.parametrize("name", sorted(UNTOUCHED | {"lane_change, narrower", "none"}))
def test_files_pending_go_on_and_leave_on_their_day(name: str, on_files: dict[str, Seen]) -> None:
    first = BEGINS - 20 + STATUTORY + TRANSIT
    assert on_files[name].arrived[first - 10 : first] == pytest.approx(0.0, abs=1e-9)
    assert on_files[name].arrived[first : first + 20] == pytest.approx(1.0)


@pytest.mark.parametrize("name", sorted(FROZEN))
def test_files_pending_are_frozen_by_a_ban(name: str, on_files: dict[str, Seen]) -> None:
    """Nothing that waits leaves, not even the share that leaks: that is of goods not yet in a file."""
    assert np.diff(on_files[name].waiting[BEGINS : BEGINS + 29]).min() >= 0.0
    assert on_files[name].waiting[BEGINS + 50] >= 20.0


def test_a_general_licence_lets_files_pending_leave_that_day(on_files: dict[str, Seen]) -> None:
    one = on_files["general_licence"]
    assert one.waiting[BEGINS - 1] == pytest.approx(20.0)
    assert one.waiting[BEGINS] == 0.0
    assert one.arrived[BEGINS + TRANSIT] == pytest.approx(21.0)


def test_goods_that_leave_a_file_take_the_lane_as_it_then_is(on_files: dict[str, Seen]) -> None:
    one, first = on_files["lane_change, slower"], BEGINS - 20 + STATUTORY + TRANSIT + 5
    assert one.arrived[first - 10 : first] == pytest.approx(0.0, abs=1e-9)
    assert one.arrived[first : first + 20] == pytest.approx(1.0)


def test_leaking_goods_arrive_late(alone: dict[str, Seen]) -> None:
    for name in ("export_ban that leaks", "export_licence that leaks"):
        arrived = alone[name].arrived[BEGINS + TRANSIT : BEGINS + TRANSIT + 10]
        assert arrived == pytest.approx([0.0] * 5 + [0.2] * 5, abs=1e-9)
