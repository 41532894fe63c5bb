"""How much stock final users need so that a closure leaves none of them short: found by bisection, run by run.

Every replication is asked on its own which stock would just have carried each market through; all meet the same luck at
every trial. The stock that protects in 90 % of runs is then an order statistic, and the whole curve comes with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.engine.members import Members
from simulator.engine.simulation import event_day
from simulator.results.statistics import binomial_quantile, share_ci
from simulator.scenario.model import Scenario
from simulator.scenario.problems import Invalid, Problem, did_you_mean
from simulator.studies import closures as closing
from simulator.studies.closures import Closures
from simulator.studies.run import Result, run_reduced
from simulator.world.loading import load as load_world
from simulator.world.model import World

Array = NDArray[np.float64]
Response = Callable[[Array, NDArray[np.int64]], NDArray[np.bool_]]

MOST = 730.0  # more stock than this is not tried [d]
FINE, CLOSE = 1.0, 0.05  # a bracket is narrow enough at a day, or at this share of its upper end
REACH = (
    1.0,
    1.1,
    1.3,
    2.0,
)  # how far from the first guess the trials may go, as a factor; later ones as far as they like
REPLICATIONS, SEED, STEP = 100, 1, 7.0
MONTHS, LEVELS, TARGETS = (3, 6, 12, 18), (0.5, 0.75, 0.9, 0.95), (60.0, 180.0)
LADDER = (0.0, 7.0, 15.0, 30.0, 45.0, 60.0, 90.0, 120.0, 150.0, 180.0, 240.0, 300.0, 365.0, 450.0, 540.0, 630.0, 730.0)
EVERY = "every"  # in place of a sector: all sectors asked about, none of which may go short


class Needed(NamedTuple):
    """Stock that keeps a market supplied at a level; infinite where more than was tried.

    `cover`, its interval of 95 % `low` to `high` and `today` (mean by use; NaN for several sectors) are days of use [d];
    `level` is the share of runs without a shortage [1]; `extra_t` and `extra_usd` what the cover holds beyond today's, at the
    use and prices of the base year [t], [USD].
    """

    country: str
    sector: str
    months: int
    level: float
    cover: float
    low: float
    high: float
    today: float
    extra_t: float
    extra_usd: float


class Chance(NamedTuple):
    """Share of runs in which a market with `cover` days of stock does not go short [1], with its interval of 95 %."""

    country: str
    sector: str
    months: int
    cover: float
    share: float
    low: float
    high: float


class Trial(NamedTuple):
    """What a trial leaves: `first` shortages (place, member) [d after the event], and how far stocks fell from one month's
    end to another, `drop` (demand, member) [d]."""

    first: NDArray[np.float32]
    drop: NDArray[np.float32]
    places: tuple[tuple[str, str], ...]
    demand: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Market:
    """A final user: what it takes of each headline good [t/d], and the stock it holds of it today [d]."""

    country: str
    sector: str
    use: Mapping[str, float]
    today: Mapping[str, float]

    @property
    def held(self) -> float:
        """Stock of today, as days of use [d]."""
        return float(np.average(list(self.today.values()), weights=list(self.use.values())))

    def beyond(self, cover: float, worth: Mapping[str, float]) -> float:
        """What a cover holds beyond today's stock, each tonne at its worth."""
        return sum(max(cover - self.today[c], 0.0) * use * worth.get(c, math.nan) for c, use in self.use.items())


