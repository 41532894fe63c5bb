"""The steady flows of a small world, solved by hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from simulator.world import load
from simulator.world.checks import check, grade_shares
from simulator.world.report import markdown, text
from simulator.world.steady import flows, growth_factors, shares
from tests.world.small import write


def test_the_base_year_by_hand(tmp_path: Path) -> None:
    state = flows(load(write(tmp_path)))
    assert state.rate["maker"] == pytest.approx(1.5)  # 365 + 182.5 t a year
    assert state.rate["new_maker"] == 0
    assert state.rate["recycler"] == pytest.approx(0.075)  # 0.0625 of 0.8 x 1.5
    assert state.rate["plant"] == pytest.approx(1.125)
    assert state.rate["mine"] == pytest.approx(5.625)
    assert state.surplus["plant", "heavy"] == pytest.approx(0.1125 - 0.075)
    assert state.surplus["maker", "swarf"] == pytest.approx(0.45 - 0.3)
    assert state.orders["JPN/auto_ev", "magnet", "maker"] == pytest.approx(0.5)


def test_a_site_takes_its_share_as_it_ramps_up(tmp_path: Path) -> None:
    world = load(write(tmp_path))
    before, half, full = (flows(world, day) for day in (date(2024, 12, 31), date(2025, 7, 2), date(2026, 1, 1)))
    assert before.rate["new_maker"] == 0
    assert half.rate["new_maker"] == pytest.approx(0.5 * 0.5 * 182 / 365)
    assert full.rate["new_maker"] == pytest.approx(0.25)
    assert full.rate["maker"] + full.rate["new_maker"] == pytest.approx(1.5)


@pytest.mark.parametrize("day", [None, date(2024, 1, 1), date(2025, 3, 3), date(2030, 1, 1)])
def test_shares_sum_to_one_on_any_day(tmp_path: Path, day: date | None) -> None:
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for (buyer, commodity, _), share in shares(load(write(tmp_path)), day).items():
        sums[buyer, commodity] += share
    assert list(sums.values()) == pytest.approx([1.0] * len(sums))


def test_demand_scales_everything(tmp_path: Path) -> None:
    world = load(write(tmp_path))
    once, grown = flows(world), flows(world, demand=growth_factors(world, 2.0))
    assert grown.rate["mine"] == pytest.approx(once.rate["mine"] * 1.21)


def test_a_small_world_closes_and_says_so(tmp_path: Path) -> None:
    report = check(load(write(tmp_path)))
    assert report.sound
    assert {line.commodity: round(line.surplus, 6) for line in report.balance if line.surplus > 1e-9} == {
        "heavy": pytest.approx(0.0375 * 365),
        "swarf": pytest.approx(0.15 * 365),
    }
    assert report.compared[0].emergent == pytest.approx(5.625 * 365)
    assert "china_mined_reo" in text(report)
    assert "ours is larger" in markdown(report)


def test_what_does_not_close_is_found(tmp_path: Path) -> None:
    short = check(
        load(
            write(
                tmp_path,
                facilities=("CHN,magnet,press,operating,700", "CHN,magnet,press,operating,500"),
                recipes=("separate,output,heavy,0.1", "separate,output,heavy,0.05"),
            )
        )
    )
    assert not short.sound
    assert [id for id, _ in short.over_capacity] == ["maker"]
    assert [(id, item) for id, item, _ in short.short] == [("plant", "heavy")]


def test_grades_are_shares_of_rows(tmp_path: Path) -> None:
    assert grade_shares(load(write(tmp_path))) == {
        "A": 0,
        "B": pytest.approx(1 - 2 / 46, abs=0.05),
        "C": 0,
        "D": pytest.approx(2 / 46, abs=0.05),
    }
