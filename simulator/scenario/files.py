"""Where the shipped scenarios and strategies are, and how a name becomes a file."""

from __future__ import annotations

import os
from pathlib import Path

from simulator.scenario.problems import Invalid, Problem, did_you_mean

DEFAULT = "april-2025-licences"


def built_in() -> Path:
    """Folder of the shipped scenarios: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def names() -> list[str]:
    """Names of the shipped scenarios, in order."""
    return sorted(path.stem for path in built_in().glob("*.yaml"))


def strategies() -> list[str]:
    """Names of the shipped strategies, in order."""
    return sorted(path.stem for path in (built_in() / "strategies").glob("*.yaml"))


def grids() -> list[str]:
    """Names of the shipped grids, in order."""
    return sorted(path.stem for path in (built_in() / "grids").glob("*.yaml"))


def worlds() -> list[str]:
    """Names of the shipped worlds, in order."""
    return sorted(path.name for path in (built_in() / "worlds").glob("*") if path.is_dir())


def observed() -> list[str]:
    """Names of the shipped tables of observed figures, in order."""
    return sorted(path.stem for path in (built_in() / "observed").glob("*.csv"))


def find(name_or_path: str | os.PathLike[str]) -> Path:
    """File of a scenario: a shipped name, ``default``, or a path.

    Raises
    ------
    Invalid
        when there is no such scenario
    """
    name = os.fspath(name_or_path)
    return _find(name, built_in(), DEFAULT if name == "default" else name, "scenario", [*names(), "default"])


def find_strategy(name_or_path: str | os.PathLike[str]) -> Path:
    """File of a strategy: a shipped name, or a path.

    Raises
    ------
    Invalid
        when there is no such strategy
    """
    name = os.fspath(name_or_path)
    return _find(name, built_in() / "strategies", name, "strategy", strategies())


def find_grid(name_or_path: str | os.PathLike[str]) -> Path:
    """File of a grid: a shipped name, or a path.

    Raises
    ------
    Invalid
        when there is no such grid
    """
    name = os.fspath(name_or_path)
    return _find(name, built_in() / "grids", name, "grid", grids())


def is_grid(name_or_path: str) -> bool:
    """Whether a grid is meant: the name of one in the box, or a file with a list of scenarios."""
    return _has_key(name_or_path, b"scenarios:") or name_or_path in grids()


def is_strategy(name_or_path: str) -> bool:
    """Whether a strategy is meant: the name of one in the box, or a file with a list of measures."""
    return _has_key(name_or_path, b"measures:") or name_or_path in strategies()


def _has_key(name_or_path: str, key: bytes) -> bool:
    path = Path(name_or_path)
    return path.is_file() and any(line.startswith(key) for line in path.read_bytes().splitlines())


def branch_of(name_or_path: str | os.PathLike[str]) -> tuple[str | os.PathLike[str], str]:
    """The two parts of ``name:branch``; without a branch the second is empty. A path has none."""
    if isinstance(name_or_path, str):
        name, _, branch = name_or_path.partition(":")
        if branch and name in (*names(), "default"):
            return name, branch
    return name_or_path, ""


def _find(name: str, folder: Path, stem: str, what: str, known: list[str]) -> Path:
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        if path.is_file():
            return path
        raise _nothing(name, f"there is no file '{name}'", "")
    shipped = folder / f"{stem}.yaml"
    if shipped.is_file():
        return _short(shipped)
    if path.is_file():
        return path
    plural = {"scenario": "scenarios", "strategy": "strategies", "grid": "grids"}[what]
    listed = ", ".join(one for one in known if one != "default")
    raise _nothing(
        name,
        f"there is no {what} '{name}'",
        did_you_mean(name, known) or f"{plural} are {listed}; or give a file",
    )


def _short(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def _nothing(name: str, message: str, help: str) -> Invalid:
    code = "SC001" if message.startswith("there is no file") else "SC034"
    return Invalid([Problem(name, 1, 1, 2, "error", code, message, help)], {name: ""})
