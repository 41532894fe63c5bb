"""How a chart looks: a title that says what was found, direct labels, no boxes, readable at half its size."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from simulator.briefing import palette
from simulator.briefing.words import Words
from simulator.results.views import event_day
from simulator.world.checks import figures

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")
R = TypeVar("R")

WIDTH, HEIGHT = 8.0, 5.0  # inches on paper
TITLE, BODY, SMALL = 14.0, 10.5, 9.0  # points; nothing smaller than the last
MARGIN = 0.03  # of the width, left of title and footer
FONTS = ["DejaVu Sans", "Verdana", "Noto Sans CJK JP", "sans-serif"]


@dataclass(frozen=True)
class Frame:
    """A figure with its axes and the texts around them."""

    figure: Figure
    axes: Axes
    title: str
    subtitle: str
    footer: str


def styled() -> AbstractContextManager[None]:
    """Settings in force while a chart is drawn; nothing global is left changed."""
    from matplotlib import rc_context

    return rc_context(
        {
            "font.family": "sans-serif",
            "font.sans-serif": FONTS,
            "font.size": BODY,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": palette.SOFT_INK,
            "axes.labelcolor": palette.INK,
            "text.color": palette.INK,
            "xtick.color": palette.SOFT_INK,
            "ytick.color": palette.SOFT_INK,
            "xtick.labelcolor": palette.INK,
            "ytick.labelcolor": palette.INK,
            "axes.grid.axis": "y",
            "grid.color": palette.RULE,
            "grid.linewidth": 0.7,
            "axes.axisbelow": True,
            "lines.linewidth": 2.0,
            "hatch.linewidth": 0.8,
            "text.parse_math": False,
            "figure.facecolor": palette.PAPER,
            "savefig.facecolor": palette.PAPER,
        }
    )


def drawn(function: Callable[P, R]) -> Callable[P, R]:
    """Draw a chart under the style."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with styled():
            return function(*args, **kwargs)

    return wrapped


