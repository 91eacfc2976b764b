"""A shop of any size, made at once: the same every time, its sums known without asking the lake."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from keepwell.lake import Delivery


@dataclass(frozen=True)
class Truth:
    """What a lake must hold, exactly."""

    orders: int
    customers: int
    net: str


def deliver(folder: Path, orders: int) -> tuple[Delivery, Truth]:
    """
    Orders of a tenth as many customers, as two files under *folder*.

    Returns:
        The delivery, and what it adds up to.
    """
    folder.mkdir(exist_ok=True)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    orders_file, customers_file = folder / "orders.parquet", folder / "customers.parquet"
    cents = "((i * 7919) % 99991 + 1)"
    con.execute(f"""
        COPY (SELECT i + 1 AS _row, 'orders.csv' AS _source, 'o' || i AS order_id, 'c' || (i * 31 % {orders // 10}) AS customer_id,
              TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_seconds(i % 50000000) AS ordered_at, 'EUR' AS currency,
              ({cents} / 100)::DECIMAL(18, 4) AS gross, 0::DECIMAL(18, 4) AS refunded,
              ({cents} / 100)::DECIMAL(18, 4) AS net, 'paid' AS status
              FROM range({orders}) AS t(i)) TO '{orders_file}' (FORMAT parquet)""")
    con.execute(f"""
        COPY (SELECT i + 1 AS _row, 'customers.csv' AS _source, 'c' || i AS customer_id
              FROM range({orders // 10}) AS t(i)) TO '{customers_file}' (FORMAT parquet)""")
    net = con.execute(f"SELECT sum(net)::VARCHAR FROM '{orders_file}'").fetchone()
    assert net is not None
    sources = {"orders.csv": orders, "customers.csv": orders // 10}
    files = {"customers": (customers_file,), "orders": (orders_file,)}
    return Delivery(sources, f"{orders} orders", files), Truth(orders, orders // 10, net[0])
