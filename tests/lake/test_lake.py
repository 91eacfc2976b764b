"""Does a lake take batches in whole, show whole versions, and forget what is taken back?"""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.lake.shop import NOON, Counter, bring, customer, order, refusals, rows

from keepwell.errors import LakeError
from keepwell.lake import Count, Lake
from keepwell.schema import TABLES


def test_an_empty_lake_has_every_table(lake: Lake) -> None:
    """Every canonical table is there, exactly typed and empty."""
    tables = lake.tables()
    assert {name: table.schema() for name, table in tables.items()} == {name: t.schema for name, t in TABLES.items()}
    assert {len(lake.run(table)) for table in tables.values()} == {0}
    assert lake.rows() == dict.fromkeys(TABLES, 0)
    assert (lake.batches(), lake.versions()) == ([], [])
    assert refusals(lake) == []


def test_nothing_is_seen_before_the_commit(lake: Lake, counter: Counter) -> None:
    """A staged batch is counted but invisible; committed it is there to the last cell, in UTC and exact."""
    staged = lake.stage(counter.delivery(customers=[customer("ann")], orders=[order("1", gross="10.1234")]))
    assert (staged.state, staged.read, staged.accepted, rows(lake, "orders", "order_id")) == ("staged", 2, 2, [])
    assert staged.tables == {"customers": Count(new=1), "orders": Count(new=1)}
    done = lake.commit(staged.id)
    assert (done.state, lake.rows()["orders"]) == ("committed", 1)
    assert rows(lake, "orders", "order_id", "ordered_at", "net") == [("1", NOON, Decimal("10.1234"))]
    assert [batch.state for batch in lake.batches()] == ["committed"]


def test_columns_are_exactly_the_canonical_ones(lake: Lake, counter: Counter) -> None:
    """What the lake notes beside the rows stays hidden."""
    bring(lake, counter.delivery(customers=[customer("ann")]))
    assert lake.tables()["customers"].schema() == TABLES["customers"].schema


def test_the_same_rows_twice_change_nothing(lake: Lake, counter: Counter) -> None:
    """Rows delivered again under another digest are unchanged, each a duplicate."""
    told = {"customers": [customer("ann")], "orders": [order("1"), order("2")]}
    bring(lake, counter.delivery(**told))
    again = bring(lake, counter.delivery(**told))
    assert (again.read, again.accepted, again.duplicates) == (3, 0, 3)
    assert again.tables == {"customers": Count(unchanged=1), "orders": Count(unchanged=2)}
    assert lake.rows()["orders"] == 2


def test_the_same_delivery_twice_is_known_by_its_digest(lake: Lake, counter: Counter) -> None:
    """It is all duplicates, says so, and can be committed."""
    delivery = counter.delivery(customers=[customer("ann")], orders=[order("1")])
    first = bring(lake, delivery)
    again = bring(lake, delivery)
    assert (again.read, again.accepted, again.duplicates, again.state) == (2, 0, 2, "committed")
    assert again.notes == (f"All of it was imported before, as batch {first.id}.",)
    assert again.tables["orders"] == Count(unchanged=1)


def test_a_delivery_refused_in_part_gets_another_hearing(lake: Lake, counter: Counter) -> None:
    """Orders without their customer come in when the customer has come meanwhile."""
    orders = counter.delivery(orders=[order("1")])
    assert bring(lake, orders).quarantined == 1
    bring(lake, counter.delivery(customers=[customer("ann")]))
    assert (bring(lake, orders).accepted, rows(lake, "orders", "order_id")) == (1, [("1",)])


def test_staging_again_gives_the_staged_batch_back(lake: Lake, counter: Counter) -> None:
    """The same digest staged twice is one batch, also after reopening."""
    delivery = counter.delivery(customers=[customer("ann")])
    first = lake.stage(delivery)
    assert lake.stage(delivery) == first
    assert [batch.id for batch in lake.batches()] == [first.id]


def test_a_corrected_row_replaces_the_old_one(lake: Lake, counter: Counter) -> None:
    """Only the changed order is corrected; its neighbours in the same file stay."""
    bring(lake, counter.delivery(customers=[customer("ann")], orders=[order("1"), order("2"), order("3")]))
    second = bring(lake, counter.delivery(orders=[order("2", gross="20"), order("3"), order("4")]))
    assert second.tables["orders"] == Count(new=1, corrected=1, unchanged=1)
    assert (second.accepted, second.duplicates) == (2, 1)
    assert rows(lake, "orders", "order_id", "net") == [("1", 10), ("2", 20), ("3", 10), ("4", 10)]


def test_a_batch_staged_before_another_is_compared_anew(lake: Lake, counter: Counter) -> None:
    """What was new when staged is a correction when another batch brought it first."""
    early = lake.stage(counter.delivery(customers=[customer("ann")], orders=[order("1", gross="10")]))
    bring(lake, counter.delivery(customers=[customer("ann")], orders=[order("1", gross="99")]))
    done = lake.commit(early.id)
    assert done.tables == {"customers": Count(unchanged=1), "orders": Count(corrected=1)}
    assert rows(lake, "orders", "order_id", "net") == [("1", 10)]


def test_older_versions_can_be_read(lake: Lake, counter: Counter) -> None:
    """Each import makes a version; all tables of one version belong together."""
    bring(lake, counter.delivery(customers=[customer("ann")]))
    bring(lake, counter.delivery(customers=[customer("bob")], orders=[order("1")]))
    told = [(snapshot.number, snapshot.deed) for snapshot in lake.versions()]
    assert told == [(1, "import"), (2, "import")]
    assert rows(lake, "customers", "customer_id", version=1) == [("ann",)]
    assert rows(lake, "orders", "order_id", version=1) == []
    assert rows(lake, "orders", "order_id", version=2) == [("1",)]
    with pytest.raises(LakeError, match="The lake has no version 3"):
        lake.tables(3)


