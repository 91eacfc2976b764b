"""Does one wrong value cost a customer their history? And is a look as strict as an import?"""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
from tests.lake.shop import Counter, bring, customer, order, refusals, rows

from keepwell.lake import Lake
from keepwell.schema.table import SPARED

LATER = datetime(2091, 5, 12, tzinfo=UTC)


def test_a_wrong_day_of_a_customer_is_left_empty_and_told(lake: Lake, counter: Counter) -> None:
    """The customer and the orders that refer to them come in; the record is accepted, and counts as one that lacks a value."""
    told = counter.delivery(
        customers=[customer("ann", name="Ann", acquired_at=LATER), customer("bob", name="Bob", acquired_at=None)],
        orders=[order("o1")],
    )
    batch = bring(lake, told)
    assert (batch.read, batch.accepted, batch.quarantined, batch.duplicates, batch.spared) == (3, 3, 0, 0, 1)
    assert batch.tables["customers"].quarantined == 0
    assert rows(lake, "customers", "customer_id", "name", "acquired_at") == [("ann", "Ann", None), ("bob", "Bob", None)]
    assert rows(lake, "orders", "order_id", "customer_id") == [("o1", "ann")]
    assert refusals(lake) == [
        ("customers.csv", 1, "customers", "acquired_at", "2091-05-12 00:00:00+00", "acquired_at is not in the future")
    ]
    assert lake.arrow(lake.rejected()).to_pylist()[0]["remedy"].endswith(SPARED)


def test_a_wrong_day_does_not_wipe_out_the_one_that_is_known(lake: Lake, counter: Counter) -> None:
    """Where a value is left empty, what the lake knows stays."""
    known = datetime(2025, 4, 3, tzinfo=UTC)
    bring(lake, counter.delivery(customers=[customer("ann", acquired_at=known)]))
    bring(lake, counter.delivery(customers=[customer("ann", acquired_at=LATER)]))
    assert rows(lake, "customers", "customer_id", "acquired_at") == [("ann", known)]


def test_what_a_customer_needs_is_still_refused(lake: Lake, counter: Counter) -> None:
    """A row without its key stays out, and so does an order with a day that cannot be."""
    batch = bring(
        lake,
        counter.delivery(
            customers=[customer("ann"), customer("", acquired_at=LATER) | {"customer_id": None}],
            orders=[order("o1", ordered_at=LATER)],
        ),
    )
    assert (batch.accepted, batch.quarantined) == (1, 2)
    assert rows(lake, "orders", "order_id") == []


def test_a_look_finds_what_staging_finds_and_keeps_nothing(lake: Lake, counter: Counter, tmp_path: Path) -> None:
    """The same counts and the same refusals, beside what the lake knows already; no batch is left behind."""
    bring(lake, counter.delivery(customers=[customer("ann")]))
    delivery = counter.delivery(
        customers=[customer("bob")], orders=[order("o1"), order("o2", "nobody"), order("o3", "bob", net=None)]
    )
    into = tmp_path / "look"
    into.mkdir()
    before = lake.batches()
    seen = lake.foretell(delivery, into)
    assert lake.batches() == before
    told = sorted(
        (r["source"], r["row"], r["table"], r["column"], r["value"], r["law"])
        for r in pq.read_table(into / "rejected.parquet").to_pylist()
    )
    staged = lake.stage(delivery)
    assert told == refusals(lake, staged.id)
    assert (seen.read, seen.accepted, seen.quarantined, seen.duplicates) == (
        staged.read,
        staged.accepted,
        staged.quarantined,
        staged.duplicates,
    )
    assert seen.tables == staged.tables


def test_two_names_for_one_customer_are_told(lake: Lake, counter: Counter) -> None:
    """The last row counts, as ever, but nobody's name goes in silence."""
    twice = counter.delivery(
        customers=[customer("ann", name="Ann"), customer("ann", name="Olga"), customer("bob", name="Bob")]
    )
    batch = bring(lake, twice)
    assert "1 customer stands in several rows under different names; the last row counts: ann." in batch.notes
    assert rows(lake, "customers", "customer_id", "name") == [("ann", "Olga"), ("bob", "Bob")]
