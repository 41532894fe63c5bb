"""What a user writes about events and responses: one frozen model per kind of measure, data only.

The engine decides what each kind does; the descriptions here become hover text in editors and the reference page.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator

from simulator.scenario.problems import did_you_mean
from simulator.scenario.quantities import (
    Date,
    DateOrRange,
    Factor,
    Id,
    Names,
    Period,
    Selected,
    Share,
    Text,
    UncertainChange,
    UncertainDate,
    UncertainDays,
    UncertainFactor,
    UncertainMass,
    UncertainRatio,
    UncertainShare,
    given,
    shown,
    wrong,
)

Grade = Literal["A", "B", "C", "D"]
Status = Literal["announced", "in_force", "suspended", "expired", "never_took_effect"]

LANGUAGES = ("en", "fr", "ja")


class Part(BaseModel):
    """Base of every block of a scenario file: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Title(Part):
    """Words for people, in up to three languages. A plain text counts as English."""

    en: Text = Field(description="English")
    fr: Text | None = given(None, "French; English is used when it is missing")
    ja: Text | None = given(None, "Japanese; English is used when it is missing")

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:
        return {"en": value} if isinstance(value, str) else value

    def __getitem__(self, language: str) -> str:
        if language not in LANGUAGES:
            raise KeyError(language)
        return getattr(self, language) or self.en


class Span(Part):
    """Days from one date up to, but not including, another."""

    start: Date = Field(alias="from", description="first day")
    end: Date = Field(alias="to", description="day after the last; from then on it no longer holds")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise wrong("SC030", "'to' must come after 'from'", at=("to",))
        return self


class Measure(Part):
    """Keys that every kind of measure shares."""

    kind: str
    id: Id = Field(description="name of the measure, in lower case with hyphens; unique in the file")
    title: Title | None = given(None, "words for the timeline, as text or {en, fr, ja}")
    announced: Date | None = given(None, "day on which it became known; buyers may act on it from then on")
    effective: DateOrRange = Field(description="day on which it takes force, or {earliest, central, latest}")
    expires: DateOrRange | None = given(
        None,
        "first day on which it no longer holds, or {earliest, central, latest}; "
        "without it and without duration it holds to the end",
    )
    duration: UncertainDays | None = given(None, "how long it holds from the effective day, instead of expires [d]")
    suspended: tuple[Span, ...] = given((), "spans of days during which it does not bind")
    p_effect: Share = given(1.0, "probability that it takes force at all, drawn once per replication [1]")
    only_if: Text | None = given(
        None, "id of another measure without which this one does not take force: a step of an escalation"
    )
    branches: tuple[Text, ...] = given((), "branches of the scenario to which it belongs; every one when it is missing")
    status: Status = given("in_force", "what is known of it; a measure that never took effect changes nothing")
    sources: tuple[Text, ...] = given((), "where the numbers come from; the sources of the scenario count too")
    grade: Grade | None = given(
        None, "A official, B trade press, C weak, D our assumption; the grade of the scenario when it is missing"
    )
    grades: dict[Text, Grade] = given({}, "grades of single numbers that differ, such as {coverage: D}")
    note: Text | None = given(None, "what a reader should know")

    @model_validator(mode="after")
    def _one_ending(self) -> Self:
        if self.expires is not None and self.duration is not None:
            raise wrong("SC031", "expires and duration are both given", "keep one of them", at=("duration",), key=True)
        return self

    @model_validator(mode="after")
    def _grades_name_numbers(self) -> Self:
        for name in self.grades:
            if not _has_field(type(self), name):
                known = [key for key in type(self).model_fields if key not in Measure.model_fields]
                raise wrong(
                    "SC010",
                    f"grades: no number '{name}' in this measure",
                    did_you_mean(name, known),
                    at=("grades", name),
                    key=True,
                )
        return self

    @property
    def first_day(self) -> date:
        """Earliest day on which it can take force."""
        return self.effective.earliest if isinstance(self.effective, UncertainDate) else self.effective

    @property
    def central_day(self) -> date:
        """Day on which it takes force, or the central one of an uncertain date."""
        return self.effective.central if isinstance(self.effective, UncertainDate) else self.effective

    @property
    def central_end(self) -> date | None:
        """First day on which it no longer holds, by central values; None where it holds to the end."""
        if self.duration is not None:
            return self.central_day + timedelta(days=round(self.duration.central))
        return self.expires.central if isinstance(self.expires, UncertainDate) else self.expires

    @property
    def takes_effect(self) -> bool:
        """Whether it can change anything."""
        return self.status != "never_took_effect" and self.p_effect > 0.0


