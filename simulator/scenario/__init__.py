"""What a user writes: scenarios, read with units, uncertain numbers and the place of every key.

Names are resolved on first use, so that importing the package loads nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.scenario.loading import load, load_strategy
    from simulator.scenario.model import Scenario
    from simulator.scenario.strategy import Strategy, with_strategy

__all__ = ["Scenario", "Strategy", "load", "load_strategy", "with_strategy"]

_WHERE = {
    "load": "simulator.scenario.loading",
    "load_strategy": "simulator.scenario.loading",
    "Scenario": "simulator.scenario.model",
    "Strategy": "simulator.scenario.strategy",
    "with_strategy": "simulator.scenario.strategy",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'simulator.scenario' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_WHERE[name]), name)
