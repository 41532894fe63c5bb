"""What buyers do before and while goods are short: fear, hoarding, phantom orders and buying ahead of a control.

Whoever hears of a control on his lanes, or is sent less than he asked for, is afraid; afraid, he wants more stock. While
sellers ration he asks for more than he needs and takes it back once they deliver. Sellers know the game, and do not
believe all of what they could not serve.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.clock import Phase
from simulator.engine.grouping import Grouping
from simulator.engine.interventions import Context, Span
from simulator.engine.scene import Scene
from simulator.engine.steady_start import SteadyStart

Array = NDArray[np.float64]
_LEAST = 1e-9  # share served, in a power that may be negative [1]


@dataclass(frozen=True)
class Notice:
    """A control that becomes known: `window` runs from the word to the day of effect, `lanes` are those it concerns."""

    lanes: NDArray[np.int64]
    window: Span


def notice(measure: Any, span: Span, context: Context) -> Notice:
    """When a control is known and binds. Without an announcement it becomes known on the day it takes force.

    Parameters
    ----------
    measure : a control of exports as the scenario has it
    span : when it is in force; a member in which it never is hears nothing of it
    """
    known = span.begins
    if measure.announced is not None:
        known = np.minimum(float((measure.announced - context.start).days), span.begins)
    return Notice(_concerned(measure, context), Span(span.active, known, span.begins))


def _concerned(measure: Any, context: Context) -> NDArray[np.int64]:
    lanes, network = context.lanes(measure), context.network.lanes
    if measure.kind != "military_end_use_ban":
        return lanes
    doubtful = sorted({c for part in measure.overcompliance for c in part.commodities})
    named = np.isin(network.sector[lanes], list(measure.sectors))
    return lanes[named | np.isin(network.commodity[lanes], doubtful)]


def share_of_step(known: Array, today: float, step: float) -> Array:
    """Share of the step that begins `today` in which news is known [1]; 0 before, and again once one whole step has passed.

    News from before the first day, a negative `known`, is old.
    """
    fresh = (known >= 0.0) & (known < today + step) & (known > today - step)
    return np.where(fresh, np.minimum((today + step - known) / step, 1.0), 0.0)


def share_served(got: Array, asked: Array) -> Array:
    """Share of what was asked that was got [1], between 0 and 1; 1 where nothing was asked."""
    return np.clip(np.divide(got, asked, out=np.ones_like(got), where=asked > 0.0), 0.0, 1.0)


def inflation(served: Array, most: Array | float, power: Array | float) -> Array:
    """What buyers multiply their orders by when sellers served a share of the last ones [1]: `served`^-`power`, at `most`."""
    return np.minimum(np.maximum(served, _LEAST) ** -np.asarray(power), most)


def unjustified(duplicates: Array, outstanding: Array, times: Array) -> Array:
    """Duplicates beyond what `times` the real orders allow [t].

    Parameters
    ----------
    duplicates : part of what is outstanding that nobody needs [t]
    outstanding : all that was ordered and not shipped [t]
    times : factor by which orders are inflated now [1]
    """
    return np.maximum(duplicates - (times - 1.0) * (outstanding - duplicates), 0.0)


def believed(served: Array, times: Array) -> Array:
    """Share of the orders a seller could not serve that is real [1], if his customers inflate theirs as the rule says.

    Of real orders 1 he is asked `times` and serves `times` x `served`: what is real and not served is 1 less that, over
    all that is not served.
    """
    missed = times * (1.0 - served)
    real = np.maximum(1.0 - times * served, 0.0)
    return np.divide(real, missed, out=np.ones_like(missed), where=missed > real)


class Anticipation:
    """Fear of every buyer, (row, member), and what it does to orders.

    `fear` [1] is the larger of what the news left and of the share that did not come; `duplicates` [t] is ordered, not
    shipped and not needed; `doubt` [1] the share of what he could not serve that a seller, (row, member), does not believe.
    """

    def __init__(self, scene: Scene, notices: Sequence[Notice], start: SteadyStart) -> None:
        parameter, step = scene.behaviours.parameter, scene.clock.step
        shape, lanes = scene.use.shape, scene.network.lanes
        self._scene, self._notices = scene, notices
        self._buyers = [np.unique(lanes.buyer[one.lanes]) for one in notices]
        self._to_seller = Grouping(lanes.supplier, shape[0], lanes.rank)
        self._on = scene.behaviours.at_work("anticipation")
        self._shock, self._forget = parameter("fear_news"), np.exp(-step / parameter("fear_time"))
        self._hoarding = parameter("hoarding")
        self._most, self._power = parameter("phantom_max"), parameter("phantom_power")
        self._cancelled, self._ahead_by = parameter("cancellation"), parameter("front_loading") * self._on

        def steady(rate: Array) -> Array:
            return np.repeat(rate[:, None] * step, scene.members, axis=1)

        # Smoothed tonnes per step: of buyers, then of sellers (row, member); what sellers read (lane, member).
        self._asked, self._shipped, self._left = (steady(start.use) for _ in range(3))
        self._received, self._sold = (steady(start.asked) for _ in range(2))
        self._demand = steady(start.flow)
        self._news, self.fear, self.doubt, self.duplicates = (np.zeros(shape) for _ in range(4))
        self._times = np.ones(shape)  # by which orders are inflated [1]
        self._ordered = np.zeros((len(lanes), scene.members))  # orders of the last step [t]
        self._outstanding = np.zeros(shape)  # ordered and not shipped at the end of the last step [t]
        self._under_way = np.zeros(shape)  # beyond the border before today's sailings [t]
        self._stock_ahead = np.zeros(shape)  # asked for ahead of a control that has yet to bind [t]
        self._rush = np.zeros((len(lanes), scene.members))  # extra order over expected use [1]
        self._rushing = False

    def life(self) -> Generator[simpy.Event, None, None]:
        """Look back at the last step, then hear the news of this one."""
        clock = self._scene.clock
        while True:
            yield clock.at(Phase.REGIME)
            if clock.count > 0:
                self.look_back()
            self.hear()

    def look_back(self) -> None:
        """Learn what became of the orders of the last step, and take back duplicates that are not justified any more."""
        scene, trade = self._scene, self._scene.trade
        placed = trade.to_buyers(self._ordered)
        self._read_orders()
        outstanding = trade.to_buyers(trade.owed + trade.blocked)
        left = trade.on_order - outstanding - scene.waiting - self._under_way
        shipped = trade.to_buyers(trade.shipped)
        for memory, seen in ((self._asked, placed), (self._shipped, shipped), (self._left, left)):
            memory += (seen - memory) * scene.learning
        times = inflation(share_served(self._shipped, self._asked), self._most, self._power)
        self._times = 1.0 + (times - 1.0) * self._on
        # What was shipped or lapsed was duplicate in the same proportion as all that was outstanding.
        self.duplicates *= share_served(outstanding, self._outstanding + placed)
        self._outstanding = outstanding
        self._take_back()

    def _read_orders(self) -> None:
        """Sellers learn what share they served, and so how far to believe the rest."""
        scene, trade = self._scene, self._scene.trade
        seen = self._to_seller.sum(self._ordered), self._to_seller.sum(trade.shipped)
        for memory, now in zip((self._received, self._sold), seen, strict=True):
            memory += (now - memory) * scene.learning
        served = share_served(self._sold, self._received)
        self.doubt = (1.0 - believed(served, inflation(served, self._most, self._power))) * self._on
        self._demand = trade.shipped + (1.0 - self.doubt[scene.network.lanes.supplier]) * trade.lapsed

    def _take_back(self) -> None:
        excess = unjustified(self.duplicates, self._outstanding, self._times)
        if not excess.any():
            return
        self.duplicates -= excess
        share = np.where(excess > 0.0, self._cancelled * share_served(excess, self._outstanding), 0.0)
        self._scene.trade.withdraw(share)
        self._outstanding *= 1.0 - share

    def hear(self) -> None:
        """Take in what is announced today, and forget a little of what was."""
        today, step = self._scene.clock.today, self._scene.clock.step
        self._news *= self._forget
        self._get_ahead([one.window.in_force(today, step) for one in self._notices])
        for one, buyers in zip(self._notices, self._buyers, strict=True):
            # News that breaks within a step is heard in part of it, and whole in the next one.
            heard = np.where(one.window.active, share_of_step(one.window.begins, today, step), 0.0)
            if heard.any():
                self._news[buyers] = np.maximum(self._news[buyers], heard * self._shock)
        self.fear = self._on * np.maximum(self._news, 1.0 - share_served(self._left, self._asked))

    def _get_ahead(self, waits: Sequence[Array]) -> None:
        """Note whose control is known and does not bind yet, as a share of this step, (member,) for each notice."""
        was, self._rushing = self._rushing, any(share.any() for share in waits)
        if not (was or self._rushing):
            return
        self._rush[...] = 0.0
        waiting = np.zeros_like(self._stock_ahead)
        for one, buyers, share in zip(self._notices, self._buyers, waits, strict=True):
            self._rush[one.lanes] = np.maximum(self._rush[one.lanes], share * self._ahead_by)
            waiting[buyers] = np.maximum(waiting[buyers], np.ceil(share))
        self._stock_ahead *= waiting  # once the control binds, what was bought ahead is there to be used

    def more_stock(self, rows: slice | NDArray[np.int64], target: Array) -> Array:
        """What buyers want on top of a target stock (row, member) [t]: out of fear, and to last through a control to come."""
        return target * (self._hoarding * self.fear[rows]) + self._stock_ahead[rows]

    def place(self, lanes: NDArray[np.int64], rows: slice, wanted: Array, use: Array) -> None:
        """Order what is wanted (row, member) [t], inflated where sellers ration, and something ahead of a control to come.

        Parameters
        ----------
        lanes : those to the buyers at `rows`, in canonical order
        use : expected use (row, member) [t/d]
        """
        trade, buyer = self._scene.trade, self._scene.network.lanes.buyer[lanes] - rows.start
        # What buyers have ordered less what no seller has shipped and no office let go is beyond the border.
        self._under_way[rows] = trade.on_order[rows] - self._outstanding[rows] - self._scene.waiting[rows]
        duplicates = wanted * (self._times[rows] - 1.0)
        trade.place(lanes, rows, wanted + duplicates)
        self.duplicates[rows] += duplicates
        if self._rushing:
            extra = self._rush[lanes] * trade.share[lanes] * use[buyer] * self._scene.clock.step
            ahead = np.zeros_like(wanted)
            np.add.at(ahead, buyer, extra)
            trade.today[lanes] += extra
            trade.on_order[rows] += ahead
            self._stock_ahead[rows] += ahead

    def note_orders(self, placed: Array) -> None:
        """Keep the orders of this step (lane, member) [t]."""
        self._ordered = placed.copy()

    def demand(self, lanes: slice) -> Array:
        """Last step's orders as sellers read them (lane, member) [t]: shipped, or expired and believed."""
        return np.where(self._on > 0.0, self._demand[lanes], self._scene.trade.today[lanes])
