"""A timeline becomes a scenario: each kind its measure, nothing from after the forecast, and errors with file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simulator.scenario.problems import Invalid
from simulator.scenario.uncertain import Uncertain
from simulator.studies import episode, timeline
from simulator.studies.backtest import draws, shared_numbers
from simulator.world.model import Figure
from tests.studies import invented

PRIORS = shared_numbers(fitted=False)
LICENCE = "2024-06-01,2024-06-01,,China,Licences,licence,magnets,all,statutory_days=45,made up,D,"


def scenario(folder: Path, *rows: str, mode: timeline.Mode = "rule"):
    record = episode.load(invented.write(folder, timeline=invented.lines(*rows)))
    return timeline.scenario(record, mode, PRIORS, replications=2, step=7.0, seed=1)


def only(folder: Path, row: str, mode: timeline.Mode = "rule"):
    (measure,) = scenario(folder, row, mode=mode).events
    return measure


def test_a_licence_takes_the_shared_numbers_and_its_own_line_goes_before(tmp_path: Path) -> None:
    measure = only(tmp_path, LICENCE.replace("statutory_days=45", "statutory_days=20; scope=0.5"))
    assert measure.kind == "export_licence"
    assert (measure.exporter, measure.commodities, measure.destinations.names) == ("CHN", ("magnet",), None)
    assert (measure.announced, measure.effective, measure.expires) == (date(2024, 6, 1), date(2024, 6, 1), None)
    assert measure.office.statutory.central == 28.0  # 20 working days
    assert measure.scope.central == 0.5
    assert measure.office.load.high == PRIORS["licence.office.load"].value.high
    assert measure.grades["office.load"] == "D"
    assert "scope" not in measure.grades


def test_a_ban_and_its_end(tmp_path: Path) -> None:
    measure = only(tmp_path, "2024-05-01,2024-06-01,2024-08-01,China,A ban,ban,magnets oxides,JPN,,made up,B,")
    assert (measure.kind, measure.destinations.names, measure.grade) == ("export_ban", ("JPN",), "B")
    assert measure.commodities == ("magnet", "light", "heavy")
    assert measure.expires == date(2024, 8, 1)


def test_nobody_says_how_long_an_embargo_lasts(tmp_path: Path) -> None:
    row = ",2024-06-01,2024-08-01,China,A stop nobody announced,embargo,magnets,JPN,,made up,B,"
    forecast, hindsight = only(tmp_path / "a", row), only(tmp_path / "b", row, mode="licence")
    assert (forecast.kind, forecast.announced, forecast.expires) == ("export_ban", None, None)
    assert forecast.duration.central == PRIORS["embargo.duration"].value.central
    assert (hindsight.expires, hindsight.duration) == (date(2024, 8, 1), None)


def test_a_quota_and_a_tax(tmp_path: Path) -> None:
    rows = (
        "2024-05-01,2024-06-01,,China,A quota,quota,magnets,all,allowance_t=30; period_days=182,made up,A,",
        "2024-05-01,2024-06-01,,China,A tax,export_tax,oxides,all,rate=0.15,made up,A,",
    )
    quota, tax = scenario(tmp_path, *rows).events
    assert (quota.kind, quota.allowance.central, quota.period) == ("export_quota", 30.0, 182.0)
    assert (tax.kind, tax.rate.central) == ("export_tax", 0.15)


def test_a_general_licence_that_came_later_is_known_in_licence_mode_alone(tmp_path: Path) -> None:
    later = "2024-09-01,2024-09-01,,China,General,general_licence,magnets,JPN,coverage=0.2..0.5..0.8; ramp_days=30,m,D,"
    forecast = scenario(tmp_path / "a", LICENCE, later)
    hindsight = scenario(tmp_path / "b", LICENCE, later, mode="licence")
    assert [m.kind for m in forecast.events] == ["export_licence"]
    assert [m.kind for m in hindsight.events] == ["export_licence", "general_licence"]
    general = hindsight.events[1]
    assert (general.coverage.low, general.coverage.central, general.coverage.high) == (0.2, 0.5, 0.8)
    assert float(getattr(general.ramp, "central", general.ramp)) == 30.0


def test_lifting_ends_and_suspension_pauses_what_it_names(tmp_path: Path) -> None:
    rows = (
        LICENCE,
        "2024-06-01,2024-06-01,,China,Licences for oxides,licence,oxides,all,,made up,D,",
        "2024-09-01,2024-09-01,,China,Lifted,lifting,magnets,all,,made up,D,",
        "2024-08-01,2024-08-01,2024-10-01,China,Paused,suspension,oxides,all,,made up,D,",
    )
    magnets, oxides = scenario(tmp_path / "a", *rows, mode="licence").events
    assert (magnets.expires, magnets.suspended) == (date(2024, 9, 1), ())
    assert [(s.start, s.end) for s in oxides.suspended] == [(date(2024, 8, 1), date(2024, 10, 1))]
    assert oxides.expires is None
    assert [m.expires for m in scenario(tmp_path / "b", *rows).events] == [None, None]  # not known on the day


def test_an_earthquake_names_sites(tmp_path: Path) -> None:
    measure = only(tmp_path, "2024-06-01,2024-06-01,,nature,Earthquake,natural,plant,all,remaining=0.1,made up,A,")
    assert (measure.kind, measure.facilities) == ("outage", ("plant",))
    assert measure.remaining.central == 0.1
    assert measure.duration.central == PRIORS["natural.duration"].value.central


def test_what_names_no_quantity_is_told_and_not_modelled(tmp_path: Path) -> None:
    row = "2024-05-20,2024-05-20,,China,Kinder,licence_relaxation,magnets,all,,made up,C,"
    record = episode.load(invented.write(tmp_path, timeline=invented.lines(LICENCE, row, *_later())))
    assert [m.kind for m in timeline.scenario(record, "rule", PRIORS, replications=2, step=7.0, seed=1).events] == [
        "export_licence"
    ]
    told = {e.measure: why for e, why in timeline.left_out(record, "rule")}
    assert told == {"Kinder": "named no quantity", "General": "not known on the day of the forecast"}
    assert [e.measure for e, _ in timeline.left_out(record, "licence")] == ["Kinder"]


def _later() -> tuple[str, ...]:
    return ("2024-09-01,2024-09-01,,China,General,general_licence,magnets,JPN,coverage=0.5,made up,D,",)


@pytest.mark.parametrize("mode", ["rule", "licence"])
@pytest.mark.parametrize("name", episode.names())
def test_a_shipped_scenario_in_rule_mode_knows_nothing_from_after_the_forecast(name: str, mode: timeline.Mode) -> None:
    record = episode.load(name)
    made = timeline.scenario(record, mode, PRIORS, replications=2, step=7.0, seed=1)
    known = [m.announced or m.effective for m in made.events]
    assert made.events
    assert all(isinstance(day, date) for day in known)
    if mode == "rule":
        assert max(known) <= record.episode.origin
        assert all(p.start <= record.episode.origin for m in made.events for p in m.suspended)
        late = {e.effective for e in record.timeline if e.known > record.episode.origin}
        assert not late & {m.expires for m in made.events}


@pytest.mark.parametrize(
    ("old", "new", "message", "help"),
    [
        (",licence,", ",licens,", "unknown kind 'licens'", "did you mean 'licence'?"),
        ("statutory_days=45", "statutory_day=45", "unknown parameter 'statutory_day'", "did you mean 'statutory_days'?"),
        ("statutory_days=45", "statutory_days=soon", "a parameter is a number, or low..central..high; found 'soon'", ""),
        ("statutory_days=45", "statutory_days", "parameters are key=value; found 'statutory_days'", ""),
        (",magnets,all", ",magnetz,all", "magnetz", "did you mean 'magnets'?"),
        ("2024-06-01,2024-06-01", "2024-06-01,2024-06-31", "2024-06-31", ""),
        (",made up,D,", ",,D,", "a line of the timeline needs a source", ""),
        (",made up,D,", ",made up,F,", "a grade is A, B, C or D, found 'F'", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, message: str, help: str) -> None:
    assert old in LICENCE
    with pytest.raises(Invalid) as caught:
        scenario(tmp_path, LICENCE.replace(old, new))
    problem = next(p for p in caught.value.problems if message in p.message)
    assert (Path(problem.file).name, problem.line) == ("timeline.csv", 2)
    assert help in problem.help


def test_an_unknown_episode_gets_the_nearest_and_a_list() -> None:
    with pytest.raises(Invalid, match="did you mean 'magnets_2025'"):
        episode.load("magnets_2052")
    with pytest.raises(Invalid, match="episodes are .*magnets_2025"):
        episode.load("nothing like it")


def test_licences_of_an_episode_share_one_draw_and_so_do_episodes(tmp_path: Path) -> None:
    rows = (LICENCE, LICENCE.replace("magnets", "oxides"))
    one = episode.load(invented.write(tmp_path, timeline=invented.lines(*rows)))
    other = episode.load(invented.write(tmp_path, name="another"))
    numbers = np.arange(5)
    first, second = (draws(r, "rule", PRIORS, numbers, 1, {}) for r in (one, other))
    loads = [first[k] for k in first if k.endswith("office.load")]
    assert len(loads) == 2
    assert np.array_equal(*loads)
    assert np.unique(loads[0]).size == 5
    assert np.array_equal(second["licence-1.office.load"], loads[0])
    again = draws(one, "licence", PRIORS, numbers[2:4], 1, {})
    assert np.array_equal(
        again["licence-1.office.load"], loads[0][2:4]
    )  # a member alone draws what it draws in a crowd
    assert not np.array_equal(draws(one, "rule", PRIORS, numbers, 2, {})["licence-1.office.load"], loads[0])


def test_what_a_line_states_itself_is_not_drawn(tmp_path: Path) -> None:
    record = episode.load(invented.write(tmp_path, timeline=invented.lines(LICENCE.replace("=45", "=45; scope=1"))))
    assert "licence-1.scope" not in draws(record, "rule", PRIORS, np.arange(3), 1, {})


def test_draws_of_a_fit_keep_what_goes_with_what(tmp_path: Path) -> None:
    record = episode.load(invented.write(tmp_path))
    joint = {"licence.office.load": np.array([1.0, 2.0]), "licence.office.statutory_share": np.array([0.5, 0.6])}
    values = draws(record, "rule", PRIORS, np.arange(3), 1, joint)
    assert values["licence-1.office.load"].tolist() == [1.0, 2.0, 1.0]
    assert values["licence-1.office.statutory_share"].tolist() == [0.5, 0.6, 0.5]


def test_an_episode_may_have_numbers_of_its_own(tmp_path: Path) -> None:
    folder = invented.write(tmp_path)
    (folder / "numbers.csv").write_text(
        "number,value,low,high,unit,source,year,grade,note\nlicence.scope,0.4,0.3,0.5,1,made up,2024,B,\n",
        encoding="utf-8",
    )
    record = episode.load(folder)
    (measure,) = timeline.scenario(record, "rule", PRIORS, replications=2, step=7.0, seed=1).events
    assert measure.scope.central == 0.4
    assert measure.grades["scope"] == "B"


def test_fitted_numbers_stand_in_the_same_places(tmp_path: Path) -> None:
    record = episode.load(invented.write(tmp_path))
    fitted = {
        **PRIORS,
        "licence.office.load": Figure(Uncertain(1.5, 1.6, 1.7), "1", "a fit", "2026", "C", "fitted.csv:2"),
    }
    (measure,) = timeline.scenario(record, "rule", fitted, replications=2, step=7.0, seed=1).events
    assert (measure.office.load.low, measure.office.load.high) == (1.5, 1.7)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("from: 2024-06", "from: 2024-6", "from is a month such as 2025-04; got '2024-6'"),
        ("    goods: magnets", "    goods: magnet", "goods 'magnet' are not listed under goods"),
        ("before: [2024-03, 2024-05]", "before: [2024-05, 2024-03]", "before is two months in order"),
        ("before: [2024-03, 2024-05]", "before: [2022-01, 2022-12]", "before is two months in order"),
        ("baseline: 20\n", "baseline: 0\n", "a baseline of 0"),
    ],
)
def test_what_does_not_fit_in_an_episode_is_named_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in invented.EPISODE
    text = invented.EPISODE.replace(old, new)
    with pytest.raises(Invalid) as caught:
        episode.load(invented.write(tmp_path, episode=text))
    (problem,) = caught.value.problems
    assert said in problem.message
    assert problem.line == text[: text.index(new)].count("\n") + 1


def test_a_case_has_one_unit(tmp_path: Path) -> None:
    mixed = invented.OBSERVED.replace("magnets,8,t,", "magnets,8,kg,")
    with pytest.raises(Invalid, match="kg and t in the rows of japan"):
        episode.load(invented.write(tmp_path, observed=mixed))
