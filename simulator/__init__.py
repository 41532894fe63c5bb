"""Disruption of critical-mineral supply chains, simulated.

    import simulator as sim

    result = sim.run(sim.load("april-2025-licences"))
    sim.metrics.fill_rate(result.dataset.asked, result.dataset.served, over="month")

Importing this package loads nothing else: each name below is fetched when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "load": ("simulator.scenario", "load"),
    "load_strategy": ("simulator.scenario", "load_strategy"),
    "with_strategy": ("simulator.scenario", "with_strategy"),
    "load_world": ("simulator.world", "load"),
    "run": ("simulator.studies.run", "run"),
    "compare": ("simulator.studies.compare", "compare"),
    "stock": ("simulator.studies.stock", "stock"),
    "contributions": ("simulator.studies.contributions", "contributions"),
    "tornado": ("simulator.studies.tornado", "tornado"),
    "supply_cost": ("simulator.results.supply_cost", "supply_cost"),
    "metrics": ("simulator.results.metrics", ""),
    "charts": ("simulator.briefing.charts", ""),
}

__all__ = [
    "__version__",
    "charts",
    "compare",
    "contributions",
    "load",
    "load_strategy",
    "load_world",
    "metrics",
    "run",
    "stock",
    "supply_cost",
    "tornado",
    "with_strategy",
]


def __getattr__(name: str) -> Any:
    """Fetch a public name on first use and keep it (PEP 562)."""
    if name not in _NAMES:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}")
    module, attribute = _NAMES[name]
    value = import_module(module)
    if attribute:
        value = getattr(value, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
