"""What is kept of a member, against a year and a half of hand-made results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from simulator.results.outcomes import outcomes, present_value
from tests import worlds

MONTHS = np.arange("2026-01", "2027-07", dtype="datetime64[M]")
DAYS = np.arange("2026-01-01", "2027-07-01", 7, dtype="datetime64[D]")
EVENT = "2026-07-01"


def world() -> Any:
    """Mines and magnet makers inside and in Japan."""
    sites = [("mine_in", "CHN", "mine", "dig"), ("maker_in", "CHN", "magnet", "press")]
    sites += [("maker_out", "JPN", "magnet", "press"), ("maker_other", "USA", "magnet", "press")]
    return worlds.world(
        [worlds.recipe("dig", {}, {"ore": 1.0}), worlds.recipe("press", {"ore": 1.0}, {"magnet": 1.0})],
        [worlds.facility(*site, 1.0) for site in sites],
        {},
        {},
        {},
        {},
        parameters={"discount_rate": 0.1},
        inside="CHN",
    )


def results() -> Any:
    """Japan is short by half in September 2026; its makers grow from the event on, while exports fall."""
    n, months = 2, MONTHS.size
    asked = np.zeros((2, 1, months, n)) + 10.0
    asked[1] = 100.0  # inside
    served = asked.copy()
    served[0, 0, 8] = 5.0
    lost = np.zeros_like(asked)
    lost[0, 0, 8, 1] = 2.0
    made = np.zeros((4, months, n))
    made[0], made[1] = 200.0, 110.0
    made[2, :6], made[2, 6:], made[3] = 2.0, 6.0, 1.0
    exports = np.zeros((2, months, n))
    exports[0, :6], exports[0, 6:] = 8.0, 3.0  # magnets to Japan
    exports[1] = 1.0  # magnets of America to the country inside
    service = np.ones((2, DAYS.size, n))
    hit = (np.datetime64("2026-09-01") <= DAYS) & (np.datetime64("2026-10-01") > DAYS)
    service[1, hit] = 0.5
    data = xr.Dataset(
        {
            "asked": (("market", "commodity", "month", "member"), asked),
            "served": (("market", "commodity", "month", "member"), served),
            "lost": (("market", "commodity", "month", "member"), lost),
            "first_shortage": (("market", "member"), np.array([[70.0, np.nan], [np.nan, np.nan]])),
            "made": (("facility", "month", "member"), made),
            "exports": (("flow", "month", "member"), exports),
            "service": (("country", "day", "member"), service),
            "used_origin": (("country", "commodity", "origin", "month", "member"), np.ones((2, 1, 2, months, n))),
            "price": (("priced", "zone", "month", "member"), np.ones((1, 2, months, n))),
            "paid": (("priced", "zone", "month", "member"), np.ones((1, 2, months, n))),
            "cost": (("account", "month", "member"), np.zeros((1, months, n))),
        },
        {
            "market": ["JPN/cars", "CHN/cars"],
            "market_country": ("market", ["JPN", "CHN"]),
            "market_sector": ("market", ["cars", "cars"]),
            "commodity": ["magnet"],
            "month": MONTHS.astype("datetime64[ns]"),
            "day": DAYS.astype("datetime64[ns]"),
            "country": ["CHN", "JPN"],
            "facility": ["mine_in", "maker_in", "maker_out", "maker_other"],
            "facility_country": ("facility", ["CHN", "CHN", "JPN", "USA"]),
            "facility_stage": ("facility", ["mine", "magnet", "magnet", "magnet"]),
            "flow": ["CHN>JPN:magnet", "USA>CHN:magnet"],
            "exporter": ("flow", ["CHN", "USA"]),
            "importer": ("flow", ["JPN", "CHN"]),
            "flow_commodity": ("flow", ["magnet", "magnet"]),
            "origin": ["china>china", "rest>china"],
            "priced": ["magnet"],
            "zone": ["inside", "outside"],
            "account": ["aid|Japan"],
            "payer": ("account", ["Japan"]),
            "purse": ("account", ["public"]),
        },
        {"event_day": EVENT, "end": "2027-06-30", "warm_up_end": "2026-01-01", "inside": "CHN", "headline": "magnet"},
    )
    return data


@pytest.fixture(scope="module")
def kept() -> Any:
    return outcomes(results(), world())


def test_shortage_counts_from_the_event_on(kept: Any) -> None:
    japan = kept.sel(market="JPN/cars")
    assert japan.asked.values.tolist() == [120.0, 120.0]
    assert japan.short.values.tolist() == [5.0, 5.0]
    assert japan.lost.values.tolist() == [0.0, 2.0]
    assert japan.peak.values.tolist() == [0.5, 0.5]
    assert kept.days_short.sel(country="JPN").values.tolist() == [28.0, 28.0]  # four weeks
    assert kept.days_short.sel(country="CHN").values.tolist() == [0.0, 0.0]
    assert kept.missing.sel(month="2026-09-01").values.tolist() == [0.5, 0.5]


def test_direct_dependency_is_of_what_users_outside_get(kept: Any) -> None:
    path = kept.dependency.sel(view="direct:magnet").isel(member=0)
    # Twelve months to the event: 8 × 12 from inside, 2 × 12 of Japan; America sells all it makes to the country inside.
    assert float(path.sel(month="2026-06-01")) == pytest.approx(8.0 / 10.0)
    assert float(path.sel(month="2027-06-01")) == pytest.approx(6.0 / 9.0)  # now Japan is the largest
    assert float(kept.dependency.sel(view="look-through:separated").isel(month=-1, member=0)) == 1.0
    assert float(kept.dependency.sel(view="look-through:mined").isel(month=-1, member=0)) == 0.5


def test_concentration_outside_in_the_last_year(kept: Any) -> None:
    at = kept.sel(stage="magnet").isel(member=0)
    assert float(at.concentration) == pytest.approx(1e4)  # America sells nothing outside
    assert float(at.largest_site) == pytest.approx(6.0 / 7.0)
    assert float(at.without_largest) == pytest.approx(3.0 * 12 / 120.0)
    assert np.isnan(kept.without_largest.sel(stage="mine")).all()


def test_service_comes_back_after_the_month_that_failed(kept: Any) -> None:
    back = float(kept.recovery.isel(member=0))
    last = (np.datetime64("2026-09-24") - np.datetime64(EVENT)).astype(int)
    assert last < back <= last + 42  # the mean of four weeks has to rise above 90 %


def test_costs_are_discounted_to_the_event() -> None:
    data = results()
    data["cost"][0, 6] = 100.0  # the month of the event: half a month after it
    data["cost"][0, 17] = 100.0
    value = present_value(data, 0.1)
    late = ((MONTHS[17].astype("datetime64[D]") - np.datetime64(EVENT)).astype(int) + 15.0) / 365.0
    assert value[0, 0] == pytest.approx(100.0 * (1.1 ** -(15.0 / 365.0) + 1.1**-late))
    assert present_value(data, 0.0)[0, 0] == pytest.approx(200.0)
