"""Instruments on projects: what each does to whether and when a plant opens, what it costs, and whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from simulator.engine.capital import offered
from simulator.engine.members import Members
from simulator.engine.simulation import Simulation, event_day
from simulator.scenario.model import Scenario
from simulator.world.model import World
from simulator.world.resolve import resolve
from tests import worlds as w
from tests.engine.test_answers_to_prices import SLUMP, two_mines
from tests.engine.test_investment import with_project
from tests.laws.driving import differing, travel
from tests.laws.small_world import small_world, story

CALM = {"decision_scale": 0.02, "expected_price_weight": 0.3, "expected_price_memory": 30.0}
CAPEX = 3650.0  # of ten tonnes a day at 365 USD per t/d


def one_project(opex: float, **parameters: float) -> World:
    """Two mines in AAA and BBB and an end user in BBB; the second mine has yet to be decided.

    It costs 1 USD a yearly tonne, what it digs sells for 1 USD; permit 5 days, building 20, and announced
    for a day that has it decided on 1 February.
    """
    base = w.world(
        [w.recipe("dig", {}, {"ore": 1.0})],
        [
            w.facility("mine", "AAA", "mine", "dig", 40.0),
            w.facility("new", "BBB", "mine", "dig", 10.0, opens=(date(2024, 2, 20),) * 3, grows=False),
        ],
        {("BBB", "use", "ore"): 30.0},
        {("BBB/use", "ore", "mine"): 1.0, ("BBB/use", "ore", "new"): 0.3},
        {},
        {("BBB/use", "ore"): 25.0},
    )
    return with_project(base, "new", opex=opex, parameters={**CALM, **parameters})


def told(kind: str, *more_measures: Mapping[str, Any], days: int = 200, **keys: Any) -> Scenario:
    """A scenario with one instrument, on `new` from the third day on."""
    measure = {"kind": kind, "id": kind.replace("_", "-"), "effective": w.day(2), "facilities": ["new"], **keys}
    if kind not in ("permit_relief", "plant", "technology_block"):
        measure = {"payer": "Treasury", **measure}
    if kind == "plant":
        measure.pop("facilities")
        measure.setdefault("facility", "new")
    return w.scenario(days, *more_measures, growth=True, behaviour=["investment"], responses=[measure])


def quiet(days: int = 200) -> Scenario:
    return w.scenario(days, growth=True, behaviour=["investment"])


def run(world: World, *arms: Scenario, replications: int = 4) -> tuple[Simulation, Any]:
    sim = Simulation(world, arms, Members.grid(len(arms), range(replications)))
    return sim, sim.run()


def open_share(world: World, *arms: Scenario, replications: int = 8) -> list[float]:
    """Share of members in which the project opens, by arm."""
    sim, _ = run(world, *arms, replications=replications)
    opens = np.isfinite(sim.investment.openings[0])[: replications * len(arms)]
    arm = Members.grid(len(arms), range(replications)).arm
    return [float(opens[arm == a].mean()) for a in range(len(arms))]


def spent(record: Any, purse: str, cost: str | None = None) -> np.ndarray:
    """All that a purse pays, (member,)."""
    rows = [i for i, a in enumerate(record.coords["account"]) if a[2] == purse and cost in (None, a[0])]
    return np.asarray(record.values["cost"][1][:, rows].sum(axis=(0, 1)))


# What turns a project that is worth too little into one that goes ahead.
ENOUGH: dict[str, dict[str, Any]] = {
    "grant": {"kind": "capital_support", "grant": 0.7},
    "cheap loan": {"kind": "capital_support", "lent": 1.0, "interest": 0.0},
    "guarantee": {"kind": "capital_support", "guaranteed": 1.0, "interest": 0.0},
    "equity": {"kind": "capital_support", "equity": 1.0, "asked": 0.0},
    "floor": {"kind": "output_support", "floor": "1.5 USD/t"},
    "aid": {"kind": "output_support", "aid": "0.5 USD/t"},
    "credit": {"kind": "output_support", "credit": 0.5},
    "offtake": {"kind": "offtake", "share": 1.0},
}
TOO_DEAR = 0.835  # USD/t of work: without help a sponsor goes ahead about once in a thousand months


@pytest.mark.parametrize("name", ENOUGH)
def test_money_brings_a_project_that_would_not_pay(name: str) -> None:
    """With and without in one run: without it nobody, or hardly anybody, goes ahead within the year."""
    keys = dict(ENOUGH[name])
    without, with_it = open_share(one_project(TOO_DEAR), quiet(), told(keys.pop("kind"), **keys))
    assert with_it > without + 0.4


def test_what_several_give_is_no_more_than_there_is() -> None:
    wanted = np.array([0.7, 0.6, 0.2])[:, None]
    assert offered(wanted, np.array([1.0]))[:, 0] == pytest.approx([0.7, 0.3, 0.0])
    assert offered(wanted, np.array([2.0]))[:, 0] == pytest.approx([0.7, 0.6, 0.2])


def test_capital_is_booked_as_it_is_spent_by_who_pays() -> None:
    """A quarter given; of the rest, half the owners' money, of which the payer brings two fifths; of the debt a half lent."""
    keys = {"grant": 0.25, "equity": 0.4, "lent": 0.5, "guaranteed": 0.5, "loss": 0.1}
    sim, record = run(one_project(-10.0), told("capital_support", **keys), quiet())
    cash, contingent = spent(record, "public"), spent(record, "contingent")
    equity_share = sim.scene.behaviours.parameter("equity_share")[0:8:2]
    rest, debt = 0.75 * CAPEX, 0.75 * CAPEX * (1.0 - equity_share)
    assert cash[0::2] == pytest.approx(0.25 * CAPEX + 0.4 * equity_share * rest + 0.1 * 0.5 * debt, rel=1e-5)
    assert contingent[0::2] == pytest.approx(debt, rel=1e-5)
    assert not cash[1::2].any()
    assert not contingent[1::2].any()
    # Permit to the 6th of February, building to the 26th: nothing is spent before or after.
    monthly = record.values["cost"][1][:, 0, 0]
    assert np.flatnonzero(monthly).tolist() == [1]
    assert {account[1] for account in record.coords["account"]} == {"Treasury"}


