"""Cases D11, D12 and D13: the queue of the licensing office, through the clerks that every licence of a scenario uses.

All files of all members at once: the plan's replications times ten, a tenth of the files each, the whole warm-up.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simulator.engine.chance import TILE, Chance
from simulator.engine.office import Clerks, lognormal
from tests.known_answers.reference import exact, exchanged, statistical

FACTOR = 10


def waits(case: str, files_per_day: float, clerks: int, kind: str, review: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
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


def test_d11_ten_clerks_exponential_review():
    """Nine or eleven clerks, or a clerk chosen other than the first free one, change the wait beyond 0.05 d."""
    wait = waits("D11", 9.0, 10, "exponential", lambda draw: draw)
    statistical("D11", p_wait=(wait > 0.0).mean(axis=0), mean_wait=wait.mean(axis=0),
                wait_95=np.quantile(wait, 0.95, axis=0))


def test_d12_one_clerk_lognormal_review():
    """A spread taken for a variance, or a median taken for a mean, gives 4 d or 20 d instead of 6.5 d."""
    wait = waits("D12", 0.8, 1, "normal", lambda draw: lognormal(1.0, 1.5, draw))
    statistical("D12", mean_wait=wait.mean(axis=0))


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
