"""What exists before anything happens: facilities, recipes, lanes, demand, stocks; from tables with sources; checks."""

from simulator.world.loading import load, names
from simulator.world.model import World
from simulator.world.resolve import resolve

__all__ = ["World", "load", "names", "resolve"]
