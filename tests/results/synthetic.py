"""A made-up results Dataset in the product's form, with a dip of plausible shape, for tests of what reads results."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import xarray as xr

COUNTRIES = ("CHN", "DEU", "FRA", "IND", "JPN", "KOR", "USA", "VNM")
SECTORS = ("appliances_other", "auto_ev", "auto_other", "defence", "electronics", "machinery_robotics", "wind")
MAGNETS = ("ndfeb_heavy_magnet", "ndfeb_magnet", "smco_magnet")
COMMODITIES = ("dy_oxide", *MAGNETS, "ndpr_oxide")
FLOWS = tuple((c, m) for c in COUNTRIES[1:] for m in MAGNETS)
EVENT = np.datetime64("2025-04-04")
USE = {"CHN": 14000, "DEU": 1500, "FRA": 300, "IND": 350, "JPN": 1900, "KOR": 700, "USA": 1100, "VNM": 400}
COVER = {"CHN": 900, "DEU": 40, "FRA": 45, "IND": 35, "JPN": 75, "KOR": 60, "USA": 50, "VNM": 400}
DEPTH = {"CHN": 0.0, "DEU": 0.65, "FRA": 0.5, "IND": 0.7, "JPN": 0.35, "KOR": 0.45, "USA": 0.55, "VNM": 0.0}


def dataset(members: int = 60, seed: int = 1) -> xr.Dataset:
    """Eight countries, seven sectors, three magnets and two oxides, 48 months; `members` worlds."""
    rng = np.random.default_rng(seed)
    month = np.arange("2024-01", "2028-01", dtype="datetime64[M]")
    day = np.arange("2024-01-01", "2028-01-01", dtype="datetime64[D]")
    luck = rng.normal(1.0, 0.18, members).clip(0.5, 1.6)
    coords = {
        "month": month.astype("datetime64[ns]"),
        "day": day.astype("datetime64[ns]"),
        "country": list(COUNTRIES),
        "sector": list(SECTORS),
        "market": [f"{c}/{s}" for c in COUNTRIES for s in SECTORS],
        "commodity": list(MAGNETS),
        "priced": list(COMMODITIES),
        "zone": ["inside", "outside"],
        "flow": [f"CHN>{c}:{m}" for c, m in FLOWS],
        "exporter": ("flow", ["CHN"] * len(FLOWS)),
        "importer": ("flow", [c for c, _ in FLOWS]),
        "flow_commodity": ("flow", [m for _, m in FLOWS]),
        "arm": ("member", ["base"] * members),
        "replication": ("member", np.arange(members)),
    }
    daily = {c: _service(c, day, luck) for c in COUNTRIES}
    asked, served, first = _markets(daily, day, month, luck, members)
    exports = _exports(month, luck, members)
    data = {
        "asked": (("market", "commodity", "month", "member"), asked, "t", "demand asked"),
        "served": (("market", "commodity", "month", "member"), served, "t", "served on time"),
        "lost": (("market", "commodity", "month", "member"), (asked - served) * 0.6, "t", "demand that did not wait"),
        "exports": (("flow", "month", "member"), exports, "t", "cleared customs"),
        "price": (("priced", "zone", "month", "member"), _prices(month, luck, members), "USD/t", "monthly quote"),
        "first_shortage": (("market", "member"), first, "d", "first shortage after the event"),
        "service": (("country", "day", "member"), np.stack([daily[c] for c in COUNTRIES]), "1", "daily service"),
    }
    out = xr.Dataset(
        {k: (d, v.astype(np.float32), {"units": u, "long_name": n}) for k, (d, v, u, n) in data.items()}, coords
    )
    out.attrs = {
        "scenario": "april-2025-licences",
        "title": "China's export licences of April 2025",
        "seed": seed,
        "replications": members,
        "step_days": 1.0,
        "event_day": "2025-04-04",
        "announced_day": "2025-04-04",
        "start": "2024-01-01",
        "end": "2027-12-31",
        "warm_up_end": "2024-12-31",
        "world": "rare_earths",
        "data_vintage": "July 2026",
        "share_grade_d": 0.22,
        "version": "0.1.0",
        "inside": "CHN",
        "headline": " ".join(MAGNETS),
        "goods": '{"en": ["magnet", "magnets"]}',
    }
    return out


def scenario() -> SimpleNamespace:
    """A scenario with one event of each status, as the loader would give it."""

    def measure(**fields: Any) -> SimpleNamespace:
        usual = {
            "announced": None,
            "expires": None,
            "duration": None,
            "suspended": (),
            "status": "in_force",
            "grade": "A",
            "sources": ("MOFCOM announcement",),
            "p_effect": 1.0,
            "note": "",
        }
        return SimpleNamespace(**{**usual, **fields})

    return SimpleNamespace(
        name="april-2025-licences",
        kind="replay",
        world="rare_earths",
        start=date(2024, 1, 1),
        end=date(2027, 12, 31),
        title={
            "en": "China's export licences of April 2025",
            "fr": "Licences d'exportation chinoises d'avril 2025",
            "ja": "中国の2025年4月輸出許可制",
        },
        warm_up=365.0,
        replications=60,
        seed=1,
        policy_data="policy data to July 2026",
        sources=("MOFCOM", "GACC"),
        grade="B",
        responses=(),
        events=(
            measure(
                kind="export_licence",
                id="licences",
                title="Licences for seven heavy rare earths and their magnets",
                announced=date(2025, 4, 4),
                effective=date(2025, 4, 4),
            ),
            measure(
                kind="general_licence",
                id="general",
                title="General licences for trusted customers",
                announced=date(2025, 11, 7),
                effective=date(2025, 12, 1),
            ),
            measure(
                kind="export_licence",
                id="october",
                title={"en": "Extraterritorial rule and five more elements"},
                announced=date(2025, 10, 9),
                effective=date(2025, 11, 8),
                status="suspended",
                suspended=(SimpleNamespace(start=date(2025, 11, 8), end=date(2026, 11, 10)),),
            ),
            measure(
                kind="import_tariff",
                id="tariff",
                title="Tariff of 100 % on Chinese goods",
                announced=date(2025, 10, 10),
                effective=date(2025, 11, 1),
                expires=date(2026, 11, 1),
                status="never_took_effect",
            ),
        ),
    )


def observations() -> list[Any]:
    """Invented monthly exports, some of them held out."""
    from simulator.results.backtest import Observation

    values = {
        "2025-01": 4300,
        "2025-02": 4100,
        "2025-03": 5100,
        "2025-04": 2700,
        "2025-05": 1300,
        "2025-06": 3100,
        "2025-07": 5000,
        "2025-08": 5600,
        "2025-09": 5300,
        "2025-10": 5000,
        "2025-11": 5600,
        "2025-12": 5500,
    }
    return [
        Observation(
            np.datetime64(m, "D"),
            "CHN",
            "all",
            "magnets",
            float(v),
            "customs statistics",
            "B",
            "calibration" if m < "2025-10" else "development_test",
        )
        for m, v in values.items()
    ]


def _service(country: str, day: np.ndarray, luck: np.ndarray) -> np.ndarray:
    since = (day - EVENT).astype(float)[:, None]
    start, slow = COVER[country] * luck, 55.0 * luck
    fall = 1.0 / (1.0 + np.exp(-(since - start - 15) / 6.0))
    back = 1.0 / (1.0 + np.exp(-(since - start - 60 - 2.2 * slow) / 16.0))
    depth = np.clip(DEPTH[country] * (0.6 + 0.4 * luck), 0, 0.95)
    gap = depth * (fall - back)
    return 1.0 - np.where(gap < 1e-3, 0.0, gap)


def _markets(daily: dict, day: np.ndarray, month: np.ndarray, luck: np.ndarray, members: int) -> tuple:
    index = (day.astype("datetime64[M]") - month[0]).astype(int)
    weight = {"auto_ev": 1.25, "wind": 1.1, "defence": 0.6, "appliances_other": 0.8}
    part = np.array([0.10, 0.25, 0.15, 0.02, 0.18, 0.18, 0.12])
    mix = np.array([0.45, 0.5, 0.05])
    shape = (len(COUNTRIES) * len(SECTORS), len(MAGNETS), month.size, members)
    asked, served = np.zeros(shape), np.zeros(shape)
    first = np.full((shape[0], members), np.nan)
    since = (day - EVENT).astype(float)
    counts = np.bincount(index, minlength=month.size)
    for i, c in enumerate(COUNTRIES):
        for j, s in enumerate(SECTORS):
            level = np.clip(1.0 - (1.0 - daily[c]) * weight.get(s, 1.0), 0.0, 1.0)
            monthly = np.zeros((month.size, members))
            np.add.at(monthly, index, level)
            monthly /= counts[:, None]
            row = i * len(SECTORS) + j
            asked[row] = (USE[c] / 12 * part[j] * mix)[:, None, None]
            served[row] = asked[row] * monthly
            short = (1.0 - level > 0.02) & (since >= 0)[:, None]
            hit = short.any(axis=0)
            first[row, hit] = since[short[:, hit].argmax(axis=0)]
    return asked, served, first


def _exports(month: np.ndarray, luck: np.ndarray, members: int) -> np.ndarray:
    after = (month - np.datetime64("2025-04")).astype(int)[:, None]
    noise = np.random.default_rng(7).normal(1.0, 0.06, (month.size, members))
    late = np.maximum(after - 1.0, 0.0) / luck
    dip = np.where(after < 0, 1.0, np.where(after == 0, 0.6, np.minimum(0.25 + 0.1 * late**2, 1.05))) * noise
    share = {"ndfeb_heavy_magnet": 0.45, "ndfeb_magnet": 0.5, "smco_magnet": 0.05}
    return np.stack([4800 * USE[c] / 6250 * share[m] * dip for c, m in FLOWS])


def _prices(month: np.ndarray, luck: np.ndarray, members: int) -> np.ndarray:
    out = np.full((len(COMMODITIES), 2, month.size, members), np.nan)
    after = np.maximum((month - np.datetime64("2025-04")).astype(float) + 1, 0)[:, None]
    bump = after * np.exp(-after / 5.0) / 1.84
    for commodity, base, height in (("dy_oxide", 250e3, 2.6), ("ndpr_oxide", 58e3, 0.3)):
        at = COMMODITIES.index(commodity)
        out[at, 0] = base * (1 + 0.04 * bump * luck - 0.08 * (after > 4))
        out[at, 1] = base * (1.02 + height * bump * luck)
    return out