def test_nobody_promises_more_than_his_budget() -> None:
    """A grant of 1,825 USD is asked for; of a budget of 1,000 all goes, and one of 5,000 has no need to end."""
    arms = [told("capital_support", grant=0.5, budget=f"{budget} USD") for budget in (1000, 5000, 0)]
    _, record = run(one_project(-10.0), *arms)
    assert spent(record, "public").reshape(4, 3)[0] == pytest.approx([1000.0, 0.5 * CAPEX, 0.0], rel=1e-5)


def test_a_support_that_has_ended_before_the_decision_pays_nothing() -> None:
    _, record = run(one_project(-10.0), told("capital_support", grant=0.5, expires=w.day(20)))
    assert not record.values["cost"][1].any()


def test_capital_makes_projects_safer() -> None:
    world = one_project(-10.0, project_cancelled=0.6)
    without, half, whole = open_share(
        world, quiet(), told("capital_support", safer=0.5), told("capital_support", safer=1.0), replications=40
    )
    assert whole == 1.0
    assert without + 0.1 < half < whole


def paid_on(sim: Simulation, record: Any) -> tuple[np.ndarray, np.ndarray]:
    """All that the public pays and all that `new` makes, (member,) each."""
    place = record.coords["facility"].index("new")
    return spent(record, "public"), record.values["made"][1][:, place].sum(axis=0)


@pytest.mark.parametrize(
    ("keys", "on_a_tonne"),
    [
        ({"floor": "1.4 USD/t"}, 0.4),
        ({"floor": "0.9 USD/t"}, 0.0),
        ({"aid": "0.25 USD/t"}, 0.25),
        ({"upside": 0.5, "upside_from": "0.8 USD/t"}, -0.1),
        ({"credit": 0.1}, -1.0),  # of an opex of -10 USD/t
    ],
)
def test_a_support_of_output_pays_by_the_tonne(keys: dict[str, Any], on_a_tonne: float) -> None:
    """Prices stay at normal; what the month of the opening is credited with before its day is not paid for."""
    sim, record = run(one_project(-10.0, price_gamma=0.0), told("output_support", days=300, **keys), quiet(300))
    paid, made = paid_on(sim, record)
    assert made[0] > 100.0
    assert paid[0::2] == pytest.approx(on_a_tonne * made[0::2], rel=0.01)
    assert not paid[1::2].any()


