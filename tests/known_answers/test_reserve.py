"""Case D30: a national reserve on the chain of D15, opened by its trigger and held to its rate."""

from __future__ import annotations

import pytest

from tests import worlds as w
from tests.known_answers.reference import exact
from tests.known_answers.running import control, run


def test_d30_a_reserve_of_thirty_days_behind_a_ban_for_good():
    """A trigger read before arrivals, or a release after use, opens a day early or late: 164 would be 163 or 165."""
    reserve = {
        "kind": "reserve",
        "id": "reserve",
        "countries": ["BBB"],
        "commodity": "ore",
        "effective": w.day(0),
        "target": "30 d",
        "opening": "30 d",
        "trigger": "10 d",
        "running": "1 d",
        "delay": "0 d",
        "rate": 0.5,
    }
    got = run(w.chain(), w.scenario(365, control("export_ban", w.day(100)), responses=[reserve]))
    lost, left = got.missing[:, 0].sum(), got.simulation.reserves.stocks.tonnes[0, 0]
    exact("D30", first=got.first(), survive=got.first() - 100, lost=lost, left=left)
    assert (got.first(), lost, left) == (164, pytest.approx(5400.0, abs=1e-3), pytest.approx(0.0, abs=1e-9))
    assert got.record.values["first_shortage"][1][0, 0] == 64.0  # a reserve that begins is no event
