"""Measurements of speed. Nothing here is a timed test: clocks flake, ratios measured side by side do not."""