def test_what_was_promised_is_kept_and_what_comes_later_is_paid_while_it_is_in_force() -> None:
    """Decided on 1 February: one support ends a month after, one begins in July and ends in September."""
    aid = {"aid": "1 USD/t", "days": 300}
    early = told("output_support", expires=w.day(60), **aid)
    late = told("output_support", effective=w.day(182), expires=w.day(244), **aid)
    _, record = run(one_project(-10.0, price_gamma=0.0), early, late)
    cost, made = record.values["cost"][1][:, 0], record.values["made"][1][:, record.coords["facility"].index("new")]
    assert cost[4:, 0] == pytest.approx(made[4:, 0], rel=1e-5)
    assert cost[6:8, 1] == pytest.approx(made[6:8, 1], rel=1e-5)
    assert not cost[:6, 1].any()
    assert not cost[8:, 1].any()


def test_a_floor_pays_for_a_site_that_works_already_and_of_two_the_higher_counts() -> None:
    low = {"kind": "output_support", "id": "a-low", "payer": "Low", "effective": w.day(31), "facilities": ["mine"]}
    high = {**low, "id": "b-high", "payer": "High"}
    arm = w.scenario(91, {**low, "floor": "1.2 USD/t"}, {**high, "floor": "1.5 USD/t", "contract": "29 d"})
    _, record = run(one_project(-10.0, price_gamma=0.0), arm)
    cost, made = record.values["cost"][1][..., 0], record.values["made"][1][:, record.coords["facility"].index("mine")]
    by_payer = {account[1]: cost[:, i] for i, account in enumerate(record.coords["account"])}
    assert by_payer["Low"] == pytest.approx(np.array([0.0, 0.2, 0.2]) * made[:3, 0], rel=1e-5)
    assert by_payer["High"] == pytest.approx(
        np.array([0.0, 0.3, 0.0]) * made[:3, 0], rel=1e-5
    )  # to the end of February


def test_a_floor_keeps_a_site_at_work_through_a_slump() -> None:
    world = two_mines(shut_after=20.0, restart_after=30.0)
    floor = {"kind": "output_support", "id": "floor", "payer": "Treasury", "effective": w.day(2), "floor": "1 USD/t"}
    slump = w.scenario(300, SLUMP, behaviour=["basket"])
    kept = w.scenario(300, SLUMP, behaviour=["basket"], responses=[floor])
    _, record = run(world, slump, kept, replications=1)
    shut = record.values["shut"][1].sum(axis=(0, 1))
    assert shut[0] > 20.0
    assert shut[1] == 0.0
    assert spent(record, "public")[1] > 0.0
    assert spent(record, "public")[0] == 0.0


def test_who_promised_to_take_pays_for_what_nobody_orders() -> None:
    """Nine tenths are promised; the end user orders less, as his other mine goes on; the rest is paid for, at the quote."""
    arms = [told("offtake", days=300, share=0.9), quiet(300)]
    sim = Simulation(one_project(-10.0, price_gamma=0.0), arms, Members.grid(2, range(1)))
    site, started, unsold = sim.investment.sites[0], [0.0], [0.0]

    def look(step: int) -> None:
        fleet = sim.fleets[0]
        now, able = fleet.started[site, 0], fleet.able[site, 0]
        promised = min(0.9 * fleet.capacity[site, 0], able) * (step >= sim.investment.opens[0, 0])
        unsold[0] += max(promised - (now - started[0]), 0.0)
        started[0] = now

    record = sim.run(look)
    assert record.coords["account"] == (("offtake", "Treasury", "firms"),)
    assert unsold[0] > 1.0
    assert record.values["cost"][1].sum(axis=(0, 1)) == pytest.approx([unsold[0], 0.0], rel=1e-5)


