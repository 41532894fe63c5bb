"""A chart with everything that must travel with it: finding, unit, sources, alt text and its table."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.results.storage import write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ALT_LIMIT = 500
PIXELS = 1200


@dataclass(frozen=True)
class Chart:
    """One question answered in one picture.

    Attributes
    ----------
    name : short file name without ending
    title : the finding, with its range
    subtitle : unit and scenario
    footer : replications, seed, sources, share of assumptions, vintage
    alt : what the picture shows, for those who do not see it; at most 500 characters
    columns, rows : the numbers behind it, units in the column names
    figure : matplotlib figure
    """

    name: str
    title: str
    subtitle: str
    footer: str
    alt: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    figure: Figure

    def __post_init__(self) -> None:
        if not self.alt.strip() or len(self.alt) > ALT_LIMIT:
            raise ValueError(
                f"the alt text of '{self.name}' must have 1 to {ALT_LIMIT} characters; it has {len(self.alt)}"
            )

    def __getstate__(self) -> dict[str, Any]:
        """What travels to another process: the drawing as SVG, and no figure."""
        return {**self.__dict__, "svg": self.svg, "figure": None}

    @cached_property
    def svg(self) -> str:
        """The chart as SVG with text kept as text; the same text for the same chart. Drawn once, for file and page."""
        from matplotlib import rc_context

        out = io.StringIO()
        meta = {"Date": None, "Creator": None, "Title": self.title, "Description": self.alt}
        with rc_context({"svg.hashsalt": self.name, "svg.fonttype": "none"}):
            self.figure.savefig(out, format="svg", metadata=meta)
        return out.getvalue()

    def inline(self) -> str:
        """The chart as an SVG element for a page: ids of its own, named and described for screen readers."""
        from html import escape

        text = self.svg
        text = text[text.index("<svg") :]
        text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.S)
        text = re.sub(r"<title>.*?</title>\s*", "", text, flags=re.S)
        text = re.sub(r'\bid="([^"]+)"', rf'id="{self.name}-\1"', text)
        text = re.sub(r"url\(#([^)]+)\)", rf"url(#{self.name}-\1)", text)
        text = re.sub(r'href="#([^"]+)"', rf'href="#{self.name}-\1"', text)
        size = re.search(r'<svg[^>]*?viewBox="([^"]+)"', text, flags=re.S)
        box = size.group(1) if size else "0 0 576 360"
        label = f'role="img" aria-labelledby="{self.name}-t {self.name}-d"'
        head = (
            f'<svg {label} viewBox="{box}" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
            f'<title id="{self.name}-t">{escape(self.title)}</title><desc id="{self.name}-d">{escape(self.alt)}</desc>'
        )
        return re.sub(r"<svg.*?>", lambda _: head, text, count=1, flags=re.S)

    def png(self, pixels: int = PIXELS) -> bytes:
        """The chart as PNG of a given width; the same bytes for the same chart."""
        out = io.BytesIO()
        meta = {"Software": None, "Title": self.title, "Description": self.alt}
        self.figure.savefig(out, format="png", dpi=pixels / self.figure.get_figwidth(), metadata=meta)
        return out.getvalue()

    def save(self, folder: str | Path) -> list[Path]:
        """Write chart-<name>.svg, .png, .csv and .txt (the alt text) into a folder."""
        base = Path(folder) / f"chart-{self.name}"
        paths = [base.with_suffix(ending) for ending in (".svg", ".png", ".csv", ".txt")]
        paths[0].write_text(self.svg, encoding="utf-8", newline="\n")
        paths[1].write_bytes(self.png())
        write_table(paths[2], self.columns, self.rows)
        paths[3].write_text(f"{self.title}\n\n{self.alt}\n\n{self.footer}\n", encoding="utf-8", newline="\n")
        return paths
