"""The past is reproduced no worse than before."""

from __future__ import annotations

import pytest

from simulator.studies import episode
from tests.backtests.stored import means, scores, stored, worse

HELP = (
    "a change made the backtests worse by more than 5 %. If that is meant (better data, a mended error), say why in "
    "CHANGELOG.md and store the new scores with `make scores`"
)


def test_no_mean_score_is_worse_by_more_than_a_twentieth() -> None:
    found = worse(stored(7.0), scores(7.0))
    assert found == [], HELP


@pytest.mark.slow
def test_nor_by_the_day() -> None:
    found = worse(stored(1.0), scores(1.0))
    assert found == [], HELP


@pytest.mark.parametrize("step", [7.0, pytest.param(1.0, marks=pytest.mark.slow)])
def test_every_case_of_every_episode_is_stored(step: float) -> None:
    rows = stored(step)
    told = {(row["episode"], row["case"]) for row in rows}
    assert told == {(name, case.id) for name in episode.names() for case in episode.load(name).episode.cases}
    assert all(row["mode"] == "rule" for row in rows)


def row(name: str, nrmse: float, crps: float = 0.1) -> dict[str, str]:
    return {"episode": name, "nrmse": str(nrmse), "crps": str(crps)}


def test_five_per_cent_of_a_mean_is_the_bound_by_episode_and_over_all() -> None:
    before = [row("a", 0.2), row("a", 0.4), row("b", 1.0)]
    assert means(before)["a", "nrmse"] == pytest.approx(0.3)
    assert worse(before, [row("a", 0.22), row("a", 0.41), row("b", 1.04)]) == []
    assert worse(before, [row("a", 0.2), row("a", 0.44), row("b", 0.9)]) == ["a: mean nrmse 0.320, stored 0.300"]
    assert [w.split(":")[0] for w in worse(before, [row("a", 0.32), row("a", 0.42), row("b", 1.2)])] == [
        "a",
        "all",
        "b",
    ]
