"""What moves beside the headline: found where it was put, weighed by value, silent where nothing happens."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.results import moves as of_results
from simulator.results.moves import FALL, moves
from tests.results import synthetic

JULY = np.datetime64("2025-07-01")


def calm(**change):
    """Nobody short, nothing moving; the oxides of two markets are no headline."""
    data = synthetic.dataset(members=20)
    data = data.assign(
        served=data["asked"], lost=data["lost"] * 0, first_shortage=data["first_shortage"] * np.nan,
        service=data["service"] * 0 + 1, exports=data["exports"] * 0 + 100, price=data["price"] * 0 + 1000,
    )  # fmt: skip
    data["cover"] = data["asked"] * 0 + 40
    sites = ("east", "west", "south")
    made = np.full((3, data.sizes["month"], 20), 500.0) * data["month"].dt.days_in_month.values[:, None]
    data = data.assign(made=(("facility", "month", "member"), made)).assign_coords(
        facility=list(sites),
        facility_country=("facility", ["DEU", "USA", "USA"]),
        facility_stage=("facility", ["metal"] * 3),
    )
    data = data.assign(exports=data["exports"] / 30 * data["month"].dt.days_in_month)
    return data.assign(**change).assign_attrs(headline="ndfeb_magnet ndfeb_heavy_magnet")


def since(data, name, factor, month=JULY, **where):
    """A variable times a factor from a month to the next quarter, at the labels given."""
    values = data[name].copy()
    later = data["month"].values[(data["month"].values >= month) & (data["month"].values < month + 92)]
    values.loc[{**where, "month": later}] *= factor
    return data.assign({name: values})


def test_silent_where_nothing_happens():
    assert moves(calm()) == []
    assert moves(calm().assign_attrs(event_day="")) == []


def test_silent_where_no_month_lies_before():
    data = since(calm(), "cover", 0.5, market="DEU/auto_ev", commodity="ndfeb_magnet")
    assert moves(data) != []
    assert moves(data.assign_attrs(event_day="2025-01-01")) == []


def test_a_use_outside_the_headline_that_goes_short():
    data = since(calm(), "served", 0.4, market="JPN/electronics", commodity="smco_magnet")
    (found,) = moves(data)
    assert (found.kind, found.what, found.country, found.sector) == ("unserved", "smco_magnet", "JPN", "electronics")
    assert found.month == JULY
    assert found.after == pytest.approx((0.6, 0.6, 0.6), abs=1e-6)
    assert found.others == 0
    data = since(data, "served", 0.9, market="JPN/wind", commodity="smco_magnet")
    assert moves(data)[0].others == 1


def test_a_use_of_the_headline_is_told_elsewhere():
    assert moves(since(calm(), "served", 0.4, market="JPN/electronics", commodity="ndfeb_magnet")) == []


def test_the_use_worth_most_is_told_and_not_the_one_that_falls_most():
    data = since(calm(), "served", 0.5, market="JPN/electronics", commodity="smco_magnet")
    data = since(data, "served", 0.0, market="FRA/defence", commodity="smco_magnet")
    assert moves(data)[0].country == "JPN"


def test_a_shortage_that_few_runs_see_is_told_as_a_share_of_runs():
    some = {"market": "JPN/electronics", "commodity": "smco_magnet"}
    data = since(calm(), "served", 0.4, member=np.arange(4), **some)
    (found,) = moves(data)
    assert (found.kind, found.after.median) == ("at_risk", pytest.approx(0.2))
    assert moves(since(calm(), "served", 0.4, member=np.arange(0), **some)) == []


def test_a_stock_that_falls():
    where = {"market": "DEU/auto_ev", "commodity": "ndfeb_magnet"}
    (found,) = moves(since(calm(), "cover", 0.5, **where))
    assert (found.kind, found.before, found.after.median) == ("cover", pytest.approx(40), pytest.approx(20))
    assert moves(since(calm(), "cover", 0.9, **where)) == []


def test_the_price_that_rises_most_outside_against_the_year_before():
    data = since(calm(), "price", 2.5, priced="dy_oxide", zone="outside")
    data = since(data, "price", 1.5, priced="ndpr_oxide", zone="outside")
    data = since(data, "price", 9.0, priced="ndpr_oxide", zone="inside")
    sold = data.assign_coords(flow_commodity=("flow", ["dy_oxide", "ndpr_oxide", "smco_magnet"] * 7))
    assert [(m.kind, m.what, round(m.after.median, 3)) for m in moves(sold)] == [("price", "dy_oxide", 2.5)]
    assert moves(data) == []  # what the controlling country does not sell abroad


def test_exports_are_weighed_at_their_price():
    dear = {"priced": "smco_magnet", "zone": "outside"}
    data = calm()
    data["price"].loc[dear] = 9000.0
    for commodity, left in (("ndfeb_magnet", 0.2), ("smco_magnet", 0.7)):
        chosen = data["flow"].values[data["flow_commodity"].values == commodity]
        data = since(data, "exports", left, flow=chosen)
    (found,) = moves(data)
    assert (found.kind, found.what) == ("exports", "smco_magnet")
    assert found.after.median == pytest.approx(0.3, abs=1e-5)


def test_a_short_month_is_no_fall_of_exports(monkeypatch):
    monkeypatch.setattr(of_results, "FALL", 0.01)  # three months with February are a fortieth shorter
    assert moves(calm().assign_attrs(event_day="2026-02-01")) == []


def test_output_that_falls_in_every_run_and_not_in_some():
    (found,) = moves(since(calm(), "made", 1 - 1.5 * FALL, facility="east"))
    assert (found.kind, found.what, found.country) == ("output", "metal", "DEU")
    assert found.after.median == pytest.approx(1.5 * FALL)
    some = since(calm(), "made", 0.2, facility="east", member=np.arange(12))
    assert moves(since(some, "made", 1.5, facility="east", member=np.arange(12, 20))) == []


def test_one_empty_month_is_a_third_of_a_flow_over_three():
    data = calm()
    data["made"].loc[{"facility": "east", "month": JULY.astype("datetime64[ns]")}] = 0.0
    (found,) = moves(data)
    assert found.after.median == pytest.approx(31 / 92)


def test_months_long_after_say_nothing_of_the_event():
    assert moves(since(calm(), "made", 0.2, month=np.datetime64("2026-06-01"), facility="east")) == []
