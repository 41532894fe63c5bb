"""Where the shipped scenarios are, and how a name becomes a file."""

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
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        if path.is_file():
            return path
        raise _nothing(name, f"there is no file '{name}'", "")
    shipped = built_in() / f"{DEFAULT if name == 'default' else name}.yaml"
    if shipped.is_file():
        return _short(shipped)
    if path.is_file():
        return path
    raise _nothing(
        name,
        f"there is no scenario '{name}'",
        did_you_mean(name, [*names(), "default"]) or f"scenarios are {', '.join(names())}; or give a file",
    )


def _short(path: Path) -> Path:
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def _nothing(name: str, message: str, help: str) -> Invalid:
    code = "SC034" if "scenario" in message else "SC001"
    return Invalid([Problem(name, 1, 1, 2, "error", code, message, help)], {name: ""})
