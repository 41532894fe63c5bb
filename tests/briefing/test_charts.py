"""Charts say what the data say, carry what must travel with them, and come out the same each time."""

from __future__ import annotations

import dataclasses
import re
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.text import Text

from simulator.briefing import style
from simulator.briefing.charts import (
    all_charts,
    exports,
    price_path,
    recovery_curve,
    shortage_map,
    shortfall_fan,
    timeline,
)
from simulator.briefing.words import Words
from simulator.results import views

EN = Words("en", goods=("magnet", "magnets"))
NAMES = ["shortfall", "first-shortage", "recovery", "timeline", "exports", "price"]


@pytest.fixture(scope="module")
def calm(dataset):
    """The same world with nothing short and nothing happening."""
    return dataset.assign(
        served=dataset["asked"], lost=dataset["lost"] * 0, first_shortage=dataset["first_shortage"] * np.nan,
        service=dataset["service"] * 0 + 1, exports=dataset["exports"] * 0 + 100, price=dataset["price"] * 0 + 1000,
    )  # fmt: skip


def test_one_chart_per_question(charts):
    assert [c.name for c in charts] == NAMES


def test_every_chart_carries_what_must_travel_with_it(charts):
    for chart in charts:
        assert "60 replications, seed 1" in chart.footer
        assert "22 % of inputs are assumptions (grade D)" in chart.footer
        assert "sources:" in chart.footer
        assert "July 2026" in chart.footer
        assert "China's export licences of April 2025" in chart.subtitle.replace("\n", " ")
        assert 0 < len(chart.alt) <= 500
        assert chart.title in chart.alt
        assert chart.rows
        assert all(len(row) == len(chart.columns) for row in chart.rows)


def test_titles_are_findings_with_a_range(charts):
    for chart in charts:
        if chart.name != "timeline":
            assert re.search(r"\d+(–| to )\d+", chart.title.replace(",", "")), chart.title


def test_the_title_agrees_with_the_data(dataset, charts):
    gap = 1 - dataset["served"].isel(market=slice(7, None)).sum(["market", "commodity"]) / dataset["asked"].isel(
        market=slice(7, None)
    ).sum(["market", "commodity"])
    worst = float(gap.median("member").max())
    assert charts[0].title.startswith(f"Outside China, {100 * worst:.0f} % of magnet demand")


def test_nothing_is_cut_off_or_too_small(charts):
    for chart in charts:
        figure = chart.figure
        figure.draw_without_rendering()
        box = figure.bbox
        for text in figure.findobj(Text):
            if not text.get_text().strip() or not text.get_visible() or not _on_axis(text):
                continue
            size, extent = text.get_fontsize(), Text.get_window_extent(text)
            assert size >= style.SMALL, (chart.name, text.get_text())
            assert extent.x0 >= box.x0 - 1, (chart.name, text.get_text())
            assert extent.x1 <= box.x1 + 1, (chart.name, text.get_text())
            assert extent.y0 >= box.y0 - 1, (chart.name, text.get_text())


def test_no_legend_boxes(charts):
    assert not [axes for chart in charts for axes in chart.figure.axes if axes.get_legend()]


def test_texts_do_not_overlap(charts):
    for chart in charts:
        chart.figure.draw_without_rendering()
        shown = [t for t in chart.figure.findobj(Text) if t.get_text().strip() and t.get_visible() and _on_axis(t)]
        boxes = [(t.get_text(), Text.get_window_extent(t).padded(-1.5)) for t in shown]
        for i, (name, a) in enumerate(boxes):
            for other, b in boxes[i + 1 :]:
                assert not a.overlaps(b), (chart.name, name, other)


def _on_axis(text):
    """Whether a text is drawn: labels of ticks outside the limits exist but are not."""
    if text.axes is None:
        return True
    box, (x, y) = text.axes.bbox, Text.get_window_extent(text).get_points().mean(axis=0)
    for axis, inside in (
        (text.axes.xaxis, box.x0 - 1 <= x <= box.x1 + 1),
        (text.axes.yaxis, box.y0 - 1 <= y <= box.y1 + 1),
    ):
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        if any(text is label for tick in ticks for label in (tick.label1, tick.label2)):
            return inside
    return True


def test_same_results_same_bytes(dataset, scenario, observed):
    first, second = (exports(dataset, scenario, EN, observed) for _ in range(2))
    assert first.svg == second.svg
    assert first.png(400) == second.png(400)
    assert "<dc:date>" not in first.svg


def test_files_beside_each_other(charts, tmp_path):
    paths = charts[0].save(tmp_path)
    assert [p.name for p in paths] == [f"chart-shortfall.{e}" for e in ("svg", "png", "csv", "txt")]
    assert int.from_bytes(paths[1].read_bytes()[16:20], "big") == 1200
    assert paths[2].read_bytes().startswith(b"\xef\xbb\xbfmonth,")
    assert charts[0].alt in paths[3].read_text(encoding="utf-8")
    assert "<text" in paths[0].read_text(encoding="utf-8")


def test_settings_of_others_are_left_alone(dataset, scenario):
    before = dict(matplotlib.rcParams)
    shortfall_fan(dataset, scenario, EN)
    assert dict(matplotlib.rcParams) == before


def test_an_empty_or_endless_alt_text_is_refused(charts):
    for alt in (" ", "x" * 501):
        with pytest.raises(ValueError, match="alt text"):
            dataclasses.replace(charts[0], alt=alt)


def test_calm_results_make_calm_titles(calm, scenario):
    titles = {c.name: c.title for c in all_charts(calm, scenario)}
    assert titles["shortfall"] == (
        "Outside China, less than 2 % of magnet demand goes unserved in any month, in 95 % of runs or more"
    )
    assert titles["first-shortage"] == "None of 56 country-sectors goes short in most runs"
    assert titles["recovery"] == "Service does not fall in any country, in the median run"
    assert "hardly fall" in titles["exports"]


