"""Reference values with their tolerances and sources, kept as data in `reference.json`, and the two ways to check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from simulator.results.statistics import equivalence_check

CASES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "reference.json").read_text(encoding="utf-8"))


def exact(case: str, **got: float) -> None:
    """All of a case's answers, each within its tolerance; a tolerance of zero still allows for rounding."""
    expected, delta = CASES[case]["expected"], CASES[case]["delta"]
    assert set(got) == set(expected), f"{case} asks for {sorted(expected)}"
    room = {k: max(delta[k], 1e-12 * abs(expected[k])) for k in expected}
    wrong = {k: (v, expected[k], delta[k]) for k, v in got.items() if not abs(v - expected[k]) <= room[k]}
    assert not wrong, f"{case}: (got, expected, tolerance) {wrong}"


def statistical(case: str, **replications: ArrayLike) -> None:
    """All of a case's answers: the mean within its tolerance, and its 99.99 % half-width no wider than that."""
    expected, delta = CASES[case]["expected"], CASES[case]["delta"]
    assert set(replications) == set(expected), f"{case} asks for {sorted(expected)}"
    checks = {k: equivalence_check(x, expected[k], delta[k]) for k, x in replications.items()}
    wrong = {k: (c, expected[k], delta[k]) for k, c in checks.items() if c.outcome != "pass"}
    assert not wrong, f"{case}: (check, expected, tolerance) {wrong}"


def exchanged(case: str, factor: int) -> tuple[int, int, int]:
    """Length, warm-up and replications of a case's plan with `factor` times the members and 1/factor of the length."""
    plan = CASES[case]["plan"]
    return (plan.get("days") or plan["files"]) // factor, plan["warm_up"], plan["replications"] * factor
