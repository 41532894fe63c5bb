"""The colours and dashes of every chart, page and file, in one place.

Six colours chosen by Matthew Petroff for people of all colour vision. Two of them, orange and grey, are too pale for
lines on white: they serve bands and backgrounds. Colour never stands alone: lines differ in dash too, and carry their
name at their end. No country has a colour of its own.
"""

from __future__ import annotations

BLUE, ORANGE, RED, PLUM, GREY, VIOLET = "#5790fc", "#f89c20", "#e42536", "#964a8b", "#9c9ca1", "#7a21dd"
SIX = (BLUE, ORANGE, RED, PLUM, GREY, VIOLET)
FILLS_ONLY = (ORANGE, GREY)

LINES: tuple[tuple[str, str | tuple[float, tuple[float, ...]]], ...] = (
    (BLUE, "-"),
    (VIOLET, (0.0, (5.0, 1.5))),
    (PLUM, (0.0, (1.5, 1.2))),
    (RED, (0.0, (6.0, 1.5, 1.5, 1.5))),
)
"""Colour and dash of the first, second, third and fourth line; any further line is grey."""

INK, SOFT_INK, RULE, PAPER = "#1b1b1f", "#55555c", "#d4d4d9", "#ffffff"
BANDS = (("90 %", 0.05, 0.95, 0.16), ("80 %", 0.10, 0.90, 0.24), ("50 %", 0.25, 0.75, 0.38))
"""Name, lower and upper quantile, and opacity of the bands of a fan, widest first."""

EARLY_TO_LATE = ("#00224e", "#434e6c", "#7d7c78", "#bcae6c", "#fee838")
"""Five steps of cividis, dark for early, which read in grey and in every colour vision."""

LITTLE_TO_MUCH = ("#e4ebf7", "#b4c6e6", "#7f9ccf", "#45659f", "#00224e")
"""Five tints of one blue for amounts, dark for much."""


def channels(colour: str) -> tuple[float, float, float]:
    """Red, green and blue of "#rrggbb", each from 0 to 1."""
    return tuple(int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5))  # type: ignore[return-value]


def luminance(colour: str) -> float:
    """Relative luminance [1], as the accessibility guidelines define it: 0 black, 1 white."""
    r, g, b = ((c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in channels(colour))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(colour: str, ground: str = PAPER) -> float:
    """Contrast ratio of two colours, from 1 to 21; text wants 4.5, lines want 3."""
    light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lightness(colour: str) -> float:
    """Perceived lightness (CIE L*), from 0 to 100: what is left of a colour on a grey printer."""
    y = luminance(colour)
    return 116.0 * y ** (1.0 / 3.0) - 16.0 if y > 0.008856 else 903.3 * y


def ink_on(ground: str) -> str:
    """Black or white, whichever reads better on a colour."""
    return INK if contrast(INK, ground) >= contrast(PAPER, ground) else PAPER
