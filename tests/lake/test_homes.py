"""Does a lake in an object store behave like one in a folder?"""

import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import fs
from tests.lake.shop import Counter, bring, customer, order, refusals, rows

from keepwell.errors import LakeError
from keepwell.lake import Lake
from keepwell.lake.home import Bucket, Folder, home_of


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """A server on this machine that speaks the protocol of S3."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        told = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in server.stderr)
        address = next(found[0] for found in told if found)
        drain = threading.Thread(target=server.stderr.read)  # a full pipe would stop the server
        drain.start()
        yield address
        server.terminate()
        drain.join()


@pytest.fixture(params=["file", pytest.param("s3", marks=pytest.mark.slow)])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where a lake may lie that is not a folder: behind an address of this disk's, or in an object store."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    if request.param == "file":
        (tmp_path / "store").mkdir()
        return f"file://{tmp_path}/store/lake"
    known = {
        "AWS_ACCESS_KEY_ID": "shop",
        "AWS_SECRET_ACCESS_KEY": "shop",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": request.getfixturevalue("store"),
        "AWS_ALLOW_HTTP": "true",
    }
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    bucket = f"shop-{uuid.uuid4().hex}"
    fs.S3FileSystem(endpoint_override=known["AWS_ENDPOINT_URL"], allow_bucket_creation=True).create_dir(bucket)
    return f"s3://{bucket}/lake"


@pytest.fixture
def far(address: str) -> Iterator[Lake]:
    """A lake at such an address."""
    with Lake.open(address) as lake:
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
    far: Lake, address: str, counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader with a working folder of its own finds everything in the store."""
    bring(far, counter.delivery(customers=[customer("ann")], orders=[order("1", net=None)]))
    staged = far.stage(counter.delivery(customers=[customer("bob")]))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    with Lake.open(address) as other:
        assert rows(other, "customers", "customer_id") == [("ann",)]
        assert len(refusals(other)) == 1
        assert [batch.id for batch in other.batches()][-1] == staged.id
        assert other.compact() == {}


def test_a_far_lake_is_swept(far: Lake, address: str, counter: Counter) -> None:
    """Compacted small files go when their version does, the copies near with them; nothing else."""
    for name in ("ann", "bob"):
        bring(far, counter.delivery(customers=[customer(name)]))
    assert far.compact() == {"customers": (2, 1)}
    home_of(address).replace("tables/customers/dead.parquet", b"x")
    assert far.sweep() == ["tables/customers/dead.parquet"]
    assert rows(far, "customers", "customer_id") == [("ann",), ("bob",)]
