"""What an event moves beside the headline: uses of other materials, stocks of end users, prices, exports, output.

Everything is held against the year before the event in the same member. Nothing here knows a material or a country:
what is told is what weighs most, at the prices of that year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.results import views
from simulator.results.views import Spread

if TYPE_CHECKING:
    import xarray

BEFORE = 12
"""Months before the event that count as normal."""
AFTER = 24
"""Months from the event's own in which a mark is looked for."""
FLOW_AFTER = 12
"""The same for exports and output: growth and new sites move them too, so later months say less about the event."""
WINDOW = 3
"""Months over which a flow is taken: a quota that is used up on its first day leaves whole months empty."""
RISE, FALL, COVER_FALL = 1.1, 0.2, 0.15
"""What a price, a flow and a cover must move by, in the median run; what the tables drift by alone is less."""
RARE = 0.05
"""Share of runs from which a shortage that most runs do not see is told."""

Floats = NDArray[np.float64]
Key = TypeVar("Key")


class Move(NamedTuple):
    """One mark of the event.

    Attributes
    ----------
    kind : unserved (share of demand, 1), at_risk (share of runs, 1), cover (d), price (multiple of before, 1),
        exports and output (share that is missing, 1)
    what : commodity, or stage for output
    country, sector : where; the sector is empty where there is none
    month : the month of the strongest median; the first of three for exports and output
    before, after : median before the event; the spread over members in that month
    others : other uses that go short in the median run, for unserved alone
    """

    kind: str
    what: str
    country: str
    sector: str
    month: np.datetime64
    before: float
    after: Spread
    others: int = 0


def moves(dataset: xarray.Dataset) -> list[Move]:
    """The strongest mark of each kind, nearest to the end user first; empty without an event or a time before it."""
    start, part = views.event_day(dataset), views.shown(dataset)
    months = part["month"].values.astype("datetime64[M]")
    if start is None:
        return []
    at = int((start.astype("datetime64[M]") - months[0]).astype(int))
    if not 0 < at < months.size:
        return []
    scene = _Scene(part, months, at)
    unserved, short = _unserved(scene)
    found = [unserved, _cover(scene, short), _price(scene), _exports(scene), _output(scene)]
    return [move for move in found if move is not None]


class _Scene:
    """The results without the warm-up, cut at the event; arrays (…, month, member)."""

    def __init__(self, data: xarray.Dataset, months: NDArray[np.datetime64], at: int) -> None:
        self.data, self.months, self.at = data, months, at
        self.before = slice(max(0, at - BEFORE), at)
        self.days = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.float64)
        self.markets = [str(m).split("/") for m in data["market"].values]
        self.commodities = [str(c) for c in data["commodity"].values]
        self.home = views.inside(data)
        self._asked = self.of("asked", "market", "commodity").mean(axis=-1).sum(axis=-1) > 0.0

    def of(self, name: str, *dims: str) -> Floats:
        values: Floats = self.data[name].transpose(*dims, "month", "member").values.astype(np.float64)
        return values

    def month(self, index: int) -> np.datetime64:
        return self.months[index].astype("datetime64[D]")

    def uses(self) -> list[tuple[int, int]]:
        """Positions of markets and commodities with demand."""
        return [(int(i), int(j)) for i, j in np.argwhere(self._asked)]

    def outside_price(self, commodity: str) -> Floats | None:
        if "price" not in self.data or commodity not in self.data["priced"].values:
            return None
        return views.price_paths(self.data, commodity).get("outside")

    def worth(self, commodity: str) -> float:
        """Price before the event [USD/t]; 1 where there is none."""
        price = self.outside_price(commodity)
        return 1.0 if price is None else float(np.median(price[self.before]))


def _unserved(scene: _Scene) -> tuple[Move | None, set[tuple[int, int]]]:
    """The use outside the headline that loses most in the median run, else the one that may; and all that go short."""
    window = slice(scene.at, scene.at + AFTER)
    asked = scene.of("asked", "market", "commodity")[:, :, window]
    gap = np.maximum(asked - scene.of("served", "market", "commodity")[:, :, window], 0.0)
    sure: dict[tuple[int, int], float] = {}
    rare: dict[tuple[int, int], float] = {}
    share: dict[tuple[int, int], Floats] = {}
    for i, j in scene.uses():
        name = scene.commodities[j]
        if views.is_headline(scene.data, name):
            continue
        share[i, j] = np.divide(gap[i, j], asked[i, j], out=np.zeros_like(gap[i, j]), where=asked[i, j] > 0.0)
        worth = float(gap[i, j].sum(axis=0).mean()) * scene.worth(name)
        if np.median(share[i, j], axis=1).max() >= views.SHORT:
            sure[i, j] = worth
        elif (share[i, j] >= views.SHORT).any(axis=0).mean() >= RARE:
            rare[i, j] = worth
    if not sure and not rare:
        return None, set()
    i, j = best = _largest(sure or rare)
    (country, sector), path = scene.markets[i], share[best]
    if sure:
        at = int(np.median(path, axis=1).argmax())
        after, kind = views.spread(path[at]), "unserved"
    else:
        at, kind = int(path.mean(axis=1).argmax()), "at_risk"
        hit = float((path >= views.SHORT).any(axis=0).mean())
        after = Spread(hit, hit, hit)
    found = Move(
        kind, scene.commodities[j], country, sector, scene.month(scene.at + at), 0.0, after, max(0, len(sure) - 1)
    )
    return found, set(sure)