@dataclass(frozen=True)
class Stock:
    """What was found: `covers` are the stocks that just suffice, (market, closure, replication) [d]; infinite beyond `MOST`."""

    closures: Closures
    markets: tuple[Market, ...]
    covers: Array
    runs: int  # worlds that were run to find it

    @property
    def scenario(self) -> Scenario:
        """The scenario, with the closure as long as the last one asked about."""
        return self.closures.arms[-1]

    @property
    def world(self) -> World:
        """Its world."""
        return self.closures.world

    @property
    def countries(self) -> tuple[str, ...]:
        """Countries asked about, largest use first."""
        use: dict[str, float] = {}
        for market in self.markets:
            use[market.country] = use.get(market.country, 0.0) + sum(market.use.values())
        return tuple(sorted(use, key=lambda c: (-use[c], c)))

    def places(self) -> list[tuple[str, str]]:
        """Country and sector of every row, country by country; where there are several sectors, all of them first."""
        out = []
        for country in self.countries:
            sectors = [m.sector for m in self.markets if m.country == country]
            out += [(country, s) for s in ([EVERY] if len(sectors) > 1 else []) + sectors]
        return out

    def enough(self, country: str, sector: str = EVERY) -> Array:
        """Stock that just suffices in each run, (closure, replication) [d]; for every sector, that of the neediest."""
        return np.asarray(self.covers[[i for i, _ in self._chosen(country, sector)]].max(axis=0))

    def needed(self, levels: Sequence[float] = LEVELS) -> list[Needed]:
        """Stock needed at each level, for each place and closure."""
        rows = []
        for country, sector in self.places():
            chosen, enough = [m for _, m in self._chosen(country, sector)], self.enough(country, sector)
            today = chosen[0].held if len(chosen) == 1 else math.nan
            for months, one in zip(self.closures.months, enough, strict=True):
                for level in levels:
                    cover, low, high = quantile(one, level)
                    tonnes, money = (
                        sum(m.beyond(cover, worth) for m in chosen) if math.isfinite(cover) else math.nan
                        for worth in (dict.fromkeys(closing.headline(self.world), 1.0), self._prices())
                    )
                    rows.append(Needed(country, sector, months, level, cover, low, high, today, tonnes, money))
        return rows

    def chance(self, country: str, sector: str, months: int, cover: float) -> Chance:
        """Share of runs without a shortage when the market holds `cover` days of stock."""
        enough = self.enough(country, sector)[self.closures.months.index(months)]
        hits = int((enough <= cover).sum())
        return Chance(country, sector, months, cover, hits / enough.size, *share_ci(hits, enough.size))

    def chance_today(self, country: str, sector: str, months: int) -> Chance:
        """The same with the stock that each market holds today; `cover` is NaN where there are several."""
        chosen, length = self._chosen(country, sector), self.closures.months.index(months)
        fine = np.all([self.covers[i, length] <= m.held for i, m in chosen], axis=0)
        hits, held = int(fine.sum()), chosen[0][1].held if len(chosen) == 1 else math.nan
        return Chance(country, sector, months, held, hits / fine.size, *share_ci(hits, fine.size))

    def curve(self, covers: Sequence[float] = LADDER) -> list[Chance]:
        """The same for a ladder of covers, each place and closure."""
        return [self.chance(*p, months, c) for p in self.places() for months in self.closures.months for c in covers]

    def _chosen(self, country: str, sector: str) -> list[tuple[int, Market]]:
        """Markets of a place, with their numbers."""
        found = [(i, m) for i, m in enumerate(self.markets) if m.country == country and sector in (m.sector, EVERY)]
        if not found:
            raise KeyError(f"{country}/{sector} was not asked about")
        return found

    def _prices(self) -> dict[str, float]:
        return {c: f.central for c, f in self.world.prices.items()}


def quantile(enough: Array, level: float, alpha: float = 0.05) -> tuple[float, float, float]:
    """Smallest stock that suffices in a share of runs, with an interval that assumes no distribution.

    Parameters
    ----------
    enough : (replication) stock that just suffices [d]
    level : share of runs [1]
    alpha : total two-sided error [1]

    Returns
    -------
    The cover and the ends of its interval [d]; an end that so few runs cannot tell is 0 or infinite
    """
    ordered, n = np.sort(enough), enough.size
    rank = max(math.ceil(level * n - 1e-9), 1)
    low, high = binomial_quantile(alpha / 2.0, n, level), binomial_quantile(1.0 - alpha / 2.0, n, level) + 1
    ends = (float(ordered[low - 1]) if low >= 1 else 0.0, float(ordered[high - 1]) if high <= n else math.inf)
    return float(ordered[rank - 1]), *ends


