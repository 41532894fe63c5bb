"""Cases D10 and D18: orders that swing more than demand, and orders that nobody needs."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.engine.chance import TILE, Chance
from simulator.engine.ordering import BaseStock, smoothing
from simulator.engine.simulation import Simulation
from tests.known_answers.reference import exact, exchanged, statistical
from tests.known_answers.running import run
from tests.worlds import AFRAID, facility, recipe, scenario, world

LEAD, WINDOW = 4, 8
DIG = recipe("dig", {}, {"ore": 1.0})


def ratio(orders: np.ndarray, demand: np.ndarray) -> np.ndarray:
    """Variance of orders over that of demand (day, member), member by member."""
    return np.asarray(orders.var(axis=0, ddof=1) / demand.var(axis=0, ddof=1))


def moving_mean(days: int, warm_up: int, members: int) -> np.ndarray:
    """Orders that restore four days' mean of the last eight days' demand, over demand; the position carries on."""
    chance, rows = Chance(7, np.arange(members)), days + warm_up
    demand = np.concatenate(
        [100.0 + 10.0 * chance.page("normal", "D10", "demand", page) for page in range(-(-rows // TILE))]
    )[:rows]
    total = np.concatenate((np.zeros((1, members)), demand.cumsum(axis=0)))
    level = LEAD * (total[WINDOW:] - total[:-WINDOW]) / WINDOW  # known on the evening of day WINDOW - 1, and so on
    position, orders = level[0], np.empty((rows - WINDOW, members))
    for day in range(rows - WINDOW):
        orders[day] = BaseStock(level[day + 1]).quantity(position - demand[day + WINDOW])
        position = position - demand[day + WINDOW] + orders[day]
    return ratio(orders[warm_up - WINDOW :], demand[warm_up:])


def test_d10_bullwhip_of_a_moving_mean() -> None:
    days, warm_up, members = exchanged("D10", 50)
    statistical("D10", ratio=moving_mean(days, warm_up // 50, members))


@pytest.mark.slow
def test_d10_bullwhip_of_a_moving_mean_in_full() -> None:
    statistical("D10", ratio=moving_mean(*exchanged("D10", 1)))


def exponential_mean(days: int, warm_up: int, members: int) -> np.ndarray:
    """An end user's orders over his demand. He closes gaps within the day, so that use and cover make up a level."""
    # Three days of cover and the day's own use are four; goods ordered one day arrive the next, so there is no line to fill.
    toy = world(
        [DIG], [facility("mine", "AAA", "mine", "dig", 1e6)],
        {("BBB", "use", "ore"): 100.0}, {("BBB/use", "ore", "mine"): 1.0}, {("AAA", "BBB"): 1.0},
        {("BBB/use", "ore"): LEAD - 1.0, ("mine", "ore"): 1e6},
        {"restore_time": 1.0, "forecast_days": 7.0, "demand_noise": 0.1})  # fmt: skip
    assert smoothing(7.0, 1.0) == pytest.approx(0.25)
    orders, demand = [], []

    def look(simulation: Simulation, step: int) -> None:
        if step >= warm_up:
            orders.append(simulation.scene.trade.shipped[0].copy())
            demand.append(simulation.scene.recorder._today_asked[0].copy())

    run(toy, scenario(days + warm_up), replications=members, after_step=look)
    return ratio(np.array(orders), np.array(demand))


def test_d10_bullwhip_of_an_exponential_mean_in_the_engine() -> None:
    days, warm_up, members = exchanged("D10b", 100)
    statistical("D10b", ratio=exponential_mean(days, warm_up // 50, members))


def test_d18_phantom_orders_create_no_supply() -> None:
    """Five buyers need 20 t a day each and the mine makes 70. What is not served at once lapses."""
    buyers = [f"B{i}B" for i in range(5)]
    toy = world(
        [DIG], [facility("mine", "AAA", "mine", "dig", 70.0)],
        {(b, "use", "ore"): 20.0 for b in buyers}, {(f"{b}/use", "ore", "mine"): 1.0 for b in buyers},
        {("AAA", b): 1.0 for b in buyers}, {},
        {**AFRAID, "hoarding": 0.0, "phantom_max": 3.0, "phantom_power": 1.0, "order_expiry": 1e-9})  # fmt: skip
    served, received, mine = [], [], []

    def look(simulation: Simulation, step: int) -> None:
        trade = simulation.scene.trade
        rows = [simulation.network.rows.index((f"{b}/use", "ore")) for b in buyers]
        served.append(trade.shipped.sum(axis=0)[0] / simulation.scene.anticipation._ordered.sum(axis=0)[0])
        received.append(simulation.scene.stocks.added[rows, 0].copy())
        mine.append(simulation.fleets[0].forecast[0, 0, 0])

    run(toy, scenario(8, behaviour=["anticipation"]), after_step=look)
    each = np.diff(received, axis=0)  # the pipes hold a steady day's goods, which arrive on the first day
    np.testing.assert_allclose(each, 14.0, rtol=1e-12)
    exact("D18", served=served[:6], received=float(each.mean()), read_as_needed=float(mine[-1]))
