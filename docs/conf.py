"""How Sphinx makes the manual: `make docs`."""

from simulator import __version__

project = "Mineral Simulator"
release = version = __version__
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"{project} {version}"
exclude_patterns = ["images"]
