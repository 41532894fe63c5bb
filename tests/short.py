"""A short scenario as a user would write it, for tests of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SHORT = """\
name: short
title: A licence for half a year
kind: hypothetical
start: 2024-01-01
end: 2024-08-31
warm_up: 60 d
replications: 8
step: 7 d
observed: chinese_magnet_exports
grade: D
events:
  - {kind: export_licence, id: licences, title: Licences, effective: 2024-04-01, exporter: CHN, destinations: all,
     commodities: [ndfeb_magnet, ndfeb_heavy_magnet, smco_magnet], grade: D}
"""


def run_short(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the short scenario in a folder of its own, as a person would."""
    folder.mkdir()
    (folder / "short.yaml").write_text(SHORT, encoding="utf-8")
    line = [sys.executable, "-m", "simulator", "run", "short.yaml", "--out", "result", *options]
    setting = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.run(line, cwd=folder, env=setting, capture_output=True, text=True, check=True, timeout=300)