def test_who_cannot_deliver_is_not_paid_for_it() -> None:
    """The mine stands still from day 31 on; nobody orders on top of what it makes, before or after."""
    stop = {"kind": "outage", "id": "stop", "facilities": ["mine"], "effective": w.day(31)}
    take = {"kind": "offtake", "id": "take", "payer": "A", "effective": w.day(0), "facilities": ["mine"], "share": 1.0}
    _, record = run(one_project(0.0, price_gamma=0.0), w.scenario(91, take, stop))
    assert record.values["cost"][1][0, 0].min() > 100.0
    assert not record.values["cost"][1][1:].any()


def test_what_is_promised_twice_is_sold_once() -> None:
    one = {"kind": "offtake", "payer": "A", "effective": w.day(2), "facilities": ["mine"], "share": 0.8}
    arm = w.scenario(60, {**one, "id": "a"}, {**one, "id": "b", "payer": "B"})
    alone = w.scenario(60, {**one, "id": "a"})
    _, both = run(one_project(0.0, price_gamma=0.0), arm, alone)
    cost = both.values["cost"][1].sum(axis=0)
    made = both.values["made"][1][:, both.coords["facility"].index("mine"), 0].sum()
    assert cost[:, 0].sum() == pytest.approx(58.0 * 40.0 - made * 58 / 60, rel=0.02)  # all 40 t a day, promised once
    assert cost[1, 0] == pytest.approx(cost[0, 0] / 4.0, rel=1e-4)  # the second has the fifth that the first left


def test_buyers_of_an_offtake_come_first() -> None:
    world = w.world(
        [w.recipe("dig", {}, {"ore": 1.0})],
        [w.facility("mine", "AAA", "mine", "dig", 30.0)],
        {("BBB", "use", "ore"): 20.0, ("CCC", "use", "ore"): 20.0},
        {("BBB/use", "ore", "mine"): 1.0, ("CCC/use", "ore", "mine"): 1.0},
        {},
        {("BBB/use", "ore"): 5.0, ("CCC/use", "ore"): 5.0},
    )
    half = {"kind": "outage", "id": "half", "facilities": ["mine"], "remaining": 0.6, "effective": w.day(5)}
    first = {"kind": "offtake", "id": "first", "payer": "Japan", "effective": w.day(2), "share": 1.0, "buyers": ["BBB"]}
    _, record = run(world, w.scenario(90, half, first), w.scenario(90, half))
    served = record.values["served"][1].sum(axis=0)
    place = [c for c, _, _ in record.coords["demand"]].index("BBB")
    assert served[place, 0] > 1.3 * served[place, 1]
    assert served[1 - place, 0] < 0.7 * served[1 - place, 1]


def test_permit_relief_shortens_permits_and_nothing_else() -> None:
    """Decided on 1 February, permit of 60 days, building of 20: a relief saves up to the whole permit, once."""
    base = one_project(-10.0)
    project = replace(base.projects["new"], permit=w.figure(60.0, "d"))
    world = replace(base, projects={"new": project})
    world = replace(
        world, facilities={**world.facilities, "new": replace(world.facilities["new"], opens=(date(2024, 3, 25),) * 3)}
    )

    def opens(**keys: Any) -> float:
        sim, _ = run(world, told("permit_relief", **keys), replications=1)
        return float(sim.investment.openings[0, 0])

    plain = opens(saved="0 d")
    assert plain == 31.0 + 80.0  # announced for day 84: decided on the first of the month after day 4
    assert opens(saved="30 d") == plain - 30.0
    assert opens(saved="90 d") == plain - 60.0
    assert opens(saved="30 d", effective=w.day(45)) == plain - 30.0  # the permit still runs: seen on 1 March
    assert opens(saved="30 d", effective=w.day(95)) == plain  # it has been granted
    assert opens(saved="60 d", effective=w.day(45)) == plain - 31.0  # no more than what is left on 1 March
    assert opens(saved="30 d", countries=["AAA"]) == plain


