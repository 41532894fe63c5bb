"""The large built-in world has the whole chain, and the published shares emerge from it; the rest is in test_every_world."""

from __future__ import annotations

from datetime import date

import pytest

from simulator.world import World, load
from simulator.world.checks import Report, check
from simulator.world.rows import amount_of, amounts
from simulator.world.steady import flows, growth_factors


@pytest.fixture(scope="module")
def world() -> World:
    return load("rare_earths")


@pytest.fixture(scope="module")
def report(world: World) -> Report:
    return check(world)


def test_it_is_as_large_as_promised(world: World) -> None:
    assert 100 <= len(world.facilities) <= 150
    assert len({f.country for f in world.facilities.values()} | {d.country for d in world.demand}) >= 20
    assert len({d.sector for d in world.demand}) == 7
    assert len(world.demand) <= 220
    assert sum(f.opens is not None for f in world.facilities.values()) >= 30


def test_the_whole_chain_is_there(world: World) -> None:
    assert {"mine", "separation", "metal", "alloy", "magnet", "scrap"} == {f.stage for f in world.facilities.values()}
    assert {"ndfeb_magnet", "ndfeb_heavy_magnet", "smco_magnet"} <= {d.commodity for d in world.demand}
    assert not any(d.country in world.groups for d in world.demand)


@pytest.mark.parametrize(
    ("figure", "low", "high"),
    [
        ("china_mined_share", 0.58, 0.63),
        ("china_separated_share", 0.89, 0.94),
        ("china_magnet_share", 0.92, 0.96),
        ("china_magnet_exports", 4600, 5100),
        ("china_mined_reo", 265e3, 275e3),
        ("usa_mined_reo", 45e3, 46e3),
        ("australia_mined_reo", 28.5e3, 29.5e3),
        ("kuantan_ndpr", 6100, 6300),
        ("mountain_pass_ndpr", 1250, 1350),
    ],
)
def test_published_figures_emerge(report: Report, figure: str, low: float, high: float) -> None:
    found = next(c for c in report.compared if c.figure == figure)
    assert low <= found.emergent <= high


def test_the_tables_hold_the_used_values(world: World) -> None:
    used = {row.row: row.used for row in world.adjustments}
    for (recipe, commodity), amount in amounts(world, used).items():
        assert amount_of(world.recipes[recipe], commodity) == pytest.approx(amount, rel=3e-4), (recipe, commodity)
    made = flows(world).rate["undocumented_myanmar"] * 365
    assert made == pytest.approx(used["undocumented_myanmar"], rel=1e-3)


@pytest.mark.parametrize("year", range(2024, 2031))
def test_it_still_closes_as_sites_open_and_demand_grows(world: World, year: int) -> None:
    factors = growth_factors(world, year - world.base_year + 0.5)
    state = flows(world, date(year, 12, 31), factors)
    magnets = [d for d in world.demand if d.commodity.endswith("_magnet")]
    index = sum(d.rate.central * factors[d.market] for d in magnets) / sum(d.rate.central for d in magnets)
    limit = world.parameters["utilisation_max"].central
    for id, rate in state.rate.items():
        site = world.facilities[id]
        assert rate <= site.capacity.central * limit * (index if site.grows else 1.0), id
    assert min(state.surplus.values()) >= 0


def test_named_sites_keep_their_names(world: World) -> None:
    sites = {f.name: f.operator for f in world.facilities.values()}
    assert sites["Lynas Kuantan LAMP"] == "Lynas Malaysia"
    assert sites["Bayan Obo"] == "Northern Rare Earth / Baogang"
    assert "Neo Narva phase 1" in sites
