"""Where is the work done? A DuckDB of its own that spills to disk instead of filling the memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis

from keepwell.lake.engines.duckdb import nobody, quoted
from keepwell.machine import memory_limit
from keepwell.schema import CanonicalTable


class Bench:
    """
    A private database for one deed of writing.

    Args:
        con: The connection.
        backend: The same for Ibis.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.backend: Any = ibis.duckdb.from_connection(con)

    def do(self, sql: str) -> None:
        """Run a statement."""
        self.con.execute(sql)

    def row(self, sql: str) -> tuple[Any, ...]:
        """The first row of an answer."""
        found = self.con.execute(sql).fetchone()
        assert found is not None
        return found

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Every row of an answer that is known to be small."""
        return self.con.execute(sql).fetchall()

    def count(self, relation: str) -> int:
        """Rows of a relation."""
        return int(self.row(f'SELECT count(*) FROM "{relation}"')[0])


@contextmanager
def bench(spill: Path) -> Iterator[Bench]:
    """
    A bench for the time of one deed.

    Args:
        spill: A folder that exists, for what does not fit into memory.
    """
    con = duckdb.connect(":memory:")
    try:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"SET memory_limit = '{memory_limit()}'")
        con.execute(f"SET temp_directory = {quoted(str(spill / 'spill'))}")
        con.execute("SET preserve_insertion_order = false")
        yield Bench(con)
    finally:
        con.close()


def parquet(paths: Sequence[str], *options: str) -> str:
    """A call that reads Parquet files."""
    listed = ", ".join(quoted(path) for path in paths)
    return f"read_parquet({', '.join((f'[{listed}]', *options))})"


def stored(table: CanonicalTable, paths: Sequence[str], *options: str) -> str:
    """Data files of a canonical table as a relation of all its columns: null where a file is older than the column."""
    read = parquet(paths, "union_by_name = true", *options)
    return f"(FROM {read} UNION ALL BY NAME {nobody(table.schema)}) AS stored"


def columns(names: Sequence[str], prefix: str = "") -> str:
    """Column names, quoted, with commas between."""
    return ", ".join(f'{prefix}"{name}"' for name in names)