def test_undo_takes_back_only_what_the_batch_wrote(lake: Lake, counter: Counter) -> None:
    """Inserted rows vanish, corrected ones get their former values, later words stay."""
    bring(lake, counter.delivery(customers=[customer("ann")], orders=[order("1"), order("2"), order("3")]))
    wrong = bring(
        lake, counter.delivery(orders=[order("1", gross="11"), order("2", gross="12"), order("4"), order("5")])
    )
    bring(lake, counter.delivery(orders=[order("2", gross="22"), order("5", gross="55")]))
    undone = lake.undo(wrong.id)
    assert undone.state == "undone"
    assert rows(lake, "orders", "order_id", "net") == [("1", 10), ("2", 22), ("3", 10), ("5", 55)]
    assert [snapshot.deed for snapshot in lake.versions()] == ["import", "import", "import", "undo"]
    assert rows(lake, "orders", "order_id", "net", version=2)[:2] == [("1", 11), ("2", 12)]


def test_undoing_all_leaves_nothing(lake: Lake, counter: Counter) -> None:
    """Undone in any order, no word of an undone batch comes back."""
    first = bring(lake, counter.delivery(customers=[customer("ann")], orders=[order("1", gross="1")]))
    second = bring(lake, counter.delivery(orders=[order("1", gross="2")]))
    third = bring(lake, counter.delivery(orders=[order("1", gross="3")]))
    lake.undo(second.id)
    assert rows(lake, "orders", "net") == [(3,)]
    lake.undo(third.id)
    assert rows(lake, "orders", "net") == [(1,)]
    lake.undo(first.id)
    assert (rows(lake, "orders", "net"), rows(lake, "customers", "customer_id")) == ([], [])


def test_an_undone_delivery_can_come_again(lake: Lake, counter: Counter) -> None:
    """After undo the same digest is new once more; undoing twice changes nothing."""
    delivery = counter.delivery(customers=[customer("ann")])
    first = bring(lake, delivery)
    assert lake.undo(first.id) == lake.undo(first.id)
    assert (bring(lake, delivery).accepted, rows(lake, "customers", "customer_id")) == (1, [("ann",)])


def test_discard_forgets_a_staged_batch(lake: Lake, counter: Counter) -> None:
    """A staged batch can go, a committed one cannot, and an unknown one is named."""
    staged = lake.stage(counter.delivery(customers=[customer("ann")]))
    lake.discard(staged.id)
    assert lake.batches() == []
    with pytest.raises(LakeError, match=f"The lake has no batch '{staged.id}'"):
        lake.commit(staged.id)
    done = bring(lake, counter.delivery(customers=[customer("ann")]))
    with pytest.raises(LakeError, match=f"Batch {done.id} is committed, not staged"):
        lake.discard(done.id)


def test_a_staged_batch_cannot_be_undone(lake: Lake, counter: Counter) -> None:
    """It is to be discarded."""
    staged = lake.stage(counter.delivery(customers=[customer("ann")]))
    with pytest.raises(LakeError, match="Discard it instead"):
        lake.undo(staged.id)


def test_commit_twice_is_commit_once(lake: Lake, counter: Counter) -> None:
    """The second commit of a batch gives it back and makes no version."""
    batch = bring(lake, counter.delivery(customers=[customer("ann")]))
    assert lake.commit(batch.id) == batch
    assert len(lake.versions()) == 1


def test_compacting_changes_no_answer(lake: Lake, counter: Counter) -> None:
    """Three small files become one; rows, older versions and undo stay as they were."""
    batches = [bring(lake, counter.delivery(customers=[customer(name)])) for name in ("ann", "bob", "cid")]
    assert lake.compact() == {"customers": (3, 1)}
    assert rows(lake, "customers", "customer_id") == [("ann",), ("bob",), ("cid",)]
    assert rows(lake, "customers", "customer_id", version=2) == [("ann",), ("bob",)]
    assert lake.compact() == {}
    lake.undo(batches[1].id)
    assert rows(lake, "customers", "customer_id") == [("ann",), ("cid",)]


def test_batches_are_told_by_day_and_number(lake: Lake, counter: Counter) -> None:
    """Ids sort in the order of import and begin with the day."""
    ids = [bring(lake, counter.delivery(customers=[customer(name)])).id for name in ("ann", "bob")]
    assert ids == sorted(ids)
    assert [batch_id[-5:] for batch_id in ids] == ["-0001", "-0002"]
    assert datetime.strptime(ids[0][:8], "%Y%m%d").replace(tzinfo=UTC) <= datetime.now(UTC)


def test_a_lake_can_be_moved(tmp_path: Path, counter: Counter) -> None:
    """Nothing in a lake knows where it lies, staged batches included."""
    with Lake.open(tmp_path / "here") as lake:
        bring(lake, counter.delivery(customers=[customer("ann")]))
        staged = lake.stage(counter.delivery(customers=[customer("bob")]))
    (tmp_path / "here").rename(tmp_path / "there")
    with Lake.open(tmp_path / "there") as lake:
        lake.commit(staged.id)
        assert rows(lake, "customers", "customer_id") == [("ann",), ("bob",)]


def test_a_file_is_no_place_for_a_lake(tmp_path: Path) -> None:
    """The error names the place and what to change."""
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(LakeError, match="cannot hold a lake"):
        Lake.open(tmp_path / "file")
