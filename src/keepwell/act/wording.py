"""How do sentences write money, days, and what is not known?"""

from typing import Any


def known(value: Any) -> bool:
    """Whether it is a figure or a word at all: neither nothing nor not-a-number."""
    return value is not None and value == value  # noqa: PLR0124  NaN is not equal to itself


def money(amount: float, currency: str, *, cents: bool = False) -> str:
    """An amount as English writes it: €1,234, or with cents €1,234.50; a code stands apart."""
    from babel.numbers import get_currency_precision, get_currency_symbol

    sign = get_currency_symbol(currency, locale="en")
    apart = "\N{NO-BREAK SPACE}" if sign[-1].isalpha() else ""
    told = f"{abs(amount):,.{get_currency_precision(currency) if cents else 0}f}"
    return f"{'-' if amount < 0 else ''}{sign}{apart}{told}"


def days(count: float) -> str:
    """1 day, 12 days."""
    whole = round(count)
    return f"{whole:,} day{'' if whole == 1 else 's'}"
