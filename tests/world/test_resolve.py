"""Names of a scenario that the world does not have are told at their place, with the nearest name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.scenario import files
from simulator.scenario import load as load_scenario
from simulator.world import load, resolve
from tests.world.small import write

TEXT = """\
name: try-out
title: {{en: Try-out}}
kind: hypothetical
world: {world}
end: 2027-12-31
grade: D
sources: [an assumption]
{parameters}events:
  - kind: {kind}
    id: first
    effective: 2025-04-04
{fields}
"""


def found(folder: Path, kind: str, fields: str, parameters: str = "") -> list[tuple[str, int, int, str]]:
    world = load(write(folder))
    lines = "\n".join(f"    {line}" for line in fields.splitlines())
    path = folder / "try-out.yaml"
    path.write_text(TEXT.format(kind=kind, fields=lines, parameters=parameters, world=folder), encoding="utf-8")
    return [(p.code, p.line, p.column, p.help) for p in resolve(load_scenario(path), world)]


def test_names_that_exist_are_no_problem(tmp_path: Path) -> None:
    fields = "exporter: CHN\ndestinations: [JPN, Asia]\ncommodities: [magnet, heavy]"
    assert found(tmp_path, "export_ban", fields) == []


def test_each_wrong_name_has_its_place_and_the_nearest_name(tmp_path: Path) -> None:
    fields = "exporter: CHM\ndestinations: [JPM]\ncommodities: [magnets]"
    assert found(tmp_path, "export_ban", fields) == [
        ("WR001", 12, 15, "did you mean 'CHN'?"),
        ("WR001", 13, 20, "did you mean 'JPN'?"),
        ("WR001", 14, 19, "did you mean 'magnet'?"),
    ]


def test_names_after_except_are_checked(tmp_path: Path) -> None:
    fields = "exporter: CHN\ndestinations: {except: [JPX]}\ncommodities: [magnet]"
    assert [(code, line) for code, line, _, _ in found(tmp_path, "export_ban", fields)] == [("WR001", 13)]


def test_the_name_of_a_country_leads_to_its_code(tmp_path: Path) -> None:
    fields = "exporter: China\ndestinations: all\ncommodities: [magnet]"
    assert found(tmp_path, "export_ban", fields)[0][3] == "did you mean 'CHN'?"


def test_sites_are_checked(tmp_path: Path) -> None:
    assert found(tmp_path, "outage", "facilities: [plent]") == [("WR001", 12, 18, "did you mean 'plant'?")]


def test_parameters_are_checked_at_their_key(tmp_path: Path) -> None:
    problems = found(tmp_path, "outage", "facilities: [plant]", "parameters: {utilisation_mx: 0.9}\n")
    assert [(code, line, help) for code, line, _, help in problems] == [("WR001", 8, "did you mean 'utilisation_max'?")]


def test_a_measure_that_touches_nothing_is_a_warning(tmp_path: Path) -> None:
    fields = "exporter: JPN\ndestinations: all\ncommodities: [ore]"
    assert [code for code, *_ in found(tmp_path, "export_ban", fields)] == ["WR002"]


QUOTA = "exporter: CHN\ncommodities: [magnet]\ncut: 0.5\n"


def test_holders_of_a_quota_are_checked_by_what_they_are(tmp_path: Path) -> None:
    for per, share, message in (
        ("destination", "JPM: 20 %", "did you mean 'JPN'?"),
        ("exporter", "plent: 20 %", "did you mean 'plant'?"),
        ("customer", "plent: 20 %", "did you mean 'plant'?"),
    ):
        problems = found(tmp_path, "export_quota", f"{QUOTA}per: {per}\nshares: {{{share}}}")
        assert problems == [("WR001", 16, 14, message)], per
    assert found(tmp_path, "export_quota", f"{QUOTA}per: destination\nshares: {{JPN: 20 %, Asia: 0.3}}") == []


def test_a_country_has_no_part_in_the_rights_of_two_groups(tmp_path: Path) -> None:
    world = replace(load(write(tmp_path)), groups={"Asia": ("JPN", "CHN"), "Isles": ("JPN",)})
    path = tmp_path / "try-out.yaml"

    def problems(shares: str) -> list[tuple[str, str]]:
        fields = "\n".join(f"    {line}" for line in f"{QUOTA}per: destination\nshares: {shares}".splitlines())
        path.write_text(
            TEXT.format(kind="export_quota", fields=fields, parameters="", world=tmp_path), encoding="utf-8"
        )
        return [(p.code, p.message) for p in resolve(load_scenario(path), world)]

    assert problems("{Asia: 0.3, Isles: 0.3}") == [("WR003", "JPN is in Asia and in Isles")]
    assert problems("{Asia: 0.3, Isles: 0.3, JPN: 0.1}") == []


@pytest.mark.parametrize("name", files.names())
def test_the_shipped_scenarios_name_only_what_exists(name: str) -> None:
    scenario = load_scenario(name)
    assert resolve(scenario, load(scenario.world)) == []
