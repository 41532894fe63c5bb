"""The naive forecasts reproduce the scores that were published for them, and do what their sentence says."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.results import naive
from simulator.results.scores import nrmse

# Monthly flows as observed, the mean before the event, the day on which the measure took force, and the NRMSE of N0 to
# N3 that the protocol of the backtests states to two places.
CASES = {
    "Japan 2010": (
        {"2010-10": 1278, "2010-11": 634, "2010-12": 4081, "2011-01": 1783, "2011-02": 1138, "2011-03": 1603.6},
        1884.0,
        "2010-09-21",
        (0.59, 1.10, 0.58, 0.82),
    ),
    "gallium": (
        {
            "2023-08": 0, "2023-09": 0, "2023-10": 250, "2023-11": 1530, "2023-12": 7047, "2024-02": 1202,
            "2024-03": 1214, "2024-04": 5184, "2024-05": 6210, "2024-06": 4184, "2024-07": 11523, "2024-08": 11217,
        },
        (36200 - 250 - 7580) / 6,
        "2023-08-01",
        (0.86, 1.22, 0.74, 0.68),
    ),
    "germanium": (
        {
            "2023-08": 0, "2023-09": 1, "2023-10": 648, "2023-11": 721, "2023-12": 3766, "2024-02": 2764,
            "2024-03": 3206, "2024-04": 2333, "2024-05": 1820, "2024-06": 1328, "2024-07": 1526, "2024-08": 717,
        },
        (37300 - 648 - 1 - 8630) / 6,
        "2023-08-01",
        (0.71, 0.42, 0.57, 0.49),
    ),
    "antimony": (
        {"2024-09": 6533, "2024-10": 190, "2024-11": 808, "2024-12": 1721},
        29380 / 8,
        "2024-09-15",
        (0.77, 0.71, 0.72, 0.66),
    ),
    "magnets to the United States": (
        {
            "2025-05": 46, "2025-06": 353, "2025-07": 619, "2025-08": 590, "2025-09": 420, "2025-10": 656,
            "2025-11": 582, "2025-12": 564, "2026-02": 449, "2026-03": 406,
        },
        7444 / 12,
        "2025-04-04",
        (0.37, 0.80, 0.20, 0.25),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_naive_scores_are_those_published(name: str) -> None:
    observed, baseline, start, published = CASES[name]
    forecasts = naive.forecasts(list(observed), start, baseline)
    scores = [nrmse(path, list(observed.values()), baseline) for path in forecasts.values()]
    assert scores == pytest.approx(published, abs=0.006)


def test_step_is_nothing_for_the_statutory_time_and_then_as_before() -> None:
    path = naive.forecasts(["2025-03", "2025-04", "2025-05", "2025-06", "2025-07"], "2025-04-04", 300.0)["N2"]
    assert path == pytest.approx([300.0, 30.0, 0.0, 250.0, 300.0])  # 3 free days of April, 25 of June


def test_ramp_comes_back_over_as_long_again() -> None:
    path = naive.forecasts(["2025-06", "2025-07", "2025-08", "2025-09"], "2025-04-01", 1.0)["N3"]
    assert 0.0 < path[0] < path[1] < path[2] < path[3] == 1.0


def test_approval_rule_waits_for_the_first_report() -> None:
    path = naive.by_approval(["2025-05", "2025-06", "2025-07"], "2025-04-04", 100.0, {"2025-06-16": 0.5})
    assert path == pytest.approx([0.0, 25.0, 50.0])


def test_world_rule_keeps_the_share_of_a_destination() -> None:
    assert naive.by_world(np.array([500.0, 2000.0]), 1000.0, 50.0) == pytest.approx([25.0, 100.0])
