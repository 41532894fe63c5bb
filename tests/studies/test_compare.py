"""A grid of scenarios and strategies: arms are the runs they would be alone, and what cannot be compared is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.engine.members import Members
from simulator.results.key_figures import NAMES
from simulator.results.outcomes import outcomes
from simulator.scenario import load
from simulator.scenario.problems import Invalid
from simulator.studies.compare import Comparison, arms, compare
from simulator.studies.run import prepared, run_members

END = date(2026, 2, 28)
HOW: dict[str, Any] = {"replications": 2, "step": 7.0, "end": END}
SCENARIOS = ("april-2025-licences", "japan-dual-use-2026")
STRATEGIES = ("do-nothing", "stockpile-first")
pytestmark = pytest.mark.xdist_group("comparison")  # one process has the grid


@cache
def grid() -> Comparison:
    return compare(SCENARIOS, STRATEGIES, **HOW, workers=1)


def test_the_grid_has_every_pair_with_its_own_event() -> None:
    data = grid().outcomes
    assert data.short.dims == ("market", "arm", "replication")
    assert data.arm.to_numpy().tolist() == [f"{a} + {b}" for a in SCENARIOS for b in STRATEGIES]
    days = data.event_day.to_numpy().astype("datetime64[D]").astype(str).tolist()
    assert days == ["2025-04-04"] * 2 + ["2026-01-06"] * 2


@pytest.mark.parametrize("arm", [3])
def test_an_arm_is_the_run_it_would_be_alone(arm: int) -> None:
    scenario, strategy = grid().arms[arm].scenario, grid().arms[arm].strategy
    ready, world = prepared(scenario, strategy=strategy, **HOW)
    alone = outcomes(run_members(ready, world, Members.grid(1, range(2)), workers=1).dataset, world)
    together = grid().outcomes.isel(arm=arm)
    for name in map(str, alone.data_vars):
        mine, other = together[name].transpose(..., "replication"), alone[name].to_numpy()
        if name == "cost":  # accounts of other arms are there too, and cost this one nothing
            assert float(np.abs(mine).sum()) == pytest.approx(float(np.abs(other).sum()), rel=1e-6)
            mine = mine.sel(account=alone.account)
        assert np.array_equal(mine.to_numpy(), other, equal_nan=True), name


@pytest.mark.slow
def test_blocks_over_processes_leave_the_same_bytes() -> None:
    how = {**HOW, "replications": 4, "end": date(2025, 6, 30)}
    one = compare(["april-2025-licences"], ["do-nothing"], **how, workers=1)
    two = compare(["april-2025-licences"], ["do-nothing"], **how, workers=2)
    assert one.outcomes.identical(two.outcomes)
    assert one.outcomes.asked.any()


@pytest.mark.slow
def test_a_comparison_that_was_stopped_goes_on(tmp_path: Path) -> None:
    how = {**HOW, "replications": 2, "end": date(2025, 5, 31)}
    first = compare(["april-2025-licences"], STRATEGIES, **how, workers=1, keep=tmp_path)
    kept = sorted(tmp_path.glob("*.bin"))
    assert len(kept) == 2
    kept[0].unlink()
    before = kept[1].stat().st_mtime_ns
    again = compare(["april-2025-licences"], STRATEGIES, **how, workers=1, keep=tmp_path)
    assert kept[1].stat().st_mtime_ns == before
    assert again.outcomes.identical(first.outcomes)


def test_differences_are_held_against_a_strategy_of_the_grid() -> None:
    change = grid().differences(grid().outcomes.lost)
    assert not change.sel(arm=[f"{s} + do-nothing" for s in SCENARIOS]).any()
    with pytest.raises(ValueError, match="no arm has the strategy 'luck'"):
        grid().differences(grid().outcomes.lost, against="luck")


def test_a_key_figure_is_found_by_name_and_place() -> None:
    short = grid().key_figure("short", "JPN")
    assert (short.key, short.unit, short.better) == ("K2", "t", -1)
    assert short.values.dims == ("arm", "replication")
    with pytest.raises(ValueError, match="there is no key figure 'shorts'"):
        grid().key_figure("shorts")
    with pytest.raises(ValueError, match="of ATL: places are"):
        grid().key_figure("short", "ATL")


def test_every_key_figure_has_the_name_and_unit_that_targets_may_ask_for() -> None:
    told = {f.name: f.unit for f in grid().key_figures}
    assert set(told) <= set(NAMES)
    assert set(NAMES) - set(told) == {"cost_buyers", "cost_contingent"}  # nobody pays so here
    assert all(NAMES[name] == unit for name, unit in told.items())


def test_who_takes_part_in_a_strategy() -> None:
    assert grid().members["do-nothing"] == ()
    assert {"JPN", "USA"} <= set(grid().members["stockpile-first"])


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
    with pytest.raises(Invalid, match="nothing happens in 'japan-dual-use-2026' before the end of the run, 2025-12-31"):
        arms(["japan-dual-use-2026"], end=date(2025, 12, 31))
    with pytest.raises(Invalid, match="two arms are called"):
        arms(["no-new-controls", "no-new-controls"])


def test_a_branch_has_to_be_named() -> None:
    with pytest.raises(Invalid, match="choose one with --branch"):
        arms(["truce-of-november-2026"])
    found, _ = arms(["truce-of-november-2026:lapse", "truce-of-november-2026:renewed"])
    assert [arm.scenario for arm in found] == ["truce-of-november-2026:lapse", "truce-of-november-2026:renewed"]


def test_a_world_without_a_discount_rate_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from simulator.studies import compare as study

    def bare(*given: Any, **more: Any) -> Any:
        ready, world = prepared(*given, **more)
        return ready, replace(world, parameters={n: p for n, p in world.parameters.items() if n != "discount_rate"})

    monkeypatch.setattr(study, "prepared", bare)
    with pytest.raises(Invalid, match="has no parameter discount_rate"):
        arms(["no-new-controls"])
