"""Reference values with their tolerances and sources, kept as data in `reference.json`, and the ways to check them.

Whatever is checked here is also noted, so that `python -m tests.known_answers.report` can write down what was seen.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from simulator.results.statistics import equivalence_check

CASES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "reference.json").read_text(encoding="utf-8"))

# What the running test saw; `conftest.py` puts the properties of its pytest item here, which also travel between workers.
notes: list[tuple[str, Any]] = []


def observed(case: str, name: str, value: ArrayLike, half_width: float | None = None) -> str:
    """Note what a test saw of one answer of a case, and say `pass` or `fail`; nothing is raised.

    Parameters
    ----------
    case : a key of `reference.json`
    name : one of its `expected`; a number or a list, as there
    value : what the product's code gave
    half_width : of the 99.99 % interval, where the value is a mean of replications
    """
    expected, delta = CASES[case]["expected"][name], CASES[case]["delta"][name]
    room = np.maximum(delta, 1e-12 * np.abs(np.asarray(expected, dtype=float)))  # a tolerance of 0 allows for rounding
    got = np.asarray(value, dtype=float)
    near = got.shape == np.shape(expected) and bool((np.abs(got - np.asarray(expected, dtype=float)) <= room).all())
    sharp = half_width is None or half_width <= delta
    verdict = "pass" if near and sharp else "fail" if sharp else "underpowered"
    seen = {"case": case, "name": name, "observed": got.tolist(), "half_width": half_width, "verdict": verdict}
    notes.append(("observed", seen))
    return verdict


def check(case: str, **got: ArrayLike) -> None:
    """Some of a case's answers, each within its tolerance."""
    wrong = {k: (v, CASES[case]["expected"][k]) for k, v in got.items() if observed(case, k, v) != "pass"}
    assert not wrong, f"{case}: (got, expected) {wrong}; tolerance {CASES[case]['delta']}"


def exact(case: str, **got: ArrayLike) -> None:
    """All of a case's answers, each within its tolerance; a tolerance of zero still allows for rounding."""
    assert set(got) == set(CASES[case]["expected"]), f"{case} asks for {sorted(CASES[case]['expected'])}"
    check(case, **got)


def statistical(case: str, **replications: ArrayLike) -> None:
    """All of a case's answers: the mean within its tolerance, and its 99.99 % half-width no wider than that."""
    expected, delta = CASES[case]["expected"], CASES[case]["delta"]
    assert set(replications) == set(expected), f"{case} asks for {sorted(expected)}"
    checks = {k: equivalence_check(x, expected[k], delta[k]) for k, x in replications.items()}
    for name, c in checks.items():
        observed(case, name, c.mean, c.half_width)
    wrong = {k: (c, expected[k], delta[k]) for k, c in checks.items() if c.outcome != "pass"}
    assert not wrong, f"{case}: (check, expected, tolerance) {wrong}"


# Where a plan gives a half-width of half the tolerance, four tenths of its members still keep it within.
PARTS = [pytest.param(0.4, id="fast"), pytest.param(1.0, id="whole plan", marks=pytest.mark.slow)]


def exchanged(case: str, factor: int, part: float = 1.0) -> tuple[int, int, int]:
    """Length, warm-up and replications of a case's plan with `factor` times the members and 1/factor of the length.

    `part` is the part of the members that is run.
    """
    plan = CASES[case]["plan"]
    members = round(plan["replications"] * factor * part)
    return (plan.get("days") or plan["files"]) // factor, plan["warm_up"], members
