"""What tests of the doors share: exports written by hand, and what became of them."""

import csv
import importlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.config import Company
from keepwell.connectors.contract import Connector, Raw, Translated

SHOP = Company(name="Example Pottery", currency="USD", time_zone="America/New_York")
SALES = ("paid", "partly_refunded", "refunded")


def door(name: str) -> Connector:
    """A platform's connector."""
    found: Connector = importlib.import_module(f"keepwell.connectors.{name}").CONNECTOR
    return found


def source(folder: Path, name: str, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Raw:
    """A source as reading leaves it: text cells, empty ones null, records numbered from 1."""
    listed = [list(row) for row in rows]
    cells: dict[str, Any] = {"_row": pa.array(range(1, len(listed) + 1), pa.int64())}
    for n, column in enumerate(columns):
        cells[column] = pa.array([row[n] or None for row in listed], pa.string())
    file = folder / f"{name}.parquet"
    pq.write_table(pa.table(cells), file)
    return Raw(name, file, tuple(columns), len(listed), None, "0")


def sheet(folder: Path, name: str, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Raw:
    """A source from rows that name the cells they fill."""
    listed = list(rows)
    assert all(set(row) <= set(columns) for row in listed)
    return source(folder, name, columns, [[row.get(column) for column in columns] for row in listed])


def read(folder: Path, file: Path) -> Raw:
    """A CSV file as a source."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        columns, *rows = csv.reader(lines)
    return source(folder, file.name, columns, rows)


def translated(platform: str, folder: Path, *sources: Raw, company: Company = SHOP) -> Translated:
    """Sources recognised and translated; every record of theirs must be behind a row or a refusal."""
    into = folder / "translated"
    into.mkdir()
    connector = door(platform)
    matches = [(raw, connector.recognise(raw)) for raw in sources]
    assert [raw.name for raw, match in matches if match is None] == []
    said = connector.translate([(raw, match) for raw, match in matches if match], company, into)
    read_records = {(raw.name, n) for raw in sources for n in range(1, raw.rows + 1)}
    assert read_records - behind(said) == set()
    assert behind(said) - read_records == set()
    assert not (into / "scratch").exists()
    return said


def behind(said: Translated) -> set[tuple[str, int]]:
    """The source records that stand behind a canonical row or a refused one."""
    files = [*said.tables.values(), *([said.rejected] if said.rejected else [])]
    return {record for file in files for record in _ask(f"SELECT DISTINCT _source, _row FROM '{file}'")}


def rows(said: Translated, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a canonical table in the order of the records; instants as text in UTC, money as text."""
    listed = ", ".join(columns)
    order = "_source, _row" + (", starts_on" if table == "subscriptions" else "")
    return [tuple(map(_told, row)) for row in _ask(f"SELECT {listed} FROM '{said.tables[table]}' ORDER BY {order}")]


def refused(said: Translated) -> list[tuple[Any, ...]]:
    """The refused rows: record, column, value."""
    return [] if said.rejected is None else _ask(f"SELECT _row, \"column\", value FROM '{said.rejected}' ORDER BY ALL")


def answers(said: Translated, zone: str) -> dict[str, Any]:
    """The questions of the known shop, asked of its orders."""
    sales = f"(SELECT * FROM '{said.tables['orders']}' WHERE status IN {SALES})"
    orders, guests, customers, gross, refunds, net, whole = _ask(
        f"SELECT count(*), count(*) FILTER (customer_id IS NULL), count(DISTINCT customer_id), sum(gross), sum(refunded), "
        f"sum(net), count(*) FILTER (status = 'refunded') FROM {sales}"
    )[0]
    repeat = _ask(
        f"SELECT count(*) FROM (SELECT customer_id FROM {sales} WHERE customer_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1)"
    )[0][0]
    months = _ask(
        f"SELECT strftime(timezone('{zone}', ordered_at), '%Y-%m') AS month, count(*), count(DISTINCT customer_id), sum(gross), "
        f"sum(refunded) FROM {sales} GROUP BY 1 ORDER BY 1"
    )
    return {
        "sales": orders,
        "guest_sales": guests,
        "customers": customers,
        "repeat_customers": repeat,
        "repeat_rate_pct": round(100 * repeat / customers, 4),
        "gross": float(gross),
        "refunds": float(refunds),
        "net": float(net),
        "fully_refunded_sales": whole,
        "months": {
            month: {"orders": n, "buyers": buyers, "gross": float(money), "refunds_of_these_orders": float(back)}
            for month, n, buyers, money, back in months
        },
    }


def _ask(sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        return engine.execute(sql).fetchall()


def _told(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return (
        value.strftime("%Y-%m-%d %H:%M:%S")
        if hasattr(value, "hour")
        else str(value)
        if hasattr(value, "day")
        else value
    )
