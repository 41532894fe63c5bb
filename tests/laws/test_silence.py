"""Law: importing the package does nothing else; nothing is fetched, nothing leaves the machine, no file is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WATCHED = """
import sys
seen = []
def watch(event, args):
    outside = event.startswith(('socket.', 'urllib.', 'http.', 'ftplib.', 'subprocess.'))
    if outside or event in ('os.system', 'os.mkdir', 'os.rename'):
        seen.append((event, args))
    if event == 'open' and isinstance(args[1], str) and any(m in args[1] for m in 'wax+') and '__pycache__' not in str(args[0]):
        seen.append((event, args))
sys.dont_write_bytecode = True
sys.addaudithook(watch)
"""


def heard(code: str, folder: Path) -> str:
    """What a fresh interpreter, in an empty folder, did to the world outside it while it ran `code`."""
    program = f"{WATCHED}\nsys.path.insert(0, {str(Path(__file__).parents[2])!r})\n{code}\nprint(seen)"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


def test_importing_the_package_does_nothing_else(tmp_path: Path) -> None:
    assert heard("import simulator, simulator.engine.simulation, simulator.world, simulator.scenario", tmp_path) == "[]"
    assert list(tmp_path.iterdir()) == []


def test_a_run_of_the_engine_touches_no_file_and_no_network(tmp_path: Path) -> None:
    code = """
from simulator.engine.members import Members
from simulator.engine.simulation import simulate
from tests import worlds
simulate(worlds.chain(), [worlds.scenario(30)], Members.grid(1, range(2)))
"""
    assert heard(code, tmp_path) == "[]"
    assert list(tmp_path.iterdir()) == []


def test_the_watch_hears_what_it_should(tmp_path: Path) -> None:
    assert "open" in heard("open('here', 'w').close()", tmp_path)
    assert "socket" in heard("import socket; socket.socket().close()", tmp_path)
