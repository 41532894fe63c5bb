"""The manual says what is there: variables, parameters, scenarios, and links that lead somewhere."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from simulator.engine.instruments import MAKES
from simulator.results import dataset
from simulator.scenario import files, load, load_strategy
from simulator.scenario.kinds import KINDS
from simulator.studies import episode, timeline

MINIMAL = {"id": "x", "effective": "2026-01-01"}
TO_SOME = {"commodities": ["x"]}
NEEDED = {
    "capital_support": {"kind": "capital_support", "payer": "x"},
    "output_support": {"kind": "output_support", "payer": "x"},
    "offtake": {"kind": "offtake", "payer": "x", "share": 0.5},
    "permit_relief": {"kind": "permit_relief"},
    "technology_block": {"kind": "technology_block"},
    "joint_purchase": {"kind": "joint_purchase", "countries": ["x"], **TO_SOME},
    "sourcing_cap": {"kind": "sourcing_cap", "exporters": ["x"], "most": 0.5, **TO_SOME},
    "stock_mandate": {"kind": "stock_mandate", "cover": "60 d", **TO_SOME},
    "reserve": {"kind": "reserve", "countries": ["x"], "commodity": "x", "target": "60 d"},
    "mutual_aid": {"kind": "mutual_aid", "members": ["x"], **TO_SOME},
    "recycling_mandate": {"kind": "recycling_mandate", **TO_SOME},
    "licence_facilitation": {"kind": "licence_facilitation", "exporter": "x", **TO_SOME},
}
ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md"]


def rows(page: str) -> list[list[str]]:
    """Cells of all table rows of a page."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_every_variable_of_the_results_is_explained() -> None:
    said = (DOCS / "results.md").read_text(encoding="utf-8")
    assert [name for name in dataset.LONG_NAMES if not re.search(rf"\b{name}\b", said)] == []


def test_parameters_are_those_of_the_table() -> None:
    with (files.built_in() / "worlds" / "rare_earths" / "parameters.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    said = {cells[0].strip("`"): cells[2:6] for cells in rows("model.md") if len(cells) == 7}
    for row in table:
        spread = "–" if row["low"] == row["high"] else f"{row['low']}–{row['high']}"
        assert said[row["parameter"]] == [row["value"], spread, row["unit"], row["grade"]]


@pytest.mark.parametrize("name", files.names())
def test_every_scenario_is_described_with_its_question_and_signature(name: str) -> None:
    said, scenario = (DOCS / "scenarios.md").read_text(encoding="utf-8"), load(name)
    table = {cells[0].split("`")[1]: cells[1:] for cells in rows("scenarios.md") if cells[0].startswith("`")}
    assert scenario.question is not None
    assert table[name] == [scenario.catalogue, scenario.kind, scenario.question.en]
    section = said.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert "*Signature.*" in section


@pytest.mark.parametrize("name", files.strategies())
def test_every_strategy_is_described_with_its_idea(name: str) -> None:
    said, strategy = (DOCS / "strategies.md").read_text(encoding="utf-8"), load_strategy(name)
    table = {cells[0].split("`")[1]: cells[1:] for cells in rows("strategies.md") if cells[0].startswith("`")}
    assert table[name][:2] == [strategy.catalogue, strategy.idea.en]
    section = said.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    own = [m.title.en for m, owner, _ in strategy.placed("measures") if owner is strategy and m.title]
    assert [title for title in own if title not in section] == []


def test_every_instrument_of_policy_has_its_kind_and_its_keys() -> None:
    """All twenty-four have a row; every key named beside a kind, and every default, is one of the kind."""
    table = [cells for cells in rows("instruments.md") if re.fullmatch(r"I-\d\d", cells[0])]
    assert [cells[0] for cells in table] == [f"I-{number:02}" for number in range(1, 25)]
    said = {word for cells in table for word in re.findall(r"`(\w+)`", cells[2])}
    assert {kind for kind in MAKES if kind not in said} == {"technology_block"}
    for cells in table:
        words = re.findall(r"`(\w+)`", cells[2])
        fields = {field for word in words if word in KINDS for field in KINDS[word].model_fields}
        assert {word for word in words if word not in KINDS and word not in fields} == set()


def test_defaults_of_instruments_are_those_of_the_language() -> None:
    for kinds, keys, default, _, _ in (cells for cells in rows("instruments.md") if len(cells) == 5):
        for kind in re.findall(r"`(\w+)`", kinds):
            names = re.findall(r"`(\w+)`", keys)
            values = default.split(", ") if len(names) == default.count(", ") + 1 else [default] * len(names)
            for name, value in zip(names, values, strict=True):
                measure = KINDS[kind](**MINIMAL, **NEEDED[kind])  # type: ignore[arg-type]
                number = getattr(measure, name)
                assert number.central == pytest.approx(_number(value))
                spread = re.search(r"\(([\d.]+)–([\d.]+)\)", value)
                if spread is not None:
                    scale = 0.01 if "%" in value else 1.0
                    assert (number.low, number.high) == pytest.approx([scale * float(end) for end in spread.groups()])


def _number(text: str) -> float:
    match = re.match(r"([\d.]+) ?(%?)", text)
    assert match is not None
    return float(match[1]) * (0.01 if match[2] else 1.0)


def test_every_decision_is_in_the_index() -> None:
    index = (DOCS / "decisions" / "index.md").read_text(encoding="utf-8")
    assert [p.name for p in sorted((DOCS / "decisions").glob("0*.md")) if f"({p.name})" not in index] == []


def test_every_kind_and_parameter_of_a_timeline_is_explained() -> None:
    said = (DOCS / "backtests.md").read_text(encoding="utf-8").partition("<!-- generated")[0]
    kinds = [*timeline.MEASURES, *timeline.ENDINGS, *timeline.CONTEXT, *timeline.PARAMETERS]
    columns = [*episode.TIMELINE, *episode.OBSERVED, *episode.NUMBERS, "source", "grade", "note"]
    keys = [*(f.alias or name for name, f in episode.Case.model_fields.items()), *episode.Episode.model_fields]
    assert [name for name in dict.fromkeys([*kinds, *columns, *keys]) if f"`{name}`" not in said] == []


def test_every_episode_has_its_scores_on_the_page() -> None:
    said = (DOCS / "backtests.md").read_text(encoding="utf-8").partition("<!-- generated")[2]
    assert [name for name in episode.names() if f"### {name}" not in said] == []


def test_every_test_named_beside_an_acceptance_check_is_there() -> None:
    said = (DOCS / "acceptance.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", said)
    assert len(named) > 20
    assert [n for n in named if f"def {n[1]}" not in (ROOT / n[0]).read_text(encoding="utf-8")] == []
