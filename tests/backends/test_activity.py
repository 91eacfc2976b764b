"""Are histories folded alike by DuckDB and by Spark?"""

import shutil
from datetime import date

import ibis.expr.types as ir
import pandas as pd
import pytest

from keepwell.lake import Lake
from keepwell.measure import activity, activity_answers
from keepwell.measure.facts import Facts
from keepwell.measure.periods import calendar

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="Spark needs Java: apt-get install openjdk-17-jre-headless"
)


def _told(lake: Lake, world: Facts) -> dict[str, ir.Table]:
    company = world.company.model_copy(update={"active_by": "any"})
    facts = Facts({name: t for name, t in lake.tables().items() if name != "subscriptions"}, company, world.as_of)
    months = calendar("month", date(2024, 1, 1), date(2026, 1, 1), company)
    folded = activity.derive(facts, months)
    counts = activity_answers.cohort_totals(facts, months)
    assert counts is not None
    return {
        "customers": folded.customers.drop("net"),
        "days": folded.days,
        "places": activity.place_bits(facts, months),
        "cohorts": counts,
        "curve": activity_answers.day_curve(folded.customers, 30),
        "moved": activity_answers.movements(folded.spent, months),
    }


def _rows(frame: pd.DataFrame) -> list[str]:
    return sorted(
        repr([None if pd.isna(v) else str(v).split(".")[0] for v in row]) for row in frame.itertuples(index=False)
    )


@pytest.mark.slow
@pytest.mark.spark
@needs_java
def test_histories_fold_into_the_same_bits(world: Facts, duck: Lake, spark: Lake) -> None:
    """Every activity table of the shop, and what is read from them, is the same on Spark as on DuckDB."""
    here, there = _told(duck, world), _told(spark, world)
    assert {name: _rows(spark.run(table[sorted(table.columns)])) for name, table in there.items()} == {
        name: _rows(duck.run(table[sorted(table.columns)])) for name, table in here.items()
    }
