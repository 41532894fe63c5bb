"""What holds for every world in the box: it closes, every number says where it comes from, and its page is up to date."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from simulator.scenario.files import built_in
from simulator.scenario.problems import Invalid
from simulator.world import World, load
from simulator.world.checks import Report, check, figures
from simulator.world.loading import names
from simulator.world.report import page, page_of

DOCS = Path(__file__).parents[2] / "docs"
WORLDS = names()
LANGUAGES = {"en", "fr", "ja"}

pytestmark = pytest.mark.parametrize("name", WORLDS)


@cache
def world(name: str) -> World:
    return load(name)


@cache
def report(name: str) -> Report:
    return check(world(name))


def test_it_closes(name: str) -> None:
    assert report(name).sound
    for line in report(name).balance:
        assert line.surplus >= -1e-6 * line.made, line


def test_every_published_figure_emerges_and_its_gap_is_explained(name: str) -> None:
    assert {c.figure for c in report(name).compared} == set(world(name).published)
    assert [c.figure for c in report(name).compared if not c.gap] == []


def test_only_weak_rows_are_adjusted_and_within_their_range(name: str) -> None:
    for row in world(name).adjustments:
        assert row.grade in ("C", "D")
        assert row.low <= row.used <= row.high


def test_every_figure_says_where_it_comes_from(name: str) -> None:
    for figure in figures(world(name)):
        assert figure.source
        assert figure.grade in "ABCD"
        assert "/work" not in figure.source + figure.note
        assert ".csv:" in figure.place


def test_what_is_official_or_read_names_a_publisher_and_what_is_assumed_is_not_called_official(name: str) -> None:
    for figure in figures(world(name)):
        assert not (figure.grade in "AB" and figure.source == "model assumption"), figure.place


def test_everything_has_a_name_in_every_language(name: str) -> None:
    here = world(name)
    assert {d.sector for d in here.demand} <= set(here.sectors)
    for called in (here.title, *here.countries.values(), *here.sectors.values()):
        assert set(called) == LANGUAGES
        assert all(called.values())
    assert set(here.goods) == LANGUAGES


def test_firms_behave_by_the_parameters_of_the_rare_earth_world(name: str) -> None:
    shared = world("rare_earths").parameters
    assert {key: figure.value for key, figure in world(name).parameters.items()} == {
        key: figure.value for key, figure in shared.items()
    }


def test_a_sector_of_a_country_is_no_group(name: str) -> None:
    assert not any(d.country in world(name).groups for d in world(name).demand)


def test_the_page_on_it_is_up_to_date_and_linked(name: str) -> None:
    text = (DOCS / page_of(name)).read_text(encoding="utf-8")
    assert text == page(text, report(name))
    assert f"({page_of(name)})" in (DOCS / "index.md").read_text(encoding="utf-8")


def test_a_world_that_takes_parameters_from_nowhere_is_refused(name: str, tmp_path: Path) -> None:
    source = built_in() / "worlds" / name
    heading = (source / "world.yaml").read_text(encoding="utf-8").replace("parameters_of: rare_earths", "")
    for table in source.glob("*.csv"):
        (tmp_path / table.name).write_text(table.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "world.yaml").write_text(f"{heading}\nparameters_of: rare_earth\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        load(tmp_path)
    assert [(p.code, p.help) for p in refused.value.problems] == [("WT010", "did you mean 'rare_earths'?")]
