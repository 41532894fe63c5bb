"""Units that a shortage stops and the value added at risk with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from simulator.results import metrics
from simulator.results.losses import losses, value_added_per_unit
from simulator.scenario.uncertain import Uncertain
from simulator.world import load
from simulator.world.model import EndProduct
from tests import worlds as w


def product(tonnes=0.002, value_added=10.0, price=40.0, overtime=0.1, catch_up=90.0, sector="auto_ev"):
    numbers = [w.figure(x, "1") for x in (tonnes, value_added, price, overtime, catch_up)]
    return EndProduct(sector, "vehicle", *numbers)


def test_units_are_tonnes_over_what_one_holds():
    assert metrics.lost_units(np.array([3.0, 0.0]), 0.0015).tolist() == pytest.approx([2000.0, 0.0])
    with pytest.raises(ValueError, match="must hold"):
        metrics.lost_units(np.array([3.0]), 0.0)


def test_overtime_makes_up_the_oldest_first_and_not_for_ever():
    """30 lost in the first month; 10 can be built on top of 100 a month, within two months."""
    lost, asked = np.array([30.0, 0.0, 0.0, 0.0, 0.0]), np.full(5, 100.0)
    assert metrics.made_up(lost, asked, 0.1, 2, dim=0).tolist() == [0.0, 10.0, 10.0, 0.0, 0.0]
    twice = np.array([5.0, 1.0, 0.0, 0.0, 0.0])
    assert metrics.made_up(twice, asked, 0.03, 2, dim=0).tolist() == pytest.approx([0.0, 3.0, 3.0, 0.0, 0.0])


def test_there_is_no_overtime_while_the_material_is_missing():
    lost = np.array([30.0, 30.0, 30.0, 0.0])
    assert metrics.made_up(lost, np.full(4, 100.0), 0.5, 3, dim=0).tolist() == [0.0, 0.0, 0.0, 50.0]


def test_what_is_made_up_never_exceeds_what_was_lost():
    rng = np.random.default_rng(3)
    lost, asked = rng.exponential(5.0, (4, 40)) * (rng.random((4, 40)) < 0.3), np.full((4, 40), 20.0)
    built = metrics.made_up(lost, asked, 0.2, 4, dim=1)
    assert (built.cumsum(axis=1) <= lost.cumsum(axis=1) + 1e-9).all()
    assert built.sum() > 0.0
    labelled = metrics.made_up(
        xr.DataArray(lost, dims=["m", "month"]), xr.DataArray(asked, dims=["m", "month"]), 0.2, 4
    )
    assert np.allclose(labelled.values, built)


def test_a_table_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="square"):
        metrics.leontief_inverse(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="more than it makes"):
        metrics.leontief_inverse([[0.5, 0.9], [0.6, 0.0]])


def test_imports_take_value_added_out_of_the_economy():
    assert metrics.value_added_change([[0.5]], [-10.0]) == pytest.approx(-10.0)
    assert metrics.value_added_change([[0.25]], [-10.0], [0.5]) == pytest.approx(-10.0 / 0.75 * 0.5)


def test_the_range_runs_from_the_builder_to_the_whole_price():
    assert value_added_per_unit(product()) == pytest.approx((10.0, 40.0))


def test_markets_lose_units_from_the_event_on(dataset):
    headline = list(dataset["commodity"].values)
    found = {(x.country, x.sector): x for x in losses(dataset, {"auto_ev": product(overtime=0.0)})}
    assert {sector for _, sector in found} == {"auto_ev"}
    germany = found["DEU", "auto_ev"]
    after = dataset["month"].values >= np.datetime64("2025-04-01")
    lost = dataset["lost"].sel(market="DEU/auto_ev", commodity=headline).isel(month=after).sum(["commodity", "month"])
    assert germany.stopped == pytest.approx(lost.values / 0.002, rel=1e-5)
    assert germany.direct == pytest.approx(germany.stopped * 10.0)
    assert germany.economy_wide == pytest.approx(germany.stopped * 40.0)
    eased = {(x.country, x.sector): x for x in losses(dataset, {"auto_ev": product(overtime=0.2)})}["DEU", "auto_ev"]
    assert (eased.direct <= germany.direct + 1e-6).all()
    assert eased.made_up.sum() > 0.0


def test_every_product_of_the_box_is_worth_more_than_its_builder_adds():
    world = load("rare_earths")
    assert set(world.products) <= set(world.sectors)
    for item in world.products.values():
        assert 0.0 < item.value_added.central < item.price.central
        assert isinstance(item.tonnes.value, Uncertain)
    assert replace(world, products={}).products == {}