def _has_field(model: type[BaseModel], dotted: str) -> bool:
    head, _, rest = dotted.partition(".")
    if head not in model.model_fields:
        return False
    inner = model.model_fields[head].annotation
    return not rest or (isinstance(inner, type) and issubclass(inner, BaseModel) and _has_field(inner, rest))


class Trade(Measure):
    """Measure on what one country sends to others."""

    exporter: Text = Field(description="country that controls its exports, as an ISO code of three letters")
    destinations: Selected = given("all", "all, a list of countries or groups, or {except: [...]}")
    commodities: Names = Field(description="commodities concerned, by id")


class Leaky(Trade):
    """Control that goods can be re-routed around."""

    leakage: UncertainShare = given(0.0, "share of the stopped flow that still arrives through other countries [1]")
    leakage_delay: UncertainDays = given("30 d", "extra travel time of re-routed goods [d]")


class ExportBan(Leaky):
    """None may leave for the destinations named."""

    kind: Literal["export_ban"]


def _clerks(value: Any) -> Literal["auto"] | int:
    if value == "auto" or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise wrong("SC014", f"{{key}} is a whole number of 1 or more, or auto; got {shown(value)}")


class Office(Part):
    """The office that decides on applications: document check, returned files, clerks and the statutory clock.

    The defaults rest on announced rules and reported practice: 45 working days by law, files returned for missing
    documents, few refusals of civil use. The load of the office is an assumption.
    """

    documents: UncertainDays = given("10 d", "mean time of the document check [d]")
    documents_cv: UncertainFactor = given(0.5, "spread of the document check: standard deviation over mean [1]")
    returned: UncertainShare = given({"low": 0.1, "central": 0.3, "high": 0.6}, "share of checked files sent back [1]")
    refile: UncertainDays = given("15 d", "mean time to mend a returned file [d]")
    refile_cv: UncertainFactor = given(1.0, "spread of the time to mend a file [1]")
    service: UncertainDays = given("10 d", "mean working time of one clerk on one file [d]")
    service_cv: UncertainFactor = given({"low": 0.5, "central": 1.0, "high": 2.0}, "spread of the working time [1]")
    load: UncertainFactor = given(
        {"low": 0.5, "central": 0.8, "high": 1.2},
        "share of the clerks' time that the normal flow of files takes; above 1 the queue "
        "grows without end [1]; used when clerks is auto",
    )
    clerks: Annotated[
        Literal["auto"] | int,
        PlainValidator(_clerks),
        WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1}]}),
    ] = given("auto", "clerks per destination group, or auto: as many as the load needs")
    statutory: UncertainDays = given("63 d", "time the law gives for a decision: 45 working days are 63 days [d]")
    statutory_share: UncertainShare = given(0.5, "share of files decided only when the statutory time is up [1]")
    approval: UncertainShare = given({"low": 0.9, "central": 0.97, "high": 1.0}, "share of decisions that grant [1]")
    appeal: UncertainShare = given(0.5, "share of refused files that are filed again [1]")
    file_every: Period = given("7 d", "an exporter files for each destination and commodity once in this time [d]")


class Speed(Span):
    """A time during which the office works faster or slower for some destinations."""

    destinations: Selected = given("all", "all, a list of countries or groups, or {except: [...]}")
    speed: Factor = Field(description="pace of the office's clock: 1 is normal, 0 stops it, 2 is twice as fast [1]")


def _grouping(value: Any) -> Literal["each", "all"] | tuple[tuple[str, ...], ...]:
    if value == "each" or value == "all":
        return value
    if not isinstance(value, list | tuple):
        raise wrong("SC013", f"{{key}} is each, all, or a list of lists of countries; got {shown(value)}")
    for i, group in enumerate(value):
        if not isinstance(group, list | tuple) or not all(isinstance(name, str) for name in group):
            raise wrong("SC013", f"{{key}} is a list of lists of countries; got {shown(group)}", at=(i,))
    return tuple(tuple(group) for group in value)


