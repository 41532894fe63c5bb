"""The text of a new scenario file: commented, valid, and ready to be changed to one's own question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from simulator.scenario.quantities import MONTHS

#: Words for materials and the commodities they stand for; any other word is taken as the id of a commodity.
MATERIALS: Mapping[str, tuple[str, ...]] = {
    "magnets": ("ndfeb_magnet", "ndfeb_heavy_magnet", "smco_magnet"),
    "light rare earths": ("ndpr_oxide", "ndpr_metal", "lace_oxide"),
    "heavy rare earths": ("dy_oxide", "tb_oxide", "seg_oxide", "dy_metal", "tb_metal"),
    "dysprosium": ("dy_oxide", "dy_metal"),
    "terbium": ("tb_oxide", "tb_metal"),
    "samarium": ("sm_metal", "smco_alloy"),
}

_FILE = """\
# yaml-language-server: $schema=scenario.schema.json
# A scenario: what happens, to whom, from when to when. Check it with: simulator check FILE
# All keys and their meaning: docs/scenario-reference.md; your editor shows them too.
name: {name}
title: "{title}"    # or {{en: …, fr: …, ja: …}}
kind: hypothetical          # replay, counterfactual, branch or hypothetical
world: rare_earths
start: {first}           # the first year settles the model and is kept out of the results
end: {last}
warm_up: 365 d
replications: 200           # 20 is enough for a first look
seed: 1
step: 1 d                   # 7 d is quicker and less exact
behaviour: []               # how firms react, such as [anticipation, supplier_switching]; docs/model.md
grade: D                    # A official, B trade press, C weak, D our assumption
sources: []                 # needed for every grade but D

events:
  - kind: {kind}
    id: {by_lower}-{kind_words}
    announced: {start}   # the day on which it becomes known
    effective: {start}   # or {{earliest: …, central: …, latest: …}}
    expires: {end}     # or, in its place, duration: {{low: 30 d, central: 90 d, high: 180 d}}
    exporter: {by}
    destinations: {to}
    commodities: [{commodities}]
{numbers}    p_effect: 1             # probability that it takes force at all
    grade: D
"""


def template(
    name: str,
    material: str = "heavy rare earths",
    by: str = "CHN",
    to: str | Sequence[str] = "all",
    start: date = date(2027, 4, 1),
    end: date | None = None,
    cut: float = 1.0,
) -> str:
    """Text of a scenario in which one country restricts one material.

    Parameters
    ----------
    name : name of the scenario; made lower case with hyphens
    material : a word of `MATERIALS`, or ids of commodities with commas between them
    by : country that restricts, as an ISO code
    to : ``all``, or countries and groups
    start, end : first day, and first day on which it no longer holds; a year later when not given
    cut : share of the normal flow that stops [1]; all of it makes a ban, less a quota

    Raises
    ------
    ValueError
        when the cut is not a share, the end does not come after the start, or a name is none
    """
    end = end or start + timedelta(days=365)
    if not 0.0 < cut <= 1.0:
        raise ValueError(f"cut is a share above 0 and up to 1; got {cut}")
    if end <= start:
        raise ValueError(f"the end {end} must come after the start {start}")
    places = [to] if isinstance(to, str) else list(to)
    commodities = MATERIALS.get(material.strip().lower()) or tuple(part.strip() for part in material.split(","))
    odd = [word for word in (*commodities, *places, by) if not re.fullmatch(r"\w+", word)]
    if odd:
        raise ValueError(f"'{odd[0]}' is not a name of letters, digits and underscores")
    ban = cut == 1.0
    return _FILE.format(
        name=_hyphened(name) or "my-question",
        title=f"{by} restricts {material} from {MONTHS[start.month]} {start.year}",
        first=date(min(2024, start.year - 1), 1, 1),
        last=date(max(end.year + 1, 2027), 12, 31),
        kind="export_ban" if ban else "export_quota",
        kind_words="ban" if ban else "quota",
        start=start,
        end=end,
        by=by,
        by_lower=_hyphened(by),
        to="all" if places == ["all"] else f"[{', '.join(places)}]",
        commodities=", ".join(commodities),
        numbers=_ban() if ban else _quota(cut),
    )


def _ban() -> str:
    return (
        "    leakage: {low: 0, central: 10 %, high: 30 %}   # share that still arrives through other countries\n"
        "    leakage_delay: 30 d\n"
    )


def _quota(cut: float) -> str:
    return (
        f"    cut: {cut:.6g}                # share of the normal flow that may not leave\n"
        "    period: 30 d            # the allowance is renewed each period\n"
    )


def _hyphened(words: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else " " for c in words.lower())
    return "-".join(kept.split())
