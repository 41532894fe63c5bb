"""What each market lost downstream of a shortage: an estimate on top of a run; no unit and no dollar acts back on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.results import views
from simulator.results.downstream import lost_units, made_up, value_added_change
from simulator.world.model import EndProduct

if TYPE_CHECKING:
    import xarray

Array = NDArray[np.float64]
MONTH = 365.0 / 12.0  # [d]
ROUNDING = 1e-9  # share of the units that nothing but rounding keeps from being made up [1]


def value_added_per_unit(product: EndProduct) -> tuple[float, float]:
    """Value added that one unit not built puts at risk: of its builder alone, and of everybody behind it [USD].

    The upper end takes the builder and one industry for all it buys from, with nothing imported from elsewhere.
    """
    builder, price = product.value_added.central, product.price.central
    bought = 1.0 - builder / price
    return builder, value_added_change([[0.0, 0.0], [bought, 0.0]], [price, 0.0])


class Loss(NamedTuple):
    """What a market lost from the event on; arrays (member).

    `stopped` units were not built when wanted, of which `made_up` were built later; `direct` and `economy_wide` are the
    ends of the value added at risk with the rest [USD].
    """

    country: str
    sector: str
    unit: str
    stopped: Array
    made_up: Array
    direct: Array
    economy_wide: Array


def losses(dataset: xarray.Dataset, products: Mapping[str, EndProduct]) -> list[Loss]:
    """What each market lost whose sector builds a product, in order of market.

    Parameters
    ----------
    dataset : results with `asked` and `lost` over market, commodity, month and member
    products : by sector
    """
    headline = [c for c in map(str, dataset["commodity"].values) if views.is_headline(dataset, c)]
    part = dataset[["asked", "lost"]].sel(commodity=headline).sum("commodity").transpose("market", "month", "member")
    after = views.since_event(dataset)
    found = []
    places = zip(views.market_countries(dataset), views.market_sectors(dataset), strict=True)
    for i, (country, sector) in enumerate(places):
        product = products.get(str(sector))
        asked, lost = (part[name].values[i].astype(np.float64) for name in ("asked", "lost"))
        if product is None or not asked.any():
            continue
        missing = lost_units(np.where(after[:, None], lost, 0.0), product.tonnes.central)
        normal = asked / product.tonnes.central
        window = max(1, round(product.catch_up.central / MONTH))
        later = made_up(missing, normal, product.overtime.central, window, dim=0)
        stopped, built = missing.sum(axis=0), later.sum(axis=0)
        direct, wide = value_added_per_unit(product)
        gone = np.where(stopped - built > ROUNDING * stopped, stopped - built, 0.0)
        found.append(Loss(str(country), str(sector), product.unit, stopped, built, direct * gone, wide * gone))
    return found