def frame(
    title: str,
    subtitle: str,
    footer: str,
    height: float = HEIGHT,
    left: float = 0.085,
    right: float = 0.97,
    bottom: float = 0.0,
) -> Frame:
    """An empty chart with its texts in place and the axes in what is left.

    Parameters
    ----------
    title, subtitle, footer : wrapped to the width here
    height : of the figure [inch]
    left, right : of the axes, shares of the width
    bottom : extra room below the axes [inch]
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    top, step = 1.0 - 0.12 / height, 1.0 / height
    title, subtitle, footer = wrap(title, 62), wrap(subtitle, 94), wrap(footer, 106)
    figure.text(MARGIN, top, title, size=TITLE, weight="bold", va="top", linespacing=1.15)
    top -= (title.count("\n") + 1) * 0.235 * step + 0.05 * step
    figure.text(MARGIN, top, subtitle, size=BODY, color=palette.SOFT_INK, va="top", linespacing=1.2)
    top -= (subtitle.count("\n") + 1) * 0.18 * step + 0.27 * step
    figure.text(MARGIN, 0.07 * step, footer, size=SMALL, color=palette.SOFT_INK, va="bottom", linespacing=1.2)
    low = (0.07 + (footer.count("\n") + 1) * 0.155 + 0.47 + bottom) * step
    axes = figure.add_axes((left, low, right - left, top - low))
    return Frame(figure, axes, title, subtitle, footer)


def wrap(text: str, width: int) -> str:
    """Text in lines of at most `width` characters; East Asian text, which has no blanks, at half of it."""
    wide = sum(ord(c) > 0x2E7F for c in text) > len(text) / 4
    return "\n".join(textwrap.wrap(text, width // 2 if wide else width, break_long_words=wide, break_on_hyphens=False))


def footer(dataset: xarray.Dataset, scenario: Any, words: Words, sources: Sequence[str] = ()) -> str:
    """Replications, seed, sources, share of assumptions and vintage, in one line of text."""
    attrs = dataset.attrs
    named = list(sources) or [str(s) for s in getattr(scenario, "sources", ()) or ()]
    parts = [words.say("footer.runs", runs=attrs["replications"], seed=attrs["seed"])]
    if named:
        parts.append(words.say("footer.sources", sources=publishers(named)))
    share = attrs.get("share_grade_d")
    if share not in (None, ""):
        parts.append(words.say("footer.grades", share=words.percent(float(share))))
    vintage = attrs.get("data_vintage")
    if vintage:
        parts.append(words.say("footer.vintage", vintage=vintage))
    policy = getattr(scenario, "policy_data", "")
    return " · ".join([*parts, *([str(policy)] if policy else [])])


def scenario_line(dataset: xarray.Dataset, scenario: Any, words: Words, unit: str) -> str:
    """Unit and scenario, for the subtitle."""
    title = words.title(getattr(scenario, "title", "") or dataset.attrs.get("title", ""))
    return words.say("subtitle", unit=unit, scenario=title)


def study_line(scenario: Any, words: Words, unit: str) -> str:
    """Unit, scenario with its strategy, calendar and replications, for the subtitle of a study."""
    return words.say(
        "study.subtitle",
        unit=unit,
        scenario=words.title(scenario.title),
        start=words.month(scenario.start),
        end=words.month(scenario.end),
        runs=scenario.replications,
        seed=scenario.seed,
    )


def study_footer(scenario: Any, world: Any, words: Words, sources: Sequence[str] = ()) -> str:
    """Sources, assumptions among the rows of the world and the measures, and vintage; `scenario` may be None."""
    measures = () if scenario is None else scenario.measures
    grades = [one.grade for one in (*figures(world), *measures)]
    stated = () if scenario is None else scenario.sources
    named = list(dict.fromkeys([*sources, *stated, *(source for m in measures for source in m.sources)]))
    parts = [words.say("footer.sources", sources=publishers(named))] if named else []
    parts.append(words.say("study.grades", n=words.number(grades.count("D"), None), m=words.number(len(grades), None)))
    parts.append(words.say("footer.vintage", vintage=world.data_vintage))
    policy = getattr(scenario, "policy_data", None)
    return " · ".join([*parts, *([str(policy)] if policy else [])])


def number_of(days: Any) -> Any:
    """A date, or an array of dates, in the units of a time axis."""
    import matplotlib.dates as dates

    convert: Callable[[Any], Any] = dates.date2num
    return convert(days)


def time_axis(axes: Axes, words: Words, start: np.datetime64, end: np.datetime64, every: int | None = None) -> None:
    """Months along the bottom, the year under January; a tick each quarter, or `every` so many months."""
    axes.set_xlim(number_of(start), number_of(end))
    months = np.arange(start.astype("datetime64[M]"), end.astype("datetime64[M]") + 1)
    span = months.size
    keep = every or (3 if span <= 40 else 6 if span <= 96 else 12)
    ticks = [m for m in months if int(m.astype(int)) % keep == 0 and start <= m.astype("datetime64[D]") <= end]
    axes.set_xticks([number_of(m) for m in ticks])
    axes.set_xticklabels([_tick(m, words, i == 0, keep) for i, m in enumerate(ticks)], size=SMALL)


def mark_event(axes: Axes, dataset: xarray.Dataset, scenario: Any, words: Words) -> None:
    """A thin line on the day the first measure takes effect, named at its top; none without measures."""
    day = event_day(dataset)
    if day is None or not (*scenario.events, *scenario.responses):
        return
    x = number_of(day)
    left, right = axes.get_xlim()
    if not left <= x <= right:
        return
    axes.axvline(x, color=palette.SOFT_INK, linewidth=1.0, linestyle=(0, (2, 2)), zorder=1)
    early = x < 0.6 * left + 0.4 * right
    axes.annotate(
        words.say("event.mark", day=words.day(day)),
        (x, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-1 if early else 1, 3),
        textcoords="offset points",
        ha="left" if early else "right",
        va="bottom",
        size=SMALL,
        color=palette.SOFT_INK,
    )


def middle(months: np.ndarray) -> np.ndarray:
    """Where monthly sums are drawn: the middle of each month, in the units of the time axis."""
    middles: np.ndarray = number_of(months.astype("datetime64[M]").astype("datetime64[D]") + 14)
    return middles


def last_day(months: np.ndarray) -> np.datetime64:
    """The last day of the last month."""
    end: np.datetime64 = (months[-1].astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
    return end


def halo() -> list[Any]:
    """A pale rim that keeps text readable over lines."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=3.0, foreground=palette.PAPER)]


