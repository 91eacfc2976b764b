"""Does a lake in an object store behave like one in a folder?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lake.shop import Counter, bring, customer, order, refusals, rows

from keepwell.errors import LakeError
from keepwell.lake import Lake
from keepwell.lake.home import Bucket, Folder, home_of


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    """A lake addressed as an object store is; behind the address lies a folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "store").mkdir()
    with Lake.open(f"file://{tmp_path}/store/lake") as lake:
        yield lake


def test_an_address_is_an_object_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has a scheme is an address, anything else a folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert isinstance(home_of(f"file://{tmp_path}/lake"), Bucket)
    assert isinstance(home_of(tmp_path / "lake"), Folder)
    with pytest.raises(LakeError, match="An address looks like s3://bucket/folder"):
        home_of("nothing://here")


def test_a_far_lake_imports_corrects_and_undoes(far: Lake, counter: Counter) -> None:
    """The whole life of a batch, through addresses only."""
    bring(far, counter.delivery(customers=[customer("ann")], orders=[order("1"), order("2", net=None)]))
    second = bring(far, counter.delivery(orders=[order("1", gross="20"), order("3")]))
    assert rows(far, "orders", "order_id", "net") == [("1", 20), ("3", 10)]
    assert refusals(far) == [("orders.csv", 2, "orders", "net", None, "net must be given")]
    far.undo(second.id)
    assert rows(far, "orders", "order_id", "net") == [("1", 10)]
    assert rows(far, "orders", "order_id", "net", version=2) == [("1", 20), ("3", 10)]
    assert [batch.state for batch in far.batches()] == ["committed", "undone"]


def test_another_machine_sees_the_same(
    far: Lake, counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader with a working folder of its own finds everything in the store."""
    bring(far, counter.delivery(customers=[customer("ann")], orders=[order("1", net=None)]))
    staged = far.stage(counter.delivery(customers=[customer("bob")]))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    with Lake.open(f"file://{tmp_path}/store/lake") as other:
        assert rows(other, "customers", "customer_id") == [("ann",)]
        assert len(refusals(other)) == 1
        assert [batch.id for batch in other.batches()][-1] == staged.id
        assert other.compact() == {}


def test_a_far_lake_is_swept(far: Lake, counter: Counter, tmp_path: Path) -> None:
    """Compacted small files go when their version does, the copies near with them; nothing else."""
    for name in ("ann", "bob"):
        bring(far, counter.delivery(customers=[customer(name)]))
    assert far.compact() == {"customers": (2, 1)}
    (tmp_path / "store" / "lake" / "tables" / "customers" / "dead.parquet").write_bytes(b"x")
    assert far.sweep() == ["tables/customers/dead.parquet"]
    assert rows(far, "customers", "customer_id") == [("ann",), ("bob",)]
