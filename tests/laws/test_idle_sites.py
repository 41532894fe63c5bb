"""Law: a site at rate 0, or not yet open, makes exactly nothing."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.simulation import Simulation
from tests import worlds
from tests.laws.driving import watch
from tests.laws.small_world import control, small_world, story


def started(sim: Simulation) -> dict[str, np.ndarray]:
    return {
        f.id: total.copy()
        for fleet in sim.fleets
        for f, total in zip(fleet.plan.facilities, fleet.started, strict=True)
    }


SITES = ("mine-mmr", "sep-clay", "recycler", "alloy-jpn", "mag-b")


@pytest.mark.parametrize(("step", "from_day", "idle"), [("1 d", 20, slice(19, 54)), ("7 d", 21, slice(2, 6))])
def test_a_site_at_rate_zero_makes_exactly_nothing(step: str, from_day: int, idle: slice) -> None:
    """One arm for each site, that stops from one day to the other and makes something before and after."""
    stops = [control("outage", facilities=[s], remaining=0.0, effective=worlds.day(from_day)) for s in SITES]
    _, seen = watch(small_world(), [story(s, days=70, step=step) for s in stops], started, (0,))
    for arm, site in enumerate(SITES):
        made = np.array([s[site][arm] for s in seen])
        assert (made[idle] == made[idle][0]).all()
        assert 0.0 < made[idle][0] < made[-1]


def test_feed_loss_stops_the_mines_of_that_country_and_no_other() -> None:
    _, seen = watch(small_world(), story("feed", days=50), started)
    mines = {name: np.array([s[name] for s in seen]) for name in ("mine-mmr", "clay-chn", "mine-chn")}
    assert (mines["mine-mmr"][19:50] == mines["mine-mmr"][19]).all()
    assert (np.diff(mines["clay-chn"], axis=0) > 0.0).any(axis=0).all()
    assert (np.diff(mines["mine-chn"], axis=0) > 0.0).any(axis=0).all()


def test_a_site_makes_nothing_before_it_opens_and_something_after() -> None:
    sim, seen = watch(small_world(), story(days=110), started, replications=range(6))
    made = np.array([s["sep-new"] for s in seen])
    at = sim.network.facilities.index(sim.world.facilities["sep-new"])
    opens = sim.growth._opens[at]
    for member, day in enumerate(opens):
        assert made[int(day) - 1, member] == 0.0
        assert made[-1, member] > 0.0


def test_an_importer_with_no_suppliers_left_gets_nothing_and_makes_nothing_for_ever() -> None:
    """All feed of one separator stops: it works its stock off and then stands still, to the last gram."""
    dead = control("outage", facilities=["mine-mmr", "clay-chn"], remaining=0.0, expires="2024-12-31")
    _, seen = watch(small_world(), story(dead, days=160), started)
    made = np.array([s["sep-clay"] for s in seen])
    assert np.diff(made[-20:], axis=0).max() < 1e-9
