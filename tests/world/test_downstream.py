"""End products and published losses: optional tables in which every value says where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.scenario.problems import Invalid
from simulator.world import load
from tests.world.small import P, S, write

UNITS = f"""sector,product,figure,value,low,high,{P}
auto_ev,vehicle,tonnes,1.5,1,2,kg,{S}
auto_ev,vehicle,value_added,10000,,,USD,{S}
auto_ev,vehicle,price,35000,,,USD,{S}
auto_ev,vehicle,overtime,0.15,,,1,{S}
auto_ev,vehicle,catch_up,180,,,d,{S}
"""
MACRO = f"""study,country,shock,value,low,high,{P}
Somebody,JPN,a year without,1.3,1,2,% of GDP,{S}
gdp,JPN,,4000,,,bn USD/yr,{S}
"""


def world(folder: Path, units: str = UNITS, macro: str = MACRO):
    write(folder)
    (folder / "units.csv").write_text(units, encoding="utf-8")
    (folder / "macro.csv").write_text(macro, encoding="utf-8")
    return load(folder)


def test_a_world_without_the_tables_loads(tmp_path: Path) -> None:
    plain = load(write(tmp_path))
    assert (plain.products, plain.estimates, plain.outputs) == ({}, (), {})


def test_the_tables_are_read_in_canonical_units(tmp_path: Path) -> None:
    found = world(tmp_path)
    assert found.products["auto_ev"].tonnes.central == pytest.approx(0.0015)
    assert found.estimates[0].loss.value.high == pytest.approx(0.02)
    assert found.outputs["JPN"].central == pytest.approx(4e12)
    assert {"units.csv", "macro.csv"} <= set(found.files)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (f"35000,,,USD,{S}", "35000,,,USD,,2024,B,", "WT008"),
        (f"35000,,,USD,{S}", "35000,,,USD,a source,2024,,", "WT009"),
        ("35000,,,USD", "35000,,,EUR", "WT007"),
        ("vehicle,price,35000", "vehicle,price,3500", "WT006"),
        (f"auto_ev,vehicle,price,35000,,,USD,{S}\n", "", "WT006"),
        ("auto_ev,vehicle,catch_up", "auto_eb,vehicle,catch_up", "WT010"),
        ("vehicle,catch_up,180,,,d", "vehicle,overtime,0.2,,,1", "WT020"),
    ],
)
def test_a_bad_product_is_refused(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert old in UNITS
    with pytest.raises(Invalid) as caught:
        world(tmp_path, units=UNITS.replace(old, new))
    assert code in {p.code for p in caught.value.problems}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (f"% of GDP,{S}", "% of GDP,,2024,B,", "WT008"),
        (f"% of GDP,{S}", "% of GDP,a source,2024,E,", "WT009"),
        ("Somebody,JPN", "Somebody,JPX", "WT010"),
    ],
)
def test_a_bad_estimate_is_refused(tmp_path: Path, old: str, new: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        world(tmp_path, macro=MACRO.replace(old, new))
    assert code in {p.code for p in caught.value.problems}
