"""Instruments of resilience as a user writes them: what makes supply more diverse, who pays, and from when on.

Each names its payer where money is spent; docs/instruments.md says which instrument of policy each kind stands for.
Defaults without a source are assumptions (D).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simulator.scenario.measures import Measure
from simulator.scenario.quantities import (
    DateOrRange,
    Selected,
    Text,
    UncertainDays,
    UncertainFactor,
    UncertainMoney,
    UncertainPrice,
    UncertainRate,
    UncertainShare,
    given,
)


class Sited(Measure):
    """Measure on some sites: those of which facilities, countries and stages all hold."""

    facilities: Selected = given("all", "sites concerned, by id: all, a list, or {except: [...]}")
    countries: Selected = given("all", "countries of the sites: all, a list of countries or groups, or {except: [...]}")
    stages: Selected = given("all", "stages of the sites: all, or a list such as [separation, magnet]")


class CapitalSupport(Sited):
    """Somebody puts capital into projects that are decided while it is in force: grant, loan, guarantee or equity."""

    kind: Literal["capital_support"]
    payer: Text = Field(description="whose public cash and exposure it is")
    grant: UncertainShare = given(0.0, "share of the capital cost that is given away [1]")
    equity: UncertainShare = given(0.0, "share of the owners' capital that the payer brings [1]")
    asked: UncertainShare = given(0.07, "yearly return that the payer asks for his equity [1]")
    lent: UncertainShare = given(0.0, "share of the debt that the payer lends [1]")
    guaranteed: UncertainShare = given(0.0, "share of the debt that others lend and the payer guarantees [1]")
    interest: UncertainShare = given(0.05, "yearly interest of what is lent or guaranteed [1]")
    loss: UncertainShare = given(
        {"low": 0.05, "central": 0.1, "high": 0.2}, "what lending costs the payer, as a share of what he lends [1]"
    )
    safer: UncertainShare = given(
        0.0, "share of the risk of being given up, or of staying below half of capacity, that goes away [1]"
    )


class OutputSupport(Sited):
    """Somebody pays for what sites make: a price floor (contract for difference), aid by the tonne, or a tax credit."""

    kind: Literal["output_support"]
    payer: Text = Field(description="whose public cash it is")
    floor: UncertainPrice = given("0 USD/t", "price of the first output up to which the quote is topped up [USD/t]")
    reference: Literal["inside", "outside"] = given(
        "inside", "quote that the floor is held against: of the controlling country's market, or outside it"
    )
    upside: UncertainShare = given(0.0, "share of the quote above upside_from that the payer receives [1]")
    upside_from: UncertainPrice = given("0 USD/t", "price above which the upside is shared [USD/t]")
    aid: UncertainPrice = given("0 USD/t", "paid on each tonne of the first output [USD/t]")
    credit: UncertainShare = given(0.0, "share of the cost of production that is paid back as tax [1]")
    contract: UncertainDays = given("3650 d", "how long it pays, from its effective day or the site's opening on [d]")


class Offtake(Sited):
    """A buyer promises to take a share of what sites can make, and to pay for it even if nobody orders it."""

    kind: Literal["offtake"]
    payer: Text = Field(description="who promises to pay")
    purse: Literal["public", "firms"] = given("firms", "whose money that is")
    share: UncertainShare = Field(description="share of capacity promised to be taken [1]")
    buyers: Selected | None = given(
        None, "countries served first with that share: all, a list of countries or groups; nobody when it is missing"
    )
    contract: UncertainDays = given("3650 d", "how long it holds, from its effective day or the site's opening on [d]")


class PermitRelief(Sited):
    """Permits of projects that have none yet take less time."""

    kind: Literal["permit_relief"]
    saved: UncertainDays = given(
        {"low": "0 d", "central": "274 d", "high": "730 d"}, "time of the permit that is saved, once per project [d]"
    )


class Plant(Measure):
    """A site that opens later than the run begins has its date and size fixed, whatever its sponsor would decide."""

    kind: Literal["plant"]
    facility: Text = Field(description="the site, by id")
    first_output: DateOrRange = Field(description="day of its first output, or {earliest, central, latest}")
    capacity: UncertainRate | None = given(None, "output at full rate in place of the world's table [t/d]")
    ramp: UncertainDays | None = given(None, "days from first output to full rate in place of the world's table [d]")
    payer: Text | None = given(None, "whose public cash builds it")
    cost: UncertainMoney = given(
        "0 USD", "what the payer spends, evenly from the effective day to the first output [USD]"
    )


class TechnologyBlock(Sited):
    """New sites come up to capacity more slowly, for want of equipment, reagents or people."""

    kind: Literal["technology_block"]
    slower: UncertainFactor = given(
        {"low": 1.25, "central": 1.5, "high": 2.0}, "how many times as long each part of a ramp takes, 1 or more [1]"
    )
