"""Cells of exports: money, times, e-mails, phones; sheets, refusals, and what is written."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.connectors.exports import behind, refused, rows, source

from keepwell.connectors.translation import EMAIL, MONEY, PHONE, TEXT, Field, Translation, instant, traits
from keepwell.errors import SourceError

MONEYS = {
    "1234.50": "1234.5", "$1,234.50": "1234.5", "(12.00)": "-12", "-5": "-5", "'-5.00": "-5", "-$5.00": "-5", "$-5.00": "-5",
    "(CA$12.00)": "-12", "1.234,50 €": "1234.5", "1 234,50": "1234.5", "1\u00a0234,50\u00a0kr": "1234.5", "12.00 USD": "12",
    "USD 12.00": "12", "R$ 10,00": "10", "1'234.50": "1234.5", "1,234": "1234", "1.234": "1.234", "12,5": "12.5", "1.234.567": "1234567",
    "2,5-": "-2.5", "\u22123.10": "-3.1", "$.50": "0.5", "kr.12,50": "12.5", "0": "0", " 7.00 ": "7", "\ufeff$5": "5", "Ft 1 200": "1200",
}  # fmt: skip
NO_MONEY = ["abc", "12 13", "12.34.56", "(12", "12)", "1e3", "=1+1", "-(5.00)", "99999999999999999999", "5%", "1_000", "nan", "0x10", "1,23,4", "--5"]  # fmt: skip
NEW_YORK = {
    "2026-06-30 06:13": "2026-06-30 10:13:00", "2026-06-30": "2026-06-30 04:00:00", "2026-06-30T06:13:11Z": "2026-06-30 06:13:11",
    "2026-06-30 23:33:00 -0400": "2026-07-01 03:33:00", "2026-06-30 23:33:00-04:00": "2026-07-01 03:33:00",
    "2026-06-30 23:33:00 UTC": "2026-06-30 23:33:00", "2026-06-30 23:33 UTC": "2026-06-30 23:33:00",
    "2026-06-30 06:13 -04": "2026-06-30 10:13:00", "2026-06-30 06:13:11 +05:30": "2026-06-30 00:43:11",
    "Jun 30, 2026 11:33:00 PM": "2026-07-01 03:33:00", "Jun 30, 2026, 11:33:00\u202fPM": "2026-07-01 03:33:00",
    "06/30/26 9:03 p.m.": "2026-07-01 01:03:00", "6/30/2026": "2026-06-30 04:00:00", "30-Jun-2026 23:33": "2026-07-01 03:33:00",
    "30.06.2026 21:03": "2026-07-01 01:03:00", "December 1 2025": "2025-12-01 05:00:00", "1751328000": "2025-07-01 00:00:00",
    "1751328000000": "2025-07-01 00:00:00", "20260630": "2026-06-30 04:00:00", "2026-06-30 12:00 AM": "2026-06-30 04:00:00",
    "2026-01-15 12:00": "2026-01-15 17:00:00", "2026-03-29 01:52 CET": "2026-03-29 00:52:00", "3/29/2026 03:52 CEST": "2026-03-29 01:52:00",
    "Jun 30, 2026 10:00 PM PDT": "2026-07-01 05:00:00", "06/30/2026 23:33 -04:00": "2026-07-01 03:33:00", "30.06.2026 06:13 GMT": "2026-06-30 06:13:00",
}  # fmt: skip
NO_TIME = ["2026-02-30", "garbage", "epoch", "infinity", "2026-06-30 25:00", "0000-00-00 00:00:00", "13/13/2026", "0012-01-01", "now", "9:00", "45000", "2026-06-30 10:00 XYZ"]  # fmt: skip


@pytest.fixture
def translation(tmp_path: Path) -> Iterator[Translation]:
    """A translation that writes into an empty folder."""
    into = tmp_path / "into"
    into.mkdir()
    with Translation(into) as under_way:
        yield under_way


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Translation]:
    """One translation whose macros many cells are read with."""
    with Translation(tmp_path_factory.mktemp("into")) as under_way:
        yield under_way


def _read(translation: Translation, macro: str, cells: list[str]) -> list[str | None]:
    values = ", ".join(f"({n}, '{cell.replace(chr(39), chr(39) * 2)}')" for n, cell in enumerate(cells))
    return [row[0] for row in translation.ask(f"SELECT {macro} FROM (VALUES {values}) AS cells(n, cell) ORDER BY n")]


def test_money_in_every_dress(reader: Translation) -> None:
    """Signs, brackets, marks of thousands, commas and currencies all come off; what stays is the amount."""
    assert dict(zip(MONEYS, _read(reader, "money(cell)", list(MONEYS)), strict=True)) == {
        cell: Decimal(value) for cell, value in MONEYS.items()
    }


def test_what_is_no_money_is_nothing(reader: Translation) -> None:
    """Words, formulas, half-open brackets and absurd amounts are never money."""
    assert _read(reader, "money(cell)", NO_MONEY) == [None] * len(NO_MONEY)


@settings(deadline=None)
@given(
    st.decimals(min_value=-9_999_999, max_value=9_999_999, places=2),
    st.sampled_from(["{:f}", "${:,}", "{:,} USD", "'{:f}"]),
)
def test_any_amount_in_any_dress_is_itself(reader: Translation, amount: Decimal, dress: str) -> None:
    """Dressing an amount and reading it gives it back."""
    assert _read(reader, "money(cell)", [dress.format(amount)]) == [amount]


def test_times_in_every_form(reader: Translation) -> None:
    """An offset is believed; a time without one is the wall clock of the zone, summer and winter."""
    read = _read(
        reader,
        "strftime(timezone('UTC', instant(cell, 'America/New_York', false)), '%Y-%m-%d %H:%M:%S')",
        list(NEW_YORK),
    )
    assert dict(zip(NEW_YORK, read, strict=True)) == NEW_YORK


def test_what_is_no_time_is_nothing(reader: Translation) -> None:
    """Impossible days and words are never a time, nor is a spreadsheet's number of days."""
    assert _read(reader, "instant(cell, 'UTC', false)", NO_TIME) == [None] * len(NO_TIME)


