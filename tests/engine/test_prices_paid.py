"""What buyers pay: contracts at a formula on the inside quote of the past, the rest at today's quote, duties on top."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.engine import price
from simulator.engine.members import Members
from simulator.engine.simulation import simulate
from tests import worlds
from tests.worlds import day

INSIDE, OUTSIDE = 0, 1


def test_a_share_goes_at_the_contract_price() -> None:
    assert price.mixed(1.0, 5.0, 0.8) == pytest.approx(1.8)
    assert price.mixed(1.0, 5.0, np.array([0.0, 1.0])).tolist() == [5.0, 1.0]


def months(name: str, *measures: dict[str, Any], days: int = 366, step: str = "1 d", **parameters: float) -> np.ndarray:
    """Monthly `name` of a chain that also sells at home, (month, zone) [USD/t]; its base price is 1."""
    world = worlds.world(
        [worlds.recipe("dig", {}, {"ore": 1.0})],
        [worlds.facility("mine", "AAA", "mine", "dig", 40.0)],
        {("BBB", "use", "ore"): 30.0, ("AAA", "use", "ore"): 10.0},
        {("BBB/use", "ore", "mine"): 1.0, ("AAA/use", "ore", "mine"): 1.0},
        {("AAA", "BBB"): 30.0},
        {("BBB/use", "ore"): 60.0, ("AAA/use", "ore"): 60.0},
        parameters=parameters,
    )
    record = simulate(world, [worlds.scenario(days, *measures, step=step)], Members.grid(1, range(1)))
    return np.asarray(record.values[name][1], dtype=float)[:, 0, :, 0]


def control(kind: str, effective: int, **more: Any) -> dict[str, Any]:
    """A measure of AAA on its ore."""
    exporter = {} if kind == "import_tariff" else {"exporter": "AAA"}
    when = {"announced": day(effective), "effective": day(effective)}
    return {"kind": kind, "id": "control", "commodities": ["ore"], **exporter, **when, **more}


def test_at_normal_prices_what_is_paid_is_the_quote() -> None:
    assert months("paid") == pytest.approx(months("price"))


def test_while_a_ban_bites_contracts_stay_at_the_inside_index() -> None:
    """What still arrives at the outside market is dear on the spot and cheap under contract."""
    cut = control("export_ban", 61, leakage=0.5, leakage_delay="1 d", expires=day(300))
    quote, paid = months("price", cut), months("paid", cut, contract_lag=1.0)
    assert quote[6, OUTSIDE] > 1.5
    # Inside, where the goods are stuck, ore is cheap, and the contract formula looks there.
    assert quote[6, INSIDE] < 1.0
    assert paid[6, OUTSIDE] == pytest.approx(0.8 * quote[6, INSIDE] + 0.2 * quote[6, OUTSIDE], rel=0.05)
    spot = months("paid", cut, contract_share=0.0)
    assert spot[6, OUTSIDE] == pytest.approx(quote[6, OUTSIDE], rel=0.02)


def test_a_contract_price_follows_the_inside_quote_with_its_lag() -> None:
    """An outage makes ore dear at home and abroad; under contract alone what is paid comes later."""
    outage = {"kind": "outage", "id": "stop", "facilities": ["mine"], "remaining": 0.5, "effective": day(31)}
    quote = months("price", outage, contract_share=1.0)
    late = months("paid", outage, contract_share=1.0, contract_lag=60.0)
    soon = months("paid", outage, contract_share=1.0, contract_lag=0.01)
    rising = slice(2, 5)
    assert (np.diff(quote[1:5, OUTSIDE]) > 0.0).all()
    assert (late[rising, OUTSIDE] < 0.9 * quote[rising, OUTSIDE]).all()
    assert soon[rising, OUTSIDE] == pytest.approx(quote[rising, OUTSIDE], rel=0.05)


@pytest.mark.parametrize(
    "duty",
    [control("export_tax", 100, rate=0.5), control("import_tariff", 100, importer="BBB", exporters=["AAA"], rate=0.5)],
    ids=lambda d: str(d["kind"]),
)
def test_a_duty_shows_in_what_is_paid_where_it_is_paid(duty: dict[str, Any]) -> None:
    paid = months("paid", duty)
    assert paid[1] == pytest.approx([1.0, 1.0])
    assert paid[6] == pytest.approx([1.0, 1.5], rel=1e-3)
    assert months("price", duty)[6] == pytest.approx([1.0, 1.0], rel=1e-3)


def test_where_nothing_is_bought_the_price_it_would_have_cost_is_kept() -> None:
    paid = months("paid", control("export_ban", 31, expires=day(330)))
    assert np.isfinite(paid).all()
    assert paid[8, OUTSIDE] > 1.5


def test_weeks_and_days_agree() -> None:
    outage = {"kind": "outage", "id": "stop", "facilities": ["mine"], "remaining": 0.5, "effective": day(35)}
    daily, weekly = (months("paid", outage, days=364, step=step) for step in ("1 d", "7 d"))
    assert weekly[1:] == pytest.approx(daily[1:], rel=0.1)
    assert daily[6, OUTSIDE] > 1.2
