"""How does a process end with the one that started it, however that one ends? It looks who its parent is."""

import os
import runpy
import signal
import sys
import threading
import time

_LOOK = 0.5
"""Seconds between two looks."""


def to_parent(parent: int, ends: int = signal.SIGTERM) -> None:
    """
    End this process when its parent is gone.

    Args:
        parent: The parent's process id.
        ends: The signal this process then sends itself.
    """

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK)
        os.kill(os.getpid(), ends)

    threading.Thread(target=look, name="parent", daemon=True).start()


if __name__ == "__main__":
    to_parent(int(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
