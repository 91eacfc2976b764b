"""Is everybody in the same arm on every engine?"""

import shutil
from datetime import UTC, datetime
from decimal import Decimal

import ibis.expr.types as ir
import pandas as pd
import pytest

from keepwell.lake import Lake
from keepwell.prove.assignment import CONTROL, Arm, Experiment, GlobalHoldout, Piece, assign
from keepwell.prove.buckets import bucket, bucket_sql
from keepwell.prove.drawing import arm_counts, assigned, recompute_sql
from keepwell.prove.exposures import Reason, exposures, switched, unseen

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="Spark needs Java: apt-get install openjdk-17-jre-headless"
)
NOON = datetime(2025, 7, 1, 12, 30, 15, 250_000, tzinfo=UTC)
THIRDS = (Arm(CONTROL, 0.2), Arm("mail", 0.3), Arm("call", 0.5))
KINDS = {
    "by hash": Experiment("thanks", 1, THIRDS, piece=Piece("letters", 500, 9_500)),
    "by strata": Experiment("thanks", 2, THIRDS, strata=("country", "source")),
}
YEAR = GlobalHoldout(2025, share=0.2)


def _units(lake: Lake) -> ir.Table:
    """Twelve neighbours, and ids in letters of many kinds."""
    known = lake.tables()["customers"]
    strange = known.mutate(customer_id="žluťoučký 🐎:" + known.customer_id)
    return known.union(strange).select("country", "source", unit="customer_id")


@pytest.mark.slow
@pytest.mark.spark
@needs_java
@pytest.mark.parametrize("kind", KINDS)
def test_arms_are_the_same_on_spark(kind: str, duck: Lake, spark: Lake) -> None:
    """Arms, buckets, chances, strata, reasons, and the rows of the log."""
    experiment = KINDS[kind]
    told, logged, counted = [], [], []
    for lake in (duck, spark):
        drawn = assigned(_units(lake), experiment, YEAR)
        log = exposures(drawn, experiment, NOON, Reason("joined", score=0.5), {"mail": Decimal("0.35")})
        told.append(lake.run(drawn.order_by("unit")))
        logged.append(lake.run(log.order_by("unit")))
        counted.append(lake.run(arm_counts(drawn)))
        assert lake.run(switched(log)).empty
        assert lake.run(unseen(log, log)).empty
    for mine, theirs in (told, logged, counted):
        pd.testing.assert_frame_equal(mine, theirs, check_dtype=False)
    assert len(told[0]) == 24
    assert 0 < len(logged[0]) < 24


@pytest.mark.slow
@pytest.mark.spark
@needs_java
def test_printed_sql_runs_on_spark(spark: Lake) -> None:
    """The text for Spark gives Python's buckets and arms."""
    from pyspark.sql import SparkSession

    experiment = KINDS["by hash"]
    session = SparkSession.builder.getOrCreate()
    units = [("ann",), ("žluťoučký 🐎:bob",), ("o'neil\\",)]
    session.createDataFrame(units, "customer_id string").createOrReplaceTempView("asked")
    rows = session.sql(recompute_sql(experiment, "asked", dialect="spark", holdout=YEAR)).collect()
    assert {row.unit: row.arm for row in rows} == {unit: assign(experiment, unit, YEAR).arm for (unit,) in units}
    [first] = session.sql(
        f"SELECT {bucket_sql('thanks:1', 'customer_id', 'spark')} b FROM asked WHERE customer_id = 'ann'"
    ).collect()
    assert first.b == bucket("thanks:1", "ann")