@pytest.mark.slow
@settings(deadline=None)
@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2049, 1, 1)),  # noqa: DTZ001
    st.integers(-12 * 4, 14 * 4),
    st.sampled_from(["%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z"]),
)
def test_any_instant_with_an_offset_is_itself(reader: Translation, moment: datetime, quarters: int, form: str) -> None:
    """Written with whatever offset, an instant is read as the same instant, to the second."""
    written = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=15 * quarters)))
    read = _read(reader, "epoch(instant(cell, 'Asia/Tokyo', false))", [written.strftime(form)])
    assert read == [written.astimezone(UTC).timestamp()]


def test_the_day_first_where_it_is_said(reader: Translation) -> None:
    """01/02/2026 is the first of February where days come first."""
    assert _read(reader, "strftime(instant(cell, 'UTC', true), '%m-%d')", ["01/02/2026", "1/2/26 9:00 PM"]) == [
        "02-01",
        "02-01",
    ]


def test_emails_phones_and_keys(reader: Translation) -> None:
    """E-mails are trimmed and lower case, and nothing that is none; phones keep their digits; apostrophes go."""
    emails = [" Ann@Example.COM ", "n/a", "a@b;c@d", "\u00a0x@y.z\u200b", "'x@y.z", "ann at example.com", "a b@c.d"]
    assert _read(reader, "email(cell)", emails) == ["ann@example.com", None, None, "x@y.z", "x@y.z", None, None]
    assert _read(reader, "phone(cell)", ["'+1 (555) 555-0055", "none", "00358 12 345678", "12", "1.55E+10"]) == [
        "+15555550055", None, "+35812345678", None, None,
    ]  # fmt: skip
    assert _read(reader, "unapostrophe(cell)", ["'02134", " 02134 ", "O'Neil"]) == ["02134", "02134", "O'Neil"]
    assert _read(reader, "currency(cell)", [" usd", "US Dollars", "€"]) == ["USD", None, None]


