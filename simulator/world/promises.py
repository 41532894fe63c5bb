"""What offtakes promise of each site, against what it can make: the same tonne may be promised twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from simulator.scenario.quantities import Selection, UncertainDate
from simulator.world.model import World


@dataclass(frozen=True)
class Promise:
    """The most that is promised of a site at one time: a `share` of its capacity [1], above 1 more than there is.

    `day` is the first on which so much is promised, `offtakes` the places of those that promise it then, the latest last.
    """

    facility: str
    share: float
    day: date
    offtakes: tuple[int, ...]


def promised(offtakes: Sequence[Any], world: World) -> list[Promise]:
    """What is promised of every site that some `offtake` names, in order of name; central values and dates.

    A contract runs from its effective day, or from the opening of its site, for as long as it says or until it expires.
    """
    out = []
    for id, site in sorted(world.facilities.items()):
        opens = site.opens[1] if site.opens is not None else date.min
        spans = sorted(
            (begins, _ends(one, begins), place)
            for place, one in enumerate(offtakes)
            if _concerns(one, site, world.groups)
            for begins in [max(_central(one.effective), opens)]
        )
        found = []
        for day, _, _ in spans:
            there = tuple(place for begins, ends, place in spans if begins <= day < ends)
            found.append(Promise(id, sum(offtakes[place].share.central for place in there), day, there))
        if found:
            out.append(max(found, key=lambda promise: promise.share))
    return out


def _concerns(measure: Any, site: Any, groups: Mapping[str, tuple[str, ...]]) -> bool:
    named = ((measure.facilities, site.id), (measure.countries, site.country), (measure.stages, site.stage))
    return all(_chosen(selection, name, groups) for selection, name in named)


def _chosen(selection: Selection, name: str, groups: Mapping[str, tuple[str, ...]]) -> bool:
    def among(names: Sequence[str]) -> bool:
        return any(name in groups.get(each, (each,)) for each in names)

    return not among(selection.excluded) if selection.names is None else among(selection.names)


def _central(day: date | UncertainDate) -> date:
    return day.central if isinstance(day, UncertainDate) else day


def _ends(offtake: Any, begins: date) -> date:
    ends = begins + timedelta(days=offtake.contract.central)
    if offtake.expires is not None:
        return min(ends, _central(offtake.expires))
    if offtake.duration is not None:
        return min(ends, _central(offtake.effective) + timedelta(days=offtake.duration.central))
    return ends
