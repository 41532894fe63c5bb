"""A grid of scenarios and strategies: arms are the runs they would be alone, and what cannot be compared is refused."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
import xarray as xr

from simulator.engine.members import Members
from simulator.scenario import load
from simulator.scenario.problems import Invalid
from simulator.studies.compare import Arm, Comparison, arms, compare
from simulator.studies.run import prepared, run_members

END = date(2026, 4, 30)
HOW: dict[str, Any] = {"replications": 2, "step": 7.0, "end": END}
SCENARIOS = ("april-2025-licences", "japan-dual-use-2026")
STRATEGIES = ("do-nothing", "accord-text-only", "stockpile-first")


@cache
def grid() -> Comparison:
    return compare(SCENARIOS, STRATEGIES, **HOW, workers=1)


def test_the_grid_has_every_pair_with_its_own_event() -> None:
    data = grid().dataset
    assert data.lost.dims[-2:] == ("arm", "replication")
    assert data.arm.to_numpy().tolist() == [f"{a} + {b}" for a in SCENARIOS for b in STRATEGIES]
    days = data.event_day.to_numpy().astype("datetime64[D]").astype(str).tolist()
    assert days == ["2025-04-04"] * 3 + ["2026-01-06"] * 3


@pytest.mark.parametrize("arm", [0, 5])
def test_an_arm_is_the_run_it_would_be_alone(arm: int) -> None:
    scenario, strategy = grid().arms[arm].scenario, grid().arms[arm].strategy
    ready, world = prepared(scenario, strategy=strategy, **HOW)
    alone = run_members(ready, world, Members.grid(1, range(2)), workers=1)
    together = grid().dataset.isel(arm=arm)
    for name in ("asked", "served", "lost", "first_shortage", "price", "exports"):
        mine, other = together[name].transpose(..., "replication").to_numpy(), alone.dataset[name].to_numpy()
        assert np.array_equal(mine, other, equal_nan=True), name


def test_the_text_of_the_accord_differs_from_nothing_in_no_pair() -> None:
    change = grid().differences(grid().dataset.lost)
    assert not change.sel(arm=[f"{s} + accord-text-only" for s in SCENARIOS]).any()
    assert not change.sel(arm=[f"{s} + do-nothing" for s in SCENARIOS]).any()
    with pytest.raises(ValueError, match="no arm has the strategy 'luck'"):
        grid().differences(grid().dataset.lost, against="luck")


def test_how_sure_a_difference_is() -> None:
    scenario = load("no-new-controls")
    made = tuple(Arm("s", name, scenario) for name in ("do-nothing", "more"))
    whole = Comparison(made, None, None, None)  # type: ignore[arg-type]
    values = xr.DataArray(
        [[10.0, 20.0, 30.0, 40.0], [8.0, 19.0, 27.0, 40.0]],
        dims=("arm", "replication"),
        coords={
            "arm": ["s + do-nothing", "s + more"],
            "scenario": ("arm", ["s", "s"]),
            "strategy": ("arm", ["do-nothing", "more"]),
        },
    )
    told = whole.summary(values).sel(arm="s + more")
    assert float(told["mean"]) == -1.5
    spread = np.std([-2.0, -1.0, -3.0, 0.0], ddof=1)
    assert float(told["high"] - told["low"]) == pytest.approx(2.0 * 3.182446 * spread / 2.0)
    assert float(told.agree) == 0.75
    assert float(told.gain) == pytest.approx((np.var(values[0], ddof=1) + np.var(values[1], ddof=1)) / spread**2)


def test_behaviours_that_one_arm_needs_are_at_work_in_all() -> None:
    found, _ = arms(["no-new-controls"], ["do-nothing", "fast-permits", "recycling-push"])
    assert {arm.ready.behaviour for arm in found} == {("investment", "recycling")}


def test_what_does_not_share_calendar_or_luck_is_refused() -> None:
    with pytest.raises(Invalid, match="end is 2030-12-31, not 2027-12-31"):
        arms(SCENARIOS)
    other = load("embargo-on-japan").model_copy(update={"seed": 2})
    with pytest.raises(Invalid, match="seed is 2, not 1"):
        arms(["no-new-controls", other])
    later = load("embargo-on-japan").model_copy(update={"start": date(2025, 1, 1)})
    with pytest.raises(Invalid, match="start is 2025-01-01, not 2024-01-01"):
        arms(["no-new-controls", later])
    with pytest.raises(Invalid, match="two arms are called"):
        arms(["no-new-controls", "no-new-controls"])


def test_a_branch_has_to_be_named() -> None:
    with pytest.raises(Invalid, match="choose one with --branch"):
        arms(["truce-of-november-2026"])
    found, _ = arms(["truce-of-november-2026:lapse", "truce-of-november-2026:renewed"])
    assert [arm.scenario for arm in found] == ["truce-of-november-2026:lapse", "truce-of-november-2026:renewed"]
