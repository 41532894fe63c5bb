"""A world loads whole or not at all, and what is wrong is told where it stands."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from simulator.scenario.problems import Invalid, Problem
from simulator.world import load, names
from tests.world.small import write


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(Invalid) as caught:
        load(folder)
    return caught.value.problems


def only(folder: Path) -> Problem:
    found = problems(folder)
    assert len(found) == 1, [p.message for p in found]
    return found[0]


def test_a_sound_world_loads(tmp_path: Path) -> None:
    world = load(write(tmp_path))
    assert world.facilities["mine"].capacity.central == pytest.approx(4000 / 365)
    assert world.facilities["new_maker"].opens == (date(2024, 11, 1), date(2025, 1, 1), date(2025, 6, 1))
    assert world.facilities["new_maker"].ramp.central == pytest.approx(365)
    assert not world.facilities["new_maker"].grows
    assert world.prices["ore"].central == 1000
    assert world.recipes["separate"].outputs[0].commodity == "light"
    assert world.recipes["separate"].inputs[0].amount.value.low == 4
    assert set(world.files) >= {"world.yaml", "demand.csv", "balance.csv"}


def test_provenance_is_kept(tmp_path: Path) -> None:
    figure = load(write(tmp_path)).lanes["CHN", "JPN"].transit
    assert (figure.source, figure.year, figure.grade, figure.unit) == ("a source", "2024", "B", "d")
    assert figure.place.endswith("lanes.csv:3")


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("JPN,JPN,2,,,road,d,,2024,B,", "WT008", 20),
        ("JPN,JPN,2,,,road,d,a source,2024,,", "WT009", 34),
        ("JPN,JPN,2,,,road,d,a source,2024,E,", "WT009", 34),
        ("JPN,JPN,2,,,road,km,a source,2024,B,", "WT007", 18),
        ("JPN,JPN,two,,,road,d,a source,2024,B,", "WT005", 9),
        ("JPN,JPN,nan,,,road,d,a source,2024,B,", "WT005", 9),
        ("JPN,JPN,2,3,4,road,d,a source,2024,B,", "WT006", 9),
        ("JPN,JPN,-2,,,road,d,a source,2024,B,", "WT006", 9),
        ("JPN,JPN,2,,,road,d,a source,2024", "WT004", 1),
        ("JPM,JPN,2,,,road,d,a source,2024,B,", "WT010", 1),
    ],
)
def test_a_bad_row_is_refused_where_it_stands(tmp_path: Path, row: str, code: str, column: int) -> None:
    found = problems(write(tmp_path, lanes=("JPN,JPN,2,,,road,d,a source,2024,B,", row)))
    assert [(p.code, p.line, p.column) for p in found] == [(code, 4, column)]


def test_quoted_cells_do_not_shift_the_column(tmp_path: Path) -> None:
    row = 'JPN,JPN,2,,,road,d,"a source, with commas",2024,Z,'
    problem = problems(write(tmp_path, lanes=("JPN,JPN,2,,,road,d,a source,2024,B,", row)))[0]
    assert problem.code == "WT009"
    assert row[problem.column - 1] == "Z"


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    found = problems(
        write(
            tmp_path,
            lanes=("3,1,5,road,d,a source", "3,1,5,road,d,"),
            prices=("ore,1", "ore,x"),
            demand=("CHN,auto_ev", "CHN,auto_evv"),
        )
    )
    assert [p.code for p in found] == ["WT010", "WT008", "WT005"]
    assert found[0].help == "did you mean 'auto_ev'?"


@pytest.mark.parametrize(
    ("table", "old", "new", "code"),
    [
        ("sourcing", "light,plant,0.9375", "light,plant,0.9", "WT021"),
        ("sourcing", "maker,heavy,plant,1,1,a source,2024,B,\n", "", "WT022"),
        ("sourcing", "plant,ore,mine", "plant,ore,maker", "WT025"),
        ("sourcing", "CHN/*,magnet,maker", "CHN/*,magnet,makr", "WT010"),
        ("lanes", "CHN,JPN,5,3,8,sea,d,a source,2024,B,\n", "", "WT023"),
        ("stocks", "stage:mine,*,15,,,d,a source,2024,B,\n", "", "WT024"),
        ("prices", "swarf,5,,,USD/kg,a source,2024,B,", "", "WT024"),
        ("growth", "auto_ev,0.1,0,0.2,1/yr,a source,2024,B,", "", "WT024"),
        ("demand", "JPN,auto_ev,magnet,182.5", "CHN,auto_ev,magnet,182.5", "WT020"),
        ("recipes", "separate,output,light,1,", "separate,output,light,2,", "WT006"),
        ("openings", "2024-11-01", "2025-02-01", "WT006"),
        ("openings", "2025-01-01", "2025-02-30", "WT011"),
        ("facilities", "4000,,,yes", "4000,,,maybe", "WT012"),
        ("balance", "0.75,D", "0.75,B", "WT027"),
        ("balance", "0.75,D", "0.85,D", "WT006"),
        ("commodities", ",stage,", ",stages,", "WT003"),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path: Path, table: str, old: str, new: str, code: str) -> None:
    assert code in {p.code for p in problems(write(tmp_path, **{table: (old, new)}))}


def test_orders_in_a_circle_are_refused(tmp_path: Path) -> None:
    changed = write(tmp_path, recipes=("press,output,swarf,0.3,,,yes,no,20", "press,output,swarf,0.3,,,yes,yes,"))
    problem = only(changed)
    assert problem.code == "WT026"
    assert "maker" in problem.message


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    (write(tmp_path) / "growth.csv").unlink()
    assert [p.code for p in problems(tmp_path)] == ["WT001"]


def test_the_most_specific_cover_wins(tmp_path: Path) -> None:
    cover = load(write(tmp_path)).cover
    assert cover["JPN/auto_ev", "magnet"].central == 60
    assert cover["CHN/auto_ev", "magnet"].central == 40
    assert cover["new_maker", "heavy"].central == 120
    assert cover["maker", "heavy"].central == 25
    assert cover["plant", "light"].central == 10
    assert cover["plant", "heavy"].central == 20  # a by-product is kept as long as its shelf says


def with_store(folder: Path, row: str) -> Path:
    """The small world with a depot between plant and maker, and a row of `stocks.csv` that has a `reorder`."""
    source = "a source,2024,B,"
    more = {
        "facilities": f"store,Store,Store,CHN,store,keep,operating,900,,,yes,t/yr,{source}",
        "recipes": f"keep,input,light,1,,,yes,yes,,t/t,{source}\nkeep,output,light,1,,,yes,yes,,t/t,{source}\n"
        f"keep,residence,,0,,,yes,yes,,d,{source}",
        "sourcing": f"store,light,plant,1,1,{source}",
        "stocks": row,
    }
    write(folder, sourcing=("maker,light,plant", "maker,light,store"))
    stocks = folder / "stocks.csv"
    lines = (
        stocks.read_text(encoding="utf-8").replace(",unit,", ",reorder,unit,").replace(",d,a source", ",,d,a source")
    )
    stocks.write_text(lines, encoding="utf-8")
    for name, text in more.items():
        with (folder / f"{name}.csv").open("a", encoding="utf-8") as table:
            table.write(text + "\n")
    return folder


def test_a_depot_may_wait_with_its_orders(tmp_path: Path) -> None:
    world = load(with_store(tmp_path, "store,light,40,,,25,d,a source,2024,B,"))
    assert world.cover["store", "light"].central == 40
    assert {k: f.central for k, f in world.reorder.items()} == {("store", "light"): 25}
    assert world.reorder["store", "light"].source == "a source"


@pytest.mark.parametrize(("row", "code"), [
    ("store,light,40,,,50,d,a source,2024,B,", "WT006"),
    ("stage:store,light,40,,,20,d,a source,2024,B,", "WT028"),
    ("store,light,40,,,,d,a source,2024,B,\nmaker,light,40,,,20,d,a source,2024,B,", "WT028"),
])  # fmt: skip
def test_only_a_depot_waits_and_not_beyond_its_cover(tmp_path: Path, row: str, code: str) -> None:
    assert only(with_store(tmp_path, row)).code == code


def test_a_sector_adds_a_later_site_to_its_country(tmp_path: Path) -> None:
    bought = {s.supplier: s.share.central for s in load(write(tmp_path)).sources if s.buyer == "JPN/auto_ev"}
    assert bought == {"maker": 1.0, "new_maker": 0.5}


def test_an_unknown_world_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Invalid, match="did you mean 'rare_earths'"):
        load("rare_earth")


def test_the_built_in_world_has_a_name() -> None:
    assert "rare_earths" in names()


P = "t/t,a source,2024,B,"
PAIR = (
    "from,to,role,value,low,high,unit,source,year,grade,note\n"
    "magnet,,ceiling,0.3,0.1,0.5,1,a source,2024,D,\n"
    "magnet,,amount,0,,,t/t,a source,2024,D,\n"
    "magnet,,cost,1.4,,,1,a source,2024,D,\n"
    "magnet,,lag,730,,,d,a source,2024,D,\n"
)


def thrifty(folder: Path, *rows: str) -> Path:
    """The small world with more rows about the inputs of the magnet."""
    path = write(folder) / "recipes.csv"
    path.write_text(path.read_text(encoding="utf-8") + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path.parent


def test_floors_and_fillers_go_to_their_inputs(tmp_path: Path) -> None:
    floor, filler = (
        "press,floor,heavy,0.5,0.4,0.7,yes,yes,,1,a source,2018,B,",
        f"press,filler,light,1,,,yes,yes,,{P}",
    )
    world = load(thrifty(tmp_path, floor, filler))
    heavy, light = world.recipes["press"].inputs
    assert (heavy.floor.value.low, heavy.floor.grade, heavy.filler) == (0.4, "B", None)
    assert (light.floor, light.filler.central) == (None, 1.0)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (f"press,filler,ore,1,,,yes,yes,,{P}", "WT010"),
        ("press,floor,heavy,0.9,0.8,1.2,yes,yes,,1,a source,2024,B,", "WT006"),
        ("press,floor,heavy,0.5,,,yes,yes,,t/t,a source,2024,B,", "WT007"),
        ("press,floor,heavy,0.5,,,yes,yes,,1,,2024,B,", "WT008"),
    ],
)
def test_a_floor_or_filler_that_cannot_be_is_refused(tmp_path: Path, row: str, code: str) -> None:
    assert code in {p.code for p in problems(thrifty(tmp_path, row))}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("", "", ""),
        ("magnet,,lag,730,,,d,a source,2024,D,\n", "", "WT006"),
        ("magnet,,lag", "magnet,,delay", "WT010"),
        ("magnet,,cost", "magnte,,cost", "WT010"),
        ("magnet,,cost,1.4,,,1", "magnet,,cost,1.4,,,d", "WT007"),
        ("magnet,,cost", "magnet,,lag", "WT020"),
    ],
)
def test_a_substitute_needs_all_its_numbers(tmp_path: Path, old: str, new: str, code: str) -> None:
    folder = write(tmp_path)
    (folder / "substitutes.csv").write_text(PAIR.replace(old, new, 1), encoding="utf-8")
    if code:
        assert code in {p.code for p in problems(folder)}
        return
    (only_one,) = load(folder).substitutes
    assert (only_one.commodity, only_one.instead, only_one.ceiling.value.high) == ("magnet", "", 0.5)


HOSTS = "facility,host,share,unit,source,year,grade,note\n"


def test_hosts_set_the_pace_of_the_sites_they_name(tmp_path: Path) -> None:
    folder = write(tmp_path)
    assert load(folder).hosts == {}
    (folder / "hosts.csv").write_text(f"{HOSTS}mine,iron ore,1,1,a source,2024,D,\n", encoding="utf-8")
    world = load(folder)
    assert world.hosts["mine"].central == 1.0
    assert "hosts.csv" in world.files


@pytest.mark.parametrize(("row", "told"), [("nowhere,iron ore,1", "nowhere"), ("mine,iron ore,1.2", "above 1")])
def test_a_host_that_cannot_be_is_refused(tmp_path: Path, row: str, told: str) -> None:
    folder = write(tmp_path)
    (folder / "hosts.csv").write_text(f"{HOSTS}{row},1,a source,2024,D,\n", encoding="utf-8")
    assert told in only(folder).message


def test_a_world_is_read_once_and_again_when_a_table_changes(tmp_path: Path) -> None:
    write(tmp_path)
    first = load(tmp_path)
    assert load(tmp_path) is first
    table = tmp_path / "prices.csv"
    table.write_text(table.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert load(tmp_path) is not first
