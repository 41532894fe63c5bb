"""Stock that firms must hold beyond what they hold by themselves."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.clock import Phase
from simulator.engine.grouping import Grouping
from simulator.engine.interventions import Context, Span, grown
from simulator.engine.purchasing import Purchasing
from simulator.engine.purse import FIRMS, PUBLIC, Account
from simulator.engine.quotes import Quotes
from simulator.engine.scene import Scene

Array = NDArray[np.float64]


class StockMandate:
    """One `stock_mandate`, resolved and drawn. `rows` are the input rows of its firms, depots excepted, by name."""

    def __init__(self, measure: Any, span: Span, context: Context) -> None:
        self.id, self.span, self.payer = measure.id, span, measure.payer
        self.cover, self.ramp = context.number(measure, "cover"), context.number(measure, "ramp")
        self.holding = context.number(measure, "holding")
        network, sites = context.network, context.network.world.facilities
        slices = [p.inputs for p in network.fleets if not p.depots] + [m.rows for m in network.markets]
        mine = [i for rows in slices for i in range(rows.start, rows.stop)]
        holders, goods = (np.array([network.rows[i][k] for i in mine], dtype=str) for k in (0, 1))
        countries = np.array([sites[h].country if h in sites else h.partition("/")[0] for h in holders], dtype=str)
        sectors = np.array([h.partition("/")[2] for h in holders], dtype=str)
        chosen = context.selected(measure.countries, countries) & context.selected(measure.sectors, sectors)
        chosen &= np.isin(goods, list(measure.commodities))
        order = sorted(np.flatnonzero(chosen), key=lambda k: (holders[k], goods[k]))
        self.rows = np.array([mine[k] for k in order], dtype=np.int64)
        self.countries = [str(countries[k]) for k in order]


class StockMandates:
    """All mandates in order of name. Says in `scene.mandated` (row, member) how much cover they add [d of use].

    Parameters
    ----------
    purchasing : all who order, with the cover that they keep by themselves
    """

    def __init__(
        self, scene: Scene, quotes: Quotes, mandates: Sequence[StockMandate], purchasing: Sequence[Purchasing]
    ) -> None:
        self._scene, self._quotes = scene, quotes
        self._own = np.zeros_like(scene.use)
        for buyer in purchasing:
            self._own[buyer.rows] = buyer.cover
        self._mandates = sorted(mandates, key=lambda one: one.id)
        self.accounts: list[Account] = []
        self._to_payer: list[Grouping] = []
        for one in self._mandates:
            payers = sorted(set(one.countries)) if one.payer is None else [one.payer]
            place = [payers.index(c) if one.payer is None else 0 for c in one.countries]
            worth = np.array([quotes.base[quotes.commodities.index(scene.network.rows[i][1])] for i in one.rows])
            self._to_payer.append(Grouping(np.array(place, dtype=np.int64), len(payers), None, worth))
            self.accounts += [(one.id, payer, FIRMS if one.payer is None else PUBLIC) for payer in payers]
        scene.mandated = np.zeros_like(scene.use)
        self._added = [np.zeros((one.rows.size, scene.members)) for one in self._mandates]

    def life(self) -> Generator[simpy.Event, None, None]:
        """Say what must be held, before anybody orders."""
        while True:
            yield self._scene.clock.at(Phase.REGIME)
            self.look()

    def look(self) -> None:
        """Raise cover towards what is mandated; of several mandates the highest counts, and pays for what it adds."""
        clock, more = self._scene.clock, np.zeros_like(self._own)
        for place, one in enumerate(self._mandates):
            part = one.span.in_force(clock.today, clock.step) * grown(one.span.since(clock.today), one.ramp)
            asked = np.maximum(one.cover - self._own[one.rows], 0.0) * part
            self._added[place] = np.maximum(asked - more[one.rows], 0.0)
            more[one.rows] = np.maximum(more[one.rows], asked)
        self._scene.mandated = more

    def due(self) -> Array:
        """What each account pays for this step, (account, member) [USD]: for what is really held beyond the own cover."""
        scene, paid = self._scene, []
        assert scene.mandated is not None
        for one, added, to_payer in zip(self._mandates, self._added, self._to_payer, strict=True):
            use = scene.use[one.rows]
            spare = np.clip(scene.stocks.tonnes[one.rows] - self._own[one.rows] * use, 0.0, added * use)
            worth = spare * self._quotes.of_rows(one.rows)
            paid.append(to_payer.sum(worth) * (one.holding * scene.clock.step / 365.0))
        return np.concatenate(paid) if paid else np.zeros((0, scene.members))
