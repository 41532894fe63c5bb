"""The scenarios in the box, their schema, their reference page and the text of a new scenario."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from simulator.scenario import files, load
from simulator.scenario.loading import inspect, read_text
from simulator.scenario.measures import LANGUAGES, ExportLicence, GeneralLicence
from simulator.scenario.new import MATERIALS, template
from simulator.scenario.problems import render
from simulator.scenario.reference import page
from simulator.scenario.schema import as_text, json_schema
from simulator.scenario.yaml import read
from simulator.world import load as load_world
from simulator.world.resolve import resolve

ROOT = Path(__file__).parents[2]
NAMES = files.names()
CATALOGUE = {"S00", "S01", "S02", "S03", "S04", "S05", "S06", "S07", "S08", "S09", "S10", "S11", "S12", "S13"} | {
    *("S19", "S20", "S22", "S23", "S24"),
    *("S04 then S05", "S24 then S07", "S03 and S13", "S01 and S12"),
}


def test_the_scenarios_of_the_catalogue_are_there_and_the_default_is_one_of_them() -> None:
    assert sorted(str(load(name).catalogue) for name in NAMES) == sorted(CATALOGUE)
    assert load("default").name == load("april-2025-licences").name == "april-2025-licences"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_complete_and_without_a_warning(name: str) -> None:
    scenario, problems = inspect(name)
    assert problems == []
    assert scenario is not None
    assert scenario.name == name
    assert scenario.signature
    for words in (scenario.title, scenario.question, *(measure.title for measure in scenario.measures)):
        assert words is not None
        assert all(getattr(words, language) for language in LANGUAGES)
    assert all(measure.grade == "D" or measure.sources for measure in scenario.measures)


@pytest.mark.parametrize("name", NAMES)
def test_horizons(name: str) -> None:
    scenario = load(name)
    assert (scenario.start, scenario.warm_up) == (date(2024, 1, 1), 365.0)
    assert scenario.end == (date(2027, 12, 31) if name == files.DEFAULT else date(2030, 12, 31))


@pytest.mark.parametrize("name", NAMES)
def test_each_names_only_what_its_world_has(name: str) -> None:
    scenario = load(name)
    tables = load_world(scenario.world)
    assert resolve(scenario, tables) == []
    assert all(resolve(scenario.on_branch(branch), tables) == [] for branch in scenario.branches)


@pytest.mark.parametrize("name", NAMES)
def test_each_follows_the_schema(name: str) -> None:
    path = files.find(name)
    data, _ = read(path.read_text("utf-8"), str(path))
    jsonschema.Draft202012Validator(json_schema()).validate(data)


def test_the_schema_refuses_what_the_models_refuse() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    data, _ = read(files.find("default").read_text("utf-8"), "x")
    unknown = {"kind": "export_licens", "id": "x"}
    for change in ({"colour": "blue"}, {"grade": "E"}, {"seed": -1}, {"events": [unknown]}):
        assert not validator.is_valid({**data, **change})


def test_the_committed_schema_is_the_schema() -> None:
    assert (ROOT / "scenarios" / "scenario.schema.json").read_text("utf-8") == as_text()


def test_the_committed_reference_page_is_the_page() -> None:
    assert (ROOT / "docs" / "scenario-reference.md").read_text("utf-8") == page()


def test_the_default_takes_nothing_from_the_months_it_is_compared_with() -> None:
    scenario = load("default")
    licences = [event for event in scenario.events if isinstance(event, ExportLicence)]
    assert licences
    assert all(licence.speeds == () and licence.office.clerks == "auto" for licence in licences)
    rest = [event for event in scenario.events if not isinstance(event, ExportLicence)]
    assert all(isinstance(event, GeneralLicence) and event.grades["coverage"] == "D" for event in rest)
    assert scenario.observed in files.observed()


def test_observed_exports_say_what_may_be_tuned_on() -> None:
    with (files.built_in() / "observed" / "chinese_magnet_exports.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "period",
        "series",
        "origin",
        "destination",
        "commodity",
        "value",
        "unit",
        "source",
        "grade",
        "use",
    ]
    assert len({(row["period"], row["destination"]) for row in rows}) == len(rows)
    assert all(row["source"] and row["grade"] in "ABCD" and float(row["value"]) > 0 for row in rows)
    # The months from October 2025 on are only scored.
    assert {row["use"] for row in rows if row["period"] >= "2025-10"} == {"development_test"}
    assert {row["use"] for row in rows if row["period"] < "2025-10"} == {"calibration"}
    world = {row["period"]: float(row["value"]) for row in rows if row["destination"] == "all"}
    assert sum(value for month, value in world.items() if month.startswith("2025")) == 57_392


@pytest.mark.parametrize("material", [*MATERIALS, "dy_oxide, tb_oxide"])
@pytest.mark.parametrize("cut", [0.4, 1.0])
def test_a_new_scenario_loads_without_a_warning(material: str, cut: float) -> None:
    text = template("My Question", material, "CHN", ["JPN", "EU27"], date(2025, 1, 15), date(2026, 1, 15), cut)
    scenario, problems = read_text(text, "new.yaml")
    assert scenario is not None, render(problems, {"new.yaml": text})
    assert (problems, scenario.name) == ([], "my-question")
    assert scenario.events[0].kind == ("export_ban" if cut == 1 else "export_quota")


def test_a_new_scenario_needs_no_answers() -> None:
    scenario, problems = read_text(template("x"), "new.yaml")
    assert scenario is not None
    assert problems == []


@pytest.mark.parametrize(
    "change", [{"cut": 0.0}, {"cut": 90.0}, {"by": "CHN: x"}, {"material": "a]"}, {"end": date(2020, 1, 1)}]
)
def test_answers_that_make_no_scenario_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        template("x", **change)  # type: ignore[arg-type]


def test_importing_the_package_of_scenarios_loads_nothing_heavy() -> None:
    code = (
        "import sys, simulator.scenario, simulator.scenario.files; "
        "print([name for name in ('pydantic', 'ruamel', 'pint', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