_GROUP_SCHEMA = {"type": "array", "items": {"type": "string"}, "minItems": 1}
Grouping = Annotated[
    Literal["each", "all"] | tuple[tuple[str, ...], ...],
    PlainValidator(_grouping),
    WithJsonSchema({"anyOf": [{"enum": ["each", "all"]}, {"type": "array", "items": _GROUP_SCHEMA, "minItems": 1}]}),
]


class Licensed(Measure):
    """Requirement of a licence for each file."""

    office: Office = given({}, "how the licence office works")
    enforcement_ramp: UncertainDays = given("14 d", "days until every lot is stopped: declared goods still leave [d]")
    grouping: Grouping = given("each", "one queue per destination (each), one for all, or one per list of countries")
    speeds: tuple[Speed, ...] = given((), "times of another pace, for some destinations")


class ExportLicence(Leaky, Licensed):
    """Goods leave only with a licence for each file; the office's queue sets how long that takes."""

    kind: Literal["export_licence"]
    scope: UncertainShare = given(
        {"low": 0.65, "central": 0.75, "high": 0.87},
        "share of the customs line that is really stopped: listed goods, and others taken for them [1]",
    )


class ContentRule(Licensed):
    """A country controls goods made abroad of what it lists, on their way between other countries."""

    kind: Literal["content_rule"]
    issuer: Text = Field(description="country or group that makes the rule")
    destinations: Selected = given("all", "all, a list of countries or groups, or {except: [...]}")
    commodities: Names = Field(description="goods made abroad that it may reach, by id")
    listed: Names = Field(description="commodities whose content of the issuer's origin counts, by id")
    threshold: UncertainShare = given(
        0.001, "share of a product's value, or of its mass where prices are missing, from which it is controlled [1]"
    )
    traced: Literal["mined", "separated", "either"] = given(
        "either",
        "whether content is of the issuer's origin by where it was mined, where it was separated, or by either",
    )
    technology: tuple[Text, ...] = given(
        (), "sites that work with the issuer's technology: what they export is controlled whatever its content"
    )
    compliance: UncertainShare = given(
        {"low": 0.0, "central": 0.7, "high": 1.0}, "share of the trade it reaches that complies [1]"
    )
    applies: Literal["licence", "ban"] = given(
        "licence", "whether complying trade needs the issuer's licence, or stops"
    )


class CustomsHold(Trade):
    """Goods that look like listed ones are stopped for testing in the first days of a control."""

    kind: Literal["customs_hold"]
    probability: UncertainShare = given(
        {"low": 0.0, "central": 0.1, "high": 0.3}, "chance that what leaves on a lane in a step is stopped [1]"
    )
    held: UncertainDays = given({"low": "30 d", "central": "45 d", "high": "60 d"}, "how long it is then held [d]")
    days: UncertainDays = given("90 d", "days from the effective day on in which goods are stopped [d]")


class GeneralLicence(Trade):
    """Trusted pairs of exporter and customer need no licence per file."""

    kind: Literal["general_licence"]
    coverage: UncertainShare = Field(description="share of pairs of exporter and customer that are trusted [1]")
    ramp: UncertainDays = given("0 d", "days over which the trusted pairs get their licence, one after the other [d]")


