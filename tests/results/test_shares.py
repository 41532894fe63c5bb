"""Who supplies whom, by seller and by origin."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from simulator.results import metrics

USED = xr.DataArray(
    [[50.0, 10.0], [20.0, 10.0], [30.0, 80.0]],
    dims=["origin", "member"],
    coords={"origin": ["china>china", "myanmar>china", "rest>rest"]},
)


def test_direct_dependency_is_the_share_of_the_largest():
    made = xr.DataArray([80.0, 15.0, 5.0], dims=["country"], coords={"country": ["CHN", "MYS", "AUS"]})
    assert float(metrics.dependency(made)) == 0.8


def test_the_rest_of_the_world_is_no_country():
    by_separation = metrics.look_through(USED, "separated")
    assert metrics.dependency(by_separation, "group").values == pytest.approx([0.7, 0.2])
    assert metrics.dependency(by_separation, "group", leave_out=()).values == pytest.approx([0.7, 0.8])


def test_look_through_keeps_tonnes():
    mined = metrics.look_through(USED, "mined")
    assert mined.sel(group="myanmar").values.tolist() == [20.0, 10.0]
    assert mined.sum("group").values.tolist() == USED.sum("origin").values.tolist()


def test_look_through_refuses_an_unknown_step():
    with pytest.raises(ValueError, match="'mined' or 'separated'"):
        metrics.look_through(USED, "melted")
    with pytest.raises(ValueError, match="mined>separated"):
        metrics.look_through(USED.assign_coords(origin=["a", "b", "c"]))


def test_equal_suppliers_count_as_many_as_they_are():
    assert metrics.effective_suppliers(np.full(5, 7.0), 0) == pytest.approx(5.0)
    assert np.isnan(metrics.effective_suppliers(np.zeros(3), 0))


def test_shares_sum_to_one():
    assert metrics.shares(USED, "origin").sum("origin").values == pytest.approx([1.0, 1.0])


def test_a_net_exporter_relies_on_nobody():
    assert metrics.net_import_reliance(np.array(100.0), np.array(0.0), np.array(40.0)) < 0
