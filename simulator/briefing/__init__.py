"""Charts, the page and the terminal summary: everything a reader meets."""