@pytest.mark.parametrize(
    ("amount", "seats", "interval", "monthly"),
    [("600", "1", "year", "50"), ("10", "1", "week", "43.3333"), ("100", "3", "year", "25"), ("1", "1", "day", "30.4375"),
     ("90", "1", "every 3 months", "30"), ("0.01", "1", "year", "0.0008"), ("5", "0.5", "monthly", "2.5")],
)  # fmt: skip
def test_a_price_per_month_is_rounded_once(
    reader: Translation, amount: str, seats: str, interval: str, monthly: str
) -> None:
    """Amount times seats times the months' share, rounded at the end: three seats at 100 a year are 25, not 24.9999."""
    asked = f"per_month(CAST({amount} AS DECIMAL(18, 4)), CAST({seats} AS DECIMAL(18, 4)), '{interval}')"
    assert reader.ask(f"SELECT {asked}") == [(Decimal(monthly),)]


def test_a_cell_that_cannot_be_read_refuses_its_row(translation: Translation, tmp_path: Path) -> None:
    """Two faults of a row are two lines; its row says nothing else; a good row is written with the schema's types."""
    raw = source(
        tmp_path, "a.csv", ("Id", "Total", "At"), [["1", "$5", "2026-01-01"], ["2", "five", "soon"], [None, "5", None]]
    )
    fields = {
        "id": Field(("id",), filled=True),
        "total": Field(("total", "Amount"), MONEY, essential=True),
        "at_time": Field(("AT",), instant("UTC")),
        "tax": Field(("Tax",), MONEY),
    }
    sheet = translation.sheet(raw, "orders", fields)
    translation.add(
        "orders", f"SELECT _row, _source, id AS order_id, total AS gross, tax, at_time AS ordered_at FROM {sheet}"
    )
    said = translation.finish()
    assert refused(said) == [(2, "At", "soon"), (2, "Total", "five"), (3, "Id", None)]
    assert rows(said, "orders", "order_id", "gross", "tax", "ordered_at") == [("1", "5", None, "2026-01-01 00:00:00")]
    assert behind(said) == {("a.csv", 1), ("a.csv", 2), ("a.csv", 3)}
    types = dict(
        duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE FROM '{said.tables['orders']}')").fetchall()
    )
    assert (types["gross"], types["ordered_at"], types["_row"]) == (
        "DECIMAL(18,4)",
        "TIMESTAMP WITH TIME ZONE",
        "BIGINT",
    )


def test_an_essential_column_that_is_not_there(translation: Translation, tmp_path: Path) -> None:
    """The file and every missing column are named."""
    raw = source(tmp_path, "a.csv", ("Other",), [])
    fields = {"id": Field(("Id",), essential=True), "total": Field(("Total",), MONEY, essential=True)}
    with pytest.raises(SourceError, match=r"a\.csv has no column 'Id', 'Total'"):
        translation.sheet(raw, "orders", fields)


def test_headings_of_strange_names(translation: Translation, tmp_path: Path) -> None:
    """Quotes, blanks, capitals and a heading that is a word of SQL are only names."""
    raw = source(tmp_path, "o'file.csv", ('  TO"TAL ', "select"), [["5", "x@y.z"]])
    sheet = translation.sheet(raw, "orders", {"total": Field(('to"tal',), MONEY), "email": Field(("SELECT",), EMAIL)})
    assert translation.ask(f"SELECT total, email, _source FROM {sheet}") == [(Decimal(5), "x@y.z", "o'file.csv")]


def test_traits_leave_out_what_is_not_known(reader: Translation) -> None:
    """A trait without a value is not there; no trait at all is null."""
    assert reader.ask(f"SELECT {traits({'a': 'NULL', 'b': '2'})}, {traits({'a': 'NULL::VARCHAR'})}") == [
        ({"b": "2"}, None)
    ]


def test_phones_and_texts_are_never_refused(translation: Translation, tmp_path: Path) -> None:
    """What has no law is null where it cannot be read, and the row stands."""
    raw = source(tmp_path, "a.csv", ("Phone", "Note"), [["ask Bo", "  "]])
    sheet = translation.sheet(raw, "customers", {"phone": Field(("Phone",), PHONE), "note": Field(("Note",), TEXT)})
    assert translation.ask(f"SELECT phone, note FROM {sheet}") == [(None, None)]
