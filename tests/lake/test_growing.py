"""Does a lake written before the language had a column go on working, and take the column from then on?"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.lake.shop import Counter, bring, customer, rows

from keepwell.lake import Lake
from keepwell.schema import TABLES

NEW = "birthday"


@pytest.fixture
def old(tmp_path: Path, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake with Ann and Bob, written by a language in which customers had no birthday."""
    now = TABLES["customers"]
    then = replace(now, columns={name: column for name, column in now.columns.items() if name != NEW})
    with monkeypatch.context() as past:
        past.setitem(TABLES, "customers", then)
        with Lake.open(tmp_path / "lake") as lake:
            bring(lake, counter.delivery(customers=[customer("ann", name="Ann"), customer("bob", name="Bob")]))
            assert NEW not in lake.tables()["customers"].columns
    return tmp_path / "lake"


def test_a_column_younger_than_the_lake_is_unknown(old: Path) -> None:
    """Ann and Bob are told, without a birthday."""
    with Lake.open(old) as lake:
        assert rows(lake, "customers", "customer_id", NEW) == [("ann", None), ("bob", None)]


def test_it_is_taken_corrected_compacted_and_undone(old: Path, counter: Counter) -> None:
    """Bob's birthday and Cid come; files are merged; the batch is taken back; the versions before stand as they were."""
    born = date(1990, 2, 28)
    with Lake.open(old) as lake:
        batch = bring(lake, counter.delivery(customers=[customer("bob", name="Bob", birthday=born), customer("cid")]))
        told = [("ann", None), ("bob", born), ("cid", None)]
        assert rows(lake, "customers", "customer_id", NEW) == told
        assert rows(lake, "customers", "customer_id", NEW, version=1) == [("ann", None), ("bob", None)]
        lake.compact()
        assert rows(lake, "customers", "customer_id", NEW) == told
        lake.undo(batch.id)
        assert rows(lake, "customers", "customer_id", NEW) == [("ann", None), ("bob", None)]


@pytest.mark.slow
@pytest.mark.spark
def test_spark_tells_the_same(old: Path, counter: Counter) -> None:
    """Old and new files side by side, on Spark."""
    pytest.importorskip("pyspark", reason="Spark is not installed: pip install keepwell[spark-local]")
    born = date(1990, 2, 28)
    with Lake.open(old) as lake:
        with Lake.open(old, engine="spark") as other:
            assert rows(other, "customers", "customer_id", NEW) == [("ann", None), ("bob", None)]
        bring(lake, counter.delivery(customers=[customer("cid", birthday=born)]))
        with Lake.open(old, engine="spark") as other:
            assert rows(other, "customers", "customer_id", NEW) == [("ann", None), ("bob", None), ("cid", born)]