class ExportQuota(Trade):
    """At most an allowance leaves per period; what is not used is lost or carried over."""

    kind: Literal["export_quota"]
    allowance: UncertainMass | None = given(None, "tonnes that may leave per period [t]")
    cut: UncertainShare | None = given(None, "share of the normal flow that may not leave, instead of allowance [1]")
    ramp: UncertainDays = given("0 d", "days over which a cut builds up; an allowance has none [d]")
    period: Period = given("30 d", "length of a period [d]")
    carry: UncertainShare = given(0.0, "share of an unused allowance that stays for the next period [1]")
    per: Literal["total", "exporter", "destination", "customer"] = given(
        "total",
        "whether the allowance is one for all, or shared out as rights: to each exporting site, destination or customer",
    )
    shares: dict[Text, Share] = given(
        {},
        "rights stated by holder, such as {JPN: 30 %}: a site, a country or group, or a customer (a site or COUNTRY/sector), "
        "as per says; the other holders share the rest by normal flow [1]",
    )
    unused: Literal["forfeited", "returned"] = given(
        "forfeited",
        "what becomes of a right that its holder leaves unused: lost at the end of the period, or returned day by day "
        "for others to use",
    )

    @model_validator(mode="after")
    def _allowance_or_cut(self) -> Self:
        if (self.allowance is None) == (self.cut is None):
            both = self.cut is not None
            raise wrong(
                "SC031",
                "allowance and cut are both given" if both else "a quota needs allowance or cut",
                "keep one of them" if both else "write, for example, cut: 40 %",
                at=("cut",) if both else (),
                key=True,
            )
        return self

    @model_validator(mode="after")
    def _shares_of_one_whole(self) -> Self:
        if not self.shares:
            return self
        if self.per == "total":
            raise wrong(
                "SC031",
                "shares need holders, and per is total",
                "write per: destination, exporter or customer",
                at=("shares",),
                key=True,
            )
        if (total := sum(self.shares.values())) > 1.0 + 1e-9:
            raise wrong(
                "SC015", f"shares sum to {100.0 * total:.6g} %", "they sum to 100 % at most", at=("shares",), key=True
            )
        return self


class ExportTax(Trade):
    """The exporting country takes a share of the value at the border."""

    kind: Literal["export_tax"]
    rate: UncertainRatio = Field(description="share of the value paid when goods leave [1]")


class ImportTariff(Measure):
    """The importing country takes a share of the value at the border."""

    kind: Literal["import_tariff"]
    importer: Text = Field(description="country or group that takes the tariff")
    exporters: Selected = given("all", "all, a list of countries or groups, or {except: [...]}")
    commodities: Names = Field(description="commodities concerned, by id")
    rate: UncertainRatio = Field(description="share of the value paid when goods arrive [1]")


class Overcompliance(Part):
    """Civil trade that stops although the rule allows it."""

    commodities: Names = Field(description="commodities concerned, by id")
    share: UncertainShare = Field(description="share of the civil flow that stops too [1]")


class MilitaryEndUseBan(Trade):
    """None may leave for military users; caution may stop part of the civil trade too."""

    kind: Literal["military_end_use_ban"]
    sectors: Names = given(["defence"], "sectors that count as military use")
    overcompliance: tuple[Overcompliance, ...] = given((), "civil trade that stops although the rule allows it")


class Outage(Measure):
    """Sites work at part of their capacity, or not at all."""

    kind: Literal["outage"]
    facilities: Names = Field(description="sites concerned, by id")
    remaining: UncertainShare = given(0.0, "share of capacity that still works [1]")


class FeedLoss(Measure):
    """The mines of a country bring out part of what they could."""

    kind: Literal["feed_loss"]
    country: Text = Field(description="country of the mines, as an ISO code of three letters")
    commodities: Names = Field(description="concentrates concerned, by id")
    remaining: UncertainShare = given(0.0, "share of mine capacity that still works [1]")


class DemandShift(Measure):
    """Final demand rises or falls."""

    kind: Literal["demand_shift"]
    countries: Selected = given("all", "all, a list of countries or groups, or {except: [...]}")
    sectors: Selected = given("all", "all, or a list of sectors")
    commodities: Selected = given("all", "all, or a list of commodities")
    change: UncertainChange = Field(description="change of demand: 0.2 is a fifth more [1]")
    ramp: UncertainDays = given("0 d", "days over which the change builds up [d]")


class LaneChange(Measure):
    """Goods travel longer, or only part of them gets through."""

    kind: Literal["lane_change"]
    exporters: Selected = Field(alias="from", description="where goods leave: all, a list, or {except: [...]}")
    importers: Selected = Field(alias="to", description="where goods arrive: all, a list, or {except: [...]}")
    extra: UncertainDays = given("0 d", "days added to the transit [d]")
    capacity: UncertainShare = given(1.0, "share of the flow that gets through [1]")


class DomesticPriority(Measure):
    """Sellers keep part of their stock for buyers at home first."""

    kind: Literal["domestic_priority"]
    country: Text = Field(description="country whose sellers serve home buyers first")
    commodities: Names = Field(description="commodities concerned, by id")
    factor: UncertainShare = Field(description="share of stock kept for home buyers first [1]")


