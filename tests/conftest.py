"""What holds for every test: drawn examples are the same on every machine, and nothing is kept on disk."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")
