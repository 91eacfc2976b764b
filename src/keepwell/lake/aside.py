"""Where does an engine put what does not fit into memory? In a folder of its own; that of a killed process is swept away by a later one."""

import fcntl
import os
import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path

PREFIX = "keepwell-aside-"
OLD = 3600
"""Seconds after which a folder nobody holds is swept away; a younger one may be about to be held."""


class Aside:
    """A folder among the system's temporary ones, held for as long as it is used."""

    def __init__(self) -> None:
        _sweep()
        self._folder = tempfile.TemporaryDirectory(prefix=PREFIX)
        self.path = Path(self._folder.name)
        held = os.open(self.path, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        self._let_go = weakref.finalize(self, os.close, held)

    def close(self) -> None:
        """Remove it with all that is in it."""
        self._folder.cleanup()
        self._let_go()


def _sweep() -> None:
    """Remove what killed processes left behind."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # another's, held, or swept by somebody else this moment
            if time.time() - left.stat().st_mtime < OLD:
                continue
            held = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(held)
