"""Who computes? DuckDB in this process, or Spark: one setting, the same answers."""

from keepwell.errors import ConfigError
from keepwell.lake.engines.contract import Engine


def open_engine(name: str, spark: str) -> Engine:
    """
    Start an engine.

    Args:
        name: duckdb or spark.
        spark: Spark master or Connect address, where name is spark.

    Raises:
        ConfigError: No engine has that name.
        MissingExtraError: Spark is asked for and pyspark is not installed.
    """
    if name == "duckdb":
        from keepwell.lake.engines.duckdb import DuckEngine

        return DuckEngine()
    if name == "spark":
        from keepwell.lake.engines.spark import SparkEngine

        return SparkEngine(spark)
    raise ConfigError(f"There is no engine {name!r}.", "Engines are duckdb and spark.", "Correct the setting engine.")
