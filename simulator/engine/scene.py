"""What the actors of one block share: the clock, the stocks, goods on their way, orders, prices and terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.engine.behaviours import Behaviours
from simulator.engine.chance import Chance
from simulator.engine.clock import Clock
from simulator.engine.duebook import DueBook
from simulator.engine.network import Network
from simulator.engine.ordering import smoothing
from simulator.engine.rationing import Claims
from simulator.engine.stock import Stocks
from simulator.engine.trade import Trade

if TYPE_CHECKING:
    from simulator.engine.anticipation import Anticipation
    from simulator.engine.recorder import Recorder
    from simulator.engine.terms import Terms

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Habits:
    """Behavioural parameters of one block; numbers or arrays of shape (member,)."""

    restore_time: Array  # time in which a gap of stock is closed [d]
    line_weight: Array  # how far the supply line is counted [1]
    forecast_days: Array  # memory of the forecast [d]
    order_expiry: Array  # mean life of an unserved order [d]
    patience: Array  # mean wait of a customer before giving up [d]; 0: demand is lost at once
    demand_noise: Array  # coefficient of variation of daily demand [1]
    demand_elasticity_short: Array
    price_gamma: Array
    price_time: Array  # [d]
    price_cap: Array  # highest price over normal [1]
    price_floor: Array  # lowest price over normal [1]
    transit_cv: Array  # variation of each consignment's transit [1]
    contract_share: Array  # of volume sold under contract [1]
    contract_lag: Array  # mean age of the quotes in a contract price [d]


@dataclass
class Scene:
    """Everything an actor may look at. `use` (row, member) is expected use [t/d]; `waiting` is held at the border [t]."""

    clock: Clock
    chance: Chance
    network: Network
    stocks: Stocks
    due: DueBook
    trade: Trade
    habits: Habits
    behaviours: Behaviours
    terms: Terms
    members: int
    licensed: bool  # some goods may have to wait for a licence
    use: Array = field(init=False)
    waiting: Array = field(init=False)
    priced: Array = field(init=False)  # (market row, member): demand at today's price over normal demand [1]
    set_aside: Array | None = None  # (row, member): what buyers order for reserves beyond their own use [t/d]
    mandated: Array | None = None  # (row, member): cover that firms must hold beyond their own [d of use]
    willing: Array | None = field(init=False, default=None)  # (facility, member): share of capacity worth using [1]
    recorder: Recorder = field(init=False)
    anticipation: Anticipation | None = field(init=False, default=None)  # where buyers are afraid and sellers know it

    contracted: Array | None = field(init=False, default=None)  # (lane, member) promised [t/d]; None: all trade is spot
    learning: Array = field(init=False)  # weight of a new observation in every forecast [1]

    def __post_init__(self) -> None:
        self.learning = np.asarray(smoothing(self.habits.forecast_days, self.clock.step))
        rows = len(self.network.rows)
        self.use = np.zeros((rows, self.members))
        self.waiting = np.zeros((rows, self.members))
        self.priced = np.ones((sum(len(m.demand) for m in self.network.markets), self.members))

    def claims(self, lanes: slice) -> Claims | None:
        """What sets the buyers on some lanes apart in this step; None while no law and no contract does."""
        terms, contracted = self.terms, self.contracted
        if not terms.ranked and contracted is None:
            return None
        promised = None if contracted is None else contracted[lanes] * self.clock.step
        if not terms.ranked:
            return Claims(contracted=promised)
        return Claims(terms.rank[lanes], terms.by_class[lanes], terms.kept[lanes], promised)
