"""A shortage explained: every number that is said stands in the state of the member, and the chain ends at its cause."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from simulator.briefing import explained
from simulator.briefing.words import Words
from simulator.results import storage
from simulator.scenario.problems import Invalid
from simulator.studies.explain import explain
from simulator.studies.statements import Explanation, Statement
from simulator.studies.trace import Trace, traced
from simulator.studies.walk import walk
from tests import worlds as w
from tests.known_answers.network import LIVELY, network
from tests.known_answers.running import control, licence

LAST = 400


def day(number: int) -> date:
    return date(2024, 1, 1) + timedelta(days=number)


def four_steps():
    """Ore, oxide, metal, magnet and an end user: lanes of 20, 10, 35 and 5 days, and processes of 7, 3 and 14."""
    places, goods = ("AAA", "BBB", "CCC", "DDD", "EEE"), ("ore", "oxide", "metal", "magnet")
    recipes = [w.recipe("make ore", {}, {"ore": 1.0})]
    made = zip(goods, goods[1:], (7.0, 3.0, 14.0), strict=False)
    recipes += [w.recipe(f"make {b}", {a: 1.0}, {b: 1.0}, residence=d) for a, b, d in made]
    sites = [w.facility(f"{g} works", p, g, f"make {g}", 12.0) for g, p in zip(goods, places, strict=False)]
    sources = {(f"{b} works", a, f"{a} works"): 1.0 for a, b in zip(goods, goods[1:], strict=False)}
    holders = [("oxide works", "ore"), ("metal works", "oxide"), ("magnet works", "metal"), ("EEE/use", "magnet")]
    return w.world(
        recipes,
        sites,
        {("EEE", "use", "magnet"): 12.0},
        {**sources, ("EEE/use", "magnet", "magnet works"): 1.0},
        dict(zip(zip(places, places[1:], strict=False), (20.0, 10.0, 35.0, 5.0), strict=True)),
        dict(zip(holders, (30.0, 15.0, 45.0, 20.0), strict=True)),
    )


def told(world, scenario, place, commodity, step) -> tuple[Trace, dict[str, Statement], list[str]]:
    """The trace, the last statement of each kind, and the kinds in order."""
    trace = traced(world, scenario, 0, day(step))
    found = walk(trace, scenario, place, commodity, step)
    return trace, {s.kind: s for s in found}, [s.kind for s in found]


def test_a_licence_not_granted():
    """By hand: 30 days at sea and 25 of stock after day 100; the lot missing on day 155 should have left on day 125."""
    scenario = w.scenario(LAST, licence(w.day(100), {"statutory": "45 d"}))
    _, said, kinds = told(w.chain(), scenario, "BBB/use", "ore", 155)
    assert kinds == ["short", "shelf", "alone", "line", "supplier", "waiting", "measure"]
    assert (said["short"].values["asked"], said["short"].values["served"]) == (30.0, 0.0)
    assert (said["alone"].values["days"], said["alone"].values["until"]) == (pytest.approx(25.0), day(125))
    assert said["supplier"].day == day(125)
    assert said["supplier"].values["held"] == pytest.approx(26 * 30.0)
    assert said["waiting"].values["since"] >= day(100)
    assert said["waiting"].values["since"] <= day(101)
    assert (said["measure"].values["id"], said["measure"].values["since"]) == ("export-licence", day(100))


def test_a_ban():
    scenario = w.scenario(LAST, control("export_ban", w.day(100)))
    _, said, kinds = told(w.chain(), scenario, "BBB/use", "ore", 155)
    assert kinds[-3:] == ["supplier", "blocked", "measure"]
    assert said["blocked"].values["tonnes"] == pytest.approx(26 * 30.0)
    assert said["measure"].values["id"] == "export-ban"


def test_a_quota_that_is_used_up():
    scenario = w.scenario(LAST, control("export_quota", w.day(100), cut=1.0))
    _, said, kinds = told(w.chain(), scenario, "BBB/use", "ore", 155)
    assert kinds[-3:] == ["supplier", "limited", "measure"]
    assert said["limited"].values["allowed"] == 0.0


def test_a_mine_that_stands_still_four_steps_away():
    """Each step back takes its lane and its process: day 254 is day 50 and 204 days, of which 110 are stocks."""
    stop = {"kind": "outage", "id": "stop", "facilities": ["ore works"], "effective": w.day(50)}
    _, said, kinds = told(four_steps(), w.scenario(LAST, stop), "EEE/use", "magnet", 254)
    assert kinds.count("input") == 3
    assert kinds[-2:] == ["slow", "measure"]
    assert said["slow"].values["work"] == 0.0
    assert said["slow"].values["supplier"] == "ore works"
    assert said["measure"].values["since"] == day(50)
    *_, first = (s for s in walk_of(four_steps(), stop, 254) if s.kind == "supplier")
    # Lanes 5, 35, 10 and 20 and processes 14, 3 and 7 before day 254; the stocks in between had carried the rest.
    assert first.day == day(254 - 94)


def walk_of(world, event, step):
    scenario = w.scenario(LAST, event)
    return walk(traced(world, scenario, 0, day(step)), scenario, "EEE/use", "magnet", step)


def test_more_wanted_than_a_site_can_make():
    more = {"kind": "demand_shift", "id": "more", "change": 0.5, "effective": w.day(20)}
    world = w.chain(30.0, 5.0, 3.0, parameters={"restore_time": 10.0, "forecast_days": 5.0})
    _, said, kinds = told(world, w.scenario(LAST, more), "BBB/use", "ore", 60)
    assert kinds[-1] == "full"
    assert said["full"].values["work"] == pytest.approx(30.0)


def test_who_is_not_short_is_told_so():
    _, said, kinds = told(w.chain(), w.scenario(LAST), "BBB/use", "ore", 60)
    assert kinds == ["served", "shelf", "alone", "line"] or kinds == ["served", "shelf", "line"]
    assert said["served"].values["missing"] == 0.0


def test_a_rule_on_content_abroad():
    """The mine of a third country sells to BBB; AAA forbids what its technology made."""
    rule = {
        "kind": "content_rule", "id": "reach", "issuer": "AAA", "commodities": ["ore"], "listed": ["ore"],
        "technology": ["mine"], "applies": "ban", "compliance": 1.0, "effective": w.day(100), "announced": w.day(100),
    }  # fmt: skip
    world = w.world(
        [w.recipe("dig", {}, {"ore": 1.0})],
        [w.facility("mine", "CCC", "mine", "dig", 30.0), w.facility("other", "AAA", "mine", "dig", 30.0)],
        {("BBB", "use", "ore"): 30.0},
        {("BBB/use", "ore", "mine"): 1.0, ("BBB/use", "ore", "other"): 0.0},
        {("CCC", "BBB"): 30.0},
        {("BBB/use", "ore"): 25.0},
    )
    _, said, kinds = told(world, w.scenario(LAST, rule), "BBB/use", "ore", 190)
    assert kinds[-2:] == ["blocked", "measure"]
    assert said["measure"].values["id"] == "reach"


def with_reserve(on: int) -> tuple[Trace, dict[str, Statement], list[str]]:
    """A ban on day 100; from day 130 nothing arrives at 25 days of cover. Under ten days twice, it opens five days later."""
    reserve = {
        "kind": "reserve", "id": "depot", "countries": ["BBB"], "commodity": "ore", "effective": w.day(0),
        "target": "10 d", "opening": "10 d", "trigger": "10 d", "running": "2 d", "delay": "5 d", "rate": 0.5,
    }  # fmt: skip
    scenario = w.scenario(LAST, control("export_ban", w.day(100)), reserve)
    return told(w.chain(), scenario, "BBB/use", "ore", on)


def test_a_reserve_that_waits_for_its_trigger_then_for_its_delay_and_then_gives_until_it_is_empty():
    """By hand: cover after arrivals is 26 days on day 129 and 9 on day 146, so it is called on day 147 and opens on day 152."""
    trace, said, _ = with_reserve(146)
    closed = said["closed"].values
    assert (closed["cover"], closed["trigger"]) == (pytest.approx(9.0), 10.0)
    assert (closed["below"], closed["running"], closed["stock"]) == (1.0, 2.0, pytest.approx(300.0))
    _, said, _ = with_reserve(150)
    assert said["delayed"].values["opens"] == day(152)
    trace, said, kinds = with_reserve(158)
    row = trace.row("BBB/use", "ore")
    assert kinds.index("line") + 1 == kinds.index("released")
    assert said["released"].values["given"] == pytest.approx(15.0)
    assert said["released"].values["total"] == pytest.approx(15.0 * 7) == trace["released"][158][row]
    assert said["released"].values["since"] == day(152)
    assert said["released"].values["stock"] == pytest.approx(300.0 - 15.0 * 7)
    assert "exhausted" in with_reserve(175)[1]
    assert not {"closed", "released"} & set(told(w.chain(), w.scenario(LAST), "BBB/use", "ore", 60)[2])


@pytest.mark.parametrize(("remaining", "kept", "spot"), [(0.5, 15.0, 0.0), (0.9, 24.0, 3.0)])
def test_what_contracts_cover_and_what_is_spot(remaining: float, kept: float, spot: float):
    """Of 30 t a day 24 are under contract; a mine at half its pace keeps 15, one at nine tenths all, and 3 go to spot."""
    cut = {"kind": "outage", "id": "cut", "facilities": ["mine"], "remaining": remaining, "effective": w.day(50)}
    world = w.chain(transit=5.0, cover=3.0)
    _, said, kinds = told(world, w.scenario(LAST, cut, behaviour=["contracts"]), "BBB/use", "ore", 100)
    values = said["contract"].values
    assert (values["promised"], values["kept"], values["spot"]) == pytest.approx((24.0, kept, spot))
    assert kinds[-3:] == ["empty", "slow", "measure"]
    assert "contract" not in told(world, w.scenario(LAST, cut), "BBB/use", "ore", 100)[2]


def test_a_buyer_who_has_turned_to_another_supplier():
    """Two mines sell half each; one is banned and the other cannot make more."""
    world = w.world(
        [w.recipe("dig", {}, {"ore": 1.0})],
        [w.facility("near", "AAA", "mine", "dig", 15.0), w.facility("far", "CCC", "mine", "dig", 15.0)],
        {("BBB", "use", "ore"): 30.0},
        {("BBB/use", "ore", "near"): 0.5, ("BBB/use", "ore", "far"): 0.5},
        {},
        {("BBB/use", "ore"): 10.0},
        parameters={**w.SEEKING, "switching_time": 60.0, "forecast_days": 10.0},
    )
    scenario = w.scenario(LAST, control("export_ban", w.day(50)), behaviour=["supplier_switching"])
    trace, said, _ = told(world, scenario, "BBB/use", "ore", 150)
    values, lanes = said["switched"].values, [n[2] for n in trace.network.lanes.names]
    assert (values["to"], values["away"], values["buyer"]) == ("far", "near", "BBB/use")
    assert (values["to_planned"], values["away_planned"]) == (0.5, 0.5)
    assert values["to_now"] + values["away_now"] == pytest.approx(1.0)
    assert values["to_now"] == trace["share"][149][lanes.index("far")] > 0.6
    assert "50 % was planned" in explained.sentence(said["switched"], Words())
    assert "switched" not in told(world, scenario, "BBB/use", "ore", 45)[1]
    assert "switched" not in told(world, scenario.model_copy(update={"behaviour": ()}), "BBB/use", "ore", 150)[1]


EVENTS = {
    "ban": (control("export_ban", w.day(40), commodities=["magnet", "oxide"], leakage=0.1),),
    "licence": (
        licence(
            w.day(40),
            {"service": "4 d", "clerks": 1, "statutory": "30 d", "statutory_share": 0.5, "file_every": "7 d"},
            commodities=["magnet", "oxide", "ore"],
        ),
    ),
    "quota": (control("export_quota", w.day(40), cut=0.8, commodities=["magnet", "oxide"]),),
    "outage": ({"kind": "outage", "id": "out", "facilities": ["refiner_a"], "remaining": 0.1, "effective": w.day(40)},),
    "feed": ({"kind": "feed_loss", "id": "feed", "country": "AAA", "commodities": ["ore"], "effective": w.day(40)},),
}


@pytest.mark.parametrize("event", EVENTS)
def test_every_number_is_in_the_state_of_the_member(event):
    """Looked up again by name, in a lively network with chance, on several days and in all places."""
    world, scenario = network(LIVELY, cover=6.0), w.scenario(111, *EVENTS[event])
    trace, told_of = traced(world, scenario, 1, day(110)), 0
    for step in (60, 110):
        for country in ("AAA", "BBB", "CCC"):
            buyer, row = f"{country}/use", trace.row(f"{country}/use", "magnet")
            found = walk(trace, scenario, buyer, "magnet", step)
            told_of += len(found)
            lanes, owner = trace.network.lanes, {}
            for s in found:
                at, v = trace.step_of(s.day), s.values
                if s.kind in ("short", "served"):
                    demand = trace.simulation.scene.recorder.demand.index((country, "use", "magnet"))
                    assert (v["asked"], v["served"]) == (trace["asked"][at][demand], trace["served"][at][demand])
                elif s.kind == "shelf":
                    assert v["stock"] == trace["stock"][step][row]
                    assert v["days"] * trace["use"][step][row] == pytest.approx(v["stock"])
                elif s.kind == "alone":
                    assert v["stock"] == trace["stock"][39][row]
                    assert v["until"] == day(40 + int(v["days"]))
                elif s.kind == "line":
                    assert v["on_order"] == trace["on_order"][step][row]
                    assert v["on_order"] == pytest.approx(v["at_sea"] + v["waiting"] + v["owed"] + v["blocked"])
                    if step == trace.steps - 1:  # the due book is as it was left
                        assert v["at_sea"] == pytest.approx(trace.simulation.scene.due.inside[row, 0], abs=1e-6)
                elif s.kind == "supplier":
                    (lane,) = [i for i, n in enumerate(lanes.names) if n[2] == v["supplier"] and n[1] == v["commodity"]
                               and n[0] == owner.get("buyer", buyer)]  # fmt: skip
                    assert {n: v[n] for n in ("held", "owed", "blocked")} == {
                        n: trace[n][at][lane] for n in ("held", "owed", "blocked")
                    }
                    assert v["transit"] == lanes.transit[lane]
                    owner["lane"] = lane
                elif s.kind in ("waiting", "preparing"):
                    assert (v["tonnes"], v["files"]) == (
                        trace["held"][at][owner["lane"]], trace["files"][at][owner["lane"]])  # fmt: skip
                elif s.kind == "blocked":
                    assert v["tonnes"] == trace["blocked"][at][owner["lane"]]
                elif s.kind == "limited":
                    assert event == "quota"
                    assert v["allowed"] == trace["eligible"][at][owner["lane"]] < v["asked"]
                elif s.kind == "empty":
                    assert v["stock"] == trace["stock"][at][lanes.supplier[owner["lane"]]]
                elif s.kind in ("slow", "full", "input", "unasked"):
                    site = next(i for i, f in enumerate(trace.network.facilities) if f.id == v["supplier"])
                    assert v["work"] == pytest.approx(trace["started"][at][site] - trace["started"][at - 1][site])
                    assert v["capacity"] == trace["capacity"][at][site]
                    owner["buyer"] = v["supplier"]
                elif s.kind == "measure":
                    assert v["since"] == day(40) <= s.day
                explained.sentence(s, Words())
    assert told_of > 25


def test_files_are_counted_as_they_lie_at_the_office():
    scenario = w.scenario(LAST, licence(w.day(100), {"statutory": "45 d"}))
    trace = traced(w.chain(), scenario, 0, day(130))
    assert trace["files"][99].sum() == 0
    assert trace["files"][130][0] * 30.0 == pytest.approx(trace["held"][130][0], abs=30.0)


# A run in its folder.


@pytest.fixture(scope="module")
def short_place(by_command: Path) -> str:
    first = storage.variable(by_command / "result" / "results.nc", "first_shortage")
    hit = ~np.isnan(first.values)
    return str(first["market"].values[np.flatnonzero(hit.any(axis=first.dims.index("member")))[0]])


@pytest.fixture(scope="module")
def found(by_command: Path, short_place: str) -> Explanation:
    return explain(by_command / "result", short_place)


def test_a_run_is_explained_by_its_median_member(by_command: Path, short_place: str, found: Explanation) -> None:
    folder = by_command / "result"
    first = storage.variable(folder / "results.nc", "first_shortage").sel(market=short_place)
    mine = float(first.values[found.member])
    short = np.sort(first.values[~np.isnan(first.values)])
    assert mine == short[(short.size - 1) // 2]
    assert found.day == date.fromisoformat(first.attrs["event_day"]) + timedelta(days=int(mine))
    assert found.statements[0].kind == "short"


def test_the_member_alone_is_the_one_of_the_run(by_command: Path, short_place: str) -> None:
    from simulator.studies.explain import _made_by

    folder = by_command / "result"
    scenario, world = _made_by(folder)
    trace, data = traced(world, scenario, 5, scenario.end), storage.load(folder / "results.nc")
    country, sector = short_place.split("/")
    demand = trace.simulation.scene.recorder.demand
    for commodity in data["commodity"].values:
        if (country, sector, str(commodity)) in demand:
            row = demand.index((country, sector, str(commodity)))
            for name in ("asked", "served"):
                there = data[name].sel(market=short_place, commodity=commodity).isel(member=5).sum().item()
                assert trace[name][:, row].sum() == pytest.approx(there, rel=1e-5)


def problem(*arguments, **options) -> tuple[str, str]:
    with pytest.raises(Invalid) as caught:
        explain(*arguments, **options)
    (only,) = caught.value.problems
    return only.message, only.help


def test_names_and_days_that_are_not_there(by_command: Path, short_place: str) -> None:
    folder = by_command / "result"
    assert problem(folder, "JPN/winds")[1] == "did you mean 'JPN/wind'?"
    assert "does not use" in problem(folder, short_place, commodity="gold")[0]
    assert problem(folder, short_place, member="8")[1] == "median, or a number from 0 to 7"
    assert "outside the run" in problem(folder, short_place, day=date(2031, 1, 1))[0]
    assert "no folder of a finished run" in problem(by_command, short_place)[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m["versions"].update(simulator="0.0.1"), "made by version 0.0.1"),
        (lambda m: m["hashes"]["tables"].update({"demand.csv": "0"}), "tables that differ: demand.csv"),
        (lambda m: m["hashes"].update(code="0"), "other code of the same version"),
        (lambda m: m["hashes"].pop("code"), "other code of the same version"),
        (lambda m: m.update(seed=77), "scenario.yaml is not what was run"),
    ],
)
def test_a_run_made_otherwise_is_refused(by_command: Path, tmp_path: Path, short_place: str, change, said) -> None:
    shutil.copytree(by_command / "result", tmp_path / "copy")
    paper = tmp_path / "copy" / "manifest.json"
    manifest = json.loads(paper.read_text(encoding="utf-8"))
    change(manifest)
    paper.write_text(json.dumps(manifest), encoding="utf-8")
    assert said in problem(tmp_path / "copy", short_place)[0]


def test_it_is_said_in_words_and_as_data(found: Explanation) -> None:
    text, data = explained.say(found), explained.as_dict(found)
    assert text.count("\n") == len(found.statements)
    assert "{" not in text
    assert json.loads(json.dumps(data))["statements"][0]["text"] in text
