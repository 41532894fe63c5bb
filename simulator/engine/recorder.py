"""What a block leaves behind: monthly sums in float32 per place and member, daily service per country, first shortages."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.behaviour_record import UNITS, BehaviourRecord
from simulator.engine.clock import Phase
from simulator.engine.grouping import Grouping, add_entries
from simulator.engine.landings import Landings
from simulator.engine.licensing import Licensing
from simulator.engine.network import FleetPlan
from simulator.engine.price_change import ZONES
from simulator.engine.scene import Scene
from simulator.engine.streaks import Streak

Array = NDArray[np.float64]


DEPOTS = ("shipped", "owed", "on_hand")  # what is recorded of depots


@dataclass(frozen=True)
class BlockRecord:
    """Arrays of one block: `values[name] = (dims, array)`, the last dim being the member; `coords` per dim."""

    values: Mapping[str, tuple[tuple[str, ...], NDArray[Any]]]
    coords: Mapping[str, Any]
    units: Mapping[str, str]
    audit: Mapping[str, float] = field(default_factory=dict)


class Recorder:
    """Keeps monthly sums and empties them at the turn of each month.

    Parameters
    ----------
    event_day : (member,) day from which shortages count
    threshold, run_days : a shortage is `run_days` running days with more than `threshold` of demand unserved
    licences : offices whose files are counted
    behaviours : what behaviours and reserves leave
    """

    def __init__(
        self,
        scene: Scene,
        months: tuple[date, ...],
        event_day: Array,
        threshold: float,
        run_days: float,
        licences: Sequence[Licensing],
        behaviours: BehaviourRecord,
    ) -> None:
        self._scene, network = scene, scene.network
        self.months = months
        demand = [d for m in network.markets for d in m.demand]
        self.demand = tuple((d.country, d.sector, d.commodity) for d in demand)
        self.places = tuple(sorted({(d.country, d.sector) for d in demand}))
        self.countries = tuple(sorted({d.country for d in demand}))
        self._rows = np.concatenate([np.arange(m.rows.start, m.rows.stop) for m in network.markets])
        self._to_place = Grouping(
            np.array([self.places.index((d.country, d.sector)) for d in demand]), len(self.places)
        )
        counts = set(network.world.headline) or {d.commodity for d in demand}
        self._counts = np.array([float(d.commodity in counts) for d in demand])[:, None]
        self._to_country = Grouping(np.array([self.countries.index(d.country) for d in demand]), len(self.countries))
        lanes = network.lanes
        self._abroad = np.flatnonzero(lanes.abroad)
        flows = [(str(lanes.exporter[i]), str(lanes.importer[i]), str(lanes.commodity[i])) for i in self._abroad]
        self.flows = tuple(sorted(set(flows)))
        self._to_flow = Grouping(
            np.array([self.flows.index(f) for f in flows], dtype=np.int64), len(self.flows), lanes.rank[self._abroad]
        )
        uses = sorted({(d.country, d.commodity) for d in demand})
        self.uses = tuple(uses)
        self._to_use = Grouping(np.array([uses.index((d.country, d.commodity)) for d in demand]), len(uses))
        self._facility = {f.id: i for i, f in enumerate(network.facilities)}
        self._depot = {f.id: i for i, f in enumerate(f for p in network.fleets if p.depots for f in p.facilities)}
        self.streak = Streak((len(self.places), scene.members), threshold, run_days, scene.clock.step)
        self._event_day = event_day
        self.behaviours = behaviours
        self._sums: dict[str, Array] = {}
        self._before: dict[str, Array] = {}  # sums at the start of a step that two months share
        self._start(scene.members)
        size, months_count = scene.members, len(months)
        self._kept = {name: np.zeros((months_count, *a.shape), dtype=np.float32) for name, a in self._sums.items()}
        steps = scene.clock.steps
        self._kept["held"] = np.zeros((months_count, len(self.flows), size), dtype=np.float32)
        self._kept["cover"] = np.zeros((months_count, len(demand), size), dtype=np.float32)
        self._daily_asked = np.zeros((steps, len(self.countries), size), dtype=np.float32)
        self._daily_served = np.zeros_like(self._daily_asked)
        self._licences = licences
        self.landings: Landings | None = None  # where a scenario asks for imports
        self._tallies: list[list[Array]] = []

    def _start(self, members: int) -> None:
        demand, origins = len(self.demand), self._scene.stocks.on_hand.shape[1]
        shapes = {
            "asked": (demand,),
            "served": (demand,),
            "lost": (demand,),
            "used_origin": (demand, origins),
            "made": (len(self._facility),),
            "cleared": (len(self._scene.network.lanes),),
            "price": (len(self._scene.network.world.commodities), len(ZONES)),
            "spent": (len(self._scene.network.world.commodities), len(ZONES)),
            "sold": (len(self._scene.network.world.commodities), len(ZONES)),
            "steps": (),
        }
        shapes |= dict.fromkeys(DEPOTS, (len(self._depot),))
        self._sums = {name: np.zeros((*shape, members)) for name, shape in shapes.items()} | self.behaviours.sums
        self._today_asked = np.zeros((demand, members))
        self._today_served = np.zeros((demand, members))

    def note_use(self, rows: slice, asked: Array, served: Array, lost: Array, used: Array, mix: Array) -> None:
        """What end users asked, were served on time, gave up, and used (row, member) [t]; `mix` is the origin of the last."""
        sums = self._sums
        self._today_asked[rows], self._today_served[rows] = asked, served
        sums["asked"][rows] += asked
        sums["served"][rows] += served
        sums["lost"][rows] += lost
        sums["used_origin"][rows] += mix * used[:, None, :]

    @property
    def today(self) -> tuple[Array, Array]:
        """What was asked and what was served on time in this step, both (demand, member) [t]."""
        return self._today_asked, self._today_served

    def note_work(self, plan: FleetPlan, started: Array) -> None:
        """Work begun at the facilities of a fleet, in first output [t]."""
        first = self._facility[plan.facilities[0].id]
        self._sums["made"][first : first + len(started)] += started

    def note_depots(self, plan: FleetPlan, shipped: Array, owed: Array, on_hand: Array) -> None:
        """What a fleet of depots shipped, and what it owes and holds at the end of the step (depot, member) [t]."""
        first = self._depot[plan.facilities[0].id]
        for name, tonnes in zip(DEPOTS, (shipped, owed, on_hand), strict=True):
            self._sums[name][first : first + len(tonnes)] += tonnes

    def note_cleared(self, tonnes: Array) -> None:
        """Goods that left without a licence, (lane, member) [t]."""
        self._sums["cleared"] += tonnes
        if self.landings is not None:
            self.landings.clear(tonnes)

    def note_granted(self, lane: NDArray[np.int64], member: NDArray[np.int64], tonnes: Array) -> None:
        """Goods that left with a licence, entry by entry [t]."""
        add_entries(self._sums["cleared"], lane, member, tonnes)
        if self.landings is not None:
            self.landings.grant(lane, member, tonnes)

    def keep_landings(self) -> None:
        """Keep imports too: what lands in each month."""
        scene, lanes = self._scene, self._scene.network.lanes
        self.landings = Landings(
            self._abroad,
            self._to_flow,
            lanes.transit,
            scene.clock.start,
            self.months,
            scene.clock.step,
            len(lanes),
            scene.members,
        )

    def note_quotes(self, quote: Array) -> None:
        """Today's quotes (commodity, zone, member) [1 = normal]."""
        self._sums["price"] += quote
        self._sums["steps"] += 1.0

    def note_paid(self, spent: Array, sold: Array) -> None:
        """What today's shipments cost [t × quote, 1 = normal] and their volume [t], (commodity, zone, member)."""
        self._sums["spent"] += spent
        self._sums["sold"] += sold

    def life(self) -> Generator[simpy.Event, None, None]:
        """Look at each step once it is over."""
        clock = self._scene.clock
        while True:
            yield clock.at(Phase.RECORD)
            self.look()

    def look(self) -> None:
        """Note the day's service, and close the month on its last step."""
        clock = self._scene.clock
        self.behaviours.settle()
        if self.landings is not None:
            self.landings.settle(clock.today)
        asked, served = self._today_asked * self._counts, self._today_served * self._counts
        if (counts := clock.today + clock.step > self._event_day).any():
            wanted, got = self._to_place.sum(asked), self._to_place.sum(served)
            self.streak.update(clock.today, wanted, np.where(counts, got, wanted))
        self._daily_asked[clock.count] = self._to_country.sum(asked)
        self._daily_served[clock.count] = self._to_country.sum(served)
        share = self._share_of_month(clock.count)
        if share < 1.0 or self._is_last_of_month(clock.count):
            self._close(clock.date_of(clock.today), share)
        if share < 1.0 and clock.count == clock.steps - 1:  # no step follows that would close the month it went on into
            self._close(clock.date_of(clock.today + clock.step - 1.0), 1.0)
        if self._share_of_month(clock.count + 1) < 1.0:
            self._before = {name: sums.copy() for name, sums in self._sums.items()}

    def _is_last_of_month(self, step: int) -> bool:
        clock = self._scene.clock
        now, following = (clock.date_of(s * clock.step) for s in (step, step + 1))
        return step == clock.steps - 1 or (now.year, now.month) != (following.year, following.month)

    def _share_of_month(self, step: int) -> float:
        """Share of a step that falls into the month it begins in; 1 where no later month is kept."""
        clock = self._scene.clock
        first = clock.date_of(step * clock.step)
        month = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        return min((month - clock.start).days / clock.step - step, 1.0) if month in self.months else 1.0

    def _close(self, day: date, share: float) -> None:
        """Keep the month's sums; what a step that goes on into the next month did there is left for that month."""
        scene, month = self._scene, self.months.index(day.replace(day=1))
        for name, sums in self._sums.items():
            rest = 0.0 if share >= 1.0 else (sums - self._before[name]) * (1.0 - share)
            self._kept[name][month] = sums - rest
            sums[...] = rest
        stock = scene.stocks.tonnes[self._rows]
        use = scene.use[self._rows]
        self._kept["cover"][month] = np.divide(stock, use, out=np.zeros_like(stock), where=use > 0.0)
        for name, level in self.behaviours.levels().items():
            if name not in self._kept:
                self._kept[name] = np.zeros((len(self.months), *level.shape), dtype=np.float32)
            self._kept[name][month] = level
        self.behaviours.close()
        for licence in self._licences:
            self._kept["held"][month] += self._to_flow.sum(licence.held()[self._abroad])
        self._tallies.append([licence.tally.copy() for licence in self._licences])

    def record(self, audit: Mapping[str, float]) -> BlockRecord:
        """Everything kept, by name."""
        network, kept = self._scene.network, self._kept
        base = np.array(
            [
                network.world.prices[c].central if c in network.world.prices else np.nan
                for c in sorted(network.world.commodities)
            ],
            dtype=np.float32,
        )
        month_first = {
            "asked": (("demand",), kept["asked"]),
            "served": (("demand",), kept["served"]),
            "lost": (("demand",), kept["lost"]),
            "cover": (("demand",), kept["cover"]),
            "made": (("facility",), kept["made"]),
            "held": (("flow",), kept["held"]),
            "used_origin": (("use", "origin"), np.stack([self._to_use.sum(m) for m in kept["used_origin"]])),
            "exports": (("flow",), np.stack([self._to_flow.sum(m[self._abroad]) for m in kept["cleared"]])),
            "price": (
                ("commodity", "zone"),
                kept["price"] / np.maximum(kept["steps"][:, None, None], 1.0) * base[:, None, None],
            ),
            "paid": (
                ("commodity", "zone"),
                np.divide(kept["spent"], kept["sold"], out=np.ones_like(kept["spent"]), where=kept["sold"] > 0.0)
                * base[:, None, None],
            ),
        }
        values = {
            n: (("month", *dims, "member"), np.asarray(a, dtype=np.float32)) for n, (dims, a) in month_first.items()
        }
        values["first_shortage"] = (("place", "member"), (self.streak.first - self._event_day).astype(np.float32))
        values["daily_asked"] = (("day", "country", "member"), self._daily_asked)
        values["daily_served"] = (("day", "country", "member"), self._daily_served)
        values |= self._licence_values() | self._depot_values()
        if self.landings is not None:
            values["imports"] = (("month", "flow", "member"), self.landings.tonnes[:-2])
        values |= self.behaviours.values(kept, lambda month: self._to_flow.sum(month[self._abroad]))
        coords: dict[str, Any] = self.behaviours.coords() | {
            "month": np.array(self.months, dtype="datetime64[D]"),
            "demand": self.demand,
            "place": self.places,
            "country": self.countries,
            "flow": self.flows,
            "use": self.uses,
            "facility": tuple(f.id for f in network.facilities),
            "depot": tuple(self._depot),
            "commodity": tuple(sorted(network.world.commodities)),
            "zone": ZONES,
            "origin": network.provenance.names,
            "day": np.array(
                [
                    np.datetime64(self._scene.clock.date_of(i * self._scene.clock.step))
                    for i in range(self._scene.clock.steps)
                ],
                dtype="datetime64[D]",
            ),
            "office": tuple((lic.id, o) for lic in self._licences for o in lic.offices),
            "quantity": ("filed", "granted", "refused", "returned", "days_waited"),
        }
        units = dict.fromkeys(
            (
                "asked",
                "served",
                "lost",
                "made",
                "held",
                "used_origin",
                "exports",
                "imports",
                "daily_asked",
                "daily_served",
            ),
            "t",
        ) | {
            **UNITS,
            "price": "USD/t",
            "paid": "USD/t",
            "cover": "d",
            "first_shortage": "d",
            "licence": "1",
            "shipped": "t",
            "owed": "t d",
            "on_hand": "t d",
        }
        return BlockRecord(values, coords, units, audit)

    def _depot_values(self) -> dict[str, tuple[tuple[str, ...], NDArray[Any]]]:
        if not self._depot:
            return {}
        step = self._scene.clock.step
        return {
            name: (("month", "depot", "member"), self._kept[name] * np.float32(1.0 if name == "shipped" else step))
            for name in DEPOTS
        }

    def _licence_values(self) -> dict[str, tuple[tuple[str, ...], NDArray[Any]]]:
        if not self._licences:
            return {}
        totals = np.stack([np.concatenate(month) for month in self._tallies])
        monthly = np.diff(totals, axis=0, prepend=0.0)
        return {"licence": (("month", "office", "quantity", "member"), monthly.astype(np.float32))}
