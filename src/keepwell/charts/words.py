"""How is a number set? Counts, shares, money and days as a reader expects them."""

import math
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
"""Stands where there is no number; never 0."""


def known(value: Any) -> float | None:
    """A cell of a frame as a number, whatever kind of number; None where there is none."""
    return None if pd.isna(value) else float(value)


def number(value: float | None, digits: int = 0) -> str:
    """1,204; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return NOTHING
    told = f"{abs(value):,.{digits}f}"
    negative = value < 0 and float(told.replace(",", "")) != 0
    return f"{MINUS if negative else ''}{told}"


def signed(value: float | None, digits: int = 0) -> str:
    """+31 or −117: a change."""
    told = number(value, digits)
    return f"+{told}" if value is not None and math.isfinite(value) and value > 0 else told


def percent(value: float | None, digits: int = 1) -> str:
    """90.3 %, from 0.903; the last digits do not hide that something is missing: 99.97 % is never told as 100.0 %."""
    if value is None or not math.isfinite(value):
        return NOTHING
    while digits < 3 and value != 1 and round(value * 100, digits) == 100:
        digits += 1
    return f"{number(value * 100, digits)}{SPACE}%"


def money(value: float | None, currency: str) -> str:
    """12,500 EUR; cents only under a thousand."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{number(value, 0 if abs(value) >= 1000 else 2)}{SPACE}{currency}"


def compact(value: float) -> str:
    """12.5 k, 3.4 M: for axes and bars, where room is dear."""
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size * (10 if sign == "k" else 1):
            told = number(value / size, 1)
            return f"{told.removesuffix('.0')}{SPACE}{sign}"
    return number(value)


def day(value: date) -> str:
    """1 June 2026."""
    return f"{value.day}{SPACE}{value:%B}{SPACE}{value:%Y}"


def many(count: int, one: str, more: str | None = None) -> str:
    """1 customer, 2 customers."""
    return f"{number(count)}{SPACE}{one if count == 1 else more or one + 's'}"


def amount(value: Decimal) -> str:
    """Money as text: all its digits, at least two after the point."""
    whole, _, cents = f"{value:f}".partition(".")
    return f"{whole}.{cents.rstrip('0').ljust(2, '0')}"


def cell(value: Any) -> Any:
    """A value as files have it: money as text, anything else as it is."""
    return amount(value) if isinstance(value, Decimal) and value.is_finite() else value
