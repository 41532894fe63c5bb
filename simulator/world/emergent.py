"""Figures that follow from the flows of the base year, to set beside what is published. None of them is typed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulator.world.model import World
from simulator.world.network import country_of
from simulator.world.steady import SteadyState

FOUR = ("ndpr_oxide", "dy_oxide", "tb_oxide")
"""Oxides of the four magnet elements: neodymium, praseodymium, dysprosium, terbium."""

Emergent = Callable[[World, SteadyState], float]


def four_by_mine_and_plant(world: World, state: SteadyState) -> dict[tuple[str, str], float]:
    """Oxides of the four elements recovered from concentrate [t/d], by (country mined, country separated)."""
    found: dict[tuple[str, str], float] = {}
    for (plant, commodity, mine), bought in state.orders.items():
        if world.commodities[commodity].stage != "concentrate" or world.facilities[mine].stage != "mine":
            continue
        recipe = world.recipes[world.facilities[plant].recipe]
        need = next(item.amount.central for item in recipe.inputs if item.commodity == commodity)
        four = sum(item.amount.central for item in recipe.outputs if item.commodity in FOUR)
        key = world.facilities[mine].country, world.facilities[plant].country
        found[key] = found.get(key, 0.0) + bought / need * four
    return found


def made_in(
    world: World, state: SteadyState, commodities: tuple[str, ...], stage: str = "", country: str = ""
) -> float:
    """What facilities of a stage and country make of some commodities [t/d]; blank means all."""
    return sum(
        amount
        for (id, commodity), amount in state.made.items()
        if commodity in commodities
        and stage in ("", world.facilities[id].stage)
        and country in ("", world.facilities[id].country)
    )


def exports(
    world: World, state: SteadyState, commodities: tuple[str, ...], exporter: str = "", importer: str = ""
) -> float:
    """What leaves a country, or enters one, or goes from one to the other [t/d]; blank means all."""
    return sum(
        amount
        for (buyer, commodity, supplier), amount in state.orders.items()
        if commodity in commodities
        and exporter in ("", world.facilities[supplier].country)
        and importer in ("", country_of(world, buyer))
        and country_of(world, buyer) != world.facilities[supplier].country
    )


def _mined_share(world: World, state: SteadyState) -> float:
    flows = four_by_mine_and_plant(world, state)
    return sum(v for (mined, _), v in flows.items() if mined == world.inside) / sum(flows.values())


def _separated_share(world: World, state: SteadyState) -> float:
    return made_in(world, state, FOUR, country=world.inside) / made_in(world, state, FOUR)


_SINTERED = ("ndfeb_magnet", "ndfeb_heavy_magnet")
_MAGNETS = (*_SINTERED, "smco_magnet")


def _magnet_share(world: World, state: SteadyState) -> float:
    return made_in(world, state, _SINTERED, country=world.inside) / made_in(world, state, _SINTERED)


def _primary(home: bool) -> Emergent:
    """NdPr oxide made from concentrate inside, from mines at home or abroad."""

    def figure(world: World, state: SteadyState) -> float:
        total = 0.0
        for (plant, commodity, mine), bought in state.orders.items():
            site = world.facilities.get(plant)
            if site is None or world.facilities[mine].stage != "mine" or site.country != world.inside:
                continue
            recipe = world.recipes[site.recipe]
            need = next(item.amount.central for item in recipe.inputs if item.commodity == commodity)
            ndpr = sum(item.amount.central for item in recipe.outputs if item.commodity == "ndpr_oxide")
            total += bought / need * ndpr if (world.facilities[mine].country == world.inside) == home else 0.0
        return total

    return figure


def _made(commodities: tuple[str, ...], country: str = "", stage: str = "") -> Emergent:
    return lambda world, state: made_in(world, state, commodities, stage, country)


def _inside_share(commodity: str, stage: str = "") -> Emergent:
    """Share of the controlling country in what is made of a commodity [1]."""
    return lambda world, state: (
        made_in(world, state, (commodity,), stage, world.inside) / made_in(world, state, (commodity,), stage)
    )


def _site(facility: str, commodity: str) -> Emergent:
    return lambda world, state: state.made[facility, commodity]


def _mined(country: str = "") -> Emergent:
    return lambda world, state: sum(
        rate
        for id, rate in state.rate.items()
        if world.facilities[id].stage == "mine" and country in ("", world.facilities[id].country)
    )


def _demand(country: str, commodities: tuple[str, ...]) -> Emergent:
    return lambda world, state: sum(
        d.rate.central for d in world.demand if d.country == country and d.commodity in commodities
    )


RARE_EARTHS = ("ce_compounds", "la_compounds", "heavy_compounds", "ndpr_oxide", "dy_oxide", "nd_metal", "mischmetal")
"""What customs counted as rare earths in 2010: compounds and metals, not iron alloys and not magnets."""

CARS = ("car",)


def _shipped(commodities: tuple[str, ...], exporter: str = "", importer: str = "") -> Emergent:
    return lambda world, state: exports(world, state, commodities, exporter, importer)


def _makers(*facilities: str) -> Emergent:
    return lambda world, state: sum(state.rate[id] for id in facilities)


_GERMANIUM = ("ge_dioxide", "ge_metal", "ge_tetrachloride")
_ANTIMONY = ("sb_metal", "sb_trioxide", "sb_other")
"""Antimony products that customs count, each in its own tonnes."""


FIGURES: Mapping[str, Emergent] = {
    "china_mined_share": _mined_share,
    "china_separated_share": _separated_share,
    "china_magnet_share": _magnet_share,
    "china_magnet_exports": _shipped(_MAGNETS, "CHN"),
    "china_magnets_finished": _made(_SINTERED, "CHN"),
    "china_ndpr_domestic": _primary(home=True),
    "china_ndpr_imported": _primary(home=False),
    "kuantan_ndpr": _site("kuantan", "ndpr_oxide"),
    "mountain_pass_ndpr": _site("mountain_pass_sx", "ndpr_oxide"),
    "china_mined_reo": _mined("CHN"),
    "myanmar_mined_reo": _mined("MMR"),
    "usa_mined_reo": _mined("USA"),
    "australia_mined_reo": _mined("AUS"),
    "dy_oxide": _made(("dy_oxide",)),
    "tb_oxide": _made(("tb_oxide",)),
    "vietnam_metal": _made(("ndpr_metal",), "VNM"),
    "japan_magnet_demand": _demand("JPN", _SINTERED),
    "rare_earths_china_to_japan": _shipped(RARE_EARTHS, "CHN", "JPN"),
    "rare_earths_china_to_usa": _shipped(RARE_EARTHS, "CHN", "USA"),
    "rare_earths_from_china": _shipped(RARE_EARTHS, "CHN"),
    "rare_earth_quota_first_half": _shipped(RARE_EARTHS, "CHN"),
    "rare_earths_china_share_of_japan": lambda world, state: (
        exports(world, state, RARE_EARTHS, "CHN", "JPN") / exports(world, state, RARE_EARTHS, importer="JPN")
    ),
    "rare_earth_metals_to_japan": _shipped(("nd_metal", "mischmetal"), importer="JPN"),
    "sintered_blanks": _made(("magnet",)),
    "sintered_blanks_japan": _made(("magnet",), "JPN"),
    "mountain_pass_lanthanum": _site("mountain_pass", "la_compounds"),
    "japan_cars": _made(CARS, "JPN"),
    "japan_cars_before_the_event": _made(CARS, "JPN"),
    "japan_car_exports": _shipped(CARS, "JPN"),
    "japan_car_exports_before_the_event": _shipped(CARS, "JPN"),
    "japanese_cars_abroad": lambda world, state: made_in(world, state, CARS) - made_in(world, state, CARS, "", "JPN"),
    "toyota_cars": _makers("toyota", "toyota_sole", "toyota_tohoku"),
    "nissan_cars": _makers("nissan", "nissan_sole"),
    "honda_cars": _makers("honda", "honda_sole"),
    "suzuki_cars": _makers("suzuki", "suzuki_sole"),
    "mazda_cars": _makers("mazda", "mazda_sole"),
    "china_gallium_exports": _shipped(("gallium_4n", "gallium_6n"), "CHN"),
    "china_gallium_output": _made(("gallium_4n",), "CHN", "refinery"),
    "china_gallium_share": _inside_share("gallium_4n", "refinery"),
    "china_germanium_exports": _shipped(("ge_metal",), "CHN"),
    "china_germanium_output": _made(("ge_dioxide",), "CHN"),
    "china_germanium_share": _inside_share("ge_dioxide"),
    "world_germanium_output": _made(("ge_dioxide",)),
    "usa_germanium_imports": _shipped(_GERMANIUM, importer="USA"),
    "china_antimony_exports": _shipped(_ANTIMONY, "CHN"),
    "china_antimony_metal_exports": _shipped(("sb_metal",), "CHN"),
    "china_antimony_oxide_exports": _shipped(("sb_trioxide",), "CHN"),
    "china_antimony_other_exports": _shipped(("sb_other",), "CHN"),
    "china_antimony_metal": _made(("sb_metal",), "CHN", "smelter"),
    "china_antimony_trioxide": _made(("sb_trioxide",), "CHN"),
    "china_sodium_antimonate": _made(("sb_antimonate",), "CHN"),
    "china_concentrate_imports": _shipped(("sb_concentrate",), importer="CHN"),
    "world_mined_antimony": _mined(),
    "china_mined_antimony": _mined("CHN"),
    "tajikistan_mined_antimony": _mined("TJK"),
    "russia_mined_antimony": _mined("RUS"),
    "usa_antimony_from_china": lambda world, state: (
        exports(world, state, _ANTIMONY[:2], "CHN", "USA") / exports(world, state, _ANTIMONY[:2], importer="USA")
    ),
}
"""Figure of `published.csv` -> how it follows from the flows, in the canonical unit (t/d or 1)."""
