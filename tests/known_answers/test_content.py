"""Case D32: a rule that reaches goods made abroad from a share of listed content on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.engine.content import reaches
from simulator.world.model import OriginGroups
from tests import worlds as w
from tests.known_answers.reference import exact
from tests.known_answers.running import run

# Value of a product and of the listed goods in it [USD/t].
PRODUCTS = {"lamp": (1000.0, 0.9), "motor": (1000.0, 1.0), "target": (80.0, 4.0)}


def test_d32_a_product_is_controlled_from_the_threshold_on():
    """A strict threshold frees the second, one of 0.4 % too, and one of 0.09 % catches the first."""
    value, listed = np.array(list(PRODUCTS.values())).T
    exact("D32", controlled=reaches(listed, value, 0.001))


def test_d32_in_a_world_the_controlled_products_stop_and_the_other_goes_on():
    """All made in BBB of AAA's salt for CCC; the origin of the salt comes with the stock, its value with the recipe."""
    world = w.world(
        [
            w.recipe("dig", {}, {"salt": 1.0}),
            *(w.recipe(p, {"salt": q}, {p: 1.0}, 5.0) for p, (_, q) in PRODUCTS.items()),
        ],
        [
            w.facility("mine", "AAA", "mine", "dig", 1e3),
            *(w.facility(f"maker-{p}", "BBB", "plant", p, 20.0) for p in PRODUCTS),
        ],
        {("CCC", "use", p): 10.0 for p in PRODUCTS},
        {("CCC/use", p, f"maker-{p}"): 1.0 for p in PRODUCTS} | {(f"maker-{p}", "salt", "mine"): 1.0 for p in PRODUCTS},
        {},
        {(f"maker-{p}", "salt"): 10.0 for p in PRODUCTS},
        parameters={"order_expiry": 1e12},
        origins=OriginGroups({"issuer": ("AAA",)}, {}, "separation"),
    )
    world = replace(world, prices={**world.prices, **{p: w.figure(v, "USD/t") for p, (v, _) in PRODUCTS.items()}})
    rule = {
        "kind": "content_rule",
        "id": "rule",
        "issuer": "AAA",
        "commodities": sorted(PRODUCTS),
        "listed": ["salt"],
        "threshold": 0.001,
        "compliance": 1.0,
        "applies": "ban",
        "effective": w.day(40),
    }
    got = run(world, w.scenario(60, rule))
    rows = {d.commodity: i for i, d in enumerate(d for m in got.simulation.network.markets for d in m.demand)}
    served = got.simulation.scene.recorder._today_served[:, 0]
    exact("D32", controlled=[float(served[rows[p]] == 0.0) for p in PRODUCTS])
    assert served[rows["lamp"]] == pytest.approx(10.0)