def test_a_sponsor_reckons_with_the_permit_that_he_will_get() -> None:
    """Five days of permit, of which a relief saves three from its effective day on."""
    sim = Simulation(
        one_project(-10.0), [told("permit_relief", saved="3 d", effective=w.day(40))], Members.grid(1, [0])
    )
    reckoned, odds = [], sim.investment._reckoning.odds

    def seen(sites: Any, offer: Any, help: Any, saved: Any) -> Any:
        reckoned.append(float(np.max(saved)))
        return odds(sites, offer, help, saved)

    sim.investment._reckoning.odds = seen
    sim.run()
    assert reckoned[:4] == [0.0, 0.0, 3.0, 3.0]  # January to April


def test_a_plant_has_its_date_size_and_cost_fixed() -> None:
    keys = {"first_output": w.day(60), "capacity": "20 t/d", "ramp": "0 d", "payer": "Treasury", "cost": "580 USD"}
    sim, record = run(one_project(10.0), told("plant", days=300, **keys), quiet(300))
    made = record.values["made"][1][:, record.coords["facility"].index("new")]
    assert sim.investment.openings[0, 0] == 60.0
    assert np.isnan(sim.investment.openings[0, 1])
    assert not made[:2].any()  # January and February, up to day 60
    assert made[4:9, 0].min() > 0.0
    assert not made[:, 1].any()
    assert sim.growth.opens()[sim.investment.sites[0], 0] == 60.0
    assert sim.fleets[0].capacity.max() == 40.0
    cost = record.values["cost"][1][:, 0]
    assert cost.sum(axis=0)[::2] == pytest.approx(580.0)
    assert cost[0, 0] == pytest.approx(290.0)  # 29 of the 58 days
    assert not cost[:, 1].any()


def test_a_plant_that_never_takes_effect_changes_nothing() -> None:
    arms = [quiet(), told("plant", first_output=w.day(60), p_effect=0.0)]
    sim, _ = run(one_project(10.0), *arms)
    assert np.isnan(sim.investment.openings).all()


def test_a_site_at_work_has_no_date_to_fix() -> None:
    problems = resolve(told("plant", facility="mine", first_output=w.day(60)), one_project(0.0))
    assert [p.code for p in problems] == ["WR004"]


def test_instruments_that_nobody_listens_to_are_warned_of() -> None:
    arm = told("capital_support", grant=0.5).model_copy(update={"behaviour": ()})
    assert [(p.code, p.severity) for p in resolve(arm, one_project(0.0))] == [("WR002", "warning")]
    assert not resolve(told("capital_support", grant=0.5), one_project(0.0))


def test_a_technology_block_stretches_ramps() -> None:
    """Twice as slow from day 2: what is reached in 60 days takes 120."""
    block = told("technology_block", days=400, slower=2.0)
    sim, _ = run(one_project(-10.0), quiet(400), block, replications=1)
    day = sim.investment.opens[0]
    nothing = np.zeros((len(sim.network.facilities), sim.scene.members))
    site = sim.investment.sites[0]

    def reached(member: int, after: float) -> float:
        return float(sim.investment.opened(nothing, day[member] + after, 0.001)[site, member])

    assert day[0] == day[1]
    assert reached(1, 400.0) == pytest.approx(reached(0, 200.0), rel=1e-4)
    assert reached(1, 400.0) < reached(0, 400.0) - 0.05


def test_a_technology_block_reaches_sites_with_a_date_too() -> None:
    block = {"kind": "technology_block", "id": "block", "effective": w.day(31), "slower": 2.0}
    off = w.scenario(120, growth=True)
    sim, record = run(small_world(), off, w.scenario(120, block, growth=True))
    made = record.values["made"][1][:, record.coords["facility"].index("sep-new")]
    assert made[:, 1].sum() < made[:, 0].sum()


def test_an_instrument_is_no_event_but_a_block_of_technology_is() -> None:
    late = w.scenario(200, {"kind": "export_tax", "id": "tax", "exporter": "AAA", "commodities": ["ore"], "rate": 0.1,
                            "effective": w.day(50)})  # fmt: skip
    grant = told("capital_support", grant=0.5).responses
    assert event_day(late.model_copy(update={"responses": grant})) == event_day(late)
    block = told("technology_block", slower=1.5).responses
    assert event_day(late.model_copy(update={"responses": block})) == event_day(late), "what we choose is no event"
    assert event_day(late.model_copy(update={"events": (*late.events, *block)})).isoformat() == w.day(2)


