"""What holds for every test: drawn examples are the same on every machine, and nothing is kept on disk.

Tests that share a costly fixture say so with `xdist_group`, so that one worker builds it once for all of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.short import run_short

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def by_command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where one process ran the short scenario: its folder is `result`, what it said in JSON is `said.json`."""
    folder = tmp_path_factory.mktemp("command") / "one"
    done = run_short(folder, "--workers", "1", "--json")
    (folder / "said.json").write_text(done.stdout, encoding="utf-8")
    return folder
