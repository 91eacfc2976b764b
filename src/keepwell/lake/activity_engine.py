"""How are activity tables computed? In a DuckDB of their own, from the lake's data files."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from keepwell.config import Company
from keepwell.lake.engines.duckdb import Compiler, quoted, sql_type
from keepwell.measure.facts import Facts
from keepwell.measure.periods import Periods
from keepwell.schema import TABLES

NEEDED: dict[str, tuple[str, ...]] = {
    "orders": ("order_id", "customer_id", "ordered_at", "currency", "gross", "net", "status"),
    "events": ("event_id", "customer_id", "happened_at", "kind"),
    "merges": ("from_customer_id", "into_customer_id"),
}
"""Canonical tables and columns that activity depends on, the key first."""


class Bench:
    """
    A DuckDB in memory that spills beside the index.

    Args:
        folder: Of the index.
        memory: How much it may hold.
    """

    def __init__(self, folder: Path, memory: str) -> None:
        self.ibis: Any = ibis.duckdb.connect()
        self.ibis.compiler = Compiler()
        self.sql: Any = self.ibis.con
        self.sql.execute(
            f"SET TimeZone = 'UTC'; SET memory_limit = '{memory}'; SET preserve_insertion_order = false;"
            f"SET temp_directory = {quoted(str(folder / 'spill'))}"
        )

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self.ibis.disconnect()

    def tables(self, files: Mapping[str, Sequence[str]], prefix: str = "") -> dict[str, ir.Table]:
        """Canonical tables over data files, as views; empty ones where there are no files, but merges only where there are."""
        found = {}
        for name in NEEDED:
            if files.get(name) or name != "merges":
                self.sql.execute(f"CREATE OR REPLACE VIEW {prefix}{name} AS {rows_of(name, files.get(name, ()))}")
                found[name] = self.ibis.table(f"{prefix}{name}")
        return found

    def facts(
        self, tables: Mapping[str, ir.Table], company: Company, months: Periods, only: ir.Table | None = None
    ) -> Facts:
        """Facts over such tables, known to lie in those months, all that is stored known."""
        since = months[0].start - timedelta(days=2)
        return Facts(tables, company, months[-1].end, only, since)

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        """
        Compute an expression into a table of that name, in the types it says.

        DuckDB's own sums of whole numbers are wider, and Parquet would hold those as floating point.
        """
        columns = ", ".join(
            f"CAST({column} AS {sql_type(type)}) AS {column}" for column, type in expression.schema().items()
        )
        self.sql.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {columns} FROM ({self.ibis.compile(expression)})")
        return self.ibis.table(name)

    def write(self, select: str, path: Path) -> None:
        """Write a query's rows as Parquet."""
        self.sql.execute(f"COPY ({select}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION zstd)")

    def one(self, select: str) -> Any:
        """The first row of a query."""
        return self.sql.execute(select).fetchone()


def rows_of(name: str, paths: Sequence[str]) -> str:
    """A query for the needed columns of data files; an empty one where there are none."""
    types = {column: sql_type(TABLES[name].schema[column]) for column in NEEDED[name]}
    if not paths:
        return f"SELECT {', '.join(f'NULL::{type} AS {column}' for column, type in types.items())} WHERE false"
    columns = ", ".join(f"CAST({column} AS {type}) AS {column}" for column, type in types.items())
    return f"SELECT {columns} FROM read_parquet([{', '.join(map(quoted, paths))}], union_by_name = true)"
