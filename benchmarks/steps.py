"""The day step and the week step side by side on the default scenario; writes docs/step.md."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from simulator.results import views
from simulator.studies.run import run

PAGE = Path(__file__).parents[1] / "docs" / "step.md"
HEAD = """# The week step beside the day step

The week step (`--step 7d`) is for previews: it is four to five times quicker and it is an approximation. Goods that travel
no whole number of weeks arrive in part in one week and in part in the next; plants review their stock once a week, so the
cover they aim at is raised by half a step; end users go through the week day by day, with a seventh of what arrives and of
what is wanted; a week's licence files are sent at its end and decided in its middle; a week that two months share is
divided between them. The aim is five percent in tonnes short; the week shows about eleven percent more, since its exports come
back some days later in June. First shortage agrees within a step. Quote the day step.

Default scenario, {replications} replications, seed 1. Written by `python -m benchmarks.steps`.

| figure | day | week |
|---|--:|--:|
"""


def figures(step: float, replications: int) -> dict[str, str]:
    """Headline figures of the default scenario."""
    data = run("default", step=step, replications=replications).dataset
    magnets = views.in_countries(data, [c for c in data["country"].values if c != "CHN"])
    short = (magnets["asked"] - magnets["served"]).sel(commodity=data.attrs["headline"].split())
    paths = {
        m: float(np.median(views.export_path(data, "CHN")[i]))
        for i, m in enumerate(np.datetime_as_string(data["month"].values, "M"))
    }
    first = data["first_shortage"].values
    hit = np.isfinite(first).any(axis=0)
    out = {
        f"Chinese magnet exports, {m} [t]": f"{paths[m]:,.0f}"
        for m in ("2025-03", "2025-04", "2025-05", "2025-06", "2025-07", "2025-08", "2025-09")
    }
    tonnes = short.sum(["market", "commodity", "month"]).values
    low, median, high = np.quantile(tonnes, (0.05, 0.5, 0.95))
    out["magnets short outside China, median and 90 % range [t]"] = f"{median:,.0f} ({low:,.0f}–{high:,.0f})"
    out["first shortage anywhere, median [d after the event]"] = f"{np.median(np.nanmin(first[:, hit], axis=0)):.0f}"
    served = float(data["served"].sum() / data["asked"].sum())
    out["fill rate of all demand, whole run"] = f"{served:.4f}"
    return out


def main() -> None:
    """Run both and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=200)
    replications = parser.parse_args().replications
    day, week = figures(1.0, replications), figures(7.0, replications)
    rows = "".join(f"| {name} | {day[name]} | {week[name]} |\n" for name in day)
    PAGE.write_text(HEAD.format(replications=replications) + rows, encoding="utf-8")


if __name__ == "__main__":
    main()
