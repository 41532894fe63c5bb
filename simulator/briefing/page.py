"""One offline page that can be put in front of a minister: everything in one file, nothing fetched from anywhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.briefing import facts, lost
from simulator.briefing.chart import Chart
from simulator.briefing.charts.timeline import central
from simulator.briefing.words import Words
from simulator.results import views
from simulator.results.backtest import Backtest, Observation, compare
from simulator.world.model import World

if TYPE_CHECKING:
    import jinja2
    import xarray

FILE = "page.html"
ASSUMPTION = ("name", "value", "unit", "source", "grade")


def write(
    folder: str | Path,
    dataset: xarray.Dataset,
    scenario: Any,
    charts: Sequence[Chart],
    assumptions: Iterable[Mapping[str, Any]],
    *,
    observed: Iterable[Observation] | None = None,
    command: str | None = None,
    caveats: Sequence[str] | None = None,
    not_modelled: Sequence[str] | None = None,
    world: World | None = None,
    language: str = "en",
) -> Path:
    """Write page.html into a folder.

    Parameters
    ----------
    folder : must exist
    dataset : results of one arm
    scenario : its title, kind, events, responses, policy data and sources are shown
    charts : as `all_charts` returns them; the timeline is shown with the events, the exports with the backtest
    assumptions : rows with name, value, unit, source and grade
    observed : observed flows for the backtest
    command : how to repeat the run; one is made from the scenario's name when None
    caveats, not_modelled : sentences; the usual ones when None
    world : its products say what is lost downstream; left out when None
    language : of every text

    Returns
    -------
    The path of the page.
    """
    path = Path(folder) / FILE
    path.write_text(
        render(
            dataset,
            scenario,
            charts,
            assumptions,
            observed=observed,
            command=command,
            caveats=caveats,
            not_modelled=not_modelled,
            world=world,
            language=language,
        ),
        encoding="utf-8",
        newline="\n",
    )
    return path


def render(
    dataset: xarray.Dataset,
    scenario: Any,
    charts: Sequence[Chart],
    assumptions: Iterable[Mapping[str, Any]],
    *,
    observed: Iterable[Observation] | None = None,
    command: str | None = None,
    caveats: Sequence[str] | None = None,
    not_modelled: Sequence[str] | None = None,
    world: World | None = None,
    language: str = "en",
) -> str:
    """The page as text; parameters as in `write`."""
    words, attrs = Words(language, goods=views.goods(dataset, language)), dataset.attrs
    test = compare(dataset, observed or (), exporter=views.inside(dataset))
    by_name = {c.name: shown(c) for c in charts}
    apart = ("timeline", "exports")
    template = environment().get_template("page.html")
    return template.render(
        language=language,
        say=words.say,
        title=words.title(scenario.title),
        headline=_unbroken(facts.headline(dataset, words)),
        kind=words.say(f"page.kind.{scenario.kind}") if words.has(f"page.kind.{scenario.kind}") else scenario.kind,
        policy=getattr(scenario, "policy_data", ""),
        keys=[replace(k, detail=_unbroken(k.detail)) for k in facts.key_numbers(dataset, words)],
        caveats=list(facts.caveats(dataset, words) if caveats is None else caveats),
        findings=[v for k, v in by_name.items() if k not in apart],
        timeline=by_name.get("timeline"),
        exports=by_name.get("exports"),
        events=_events(scenario, words),
        test=_test(test, words, dataset),
        lost=lost.section(dataset, world, words) if world is not None else None,
        assumptions=[assumption(row) for row in assumptions],
        grade_d=words.percent(float(attrs.get("share_grade_d") or 0.0)),
        missing=list(words.lines("missing") if not_modelled is None else not_modelled),
        command=command
        or f"simulator run {scenario.name} --replications {attrs['replications']} --seed {attrs['seed']}",
        made=_made(dataset, words),
        sources=[str(s) for s in getattr(scenario, "sources", ())],
    )


def environment() -> jinja2.Environment:
    """Where the templates of all pages are; a text that is not given fails."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("simulator.briefing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def shown(chart: Chart) -> dict[str, Any]:
    """A chart as the templates take it: the picture, and the numbers behind it as text."""
    from markupsafe import Markup

    return {"chart": chart, "svg": Markup(chart.inline()), "rows": [[_shown(v) for v in r] for r in chart.rows]}


def _made(dataset: xarray.Dataset, words: Words) -> str:
    a = dataset.attrs
    return words.say(
        "page.version",
        version=a.get("version", ""),
        seed=a["seed"],
        runs=a["replications"],
        step=f"{float(a.get('step_days', 1)):g}",
        start=a["start"],
        end=a["end"],
        world=a.get("world", ""),
        vintage=a.get("data_vintage", ""),
    )


def _events(scenario: Any, words: Words) -> list[list[str]]:
    def day(value: Any) -> str:
        return "–" if value is None else words.day(central(value))

    def length(m: Any) -> str:
        lasts = getattr(m, "duration", None)
        if m.expires is None and lasts is not None:
            return f"+ {float(getattr(lasts, 'central', lasts)):g} d"
        return day(m.expires)

    return [
        [
            words.title(m.title) or words.name("kind", m.kind),
            words.name("kind", m.kind),
            day(m.announced),
            day(m.effective),
            length(m),
            "; ".join(f"{day(s.start)} – {day(s.end)}" for s in m.suspended) or "–",
            words.name("status", m.status),
            m.grade,
        ]
        for m in (*scenario.events, *scenario.responses)
    ]


def _test(test: Backtest | None, words: Words, dataset: xarray.Dataset) -> dict[str, Any] | None:
    if test is None:
        return None
    home = words.country(test.exporter)
    intro = (
        words.say("page.backtest.unscored", country=home)
        if math.isnan(test.error)
        else words.say(
            "page.backtest.intro", country=home, error=words.number(test.error), baseline=words.number(test.baseline, 3)
        )
    )
    rows = [
        [
            words.month(r["month"]),
            words.number(r["observed"], None),
            words.number(r["simulated"], None),
            f"{words.number(r['low'], None)} – {words.number(r['high'], None)}",
            words.number(r["error"], None),
            words.percent(r["error_share"]),
            words.say("use." + r["use"].replace(" ", "_")),
        ]
        for r in test.rows()
    ]
    return {"intro": intro, "rows": rows, "sources": test.sources}


def assumption(row: Mapping[str, Any]) -> list[str]:
    """An input as the cells of a row."""
    return [_shown(row.get(key)) for key in ASSUMPTION]


def _unbroken(text: str) -> str:
    """Text whose ranges stay on one line."""
    return text.replace("–", "\u2060–\u2060")


def _shown(value: Any) -> str:
    """A cell of a table twin: four significant figures, full precision is in the CSV."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
    return value.isoformat() if isinstance(value, date) else str(value)
