"""The page: one file, nothing fetched, readable by everyone."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from simulator.briefing import page
from simulator.briefing.charts import all_charts

ASSUMPTIONS = [
    {"name": "cover <b>bold</b>", "value": 30.0, "unit": "d", "source": "our assumption", "grade": "D"},
    {"name": "yield", "value": None, "unit": "1", "source": "a survey", "grade": "B"},
]


class Outline(HTMLParser):
    """Collects tags, their attributes and whether they nest."""

    VOID = frozenset({"meta", "br", "img", "link", "hr", "input"})

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.broken = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.broken.append(tag)


@pytest.fixture(scope="module")
def html(dataset, scenario, observed, charts):
    return page.render(dataset, scenario, charts, ASSUMPTIONS, observed=observed)


@pytest.fixture(scope="module")
def outline(html):
    parser = Outline()
    parser.feed(html)
    return parser


def test_tags_nest(outline):
    assert outline.broken == []
    assert outline.open == []


def test_nothing_is_fetched(html, outline):
    for tag, attrs in outline.tags:
        for name in ("src", "href", "xlink:href", "action", "data", "srcset"):
            assert str(attrs.get(name) or "#").startswith("#"), (tag, name)
    assert not re.search(r"@import|url\((?!#)", html)
    assert not [tag for tag, _ in outline.tags if tag in ("script", "link", "iframe", "object", "embed")]


def test_one_heading_landmarks_and_a_way_past_them(outline):
    tags = [tag for tag, _ in outline.tags]
    for tag in ("h1", "main", "header", "footer"):
        assert tags.count(tag) == 1
    assert ("a", {"class": "skip", "href": "#findings"}) in outline.tags
    assert outline.tags[0] == ("html", {"lang": "en"})


def test_ids_are_unique_and_references_resolve(html):
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for group in re.findall(r'aria-labelledby="([^"]+)"', html):
        assert set(group.split()) <= set(ids)


def test_table_heads_say_what_they_head(outline):
    heads = [attrs for tag, attrs in outline.tags if tag == "th"]
    assert heads
    assert all(attrs.get("scope") in ("col", "row") for attrs in heads)


def test_each_chart_has_its_picture_its_description_and_its_table(html, outline):
    assert sum(tag == "figure" for tag, _ in outline.tags) == 6
    assert sum(tag == "svg" and attrs.get("role") == "img" for tag, attrs in outline.tags) == 6
    assert html.count("Numbers behind this chart") == 6


def test_headline_has_its_range(html):
    headline = re.search(r'class="headline">(.*?)<', html).group(1).replace("\u2060", "")
    assert re.search(r"\d+ t of magnets \([\d,]+–[\d,]+ in 90 % of runs\)", headline)
    assert "week 3 to 5" in headline


def test_text_from_outside_is_escaped(html):
    assert "cover &lt;b&gt;bold&lt;/b&gt;" in html
    assert "<b>bold</b>" not in html


def test_says_how_to_repeat_it_and_what_is_left_out(html):
    assert "simulator run april-2025-licences --replications 60 --seed 1" in html
    assert "What is not modelled" in html
    assert html.count("Firms keep their stocks secret") == 1


def test_observed_months_are_listed_with_their_error(html):
    assert "NRMSE" in html
    assert html.count(">held out<") >= 3
    assert ">May 2025<" in html


def test_dark_mode_print_and_calm(html):
    for query in ("prefers-color-scheme: dark", "@media print", "prefers-reduced-motion"):
        assert query in html


def test_same_results_same_page(dataset, scenario, observed, html):
    again = page.render(dataset, scenario, all_charts(dataset, scenario, observed), ASSUMPTIONS, observed=observed)
    assert again == html


def test_without_events_or_observations(dataset, scenario, tmp_path):
    quiet = type(scenario)(**{**vars(scenario), "events": ()})
    path = page.write(
        tmp_path, dataset, quiet, [], [], caveats=["only this"], not_modelled=["nor that"], command="do it"
    )
    text = path.read_text(encoding="utf-8")
    assert "nothing observed to compare with" in text
    for given in ("only this", "nor that", "do it"):
        assert given in text
