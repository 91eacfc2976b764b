"""How does DuckDB answer? In this process and in memory; every thread has a cursor of its own."""

import re
import threading
import uuid
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.backends.sql.datatypes import DuckDBType

from keepwell.lake.aside import Aside
from keepwell.lake.engines.contract import AT_ONCE, Work

VERSION = duckdb.__version__
"""Files of one version may be strange to another."""

_ROW_GROUP = 20_480
"""Rows read at least where one customer is asked for, of a kept table; ten times DuckDB's vector."""

_LAID_GROUP = 6_144
"""The same of a table laid for that: with DuckDB's own 122,880 a customer's page takes twice the processor's time."""


class Compiler(DuckDBCompiler):
    """Reads the second of an instant from its microseconds; the way by a timestamp without a zone takes thirty times as long."""

    __slots__ = ()

    def visit_ExtractEpochSeconds(self, op: Any, *, arg: Any) -> Any:  # noqa: ARG002, N802  named by Ibis
        """Whole seconds since 1970; nothing in the lake is older."""
        return sge.IntDiv(this=sge.func("epoch_us", arg), expression=sge.convert(1_000_000))


class DuckEngine:
    """DuckDB over Parquet files, UTC, no extension, nothing on disk but what spills."""

    reads_far = False

    def __init__(self) -> None:
        # DuckDB merges nested selects itself; when Ibis does it, compiling takes twice as long, and nothing runs faster.
        ibis.options.sql.fuse_selects = False
        self._root = duckdb.connect(":memory:")
        self._root.execute("SET GLOBAL TimeZone = 'UTC'")
        # Small tables of ours, such as periods, are scanned by Arrow, which cannot take the filters DuckDB hands down from a join.
        self._root.execute("SET GLOBAL disabled_optimizers = 'join_filter_pushdown'")
        self._backends: dict[int, Any] = {}
        self._made: set[str] = set()
        self._making = threading.Lock()
        self._aside = Aside()

    def table(self, name: str, schema: ibis.Schema, uris: Sequence[str]) -> ir.Table:
        """A view, made once for all threads."""
        with self._making:
            if name not in self._made:
                self._root.cursor().execute(f'CREATE OR REPLACE VIEW "{name}" AS {_select(schema, uris)}')
                self._made.add(name)
        return self._shown(name, schema)

    def view(self, expr: ir.Table) -> ir.Table:
        """A view named by its question, made once for all threads."""
        asked = str(self._backend().compile(expr))
        name = f"keepwell_view_{sha256(asked.encode()).hexdigest()[:16]}"
        with self._making:
            if name not in self._made:
                self._root.cursor().execute(f'CREATE OR REPLACE VIEW "{name}" AS {asked}')
                self._made.add(name)
        return self._shown(name, expr.schema())

    def aside(self, expr: ir.Table) -> ir.Table:
        """A Parquet file of the system's temporary folder."""
        path = self._written(expr)
        return self.table(path.stem, expr.schema(), [str(path)])

    def parts(self, expr: ir.Table, work: Work, schema: ibis.Schema) -> ir.Table:
        """A Parquet file of the system's temporary folder, row group by row group."""
        given, path, kind = self._written(expr), self._free(), schema.to_pyarrow()
        with pq.ParquetFile(given) as rows, pq.ParquetWriter(path, kind, compression="lz4") as file:
            for some in rows.iter_batches(AT_ONCE):
                file.write_table(pa.Table.from_pandas(work(some.to_pandas()), kind, preserve_index=False))
        given.unlink()
        return self.table(path.stem, schema, [str(path)])

    def _written(self, expr: ir.Table) -> Path:
        path = self._free()
        self._backend().to_parquet(expr, path, compression="lz4")
        return path

    def _free(self) -> Path:
        return self._aside.path / f"keepwell_aside_{uuid.uuid4().hex}.parquet"

    def run(self, expr: ir.Expr) -> pd.DataFrame:
        """On this thread's own cursor."""
        return self._backend().execute(expr.as_table())

    def arrow(self, expr: ir.Expr) -> pa.Table:
        """On this thread's own cursor."""
        return self._backend().to_pyarrow(expr.as_table())

    def prepared(self, expr: ir.Table, marks: Sequence[str]) -> Callable[..., list[dict[str, Any]]]:
        """The query compiled once; texts take the place of the marks, as literals, so that blocks can still be skipped by them."""
        sql = str(self._backend().compile(expr))
        places = re.compile("|".join(re.escape(quoted(mark)) for mark in marks))

        def answer(*texts: str) -> list[dict[str, Any]]:
            literals = dict(zip(map(quoted, marks), map(quoted, texts), strict=True))
            asked = places.sub(lambda found: literals[found.group()], sql) if marks else sql
            rows: list[dict[str, Any]] = self._backend().con.execute(asked).to_arrow_table().to_pylist()
            return rows

        return answer

    def write(self, expr: ir.Table, folder: str) -> None:
        """One file."""
        Path(folder).mkdir(parents=True)
        self._backend().to_parquet(expr, Path(folder) / "part-0.parquet", compression="zstd", row_group_size=_ROW_GROUP)

    def hold(self, megabytes: int, processors: int) -> None:
        """Keep no more in memory, and no more processors busy; a question that needs more memory is answered with the help of the system's temporary folder."""
        self._root.execute(f"SET GLOBAL temp_directory = {quoted(str(self._aside.path))}")
        self._root.execute(f"SET GLOBAL memory_limit = '{megabytes}MB'")
        self._root.execute(f"SET GLOBAL threads = {processors}")

    def lay(self, expr: ir.Table, path: Path, indexed: str = "") -> None:
        """A table into a database file of its own, if wanted with an index: DuckDB finds a few rows there several times sooner than in Parquet."""
        backend, into = self._backend(), f"keepwell_{uuid.uuid4().hex}"
        backend.con.execute(f"ATTACH {quoted(str(path))} AS {into} (ROW_GROUP_SIZE {_LAID_GROUP})")
        try:
            backend.con.execute(f"CREATE TABLE {into}.laid AS {backend.compile(expr)}")
            if indexed:
                backend.con.execute(f"CREATE INDEX found ON {into}.laid ({indexed})")
        finally:
            backend.con.execute(f"DETACH {into}")

    def laid(self, path: Path) -> ir.Table:
        """What lay() wrote, as a table for as long as the engine lives, made once for all threads."""
        name = f"keepwell_laid_{sha256(str(path).encode()).hexdigest()[:16]}"
        with self._making:
            if name not in self._made:
                root = self._root.cursor()
                root.execute(f"ATTACH {quoted(str(path))} AS {name}_file (READ_ONLY)")
                root.execute(f"CREATE OR REPLACE VIEW {name} AS FROM {name}_file.laid")
                self._made.add(name)
        return self._backend().table(name)

    def close(self) -> None:
        """Close the database in memory; what was put aside goes."""
        self._root.close()
        self._aside.close()

    def _shown(self, name: str, schema: ibis.Schema) -> ir.Table:
        return ops.DatabaseTable(name=name, schema=schema, source=self._backend(), namespace=ops.Namespace()).to_expr()

    def _backend(self) -> Any:
        """
        This thread's connection.

        It stays when the thread ends, for whichever thread the system gives the same number next: a connection that is
        taken apart by a dying thread, as one kept in thread-local storage is, now and then took the process with it.
        """
        number = threading.get_ident()
        if number not in self._backends:
            cursor = self._root.cursor()
            cursor.execute("SET TimeZone = 'UTC'")
            backend = ibis.duckdb.from_connection(cursor)
            backend.compiler = Compiler()
            self._backends[number] = backend
        return self._backends[number]


def _select(schema: ibis.Schema, uris: Sequence[str]) -> str:
    if not uris:
        return nobody(schema)
    columns = (f'CAST("{name}" AS {sql_type(type)}) AS "{name}"' for name, type in schema.items())
    files = f"read_parquet([{', '.join(map(quoted, uris))}], union_by_name = true)"
    # A column younger than every file is null there.
    return f"SELECT {', '.join(columns)} FROM (FROM {files} UNION ALL BY NAME {nobody(schema)})"


def nobody(schema: ibis.Schema) -> str:
    """A query for no rows of these columns."""
    cells = (f'CAST(NULL AS {sql_type(type)}) AS "{name}"' for name, type in schema.items())
    return f"SELECT {', '.join(cells)} WHERE false"


def sql_type(type: Any) -> str:
    """DuckDB's name of an Ibis type."""
    return str(DuckDBType.to_string(type))


def quoted(text: str) -> str:
    """Text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"
