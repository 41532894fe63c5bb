"""What exists before anything happens: sites, recipes, lanes, demand, stocks and prices.

Everything here is frozen. Masses are tonnes on the basis stated for the commodity, rates tonnes a day, times days,
money USD of 2024. Opening dates are calendar dates. Every `Figure` carries where it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from simulator.scenario.uncertain import Uncertain


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the world with its provenance. `value` is in the canonical unit (t, t/d, d, USD/t, 1)."""

    value: Uncertain
    unit: str  # as written in the table
    source: str
    year: str
    grade: str  # A official, B trade press, C weak, D assumption
    place: str  # file:line
    note: str = ""

    @property
    def central(self) -> float:
        """The central value, in the canonical unit."""
        return self.value.central


@dataclass(frozen=True, slots=True)
class Commodity:
    """One material in one form. `stage` names its step: concentrate, oxide, metal, alloy, magnet, scrap."""

    id: str
    title: str
    stage: str
    basis: str  # what one tonne means
    hs_code: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """Tonnes of a commodity needed per tonne of the recipe's first output, losses included [t/t]."""

    commodity: str
    amount: Figure
    critical: bool = True  # a missing non-critical input does not stop the work
    floor: Figure | None = None  # least share of the amount that thrifting can reach [1]; None: cannot be thrifted
    filler: Figure | None = None  # tonnes that take the place of a tonne thrifted of the other inputs [t/t]; None: none


@dataclass(frozen=True, slots=True)
class Output:
    """Tonnes of a commodity made per tonne of the recipe's first output [t/t]; the first output has amount 1."""

    commodity: str
    amount: Figure
    drives: bool = True  # orders for it start work; a by-product is made in proportion
    shelf: Figure | None = None  # days of output kept at most [d]; what exceeds it leaves as surplus; None keeps all


@dataclass(frozen=True, slots=True)
class Recipe:
    """How inputs become outputs, per tonne of the first output. A mine or a scrap source has no inputs."""

    id: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    residence: Figure  # time in process [d]


@dataclass(frozen=True, slots=True)
class Facility:
    """One site (or stated aggregate) at one stage. Capacity is in t/d of the first output of its recipe."""

    id: str
    name: str
    operator: str
    country: str
    stage: str
    recipe: str
    status: str  # operating, ramping, construction, planned
    capacity: Figure
    ramp: Figure | None = None  # days from opening to full capacity [d]
    opens: tuple[date, date, date] | None = None  # earliest, central, latest; None: open from the start
    opens_grade: str = ""
    opens_source: str = ""
    grows: bool = True  # capacity follows demand growth; False for a named project


@dataclass(frozen=True, slots=True)
class Demand:
    """Final use of a commodity by one sector in one country, in t/d of the base year."""

    country: str
    sector: str
    commodity: str
    rate: Figure
    counts: bool = False  # comes in whole units, Poisson around the rate; then a tonne stands for a unit

    @property
    def market(self) -> str:
        """Name of the country's sector as a buyer."""
        return f"{self.country}/{self.sector}"


@dataclass(frozen=True, slots=True)
class Substitute:
    """What end users of a commodity can come to use in its place."""

    commodity: str
    instead: str  # a commodity that the same user uses already; empty: something outside this world
    ceiling: Figure  # most of the demand that can move [1]
    amount: Figure  # tonnes of it for a tonne of the commodity [t/t]
    cost: Figure  # cost of doing the same with it over the cost of the original, at base prices [1]
    lag: Figure  # time to qualify it [d]


@dataclass(frozen=True, slots=True)
class Source:
    """A buyer's share of purchases from one supplier [1], at full ramp where the supplier is still to open."""

    buyer: str  # facility id, or "COUNTRY/sector"
    commodity: str
    supplier: str  # facility id
    share: Figure


@dataclass(frozen=True, slots=True)
class Lane:
    """Transit from one country to another, door to door [d]."""

    exporter: str
    importer: str
    transit: Figure


