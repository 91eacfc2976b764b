"""What if the process is killed, at any moment? Nothing is lost, nothing doubled, no reader sees half."""

import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.faults.conftest import Start, spelled
from tests.faults.forks import FORKS
from tests.faults.orders import Truth, deliver
from tests.faults.writer import said

from keepwell.lake import Lake

KILLS = 30
ORDERS = 1_000_000


def held(lake: Lake) -> Truth | None:
    """What a reader sees: None for nothing at all, otherwise counted from the rows."""
    tables = lake.tables()
    orders, customers = tables["orders"], tables["customers"]
    found = lake.run(
        orders.aggregate(
            rows=orders.count(), keys=orders.order_id.nunique(), who=orders.customer_id.nunique(), net=orders.net.sum()
        )
    ).iloc[0]
    people = int(lake.run(customers.count()).iloc[0, 0])
    if found["rows"] == found["who"] == people == 0:
        return None
    assert found["rows"] == found["keys"]
    assert found["who"] == people
    return Truth(int(found["rows"]), people, f"{found['net']:.4f}")


def _forked(place: Path, told: Path, seconds: float | None = None) -> float:
    """A fork that writes, run to its end or killed so many seconds after it is ready; how long it ran."""
    heard, pipe = FORKS.Pipe(duplex=False)
    writer = FORKS.Process(target=said, args=(str(place), str(told), pipe))
    writer.start()
    pipe.close()
    with heard:
        assert heard.recv() == "ready"
        begun = time.monotonic()
        writer.join(seconds)
        if writer.is_alive():
            writer.kill()
        writer.join()
        assert writer.exitcode in (0, -signal.SIGKILL)
        lasted = time.monotonic() - begun
    writer.close()
    return lasted


def _run(process: subprocess.Popen) -> None:
    """Let a writer run to its end."""
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.wait()


@pytest.mark.slow
@pytest.mark.faults
def test_killed_thirty_times_and_finished(tmp_path: Path) -> None:
    """
    An import of a million orders is killed at 30 moments spread over its duration.

    After every kill a reader sees the lake before or the lake after, never between; run again it ends exactly.
    Kills fall on what the last one left, until an import gets through; then on a new lake.
    """
    delivery, truth = deliver(tmp_path, ORDERS)
    told = spelled(delivery, tmp_path)
    lasted = _forked(tmp_path / "measured", told)
    moments = [(number + random.Random(number).random()) / KILLS for number in range(KILLS)]
    random.Random(7).shuffle(moments)
    place, seen = tmp_path / "lake", []
    for moment in moments:
        _forked(place, told, moment * lasted)
        with Lake.open(place) as lake:
            seen.append(held(lake))
        if seen[-1]:
            shutil.rmtree(place)
    assert set(seen) <= {None, truth}
    assert seen.count(None) >= KILLS / 2
    _forked(place, told)
    with Lake.open(place) as lake:
        assert held(lake) == truth
        lake.sweep()
        assert held(lake) == truth


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("call", ["link", "rename", "fsync"])
def test_killed_at_a_chosen_step_of_a_commit(tmp_path: Path, start: Start, call: str) -> None:
    """A correcting import is killed as a thread enters its n-th link, rename or fsync: seen before or after, ended alike."""
    first, _ = deliver(tmp_path, 1000)
    with Lake.open(tmp_path / "staged") as lake:
        lake.commit(lake.stage(first).id)
        before = held(lake)
    second, after = deliver(tmp_path / "more", 2000)
    with Lake.open(tmp_path / "staged") as lake:
        lake.stage(second)
    killed = 0
    for step in (1, 2, 3):  # counted by thread
        place = tmp_path / f"lake-{step}"
        shutil.copytree(tmp_path / "staged", place)
        kill = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace=/^{call}(at|at2)?$")
        process = start(place, second, (*kill, "-e", f"inject=/^{call}(at|at2)?$:signal=KILL:when={step}"))
        _run(process)
        killed += process.returncode == -signal.SIGKILL
        with Lake.open(place) as lake:
            assert held(lake) in (before, after)
        _run(start(place, second))
        with Lake.open(place) as lake:
            assert held(lake) == after
            lake.sweep()
            assert held(lake) == after
    assert killed >= 1
