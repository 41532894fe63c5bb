"""What a user writes: scenarios, read with units, uncertain numbers and the place of every key.

Names are resolved on first use, so that importing the package loads nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.scenario.loading import load
    from simulator.scenario.model import Scenario

__all__ = ["Scenario", "load"]

_WHERE = {"load": "simulator.scenario.loading", "Scenario": "simulator.scenario.model"}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'simulator.scenario' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_WHERE[name]), name)