class PriorityClass(Part):
    """Buyers who are served before those of later classes."""

    countries: Selected = given(
        "all", "countries of the buyers: all, a list of countries or groups, or {except: [...]}"
    )
    sectors: Selected = given(
        "all", "all, or a list of sectors of end users; plants belong to classes of all sectors only"
    )


class SupplyPriority(Measure):
    """Sellers serve buyers class by class when they have too little."""

    kind: Literal["supply_priority"]
    country: Text = Field(description="country whose sellers serve class by class, its own buyers included")
    commodities: Names = Field(description="commodities concerned, by id")
    classes: tuple[PriorityClass, ...] = Field(
        description="classes of buyers, the first served first; a buyer is of the first class that names him, "
        "and those in none form the lowest"
    )
    factor: UncertainShare = given(1.0, "share of stock given out class by class; the rest goes in proportion [1]")
    kept: UncertainShare = given(
        0.0, "part of what classes share that is kept for the lowest class, as far as it asks [1]"
    )


class Reserve(Measure):
    """A country holds a stock of a commodity, opens it when its buyers run low, and fills it again in calm times."""

    kind: Literal["reserve"]
    countries: Names = Field(description="countries or groups whose buyers it serves and buys from")
    commodity: Text = Field(description="what it holds, by id")
    target: UncertainDays = Field(description="stock aimed at, in days of use of all its buyers [d]")
    opening: UncertainDays = given("0 d", "stock on the first day of the run, in days of use [d]")
    trigger: UncertainDays = given(
        {"low": "5 d", "central": "10 d", "high": "20 d"}, "cover of its buyers below which a release is called for [d]"
    )
    running: UncertainDays = given("5 d", "running days below the trigger until the call counts [d]")
    restore: UncertainDays | None = given(
        None, "cover up to which it releases; the cover of the trigger when it is missing [d]"
    )
    delay: UncertainDays = given("30 d", "time of the administration between the call and the first release [d]")
    emergency: tuple[Span, ...] = given((), "spans of days of a declared emergency, which needs no trigger")
    emergency_delay: UncertainDays = given("8 d", "the same time once an emergency is declared [d]")
    rate: UncertainFactor = given(0.5, "most that it releases in a day, in days of use of all its buyers [1]")
    first: tuple[Text, ...] = given((), "sectors served first; the others share in proportion to their need")
    acquisition: UncertainShare = given(0.005, "most that it buys in a month, as a share of a year's use [1]")
    price_below: UncertainFactor = given(1.2, "it buys while the quote is below this, times the base price [1]")
    payer: Text | None = given(None, "whose public cash buys and holds it; its countries when it is missing")
    holding: UncertainShare = given(
        {"low": 0.03, "central": 0.055, "high": 0.08}, "yearly cost of holding it, as a share of its value [1]"
    )


class SubstitutionSupport(Measure):
    """Somebody pays so that users qualify sooner and faster for less of a commodity, or for another one."""

    kind: Literal["substitution_support"]
    countries: Selected = given("all", "countries whose users are helped: all, a list, or {except: [...]}")
    commodities: Selected = given("all", "commodities to be saved: all, or a list")
    ceiling: UncertainShare = given(
        {"low": 0.12, "central": 0.15, "high": 0.2}, "share of demand that can be saved in a year, at most [1]"
    )
    lag_cut: UncertainShare = given(0.25, "share of the time to qualify that is saved while it is in force [1]")
    payer: Text = Field(description="whose public cash pays for it")
    cost: UncertainFactor = given(
        {"low": 0.0, "central": 0.2, "high": 1.0},
        "what the payer spends on each tonne that those helped save while it is in force, over the base price [1]",
    )


class PriceChange(Measure):
    """Sellers ask more or less than scarcity calls for, such as a flood of cheap goods."""

    kind: Literal["price_change"]
    commodities: Names = Field(description="commodities concerned, by id")
    market: Literal["inside", "outside", "both"] = given(
        "both", "whether it is the price inside the country whose controls the world is about, outside of it, or both"
    )
    change: UncertainChange = Field(description="change of the price at normal cover: -0.5 halves it [1]")
    ramp: UncertainDays = given("0 d", "days over which the change builds up [d]")


class FrameworkAgreement(Measure):
    """Governments agree on a text that names no tonnes and no money: it is on the record and changes nothing."""

    kind: Literal["framework_agreement"]
    members: Names = Field(description="countries or groups that agree")
