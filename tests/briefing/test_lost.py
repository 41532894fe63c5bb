"""What is lost downstream, on the page: units, value added at risk and what others published."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray

from simulator.briefing import lost, page
from simulator.briefing.words import Words
from simulator.results.losses import losses
from simulator.world import load


@pytest.fixture(scope="module")
def world():
    return load("rare_earths")


def test_the_section_adds_up_the_markets_abroad(dataset, world):
    found = lost.section(dataset, world, Words())
    abroad = [x for x in losses(dataset, world.products) if x.country != "CHN"]
    direct, wide = (
        np.median(np.sum([getattr(x, n) for x in abroad], axis=0)) / 1e9 for n in ("direct", "economy_wide")
    )
    assert Words().range(direct, wide, 1) in found.said
    assert len(found.units) == len({x.sector for x in abroad})


def test_published_losses_stand_beside_and_do_not_move_ours(dataset, world):
    found = losses(dataset, world.products)
    (first, *_), others = lost.published(found, world), replace(world, estimates=world.estimates[:1])
    (alone,) = lost.published(found, others)
    assert first == alone
    japan = [x for x in found if x.country == "JPN"]
    here = np.median(np.sum([x.direct for x in japan], axis=0)) / world.outputs["JPN"].central
    assert first["here_low_percent"] == pytest.approx(100.0 * here)
    assert first["here_low_percent"] <= first["here_high_percent"]


def test_a_country_without_a_product_of_its_own_gets_no_share(dataset, world):
    row = next(iter(lost.published(losses(dataset, world.products), replace(world, outputs={}))))
    assert np.isnan(row["here_high_percent"])
    assert lost.section(dataset, replace(world, outputs={}), Words()).published[0][4] == "–"


def test_where_nothing_is_lost_the_page_says_so(dataset, world):
    calm = dataset.assign(lost=dataset["lost"] * 0.0)
    assert "no value added is at risk" in lost.section(calm, world, Words()).said


def test_what_overtime_makes_up_is_no_loss_and_leaves_no_rounding(dataset, world):
    """A thousandth of the magnets lost is made up within weeks: nothing is at risk, and no digit is left of it."""
    few = dataset.assign(lost=dataset["lost"] * 1e-3)
    found = losses(few, world.products)
    assert any(x.stopped.max() > 0.0 for x in found)
    assert all((x.direct == 0.0).all() for x in found)
    assert "overtime makes up later what is not built" in lost.section(few, world, Words()).said


def test_where_only_some_runs_lose_more_than_overtime_makes_up_the_page_says_how_much(dataset, world):
    times = np.where(np.arange(dataset.sizes["member"]) % 3 == 0, 100.0, 1e-3)
    said = lost.section(
        dataset.assign(lost=dataset["lost"] * xarray.DataArray(times, dims="member")), world, Words()
    ).said
    assert "overtime makes up later in most runs" in said
    assert "0.000" not in said


def test_the_page_has_the_part_only_where_the_world_has_products(dataset, scenario, charts, world):
    assert 'id="h-lost"' in page.render(dataset, scenario, charts, [], world=world)
    assert 'id="h-lost"' not in page.render(dataset, scenario, charts, [])
    assert 'id="h-lost"' not in page.render(dataset, scenario, charts, [], world=replace(world, products={}))