IDLE: dict[str, dict[str, Any]] = {
    **{name: {"payer": "Treasury", **keys} for name, keys in ENOUGH.items()},
    "relief": {"kind": "permit_relief", "saved": "3 d"},
    "plant": {"kind": "plant", "facility": "sep-new", "first_output": w.day(50), "ramp": "10 d"},
    "block": {"kind": "technology_block", "slower": 2.0},
}


@pytest.mark.parametrize("name", ["grant", "floor", "offtake", "relief", "plant", "block"])
def test_arms_with_and_without_are_the_same_apart_and_together(name: str) -> None:
    """And nothing changes to the last bit where the instrument never took effect."""
    world = with_project(small_world(), "sep-new", opex=0.6, parameters={"build_cv": 0.3, "project_failure": 0.3})
    measure = {"id": "instrument", "effective": w.day(5), **IDLE[name]}
    how: dict[str, Any] = {"behaviour": ["investment"], "step": "7 d", "days": 120}
    on, off = story("ban", measure, **how), story("ban", **how)
    dead = story("ban", {**measure, "status": "never_took_effect"}, **how)
    both, alone, without = travel(world, [on, off, dead]), travel(world, on), travel(world, off)
    assert differing(alone, both.member(0, 3), list(alone.state)) == []
    assert differing(without, both.member(1, 4), list(without.state)) == []
    assert differing(without, both.member(2, 5), list(without.state)) == []
    assert max(v for k, v in both.record.audit.items() if k != "lowest_stock") < 1e-9
    assert "cost" not in without.record.values


STEADY = {"price_gamma": 0.0}


def support(**keys: Any) -> dict[str, Any]:
    """A support of the mine, which digs 30 t a day at a price of 1 USD/t, from the first day on."""
    keys = {"effective": w.day(0), "payer": "Treasury", "facilities": ["mine"], **keys}
    return {"kind": "output_support", "id": "support", **keys}


def by_year(record: Any, name: str, member: int = 0) -> np.ndarray:
    """Sums of calendar years of the first account or site, (year,)."""
    years = record.coords["month"].astype("datetime64[Y]")
    values = record.values[name][1][:, 0, member]
    return np.array([values[years == year].sum() for year in np.unique(years)])


@pytest.mark.parametrize("step", [1, 7])
def test_a_floor_counts_for_so_many_tonnes_a_year(step: int) -> None:
    """Half a dollar on each tonne, up to 20 a day of about 30; a limit beyond what is made changes nothing."""
    arms = [w.scenario(731, support(floor="1.5 USD/t", tonnes=f"{most} t/d"), step=f"{step} d") for most in (20, 200)]
    _, record = run(w.chain(parameters=STEADY), *arms, replications=1)
    assert by_year(record, "cost", 1) == pytest.approx(0.5 * by_year(record, "made", 1), rel=1e-4)
    assert by_year(record, "cost") == pytest.approx(0.5 * 20.0 * np.array([366.0, 365.0]), rel=0.02)
    assert by_year(record, "cost").sum() <= 0.5 * 20.0 * 731.0 + step * 20.0


def test_what_an_idle_month_leaves_is_made_up_within_the_year_and_not_later() -> None:
    """Half of what the mine digs counts; it stands still in the first two months of a year, or in the last two."""
    stops = [("2024-01-01", "2024-03-01"), ("2024-11-01", "2025-01-01")]
    arms = [
        w.scenario(
            731,
            support(floor="2 USD/t", tonnes="15 t/d"),
            {"kind": "outage", "id": "stop", "facilities": ["mine"], "effective": first, "expires": last},
        )
        for first, last in stops
    ]
    _, record = run(w.chain(parameters=STEADY), *arms, replications=1)
    assert by_year(record, "cost") == pytest.approx(15.0 * np.array([366.0, 365.0]), rel=0.01)
    assert by_year(record, "cost", 1) == pytest.approx(15.0 * np.array([305.0, 365.0]), rel=0.01)


