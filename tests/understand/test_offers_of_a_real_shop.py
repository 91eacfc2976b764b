"""Do offers find what the customers of a real shop went on to buy?"""

from datetime import date
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pytest

from keepwell.config import Company
from keepwell.measure.facts import Facts
from keepwell.schema import TABLES
from keepwell.testing import run
from keepwell.understand.offers import hits, verdict

_LINES = """
    SELECT InvoiceNo AS o, StockCode AS p, CustomerID AS c, Quantity AS q, UnitPrice AS u, CAST(InvoiceDate AS TIMESTAMP) AS t
    FROM '{path}'
    WHERE CustomerID IS NOT NULL AND InvoiceNo NOT LIKE 'C%' AND Quantity > 0 AND UnitPrice > 0 AND regexp_matches(StockCode, '^[0-9]')
"""
_TABLES = {
    "customers": "SELECT DISTINCT c AS customer_id, 'person' AS kind FROM l",
    "orders": "SELECT o AS order_id, any_value(c) AS customer_id, min(t) AT TIME ZONE 'UTC' AS ordered_at, 'GBP' AS currency, "
    "CAST(sum(q * u) AS DECIMAL(18, 4)) AS gross, 0::DECIMAL(18, 4) AS refunded, CAST(sum(q * u) AS DECIMAL(18, 4)) AS net, "
    "'paid' AS status FROM l GROUP BY o",
    "order_lines": "SELECT o AS order_id, row_number() OVER (PARTITION BY o ORDER BY p) AS line_no, p AS product_id FROM l",
}


def _shop(path: Path) -> Facts:
    """Its sales of goods to known customers."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(f"CREATE TABLE l AS {_LINES.format(path=path)}")
    tables = {}
    for name, sql in _TABLES.items():
        rows, schema = con.execute(sql).fetch_arrow_table(), TABLES[name].schema
        wanted = schema.to_pyarrow()
        columns = [
            rows[f.name].cast(f.type) if f.name in rows.column_names else pa.nulls(len(rows), f.type) for f in wanted
        ]
        tables[name] = ibis.memtable(pa.Table.from_arrays(columns, schema=wanted), schema=schema)
    return Facts(
        tables,
        Company(name="A retailer", currency="GBP", active_by="purchase"),
        date(2011, 7, 1),
        since=date(2010, 12, 1),
    )


@pytest.mark.slow
@pytest.mark.shared_data
def test_what_is_bought_together_beats_what_everybody_buys(shared_data: Path) -> None:
    """Offers made on 1 April: seven of ten who bought something new in 60 days found it among twelve; of the twelve most popular, six."""
    facts = _shop(shared_data / "online_retail_h1" / "online_retail_2010-12_2011-06.parquet")
    told = verdict(run(hits(facts, learned=date(2011, 4, 1), days=60)))
    assert told.choice == "together"
    assert told.customers > 900
    assert told.together / told.customers > 0.68
    assert told.popular / told.customers < 0.63
