"""Do both engines show the same rows, from any thread?"""

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from operator import itemgetter
from pathlib import Path

import ibis
import pandas as pd
import pytest
from ibis import _
from tests.lake.shop import NOON, Counter, bring, customer, order

from keepwell.errors import ConfigError, MissingExtraError
from keepwell.lake import Lake
from keepwell.lake.engines import duckdb as duckdb_engine
from keepwell.schema import TABLES


def _full(counter: Counter) -> dict[str, list[dict]]:
    """Every type of column, with and without values."""
    return {
        "customers": [customer("ann", birthday=date(1990, 2, 28), traits=[("b", "2"), ("a", "ä")]), customer("bob")],
        "orders": [order("1", gross="1234567.8912", delivered_at=NOON), order("2", None)],
        "order_lines": [{"order_id": "1", "line_no": 1, "quantity": Decimal("-1.5"), "returned": True}],
        "events": [
            {
                "event_id": "e",
                "customer_id": "ann",
                "happened_at": NOON,
                "kind": "usage",
                "value": 0.1,
                "properties": [],
            }
        ],
    }


def test_threads_ask_at_once(lake: Lake, counter: Counter) -> None:
    """Sixty questions of eight threads over one lake are all answered right."""
    bring(lake, counter.delivery(customers=[customer("ann")], orders=[order(str(n)) for n in range(100)]))
    orders = lake.tables()["orders"]

    def ask(number: int) -> int:
        tables = lake.tables()
        return int(lake.run((orders if number % 2 else tables["orders"]).count()).iloc[0, 0])

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(60))) == {100}


def test_a_view_is_answered_like_its_question(lake: Lake, counter: Counter) -> None:
    """Orders of more than ten, as they stand in a view and as they are asked; made twice it is one view."""
    sold = [order("1", gross="5"), order("2", gross="15"), order("3", gross="25")]
    bring(lake, counter.delivery(customers=[customer("ann")], orders=sold))
    large = lake.tables()["orders"].filter(_.gross > 10).select("order_id", twice=_.gross * 2)
    view = lake.view(large)
    assert view.schema() == large.schema()
    assert view.equals(lake.view(large))
    assert sorted(lake.run(view)["order_id"]) == ["2", "3"]
    assert lake.arrow(view.order_by("order_id")) == lake.arrow(large.order_by("order_id"))


def test_an_unknown_engine_is_refused(tmp_path: Path) -> None:
    """The known ones are told."""
    with pytest.raises(ConfigError, match="Engines are duckdb and spark"):
        Lake.open(tmp_path / "lake", engine="abacus")


def test_spark_not_installed_names_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyspark the error says how to install it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"pip install keepwell\[spark-local\]"):
        Lake.open(tmp_path / "lake", engine="spark")


@pytest.mark.slow
@pytest.mark.spark
def test_spark_and_duckdb_show_the_same_rows(lake: Lake, counter: Counter, tmp_path: Path) -> None:
    """Every table of a small lake, compared cell by cell as Arrow; old versions and quarantine too."""
    pytest.importorskip("pyspark", reason="Spark is not installed: pip install keepwell[spark-local]")
    bring(lake, counter.delivery(**_full(counter)))
    bring(lake, counter.delivery(orders=[order("1", gross="5"), order("3", currency="?")]))
    with Lake.open(tmp_path / "lake", engine="spark") as other:
        here, there = lake.tables(), other.tables()
        for name, table in TABLES.items():
            mine, theirs = lake.arrow(here[name]), other.arrow(there[name])
            assert theirs.schema == mine.schema
            by = itemgetter(*table.key)
            assert sorted(theirs.to_pylist(), key=by) == sorted(mine.to_pylist(), key=by)
        assert other.arrow(other.tables(1)["orders"].net.sum()) == lake.arrow(lake.tables(1)["orders"].net.sum())
        dear = [one.view(tables["orders"].filter(_.gross > 5)) for one, tables in ((lake, here), (other, there))]
        assert other.run(dear[1]).shape == lake.run(dear[0]).shape
        assert other.arrow(other.rejected()).to_pylist() == lake.arrow(lake.rejected()).to_pylist()
        assert lake.rows() == other.rows()


