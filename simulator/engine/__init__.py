"""The engine: one SimPy run advances a whole ensemble of worlds; arrays have the member on the last axis."""
