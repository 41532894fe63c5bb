"""What the record makes of a step that two months share, and the rows that tell origins apart."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.members import Members
from simulator.engine.provenance import Provenance
from simulator.engine.simulation import Simulation
from simulator.world.model import OriginGroups
from tests.laws.small_world import small_world
from tests.worlds import chain, day, scenario

RATE = 30.0
MONTHS = np.array([31.0, 29.0, 31.0, 30.0])  # January to April 2024


@pytest.mark.parametrize("step", ["1 d", "7 d"])
def test_a_step_that_two_months_share_is_divided_between_them(step: str) -> None:
    """The weeks of 29 January, 26 February and 29 April have three, four and two days in the first month."""
    record = Simulation(chain(), [scenario(126, step=step)], Members.grid(1, range(1))).run()
    for name in ("asked", "served"):
        assert record.values[name][1][:4, 0, 0] == pytest.approx(RATE * MONTHS, rel=1e-6)


def test_a_shared_week_brings_its_own_pace_to_both_months() -> None:
    half = {"kind": "demand_shift", "id": "half", "effective": day(28), "change": -0.5}
    record = Simulation(chain(), [scenario(60, half, step="7 d")], Members.grid(1, range(1))).run()
    assert record.values["asked"][1][0, 0, 0] == pytest.approx(RATE * (28 + 3 / 2))


def test_a_last_week_that_goes_on_into_a_new_month_leaves_its_part_there() -> None:
    """The last of eighteen weeks begins on 29 April: two days are of April, five of May, and May has its own row."""
    licence = {"kind": "export_licence", "id": "licence", "exporter": "AAA", "commodities": ["ore"]}
    story = scenario(126, {**licence, "effective": day(20)}, step="7 d")
    record = Simulation(chain(), [story], Members.grid(1, range(1))).run()
    assert record.values["asked"][1][:, 0, 0] == pytest.approx(RATE * np.array([*MONTHS, 5.0]), rel=1e-6)
    assert {a.shape[0] for dims, a in record.values.values() if dims[0] == "month"} == {5}


def test_rows_are_the_ways_that_ore_can_go_and_no_others() -> None:
    """Clay of Myanmar is separated in China alone, so no row says otherwise."""
    assert Provenance(small_world()).names == ("china>china", "china>rest", "myanmar>china", "rest>china", "rest>rest")


@pytest.mark.parametrize(
    ("site", "becomes"),
    [
        ("mine-mmr", ["myanmar>china"] * 5),
        ("mine-usa", ["rest>rest"] * 5),
        ("sep-usa", ["china>rest", "china>rest", "myanmar>china", "rest>rest", "rest>rest"]),
        ("sep-chn", ["china>china", "china>china", "myanmar>china", "rest>china", "rest>china"]),
        ("mag-jpn", ["china>china", "china>rest", "myanmar>china", "rest>china", "rest>rest"]),
    ],
)
def test_a_mine_stamps_a_separator_moves_and_others_pass_on(site: str, becomes: list[str]) -> None:
    world = small_world()
    known = Provenance(world)
    assert [known.names[i] for i in known.moves(world.facilities[site])] == becomes


def test_a_world_that_tells_nothing_apart_has_one_row() -> None:
    known = Provenance(chain(origins=OriginGroups({}, {}, "separation")))
    assert known.rows == (("rest", "rest"),)
