"""Jobs for workers that are killed: each leaves a note when it begins, and one when it is done."""

import os
import signal
import time
from pathlib import Path

from django_tasks import task

from keepwell.web.work.queue import told


@task()
def note(folder: str, name: str, seconds: float) -> dict[str, str]:
    """Begin, take a while, be done."""
    place = Path(folder)
    with (place / "begun").open("a") as begun:
        begun.write(f"{name} {time.time()}\n")
    told(f"noting {name}", 1, 2)
    time.sleep(seconds)
    with (place / "done").open("a") as done:
        done.write(f"{name} {time.time()}\n")
    return {"name": name}


@task()
def deadly() -> None:
    """Kill the worker that does it."""
    os.kill(os.getpid(), signal.SIGKILL)


@task()
def faulty() -> None:
    """Fail in a way nobody thought of."""
    raise RuntimeError("secret of the machine")
