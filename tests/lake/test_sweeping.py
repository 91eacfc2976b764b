"""Is what killed writers leave behind taken away, and nothing that is needed?"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.lake.shop import Counter, bring, customer, order, rows

from keepwell.errors import LakeError
from keepwell.lake import Lake, batches, delta, snapshots
from keepwell.lake.sweeping import sweep


def _everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_well_kept_lake_loses_nothing(lake: Lake, counter: Counter, tmp_path: Path) -> None:
    """After imports, undo and a staged batch there is nothing to sweep."""
    first = bring(lake, counter.delivery(customers=[customer("ann")], orders=[order("1")]))
    bring(lake, counter.delivery(orders=[order("1", gross="2")]))
    lake.undo(first.id)
    lake.compact()
    staged = lake.stage(counter.delivery(customers=[customer("bob")]))
    before = _everything(tmp_path / "lake")
    assert lake.sweep() == []
    assert _everything(tmp_path / "lake") == before
    lake.commit(staged.id)
    assert rows(lake, "orders", "net", version=1) == [(10,)]


def test_leftovers_go(lake: Lake, counter: Counter, tmp_path: Path) -> None:
    """Temporary files, orphan data files, half-made imports and deeds are swept; answers stay."""
    bring(lake, counter.delivery(customers=[customer("ann")]))
    left = [
        "tables/customers/dead-customers-0.parquet",
        "tables/customers/part.parquet#1",
        "tables/customers/_delta_log/00000000000000000002.json#1",
        "snapshots/.00000002.json.abc.new",
        ".snapshot.json.abc.new",
    ]
    folders = ["batches/20260101-0001/delivered", "deeds/abc"]
    for path in left:
        (tmp_path / "lake" / path).write_bytes(b"x")
    for path in folders:
        (tmp_path / "lake" / path).mkdir(parents=True)
    gone = lake.sweep()
    assert sorted(gone) == sorted([*left, "batches/20260101-0001", "deeds/abc"])
    assert not any((tmp_path / "lake" / path).exists() for path in [*left, *folders])
    assert rows(lake, "customers", "customer_id") == [("ann",)]


def test_a_half_committed_batch_keeps_its_files(lake: Lake, counter: Counter) -> None:
    """Sweeping between a kill and the second try does not take away what the first try stored."""
    staged = lake.stage(counter.delivery(customers=[customer("ann")]))
    home = lake._home
    record = batches.load(home, snapshots.Snapshot(), staged.id)
    delta.advance(home, "customers", 0, record.changes["customers"], record.token)
    lake.sweep()
    assert rows(lake, "customers", "customer_id") == []
    lake.commit(staged.id)
    assert rows(lake, "customers", "customer_id") == [("ann",)]
    assert delta.newest(home, "customers") == 1


def test_what_a_dead_writer_left_ahead_is_taken_back(lake: Lake, counter: Counter) -> None:
    """Files of a batch that died half committed never come in with another batch."""
    home = lake._home
    dead = lake.stage(counter.delivery(customers=[customer("dead")]))
    record = batches.load(home, snapshots.Snapshot(), dead.id)
    delta.advance(home, "customers", 0, record.changes["customers"], record.token)
    bring(lake, counter.delivery(customers=[customer("ann")]))
    assert rows(lake, "customers", "customer_id") == [("ann",)]
    lake.discard(dead.id)
    assert [path for path in lake.sweep() if path.endswith(".parquet")] == [
        f"tables/customers/{file.name}" for file in record.changes["customers"].add
    ]


def test_old_versions_are_kept_for_thirty_days(lake: Lake, counter: Counter) -> None:
    """Thirty-one days on, the first version and its files are gone, the newest stays, and undo says why it cannot."""
    bring(lake, counter.delivery(customers=[customer("ann")], orders=[order("1")]))
    second = bring(lake, counter.delivery(orders=[order("1", gross="2")]))
    bring(lake, counter.delivery(customers=[customer("bob")]))
    assert sweep(lake._home, datetime.now(UTC) + timedelta(days=29)) == []
    gone = sweep(lake._home, datetime.now(UTC) + timedelta(days=31))
    assert [path.split("/")[1] for path in gone if path.endswith(".parquet")] == ["orders"]
    assert [snapshot.number for snapshot in lake.versions()] == [3]
    assert rows(lake, "orders", "net") == [(2,)]
    with pytest.raises(LakeError, match="no version 1"):
        lake.tables(1)
    with pytest.raises(LakeError, match="A batch can be undone for 30 days"):
        lake.undo(second.id)


def test_a_reader_of_an_older_version_goes_on_reading(lake: Lake, counter: Counter) -> None:
    """Tables handed out before imports, compaction and sweeping still answer as of then."""
    bring(lake, counter.delivery(customers=[customer("ann")]))
    then = lake.tables()["customers"]
    bring(lake, counter.delivery(customers=[customer("bob")]))
    bring(lake, counter.delivery(customers=[customer("ann", country="FI")]))
    lake.compact()
    lake.sweep()
    assert lake.run(then)["customer_id"].tolist() == ["ann"]


def test_committing_leaves_only_the_record(lake: Lake, counter: Counter, tmp_path: Path) -> None:
    """Of a committed batch its record and its quarantine stay, nothing else."""
    batch = bring(lake, counter.delivery(customers=[customer("ann", kind="dog")]))
    kept = sorted(path.name.split("-")[0] for path in (tmp_path / "lake" / "batches" / batch.id).iterdir())
    assert kept == ["batch.json", "rejected"]
    assert list((tmp_path / "lake" / "tables").iterdir()) == []
