"""What holds for every test: drawn examples are the same on every machine, and nothing is kept on disk.

Files whose tests share what is costly to make go to one worker, so that it is made once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.short import run_short

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")

TOGETHER = {
    "tests/acceptance/test_dependency_by_stage.py": "the short run",
    "tests/acceptance/test_diversification.py": "an outage and a flood",
    "tests/acceptance/test_embargo_on_japan.py": "the embargo",
    "tests/acceptance/test_inputs_and_repeats.py": "repeats",
    "tests/acceptance/test_licences_of_april_2025.py": "the licences",
    "tests/briefing/test_charts.py": "charts",
    "tests/briefing/test_page.py": "charts",
    "tests/briefing/test_folder.py": "the short run",
    "tests/test_command_run.py": "the short run",
    "tests/test_cli.py": "the short run",
    "tests/test_command_backtest.py": "the invented episode",
    "tests/studies/test_backtest.py": "the invented backtest",
    "tests/studies/test_explain.py": "the short run",
    "tests/known_answers/test_relations.py": "relations",
    "tests/laws/test_bit_identity.py": "one crowd",
    "tests/laws/test_interventions.py": "interventions",
    "tests/laws/test_real_world.py": "the real world",
    "tests/test_architecture.py": "trees of code",
    "tests/world/test_closing.py": "the fit",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deal out files of TOGETHER whole, everything else test by test; any `--dist` but the usual one goes before."""
    if config.getoption("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return TOGETHER.get(nodeid.split("::")[0], nodeid)

    return Together(config, log)


@pytest.fixture(scope="session")
def by_command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where one process ran the short scenario: its folder is `result`, what it said in JSON is `said.json`."""
    folder = tmp_path_factory.mktemp("command") / "one"
    done = run_short(folder, "--workers", "1", "--json")
    (folder / "said.json").write_text(done.stdout, encoding="utf-8")
    return folder
