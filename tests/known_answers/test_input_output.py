"""Case D28: what a fall of final demand takes from the whole economy."""

from __future__ import annotations

from simulator.results import metrics
from tests.known_answers.reference import exact

BOUGHT = [[0.10, 0.20, 0.05], [0.15, 0.05, 0.10], [0.05, 0.25, 0.10]]
FALL = [0.0, -10.0, 0.0]


def test_d28_multipliers():
    """A table read the other way round, buyers down and sellers across, gives other outputs and multipliers."""
    exact(
        "D28",
        output_change=metrics.output_change(BOUGHT, FALL),
        value_added_change=metrics.value_added_change(BOUGHT, FALL),
        multipliers=metrics.output_multipliers(BOUGHT),
    )
