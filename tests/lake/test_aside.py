"""Is what a killed process put aside swept away, and nothing of one that lives?"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from keepwell.lake.aside import OLD, PREFIX, Aside

HOLDS = """
import sys
from keepwell.lake.aside import Aside
mine = Aside()
print(mine.path, flush=True)
sys.stdin.read()
"""


def _aged(folder: Path) -> None:
    """As if it had been made long ago."""
    long_ago = time.time() - 2 * OLD
    os.utime(folder, (long_ago, long_ago))


@pytest.mark.faults
def test_only_what_nobody_holds_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder stays while its process lives, and while it is young; after a kill the next sweeps it, with all that is in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    around = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS], env=around, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holds:
        assert holds.stdout is not None
        theirs = Path(holds.stdout.readline().strip())
        (theirs / "rows.parquet").write_bytes(b"rows")
        _aged(theirs)
        Aside().close()
        assert theirs.is_dir()
        holds.send_signal(signal.SIGKILL)
        holds.wait()
    young = tmp_path / f"{PREFIX}young"
    young.mkdir()
    mine = Aside()
    assert not theirs.exists()
    assert sorted(tmp_path.iterdir()) == sorted([young, mine.path])
    mine.close()
    mine.close()
    assert list(tmp_path.iterdir()) == [young]
