"""Every word a reader meets, by language, with numbers and dates written the way that language writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from simulator.results.views import Spread

FALLBACK = "en"


class Words:
    """The texts of one language; a text that is missing there is taken from English.

    Parameters
    ----------
    language : "en", or any language with a file in simulator/locale
    names : names of countries by code, in place of the usual ones
    goods : what headlines count, as one and as many; texts hold it as {good}, {goods} and, at their start, {Good}, {Goods}

    Raises
    ------
    ValueError
        When there is no file for the language.
    """

    def __init__(
        self,
        language: str = FALLBACK,
        names: Mapping[str, str] | None = None,
        goods: tuple[str, str] = ("product", "products"),
    ) -> None:
        self.language = language
        self._texts = {**_texts(FALLBACK), **_texts(language)}
        self._names = dict(names or {})
        one, many = goods
        self._goods = {
            "good": one,
            "goods": many,
            "Good": one[:1].upper() + one[1:],
            "Goods": many[:1].upper() + many[1:],
        }

    def say(self, key: str, **values: Any) -> str:
        """The text of a key with its places filled in."""
        return self._texts[key].format(**self._goods, **values)

    def has(self, key: str) -> bool:
        """Whether there is a text for a key."""
        return key in self._texts

    def lines(self, key: str) -> list[str]:
        """A text of several lines as a list."""
        return [line.strip() for line in self._texts[key].splitlines() if line.strip()]

    def name(self, kind: str, code: str) -> str:
        """The name of a sector, commodity, zone or kind of measure; a readable form of its id when it has none."""
        return self._texts.get(f"{kind}.{code}", code.replace("_", " "))

    def country(self, code: str) -> str:
        """The short name of a country given by its three-letter code."""
        if code in self._names:
            return self._names[code]
        if self.has(f"country.{code}"):
            return self._texts[f"country.{code}"]
        from babel.core import Locale, get_global

        short = get_global("territory_aliases").get(code, [code])[0]
        return str(Locale.parse(self.language).territories.get(short, code))

    def number(self, value: float, digits: int | None = 2) -> str:
        """A number to `digits` significant figures, or whole when None."""
        from babel.numbers import format_decimal

        if value is None or math.isnan(value):
            return "–"
        rounded = significant(value, digits) if digits else round(value)
        places = 0 if not digits or rounded == 0 else max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return str(format_decimal(rounded, format=pattern, locale=self.language))

    def change(self, value: float) -> str:
        """A change to two significant figures, with its sign; 0 without."""
        told = self.number(abs(value))
        return told if value == 0.0 or told == "0" or math.isnan(value) else ("−" if value < 0.0 else "+") + told

    def percent(self, share: float) -> str:
        """A share as a whole percentage; "under 1 %" for what would round to nothing."""
        if math.isnan(share):
            return "–"
        if 0.0 < share < 0.005:
            return self.say("percent.tiny")
        return self.say("percent", number=self.number(100.0 * share, None))

    def percent_range(self, low: float, high: float) -> str:
        """Two shares as a range."""
        a, b = self.number(100.0 * low, None), self.number(100.0 * high, None)
        return self.percent(high) if a == b else self.say("percent.range", low=a, high=b)

    def range(self, low: float, high: float, digits: int | None = 2) -> str:
        """Two numbers as a range; the lower one gets no finer figures than the upper one."""
        coarse = digits is not None and abs(high) >= 10.0 ** (digits - 1) and abs(low) < 10.0 ** (digits - 1)
        a, b = self.number(low, None if coarse else digits), self.number(high, digits)
        return a if a == b else self.say("range", low=a, high=b)

    def weeks(self, days: Spread) -> str:
        """A spread of days after the event, in weeks counted from 1."""
        low, high = (math.floor(d / 7.0) + 1 if not math.isnan(d) else None for d in (days.low, days.high))
        if low is None:
            return self.say("weeks.none")
        if high is None:
            return self.say("weeks.open", low=low)
        return self.say("weeks.one", low=low) if low == high else self.say("weeks", low=low, high=high)

    def day(self, day: Any) -> str:
        """A date, for instance 4 Apr 2025."""
        from babel.dates import format_date

        return str(format_date(_date(day), format=self._texts["date.day"], locale=self.language))

    def month(self, day: Any) -> str:
        """A month, for instance Apr 2025."""
        from babel.dates import format_skeleton

        return str(format_skeleton("yMMM", _date(day), locale=self.language))

    def quarter(self, day: Any) -> str:
        """A quarter, for instance Q2 2025."""
        d = _date(day)
        return self.say("quarter", quarter=(d.month + 2) // 3, year=d.year)

    def title(self, title: Any) -> str:
        """A title that may be text, or held by language (a mapping, or an object with a title per language)."""
        if title is None or isinstance(title, str):
            return title or ""
        held = title if isinstance(title, Mapping) else {k: getattr(title, k, None) for k in (self.language, FALLBACK)}
        return str(held.get(self.language) or held.get(FALLBACK) or next(iter(held.values()), ""))


def significant(value: float, digits: int) -> float:
    """The value rounded to a number of significant figures."""
    if value == 0.0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def placeholders(text: str) -> set[str]:
    """Names of the places to fill in a text."""
    return set(re.findall(r"{(\w+)}", text))


@cache
def _texts(language: str) -> dict[str, str]:
    from ruamel.yaml import YAML

    source = files("simulator") / "locale" / f"{language}.yaml"
    if not source.is_file():
        raise ValueError(f"no texts for the language '{language}'")
    loaded = YAML(typ="safe", pure=True).load(source.read_text(encoding="utf-8"))
    return {str(key): str(value) for key, value in loaded.items()}


def _date(day: Any) -> Any:
    if isinstance(day, str):
        return date.fromisoformat(day if len(day) > 7 else f"{day}-01")
    return day.astype("datetime64[D]").astype(object) if isinstance(day, np.datetime64) else day
