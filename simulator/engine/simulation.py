"""One block: build the actors, let the days pass, return what was recorded."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine import assembly
from simulator.engine.anticipation import Anticipation, notice
from simulator.engine.audit import Audit
from simulator.engine.behaviour_record import BehaviourRecord
from simulator.engine.behaviours import Behaviours
from simulator.engine.border import Border
from simulator.engine.chance import Chance
from simulator.engine.clock import Clock
from simulator.engine.content import ForeignContent
from simulator.engine.contracts import Contracts
from simulator.engine.costs import Costs
from simulator.engine.deliveries import Deliveries
from simulator.engine.depot import Depot
from simulator.engine.duebook import DueBook
from simulator.engine.economics import Economics
from simulator.engine.facility import Fleet
from simulator.engine.growth import Growth, sector_weights
from simulator.engine.instruments import MAKES, OURS, Instruments
from simulator.engine.interventions import AMENDING, Amendment, Context
from simulator.engine.investment import Investment
from simulator.engine.leakage import Control, PriceLeakage
from simulator.engine.licensing import Licensing
from simulator.engine.members import Members
from simulator.engine.network import Network, build, in_order
from simulator.engine.pins import Pins
from simulator.engine.price_change import PriceChange
from simulator.engine.purchasing import Purchasing
from simulator.engine.qualification import Support
from simulator.engine.quotas import Quotas
from simulator.engine.quotes import Quotes
from simulator.engine.recorder import BlockRecord, Recorder
from simulator.engine.recycling import Recycling
from simulator.engine.regime import Regime
from simulator.engine.scene import Scene
from simulator.engine.steady_start import SteadyStart
from simulator.engine.stock import Stocks
from simulator.engine.substitution import Substitution
from simulator.engine.switching import Switching
from simulator.engine.terms import Terms
from simulator.engine.thrifting import Thrifting
from simulator.engine.trade import Trade
from simulator.scenario.model import Scenario
from simulator.world.model import World

Array = NDArray[np.float64]
SOON = 30.0  # goods that arrive within so many days count as cover in the price [d]
WATCHING = ("supplier_switching", "thrifting", "grade_substitution")  # behaviours that ask who delivers
CONTROLS = {"export_ban", "export_licence", "export_quota", "export_tax", "military_end_use_ban"}


class Simulation:
    """A block of members of one world, under one scenario per arm.

    Parameters
    ----------
    world : what exists
    arms : one scenario per arm; they share world, calendar, seed and step, and differ in their measures
    members : the members of this block
    alone : give every facility a process of its own (bit-identical, slower)
    central : use the central value of every uncertain number
    shuffle : order in which actors are created, as a permutation seed; answers do not depend on it
    """

    def __init__(
        self,
        world: World,
        arms: Sequence[Scenario],
        members: Members,
        *,
        alone: bool = False,
        central: bool = False,
        shuffle: int | None = None,
    ) -> None:
        self.world = world = in_order(world)
        self.arms, self._real = tuple(arms), len(members)
        self.members = members.padded()
        first = self.arms[0]
        size, step = len(self.members), first.step
        days = (first.end - first.start).days + 1
        self.env = simpy.Environment()
        self.network: Network = build(world, alone)
        clock = Clock(self.env, first.start, step, math.ceil(days / step - 1e-9), self.network.echelons + 1)
        chance = Chance(first.seed, self.members.replication)
        pins = Pins(chance, size, [a.parameters for a in self.arms], central, self.members.values, self.members.arm)
        habits = assembly.habits(world, pins)
        origins, rows = len(self.network.provenance.rows), len(self.network.rows)
        measures = _by_id(self.arms)
        longest = assembly.longest_lag(self.network, [m for m, _ in measures], habits.transit_cv, step)
        facilities, demand = len(self.network.facilities), sum(len(m.demand) for m in self.network.markets)
        self.scene = Scene(
            clock,
            chance,
            self.network,
            Stocks(rows, origins, size),
            DueBook(rows, origins, size, longest, step, SOON if world.prices else 0.0),
            Trade(self.network, origins, size),
            habits,
            Behaviours(world, pins, self.arms, self.members.arm),
            Terms.free(len(self.network.lanes), facilities, demand, size),
            size,
            any(m.kind in ("export_licence", "content_rule") for m, _ in measures),
        )
        self.start = SteadyStart(self.network, first.start)
        by_price = self.scene.behaviours.at_work("price_leakage") > 0.0
        context = Context(self.network, pins, first.start, self.members.arm, world.groups, by_price, measures)
        self.context = context
        self._make_actors(pins, context, measures)
        self._make_recorder(first, days)
        self.audit = Audit(self)
        quotes: list[Any] = [self.quotes] if world.prices else []
        if quotes and Economics.matters(self.scene):
            quotes.append(Economics(self.scene, self.quotes, self.start, self.instruments.support()))
        actors: list[Any] = [*self.fleets, *self.depots, *self.markets, self.border, *quotes, self.regime, self.growth]
        others = (self.instruments.releases, self.instruments.mandates, self.scene.anticipation, *self.seekers)
        actors += [*self.contents, *(one for one in others if one is not None)]
        if shuffle is not None:
            actors = [actors[i] for i in np.random.Generator(np.random.Philox(shuffle)).permutation(len(actors))]
        for actor in [*actors, self.scene.recorder]:
            self.env.process(actor.life())

    def _make_actors(self, pins: Pins, context: Context, measures: list[tuple[Any, tuple[int, ...]]]) -> None:
        scene, network, world = self.scene, self.network, self.world
        first = self.arms[0]
        growth = {
            s: pins.number(f"growth:{s}", world.growth[s].value) * first.growth
            for s in sorted({d.sector for d in world.demand})
        }
        self.fleets: list[Fleet] = []
        self.depots: list[Depot] = []
        row = 0
        for plan in network.fleets:
            if plan.depots:
                self.depots.append(assembly.make_depots(scene, plan, self.start, pins, row))
            else:
                self.fleets.append(assembly.make_fleet(scene, plan, self.start, pins, row))
            row += len(plan.facilities)
        self.markets, row = [], 0
        for market in network.markets:
            self.markets.append(assembly.make_market(scene, market, self.start, pins, growth, row))
            row += len(market.demand)
        assembly.fill_pipes(scene, self.start)
        spans = [
            (context.span(m, arms), set(m.commodities))
            for m, arms in measures
            if m.kind in CONTROLS and m.exporter == world.inside
        ]
        moves = [PriceChange(m, context.span(m, arms), context) for m, arms in measures if m.kind == "price_change"]
        self.quotes = Quotes(scene, spans, moves)
        context = replace(context, quotes=self.quotes)
        amendments: list[Amendment] = []
        licences, quotas = [], []
        self.instruments = instruments = Instruments(scene, self.quotes)
        leaky: list[Control] = []
        self.contents: list[ForeignContent] = []
        origins = scene.stocks.on_hand.shape[1]
        for measure, arms in measures:
            span = context.span(measure, arms)
            if measure.kind == "export_licence":
                if context.lanes(measure).size:  # else it stops nothing that anybody trades
                    licences.append(Licensing(measure, span, context, origins))
                    leaky.append((measure, span, licences[-1].lanes, licences[-1]))
            elif measure.kind == "content_rule":
                content = ForeignContent(measure, context, scene)
                self.contents.append(content)
                if measure.applies == "ban":
                    amendments.append(content.ban(measure, span))
                elif content.lanes.size:
                    licences.append(Licensing(measure, span, context, origins, content))
            elif measure.kind == "export_quota":
                quotas.append(Quotas(measure, span, context, self.start.flow))
            elif measure.kind == "price_change":
                continue  # the price board knows
            elif measure.kind in MAKES:
                amendments += instruments.add(measure, span, context)
            else:
                amendments.append(AMENDING[measure.kind](measure, span, context))
                if measure.kind == "export_ban":
                    leaky.append((measure, span, context.lanes(measure), None))
        deliveries = None
        if any(name in scene.behaviours for name in WATCHING):
            deliveries = Deliveries(network, self.start.flow, scene.learning, scene.clock.step)
        self.border = Border(scene, licences, quotas, self.start.flow, deliveries)
        for one in instruments.found["licence_facilitation"]:
            for licence in licences:
                licence.hurry(one.span, one.speed, one.lanes)
        self.licences, self.supports = licences, instruments.found["substitution_support"]
        self._make_seekers(pins, deliveries, self.supports)
        leakage = PriceLeakage(scene, self.quotes, leaky) if "price_leakage" in scene.behaviours else None
        self.regime = Regime(scene, amendments, len(network.facilities), len(scene.priced), leakage)
        purchasing = [f.purchasing for f in self.fleets] + [m.purchasing for m in self.markets]
        instruments.make_rooms(pins, self.start, purchasing, self.fleets)
        self.reserves, self.aid = instruments.reserves, instruments.aid
        self.growth = self._make_growth(pins, growth, purchasing)
        self.bills = instruments.meet(self.growth, self.investment, self.recycling, self.fleets)
        if "anticipation" in scene.behaviours:
            notices = [notice(m, context.span(m, arms), context) for m, arms in measures if m.kind in CONTROLS]
            scene.anticipation = Anticipation(scene, notices, self.start)

    def _make_seekers(self, pins: Pins, deliveries: Deliveries | None, supports: list[Support]) -> None:
        """Those who look for other suppliers, or for ways to need less."""
        scene = self.scene
        self.seekers: list[Switching | Thrifting | Substitution] = []
        self.switching: Switching | None = None
        if deliveries is None:
            return
        if "supplier_switching" in scene.behaviours:
            self.switching = Switching(scene, deliveries)
            self.seekers.append(self.switching)
        if "thrifting" in scene.behaviours:
            self.seekers.append(Thrifting(scene, self.fleets, deliveries, self.quotes, pins, supports))
        if "grade_substitution" in scene.behaviours:
            self.seekers.append(Substitution(scene, self.markets, deliveries, self.quotes, pins, supports))

    def _make_growth(self, pins: Pins, growth: dict[str, Array], purchasing: list[Purchasing]) -> Growth:
        scene, size, first, instruments = self.scene, self.scene.members, self.arms[0], self.instruments
        sites = self.network.facilities
        opens = np.array(
            [
                np.full(size, -np.inf) if f.opens is None else pins.day(f"opens:{f.id}", f.opens, first.start)
                for f in sites
            ]
        )
        ramp = np.array([[f.ramp.central if f.ramp is not None else 0.0] * size for f in sites])
        capacity = np.array([[f.capacity.central] * size for f in sites])
        fixed = instruments.fix(opens, ramp, capacity)
        decides = "investment" in scene.behaviours and first.growth and bool(self.world.projects)
        self.investment = Investment(scene, self.quotes, pins, opens, fixed, instruments.help()) if decides else None
        self.recycling: Recycling | None = None
        if "recycling" in scene.behaviours and self.world.lifetimes:
            self.recycling = Recycling(
                scene,
                self.quotes,
                pins,
                capacity,
                growth,
                self.start.rate,
                self.reserves,
                instruments.found["recycling_mandate"],
                self.aid,
            )
        return Growth(
            scene,
            [*self.fleets, *self.depots],
            purchasing,
            capacity,
            sector_weights(self.network, self.start.state),
            np.array([growth[s] for s in sorted(growth)]),
            np.array([f.grows and f.opens is None for f in sites]),
            opens,
            ramp,
            frozen=not first.growth,
            contracts=Contracts(scene, self.start.use) if "contracts" in scene.behaviours else None,
            investment=self.investment,
            switching=self.switching,
            recycling=self.recycling,
            blocks=instruments.found["technology_block"],
            caps=instruments.caps(self.fleets),
        )

    def _make_recorder(self, first: Scenario, days: int) -> None:
        events = np.array([float((event_day(arm) - first.start).days) for arm in self.arms])
        parameters = self.world.parameters
        self.scene.recorder = Recorder(
            self.scene,
            assembly.months_between(first.start, days),
            events[self.members.arm],
            parameters["shortage_threshold"].central,
            parameters["shortage_run"].central,
            self.licences,
            BehaviourRecord(
                self.scene,
                np.concatenate([np.arange(m.rows.start, m.rows.stop) for m in self.network.markets]),
                Costs(self.scene, self.quotes, self.supports, self.bills),
                self.reserves,
                self.investment,
            ),
        )
        if any("imports" in arm.also_record for arm in self.arms):
            self.scene.recorder.keep_landings()

    def run(self, after_step: Callable[[int], None] | None = None) -> BlockRecord:
        """Let all steps pass; returns the record of the members asked for."""
        clock = self.scene.clock

        def close(step: int) -> None:
            self.scene.due.turn()
            if after_step is not None:
                after_step(step)

        self.env.run(until=self.env.process(clock.run(close)))
        record = self.scene.recorder.record(self.audit.residuals())
        if self._real == len(self.members):
            return record
        values = {n: (dims, a[..., : self._real]) for n, (dims, a) in record.values.items()}
        return BlockRecord(values, record.coords, record.units, record.audit)


def _by_id(arms: Sequence[Scenario]) -> list[tuple[Any, tuple[int, ...]]]:
    """Every measure once, with the arms that have it, in order of name; equal measures of several arms are one."""
    found: list[tuple[Any, list[int]]] = []
    for arm, scenario in enumerate(arms):
        for measure in scenario.measures:
            same = next((arms_of for other, arms_of in found if other == measure), None)
            if same is None:
                found.append((measure, [arm]))
            else:
                same.append(arm)
    return [(m, tuple(a)) for m, a in sorted(found, key=lambda pair: (pair[0].id, pair[1]))]


def simulate(
    world: World, arms: Sequence[Scenario], members: Members, after_step: Callable[[int], None] | None = None
) -> BlockRecord:
    """Run one block.

    Parameters
    ----------
    world : what exists
    arms : one scenario per arm
    members : members of the block
    after_step : called with the number of each finished step

    Returns
    -------
    BlockRecord, arrays with the member axis last
    """
    return Simulation(world, arms, members).run(after_step)


def event_day(scenario: Scenario) -> date:
    """First day on which an event of the scenario can bind, after the warm-up; what we choose to do is no event."""
    binding = [m for m in scenario.events if m.takes_effect and m.kind not in OURS]
    begins = [m.central_day for m in binding if m.central_day >= scenario.warm_up_end]
    return min(begins, default=scenario.warm_up_end)
