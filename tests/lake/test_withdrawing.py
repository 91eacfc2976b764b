"""Does nobody become a customer by rows that were refused, and is every record still accounted for?"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.lake.shop import Counter, bring, customer, order, rows

from keepwell.lake import Delivery, Lake

WRONG = {"currency": "XYZ"}


def _met(*told: tuple[str, bool]) -> dict[str, Any]:
    """Orders of one file as (who, is it right), and the customers met in them, each in the record of their first order."""
    orders = [
        order(str(n), who, _source="o.csv", _row=n, **({} if right else WRONG))
        for n, (who, right) in enumerate(told, start=1)
    ]
    first = {who: n for n, (who, _) in reversed(list(enumerate(told, start=1)))}
    return {"customers": [customer(who, _source="o.csv", _row=n) for who, n in first.items()], "orders": orders}


def _known(lake: Lake) -> list[str]:
    return [name for (name,) in rows(lake, "customers", "customer_id")]


def test_who_is_known_from_refused_orders_alone_is_nobody_yet(lake: Lake, counter: Counter) -> None:
    """Ann has a right order, Bob a wrong and a right one, Cyd only wrong ones: Cyd waits until they are corrected."""
    told = (("ann", True), ("bob", False), ("bob", True), ("cyd", False), ("cyd", False))
    batch = bring(lake, counter.delivery(**_met(*told)))
    assert _known(lake) == ["ann", "bob"]
    assert (batch.read, batch.accepted, batch.quarantined, batch.duplicates) == (5, 2, 3, 0)
    assert (batch.tables["customers"].new, batch.tables["orders"].new, batch.tables["orders"].quarantined) == (2, 2, 3)
    right = bring(lake, counter.delivery(**_met(*((who, True) for who, _ in told))))
    assert _known(lake) == ["ann", "bob", "cyd"]
    assert (right.read, right.accepted, right.quarantined, right.duplicates) == (5, 3, 0, 2)


def test_who_stands_in_a_file_of_customers_stays(lake: Lake, counter: Counter) -> None:
    """Cyd's orders are all refused, but a file of customers names her."""
    told = _met(("ann", True), ("cyd", False))
    told["customers"].append(customer("cyd", _source="people.csv", _row=1, name="Cyd"))
    batch = bring(lake, counter.delivery(**told))
    assert rows(lake, "customers", "customer_id", "name") == [("ann", None), ("cyd", "Cyd")]
    assert (batch.read, batch.accepted, batch.quarantined) == (3, 2, 1)


def test_who_is_known_already_stays_as_known(lake: Lake, counter: Counter) -> None:
    """A refused row neither takes Cyd away nor tells anything new of her."""
    bring(lake, counter.delivery(customers=[customer("cyd", name="Cyd")]))
    told = _met(("cyd", False))
    told["customers"] = [row | {"name": "Somebody else"} for row in told["customers"]]
    batch = bring(lake, counter.delivery(**told))
    assert rows(lake, "customers", "customer_id", "name") == [("cyd", "Cyd")]
    assert (batch.read, batch.accepted, batch.quarantined, batch.duplicates) == (1, 0, 1, 0)


def test_rows_refused_before_they_came_make_nobody(lake: Lake, counter: Counter, tmp_path: Path) -> None:
    """A row the door refused, which still told of a customer by the way."""
    told = counter.delivery(
        customers=[customer("cyd", _source="s.csv", _row=1), customer("ann", _source="s.csv", _row=2)]
    )
    refused = tmp_path / "refused.parquet"
    kinds = [("_source", pa.string()), ("_row", pa.int64()), *((name, pa.string()) for name in ("table", "column", "value", "law", "remedy"))]  # fmt: skip
    pq.write_table(pa.Table.from_pylist([{"_source": "s.csv", "_row": 1, "law": "ends"}], pa.schema(kinds)), refused)
    batch = bring(lake, Delivery({"s.csv": 2}, "d", told.tables, (refused,)))
    assert _known(lake) == ["ann"]
    assert (batch.read, batch.accepted, batch.quarantined) == (2, 1, 1)


def test_a_customer_by_another_table_stays(lake: Lake, counter: Counter) -> None:
    """Cyd's order is refused, her subscription is not."""
    told = _met(("cyd", False))
    told["subscriptions"] = [
        {
            "subscription_id": "s1", "customer_id": "cyd", "starts_on": date(2026, 1, 1), "state": "paid",
            "mrr": Decimal(9), "currency": "EUR", "_source": "subs.csv", "_row": 1,
        }
    ]  # fmt: skip
    bring(lake, counter.delivery(**told))
    assert _known(lake) == ["cyd"]


def test_the_account_of_who_stays_is_kept(lake: Lake, counter: Counter) -> None:
    """A firm nobody orders for in its own name is the account of Ann, whose order is right."""
    told = _met(("ann", True), ("cyd", False))
    told["customers"] = [row | {"account_id": "firm"} for row in told["customers"] if row["customer_id"] == "ann"]
    told["customers"].append(customer("firm", kind="account", _source="o.csv", _row=1))
    bring(lake, counter.delivery(**told))
    assert _known(lake) == ["ann", "firm"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(st.tuples(st.sampled_from(["ann", "bob", "cyd"]), st.booleans()), min_size=1, max_size=8))
def test_every_record_is_accounted_for(tmp_path: Path, told: Sequence[tuple[str, bool]]) -> None:
    """Whatever is refused: read = accepted + quarantined + known, and exactly those with a right order are customers."""
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    folder.mkdir()
    with Lake.open(folder / "lake") as lake:
        batch = bring(lake, Counter(folder).delivery(**_met(*told)))
        assert batch.read == len(told) == batch.accepted + batch.quarantined + batch.duplicates
        assert batch.quarantined == sum(not right for _, right in told)
        assert _known(lake) == sorted({who for who, right in told if right})
