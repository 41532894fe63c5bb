"""Cases D11, D12 and D13: the queue of the licensing office, through the clerks that every licence of a scenario uses.

All files of all members at once: the plan's replications times ten, a tenth of the files each, the whole warm-up.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulator.engine.chance import TILE, Chance
from simulator.engine.office import Clerks, lognormal
from tests.known_answers.reference import exact, exchanged, statistical

FACTOR = 10


def waits(
    case: str, files_per_day: float, clerks: int, kind: str, review: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Waits before review, (file, member) [d], warm-up left out; Poisson arrivals."""
    files, warm_up, members = exchanged(case, FACTOR)
    chance = Chance(7, np.arange(members))
    office, arrival, out = Clerks(np.full(members, clerks)), np.zeros(members), np.empty((files, members))
    for file in range(files + warm_up):
        page, line = divmod(file, TILE)
        arrival = arrival + chance.page("exponential", case, "arrival", page)[line] / files_per_day
        begins = office.begin(arrival, review(chance.page(kind, case, "review", page)[line]))
        if file >= warm_up:
            out[file - warm_up] = begins - arrival
    return out


@pytest.mark.slow
def test_d11_ten_clerks_exponential_review():
    """Nine or eleven clerks, or a clerk chosen other than the first free one, change the wait beyond 0.05 d."""
    wait = waits("D11", 9.0, 10, "exponential", lambda draw: draw)
    statistical(
        "D11", p_wait=(wait > 0.0).mean(axis=0), mean_wait=wait.mean(axis=0), wait_95=np.quantile(wait, 0.95, axis=0)
    )


@pytest.mark.slow
def test_d12_one_clerk_lognormal_review():
    """A spread taken for a variance gives 5 d, one taken for the sigma of the logarithm 19 d, instead of 6.5 d."""
    wait = waits("D12", 0.8, 1, "normal", lambda draw: lognormal(1.0, 1.5, draw))
    statistical("D12", mean_wait=wait.mean(axis=0))


def test_five_files_and_two_clerks():
    """By hand: the third file waits for the second clerk, the fifth for the first one; member two has one clerk."""
    office = Clerks(np.array([2, 1]))
    begins = np.array(
        [
            office.begin(np.full(2, arrival), np.full(2, review))
            for arrival, review in ((0.0, 5.0), (1.0, 3.0), (2.0, 4.0), (6.0, 1.0), (6.0, 1.0))
        ]
    )
    assert begins.T.tolist() == [[0.0, 1.0, 4.0, 6.0, 7.0], [0.0, 5.0, 8.0, 12.0, 13.0]]


def test_review_times_have_the_mean_and_the_spread_asked_for():
    normal = np.linspace(-12.0, 12.0, 240_001)
    weight = np.exp(-0.5 * normal**2)
    review = lognormal(3.0, 1.5, normal)
    mean = np.average(review, weights=weight)
    assert mean == pytest.approx(3.0, rel=1e-9)
    assert np.sqrt(np.average((review - mean) ** 2, weights=weight)) / mean == pytest.approx(1.5, rel=1e-6)


def test_d13_a_pile_of_600_files():
    """Thirteen or fifteen clerks clear the pile on day 120 or 86; a wait that includes the review is a day longer."""
    office, one = Clerks(np.array([14, 14])), np.ones(2)
    for _ in range(600):
        office.begin(0.0 * one, one)
    clear, wait_day_10 = 0, 0.0
    for day in range(1, 200):
        wait = max(float(office.begin(day * one, one)[0]) - day for _ in range(8))
        if day == 10:
            wait_day_10 = wait
        if wait > 0.0:
            clear = day + 1
    exact("D13", clear_day=clear, wait_day_10=wait_day_10)
