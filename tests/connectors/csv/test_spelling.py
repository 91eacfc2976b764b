"""Is what a cell says read as the whole file proves, whatever the spelling of days and numbers?"""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.connectors.tables import Brought

from keepwell.config import Company
from keepwell.connectors.cells import MACROS as CELLS
from keepwell.connectors.mapping.values import MACROS, Spelling
from keepwell.connectors.translation import Kind

DATES = {
    "2025-12-31 23:59:00": "%Y-%m-%d %H:%M:%S",
    "2025-12-31T23:59:00": "%Y-%m-%dT%H:%M:%S",
    "2025/12/31 23:59": "%Y/%m/%d %H:%M",
    "20251231 23:59": "%Y%m%d %H:%M",
    "31.12.2025 23.59": "%d.%m.%Y %H.%M",
    "31/12/2025 23:59:00": "%d/%m/%Y %H:%M:%S",
    "31-12-25 23:59": "%d-%m-%y %H:%M",
    "12/31/2025 11:59 PM": "%m/%d/%Y %I:%M %p",
    "2025.12.31. 23:59": "%Y.%m.%d. %H:%M",
    "2025年12月31日 23:59": "%Y年%m月%d日 %H:%M",
    "31 Dec 2025 23:59": "%d %b %Y %H:%M",
    "Dec 31, 2025 23:59": "%b %d, %Y %H:%M",
}
HELSINKI = ZoneInfo("Europe/Helsinki")


def _comma(amount: Decimal, thousands: str) -> str:
    return f"{amount:,.2f}".replace(",", "x").replace(".", ",").replace("x", thousands)


MONEY = {
    "1234.56": lambda a: f"{a:.2f}",
    "1,234.56": lambda a: f"{a:,.2f}",
    "1'234.56": lambda a: f"{a:,.2f}".replace(",", "'"),
    "$1,234.56": lambda a: f"${a:,.2f}",
    "1234,56": lambda a: _comma(a, ""),
    "1.234,56": lambda a: _comma(a, "."),
    "1 234,56": lambda a: _comma(a, " "),
    "1\u202f234,56 €": lambda a: f"{_comma(a, chr(0x202F))} €",
    "EUR 1.234,56": lambda a: f"EUR {_comma(a, '.')}",
}
FIRST, LAST, PROOF = datetime(1995, 1, 1), datetime(2037, 12, 31), datetime(2020, 5, 31, 12, 0)  # noqa: DTZ001  # wall clocks
ORDERS = st.tuples(
    st.datetimes(FIRST, LAST).map(lambda at: at.replace(second=0, microsecond=0)),
    st.decimals("0.01", "9999999.99", places=2),
)
FORMS = list(itertools.product(DATES, MONEY))


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.sampled_from(FORMS), orders=st.lists(ORDERS, min_size=1, max_size=30), count=st.integers(0, 10**9))
def test_orders_written_in_any_spelling_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, form: tuple, orders: list, count: int
) -> None:
    """Days and amounts come back exactly, once one day over the twelfth and one amount with cents prove the spelling."""
    dates, money = DATES[form[0]], MONEY[form[1]]
    sold = [(PROOF, Decimal("1234.56")), *orders]
    lines = [f"K{n}|C{n}|{at.strftime(dates)}|{money(amount)}" for n, (at, amount) in enumerate(sold)]
    brought = Brought(
        tmp_path_factory.mktemp("spelt") / str(count),
        "order id|customer id|order date|total\n" + "\n".join(lines) + "\n",
    )
    expected = [(at.replace(tzinfo=HELSINKI).astimezone(UTC), amount) for at, amount in sold]
    there = [pair for at, pair in zip((at for at, _ in sold), expected, strict=True) if _exists(at)]
    found = brought.rows("orders", "ordered_at, gross")
    assert brought.rejected() == []
    assert [row for row, (at, _) in zip(found, sold, strict=True) if _exists(at)] == there


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that knows how cells are read."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(CELLS)
        connection.execute(MACROS)
        yield connection


def _said(engine: duckdb.DuckDBPyConnection, kind: Kind, cells: list[str]) -> list:
    return [
        row[0]
        for row in engine.execute(
            f"SELECT {kind.read('cell')} FROM (SELECT unnest(?::VARCHAR[]) AS cell)", [cells]
        ).fetchall()
    ]


@pytest.mark.parametrize("form", DATES)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders=st.lists(ORDERS, min_size=1, max_size=40))
def test_every_spelling_of_days_is_read(engine: duckdb.DuckDBPyConnection, form: str, orders: list) -> None:
    """A day and time in any spelling is that day and time in Helsinki."""
    sold = [at for at, _ in orders if _exists(at)]
    spelling = Spelling(
        "month_first" if form.startswith("12/31") else "day_first", "point", "Europe/Helsinki", "Europe/Helsinki"
    )
    expected = [at.replace(tzinfo=HELSINKI).astimezone(UTC) for at in sold]
    assert _said(engine, spelling.instant, [at.strftime(DATES[form]) for at in sold]) == expected
    days = _said(engine, spelling.day, [at.strftime(DATES[form]) for at in sold])
    assert days == [at.date() for at in sold]


