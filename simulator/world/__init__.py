"""What exists before anything happens: facilities, recipes, lanes, demand, stocks; from tables with sources; checks."""

from simulator.world.loading import load, names
from simulator.world.model import World

__all__ = ["World", "load", "names"]
