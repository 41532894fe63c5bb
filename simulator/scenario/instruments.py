"""Instruments of resilience as a user writes them: what makes supply more diverse, who pays, and from when on.

Each names its payer where money is spent; docs/instruments.md says which instrument of policy each kind stands for.
Defaults without a source are assumptions (D).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool

from simulator.scenario.measures import Measure, Trade
from simulator.scenario.quantities import (
    DateOrRange,
    Names,
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
    payer: Text = Field(description="whose public cash it is, and who stands for loans and guarantees")
    grant: UncertainShare = given(0.0, "share of the capital cost that is given away [1]")
    equity: UncertainShare = given(0.0, "share of the owners' capital that the payer brings [1]")
    asked: UncertainShare = given(0.07, "yearly return that the payer asks for his equity [1]")
    lent: UncertainShare = given(0.0, "share of the debt that the payer lends [1]")
    guaranteed: UncertainShare = given(0.0, "share of the debt that others lend and the payer guarantees [1]")
    interest: UncertainShare = given(0.05, "yearly interest of what is lent or guaranteed [1]")
    loss: UncertainShare = given(
        {"low": 0.05, "central": 0.1, "high": 0.2}, "what lending costs the payer, as a share of what he lends [1]"
    )
    budget: UncertainMoney | None = given(
        None, "most that the payer promises in all, loans and guarantees included; no limit when it is missing [USD]"
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
    upside_most: UncertainMoney | None = given(
        None, "most that the payer receives of the upside in a calendar year; no limit when it is missing [USD]"
    )
    tonnes: UncertainRate | None = given(
        None, "most first output of its sites together for which it counts; all of it when it is missing [t/d]"
    )
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


class BorderFloor(Measure):
    """Members buy a commodity at no less than a floor: imports pay the gap as duty, sellers at home earn it."""

    kind: Literal["border_floor"]
    members: Names = Field(description="countries or groups behind the common border")
    commodity: Text = Field(description="what it concerns, by id")
    floor: UncertainPrice = Field(description="lowest price in the members' market [USD/t]")
    ramp: UncertainDays = given("0 d", "days over which the gap comes to be paid in full [d]")


class JointPurchase(Measure):
    """Buyers of several countries bargain together, and pay less for what they import."""

    kind: Literal["joint_purchase"]
    countries: Names = Field(description="countries or groups whose buyers bargain together")
    commodities: Names = Field(description="commodities concerned, by id")
    price_effect: UncertainShare = given(
        {"low": 0.0, "central": 0.05, "high": 0.1}, "share of the price that they are spared [1]"
    )
    ramp: UncertainDays = given(
        {"low": "180 d", "central": "270 d", "high": "365 d"}, "days until the whole effect is there [d]"
    )


class SourcingCap(Measure):
    """Buyers may take at most a share of a commodity from some countries; the rest must come from their other suppliers."""

    kind: Literal["sourcing_cap"]
    countries: Selected = given(
        "all", "countries of the buyers: all, a list of countries or groups, or {except: [...]}"
    )
    sectors: Selected = given("all", "all, or a list of sectors of end users; plants belong to all only")
    commodities: Names = Field(description="commodities concerned, by id")
    exporters: Selected = Field(
        description="countries whose share is capped: all, a list, or {except: [...]}, such as all but those of an origin rule"
    )
    most: UncertainShare = Field(description="share of purchases that may come from them together [1]")
    ramp: UncertainDays = given(
        {"low": "365 d", "central": "730 d", "high": "1095 d"}, "days over which the cap comes down from 100 % [d]"
    )
    strict: StrictBool = given(
        False, "whether what other suppliers have no capacity for must be ordered from them all the same"
    )
    premium: UncertainFactor = given(
        {"low": 0.1, "central": 0.3, "high": 0.8}, "what buyers pay on top for what the cap moves, over the quote [1]"
    )


class StockMandate(Measure):
    """Firms must hold so many days of use of what they buy, or are paid to."""

    kind: Literal["stock_mandate"]
    countries: Selected = given("all", "countries of the firms: all, a list of countries or groups, or {except: [...]}")
    sectors: Selected = given("all", "all, or a list of sectors of end users; plants belong to all only")
    commodities: Names = Field(description="commodities concerned, by id")
    cover: UncertainDays = Field(description="days of use to hold, where firms hold less by themselves [d]")
    ramp: UncertainDays = given(
        {"low": "180 d", "central": "365 d", "high": "540 d"}, "days over which the stock is to be built [d]"
    )
    holding: UncertainShare = given(
        {"low": 0.05, "central": 0.07, "high": 0.1}, "yearly cost of holding it, as a share of its value [1]"
    )
    payer: Text | None = given(None, "whose public cash pays for holding it; the firms themselves when it is missing")


class MutualAid(Measure):
    """Countries lend each other part of their buyers' stock when one of them runs low, and get it back in calm times."""

    kind: Literal["mutual_aid"]
    members: Names = Field(description="countries or groups that lend to each other, each country for itself")
    commodities: Names = Field(description="what is lent, by id")
    share: UncertainShare = given(
        {"low": 0.0, "central": 0.1, "high": 0.25}, "share of its normal stock that a country lends at most [1]"
    )
    trigger: UncertainDays = given(
        {"low": "5 d", "central": "10 d", "high": "20 d"},
        "cover of a country's buyers below which it asks, and above which others may lend [d]",
    )
    running: UncertainDays = given("5 d", "running days below it until the call counts [d]")
    delay: UncertainDays = given(
        {"low": "14 d", "central": "30 d", "high": "60 d"}, "from the call to the first loan [d]"
    )
    rate: UncertainFactor = given(0.5, "most that a country borrows in a day, in days of its use [1]")
    repay: UncertainDays = given("180 d", "time over which a loan is paid back once its borrower has enough [d]")
    cost: UncertainShare = given(
        {"low": 0.0, "central": 0.02, "high": 0.05}, "what the borrower's firms pay for handling, over the quote [1]"
    )


class RecyclingMandate(Measure):
    """Producers must have end-of-life scrap collected, and scrap may not all leave."""

    kind: Literal["recycling_mandate"]
    countries: Selected = given("all", "countries concerned: all, a list of countries or groups, or {except: [...]}")
    commodities: Names = Field(description="scraps concerned, by id")
    collection: UncertainShare = given(
        0.0, "share of what is thrown away that must be collected, where less is by itself [1]"
    )
    ramp: UncertainDays = given(
        {"low": "730 d", "central": "1095 d", "high": "1460 d"}, "days until all of that is collected [d]"
    )
    cost: UncertainFactor = given(
        {"low": 0.1, "central": 0.3, "high": 1.0},
        "what producers pay on each tonne collected because of it, over the base price [1]",
    )
    exported: UncertainShare = given(1.0, "share of scrap exports that may still leave the countries concerned [1]")


class LicenceFacilitation(Trade):
    """Diplomacy: some pairs are trusted without a licence for each file, and the office works faster on the other files."""

    kind: Literal["licence_facilitation"]
    coverage: UncertainShare = given(0.0, "share of pairs of exporter and customer that become trusted [1]")
    ramp: UncertainDays = given(
        {"low": "30 d", "central": "90 d", "high": "270 d"}, "days over which the trusted pairs get their licence [d]"
    )
    speed: UncertainFactor = given(1.0, "pace of the licence office for the destinations named: 2 is twice as fast [1]")
