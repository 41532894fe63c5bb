"""Quantities: exact factors, refusals, and properties that hold for any number."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.scenario import units
from simulator.scenario.units import UnitError

FINITE = st.floats(min_value=1e-9, max_value=1e12, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "canonical", "value"),
    [
        ("40 t/d", "t/d", 40.0),
        ("15 kt/yr", "t/d", 15_000 / 365),
        ("1.2 kt/month", "t/d", 1_200 / (365 / 12)),
        ("90 %", "1", 0.9),
        ("0.9", "1", 0.9),
        ("90 d", "d", 90.0),
        ("6 wk", "d", 42.0),
        ("500 kg", "t", 0.5),
        ("2 Mt", "t", 2e6),
        ("60 USD/kg", "USD/t", 60_000.0),
        ("1e3 t", "t", 1_000.0),
        ("3 %/yr", "1/yr", 0.03),
        ("7kt", "t", 7_000.0),
        (" 5 t / d ", "t/d", 5.0),
        ("-20 %", "1", -0.2),
        ("10 USD", "USD", 10.0),
    ],
)
def test_known_values(text: str, canonical: str, value: float) -> None:
    assert math.isclose(units.quantity(text, canonical), value, rel_tol=1e-12)
    assert math.isclose(units.measured(text)[0], value, rel_tol=1e-12)
    assert units.measured(text)[1] == canonical


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("12 knot", "t"),
        ("12 lb", "t"),
        ("12 kt", "d"),
        ("45", "d"),
        ("12 t/d/d", "t/d"),
        ("12 t*d", "t"),
        ("1 2 t", "t"),
        ("", "t"),
        ("t", "t"),
        ("nan t", "t"),
        ("1e999 t", "t"),
        ("12 T", "t"),
        ("12 KT", "t"),
        ("12 g", "t"),
        ("12 %", "t"),
        ("12 t/", "t/d"),
        ("one t", "t"),
        ("12 t; 13 t", "t"),
    ],
)
def test_anything_else_is_refused(text: str, canonical: str) -> None:
    with pytest.raises(UnitError):
        units.quantity(text, canonical)


@pytest.mark.parametrize("text", ["3 month", "1 yr", "P3M", "PT5H", "3 months", "2 years"])
def test_durations_without_a_fixed_length_are_refused(text: str) -> None:
    with pytest.raises(UnitError) as caught:
        units.days(text)
    assert caught.value.code == "SC019"


def test_no_unit_but_ours_is_known() -> None:
    assert set(dir(units._registry())) >= set(units.UNITS) - {"%"}
    for unit in ("knot", "lb", "h", "EUR", "m", "K"):
        with pytest.raises(UnitError):
            units.factor(unit, "1")


@given(FINITE, st.sampled_from([("kt", "t", 1e3), ("wk", "d", 7.0), ("kg", "t", 1e-3), ("%", "1", 1e-2)]))
def test_a_written_number_comes_back_scaled(number: float, unit: tuple[str, str, float]) -> None:
    name, canonical, factor = unit
    assert math.isclose(units.quantity(f"{number!r} {name}", canonical), number * factor, rel_tol=1e-12)


@given(FINITE, FINITE)
def test_reading_keeps_order(a: float, b: float) -> None:
    first, second = (units.quantity(f"{x!r} kt/yr", "t/d") for x in (a, b))
    assert (first < second) == (a < b) or math.isclose(a, b, rel_tol=1e-12)


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for read in (units.days, units.measured):
        refusal = None
        try:
            read(text)
        except UnitError as error:
            refusal = error
        assert refusal is None or (refusal.message and refusal.code in ("SC014", "SC016", "SC019"))