def test_what_is_put_aside_is_computed_once(lake: Lake, counter: Counter) -> None:
    """A table put aside, with rows of ours in its question, stays as it was when orders come later."""
    bring(lake, counter.delivery(customers=[customer("ann")], orders=[order("1", gross="5"), order("2", gross="15")]))
    ours = ibis.memtable({"order_id": ["2", "3"]})
    aside = lake.aside(lake.tables()["orders"].join(ours, "order_id").select("order_id", "gross"))
    bring(lake, counter.delivery(orders=[order("3", gross="25")]))
    assert list(lake.run(aside)["order_id"]) == ["2"]
    assert aside.schema()["gross"] == lake.tables()["orders"].schema()["gross"]


def test_python_works_on_a_table_part_by_part(lake: Lake, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is handed over once, in parts of the size that was set, nulls among them; nobody there gives no rows."""
    monkeypatch.setattr(duckdb_engine, "AT_ONCE", 2)
    lengths = [3.0, 1.0, None, 2.0, 5.0]
    orders = [order(str(place), delivered_at=NOON if length else None) for place, length in enumerate(lengths)]
    bring(lake, counter.delivery(customers=[customer("ann")], orders=orders))

    def told(rows: pd.DataFrame) -> pd.DataFrame:
        return rows[["order_id"]].assign(come=rows["delivered_at"].notna(), together=len(rows), unsaid=None)

    table, kinds = (
        lake.tables()["orders"],
        {"order_id": "string", "come": "boolean", "together": "int64", "unsaid": "string"},
    )
    found = lake.run(lake.parts(table, told, ibis.schema(kinds)).order_by("order_id"))
    assert list(found["order_id"]) == ["0", "1", "2", "3", "4"]
    assert list(found["come"]) == [length is not None for length in lengths]
    assert found["unsaid"].isna().all()
    assert sorted(found["together"]) == [1, 2, 2, 2, 2]
    assert lake.run(lake.parts(table.filter(_.order_id == "9"), told, ibis.schema(kinds))).empty


@pytest.mark.slow
@pytest.mark.spark
def test_spark_puts_aside_and_works_part_by_part(lake: Lake, counter: Counter, tmp_path: Path) -> None:
    """Orders with rows of ours put aside, then worked on in Python by Spark's workers, as DuckDB does it."""
    pytest.importorskip("pyspark", reason="Spark is not installed: pip install keepwell[spark-local]")
    bring(
        lake, counter.delivery(customers=[customer("ann")], orders=[order(str(n), gross=str(n + 5)) for n in range(9)])
    )
    ours = ibis.memtable({"order_id": ["2", "3", "10"]})
    kinds = ibis.schema({"order_id": "string", "twice": "float64"})

    def told(rows: pd.DataFrame) -> pd.DataFrame:
        return rows[["order_id"]].assign(twice=rows["gross"].astype("float64") * 2)

    with Lake.open(tmp_path / "lake", engine="spark") as other:
        for one in (lake, other):
            aside = one.aside(one.tables()["orders"].join(ours, "order_id").select("order_id", "gross"))
            found = one.run(one.parts(aside, told, kinds).order_by("order_id"))
            assert found.to_dict("list") == {"order_id": ["2", "3"], "twice": [14.0, 16.0]}


@pytest.mark.slow
@pytest.mark.spark
def test_floating_numbers_stay_so_on_spark(lake: Lake, counter: Counter, tmp_path: Path) -> None:
    """One of three in whole floating digits, asked and kept, as on DuckDB: Spark would make decimals of six digits of it."""
    pytest.importorskip("pyspark", reason="Spark is not installed: pip install keepwell[spark-local]")
    bring(lake, counter.delivery(customers=[customer("ann")], orders=[order("1", gross="5")]))
    with Lake.open(tmp_path / "lake", engine="spark") as other:
        third = ibis.ifelse(other.tables()["orders"].gross > 1, 5.0, 0.0) / 15.0
        table = other.tables()["orders"].select("order_id", third=third)
        assert other.run(table)["third"].tolist() == [1 / 3]
        other.keep("thirds", date(2026, 1, 6), "digest", table, {})
    with Lake.open(tmp_path / "lake") as again:
        assert again.run(again.result(again.kept()["thirds"]))["third"].tolist() == [1 / 3]
