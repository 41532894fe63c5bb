"""The reductions that charts, page and summary share."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from simulator.results import views


def test_warm_up_is_not_shown(dataset):
    part = views.shown(dataset)
    assert str(part["month"].values[0])[:10] == "2025-01-01"
    assert str(part["day"].values[0])[:10] == "2025-01-01"


def test_outside_leaves_out_the_inside_country_and_sorts_by_use(dataset):
    outside = views.outside_countries(dataset)
    assert outside[:3] == ["JPN", "DEU", "USA"]
    assert "CHN" not in outside


def test_lost_tonnes_count_from_the_event(dataset):
    lost = views.lost_tonnes(dataset, ["DEU"])
    by_hand = dataset["lost"].isel(market=[m.startswith("DEU") for m in dataset["market"].values])
    assert lost == pytest.approx(
        by_hand.isel(month=slice(15, None)).sum(["market", "commodity", "month"]).values, rel=1e-5
    )
    assert views.lost_tonnes(dataset, ["VNM"]).max() == 0.0


def test_other_goods_do_not_add_up_with_magnets(dataset):
    oxide = dataset[["asked", "served", "lost"]].isel(commodity=[0]).assign_coords(commodity=["lace_oxide"])
    both = xr.concat([dataset[["asked", "served", "lost"]], oxide.assign(served=oxide["served"] * 0)], "commodity")
    both.attrs = dataset.attrs
    assert np.array_equal(views.shortfall_path(both, ["JPN"]), views.shortfall_path(dataset, ["JPN"]))
    assert np.array_equal(views.lost_tonnes(both), views.lost_tonnes(dataset))


def test_a_country_goes_short_with_its_first_market(dataset):
    first = views.country_first_shortage(dataset, "JPN")
    markets = dataset["first_shortage"].isel(market=[m.startswith("JPN") for m in dataset["market"].values])
    assert np.array_equal(first, markets.min("market").values)
    assert np.isnan(views.country_first_shortage(dataset, "CHN")).all()


def test_worst_sector_comes_first(dataset):
    loss = views.sector_loss(dataset)
    assert next(iter(loss)) == "auto_ev"
    assert list(loss.values()) == sorted(loss.values(), reverse=True)


def test_a_median_beyond_the_horizon_is_not_a_number():
    first = np.array([10.0, np.nan, np.nan])
    assert np.isnan(views.spread_of_times(first, 100.0).median)
    assert views.spread_of_times(first, 100.0).low == 10.0


def test_recovery_counts_from_the_event_whatever_is_shown(dataset):
    whole, part = views.recovery(dataset, "DEU")[2], views.recovery(views.shown(dataset), "DEU")[2]
    assert np.array_equal(whole, part)
    assert np.median(whole) > 100


def test_exports_add_up_over_importers(dataset):
    whole = views.export_path(dataset, "CHN")
    each = sum(views.export_path(dataset, "CHN", c) for c in views.outside_countries(dataset))
    assert whole == pytest.approx(each)
    assert (
        views.export_path(dataset, "CHN", "JPN", ["smco_magnet"]).max() < views.export_path(dataset, "CHN", "JPN").min()
    )


def test_a_commodity_without_quotes_has_no_paths(dataset):
    assert set(views.price_paths(dataset, "dy_oxide")) == {"inside", "outside"}
    assert views.price_paths(dataset, "smco_magnet") == {}
