"""The shape of the code: which way imports point, what stays in which folder, what start-up may cost."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "simulator"
# A worker process learns once, from its initialiser, which counter it shares with its parent; there is no other way in.
STATE_WITH_REASON = {("simulator/studies/blocks.py", "_progress")}
LAYERS = ("scenario", "world", "engine", "results", "studies", "briefing", "cli")
SECRETS = {"simpy": "engine", "matplotlib": "briefing"}
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = {
    "numpy",
    "matplotlib",
    "pydantic",
    "ruamel",
    "simpy",
    "rich",
    "xarray",
    "pandas",
    "scipy",
    "pint",
    "jinja2",
    "babel",
}


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file, parsed once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of every import, those inside functions and of relative form too."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"


def layer(name: str) -> str | None:
    """Layer of a dotted name such as `simulator.world.model.World`; None outside the package or at its root."""
    parts = name.split(".")
    return parts[1] if parts[0] == "simulator" and len(parts) > 1 and parts[1] in LAYERS else None


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_every_module_belongs_to_a_layer() -> None:
    strays = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0].removesuffix(".py") not in {*LAYERS, "__init__", "__main__"}
    ]
    assert strays == []


def test_imports_point_one_way() -> None:
    wrong = []
    for path in MODULES:
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own not in LAYERS:
            continue
        for line, name in imports(path):
            other = layer(name)
            if other and LAYERS.index(other) > LAYERS.index(own):
                wrong.append(f"{where(path, line)}: {own} imports {name}")
    assert wrong == []


@pytest.mark.parametrize(("library", "folder"), SECRETS.items())
def test_a_library_stays_in_its_folder(library: str, folder: str) -> None:
    wrong = [
        f"{where(path, line)}: {name}"
        for path in MODULES
        for line, name in imports(path)
        if name.split(".")[0] == library and path.relative_to(PACKAGE).parts[0] != folder
    ]
    assert wrong == []


def test_no_pyplot() -> None:
    wrong = [where(p, line) for p in MODULES for line, name in imports(p) if re.search(r"\b(pyplot|pylab)\b", name)]
    assert wrong == []


def test_chance_comes_from_addressed_generators_only() -> None:
    """`np.random.Philox` and types are fine; the global generator and the standard library's are not."""
    allowed = {"Generator", "Philox", "SeedSequence", "BitGenerator"}
    wrong = [where(p, line) for p in MODULES for line, name in imports(p) if name.split(".")[0] == "random"]
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.Attribute)
                and node.attr not in allowed
                and isinstance(node.value, ast.Attribute)
                and ast.unparse(node.value) in {"np.random", "numpy.random"}
            ):
                wrong.append(f"{where(path, node.lineno)}: {ast.unparse(node)}")
        for line, name in imports(path):
            if name.startswith("numpy.random.") and name.split(".")[2] not in allowed:
                wrong.append(f"{where(path, line)}: {name}")
    assert wrong == []


def test_modules_hold_no_state() -> None:
    """No `global`, and a container made at module level is an upper-case name that nobody changes in place."""
    wrong = []
    mutators = {
        "append",
        "add",
        "update",
        "extend",
        "pop",
        "clear",
        "setdefault",
        "insert",
        "remove",
        "discard",
        "popitem",
    }
    for path in MODULES:
        module = tree(path)
        targets = [t for node in module.body if isinstance(node, ast.Assign | ast.AnnAssign) for t in _targets(node)]
        containers = {t.id for t in targets}
        wrong += [
            f"{where(path, t.lineno)}: {t.id}"
            for t in targets
            if not re.fullmatch(r"_?[A-Z][A-Za-z0-9_]*|__\w+__|_?\w+_option", t.id)
        ]
        for node in ast.walk(module):
            if isinstance(node, ast.Global):
                names = [n for n in node.names if (path.relative_to(ROOT).as_posix(), n) not in STATE_WITH_REASON]
                wrong += [f"{where(path, node.lineno)}: global {name}" for name in names]
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=verb)) if verb in mutators:
                    changed = name in containers
                case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                    changed = name in containers
                case _:
                    changed = False
            if changed:
                wrong.append(f"{where(path, node.lineno)}: {name} is changed in place")
    assert wrong == []


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.Name]:
    """Names that a module-level assignment binds to a container."""
    if not isinstance(node.value, ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp | ast.SetComp):
        return []
    return [t for t in (node.targets if isinstance(node, ast.Assign) else [node.target]) if isinstance(t, ast.Name)]


def tracked_files() -> list[Path]:
    """Files that git tracks; outside a clone, every file of the project."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return [
            p for part in ("simulator", "tests", "docs", "scenarios") for p in (ROOT / part).rglob("*") if p.is_file()
        ]
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_no_package_index_address_and_no_machine_path() -> None:
    hosts = [r"py" + r"pi\.org", r"python" + r"hosted\.org", r"index-" + r"url\s*=", r"npm" + r"js\.(?:org|com)"]
    paths = [r"(?<![\w./:-])/(?:home|root|Users|work|tmp|farm)/\w"]
    pattern = re.compile("|".join(hosts + paths))
    wrong = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" in content[:4096]:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if pattern.search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert wrong == []


def python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=True
    )


def top_level(importtime: str) -> set[str]:
    return {
        line.rpartition("|")[2].strip().split(".")[0]
        for line in importtime.splitlines()
        if line.startswith("import time:")
    }


def test_help_imports_click_only(tmp_path: Path) -> None:
    done = python("-X", "importtime", "-m", "simulator", "--help", cwd=tmp_path)
    loaded = top_level(done.stderr)
    assert "click" in loaded
    assert loaded & HEAVY == set()
    assert "Usage: simulator" in done.stdout


def test_importing_the_package_does_nothing_else(tmp_path: Path) -> None:
    """Nothing printed, nothing written, no thread, no path or environment changed, nothing heavy loaded."""
    script = (
        "import os, sys, threading\n"
        "before = (dict(os.environ), list(sys.path), threading.active_count())\n"
        "import simulator\n"
        "assert before == (dict(os.environ), list(sys.path), threading.active_count())\n"
    )
    done = python("-X", "importtime", "-c", script, cwd=tmp_path)
    assert done.stdout == ""
    assert [line for line in done.stderr.splitlines() if not line.startswith("import time:")] == []
    assert list(tmp_path.iterdir()) == []
    assert top_level(done.stderr) & (HEAVY | {"click"}) == set()


def test_public_names_resolve_on_use() -> None:
    import simulator

    for name in simulator.__all__:
        assert getattr(simulator, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        simulator.nothing  # noqa: B018
