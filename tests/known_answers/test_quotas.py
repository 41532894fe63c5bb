"""Case D14: quotas as token buckets, by themselves and in a world with three exporting countries."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.grouping import Grouping
from simulator.engine.quota import TokenBuckets
from tests import worlds as w
from tests.known_answers.reference import exact
from tests.known_answers.running import control, run

MONTHS = (3625.0, 7250.0, 7250.0)
SHARE = {"AAA": 0.45, "BBB": 0.30, "CCC": 0.25}
WANT = {"AAA": 5000.0, "BBB": 1500.0, "CCC": 1000.0}


def test_d14_buckets():
    """What is carried over is not forfeited; a pool for all ships 18,125 t."""
    buckets, each = TokenBuckets(3, 2), Grouping(np.arange(3), 3)
    share, want = (np.array(list(d.values()))[:, None] * np.ones(2) for d in (SHARE, WANT))
    for month in MONTHS:
        buckets.refill(month * share)
        buckets.spend(buckets.allow(want, each), each)
    buckets.refill(0.0 * share)  # the last month ends too
    exact("D14", shipped=float(buckets.used[:, 0].sum()), forfeited=float(buckets.forfeited[:, 0].sum()))


def test_d14_in_a_world():
    """A first day that is free ships 250 t more; a month one day shorter or longer moves what B and C may ship."""
    world = w.world(
        [w.recipe("dig", {}, {"ore": 1.0})],
        [w.facility(f"mine {c}", c, "mine", "dig", WANT[c] / 30.0) for c in WANT],
        {("DDD", "use", "ore"): 250.0},
        {("DDD/use", "ore", f"mine {c}"): WANT[c] / 7500.0 for c in WANT},
        {},
        {},
        parameters={"order_expiry": 1e-9},
    )  # what a month did not bring is not asked again
    quotas = [
        {
            **control(
                "export_quota",
                w.day(30 * month),
                id=f"quota-{c.lower()}-{month}",
                duration="30 d",
                allowance=f"{quota * SHARE[c]!r} t",
                period="30 d",
            ),
            "exporter": c,
        }
        for c in SHARE
        for month, quota in enumerate(MONTHS)
    ]
    shipped = np.zeros(3)

    def add(simulation, step):
        trade = simulation.scene.trade
        for lane, (_, _, supplier) in enumerate(trade.lanes.names):
            shipped[list(SHARE).index(supplier.removeprefix("mine "))] += trade.shipped[lane, 0]

    run(world, w.scenario(90, *quotas), after_step=add)
    exact("D14", shipped=shipped.sum(), forfeited=sum(MONTHS) - shipped.sum())
    assert shipped == pytest.approx([0.45 * 18125.0, 1087.5 + 2 * 1500.0, 906.25 + 2 * 1000.0], abs=1e-6)
