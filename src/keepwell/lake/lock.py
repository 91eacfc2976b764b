"""Who is writing? One writer at a time; a dead writer's lock is no lock."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from keepwell.errors import LakeBusyError


@contextmanager
def only_writer(path: Path, deed: str) -> Iterator[None]:
    """
    Hold the lake for writing; the system lets go of it when the process ends, however it ends.

    Args:
        path: The lock file.
        deed: What is being done, told to whoever comes second.

    Raises:
        LakeBusyError: Somebody else holds it; who, what and since when is told.
    """
    with path.open("a+b") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(path) from None
        told = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds"), "deed": deed}
        with suppress(OSError):  # a full disk: the lock holds, only its note is missing
            os.ftruncate(handle.fileno(), 0)
            os.write(handle.fileno(), json.dumps(told).encode())
        yield


def _busy(path: Path) -> LakeBusyError:
    try:
        held = json.loads(path.read_bytes())
        who = f"process {held['pid']} ({held['deed']}) since {held['since']}"
    except (OSError, ValueError, KeyError):
        who = "another process"
    return LakeBusyError(
        f"The lake {path.parent} is being written by {who}.",
        "Only one import can write at a time; questions can be asked meanwhile.",
        "Wait until it has ended and try again.",
    )
