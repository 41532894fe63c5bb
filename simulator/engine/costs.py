"""What adapting costs, and who pays: ways around a control, faster substitution, and the bills of all other instruments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.engine.grouping import Grouping
from simulator.engine.purse import FIRMS, PUBLIC, Account, Bill
from simulator.engine.qualification import SAVING, Support
from simulator.engine.quotes import Quotes
from simulator.engine.scene import Scene

Array = NDArray[np.float64]
AROUND = "ways_around"  # what going around a control costs


class Costs:
    """Accounts of one block: `accounts` are (cost, payer, purse), the cost being `ways_around` or the id of a support.

    Goods that go around a control cost `leakage_cost` of the quote where they come from, which the firms of the country
    that buys them pay; so it is where leakage follows the price. A support pays its `cost` over the base price for each
    tonne that those whom it helps save while it is in force. Whatever else costs money hands in a bill.
    """

    def __init__(self, scene: Scene, quotes: Quotes, supports: Sequence[Support], bills: Sequence[Bill] = ()) -> None:
        self._scene, self._quotes = scene, quotes
        self._base = quotes.base
        self._place = {c: i for i, c in enumerate(quotes.commodities)}
        self.accounts: list[Account] = []
        if "price_leakage" in scene.behaviours:
            self._open_ways_around()
        self._firms = len(self.accounts)
        self._supports = list(supports) if any(name in scene.behaviours for name in SAVING) else []
        self._open_supports()
        self._bills: list[tuple[slice, Bill]] = []
        for bill in bills:
            first, own = len(self.accounts), bill.accounts
            self.accounts += own
            self._bills.append((slice(first, first + len(own)), bill))
        # Measures of one name in several arms have one account.
        single = list(dict.fromkeys(self.accounts))
        place = {account: i for i, account in enumerate(single)}
        self._lines, of = len(self.accounts), np.array([place[a] for a in self.accounts], dtype=np.int64)
        self._to_account, self.accounts = Grouping(of, len(single)), single

    def _open_ways_around(self) -> None:
        """An account for each country that buys abroad."""
        lanes, world, behaviours = self._scene.network.lanes, self._scene.network.world, self._scene.behaviours
        some = np.flatnonzero(lanes.abroad)
        payers = sorted({str(c) for c in lanes.importer[some]})
        self._share = behaviours.parameter("leakage_cost") * behaviours.at_work("price_leakage")
        self._good = np.array([self._place[str(c)] for c in lanes.commodity], dtype=np.int64)
        self._zone = (lanes.exporter != world.inside).astype(np.int64)
        self._to_payer = Grouping(
            np.array([payers.index(str(c)) for c in lanes.importer[some]], dtype=np.int64),
            len(payers),
            lanes.rank[some],
            self._base[self._good[some]],
            some,
            len(lanes),
        )
        self.accounts += [(AROUND, payer, FIRMS) for payer in payers]

    def _open_supports(self) -> None:
        """An account for each support; rows of stock count at the base price where it helps, and are added by name."""
        network = self._scene.network
        sites, rows = network.world.facilities, network.rows
        worth = np.array([self._base[self._place[c]] for _, c in rows])
        countries = np.array([sites[h].country if h in sites else h.split("/")[0] for h, _ in rows], dtype=str)
        goods, one = np.array([c for _, c in rows], dtype=str), np.zeros(len(rows), dtype=np.int64)
        rank = np.argsort(np.array(sorted(range(len(rows)), key=lambda row: rows[row])))
        self._worth = [
            Grouping(one, 1, rank, worth * support.concerns(countries, goods)[:, 0]) for support in self._supports
        ]
        self.accounts += [(support.id, support.payer, PUBLIC) for support in self._supports]

    def settle(self, leaked: Array | None, saved: Array | None) -> Array:
        """What each account pays for this step, (account, member) [USD].

        Parameters
        ----------
        leaked : what went around a control today, (lane, member) [t]
        saved : what is not needed today any more, (row, member) [t]
        """
        out = np.zeros((self._lines, self._scene.members))
        if self._firms and leaked is not None and leaked.any():
            quote = self._quotes.quote[self._good, self._zone]
            out[: self._firms] = self._to_payer.sum(leaked * quote) * self._share
        if self._supports and saved is not None and saved.any():
            clock = self._scene.clock
            for place, (support, worth) in enumerate(zip(self._supports, self._worth, strict=True), self._firms):
                bound = support.span.in_force(clock.today, clock.step)
                out[place] = worth.sum(saved)[0] * bound * support.cost
        for mine, bill in self._bills:
            out[mine] = bill.due()
        return self._to_account.sum(out)
