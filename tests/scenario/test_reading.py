"""What a file says arrives as it was meant: words, dates, units, places."""

from __future__ import annotations

import pickle
from datetime import date

import pytest
from pydantic import ValidationError

from simulator.scenario.loading import read_text
from simulator.scenario.measures import ExportBan, ExportLicence, LaneChange
from simulator.scenario.model import Scenario
from simulator.scenario.problems import Invalid, Problem, render
from simulator.scenario.quantities import Selection, UncertainDate
from simulator.scenario.uncertain import Uncertain

TOP = "name: story\ntitle: A story\nkind: hypothetical\nend: 2029-12-31\ngrade: D\n"
BAN = """\
events:
  - kind: export_ban
    id: ban
    exporter: NO
    destinations: [on, yes, "Y", 1e3x]
    commodities: [dy_oxide]
    announced: 2027-03-01
    effective: {earliest: 2027-04-01, central: 2027-05-01, latest: 2027-07-01}
    duration: {low: 6 wk, central: 90 d, high: 180 d}
    suspended: [{from: 2027-06-01, to: 2027-06-15}]
    leakage: {low: 0, central: 15 %, high: 0.4}
"""


def read(text: str) -> Scenario:
    scenario, problems = read_text(text, "story.yaml")
    assert scenario is not None, render(problems, {"story.yaml": text})
    return scenario


def test_words_that_other_readers_turn_into_booleans_stay_words() -> None:
    ban = read(TOP + BAN).events[0]
    assert isinstance(ban, ExportBan)
    assert ban.exporter == "NO"
    assert ban.destinations == Selection(("on", "yes", "Y", "1e3x"))


def test_values_arrive_in_canonical_units() -> None:
    scenario = read(TOP + BAN)
    ban = scenario.events[0]
    assert isinstance(ban, ExportBan)
    assert ban.duration == Uncertain(42.0, 90.0, 180.0)
    assert ban.leakage == Uncertain(0.0, 0.15, 0.4)
    assert ban.leakage_delay == Uncertain.exactly(30.0)
    assert ban.effective == UncertainDate(date(2027, 4, 1), date(2027, 5, 1), date(2027, 7, 1))
    assert (ban.first_day, ban.central_day) == (date(2027, 4, 1), date(2027, 5, 1))
    assert ban.effective.days_after(date(2027, 4, 1)) == Uncertain(0.0, 30.0, 91.0)
    assert (ban.suspended[0].start, ban.suspended[0].end) == (date(2027, 6, 1), date(2027, 6, 15))
    assert (scenario.warm_up, scenario.step, scenario.warm_up_end) == (365.0, 1.0, date(2024, 12, 31))


def test_three_equal_dates_are_a_certain_date() -> None:
    text = (TOP + BAN).replace("central: 2027-05-01, latest: 2027-07-01", "central: 2027-04-01, latest: 2027-04-01")
    assert read(text).events[0].effective == date(2027, 4, 1)


def test_parameters_take_numbers_units_and_ranges() -> None:
    text = TOP + "parameters:\n  a: 0.3\n  b: 12 kt/yr\n  c: {low: 1 wk, central: 10 d, high: 21 d}\n  d: -0.2\n"
    parameters = read(text).parameters
    assert parameters["b"].central == pytest.approx(12_000 / 365)
    assert {name: parameters[name] for name in "acd"} == {
        "a": Uncertain.exactly(0.3),
        "c": Uncertain(7.0, 10.0, 21.0),
        "d": Uncertain.exactly(-0.2),
    }


def test_the_grade_of_the_scenario_is_that_of_a_measure_without_one() -> None:
    second = BAN.split("\n", 1)[1].replace("id: ban", "id: other\n    grade: C\n    sources: [a newspaper]")
    first, other = read(TOP + BAN + second).events
    assert (first.grade, other.grade) == ("D", "C")


def test_names_with_exceptions_and_lanes() -> None:
    text = TOP + (
        "events:\n  - {kind: lane_change, id: slow, effective: 2027-01-01, from: all, "
        "to: {except: [JPN]}, extra: 2 wk}\n"
    )
    lane = read(text).events[0]
    assert isinstance(lane, LaneChange)
    assert lane.exporters == Selection(None)
    assert lane.importers == Selection(None, ("JPN",))
    assert lane.importers.references == ((("except", 0), "JPN"),)
    assert lane.extra == Uncertain.exactly(14.0)


def test_titles_fall_back_to_english() -> None:
    scenario = read(TOP.replace("A story", "{en: A story, ja: 物語}"))
    assert [scenario.title[language] for language in ("en", "fr", "ja")] == ["A story", "A story", "物語"]
    with pytest.raises(KeyError):
        scenario.title["de"]


def test_places_lead_to_the_characters_meant() -> None:
    text = TOP + BAN
    scenario, lines = read(text), text.splitlines()

    def characters(*path: str | int, key: bool = False) -> str:
        place = scenario.place(path, key)
        return lines[place.line - 1][place.column - 1 : place.end_column - 1]

    assert characters("events", 0, "destinations", 2) == '"Y"'
    assert characters("events", 0, "exporter") == "NO"
    assert characters("events", 0, "exporter", key=True) == "exporter"
    assert characters("events", 0, "suspended", 0, "to") == "2027-06-15"
    assert characters("end") == "2029-12-31"
    assert characters("events", 0, "office", "load") == "kind"  # not in the file: the block it would be in


def test_text_and_file_are_kept_and_survive_pickling() -> None:
    scenario = pickle.loads(pickle.dumps(read(TOP + BAN)))
    assert (scenario.text, scenario.file) == (TOP + BAN, "story.yaml")
    assert scenario.place(("end",)).line == 4
    invalid = pickle.loads(pickle.dumps(Invalid([Problem("f", 1, 1, 2, "error", "SC001", "no")])))
    assert invalid.problems[0].message == "no"


def test_a_scenario_cannot_be_changed() -> None:
    scenario = read(TOP)
    with pytest.raises(ValidationError):
        scenario.seed = 2  # type: ignore[misc]


def test_a_scenario_made_in_python_has_a_place_too() -> None:
    scenario = Scenario.model_validate({"name": "x", "title": "x", "kind": "branch", "end": "2030-01-01", "grade": "D"})
    assert (scenario.text, scenario.place(("end",)).line) == ("", 1)


def test_the_office_works_by_announced_rules_when_nothing_is_said() -> None:
    text = TOP + (
        "events:\n  - {kind: export_licence, id: licences, exporter: CHN, commodities: [dy_oxide], "
        "effective: 2027-01-01}\n"
    )
    licence = read(text).events[0]
    assert isinstance(licence, ExportLicence)
    assert licence.office.statutory == Uncertain.exactly(63.0)
    assert licence.office.load == Uncertain(0.5, 0.8, 1.2)
    assert (licence.office.clerks, licence.grouping, licence.speeds) == ("auto", "each", ())


def test_a_byte_order_mark_and_windows_lines_do_no_harm() -> None:
    scenario = read((TOP + BAN).replace("\n", "\r\n"))
    assert scenario.place(("events", 0, "exporter")).column == 15


def test_deep_nesting_is_refused_not_crashed_on() -> None:
    _, problems = read_text(TOP + "parameters: " + "[" * 300 + "]" * 300, "story.yaml")
    assert [problem.code for problem in problems] == ["SC002"]