def stock(
    scenario: str | Path | Scenario | None = None,
    *,
    countries: Sequence[str] = (),
    sectors: Sequence[str] = (),
    closures: Sequence[int] = MONTHS,
    world: str | None = None,
    measure: str | None = None,
    replications: int | None = None,
    seed: int | None = None,
    step: float | None = None,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Stock:
    """Find the stock of final users that carries them through a closure of several lengths.

    Parameters
    ----------
    scenario : a scenario, a name of a built-in one, or a file; its closing measure is lengthened. Without one, the
        controlling country of the world closes the trade in headline goods and all that goes into them
    countries, sectors : whose stock; those that the closure is aimed at, with all their sectors, when not given
    closures : lengths [months]
    world : name of the world of a closure without scenario; the usual one when not given
    measure : id of the measure to lengthen, where a scenario has several
    replications, seed, step : 100, the scenario's seed and a week when not given; step in days
    workers, keep, progress : as for `run`

    Raises
    ------
    Invalid : something is wrong; nothing was run
    ValueError : no length is given, or one is no number of months
    """
    months = sorted(set(closures))
    if not months or months[0] < 1:
        raise ValueError(f"closures are whole numbers of months; got {', '.join(map(str, closures)) or 'none'}")
    overrides = {"replications": replications or REPLICATIONS, "seed": seed, "step": step or STEP}
    if scenario is None:
        name = world or str(Scenario.model_fields["world"].default)
        asked_of = _known("countries", countries, load_world(name))
        found = closing.of_world(name, months, asked_of, **overrides)
    else:
        found = closing.of_scenario(scenario, months, measure, **overrides)
        asked_of = _known("countries", countries, found.world)
    return search(
        found, asked_of, _known("sectors", sectors, found.world), workers=workers, keep=keep, progress=progress
    )


def search(
    found: Closures,
    countries: Sequence[str] = (),
    sectors: Sequence[str] = (),
    *,
    workers: int | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Stock:
    """The same for arms that are there already.

    Parameters
    ----------
    found : arms that differ in the length of their closure
    countries, sectors, workers, keep, progress : as for `stock`

    Raises
    ------
    Invalid : nobody asked about uses the headline goods
    """
    markets = _markets(found, countries, sectors)
    trials = _Trials(found, markets, workers, keep, progress or (lambda done, whole: None))
    return Stock(found, markets, trials.covers(), trials.runs)


def bisect(short: Response, low: Array, high: Array, guess: Array) -> Array:
    """Smallest stock that suffices, for many markets and members at once.

    Parameters
    ----------
    short : called with covers (market, chosen) and the numbers of the members chosen; whether each market goes short
    low, high : (market, member) covers that are known to be too little and enough [d]; an infinite `high` is left alone
    guess : (market, member) where to begin [d]

    Returns
    -------
    (market, member) the upper ends of brackets not wider than a day or 5 %: covers that were seen to suffice [d]
    """
    low, high = low.copy(), high.copy()
    for reach in chain(REACH, repeat(math.inf)):
        wide = np.isfinite(high) & (high - low > np.maximum(FINE, CLOSE * high))
        which = np.flatnonzero(wide.any(axis=0))
        if not which.size:
            break
        below, above = low[:, which], high[:, which]
        todo, capped = wide[:, which], np.where(np.isfinite(above), above, below)
        # Between a day and two years the middle is one of proportions; the week keeps it off zero.
        middle = np.sqrt((below + 7.0) * (capped + 7.0)) - 7.0
        near = np.clip(middle, guess[:, which] / reach, guess[:, which] * reach)
        trial = np.where(todo, np.where((near > below) & (near < capped), near, middle), capped)
        lacking = short(trial, which)
        low[:, which] = np.where(todo & lacking, trial, below)
        high[:, which] = np.where(todo & ~lacking, trial, above)
    return high


class _Trials:
    """Runs of all members with stocks given: every arm and replication is a member, and meets the same luck each time."""

    def __init__(
        self,
        found: Closures,
        markets: Sequence[Market],
        workers: int | None,
        keep: Path | None,
        progress: Callable[[int, int], None],
    ) -> None:
        self._found, self._markets, self._workers, self._keep = found, markets, workers, keep
        self._members = Members.grid(len(found.arms), range(found.arms[0].replications))
        self._progress, self._whole = progress, 6 * len(self._members)  # six rounds are usual
        self._ends = np.array(found.windows)[self._members.arm]
        self.runs = 0

    def covers(self) -> Array:
        """Stock that just suffices, (market, closure, replication) [d]; infinite where the most that is tried does not."""
        everyone = np.arange(len(self._members))
        most = np.full((len(self._markets), everyone.size), MOST)
        seen = self._run(most, everyone)
        lacking = self._short(seen, everyone)
        low, high = np.where(lacking, most, 0.0), np.where(lacking, np.inf, most)
        enough = bisect(lambda c, which: self._short(self._run(c, which), which), low, high, self._drawn_down(seen))
        self._progress(1, 1)
        return enough.reshape(len(self._markets), -1, len(self._found.arms)).transpose(0, 2, 1)

    def _run(self, covers: Array, which: NDArray[np.int64]) -> Trial:
        held = {f"cover:{m.country}/{m.sector}:{c}": covers[i] for i, m in enumerate(self._markets) for c in m.use}
        members = Members(self._members.arm[which], self._members.replication[which], held)
        before, self.runs = self.runs, self.runs + which.size
        self._whole = max(self._whole, self.runs + which.size)

        def tell(done: int, whole: int) -> None:
            self._progress(before * whole + done * which.size, self._whole * whole)

        left = run_reduced(
            self._found.arms, self._found.world, members, trial, workers=self._workers, keep=self._keep, progress=tell
        )
        first, drop = (np.concatenate(parts, axis=-1) for parts in zip(*((t.first, t.drop) for t in left), strict=True))
        return left[0]._replace(first=first, drop=drop)

    def _short(self, seen: Trial, which: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each market goes short while it counts, (market, chosen)."""
        first = seen.first[[seen.places.index((m.country, m.sector)) for m in self._markets]]
        return np.asarray(first < self._ends[which])  # never short: NaN, and no more than any number

    def _drawn_down(self, seen: Trial) -> Array:
        """How far the stock of each market falls, that of the good that falls furthest, (market, member) [d]."""
        mine = [[seen.demand.index((m.country, m.sector, c)) for c in m.use] for m in self._markets]
        return np.clip([seen.drop[one].max(axis=0) for one in mine], FINE, MOST)


def trial(result: Result) -> Trial:
    """What is kept of a block of a trial."""
    values, coords = result.record.values, result.record.coords
    months = coords["month"].astype("datetime64[M]")
    begins = np.datetime64(event_day(result.scenario), "M")
    cover = values["cover"][1]
    before = cover[max(int((months < begins).sum()) - 1, 0)]
    return Trial(
        values["first_shortage"][1], before - cover[months >= begins].min(axis=0), coords["place"], coords["demand"]
    )


def _markets(found: Closures, countries: Sequence[str], sectors: Sequence[str]) -> tuple[Market, ...]:
    """Final users of headline goods outside the controlling country: those named, or those that the closure is aimed at."""
    world, goods = found.world, closing.headline(found.world)
    where = countries or found.hit
    chosen: dict[tuple[str, str], list[Any]] = {}
    for d in world.demand:
        if (
            d.commodity in goods
            and d.country in where
            and d.sector in (sectors or (d.sector,))
            and d.rate.central > 0.0
        ):
            chosen.setdefault((d.country, d.sector), []).append(d)
    if not chosen:
        named = " and ".join(filter(None, [", ".join(where[:5]), ", ".join(sectors)]))
        raise _wrong("countries", f"nobody in {named} uses {world.goods.get('en', ('', 'the goods'))[1]}")
    return tuple(
        Market(*place, {d.commodity: d.rate.central for d in rows},
               {d.commodity: world.cover[d.market, d.commodity].central for d in rows})
        for place, rows in sorted(chosen.items())
    )  # fmt: skip


def _known(what: str, names: Sequence[str], world: World) -> tuple[str, ...]:
    """The names, groups of countries spelt out; refused where the world has no final user of that name."""
    goods = closing.headline(world)
    users = {(d.country, d.sector) for d in world.demand if d.commodity in goods and d.country != world.inside}
    known = {c for c, _ in users} if what == "countries" else {s for _, s in users}
    out: list[str] = []
    for name in names:
        meant = [c for c in world.groups.get(name, (name,)) if c in known] if what == "countries" else [name]
        if not meant or not set(meant) <= known:
            titles = {id: id for id in known} | {t: id for id in known for t in world.countries.get(id, {}).values()}
            close = f"did you mean '{titles[name]}'?" if name in titles else did_you_mean(name, titles)
            one = {"countries": "country", "sectors": "sector"}[what]
            message = f"no {one} '{name}' uses {world.goods.get('en', ('', 'these goods'))[1]} in {world.name}"
            raise _wrong(what, message, close or f"one of {', '.join(sorted(known))}")
        out += meant
    return tuple(dict.fromkeys(out))


def _wrong(what: str, message: str, help: str = "") -> Invalid:
    return Invalid(
        [Problem({"countries": "--country", "sectors": "--sector"}[what], 1, 1, 1, "error", "SC034", message, help)]
    )