@pytest.mark.parametrize("form", MONEY)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders=st.lists(ORDERS, min_size=1, max_size=40))
def test_every_spelling_of_amounts_is_read(engine: duckdb.DuckDBPyConnection, form: str, orders: list) -> None:
    """An amount in any spelling is that amount, to the cent; and negative with a minus before or behind, or in brackets."""
    amounts = [amount for _, amount in orders]
    spelling = Spelling("year_first", "comma" if ",56" in form else "point", "UTC", "UTC")
    told = [MONEY[form](amount) for amount in amounts]
    assert _said(engine, spelling.number, told) == amounts
    for dress in ("-{}", "{}-", "({})"):
        assert _said(engine, spelling.number, [dress.format(cell) for cell in told]) == [-amount for amount in amounts]


def _exists(at: datetime) -> bool:
    """Whether a wall clock in Helsinki shows the time once, neither skipped nor repeated."""
    first, second = (at.replace(tzinfo=HELSINKI, fold=fold).utcoffset() for fold in (0, 1))
    return first == second


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2025-06-30T23:33:00Z", "2025-06-30 23:33"),
        ("2025-06-30 23:33:00 -0400", "2025-07-01 03:33"),
        ("2025-06-30T23:33:00.123+02:00", "2025-06-30 21:33"),
        ("2025-06-30 23:33 UTC", "2025-06-30 23:33"),
        ("1751326380", "2025-06-30 23:33"),
        ("45838.98125", "2025-06-30 20:33"),
        ("2025-06-30", "2025-06-29 21:00"),
    ],
)
def test_times_that_carry_their_zone_are_what_they_say(tmp_path: Path, cell: str, instant: str) -> None:
    """Offsets, seconds since 1970 and the days Excel counts are instants; a bare day begins at midnight in the company's zone."""
    brought = Brought(tmp_path, f"order id;customer id;order date;total\n1;A;{cell};5\n")
    assert brought.rows("orders", "strftime(ordered_at, '%Y-%m-%d %H:%M')") == [(instant,)]


@pytest.mark.parametrize(
    ("cell", "amount"), [("(12.50)", "12.50"), ("12.50-", "12.50"), ("−12.50", "12.50"), ("-$1,012.50", "1012.50")]
)
def test_negative_amounts_are_refunds_on_their_own_day(tmp_path: Path, cell: str, amount: str) -> None:
    """Accounting brackets, a minus behind and a typographic minus all give money back."""
    brought = Brought(tmp_path, f"order id;customer id;order date;total\n1;A;2025-01-30;20.00\n2;A;2025-02-01;{cell}\n")
    assert brought.rows("orders", "order_id, gross") == [("1", Decimal(20))]
    assert brought.rows("refunds", "refund_id, order_id, customer_id, amount, strftime(refunded_at, '%Y-%m-%d')") == [
        ("2", None, "A", Decimal(amount), "2025-01-31")
    ]


def test_what_contradicts_the_proven_spelling_is_rejected(tmp_path: Path) -> None:
    """In a day-first, decimal-comma file the thirteenth month and a decimal point are refused by row, never read the other way."""
    text = "order id;customer id;order date;total\n1;A;31.12.2025;1.234,56\n2;A;12.31.2025;5,00\n3;A;01.02.2025;5.00\n4;A;30.2.2025;1,00\n5;B;01.02.2025;2,50\n"
    brought = Brought(tmp_path, text)
    assert (brought.mapping.date_order, brought.mapping.decimals) == ("day_first", "comma")
    assert brought.rejected() == [(2, "order date", "12.31.2025"), (3, "total", "5.00"), (4, "order date", "30.2.2025")]
    assert brought.rows("orders", "order_id, gross") == [("1", Decimal("1234.56")), ("5", Decimal("2.50"))]


@pytest.mark.parametrize("broken", ["99.99.2026 10:00", "13.13.2026 10:00", "0.31.2026 10:00"])
def test_a_cell_that_is_no_day_proves_nothing(tmp_path: Path, broken: str) -> None:
    """The order of dates is told from days that can be; one broken cell is no second order, and is refused with its row."""
    brought = Brought(
        tmp_path, f"order id;customer id;order date;total\n1;A;{broken};1,50\n2;A;14.02.2026 10:00;2,50\n"
    )
    assert brought.guess is not None
    assert not [doubt for doubt in brought.guess.doubts if "two orders" in doubt]
    assert brought.mapping.because["ordered_at"] == "day first, from 14.02.2026 10:00"
    assert brought.rejected() == [(1, "order date", broken)]


def test_an_order_of_dates_that_nothing_proves_is_asked(tmp_path: Path) -> None:
    """1/2/2025 alone is the first of February, and the user is asked; in an American company it is the second of January."""
    text = "customer,date,amount\nA,1/2/2025,5.00\n"
    brought = Brought(tmp_path / "here", text)
    assert brought.mapping.date_order == "day_first"
    assert any("no date proves" in doubt and "1/2/2025" in doubt for doubt in brought.guess.doubts)
    there = Brought(tmp_path / "there", text, company=Company(name="x", currency="USD", time_zone="America/New_York"))
    assert there.mapping.date_order == "month_first"
    proven = Brought(tmp_path / "proven", text + "B,1/13/2025,5.00\n")
    assert (proven.mapping.date_order, any("no date proves" in doubt for doubt in proven.guess.doubts)) == (
        "month_first",
        False,
    )


def test_cents_that_nothing_proves_are_asked(tmp_path: Path) -> None:
    """1,250 may be over a thousand; what is taken is said."""
    brought = Brought(tmp_path, 'customer,date,amount\nA,2025-01-02,"1,250"\n')
    assert brought.rows("orders", "gross") == [(Decimal(1250),)]
    assert any("what parts the cents" in doubt for doubt in brought.guess.doubts)
