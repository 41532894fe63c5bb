"""The laws on every small world in the box, at the weekly step; the large one has tests of its own."""

from __future__ import annotations

import html
import re
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.briefing.charts import all_charts
from simulator.briefing.page import render
from simulator.engine.members import Members
from simulator.engine.recorder import BlockRecord
from simulator.engine.simulation import Simulation
from simulator.scenario import Scenario, load
from simulator.scenario.uncertain import Uncertain
from simulator.studies.run import Result
from simulator.world import World
from simulator.world import load as load_world
from simulator.world.loading import names
from simulator.world.network import country_of
from simulator.world.steady import flows

SMALL = [name for name in names() if name != "rare_earths"]
pytestmark = pytest.mark.parametrize("name", SMALL)


@cache
def world(name: str) -> World:
    return load_world(name)


def shipped(name: str) -> list[str]:
    """What leaves the controlling country."""
    here = world(name)
    return sorted({s.commodity for s in here.sources if here.facilities[s.supplier].country == here.inside})


def quiet(name: str, **change: Any) -> Simulation:
    """Fifteen months without any control, from the base year on."""
    here, scenario = world(name), load("no-new-controls")
    whole = {"step": 7.0, "start": date(here.base_year, 1, 1), "end": date(here.base_year + 1, 3, 31), **change}
    return Simulation(here, [scenario.model_copy(update=whole)], Members.grid(1, range(4)))


@cache
def nothing(name: str) -> BlockRecord:
    """Fifteen months without any control; laws that ask about it share the run."""
    return quiet(name).run()


@cache
def closed(name: str) -> tuple[Scenario, BlockRecord, BlockRecord]:
    """A year in whose second half nothing leaves the controlling country, and the same year without."""
    here = world(name)
    day = f"{here.base_year}-{{}}"
    ban = {
        "kind": "export_ban",
        "id": "closed",
        "announced": day.format("06-01"),
        "effective": day.format("07-01"),
        "exporter": here.inside,
        "destinations": "all",
        "commodities": shipped(name),
    }
    with_it, without = (
        Scenario.model_validate(
            {
                "name": "closed",
                "title": "Nothing leaves",
                "kind": "hypothetical",
                "world": name,
                "start": day.format("01-01"),
                "end": day.format("12-31"),
                "warm_up": "60 d",
                "replications": 2,
                "step": "7 d",
                "behaviour": ["anticipation"],
                "grade": "D",
                "events": events,
            }
        )
        for events in ([ban], [])
    )
    crowd = Members.grid(1, range(2))
    return with_it, Simulation(here, [with_it], crowd).run(), Simulation(here, [without], crowd).run()


def leaving(name: str, record: BlockRecord) -> np.ndarray:
    """What leaves the controlling country, array (month, member) [t]."""
    ours = [exporter == world(name).inside for exporter, _, _ in record.coords["flow"]]
    flows: np.ndarray = record.values["exports"][1][:, ours].sum(axis=1)
    return flows


def test_every_tonne_is_accounted_for(name: str) -> None:
    for record in (nothing(name), closed(name)[1]):
        assert max(record.audit["stock"], record.audit["trade"], record.audit["process"]) < 1e-9
        assert record.audit["lowest_stock"] >= 0.0


def test_nobody_goes_short_while_nothing_happens(name: str) -> None:
    values = nothing(name).values
    asked, served = values["asked"][1], values["served"][1]
    short = 1.0 - served / np.where(asked > 0.0, asked, 1.0)
    assert short[asked > 0.0].max() < 0.02


def test_every_stock_stays_at_its_cover_while_nothing_moves(name: str) -> None:
    still = {"growth": False, "parameters": {"demand_noise": Uncertain.exactly(0.0)}}
    before_openings = {"end": date(world(name).base_year, 9, 30)}
    sim = quiet(name, **still, **before_openings)
    opening = sim.scene.stocks.tonnes.copy()
    sim.run()
    held = opening > 1e-6
    assert (np.abs(sim.scene.stocks.tonnes - opening)[held] / opening[held]).max() < 0.01


def test_what_leaves_without_any_control_is_what_the_base_year_ships(name: str) -> None:
    here, sent = world(name), leaving(name, nothing(name))[:12]
    base = sum(
        amount
        for (buyer, _, supplier), amount in flows(here).orders.items()
        if here.facilities[supplier].country == here.inside and country_of(here, buyer) != here.inside
    )
    assert sent.sum(axis=0) == pytest.approx(365.0 * base, rel=0.04)  # it grows a little


def test_a_closed_border_lets_nothing_through_and_changes_nothing_before_it_is_known(name: str) -> None:
    _, record, without = closed(name)
    sent, usual = leaving(name, record), leaving(name, without)
    assert np.array_equal(sent[:4], usual[:4])  # the week of the announcement begins in May
    assert sent[5].sum() > usual[5].sum()  # buyers rush before it closes
    assert sent[7:].max() <= 1e-9 * usual.max()
    assert usual[7:].min() > 0.0


def told(name: str, charts: bool) -> str:
    """What a reader of the page of a run sees, without pictures."""
    scenario, record, _ = closed(name)
    data = Result(scenario, world(name), record, Members.grid(1, range(2))).dataset
    drawn = all_charts(data, scenario) if charts else []
    text = render(data, scenario, drawn, [], world=world(name))
    seen = re.sub(r"(?s)<(svg|style|script).*?</\1>|<[^>]+>", " ", text)
    return re.sub(r"\s+", " ", html.unescape(seen))


CHARTS = [pytest.param(False, id="words"), pytest.param(True, id="charts", marks=pytest.mark.slow)]


@pytest.mark.parametrize("charts", CHARTS)
def test_the_page_of_a_run_speaks_of_what_the_world_counts(name: str, charts: bool) -> None:
    page, (one, many) = told(name, charts), world(name).goods["en"]
    assert f"t of {many}" in page or f"short of {many}" in page
    assert not charts or f"of {one} demand" in page
    if not any("magnet" in c for c in (*world(name).commodities, *world(name).sectors)):
        assert "magnet" not in page.lower()
    assert not re.search(r"\bnan\b|\{\w*\}", page)
