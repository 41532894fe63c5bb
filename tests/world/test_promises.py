"""What offtakes promise of a site: added where they run together, from the day on which the site is there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from simulator.scenario.kinds import KINDS
from simulator.world.promises import promised
from tests import worlds as w

WORLD = w.world(
    [w.recipe("dig", {}, {"ore": 1.0})],
    [
        w.facility("later", "BBB", "mine", "dig", 10.0, opens=(date(2026, 1, 1), date(2027, 1, 1), date(2028, 1, 1))),
        w.facility("mine", "AAA", "mine", "dig", 40.0),
    ],
    {("BBB", "use", "ore"): 30.0},
    {("BBB/use", "ore", "mine"): 1.0},
    {},
    {},
    groups={"both": ("AAA", "BBB")},
)


def offtake(share: float, since: str = "2026-01-01", **keys: Any) -> Any:
    return KINDS["offtake"].model_validate(
        {"kind": "offtake", "id": "x", "payer": "x", "effective": since, "share": share, "facilities": ["mine"], **keys}
    )


def told(*offtakes: Any) -> list[tuple[str, float, str, tuple[int, ...]]]:
    return [
        (p.facility, pytest.approx(p.share), p.day.isoformat(), p.offtakes) for p in promised(list(offtakes), WORLD)
    ]


def test_promises_that_run_together_are_added() -> None:
    later = offtake(0.7, "2026-06-01")
    assert told(offtake(0.5), later) == [("mine", 1.2, "2026-06-01", (0, 1))]
    assert told(later, offtake(0.5)) == [("mine", 1.2, "2026-06-01", (1, 0))]


@pytest.mark.parametrize("ends", [{"contract": "151 d"}, {"expires": "2026-06-01"}, {"duration": "151 d"}], ids=str)
def test_one_that_has_ended_does_not_count(ends: dict[str, Any]) -> None:
    assert told(offtake(0.5, **ends), offtake(0.7, "2026-06-01")) == [("mine", 0.7, "2026-06-01", (1,))]


def test_a_contract_begins_with_its_site() -> None:
    """Two of a year each, made a year apart, for a site that opens when the second is made: they run together."""
    one, two = (offtake(0.6, since, facilities=["later"], contract="365 d") for since in ("2026-01-01", "2027-01-01"))
    assert told(one, two) == [("later", 1.2, "2027-01-01", (0, 1))]


def test_sites_are_meant_by_country_group_and_exception() -> None:
    assert [name for name, *_ in told(offtake(0.5, facilities="all", countries=["both"]))] == ["later", "mine"]
    assert [name for name, *_ in told(offtake(0.5, facilities={"except": ["mine"]}))] == ["later"]
    assert told(offtake(0.5, facilities="all", stages=["magnet"])) == []