def test_without_an_event_nothing_counts_from_it(calm, scenario):
    quiet = calm.assign_attrs(event_day="")
    bare = SimpleNamespace(**{**vars(scenario), "events": ()})
    assert [c.name for c in all_charts(quiet, bare)] == ["shortfall", "recovery", "exports", "price"]
    assert shortage_map(quiet, bare, EN) is None
    assert timeline(quiet, bare, EN) is None


def test_one_country_alone(dataset, scenario):
    chart = shortfall_fan(dataset, scenario, EN, "JPN")
    assert chart.name == "shortfall-jpn"
    assert chart.title.startswith("Japan, ")


def test_held_out_points_are_hollow(charts):
    axes = charts[NAMES.index("exports")].figure.axes[0]
    faces = {line.get_marker(): line.get_markerfacecolor() for line in axes.lines if line.get_marker() != "None"}
    assert faces["o"] != faces["D"] == "#ffffff"


def test_timeline_marks_what_is_suspended_and_what_never_was(charts):
    bars = charts[NAMES.index("timeline")].figure.axes[0].patches
    assert sum(bar.get_hatch() is not None for bar in bars) == 1
    assert sum(bar.get_facecolor()[3] == 0 for bar in bars) == 1


def test_a_price_axis_may_be_logarithmic(dataset, scenario):
    chart = price_path(dataset, scenario, EN, log=True)
    assert chart.figure.axes[0].get_yscale() == "log"
    assert price_path(dataset.drop_vars("price"), scenario, EN) is None


def test_the_numbers_of_the_price_chart_hold_what_is_paid(dataset, scenario):
    with_paid = price_path(dataset.assign(paid=dataset["price"] * 0.5), scenario, EN)
    quote, paid = (with_paid.columns.index(f"{zone} median [USD/kg]") for zone in ("outside", "outside, paid"))
    assert all(abs(row[paid] - row[quote] / 2) < 1e-6 * row[quote] for row in with_paid.rows)
    assert not any("paid" in column for column in price_path(dataset, scenario, EN).columns)


def test_title_panels_and_description_of_recovery_tell_the_same_lowest_service(dataset, scenario):
    """Each run falls at a time of its own, so the lowest of the median lies above the median of the lowest."""
    service = dataset["service"].copy()
    for k in range(dataset.sizes["member"]):
        service[..., k] = np.roll(dataset["service"].values[..., k], 7 * k, axis=1)
    spread = dataset.assign(service=service)
    part = views.shown(spread)
    smooth = views.recovery(part, "IND")[1]
    own = f"{100 * np.median(smooth.min(axis=0)):.0f} %"
    assert own != f"{100 * np.median(smooth, axis=1).min():.0f} %"
    chart = recovery_curve(spread, scenario, EN)
    assert chart.title.startswith(f"India falls to {own} of normal service (")
    panels = {axes.texts[0].get_text(): axes.texts[1].get_text() for axes in chart.figure.axes}
    assert panels["India"].startswith(f"lowest {own},")
    assert f"India {own}" in chart.alt


def test_where_nobody_goes_short_the_price_of_the_headline_comes_first(calm, scenario):
    dear = calm["price"].copy()
    dear.loc[{"priced": "ndpr_oxide", "zone": "outside", "month": dear["month"].values[20:]}] *= 3.0
    flows = calm.assign(price=dear).assign_coords(
        flow_commodity=("flow", ["ndpr_oxide", "dy_oxide", "smco_magnet"] * (calm.sizes["flow"] // 3))
    )
    first = all_charts(flows, scenario)[0]
    assert (first.name, first.title) == ("price", "NdPr oxide peaks at 3.0 times its earlier price (3.0), in Sep 2025")


def test_recovery_wants_daily_service(dataset, scenario):
    assert recovery_curve(dataset.drop_vars("service"), scenario, EN) is None


def test_labels_are_moved_apart_but_keep_their_order():
    placed = style.spread_apart([0.99, 1.0, 0.985, 0.2], gap=0.1, low=0.0, high=1.0)
    assert placed == pytest.approx([0.9, 1.0, 0.8, 0.2])
    assert min(np.diff(sorted(placed))) >= 0.1 - 1e-12


def test_what_is_inlined_keeps_its_ids_to_itself(charts):
    ids = [i for chart in charts for i in re.findall(r'\bid="([^"]+)"', chart.inline())]
    assert len(ids) == len(set(ids))
    for chart in charts:
        inline = chart.inline()
        assert set(re.findall(r"url\(#([^)]+)\)", inline)) <= set(re.findall(r'\bid="([^"]+)"', inline))
        assert 'role="img"' in inline
        assert "<metadata" not in inline


def test_the_price_shown_is_the_best_known_that_parts_most(dataset, scenario):
    assert price_path(dataset, scenario, EN).title.startswith("Dysprosium oxide outside China peaks at")
    alike = dataset.assign(price=dataset["price"].sel(zone="outside", drop=True).expand_dims(zone=dataset["zone"]))
    assert "times its earlier price" in price_path(alike, scenario, EN).title


def test_sources_are_named_by_publisher():
    listed = ["https://www.example.org/a/b?c", "Customs, table 4, 2025", "Customs, table 5", "One", "Two", "Three"]
    assert style.publishers(listed) == "example.org, Customs, One, Two, …"
    assert style.publishers(["Lynas and JARE (JOGMEC, Sojitz), supply to 2038"]) == "Lynas and JARE (JOGMEC, Sojitz)"
    assert style.publishers(["Caremag: 250 t of dysprosium a year for Japan, argusmedia.com"]) == "Caremag"
