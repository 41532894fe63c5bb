"""The slow clockwork: demand growth that capacity follows, and sites that open and ramp up. Once a month."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.clock import Phase
from simulator.engine.coming import TechnologyBlock, ramp_lost
from simulator.engine.contracts import Contracts
from simulator.engine.depot import Depot
from simulator.engine.facility import Fleet
from simulator.engine.grouping import Grouping
from simulator.engine.investment import Investment
from simulator.engine.network import Network
from simulator.engine.purchase_rules import SourcingCaps
from simulator.engine.purchasing import Purchasing
from simulator.engine.recycling import Recycling
from simulator.engine.scene import Scene
from simulator.engine.switching import Switching
from simulator.engine.trade import shares
from simulator.world.steady import SteadyState, flows

Array = NDArray[np.float64]


def sector_weights(network: Network, state: SteadyState) -> Array:
    """Share of each facility's work that each sector causes, (facility, sector) [1]; one equal row where it has none."""
    world = network.world
    sectors = sorted({d.sector for d in world.demand})
    weights = np.zeros((len(network.facilities), len(sectors)))
    for s, sector in enumerate(sectors):
        only = flows(world, None, {d.market: float(d.sector == sector) for d in world.demand})
        weights[:, s] = [only.rate[f.id] for f in network.facilities]
    total = weights.sum(axis=1, keepdims=True)
    return np.where(total > 0.0, weights / np.where(total > 0.0, total, 1.0), 1.0 / len(sectors))


class Growth:
    """Capacity, shelf and sourcing shares of the month.

    Parameters
    ----------
    capacity : (facility, member) installed at the start [t/d]
    weights : (facility, sector), see `sector_weights`
    rates : (sector, member) growth of demand [1/yr]; zero when growth is off
    grows : (facility,) capacity follows demand
    opens, ramp : (facility, member) day of opening and days to full rate; -inf where open from the start
    frozen : keep the openings of the first day
    contracts : what follows normal flows; None where all trade is spot
    investment : sponsors who decide when planned projects open; None where nobody does
    switching : buyers who leave the planned shares
    recycling : what collectors of scrap can bring; None where that follows demand as other capacity does
    blocks : what makes ramps take longer
    caps : rules on where to buy
    """

    def __init__(
        self,
        scene: Scene,
        sites: list[Fleet | Depot],
        buyers: list[Purchasing],
        capacity: Array,
        weights: Array,
        rates: Array,
        grows: NDArray[np.bool_],
        opens: Array,
        ramp: Array,
        frozen: bool,
        contracts: Contracts | None = None,
        investment: Investment | None = None,
        switching: Switching | None = None,
        recycling: Recycling | None = None,
        blocks: Sequence[TechnologyBlock] = (),
        caps: SourcingCaps | None = None,
    ) -> None:
        self._contracts, self._blocks, self._caps = contracts, blocks, caps
        self._scene, self._sites, self._buyers = scene, sites, buyers
        self._capacity, self._weights, self._rates, self._grows = capacity, weights, rates, grows
        self._opens, self._ramp, self._frozen = opens, ramp, frozen
        self._investment, self._recycling, self._switching = investment, recycling, switching
        lanes, world = scene.network.lanes, scene.network.world
        place = {f.id: i for i, f in enumerate(scene.network.facilities)}
        self._supplier = np.array([place[s] for _, _, s in lanes.names], dtype=np.int64)
        by_name = {(s.buyer, s.commodity, s.supplier): s.share.central for s in world.sources}
        self._base = np.array([by_name[n] for n in lanes.names])[:, None]
        self._later = np.array([world.facilities[s].opens is not None for _, _, s in lanes.names], dtype=bool)
        self._to_buyer = Grouping(lanes.buyer, len(scene.network.rows), lanes.rank)

    def life(self) -> Generator[simpy.Event, None, None]:
        """Bring capacities and shares up to date on the first step of each month."""
        clock = self._scene.clock
        while True:
            yield clock.at(Phase.REGIME)
            for behaviour in (self._investment, self._recycling):
                if behaviour is not None:
                    behaviour.watch()
            if clock.turns_month:
                if self._investment is not None:
                    self._investment.decide()
                if self._recycling is not None:
                    self._recycling.close_month()
                    self._recycling.look()
                self.bring_up_to_date()

    def bring_up_to_date(self) -> None:
        """Set capacities, shelves, shares and leads for this month."""
        today = self._scene.clock.today
        index = self._growth_index(today)
        opened = self.opened(0.0 if self._frozen else today)
        if self._investment is not None:
            opened = self._investment.opened(opened, today, self._scene.clock.until_month_turns)
        capacity = self._capacity * index * opened
        if self._recycling is not None:
            capacity = self._recycling.limit(capacity)
        for site in self._sites:
            mine = slice(site.first, site.first + len(site.capacity))
            site.follow(capacity[mine], index[mine])
        base = self._base
        if self._recycling is not None:
            base = base * self._recycling.weight(index)[self._supplier]
        planned = shares(base, opened[self._supplier], self._later, self._to_buyer)
        usual = planned if self._switching is None else self._switching.shares(planned)
        if self._caps is not None:
            usual = self._caps.limit(usual)
        self._scene.trade.share = usual
        if self._contracts is not None:
            self._contracts.renew(usual, index[self._supplier])
        for buyer in self._buyers:
            buyer.look_up_leads()

    def _growth_index(self, today: float) -> Array:
        index = np.zeros_like(self._capacity)
        for sector, factor in enumerate((1.0 + self._rates) ** (today / 365.0)):
            index += self._weights[:, sector, None] * factor
        return np.where(self._grows[:, None], index, 1.0)

    def opens(self) -> Array:
        """Day on which each facility opens, (facility, member) [d]; infinite where its sponsor has not decided."""
        if self._investment is None:
            return self._opens
        opens, sites = self._opens.copy(), self._investment.sites
        opens[sites] = np.where(self._investment.decides, self._investment.opens, opens[sites])
        return opens

    def opened(self, today: float) -> Array:
        """How far each facility has opened, (facility, member) [1]."""
        since = today - self._opens - ramp_lost(self._blocks, self._opens, today)
        return np.clip(np.divide(since, self._ramp, out=(since >= 0.0).astype(float), where=self._ramp > 0.0), 0.0, 1.0)
