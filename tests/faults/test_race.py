"""What if two import at once?"""

import signal
from pathlib import Path

import pytest
from tests.faults.conftest import Start
from tests.faults.orders import deliver
from tests.faults.test_kill import held

from keepwell.errors import LakeBusyError
from keepwell.lake import Lake
from keepwell.lake.lock import only_writer


@pytest.mark.faults
def test_a_second_writer_is_refused_and_told_who(tmp_path: Path) -> None:
    """While one holds the lake, every writing verb of another is refused with pid and time; reading goes on."""
    delivery, _ = deliver(tmp_path, 1000)
    with Lake.open(tmp_path / "lake") as lake:
        batch = lake.stage(delivery)
        with only_writer(tmp_path / "lake" / "lock", "importing"):
            for deed in (
                lambda: lake.stage(delivery),
                lambda: lake.commit(batch.id),
                lambda: lake.discard(batch.id),
                lambda: lake.undo(batch.id),
                lake.compact,
                lake.sweep,
            ):
                with pytest.raises(LakeBusyError, match=r"written by process \d+ \(importing\) since 20"):
                    deed()
            assert held(lake) is None
        assert lake.commit(batch.id).state == "committed"


@pytest.mark.slow
@pytest.mark.faults
def test_two_processes_import_at_once(tmp_path: Path, start: Start) -> None:
    """One gets through whole, the other is refused or comes after; together they leave exactly the truth."""
    delivery, truth = deliver(tmp_path, 200_000)
    with start(tmp_path / "lake", delivery) as one, start(tmp_path / "lake", delivery) as two:
        told = [process.communicate()[0] for process in (one, two)]
    assert sorted((one.returncode, two.returncode)) in ([0, 0], [0, 3])
    assert all("LakeBusyError" in said for process, said in zip((one, two), told, strict=True) if process.returncode)
    with Lake.open(tmp_path / "lake") as lake:
        assert held(lake) == truth


@pytest.mark.slow
@pytest.mark.faults
def test_a_dead_writer_locks_nobody_out(tmp_path: Path, start: Start) -> None:
    """The lock of a killed process is gone with it."""
    delivery, truth = deliver(tmp_path, 50_000)
    with start(tmp_path / "lake", delivery) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with Lake.open(tmp_path / "lake") as lake:
        lake.commit(lake.stage(delivery).id)
        assert held(lake) == truth