def capital(text: str) -> str:
    """Text with a capital first letter, for labels."""
    return text[:1].upper() + text[1:]


def cut(text: str, longest: int) -> str:
    """Text of at most so many letters, the end left off where it has more."""
    return text if len(text) <= longest else text[: longest - 1].rstrip(" ,;–-") + "…"


def spread_apart(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions near the values that lie at least `gap` apart, in the same order, inside [low, high] if they fit."""
    order = np.argsort(np.asarray(values), kind="stable")
    placed = np.asarray(values, dtype=float)[order]
    for i in range(1, placed.size):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    if placed.size and placed[-1] > high:
        placed[-1] = high
        for i in range(placed.size - 2, -1, -1):
            placed[i] = min(placed[i], placed[i + 1] - gap)
    out = np.empty_like(placed)
    out[order] = (
        np.maximum(placed, low) if placed.size and placed[0] < low and gap * placed.size <= high - low else placed
    )
    return out.tolist()


def end_labels(axes: Axes, ends: Sequence[tuple[float, str, str]], x: float, size: float = BODY) -> None:
    """Names at the ends of lines, moved apart where lines meet, each tied to its line by a thin stroke.

    Parameters
    ----------
    ends : (height of the line's end in data units, text, colour)
    x : where the lines end, in data units
    """
    low, high = axes.get_ylim()
    logs = axes.get_yscale() == "log"
    scale = np.log if logs else np.asarray
    bottom, top = float(scale(low)), float(scale(high))
    points = axes.get_position().height * axes.get_figure(root=True).get_figheight() * 72.0  # type: ignore[union-attr]
    lines = max(text.count("\n") + 1 for _, text, _ in ends)
    wanted = [(float(scale(y)) - bottom) / (top - bottom) for y, _, _ in ends]
    annotate: Any = axes.annotate
    for (y, text, colour), at in zip(
        ends, spread_apart(wanted, (1.3 * lines * size + 2) / points, 0.0, 1.0), strict=True
    ):
        annotate(
            text,
            (x, y),
            xycoords="data",
            xytext=(1.025, at),
            textcoords="axes fraction",
            va="center",
            size=size,
            color=colour,
            annotation_clip=False,
            linespacing=1.15,
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.7,
                "shrinkA": 1,
                "shrinkB": 1,
                "relpos": (0.0, 0.5),
            },
        )


def fan(axes: Axes, x: np.ndarray, values: np.ndarray, colour: str = palette.BLUE) -> np.ndarray:
    """Median line over the bands that hold 50, 80 and 90 % of members.

    Parameters
    ----------
    values : array (time, member)

    Returns
    -------
    the median, array (time)
    """
    for _, low, high, opacity in palette.BANDS:
        a, b = np.quantile(values, (low, high), axis=1)
        axes.fill_between(x, a, b, color=colour, alpha=opacity, linewidth=0, zorder=2)
    median: np.ndarray = np.median(values, axis=1)
    axes.plot(x, median, color=colour, zorder=3)
    return median


def _tick(month: np.datetime64, words: Words, first: bool, every: int) -> str:
    day = month.astype("datetime64[D]").astype(object)
    name = words.month(day)
    january = day.month == 1
    if every % 12 == 0:
        return str(day.year)
    bare = words.say("month.bare", month=_month_name(day, words))
    return (name.replace(" ", "\n") if words.language != "ja" else name) if january or first else bare


def _month_name(day: Any, words: Words) -> str:
    from babel.dates import format_date

    return str(format_date(day, format="LLL", locale=words.language))


def publishers(sources: Sequence[str]) -> str:
    """The publishers alone, each once, at most four; of an address, its host."""
    names = list(dict.fromkeys(_publisher(s) for s in sources))
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")


def _publisher(source: str) -> str:
    text = source.strip()
    if text.startswith(("http://", "https://")):
        return text.split("/")[2].removeprefix("www.")
    head = re.split(r",(?![^(]*\))|: | http", text)[0]  # a comma within brackets ends no name
    return textwrap.shorten(head, 40, placeholder=" …")
