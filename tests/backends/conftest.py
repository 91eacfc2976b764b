"""One small company, seen through both engines."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keepwell.lake import Delivery, Lake
from keepwell.measure.facts import Facts
from keepwell.testing.worlds import full_shop, run

QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
FOR_TINY_TABLES = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": QUICK_JAVA,
    "spark.executor.extraJavaOptions": QUICK_JAVA,
}
"""
Compiling code and planning anew cost seconds a query; on a dozen rows the interpreter answers at once, and the same.

So it is with Java's own second compiler, which took as much time as the tests.
"""


def stored(facts: Facts, folder: Path) -> Path:
    """The world's tables, staged and committed into a lake under *folder*."""
    files = {}
    for name, table in facts.tables.items():
        path = folder / f"{name}.parquet"
        rows = pa.Table.from_pandas(run(table), preserve_index=False) if not len(table.schema()) else _arrow(table)
        numbered = rows.append_column("_row", pa.array(range(1, rows.num_rows + 1), pa.int64()))
        pq.write_table(numbered.append_column("_source", pa.array([name] * rows.num_rows, pa.string())), path)
        files[name] = (path,)
    counts = {name: pq.read_metadata(paths[0]).num_rows for name, paths in files.items()}
    with Lake.open(str(folder / "lake")) as lake:
        batch = lake.commit(lake.stage(Delivery(counts, "corner-shop", files)).id)
        assert batch.quarantined == 0
    return folder / "lake"


def _arrow(table: object) -> pa.Table:
    import ibis

    return ibis.duckdb.connect().to_pyarrow(table)


@contextmanager
def by_spark(folder: Path) -> Iterator[Lake]:
    """A lake through Spark in this process, in two parts, so that parts are put together: opened, it would have four."""
    from pyspark.sql import SparkSession

    with Lake.open(str(folder), engine="spark", spark="local[2]") as lake:
        session = SparkSession.getActiveSession()
        assert session is not None
        session.conf.set("spark.sql.shuffle.partitions", FOR_TINY_TABLES["spark.sql.shuffle.partitions"])
        yield lake


@pytest.fixture(scope="session")
def world() -> Facts:
    """Every canonical table with something in it."""
    return full_shop()


@pytest.fixture(scope="session")
def lake_folder(world: Facts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world, stored."""
    return stored(world, tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def duck(lake_folder: Path) -> Iterator[Lake]:
    """The lake through DuckDB."""
    with Lake.open(str(lake_folder)) as lake:
        yield lake


@pytest.fixture(scope="session")
def spark(lake_folder: Path) -> Iterator[Lake]:
    """The lake through Spark in this process."""
    sql = pytest.importorskip("pyspark.sql", reason="Spark is not installed: pip install keepwell[spark-local]")
    builder = sql.SparkSession.builder.master("local[2]")
    for name, value in FOR_TINY_TABLES.items():
        builder = builder.config(name, value)
    builder.getOrCreate()
    with by_spark(lake_folder) as lake:
        yield lake
