"""How does Spark answer? Through a session on this machine, a cluster, or a Connect server."""

import importlib.util
import os
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, ClassVar

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

from keepwell.errors import LakeError, MissingExtraError
from keepwell.lake.engines.contract import AT_ONCE, Work
from keepwell.machine import memory_limit

_QUIET = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(AT_ONCE),
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}


_ONE_MACHINE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
}
"""On this machine alone nothing is to be reached from outside, and two hundred shuffle parts would be mostly waiting."""


class Compiler(PySparkCompiler):
    """Spark's SQL with an aggregate it has and Ibis does not know of, bitwise or; and with floating numbers that stay so."""

    __slots__ = ()

    SIMPLE_OPS: ClassVar[dict[Any, str]] = {ops.BitOr: "bit_or"}

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:  # noqa: N802  named by Ibis
        """Written 15.0 it would be a decimal to Spark, and a third of it 0.333333."""
        told = super().visit_NonNullLiteral(op, value=value, dtype=dtype)
        return self.cast(told if told is not None else value, dtype) if dtype.is_floating() else told


class SparkEngine:
    """
    Spark over Parquet files, UTC.

    Args:
        address: A master such as local[2] or spark://host:7077, or a Connect address such as sc://host:15002.
    """

    reads_far = True

    def __init__(self, address: str) -> None:
        if importlib.util.find_spec("pyspark") is None:
            raise MissingExtraError(
                "The engine is spark, but pyspark is not installed.",
                "Spark needs an extra package.",
                "Install it with: pip install keepwell[spark-local] (with Java), or keepwell[spark] for a Connect server.",
            )
        self._address = address
        self._session = _session(address)
        self._backend: Any = ibis.pyspark.connect(self._session)
        self._backend.compiler = Compiler()
        self._own = uuid.uuid4().hex  # lakes of one process share a session, not their views
        self._made: set[str] = set()
        self._aside: list[Any] = []

    def table(self, name: str, schema: ibis.Schema, uris: Sequence[str]) -> ir.Table:
        """A temporary view; types are told to Ibis as the schema has them, Spark's own instants carry no zone."""
        from ibis.backends.pyspark.datatypes import PySparkSchema
        from pyspark.sql.functions import lit

        name = f"{name}_{self._own}"
        if name not in self._made:
            wanted = PySparkSchema.from_ibis(schema)
            stored = self._session.read.option("mergeSchema", "true").parquet(*uris) if uris else None
            stored = self._session.createDataFrame([], wanted) if stored is None else stored
            there = set(stored.columns)  # a column younger than every file is null
            cells = [
                (stored[f"`{field.name}`"] if field.name in there else lit(None)).cast(field.dataType).alias(field.name)
                for field in wanted
            ]
            stored.select(*cells).createOrReplaceTempView(name)
            self._made.add(name)
        return self._shown(name, schema)

    def view(self, expr: ir.Table) -> ir.Table:
        """A temporary view named by its question."""
        asked = self._backend.compile(expr)
        name = f"keepwell_view_{sha256(asked.encode()).hexdigest()[:16]}_{self._own}"
        if name not in self._made:
            self._session.sql(asked).createOrReplaceTempView(name)
            self._made.add(name)
        return self._shown(name, expr.schema())

    def aside(self, expr: ir.Table) -> ir.Table:
        """Kept by the workers, in memory and on their disks."""
        return self._kept(self._asked(expr), expr.schema())

    def parts(self, expr: ir.Table, work: Work, schema: ibis.Schema) -> ir.Table:
        """By the workers themselves, who need Keepwell too."""
        from ibis.backends.pyspark.datatypes import PySparkSchema

        columns = list(schema)

        def each(rows: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
            for some in rows:
                yield work(some)[columns]

        return self._kept(self._asked(expr).mapInPandas(each, PySparkSchema.from_ibis(schema)), schema)

    def _asked(self, expr: ir.Table) -> Any:
        self._backend._run_pre_execute_hooks(expr)
        return self._session.sql(self._backend.compile(expr))

    def _kept(self, rows: Any, schema: ibis.Schema) -> ir.Table:
        name = f"keepwell_aside_{uuid.uuid4().hex}"
        with _told(self._address):
            kept = rows.persist()
            kept.count()
        kept.createOrReplaceTempView(name)
        self._made.add(name)
        self._aside.append(kept)
        return self._shown(name, schema)

    def _shown(self, name: str, schema: ibis.Schema) -> ir.Table:
        return ops.DatabaseTable(name=name, schema=schema, source=self._backend, namespace=ops.Namespace()).to_expr()

    def run(self, expr: ir.Expr) -> pd.DataFrame:
        """As one Spark job."""
        with _told(self._address):
            return self._backend.execute(expr.as_table())

    def arrow(self, expr: ir.Expr) -> pa.Table:
        """As one Spark job, without the detour over pandas, which knows no maps."""
        asked = expr.as_table()
        with _told(self._address):
            found = self._asked(asked).toArrow()
        return found.cast(asked.schema().to_pyarrow())

    def write(self, expr: ir.Table, folder: str) -> None:
        """A file per part, by the workers themselves."""
        with _told(self._address):
            self._asked(expr).write.parquet(folder)

    def close(self) -> None:
        """Views go; the session stays, it may serve another lake of this process."""
        for name in self._made:
            self._session.catalog.dropTempView(name)
        for kept in self._aside:
            kept.unpersist()
        self._made.clear()
        self._aside.clear()


def _session(address: str) -> Any:
    """
    A session of Spark that counts in UTC.

    Raises:
        LakeError: Spark cannot be started or reached.
    """
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("keepwell").config("spark.sql.session.timeZone", "UTC")
    for name, value in _QUIET.items():
        builder = builder.config(name, value)
    builder = builder.remote(address) if address.startswith("sc://") else builder.master(address)
    if address.startswith("local"):
        for name, value in {**_ONE_MACHINE, "spark.driver.memory": memory_limit().removesuffix("B")}.items():
            builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, OSError, RuntimeError) as fault:
        raise LakeError(
            f"Spark at {address} does not start or answer: {' '.join(str(fault).split())}.",
            "local[...] needs Java 17, spark:// and sc:// a running server.",
            'Check it, or set engine = "duckdb".',
        ) from fault


def _faults() -> tuple[type[Exception], ...]:
    """Faults of Spark, and of the bridge to a Spark of this machine, which a client of a Connect server has not got."""
    from pyspark.errors import PySparkException

    if importlib.util.find_spec("py4j") is None:
        return (PySparkException,)
    from py4j.protocol import Py4JError

    return PySparkException, Py4JError


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Spark's faults in one line; the file is named where Spark names it."""
    try:
        yield
    except _faults() as fault:
        raise OSError(f"Spark at {address}: {fault}") from fault
