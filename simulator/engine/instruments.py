"""The instruments of resilience of one block: what each measure becomes, and the rooms in which they act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.capital import CapitalSupport
from simulator.engine.coming import PermitRelief, Plant, Plants, TechnologyBlock
from simulator.engine.facility import Fleet
from simulator.engine.growth import Growth
from simulator.engine.interventions import Amendment, Context, LicenceFacilitation, Span
from simulator.engine.investment import Help, Investment
from simulator.engine.mutual_aid import Aid, MutualAid, Releases
from simulator.engine.output_support import Offtake, Outputs, OutputSupport, cost_of_making
from simulator.engine.pins import Pins
from simulator.engine.purchase_rules import BorderFloor, JointPurchase, Premiums, SourcingCap, SourcingCaps
from simulator.engine.purchasing import Purchasing
from simulator.engine.purse import Bill
from simulator.engine.qualification import Support
from simulator.engine.quotes import Quotes
from simulator.engine.recycling import Collected, Recycling, RecyclingMandate
from simulator.engine.reserve import Reserve, Reserves
from simulator.engine.scene import Scene
from simulator.engine.steady_start import SteadyStart
from simulator.engine.stock_mandate import StockMandate, StockMandates

Array = NDArray[np.float64]
MAKES: dict[str, Callable[[Any, Span, Context], Any]] = {
    "border_floor": BorderFloor,
    "capital_support": CapitalSupport,
    "joint_purchase": JointPurchase,
    "licence_facilitation": LicenceFacilitation,
    "mutual_aid": MutualAid,
    "offtake": Offtake,
    "output_support": OutputSupport,
    "permit_relief": PermitRelief,
    "plant": Plant,
    "recycling_mandate": RecyclingMandate,
    "reserve": Reserve,
    "sourcing_cap": SourcingCap,
    "stock_mandate": StockMandate,
    "substitution_support": Support,
    "technology_block": TechnologyBlock,
}
"""Measures that rooms of their own act for; what they change in the terms they say as `amendments`."""
OURS = MAKES.keys() - {"technology_block"}  # what we choose: no event


class Instruments:
    """All instruments by kind, and who acts for them; None where a block has none of a kind."""

    def __init__(self, scene: Scene, quotes: Quotes) -> None:
        self._scene, self._quotes = scene, quotes
        self.found: dict[str, list[Any]] = {kind: [] for kind in MAKES}
        self.reserves: Reserves | None = None
        self.aid: Aid | None = None
        self.releases: Releases | None = None
        self.mandates: StockMandates | None = None
        self.outputs: Outputs | None = None

    def add(self, measure: Any, span: Span, context: Context) -> Sequence[Amendment]:
        """Resolve a measure; returns what it amends in the terms."""
        one = MAKES[measure.kind](measure, span, context)
        self.found[measure.kind].append(one)
        amendments: Sequence[Amendment] = getattr(one, "amendments", ())
        return amendments

    def make_rooms(
        self, pins: Pins, start: SteadyStart, purchasing: Sequence[Purchasing], fleets: Sequence[Fleet]
    ) -> None:
        """Make those who act, once all measures are known."""
        scene, quotes, found = self._scene, self._quotes, self.found
        if found["reserve"]:
            self.reserves = Reserves(scene, quotes, found["reserve"], purchasing, start)
        if found["mutual_aid"]:
            self.aid = Aid(scene, quotes, found["mutual_aid"], purchasing)
        if self.reserves is not None or self.aid is not None:
            self.releases = Releases(scene, self.reserves, self.aid)
        if found["stock_mandate"]:
            self.mandates = StockMandates(scene, quotes, found["stock_mandate"], purchasing)
        if found["output_support"] or found["offtake"]:
            world, sites = scene.network.world, [f.id for f in scene.network.facilities]
            opex = {id: pins.number(f"project:{id}:opex", one.opex.value) for id, one in world.projects.items()}
            cost = cost_of_making(world, sites, opex, scene.members)
            self.outputs = Outputs(scene, quotes, found["output_support"], found["offtake"], fleets, cost)

    def fix(self, opens: Array, ramp: Array, capacity: Array) -> NDArray[np.bool_]:
        """Write fixed dates into tables (facility, member); returns where they are fixed."""
        fixed = np.zeros(opens.shape, dtype=bool)
        for plant in sorted(self.found["plant"], key=lambda one: one.id):
            plant.fix(opens, ramp, capacity)
            fixed[plant.row] |= plant.span.active
        return fixed

    def help(self) -> Help:
        """What is done for projects."""
        found, floors = self.found, self._lowest_prices if self.found["border_floor"] else None
        return Help(found["capital_support"], self.outputs, found["permit_relief"], found["technology_block"], floors)

    def caps(self, fleets: Sequence[Fleet]) -> SourcingCaps | None:
        """Rules on where to buy."""
        caps = self.found["sourcing_cap"]
        return SourcingCaps(self._scene, caps, fleets) if caps else None

    def meet(
        self, growth: Growth, investment: Investment | None, recycling: Recycling | None, fleets: Sequence[Fleet]
    ) -> list[Bill]:
        """Learn when sites open; returns all who hand in bills."""
        scene, quotes, found = self._scene, self._quotes, self.found
        if self.outputs is not None:
            self.outputs.opens = growth.opens
        bills: list[Bill | None] = [self.outputs, investment, self.reserves, self.aid, self.mandates]
        bills.append(None if recycling is None else Collected(scene, quotes, recycling, fleets))
        bills.append(Plants(scene, found["plant"]))
        rules = [*found["border_floor"], *found["joint_purchase"], *found["sourcing_cap"]]
        bills.append(Premiums(scene, quotes, rules))
        return [one for one in bills if one is not None and one.accounts]

    def support(self) -> Callable[[], Array] | None:
        """Says what a tonne of first output earns on top of its quote, where anything does; see `Economics`."""
        return self._uplift if self.outputs is not None or self.found["border_floor"] else None

    def _nothing(self) -> Array:
        return np.zeros((len(self._scene.network.facilities), self._scene.members))

    def _uplift(self) -> Array:
        clock, more = self._scene.clock, self._nothing()
        if self.outputs is not None:
            more += self.outputs.uplift()
        for floor in self.found["border_floor"]:
            more += floor.uplift(clock.today, clock.step)
        return more

    def _lowest_prices(self) -> Array:
        clock, lowest = self._scene.clock, self._nothing()
        for floor in self.found["border_floor"]:
            lowest = np.maximum(lowest, floor.floors(clock.today, clock.step))
        return lowest
