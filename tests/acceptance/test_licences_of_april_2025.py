"""Acceptance checks T3, T4, T11 and T19 on the licences of April 2025: exports, first stops of car makers, stocks, prices.

Figures and reasons are in docs/acceptance.md. What is missed is marked as such, and the day it holds is noticed.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simulator.results import metrics
from simulator.scenario import files, load
from tests.acceptance.running import MAGNETS, cut, doing, gap, rare_earths, run, settings

OBSERVED = {"2025-04": 2626.0, "2025-05": 1238.0, "2025-06": 3188.0, "2025-07": 5577.0}  # t
WEEKS_6_TO_9 = (36.0, 63.0)  # days after 4 April
WORLD = rare_earths()
CARS = [f"cover:{d.country}/{d.sector}:{d.commodity}" for d in WORLD.demand if d.sector.startswith("auto")]
AS_DRAWN: dict[str, float] = {}


def all_cars(days: float) -> Mapping[str, float]:
    return dict.fromkeys(CARS, days)


SETTINGS = {
    "as drawn": (0, AS_DRAWN),
    "28 days": (0, all_cars(28.0)),
    "35 days": (0, all_cars(35.0)),
    "42 days": (0, all_cars(42.0)),
    "60 days": (0, all_cars(60.0)),
    "75 days": (0, all_cars(75.0)),
    "German cars 90 days": (0, {name: 90.0 for name in CARS if ":DEU/" in name}),
    "Germany builds": (1, AS_DRAWN),
}


@pytest.fixture(
    scope="module", params=[pytest.param(8, id="8 runs"), pytest.param(40, id="40 runs", marks=pytest.mark.slow)]
)
def found(request: pytest.FixtureRequest) -> Any:
    """Every replication under every setting, to the end of the year."""
    base = cut("april-2025-licences", date(2024, 1, 1), date(2025, 12, 31))
    builds = doing(
        base,
        "builds",
        kind="stock_mandate",
        effective="2025-05-15",
        countries=["DEU"],
        commodities=["ndfeb_magnet", "ndfeb_heavy_magnet"],
        cover="120 d",
        ramp="30 d",
    )
    record = run([base, builds], settings(request.param, list(SETTINGS.values())))
    return SimpleNamespace(record=record, place=list(SETTINGS).index, count=len(SETTINGS))


def under(found: Any, setting: str) -> slice:
    """The members of a setting."""
    return slice(found.place(setting), None, found.count)


def first_car_stop(found: Any, setting: str) -> np.ndarray:
    """Day of the first shortage of any car market after 4 April, infinite where there is none, (replication,)."""
    cars = [i for i, (_, sector) in enumerate(found.record.coords["place"]) if sector.startswith("auto")]
    days = found.record.values["first_shortage"][1][cars][:, under(found, setting)]
    return np.where(np.isnan(days), np.inf, days).min(axis=0)


def short_of_magnets(found: Any, setting: str, who: Callable[[str, str], bool]) -> np.ndarray:
    """Magnets that some markets (country, sector) were not served on time, (replication,) [t]."""
    rows = [who(country, sector) and good in MAGNETS for country, sector, good in found.record.coords["demand"]]
    return np.asarray(gap(found.record)[:, under(found, setting)][np.array(rows)].sum(axis=0))


def german(country: str, sector: str) -> bool:
    return country == "DEU"


def german_cars(country: str, sector: str) -> bool:
    return country == "DEU" and sector.startswith("auto")


def abroad(country: str, sector: str) -> bool:
    return country != "DEU"


# ------------------------------------------------------------------------------------------ T3: Chinese magnet exports


def exports(found: Any) -> np.ndarray:
    """Chinese magnet exports of April to July 2025, (month, replication) [t]."""
    coords = found.record.coords
    mine = [i for i, (origin, _, good) in enumerate(coords["flow"]) if origin == "CHN" and good in MAGNETS]
    months = [list(coords["month"].astype("datetime64[M]").astype(str)).index(month) for month in OBSERVED]
    tonnes = found.record.values["exports"][1][months][:, mine, under(found, "as drawn")]
    return np.asarray(tonnes.sum(axis=1), dtype=np.float64)


def test_observed_exports_are_the_published_ones_and_no_input() -> None:
    """The office works by rules of its own: no speed by month, and nothing that was observed."""
    with (files.built_in() / "observed" / "chinese_magnet_exports.csv").open(encoding="utf-8") as file:
        rows = {row["period"]: row for row in csv.DictReader(file) if row["destination"] == "all"}
    assert {month: float(rows[month]["value"]) for month in OBSERVED} == pytest.approx(OBSERVED, rel=0.002)
    licences = [m for m in load("april-2025-licences").events if m.kind == "export_licence"]
    assert licences
    assert not any(m.speeds for m in licences)


def test_exports_fall_and_come_back_with_the_licence_office_alone(found: Any) -> None:
    """Error of the median about 0.08 of normal trade: April, June and July within a sixth, May too high (see the next test)."""
    median, seen = np.median(exports(found), axis=1), np.array(list(OBSERVED.values()))
    assert metrics.nrmse(median, seen, 5323.0) < 0.12
    assert np.argmin(median) == 1
    assert np.abs(median / seen - 1.0)[[0, 2, 3]].max() < 1.0 / 6.0


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="a file that needs no return is granted within weeks: the trough of May is too shallow",
)
def test_the_trough_of_may_2025_is_within_the_runs(found: Any) -> None:
    low, high = np.quantile(exports(found)[1], [0.05, 0.95])
    assert low <= OBSERVED["2025-05"] <= high


# ------------------------------------------------------------------------------------------- T4: car makers' first stop


def test_with_four_weeks_everywhere_the_first_car_maker_stops_in_weeks_6_to_9(found: Any) -> None:
    stops, (first, last) = first_car_stop(found, "28 days"), WEEKS_6_TO_9
    assert first <= np.median(stops) <= last
    assert ((first <= stops) & (stops <= last)).mean() > 0.6


def test_with_covers_as_drawn_the_first_car_maker_stops_in_week_9_or_10(found: Any) -> None:
    """They are 15 to 90 days, mostly about 40; two runs in five see it in weeks 6 to 9."""
    stops, (first, last) = first_car_stop(found, "as drawn"), WEEKS_6_TO_9
    assert 57.0 <= np.median(stops) <= 70.0
    assert ((first <= stops) & (stops <= last)).mean() > 0.3


@pytest.mark.parametrize("setting", ["35 days", "42 days"])
@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="goods at sea, a month of use, come on top of cover: stops begin in week 11 with five weeks",
)
def test_with_five_or_six_weeks_everywhere_the_first_stops_by_week_9(found: Any, setting: str) -> None:
    first, last = WEEKS_6_TO_9
    assert first <= np.median(first_car_stop(found, setting)) <= last


def test_more_cover_means_a_later_first_stop_in_every_run(found: Any) -> None:
    stops = [first_car_stop(found, name) for name in ("28 days", "35 days", "42 days", "60 days", "75 days")]
    assert all((later >= sooner).all() for sooner, later in zip(stops, stops[1:], strict=False))


def test_with_sixty_days_hardly_any_car_maker_stops_and_with_seventy_five_none(found: Any) -> None:
    short = np.isfinite(first_car_stop(found, "60 days"))
    assert short.mean() <= 0.2
    assert not np.isfinite(first_car_stop(found, "75 days")).any()


# --------------------------------------------------------------------------------------------------------- T11: stocks


def test_more_stock_of_ones_own_never_raises_ones_gap(found: Any) -> None:
    """German car makers with 90 days in place of about 40."""
    few, many = (short_of_magnets(found, name, german_cars) for name in ("as drawn", "German cars 90 days"))
    assert (many <= few + 1e-6).all()
    assert many.mean() < 0.1 * few.mean()


def test_building_stock_during_a_squeeze_takes_from_others(found: Any) -> None:
    """German firms must have 120 days by mid-June 2025, when little leaves China: their gap falls, that of others rises."""
    own, others, own_building, others_building = (
        short_of_magnets(found, name, who) for name in ("as drawn", "Germany builds") for who in (german, abroad)
    )
    assert own_building.mean() < own.mean()
    assert (others_building > others).mean() > 0.7


# -------------------------------------------------------------------------------------------------------- T19: prices


@pytest.mark.parametrize("good", ["ndfeb_heavy_magnet", "dy_oxide", "dy_metal"])
def test_prices_outside_and_inside_of_china_part_under_licences(found: Any, good: str) -> None:
    """Before April 2025 they are the same; afterwards it is dearer outside, where goods are wanted."""
    coords = found.record.coords
    place = list(coords["commodity"]).index(good)
    inside, outside = (
        found.record.values["price"][1][:, place, list(coords["zone"]).index(zone), under(found, "as drawn")]
        for zone in ("inside", "outside")
    )
    months = coords["month"].astype("datetime64[M]")
    before, after = months < np.datetime64("2025-03"), months >= np.datetime64("2025-06")
    assert outside[before] == pytest.approx(inside[before], rel=0.02)
    assert (outside[after].max(axis=0) > 1.05 * inside[after].max(axis=0)).mean() > 0.7
