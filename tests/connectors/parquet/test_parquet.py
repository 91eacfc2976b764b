"""Does Parquet say the same as text, and do canonical tables pass as they are?"""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.connectors.tables import COMPANY, asked

from keepwell.connectors import recognise
from keepwell.connectors.parquet import CONNECTOR
from keepwell.connectors.parquet.extract import read, read_folder
from keepwell.errors import SourceError
from keepwell.testing.check_connector import check_connector

ORDERS = {
    "order_id": ["O1", "O2"],
    "customer_id": ["A", None],
    "ordered_at": [datetime(2025, 1, 2, 10, tzinfo=UTC), datetime(2025, 1, 3, 23, 30, tzinfo=UTC)],
    "currency": ["EUR", "EUR"],
    "gross": [Decimal("12.50"), Decimal("0.10")],
    "refunded": [Decimal(0), Decimal(0)],
    "net": [Decimal("12.50"), Decimal("0.10")],
    "status": ["paid", "pending"],
}


def test_canonical_tables_pass_untouched(tmp_path: Path) -> None:
    """A folder with orders.parquet and customers/part.parquet is taken as it is, every row numbered."""
    (tmp_path / "in" / "customers").mkdir(parents=True)
    pq.write_table(pa.table(ORDERS), tmp_path / "in" / "orders.parquet")
    pq.write_table(
        pa.table({"customer_id": ["A"], "kind": ["person"]}), tmp_path / "in" / "customers" / "part-0.parquet"
    )
    (tmp_path / "in" / "truth").mkdir()
    pq.write_table(pa.table({"left_on": ["never"]}), tmp_path / "in" / "truth" / "part-0.parquet")
    raws = read_folder(tmp_path / "in", tmp_path / "read")
    assert raws[0].form["left out"] == "truth/part-0.parquet (no canonical tables)"
    assert [(raw.name, raw.rows, raw.form["canonical"]) for raw in raws] == [
        ("customers/part-0.parquet", 1, "customers"),
        ("orders.parquet", 2, "orders"),
    ]
    assert [recognise(raw).connector for raw in raws] == ["parquet", "parquet"]  # type: ignore[union-attr]
    (tmp_path / "out").mkdir()
    translated = CONNECTOR.translate([(raw, recognise(raw)) for raw in raws], COMPANY, tmp_path / "out")  # type: ignore[misc]  # seen above
    assert asked(f"SELECT * EXCLUDE (_source) FROM '{translated.tables['orders']}' ORDER BY _row") == [
        (n + 1, *(values[n] for values in ORDERS.values())) for n in range(2)
    ]
    assert translated.rejected is None


def test_another_table_is_read_as_exact_text(tmp_path: Path) -> None:
    """Decimals, days, times, truth values and whole numbers become the text that says them; empty texts are nothing."""
    table = pa.table(
        {
            "customer": pa.array([17850.0, 12346.0]),
            "order date": pa.array([date(2025, 1, 2), None]),
            "seen": pa.array([datetime(2025, 7, 1, 12, tzinfo=UTC), None], pa.timestamp("us", "Europe/Helsinki")),
            "amount": pa.array([Decimal("12.50"), Decimal("-3.00")], pa.decimal128(10, 2)),
            "vip": [True, False],
            "note": pa.array(["", "=cmd()"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    raw = read(tmp_path / "t.parquet", tmp_path / "read")
    assert raw.columns == ("customer", "order date", "seen", "amount", "vip", "note")
    first, second = pq.read_table(raw.rows_file).to_pylist()
    assert (first["order date"], first["amount"], first["vip"], first["note"], first["_row"]) == (
        "2025-01-02",
        "12.50",
        "true",
        None,
        1,
    )
    assert (second["order date"], second["amount"], second["vip"], second["note"], second["_row"]) == (
        None,
        "-3.00",
        "false",
        "=cmd()",
        2,
    )
    assert first["seen"].startswith("2025-07-01 12:00:00")
    assert first["seen"].endswith("Z")
    assert first["customer"] in ("17850", "17850.0")


def test_parquet_and_text_give_the_same_orders(shared_data: Path, tmp_path: Path) -> None:
    """The CDNOW sample as typed Parquet gives the same keys and sums as its text."""
    raw = read(shared_data / "cdnow_sample" / "CDNOW_sample.parquet", tmp_path / "read")
    translated = check_connector(CONNECTOR, [raw], COMPANY, tmp_path)
    found = asked(
        f"SELECT count(*), count(DISTINCT order_id), count(DISTINCT customer_id), sum(gross) FROM '{translated.tables['orders']}'"
    )
    cents = sum(
        round(float(line.split()[4]) * 100)
        for line in (shared_data / "cdnow_sample" / "CDNOW_sample.txt").read_text().splitlines()
        if line.strip()
    )
    assert found == [(6919, 6919, 2357, Decimal(cents) / 100)]


def test_nested_columns_are_refused_by_name(tmp_path: Path) -> None:
    """Lists and records are no cells."""
    pq.write_table(
        pa.table({"customer": ["A"], "items": [["x", "y"]], "address": [{"city": "Turku"}]}), tmp_path / "t.parquet"
    )
    with pytest.raises(SourceError, match=r"lists or records in them: items, address"):
        read(tmp_path / "t.parquet", tmp_path / "read")


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    """A torn file, a missing one and a folder without any are said to be so."""
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        read(tmp_path / "torn.parquet", tmp_path / "read")
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        read(tmp_path / "none.parquet", tmp_path / "read")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no Parquet files"):
        read_folder(tmp_path / "empty", tmp_path / "read")


def test_assignments_need_not_be_canonical(tmp_path: Path) -> None:
    """A folder assignments with times that name no zone and without a version: times of the company, version 1."""
    (tmp_path / "assignments").mkdir()
    rows = {"experiment": ["thanks"], "unit": ["c1"], "arm": ["mail"], "assigned_at": [datetime(2026, 1, 5, 14)]}  # noqa: DTZ001
    pq.write_table(pa.table(rows), tmp_path / "assignments" / "part-0.parquet")
    (raw,) = read_folder(tmp_path / "assignments", tmp_path / "read")
    match = recognise(raw)
    assert match is not None
    (tmp_path / "out").mkdir()
    into = CONNECTOR.translate([(raw, match)], COMPANY, tmp_path / "out").tables["assignments"]
    told = asked(f"SELECT experiment, unit, arm, assigned_at, version FROM '{into}'")
    assert told == [("thanks", "c1", "mail", datetime(2026, 1, 5, 12, tzinfo=UTC), 1)]
