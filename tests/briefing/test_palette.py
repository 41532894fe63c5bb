"""Colours that all eyes, and a grey printer, can tell apart."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from simulator.briefing import palette

# Brettel, Viénot and Mollon (1997) in the single-plane form of Viénot et al. (1999), on linear RGB.
SEEN = {
    "normal": np.eye(3),
    "deuteranopia": np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]),
    "protanopia": np.array([[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]]),
}


def lab(colour, vision):
    """CIE L*a*b* of a colour as seen with a vision."""
    rgb = np.array(palette.channels(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(SEEN[vision] @ linear, 0.0, 1.0)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = np.cbrt(np.maximum(xyz / np.array([0.9505, 1.0, 1.089]), 1e-9))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_contrast_of_known_pairs():
    assert palette.contrast("#000000") == pytest.approx(21.0)
    assert palette.contrast("#777777") == pytest.approx(4.48, abs=0.01)
    assert palette.lightness("#ffffff") == pytest.approx(100.0)


def test_lines_stand_out_on_paper():
    for colour, _ in palette.LINES:
        assert palette.contrast(colour) >= 3.0
        assert colour not in palette.FILLS_ONLY


def test_pale_colours_are_kept_for_fills():
    assert {c for c in palette.SIX if palette.contrast(c) < 3.0} == set(palette.FILLS_ONLY)


def test_text_stands_out_on_paper_and_in_cells():
    assert palette.contrast(palette.INK) >= 7.0
    assert palette.contrast(palette.SOFT_INK) >= 4.5
    for ground in (*palette.EARLY_TO_LATE, *palette.LITTLE_TO_MUCH):
        assert palette.contrast(palette.ink_on(ground), ground) >= 4.0


def test_every_line_has_a_dash_of_its_own():
    assert len({str(dash) for _, dash in palette.LINES}) == len(palette.LINES)


@pytest.mark.parametrize("vision", SEEN)
def test_six_colours_differ_for_every_eye(vision):
    apart = min(np.linalg.norm(lab(a, vision) - lab(b, vision)) for a, b in combinations(palette.SIX, 2))
    assert apart > 12.0


def test_six_colours_differ_in_grey():
    levels = sorted(palette.lightness(c) for c in palette.SIX)
    assert min(np.diff(levels)) > 3.0


def test_steps_from_early_to_late_only_get_lighter():
    levels = [palette.lightness(c) for c in palette.EARLY_TO_LATE]
    assert min(np.diff(levels)) > 12.0


def test_steps_from_little_to_much_only_get_darker():
    levels = [palette.lightness(c) for c in palette.LITTLE_TO_MUCH]
    assert max(np.diff(levels)) < -12.0