def _cover(scene: _Scene, short: set[tuple[int, int]]) -> Move | None:
    """The end users' stock that loses most value; what is short is told already."""
    if "cover" not in scene.data:
        return None
    cover, asked = scene.of("cover", "market", "commodity"), scene.of("asked", "market", "commodity")
    found, weight = {}, {}
    for i, j in scene.uses():
        before = float(np.median(cover[i, j, scene.before].mean(axis=0)))
        later = cover[i, j, scene.at : scene.at + AFTER]
        at = int(np.median(later, axis=1).argmin())
        after = views.spread(later[at])
        if (i, j) in short or before <= 0.0 or after.median > (1.0 - COVER_FALL) * before:
            continue
        use = float(asked[i, j, scene.before].mean()) * scene.worth(scene.commodities[j])
        weight[i, j] = (before - after.median) * use
        country, sector = scene.markets[i]
        found[i, j] = Move("cover", scene.commodities[j], country, sector, scene.month(scene.at + at), before, after)
    return found[_largest(weight)] if found else None


def _price(scene: _Scene) -> Move | None:
    """The highest multiple outside, among what the controlling country sells abroad where that is known."""
    if "price" not in scene.data:
        return None
    sold = _sold(scene)
    found, weight = {}, {}
    for name in map(str, scene.data["priced"].values):
        path = scene.outside_price(name)
        if path is None or (sold and name not in sold):
            continue
        times = path[scene.at : scene.at + AFTER] / path[scene.before].mean(axis=0)
        at = int(np.median(times, axis=1).argmax())
        after = views.spread(times[at])
        if after.median >= RISE:
            weight[name] = after.median
            found[name] = Move("price", name, scene.home, "", scene.month(scene.at + at), 1.0, after)
    return found[_largest(weight)] if found else None


def _exports(scene: _Scene) -> Move | None:
    """The fall of the controlling country's exports that is worth most."""
    found, weight = {}, {}
    for name in _sold(scene):
        path = views.export_path(scene.data, scene.home, commodities=[name])
        lost = _missing(scene, path)
        if lost is not None and lost[1].median >= FALL:
            weight[name] = float(path[scene.before].mean()) * lost[1].median * scene.worth(name)
            found[name] = Move("exports", name, scene.home, "", scene.month(lost[0]), 0.0, lost[1])
    return found[_largest(weight)] if found else None


def _output(scene: _Scene) -> Move | None:
    """The fall of output of a country's stage that is the largest part of that stage in the world."""
    if "made" not in scene.data:
        return None
    made = scene.of("made", "facility")
    places = [str(c) for c in scene.data["facility_country"].values]
    stages = [str(s) for s in scene.data["facility_stage"].values]
    found, weight = {}, {}
    for key in sorted(set(zip(places, stages, strict=True))):
        country, stage = key
        path = made[[k == key for k in zip(places, stages, strict=True)]].sum(axis=0)
        lost = _missing(scene, path)
        # A stage that falls in some runs and rises in others is the luck of few sites, not the event.
        if lost is None or lost[1].median < FALL or lost[1].low <= 0.0:
            continue
        whole = made[[s == stage for s in stages]].sum(axis=0)[scene.before].mean()
        weight[key] = float(path[scene.before].mean() * lost[1].median / whole)
        found[key] = Move("output", stage, country, "", scene.month(lost[0]), 0.0, lost[1])
    return found[_largest(weight)] if found else None


def _missing(scene: _Scene, path: Floats) -> tuple[int, Spread] | None:
    """First month of the lowest flow over a few months, and the share of normal missing then; None without a flow."""
    normal = path[scene.before].sum(axis=0) / scene.days[scene.before].sum()
    if not (normal > 0.0).all():
        return None
    ends = range(scene.at + WINDOW, min(scene.at + FLOW_AFTER, scene.months.size) + 1)
    spans = [slice(end - WINDOW, end) for end in ends]
    if not spans:
        return None
    lost = np.array([1.0 - path[s].sum(axis=0) / scene.days[s].sum() / normal for s in spans])
    at = int(np.median(lost, axis=1).argmax())
    return scene.at + at, views.spread(lost[at])


def _sold(scene: _Scene) -> list[str]:
    """What the controlling country exported before the event."""
    if "exports" not in scene.data:
        return []
    names = sorted({str(c) for c in scene.data["flow_commodity"].values})
    paths = {name: views.export_path(scene.data, scene.home, commodities=[name]) for name in names}
    return [name for name, path in paths.items() if path[scene.before].sum() > 0.0]


def _largest(weight: dict[Key, float]) -> Key:
    """The key of the largest weight; the first of equals."""
    return max(weight, key=lambda key: weight[key])
