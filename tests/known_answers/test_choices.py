"""Case D19: choices among inputs and suppliers at their limits, by the functions that the engine calls."""

from __future__ import annotations

import numpy as np

from simulator.engine.grouping import Grouping
from simulator.engine.substitution import unit_demand
from simulator.engine.switching import logit
from tests.known_answers.reference import exact


def test_d19_between_fixed_proportions_and_the_cheapest_alone():
    weights, prices = np.array([0.3, 0.7]), np.array([2.0, 1.0])
    sigmas = {"sigma_0": 0.0, "sigma_quarter": 0.25, "sigma_1": 1.0, "sigma_4": 4.0, "sigma_200": 200.0}
    got = {}
    for name, sigma in sigmas.items():
        used, cost = unit_demand(weights, prices, sigma)
        got[name] = [*used.tolist(), float(cost)]
    equal, one_buyer = np.full((2, 1), 0.5), Grouping(np.array([0, 0]), 1)
    for name, sensitivity in {"theta_0": 0.0, "theta_50": 50.0}.items():
        got[name] = logit(equal, prices[:, None], sensitivity, one_buyer)[:, 0].tolist()
    exact("D19", **got)
