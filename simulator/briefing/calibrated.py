"""What `simulator calibrate` does: fit with a progress bar, write the folder, say what the data tell and what they do not."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simulator import __version__
from simulator.briefing import command, folder
from simulator.briefing.charts.fit import fit_chart
from simulator.results.storage import write_table
from simulator.studies import episode as episodes
from simulator.studies.calibrate import Fit, calibrate, calibration_episodes, provenance

SAMPLES, SEED, STEP = 2000, 1, 7.0
DRAWS = 400  # joint draws that a backtest goes through
NUMBER = ("number", "value", "low", "high", "unit", "source", "year", "grade", "note", "free")


def calibrate_to_folder(
    names: Sequence[str], *, out: Path | None = None, progress: bool = True, **options: Any
) -> tuple[Path, dict[str, Any]]:
    """Fit to some episodes, or to all that have rows marked calibration, and write a folder.

    Parameters
    ----------
    names : shipped episodes or folders; all shipped ones with calibration rows where none is named
    out : folder of results; runs/<date>-calibrate when not given. A taken name gets -2, -3 …
    progress : show a bar on stderr
    options : samples, seed, workers, step; None takes 2,000, 1, one for each core and a week

    Raises
    ------
    Invalid : an episode is wrong, or too many numbers are free; nothing was run
    """
    setting = {"samples": SAMPLES, "seed": SEED, "step": STEP, **{k: v for k, v in options.items() if v is not None}}
    chosen = list(names) or calibration_episodes()
    with command.bar(progress, setting["samples"] * len(chosen)) as tell:
        fit = calibrate(chosen, progress=tell, **setting)
    given = " ".join(f"--{k} {v:g}d" if k == "step" else f"--{k} {v}" for k, v in options.items() if v is not None)
    again = " ".join(["simulator calibrate", *map(shlex.quote, names), given]).strip()
    target = folder.whole(out or folder.usual_name("calibrate"), lambda place: write(fit, place, again))
    return target, {"folder": str(target), **as_dict(fit)}


def write(fit: Fit, place: Path, again: str) -> None:
    """Write the numbers as a table of priors is written, joint draws, every sample with its weight, errors and the chart."""
    write_table(place / episodes.FITTED, NUMBER, _fitted(fit))
    labels = [f.label for f in fit.free]
    write_table(place / episodes.DRAWS, labels, np.round(fit.drawn(DRAWS), 6).tolist())
    cases = list(fit.by_case)
    rows = np.column_stack([fit.samples, fit.implausibility, fit.distance, fit.weights, *fit.by_case.values()])
    columns = (*labels, "implausibility", "distance", "weight", *cases)
    write_table(place / "samples.csv", columns, [[float(f"{x:.6g}") for x in row] for row in rows])
    write_table(place / "correlation.csv", ("number", *labels), [
        (label, *row) for label, row in zip(labels, np.round(fit.correlation(), 3).tolist(), strict=True)
    ])  # fmt: skip
    (place / "fit.txt").write_text(text(fit) + f"\n\nTo repeat it: {again}\n", encoding="utf-8", newline="\n")
    folder.write_json(place / "manifest.json", {**as_dict(fit), "again": again, "version": __version__})
    fit_chart(fit).save(place)


def _fitted(fit: Fit) -> list[tuple[Any, ...]]:
    """Rows of a table of numbers: the median and the 90 % band after the fit, with where they come from."""
    rows = []
    for i, one in enumerate(fit.free):
        low, central, high = (float(f"{x:.4g}") for x in fit.band(i))
        note = f"{fit.verdict(i)}: spread {fit.spread(i):.2f} of the prior's {one.low:g} to {one.high:g}; {one.note}"
        rows.append((one.label, central, low, high, one.unit, provenance(fit), "", "D", note, "no"))
    return rows


def text(fit: Fit) -> str:
    """What was found, in words and columns."""
    lines = [
        f"Fitted to {', '.join(fit.episodes)}: {fit.distance.size:,} samples, {100 * fit.ruled_out:.0f} % ruled out, "
        f"weights worth {fit.effective:.0f} samples.",
        "",
        f"  {'number':42} {'prior':>13}   {'5 %':>8} {'median':>8} {'95 %':>8}   what the data say",
    ]
    for i, one in enumerate(fit.free):
        low, central, high = fit.band(i)
        prior = f"{one.low:g} to {one.high:g}"
        lines.append(f"  {one.label:42} {prior:>13}   {low:8.3g} {central:8.3g} {high:8.3g}   {fit.verdict(i)}")
    lines += ["", f"  {'error over the baseline':42} {'before':>8} {'after':>8}"]
    for name, error in fit.by_case.items():
        lines.append(f"  {name:42} {error.mean():8.3f} {np.average(error, weights=fit.weights):8.3f}")
    return "\n".join(lines)


def as_dict(fit: Fit) -> dict[str, Any]:
    """The same for machines."""
    return {
        "episodes": list(fit.episodes),
        "samples": int(fit.distance.size),
        "seed": fit.seed,
        "step_days": fit.step,
        "ruled_out": fit.ruled_out,
        "effective_samples": fit.effective,
        "numbers": [
            {
                "number": one.label,
                "unit": one.unit,
                "prior": [one.low, one.high],
                "low": float(fit.band(i)[0]),
                "median": float(fit.band(i)[1]),
                "high": float(fit.band(i)[2]),
                "spread": fit.spread(i),
                "verdict": fit.verdict(i),
            }
            for i, one in enumerate(fit.free)
        ],
        "errors": {
            name: {"before": float(error.mean()), "after": float(np.average(error, weights=fit.weights))}
            for name, error in fit.by_case.items()
        },
    }


def say(target: Path, found: dict[str, Any]) -> str:
    """The summary for the terminal."""
    told = (target / "fit.txt").read_text(encoding="utf-8").rpartition("\n\nTo repeat")[0]
    adopt = f"{episodes.FITTED} and {episodes.DRAWS}"
    return f"{told}\n\nWritten to {target}/; put its {adopt} beside the episodes to backtest with them."
