"""Times beyond the horizon."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from simulator.results.metrics import censored_share, kaplan_meier


def test_censored_share_counts_the_runs_without_one():
    first = xr.DataArray([[1.0, np.nan, np.nan, 4.0]], dims=["market", "member"])
    assert censored_share(first).values.tolist() == [0.5]


def test_without_censoring_the_curve_is_the_share_left():
    curve = kaplan_meier([1.0, 2.0, 2.0, 4.0], horizon=10.0)
    assert curve.share == pytest.approx([0.75, 0.25, 0.0])
    assert (curve.at(0.5), curve.at(2.0), curve.at(99.0)) == pytest.approx((1.0, 0.25, 0.0))


def test_a_member_watched_for_less_leaves_the_risk_set():
    # watched for 3 days only: of the three left on day 4 one is hit, of the two on day 6 one
    curve = kaplan_meier([np.nan, 4.0, 6.0, np.nan], horizon=np.array([3.0, 9.0, 9.0, 9.0]))
    assert curve.share == pytest.approx([2 / 3, 1 / 3])


def test_a_quantile_that_was_not_reached_is_not_invented():
    curve = kaplan_meier([5.0, np.nan, np.nan, np.nan], horizon=30.0)
    assert curve.quantile(0.25) == 5.0
    assert np.isnan(curve.quantile(0.5))


def test_no_member_no_curve():
    with pytest.raises(ValueError, match="at least one"):
        kaplan_meier([], horizon=1.0)
