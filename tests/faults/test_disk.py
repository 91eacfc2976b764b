"""What if the disk is full, or a file on it is not what was written?"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.orders import deliver
from tests.faults.test_kill import held

from keepwell.errors import LakeError
from keepwell.lake import Lake


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", place], check=False).returncode
    ):
        pytest.skip("only root can mount a small disk")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("left", [0, 100_000, 2_000_000, 6_000_000])
def test_a_full_disk_changes_nothing(tmp_path: Path, small_disk: Path, left: int) -> None:
    """With so many bytes left an import says the disk is full; the lake is as it was, and works when there is room."""
    first, before = deliver(tmp_path / "small", 1000)
    second, after = deliver(tmp_path / "large", 300_000)
    with Lake.open(small_disk / "lake") as lake:
        lake.commit(lake.stage(first).id)
        room = os.statvfs(small_disk)
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"x" * max(0, room.f_bavail * room.f_frsize - left))
        with pytest.raises(LakeError, match="The disk is full"):
            lake.commit(lake.stage(second).id)
        assert held(lake) == before
        ballast.unlink()
        lake.commit(lake.stage(second).id)
        assert held(lake) == after


@pytest.mark.slow
@pytest.mark.faults
def test_a_disk_that_fills_at_the_commit_changes_nothing(tmp_path: Path, small_disk: Path) -> None:
    """A staged batch waits until there is room for its log."""
    first, truth = deliver(tmp_path / "small", 1000)
    with Lake.open(small_disk / "lake") as lake:
        staged = lake.stage(first)
        room = os.statvfs(small_disk)
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"x" * room.f_bavail * room.f_frsize)
        with pytest.raises(LakeError, match="The disk is full"):
            lake.commit(staged.id)
        assert held(lake) is None
        ballast.unlink()
        assert lake.commit(staged.id).state == "committed"
        assert held(lake) == truth


def _data_file(lake: Path, name: str) -> Path:
    (found,) = (lake / "tables" / name).glob("*.parquet")
    return found


@pytest.mark.faults
@pytest.mark.parametrize("harm", ["shorter", "gone", "empty", "other end"])
def test_a_damaged_file_is_named(tmp_path: Path, harm: str) -> None:
    """A data file that was cut, lost or overwritten is named before a single row of it is told."""
    delivery, _ = deliver(tmp_path, 1000)
    with Lake.open(tmp_path / "lake") as lake:
        lake.commit(lake.stage(delivery).id)
        lake.tables()
        file = _data_file(tmp_path / "lake", "orders")
        content = file.read_bytes()
        harmed = {"shorter": content[:-100], "empty": b"", "other end": content[:-4] + b"XXXX"}
        file.unlink()
        if harm in harmed:
            file.write_bytes(harmed[harm])
        with pytest.raises(LakeError) as told:
            lake.tables()
        assert str(file) in told.value.came
        with pytest.raises(LakeError, match="orders"):
            lake.stage(deliver(tmp_path / "more", 2000)[0])
        file.write_bytes(content)
        assert len(lake.run(lake.tables()["orders"])) == 1000


@pytest.mark.faults
def test_a_file_damaged_after_it_was_looked_at_is_named(tmp_path: Path) -> None:
    """The engine stumbles over the bytes; the error names the file, not the engine's insides."""
    delivery, _ = deliver(tmp_path, 1000)
    with Lake.open(tmp_path / "lake") as lake:
        lake.commit(lake.stage(delivery).id)
        orders = lake.tables()["orders"]
        file = _data_file(tmp_path / "lake", "orders")
        size = file.stat().st_size
        file.write_bytes(b"PAR1" + b"\x00" * (size - 8) + b"PAR1")
        with pytest.raises(LakeError) as told:
            lake.run(orders)
        assert str(file) in str(told.value)


@pytest.mark.faults
@pytest.mark.parametrize(
    "path", ["snapshot.json", "snapshots/00000001.json", "tables/orders/_delta_log/00000000000000000001.json"]
)
def test_a_damaged_note_is_named(tmp_path: Path, path: str) -> None:
    """The lake's own small files are checked too."""
    delivery, _ = deliver(tmp_path, 1000)
    with Lake.open(tmp_path / "lake") as lake:
        lake.commit(lake.stage(delivery).id)
        (tmp_path / "lake" / path).write_bytes(b"{\x00")
        with pytest.raises(LakeError) as told:
            lake.tables(1)
        assert path.split("/_delta_log")[0] in str(told.value)
