"""Random numbers by address, and the uncertain numbers drawn from them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simulator.engine.chance import TILE, Chance, address
from simulator.engine.pins import Pins
from simulator.scenario.uncertain import Uncertain

MANY = np.arange(640)


def sample(kind: str, owner: str = "mine", purpose: str = "luck", seed: int = 1, pages: int = 4) -> np.ndarray:
    chance = Chance(seed, MANY)
    return np.concatenate([chance.page(kind, owner, purpose, p) for p in range(pages)]).ravel()


@pytest.mark.parametrize(
    ("kind", "mean", "variance"), [("uniform", 0.5, 1 / 12), ("normal", 0.0, 1.0), ("exponential", 1.0, 1.0)]
)
def test_mean_and_variance(kind: str, mean: float, variance: float) -> None:
    """163,840 draws: the standard error of the mean is below 0.0025, the margin four of them."""
    drawn = sample(kind)
    assert drawn.mean() == pytest.approx(mean, abs=0.01)
    assert drawn.var() == pytest.approx(variance, abs=0.04 * variance)


@pytest.mark.parametrize(
    "other",
    [{"owner": "mill"}, {"purpose": "work"}, {"seed": 2}, {"kind": "normal"}],
    ids=["owner", "purpose", "seed", "kind"],
)
def test_another_address_is_another_sequence(other: dict[str, str]) -> None:
    """A uniform and a normal of one name must not move together either."""
    assert abs(np.corrcoef(sample("uniform"), sample(**{"kind": "uniform", **other}))[0, 1]) < 0.01


def test_neither_indices_nor_replications_move_together() -> None:
    page = Chance(1, MANY).page("normal", "mine", "luck", 0)
    apart = np.corrcoef(page)[~np.eye(TILE, dtype=bool)]
    assert np.abs(apart).max() < 0.2
    assert abs(np.corrcoef(page[:, :-1].ravel(), page[:, 1:].ravel())[0, 1]) < 0.02


def test_the_same_replications_in_another_block_draw_the_same() -> None:
    crowd = Chance(1, MANY)
    for block in ([7], [70, 3], [639, 639, 0], [64, 63, 128]):
        few = Chance(1, np.array(block))
        assert np.array_equal(few.normal("mine", "luck", 130), crowd.normal("mine", "luck", 130)[block])


def test_draws_do_not_depend_on_what_was_drawn_before() -> None:
    one, other = Chance(1, MANY[:5]), Chance(1, MANY[:5])
    for index in (900, 3, 64):
        other.exponential("mill", "work", index)
    wanted = [one.uniform("mine", "luck", i).tolist() for i in (0, 64, 200)]
    assert [other.uniform("mine", "luck", i).tolist() for i in (200, 64, 0)] == wanted[::-1]


def test_tiles_that_were_dropped_come_back_the_same() -> None:
    chance = Chance(1, MANY[:2])
    first = chance.uniform("mine", "luck").copy()
    for owner in range(600):
        chance.uniform(f"site {owner}", "luck")
    assert np.array_equal(chance.uniform("mine", "luck"), first)


def test_an_address_is_the_same_in_every_process_and_parts_do_not_run_together() -> None:
    assert address("mine", "luck") == 5113354887291016405
    assert address("a", "bc") != address("ab", "c")


def test_a_certain_number_is_drawn_for_nobody_and_an_override_replaces_the_value() -> None:
    pins = Pins(Chance(1, MANY), MANY.size, [{"b": Uncertain.exactly(4.0)}])
    assert (pins.number("a", Uncertain.exactly(3.0)) == 3.0).all()
    assert (pins.number("b", Uncertain(1.0, 2.0, 3.0)) == 4.0).all()


def test_an_uncertain_number_fills_its_range_once_per_replication() -> None:
    pins = Pins(Chance(1, np.repeat(MANY, 2)), 2 * MANY.size)
    drawn = pins.number("a", Uncertain(1.0, 2.0, 6.0))
    assert (drawn[::2] == drawn[1::2]).all()
    assert 1.0 <= drawn.min() < 1.4
    assert 5.4 < drawn.max() <= 6.0
    assert drawn.mean() == pytest.approx(3.0, abs=0.15)


def test_central_values_where_they_are_asked_for() -> None:
    assert (Pins(Chance(1, MANY), MANY.size, central=True).number("a", Uncertain(1.0, 2.0, 6.0)) == 2.0).all()


def test_an_uncertain_date_is_a_whole_day_between_its_ends() -> None:
    days = Pins(Chance(1, MANY), MANY.size).day(
        "a", (date(2024, 1, 11), date(2024, 1, 21), date(2024, 3, 1)), date(2024, 1, 1)
    )
    assert (days == np.rint(days)).all()
    assert days.min() >= 10.0
    assert days.max() <= 60.0
