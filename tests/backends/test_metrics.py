"""Does every registered metric say the same on every engine, to the last digit?"""

import shutil
from datetime import date

import pandas as pd
import pytest

from keepwell.lake import Lake
from keepwell.measure import METRICS
from keepwell.measure.facts import Facts
from keepwell.measure.periods import calendar
from keepwell.measure.question import Question

START = date(2025, 1, 1)
needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="Spark needs Java: apt-get install openjdk-17-jre-headless"
)


def _asked(lake: Lake, world: Facts, metric: str, by: str | None = None) -> Question:
    facts = Facts(lake.tables(), world.company, world.as_of)
    return Question(METRICS[metric], facts, calendar("month", START, world.as_of, world.company), by)


def assert_same(mine: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Equal cell by cell, whatever whole-number width an engine chose."""
    assert list(mine.columns) == list(theirs.columns)
    left = mine.astype(object).where(mine.notna(), None).to_dict("records")
    right = theirs.astype(object).where(theirs.notna(), None).to_dict("records")
    assert left == right


@pytest.mark.slow
@pytest.mark.spark
@needs_java
@pytest.mark.parametrize("metric", sorted(METRICS))
def test_a_metric_says_the_same_on_spark(metric: str, world: Facts, duck: Lake, spark: Lake) -> None:
    """Counts and answers are equal on DuckDB and on Spark."""
    here, there = _asked(duck, world, metric), _asked(spark, world, metric)
    mine, theirs = duck.run(here.totals), spark.run(there.totals)
    assert_same(mine, theirs)
    assert_same(here.answer(mine).frame, there.answer(theirs).frame)


@pytest.mark.slow
@pytest.mark.spark
@needs_java
def test_members_and_breakdowns_say_the_same_on_spark(world: Facts, duck: Lake, spark: Lake) -> None:
    """A breakdown by country and the people behind a number are equal too."""
    here, there = _asked(duck, world, "kept_share", "country"), _asked(spark, world, "kept_share", "country")
    assert_same(duck.run(here.totals), spark.run(there.totals))
    cell = {"period": "2025-03"}
    assert_same(duck.run(here.members(cell, "lost")), spark.run(there.members(cell, "lost")))
