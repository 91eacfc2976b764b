"""Is a number set as a reader expects it, and is nothing never 0?"""

from datetime import date
from decimal import Decimal

import pytest

from keepwell.charts import words

HERE = words.SPACE


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (words.number(1204), "1,204"),
        (words.number(-117), "−117"),
        (words.number(-0.4), "0"),
        (words.number(None), "–"),
        (words.number(float("nan")), "–"),
        (words.signed(31), "+31"),
        (words.signed(0), "0"),
        (words.percent(0.903), f"90.3{HERE}%"),
        (words.percent(1), f"100.0{HERE}%"),
        (words.percent(0.9997), f"99.97{HERE}%"),
        (words.percent(None), "–"),
        (words.money(12500.4, "EUR"), f"12,500{HERE}EUR"),
        (words.money(9.5, "EUR"), f"9.50{HERE}EUR"),
        (words.compact(12_500), f"12.5{HERE}k"),
        (words.compact(3_400_000), f"3.4{HERE}M"),
        (words.compact(950), "950"),
        (words.day(date(2026, 6, 1)), f"1{HERE}June{HERE}2026"),
        (words.many(1, "customer"), f"1{HERE}customer"),
        (words.many(2, "customer"), f"2{HERE}customers"),
    ],
)
def test_as_a_reader_expects(told: str, expected: str) -> None:
    """Written out by hand."""
    assert told == expected


@pytest.mark.parametrize(("value", "expected"), [(Decimal("1.5"), 1.5), (None, None), (float("nan"), None), (3, 3.0)])
def test_cells_of_any_kind(value: object, expected: float | None) -> None:
    """Decimals and whole numbers become numbers; what is missing stays missing."""
    assert words.known(value) == expected
