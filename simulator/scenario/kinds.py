"""Every kind of measure that a scenario may list, by the word that names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

from pydantic import Field

from simulator.scenario import instruments as i
from simulator.scenario import measures as m

AnyMeasure = Annotated[
    m.ExportBan
    | m.ExportLicence
    | m.GeneralLicence
    | m.ExportQuota
    | m.ExportTax
    | m.ImportTariff
    | m.MilitaryEndUseBan
    | m.Outage
    | m.FeedLoss
    | m.DemandShift
    | m.LaneChange
    | m.SupplyPriority
    | m.ContentRule
    | m.CustomsHold
    | m.DomesticPriority
    | m.Reserve
    | m.SubstitutionSupport
    | m.PriceChange
    | m.FrameworkAgreement
    | i.CapitalSupport
    | i.OutputSupport
    | i.Offtake
    | i.PermitRelief
    | i.Plant
    | i.TechnologyBlock
    | i.BorderFloor
    | i.JointPurchase
    | i.SourcingCap
    | i.StockMandate
    | i.MutualAid
    | i.RecyclingMandate
    | i.LicenceFacilitation,
    Field(discriminator="kind"),
]

KINDS: Mapping[str, type[m.Measure]] = {
    get_args(kind.model_fields["kind"].annotation)[0]: kind for kind in get_args(get_args(AnyMeasure)[0])
}
