"""How do sentences write money, shares, numbers, days, and what is not known?"""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from keepwell.tongue import locale, ngettext

_NO_SPACE = ("zh", "ja")
"""Languages whose sentences follow each other without a space."""


def known(value: Any) -> bool:
    """Whether it is a figure or a word at all: neither nothing nor not-a-number."""
    return value is not None and value == value  # noqa: PLR0124  NaN is not equal to itself


def money(amount: float, currency: str, *, cents: bool = False) -> str:
    """An amount as the reader's language writes it, in English €1,234, or with cents €1,234.50; a code stands apart."""
    from babel.numbers import format_currency

    if cents:
        told = format_currency(amount, currency, locale=locale())
    else:
        told = format_currency(round(amount), currency, locale=locale(), format=_whole(locale()), currency_digits=False)
    return _BESIDE.sub("\N{NO-BREAK SPACE}", told)


_BESIDE = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
"""Between a currency's code and its figure: Babel leaves no space there."""


@lru_cache(maxsize=16)
def _whole(language: str) -> str:
    """How a language writes an amount, without decimals: the sign before it, or after."""
    from babel import Locale

    return str(Locale.parse(language).currency_formats["standard"].pattern).replace(".00", "")


def share(value: float, digits: int = 0) -> str:
    """A share as per cent, with so many decimals."""
    from babel.numbers import format_percent

    return format_percent(value, format=_percent(locale(), digits), locale=locale())


@lru_cache(maxsize=64)
def _percent(language: str, digits: int) -> str:
    from babel import Locale

    pattern = str(Locale.parse(language).percent_formats[None].pattern)
    return pattern.replace("##0", "##0" + f".{'0' * digits}" * bool(digits))


def number(value: float) -> str:
    """A number, its thousands apart."""
    from babel.numbers import format_decimal

    return format_decimal(value, locale=locale())


def day(value: date) -> str:
    """A day with its year: 23 Nov 2026."""
    from babel.dates import format_date

    return format_date(value, "d MMM y" if locale() == "en" else "medium", locale=locale())


def days(count: float) -> str:
    """1 day, 12 days."""
    return ngettext("%(n)s day", "%(n)s days", round(count)) % {"n": number(round(count))}


def together(sentences: Iterable[str]) -> str:
    """Sentences one after the other; empty ones are left out."""
    return ("" if locale().startswith(_NO_SPACE) else " ").join(each for each in sentences if each)
