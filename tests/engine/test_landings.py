"""What lands in a month is what sailed a transit before, split where a step of landings goes on into the next month."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simulator.engine.grouping import Grouping
from simulator.engine.landings import Landings

MONTHS = (date(2025, 4, 1), date(2025, 5, 1))


def landings(transit: float, step: float) -> Landings:
    return Landings(np.array([0]), Grouping(np.array([0]), 1), np.array([transit]), MONTHS[0], MONTHS, step, 1, 1)


def landed(transit: float, step: float, sailed: dict[int, float]) -> list[float]:
    book = landings(transit, step)
    for day, tonnes in sailed.items():
        book.clear(np.array([[tonnes]]))
        book.settle(float(day))
    return book.tonnes[:2, 0, 0].tolist()


def test_goods_land_in_the_month_of_their_arrival() -> None:
    assert landed(20.0, 1.0, {9: 5.0, 10: 7.0}) == [5.0, 7.0]  # day 29 is 30 April, day 30 is 1 May


def test_a_week_of_landings_is_split_over_two_months() -> None:
    assert landed(24.0, 7.0, {0: 7.0}) == pytest.approx([6.0, 1.0])  # days 24 to 30: the last one in May


def test_what_lands_after_the_run_is_not_counted_in_its_last_month() -> None:
    assert landed(40.0, 1.0, {30: 5.0}) == [0.0, 0.0]


def test_what_a_licence_lets_go_lands_too() -> None:
    book = landings(10.0, 1.0)
    book.grant(np.array([0, 0]), np.array([0, 0]), np.array([2.0, 3.0]))
    book.settle(0.0)
    assert book.tonnes[0, 0, 0] == 5.0