def test_the_upside_that_a_payer_takes_ends_at_so_much_a_year() -> None:
    """A tenth of a dollar on each tonne is taken, 1,095 USD a year; a cap of 400 binds and one of 4,000 does not."""
    share = {"upside": 0.2, "upside_from": "0.5 USD/t"}
    arms = [w.scenario(731, support(**share, upside_most=f"{most} USD")) for most in (400, 4000)]
    _, record = run(w.chain(parameters=STEADY), *arms, replications=1)
    assert by_year(record, "cost") == pytest.approx([-400.0, -400.0], rel=1e-5)
    assert by_year(record, "cost", 1) == pytest.approx(-0.1 * by_year(record, "made", 1), rel=1e-4)


def test_a_cap_of_the_upside_leaves_the_floor_alone() -> None:
    """The floor pays half a dollar; what is above it has no say."""
    keys = {"floor": "1.5 USD/t", "upside": 0.2, "upside_from": "0.5 USD/t"}
    arms = [w.scenario(366, support(**keys, upside_most="400 USD")), w.scenario(366, support(floor="1.5 USD/t"))]
    _, record = run(w.chain(parameters=STEADY), *arms, replications=1)
    cost = record.values["cost"][1].sum(axis=(0, 1))
    assert cost[0] == pytest.approx(cost[1] - 400.0, rel=1e-5)


def test_several_sites_share_the_tonnes_of_one_support() -> None:
    """Six tonnes a day of what two mines dig count, whichever digs them."""
    half = support(facilities="all", floor="2 USD/t", tonnes="6 t/d")
    _, record = run(one_project(-10.0, price_gamma=0.0), w.scenario(366, half), replications=1)
    assert record.values["cost"][1][..., 0].sum() == pytest.approx(6.0 * 366.0, rel=0.01)


def test_a_sponsor_reckons_with_what_the_limits_leave() -> None:
    """A floor of half a dollar on each tonne brings the project; the same for a thousandth does not."""
    world = one_project(TOO_DEAR)
    whole, some = (told("output_support", floor="1.5 USD/t", tonnes=f"{most} t/d") for most in (10, 0.01))
    without, with_all, with_some = open_share(world, quiet(), whole, some)
    assert with_all > without + 0.4
    assert with_some < with_all - 0.4


def test_a_floor_for_some_of_the_tonnes_lifts_what_a_site_earns_by_that_part() -> None:
    arms = [w.scenario(60, support(floor="1.5 USD/t", tonnes=f"{most} t/d")) for most in (300, 15)]
    sim = Simulation(w.chain(parameters=STEADY), arms, Members.grid(2, [0]))
    assert sim.instruments.outputs is not None
    assert sim.instruments.outputs.uplift()[0, :2] == pytest.approx([0.5, 0.25])


@pytest.mark.parametrize(("floor", "stands"), [("1 USD/t", False), ("0.1 USD/t", True)])
def test_a_floor_of_a_separator_reaches_the_mine_that_feeds_it(floor: str, stands: bool) -> None:
    """Half the demand goes; with a floor that makes up for it neither of the two stops, with a low one both do."""
    world = w.world(
        [w.recipe("dig", {}, {"ore": 1.0}), w.recipe("split", {"ore": 4.0}, {"oxide": 1.0})],
        [w.facility("mine", "AAA", "mine", "dig", 60.0), w.facility("plant", "AAA", "separation", "split", 15.0)],
        {("AAA", "use", "oxide"): 10.0},
        {("plant", "ore", "mine"): 1.0, ("AAA/use", "oxide", "plant"): 1.0},
        {},
        {("plant", "ore"): 20.0, ("AAA/use", "oxide"): 60.0},
        parameters={**w.ANSWERS, "restore_time": 30.0, "shut_after": 20.0, "restart_after": 30.0},
    )
    kept = {"kind": "output_support", "id": "floor", "payer": "Treasury", "effective": w.day(2), "floor": floor}
    arm = w.scenario(300, SLUMP, behaviour=["basket"], responses=[{**kept, "facilities": ["plant"]}])
    _, record = run(world, arm, replications=1)
    idle = dict(zip(record.coords["facility"], record.values["shut"][1][..., 0].sum(axis=0), strict=True))
    assert (idle["mine"] > 20.0) == stands
    assert (idle["plant"] > 20.0) == stands
