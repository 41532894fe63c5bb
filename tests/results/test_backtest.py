"""Simulated against observed: which months are scored, and against what."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from simulator.results import backtest
from tests.results import synthetic


@pytest.fixture
def observed():
    return synthetic.observations()


def test_only_calibration_months_from_the_event_on_are_scored(dataset, observed):
    test = backtest.compare(dataset, observed)
    median = {str(m): v for m, v in zip(test.months, test.median, strict=True)}
    scored = [o for o in observed if o.calibration and str(o.month)[:7] >= "2025-04"]
    assert len(scored) == 6
    errors = [median[str(o.month)[:7]] - o.value for o in scored]
    assert test.error == pytest.approx(np.sqrt(np.mean(np.square(errors))) / test.baseline)


def test_held_out_months_do_not_move_the_error(dataset, observed):
    moved = [o if o.calibration else dataclasses.replace(o, value=99.0) for o in observed]
    assert backtest.compare(dataset, moved).error == backtest.compare(dataset, observed).error
    assert {r["use"] for r in backtest.compare(dataset, moved).rows()} == {"calibration", "held out"}


def test_the_baseline_is_what_flowed_before(dataset, observed):
    assert backtest.compare(dataset, observed).baseline == pytest.approx((4300 + 4100 + 5100) / 3)
    year = dataclasses.replace(observed[0], month=np.datetime64("2024-01-01"), value=58120.0, year_only=True)
    later = [o for o in observed if str(o.month) >= "2025-04"]
    assert backtest.compare(dataset, [year, *later]).baseline == pytest.approx(58120 / 12)
    alone = backtest.compare(dataset, later)
    assert not alone.baseline_observed
    assert alone.baseline == pytest.approx(4800.0, rel=0.02)


def test_other_flows_are_left_out(dataset, observed):
    assert backtest.compare(dataset, observed, importer="JPN") is None
    assert backtest.compare(dataset, []) is None


def test_a_table_of_observations(tmp_path):
    path = tmp_path / "magnets.csv"
    head = "period,origin,destination,commodity,value,unit,source,grade,use\n"
    path.write_text(
        head + "2025-05,CHN,World,magnets,1.238,kt/month,customs,A,calibration\n2024,CHN,USA,magnets,7444,t,press,D,x\n"
    )
    month, year = backtest.read(path)
    assert (month.value, month.importer, month.calibration) == (1238.0, "all", True)
    assert year.year_only
    assert not year.calibration


@pytest.mark.parametrize(
    "row", ["2025-05,CHN,all,magnets,many,t,s,A,x", "2025-05,CHN,all,magnets,1,lb,s,A,x", "May,a,b,c,1,t,s,A,x"]
)
def test_a_wrong_row_is_named(tmp_path, row):
    path = tmp_path / "wrong.csv"
    path.write_text("period,origin,destination,commodity,value,unit,source,grade,use\n" + row + "\n")
    with pytest.raises(ValueError, match=r"wrong\.csv:2"):
        backtest.read(path)
