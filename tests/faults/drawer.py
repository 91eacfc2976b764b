"""Another process that draws who gets what, and is gone at a chosen step."""

import os
import signal
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from keepwell.experiments import assigning
from keepwell.workspace import Workspace


def draw_until(place: Path, call: str, path: str) -> None:
    """Draw for the experiment mail; killed before the first *call* about a path like *path* is made."""
    tempfile.tempdir = str(place.parent)

    def die(event: str, told: tuple[Any, ...]) -> None:
        if event == call and fnmatch(os.path.relpath(told[-2] if event == "shutil.rmtree" else told[1], place), path):
            os.kill(os.getpid(), signal.SIGKILL)

    with Workspace.open(place) as company:
        sys.addaudithook(die)
        assigning.draw(company, "mail")
