"""Is a database read, never written, and its password never shown?"""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.connectors.tables import COMPANY, asked

from keepwell.connectors import recognise
from keepwell.connectors.sql import CONNECTOR
from keepwell.connectors.sql.extract import read
from keepwell.errors import MissingExtraError, SourceError
from keepwell.testing.check_connector import check_connector


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The address of a database with three orders."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute(
            "CREATE TABLE orders (order_no INTEGER, customer_id TEXT, order_date TEXT, total NUMERIC, note TEXT)"
        )
        connection.executemany(
            "INSERT INTO orders VALUES (?, ?, ?, ?, ?)",
            [
                (1, "A", "2025-01-02 10:00:00", 12.5, ""),
                (2, "A", "2025-02-02 10:00:00", 7, None),
                (3, "B", "2025-01-05 10:00:00", 1, "x:y"),
            ],
        )
        connection.commit()
    return f"sqlite:///{tmp_path / 'shop.db'}"


def test_a_table_is_read_and_understood(shop: str, tmp_path: Path) -> None:
    """Every row comes as text, and the door passes the examination."""
    raw = read(shop, "orders", tmp_path / "read")
    assert (raw.name, raw.rows, raw.columns) == (
        "shop.orders",
        3,
        ("order_no", "customer_id", "order_date", "total", "note"),
    )
    assert pq.read_table(raw.rows_file).to_pylist()[0] == {
        "_row": 1, "order_no": "1", "customer_id": "A", "order_date": "2025-01-02 10:00:00", "total": "12.5", "note": None,
    }  # fmt: skip
    assert recognise(raw).connector == "sql"  # type: ignore[union-attr]
    translated = check_connector(CONNECTOR, [raw], COMPANY, tmp_path)
    assert asked(f"SELECT order_id, customer_id, gross FROM '{translated.tables['orders']}' ORDER BY 1") == [
        ("1", "A", Decimal("12.5")), ("2", "A", Decimal(7)), ("3", "B", Decimal(1)),
    ]  # fmt: skip


def test_one_select_is_read(shop: str, tmp_path: Path) -> None:
    """A query is run as it stands, colons in its texts included; the same rows have the same digest."""
    query = "SELECT customer_id, order_date, total FROM orders WHERE note = 'x:y' OR total > 7;"
    once, again = (read(shop, query, tmp_path / "read") for _ in range(2))
    assert (once.rows, once.digest) == (2, again.digest)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM orders",
        "SELECT 1; DROP TABLE orders",
        "UPDATE orders SET total = 0",
        "DROP TABLE orders",
        "WITH x AS (DELETE FROM orders RETURNING *) SELECT * FROM x",
        "SELECT * INTO copy FROM orders",
        "PRAGMA query_only = OFF",
        "ATTACH 'other.db' AS other",
        "",
        "SELEC * FROM",
    ],
)
def test_nothing_but_one_select_is_let_through(shop: str, tmp_path: Path, query: str) -> None:
    """Whatever would change the database is refused before it is reached."""
    with pytest.raises(SourceError):
        read(shop, query, tmp_path / "read")
    assert read(shop, "orders", tmp_path / "read").rows == 3


def test_a_password_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from the environment, and no message repeats it."""
    monkeypatch.setenv("SHOP_PASSWORD", "s3cr3t/öl")
    with pytest.raises((SourceError, MissingExtraError)) as refused:
        read("mysql+pymysql://reader:${SHOP_PASSWORD}@localhost:1/shop", "orders", tmp_path / "read")
    assert "s3cr3t" not in str(refused.value)
    with pytest.raises(SourceError, match=r"no NOWHERE_SET.*export NOWHERE_SET"):
        read("sqlite:///${NOWHERE_SET}", "orders", tmp_path / "read")
    with pytest.raises(SourceError, match="cannot be read") as unread:
        read("reader:s3cr3t", "orders", tmp_path / "read")
    assert "s3cr3t" not in str(unread.value)


def test_what_is_not_there_is_said(shop: str, tmp_path: Path) -> None:
    """A database that is no file is not made; a missing table is named."""
    with pytest.raises(SourceError, match="There is no database"):
        read(f"sqlite:///{tmp_path / 'none.db'}", "orders", tmp_path / "read")
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(SourceError, match="no such table: nowhere"):
        read(shop, "nowhere", tmp_path / "read")
    with pytest.raises(SourceError, match="bytes values"):
        read(shop, "SELECT x'00ff' AS customer_id, 1 AS total, '2025-01-01' AS date", tmp_path / "read")


def test_a_table_of_draws_is_read_as_assignments(tmp_path: Path) -> None:
    """Who was put into which arm: one row a unit; named again in another arm it is refused, in the same arm it is known."""
    with closing(sqlite3.connect(tmp_path / "lab.db")) as connection:
        connection.execute("CREATE TABLE draws (customer_id TEXT, experiment TEXT, arm TEXT, assigned_at TEXT)")
        rows = [("A", "mail"), ("B", "control"), ("C", "mail"), ("B", "control"), ("C", "control")]
        connection.executemany(
            "INSERT INTO draws VALUES (?, 'letters', ?, ?)",
            [(unit, arm, f"2025-01-0{day} 10:00:00") for day, (unit, arm) in enumerate(rows, 1)],
        )
        connection.commit()
    raw = read(f"sqlite:///{tmp_path / 'lab.db'}", "draws", tmp_path / "read")
    translated = check_connector(CONNECTOR, [raw], COMPANY, tmp_path)
    told = asked(f"SELECT DISTINCT experiment, version, unit, arm FROM '{translated.tables['assignments']}' ORDER BY 3")
    assert told == [("letters", 1, "A", "mail"), ("letters", 1, "B", "control"), ("letters", 1, "C", "mail")]
    assert asked(f"SELECT count(*) FROM '{translated.rejected}'") == [(1,)]
