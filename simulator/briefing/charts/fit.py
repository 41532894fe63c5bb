"""What a calibration learnt: each free number before and after, on its own scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.briefing import palette, style
from simulator.briefing.chart import Chart

if TYPE_CHECKING:
    from simulator.studies.calibrate import Fit

NAMES = {
    "licence.office.statutory_share": "files decided only when the legal time is up [share]",
    "licence.office.load": "work of the office over what it can do [1]",
    "licence.enforcement_ramp": "days until customs stops every consignment [d]",
    "licence.scope": "share of the customs line that is stopped [share]",
    "parameter.hoarding": "rise of the stock aimed at when fear is whole [1]",
}


@style.drawn
def fit_chart(fit: Fit) -> Chart:
    """Prior range and 90 % band after the fit, one line for each free number, the verdict in words."""
    told = [fit.verdict(i) for i in range(len(fit.free))]
    found = sum(v == "identified" for v in told)
    title = f"The past tells {found} of {len(told)} numbers well, {sum(v.startswith('weakly') for v in told)} weakly"
    many = f"{fit.distance.size:,} samples, weights worth {fit.effective:.0f}; seed {fit.seed}"
    page = style.frame(
        title,
        "Whole range: what was thought possible before. Bar: 90 % of the weight after. Dot: median",
        f"{many}. Fitted to {', '.join(fit.episodes)}; only rows marked calibration",
        height=1.7 + 0.75 * len(told),
        left=0.03,
        right=0.97,
    )
    axes = page.axes
    rows = []
    for i, (one, verdict) in enumerate(zip(fit.free, told, strict=True)):
        low, middle, high = ((x - one.low) / (one.high - one.low) for x in fit.band(i))
        colour = (
            palette.BLUE
            if verdict == "identified"
            else palette.VIOLET
            if verdict.startswith("weakly")
            else palette.GREY
        )
        axes.plot([0.0, 1.0], [i, i], color=palette.RULE, linewidth=6.0, solid_capstyle="butt")
        axes.plot([low, high], [i, i], color=colour, linewidth=6.0, solid_capstyle="butt")
        axes.plot([middle], [i], "o", color=palette.PAPER, markeredgecolor=palette.INK, markersize=7.0)
        axes.text(
            0.0, i - 0.3, NAMES.get(one.name, one.name) + (f", {one.episode}" if one.episode else ""), size=style.BODY
        )
        band = " – ".join(f"{x:.2g}" for x in fit.band(i)[[0, 2]])
        axes.text(1.0, i - 0.3, f"{band}: {verdict}", size=style.BODY, ha="right")
        axes.text(0.0, i + 0.33, f"{one.low:g}", size=style.SMALL, color=palette.SOFT_INK)
        axes.text(1.0, i + 0.33, f"{one.high:g}", size=style.SMALL, color=palette.SOFT_INK, ha="right")
        rows.append((one.label, one.unit, one.low, one.high, *np.round(fit.band(i), 4).tolist(), verdict))
    axes.set_ylim(len(told) - 0.4, -0.7)
    axes.set_axis_off()
    columns = ("number", "unit", "prior low", "prior high", "p5", "median", "p95", "verdict")
    alt = f"{title}. " + "; ".join(f"{r[0]} {r[4]:g} to {r[6]:g} ({r[7]})" for r in rows)
    return Chart("fit", title, page.subtitle, page.footer, alt[:500], columns, tuple(rows), page.figure)
