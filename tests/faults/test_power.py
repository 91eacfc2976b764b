"""What if the power fails right after an import said it was done? Everything it named was forced to the disk first."""

import re
import shutil
from pathlib import Path

import pytest
from tests.faults.conftest import Start
from tests.faults.orders import deliver

from keepwell.lake import Lake, delta, snapshots

CALL = re.compile(r"(fsync|fdatasync|rename|renameat|renameat2|link|linkat)\((.*)\)\s+= 0$")


def _calls(trace: Path) -> list[tuple[str, list[str]]]:
    """System calls that went well, in order: name, and the paths they spoke of."""
    found = []
    for line in trace.read_text("utf-8").splitlines():
        if match := CALL.search(line):
            found.append((match[1], re.findall(r'[<"](/[^>"]+)[>"]', match[2])))
    return found


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_everything_is_on_the_disk_before_it_is_shown(tmp_path: Path, start: Start) -> None:
    """
    Watching the system calls of an import that corrects and adds.

    Before the snapshot's rename, every data file and log entry of the new version and every folder they stand in is
    fsynced after it got its name; then the snapshot itself and its folder are.
    """
    first, _ = deliver(tmp_path / "first", 1000)
    second, _ = deliver(tmp_path / "second", 2000)
    lake, trace = tmp_path / "lake", tmp_path / "trace"
    with Lake.open(lake) as opened:
        opened.commit(opened.stage(first).id)
        was = snapshots.current(opened._home)
    watch = ("strace", "-f", "-y", "-o", str(trace), "-e", "trace=fsync,fdatasync,/^rename,/^link")
    with start(lake, second, watch) as process:
        assert process.wait() == 0
    calls = _calls(trace)
    shown = next(
        n for n, (call, paths) in enumerate(calls) if "rename" in call and paths[-1] == str(lake / "snapshot.json")
    )
    settled = {path: n for n, (call, paths) in enumerate(calls[:shown]) if "sync" in call for path in paths}
    named = {paths[-1]: n for n, (call, paths) in enumerate(calls[:shown]) if "sync" not in call and paths}
    with Lake.open(lake) as opened:
        now = snapshots.current(opened._home)
        needed = []
        for name, version in now.tables.items():
            table = lake / "tables" / name
            before = delta.files(opened._home, name, was.tables[name])
            needed += [table / file for file in delta.files(opened._home, name, version) if file not in before]
            needed += [table / "_delta_log" / f"{n:020d}.json" for n in range(was.tables[name] + 1, version + 1)]
    assert len(needed) >= 4
    for path in map(str, needed):
        assert named.get(path, -1) < settled[path]
        assert named.get(path, -1) < settled[str(Path(path).parent)]
    after = [paths for call, paths in calls[shown:] if "sync" in call]
    assert [str(lake)] in after
    beside = calls[shown][1][0]
    assert beside in settled


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_staged_batch_is_on_the_disk(tmp_path: Path, start: Start) -> None:
    """Everything laid ready is fsynced before the record that says it is staged gets its name."""
    delivery, _ = deliver(tmp_path / "first", 1000)
    lake, trace = tmp_path / "lake", tmp_path / "trace"
    watch = ("strace", "-f", "-y", "-o", str(trace), "-e", "trace=fsync,/^rename")
    with start(lake, delivery, watch) as process:
        assert process.wait() == 0
    calls = _calls(trace)
    staged = next(n for n, (call, paths) in enumerate(calls) if "rename" in call and paths[-1].endswith("/batch.json"))
    settled = {Path(path) for call, paths in calls[:staged] if "sync" in call for path in paths}
    batch = Path(calls[staged][1][-1]).parent
    assert {path.name for path in settled if path.parent == batch / "delivered"} == {
        "customers-0.parquet",
        "orders-0.parquet",
    }
    laid = [path for path in settled if path.parent.parent == batch and path.name.split("-")[0] == path.parent.name]
    assert sorted(path.name.split("-")[1] for path in laid) == ["customers", "orders"]
    assert {batch / "delivered", laid[0].parent, batch, batch.parent} <= settled