@dataclass(frozen=True, slots=True)
class Project:
    """A planned facility that its sponsor may decide to build."""

    capex: Figure  # capital cost by capacity [USD per t/d]
    opex: Figure  # cost of a tonne of the first output beyond its feed [USD/t]
    permit: Figure  # mean time of the permit [d]
    build: Figure  # mean time from the permit to the first output [d]


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long what a sector buys stays in use (Weibull), and the scrap as which it returns."""

    commodity: str
    sector: str
    returns: str  # commodity of the scrap
    mean: Figure  # mean life [d]
    shape: float  # of the Weibull distribution [1]


@dataclass(frozen=True, slots=True)
class OriginGroups:
    """Provenance kept by stocks: the groups of countries that are told apart, by where mined and where separated.

    Countries in no group form the group "rest", which is always there. `separating` names the facility stage that
    sets where a tonne was separated.
    """

    mined: Mapping[str, tuple[str, ...]]
    separated: Mapping[str, tuple[str, ...]]
    separating: str

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Every pair of groups, as (mined, separated)."""
        return tuple((m, s) for m in (*self.mined, "rest") for s in (*self.separated, "rest"))


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A weak row changed so that the base year closes; the tables hold the used value."""

    row: str
    stated: float
    low: float
    high: float
    used: float
    grade: str
    reason: str
    place: str  # file:line


@dataclass(frozen=True, slots=True)
class EndProduct:
    """What a sector builds with the headline commodities, one unit of which a missing tonne stops."""

    sector: str
    unit: str  # what is counted: a vehicle, a megawatt
    tonnes: Figure  # headline commodities in a unit [t]
    value_added: Figure  # by whoever builds it [USD]
    price: Figure  # final value [USD]
    overtime: Figure  # share of normal output that can be built on top [1]
    catch_up: Figure  # how long a lost unit may still be made up [d]

    @property
    def figures(self) -> dict[str, Figure]:
        """The figures by name."""
        return {name: getattr(self, name) for name in ("tonnes", "value_added", "price", "overtime", "catch_up")}


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a published study says a cut costs a country; shown beside the simulated loss, never fitted to."""

    study: str
    country: str
    shock: str  # the cut it assumes, in words
    loss: Figure  # of the country's gross domestic product [1]


@dataclass(frozen=True)
class World:
    """The whole baseline. All mappings are keyed by id and iterate in order of id."""

    name: str
    title: Mapping[str, str]  # by language
    base_year: int
    data_vintage: str
    inside: str  # the country whose home market has its own price
    origins: OriginGroups
    commodities: Mapping[str, Commodity]
    recipes: Mapping[str, Recipe]
    facilities: Mapping[str, Facility]
    demand: tuple[Demand, ...]  # in order of (country, sector, commodity)
    sources: tuple[Source, ...]  # in order of (buyer, commodity, supplier)
    lanes: Mapping[tuple[str, str], Lane]
    cover: Mapping[tuple[str, str], Figure]  # (holder, commodity) -> days of use held [d]; holder is a facility id
    # or a market; inputs and outputs of a facility alike
    prices: Mapping[str, Figure]  # commodity -> USD/t in the base year
    growth: Mapping[str, Figure]  # sector -> growth of demand [1/yr]
    parameters: Mapping[str, Figure]  # behavioural parameters by name, see docs/model.md
    countries: Mapping[str, Mapping[str, str]]  # code -> names by language
    groups: Mapping[str, tuple[str, ...]]  # named lists of countries (EU27, ...)
    sectors: Mapping[str, Mapping[str, str]]  # sector -> names by language
    goods: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # what headlines count in words, as one and as
    # many, by language
    headline: tuple[str, ...] = ()  # commodities whose shortage counts in headlines; none named: all that is demanded
    files: Mapping[str, str] = field(default_factory=dict)  # table file -> sha256
    published: Mapping[str, Figure] = field(default_factory=dict)  # figures to set beside what emerges
    hosts: Mapping[str, Figure] = field(default_factory=dict)  # facility -> share of its pace that another product sets
    gaps: Mapping[str, str] = field(default_factory=dict)  # published figure -> why the world differs from it
    adjustments: tuple[Adjustment, ...] = ()  # what the balance changed
    projects: Mapping[str, Project] = field(default_factory=dict)  # planned facility -> what its sponsor reckons with
    work: Mapping[str, Figure] = field(default_factory=dict)  # facility -> cost of a tonne of its first output beyond
    # its feed, its own or that of its stage [USD/t]
    lifetimes: tuple[Lifetime, ...] = ()  # in order of (commodity, sector)
    reorder: Mapping[tuple[str, str], Figure] = field(default_factory=dict)  # (depot, commodity) -> position at or
    # below which it orders up to its cover [d of use]; the others order every step
    products: Mapping[str, EndProduct] = field(default_factory=dict)  # sector -> what a shortage stops
    estimates: tuple[Estimate, ...] = ()  # published losses of output
    outputs: Mapping[str, Figure] = field(default_factory=dict)  # country -> gross domestic product [USD/yr]
    substitutes: tuple[Substitute, ...] = ()  # in order of (commodity, instead)

    def first_output(self, facility: str) -> str:
        """What a facility's capacity is counted in."""
        return self.recipes[self.facilities[facility].recipe].outputs[0].commodity
