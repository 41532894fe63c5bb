"""A short scenario as a user would write it, for tests of the command line."""

from __future__ import annotations

SHORT = """\
name: short
title: A licence for half a year
kind: hypothetical
start: 2024-01-01
end: 2024-08-31
warm_up: 60 d
replications: 8
step: 7 d
grade: D
events:
  - {kind: export_licence, id: licences, title: Licences, effective: 2024-04-01, exporter: CHN, destinations: all,
     commodities: [ndfeb_magnet, ndfeb_heavy_magnet, smco_magnet], grade: D}
"""
