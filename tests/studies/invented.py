"""An episode that never happened, on the small world of tests/world/small.py: a folder of files, and no code."""

from __future__ import annotations

from pathlib import Path

from tests.world import small

EPISODE = """\
name: invented
title: Licences for magnets that never were
world: small
start: 2024-01-01
origin: 2024-06-01
end: 2024-12-31
warm_up: 60 d
goods:
  magnets: [magnet]
  oxides: [light, heavy]
  plant: [plant]
cases:
  - id: japan
    title: Magnets to Japan
    series: export_monthly
    origin: CHN
    destination: JPN
    goods: magnets
    from: 2024-06
    before: [2024-03, 2024-05]
    baseline: 20
    baseline_source: made up
"""
TIMELINE = """\
announced,effective,end,actor,measure,kind,goods,destinations,parameters,source,grade,note
2024-06-01,2024-06-01,,China,Licences for magnets,licence,magnets,all,statutory_days=45,made up,D,
2024-07-10,2024-07-10,,A firm,A line stopped,stoppage,magnets,all,,made up,D,an outcome
2024-09-01,2024-09-01,,China,General licences,general_licence,magnets,JPN,coverage=0.2..0.5..0.8; ramp_days=30,made up,D,
"""
OBSERVED = """\
period,series,origin,destination,commodity,value,unit,source,grade,weight,use,note
2024-05,export_monthly,CHN,JPN,magnets,20,t,made up,D,1,calibration,
2024-06,export_monthly,CHN,JPN,magnets,8,t,made up,D,1,calibration,
2024-07,export_monthly,CHN,JPN,magnets,2,t,made up,D,0.5,calibration,
2024-08,export_monthly,CHN,JPN,magnets,900,t,made up,D,0,calibration,never scored
2024-09,export_monthly,CHN,JPN,magnets,19,t,made up,D,1,development_test,
2024-10,export_monthly,CHN,JPN,magnets,24,t,made up,D,1,development_test,
"""
HEAD = TIMELINE.splitlines()[0]


def write(
    folder: Path, timeline: str = TIMELINE, observed: str = OBSERVED, episode: str = EPISODE, name: str = "invented"
) -> Path:
    """Write the episode and, beside it, the world in which it happens; returns its folder."""
    home = folder / name
    (home / "small").mkdir(parents=True)
    small.write(home / "small", **{"world.yaml": ("inside: CHN", "inside: CHN\nparameters_of: rare_earths")})
    for file, text in (("episode.yaml", episode), ("timeline.csv", timeline), ("observed.csv", observed)):
        (home / file).write_text(text, encoding="utf-8")
    return home


def lines(*rows: str) -> str:
    """A timeline of some rows."""
    return "\n".join([HEAD, *rows]) + "\n"
