"""Small deliveries, written by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.lake import Delivery, Lake
from keepwell.schema import TABLES

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def customer(customer_id: str, **more: Any) -> dict[str, Any]:
    """A person."""
    return {"customer_id": customer_id, **more}


def order(order_id: str, customer_id: str | None = "ann", gross: str = "10", **more: Any) -> dict[str, Any]:
    """A paid order of Ann's at noon of 5 January 2026, over 10 euros unless told otherwise."""
    money = Decimal(gross)
    told = {"order_id": order_id, "customer_id": customer_id, "ordered_at": NOON, "currency": "EUR"}
    return {**told, "gross": money, "refunded": Decimal(0), "net": money, "status": "paid", **more}


class Counter:
    """Where deliveries are made up: writes them as files under a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0

    def delivery(self, digest: str = "", **tables: Sequence[Mapping[str, Any]]) -> Delivery:
        """
        One file per table; each row is its own record of source <table>.csv unless it says _row and _source.

        A column no row speaks of is left out of the file.
        """
        self.made += 1
        files, records = {}, set()
        for name, rows in tables.items():
            told = [{"_row": number, "_source": f"{name}.csv", **row} for number, row in enumerate(rows, start=1)]
            files[name] = (self.write(name, told),)
            records |= {(row["_source"], row["_row"]) for row in told}
        sources: dict[str, int] = {}
        for source, _ in sorted(records):
            sources[source] = sources.get(source, 0) + 1
        return Delivery(sources, digest or f"delivery {self.made}", files)

    def write(self, name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
        """Rows of one canonical table as a Parquet file."""
        types = {"_row": pa.int64(), "_source": pa.string(), **dict(_types(name))}
        spoken = {column for row in rows for column in row} or set(types)
        schema = pa.schema([(column, type) for column, type in types.items() if column in spoken])
        path = self.folder / f"{self.made}-{name}-{len(list(self.folder.iterdir()))}.parquet"
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema), path)
        return path


def _types(name: str) -> list[tuple[str, pa.DataType]]:
    schema = TABLES[name].schema.to_pyarrow()
    return [(field.name, field.type) for field in schema]


def bring(lake: Lake, delivery: Delivery) -> Any:
    """Stage and commit."""
    return lake.commit(lake.stage(delivery).id)


def rows(lake: Lake, name: str, *columns: str, version: int | None = None) -> list[tuple[Any, ...]]:
    """Rows of a table, sorted by the columns asked for."""
    table = lake.tables(version)[name].select(*columns)
    frame = lake.arrow(table.order_by(list(columns)))
    return [tuple(row[column] for column in columns) for row in frame.to_pylist()]


def refusals(lake: Lake, batch_id: str | None = None) -> list[tuple[Any, ...]]:
    """What was refused: source, row, table, column, value, law."""
    told = lake.arrow(lake.rejected(batch_id)).to_pylist()
    return sorted((r["source"], r["row"], r["table"], r["column"], r["value"], r["law"]) for r in told)
