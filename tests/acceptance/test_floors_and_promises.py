"""Acceptance checks T8, T9 and T10: what the price floors in the box pay, and whether a tonne is promised twice.

The measures are those of the strategies; they act in a small world in which one refinery is all there is.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from simulator.cli import cli
from simulator.engine.members import Members
from simulator.engine.simulation import Simulation
from simulator.scenario import files, load_strategy
from simulator.world.promises import promised
from tests import worlds as w
from tests.acceptance.running import rare_earths

KUANTAN = 10_500.0  # t/yr


def paid_and_made(strategy: str, measure: str, price: float) -> tuple[np.ndarray, np.ndarray]:
    """What a measure costs [USD] and what the refinery makes [t] in December 2026 and 2027, at a price [USD/kg], (2,) each."""
    world = w.world(
        [w.recipe("split", {}, {"ndpr_oxide": 1.0})],
        [w.facility("kuantan", "MYS", "separation", "split", KUANTAN / 365.0)],
        {("JPN", "use", "ndpr_oxide"): KUANTAN / 365.0},
        {("JPN/use", "ndpr_oxide", "kuantan"): 1.0},
        {},
        {("JPN/use", "ndpr_oxide"): 30.0},
        parameters={"price_gamma": 0.0},
    )
    world = replace(world, prices={"ndpr_oxide": w.figure(1000.0 * price, "USD/t")})
    placed = [one for one in load_strategy(strategy).placed("measures") if one[0].id == measure]
    plain = w.scenario(1, start="2026-12-01", end="2027-12-31")
    record = Simulation(world, [plain.with_measures({"responses": placed})], Members.grid(1, range(1))).run()
    years = record.coords["month"].astype("datetime64[Y]").astype(str)
    cost, made = (record.values[name][1][:, 0, 0].astype(np.float64) for name in ("cost", "made"))
    return tuple(np.array([array[years == year].sum() for year in ("2026", "2027")]) for array in (cost, made))


@pytest.mark.parametrize(("price", "on_a_thousand_tonnes"), [(63.0, 47e6), (88.0, 22e6), (110.0, 0.0), (140.0, 0.0)])
def test_a_project_floor_pays_what_the_price_lacks_to_110_and_nothing_above(
    price: float, on_a_thousand_tonnes: float
) -> None:
    """47 MUSD on a thousand tonnes at 63 USD/kg; over the whole of 2027."""
    paid, made = paid_and_made("project-floors", "floors-that-exist", price)
    assert paid[1] == pytest.approx(on_a_thousand_tonnes * made[1] / 1000.0, rel=1e-4)
    assert made[1] == pytest.approx(KUANTAN, rel=0.01)


@pytest.mark.parametrize("price", [155.0, 156.6, 156.8, 500.0])
def test_the_upside_of_lynas_pays_japan_at_most_ten_million_a_year(price: float) -> None:
    """30 % of what is above 150 USD/kg, on 5,000 t: 10 MUSD are reached between 156.6 and 156.7 USD/kg."""
    paid, made = paid_and_made("accord-delivered", "lynas-floor", price)
    plain = 0.3 * (price - 150.0) * 1000.0 * 5000.0
    assert -paid.min() <= 10e6 * (1.0 + 1e-6)
    assert -paid[1] == pytest.approx(min(plain, 10e6), rel=2e-3)
    assert made[1] > 2.0 * 5000.0
    assert (plain > 10e6) == (price > 156.7)


def test_the_floor_of_lynas_is_of_five_thousand_tonnes() -> None:
    paid, _ = paid_and_made("accord-delivered", "lynas-floor", 63.0)
    assert paid[1] == pytest.approx(47e6 * 5.0, rel=2e-3)
    assert paid_and_made("accord-delivered", "lynas-floor", 120.0)[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", files.strategies())
def test_no_strategy_promises_more_of_a_site_than_it_can_make(name: str) -> None:
    offtakes = [m for m in load_strategy(name).measures if m.kind == "offtake"]
    assert [p for p in promised(offtakes, rare_earths()) if p.share > 1.0] == []


SECOND = """\
name: second-buyer
title: A second buyer
idea: The same tonnes are promised to somebody else.
includes: [accord-delivered]
grade: D
measures:
  - {kind: offtake, id: second-buyer, effective: SINCE, facilities: [kuantan], payer: United States, share: 0.7}
"""


def test_what_is_promised_twice_is_told_with_its_place_and_ratio(tmp_path: Path) -> None:
    """5,000 of 10,500 t/yr to Japan and 70 % to another buyer: 1.18 of the capacity; no error, as a run shares it out."""
    path = tmp_path / "second-buyer.yaml"
    path.write_text(SECOND.replace("SINCE", "2026-06-01"), encoding="utf-8")
    said: Any = CliRunner().invoke(cli, ["check", str(path)])
    assert said.exit_code == 0, said.output
    assert (
        "second-buyer.yaml:7:114: warning: 1.18 of the capacity of kuantan is promised from 2026-06-01 on"
        in said.output
    )
    assert "0.48 by 'lynas-jare-light', 0.70 by 'second-buyer'" in said.output
    assert "promise less" in said.output


def test_promises_that_follow_one_another_are_not_added(tmp_path: Path) -> None:
    """Japan's contract ends with the year 2038."""
    path = tmp_path / "second-buyer.yaml"
    path.write_text(SECOND.replace("SINCE", "2039-01-01"), encoding="utf-8")
    said = CliRunner().invoke(cli, ["check", str(path)])
    assert "promised" not in said.output
