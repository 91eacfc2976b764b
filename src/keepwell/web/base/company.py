"""The company's lake for pages: a few workspaces kept open, each lent to one request at a time, none older than the data."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from queue import LifoQueue
from threading import BoundedSemaphore
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from keepwell.config import FILE_NAME, Company
from keepwell.errors import ConfigError, KeepwellError, LakeError
from keepwell.web import place
from keepwell.workspace import Workspace

_HELD = 250
"""Megabytes of data an engine holds: a web process stays under a gigabyte."""

_BUSY = max(1, (os.cpu_count() or 1) // place.PROCESSES)
"""Processors an engine uses: the other web processes have theirs, and small questions cost half as much on one."""

_AT_ONCE = 2
"""Questions a process asks of the lake at the same time; more wait. Each has an engine of its own, for engines are not shared by threads."""

_NO_FAULT_OF_IT = (KeepwellError, Http404, PermissionDenied)
"""What pages answer with; the workspace and the questions it has ready are good for the next."""

_idle: "LifoQueue[tuple[Any, Workspace]]" = LifoQueue()
_turns = BoundedSemaphore(_AT_ONCE)


def zone() -> str:
    """The company's time zone, in which everybody reads and writes who chose none; UTC before there is a company."""
    try:
        return _zone_of(*_stamp()) if exists() else "UTC"
    except ConfigError:  # the pages themselves say what is wrong with the settings
        return "UTC"


@lru_cache(maxsize=4)
def _zone_of(path: str, _written: int) -> str:
    return Company.load(Path(path)).time_zone


def exists() -> bool:
    """Whether a company was made here."""
    return (place.folder() / FILE_NAME).exists()


@contextmanager
def company() -> Iterator[Workspace]:
    """
    The company, opened, for the time of one request.

    Raises:
        ConfigError: There is none, or its settings do not hold.
        LakeError: Its lake cannot be read.
    """
    with _turns:
        settings, workspace = _taken()
        try:
            yield workspace
        except BaseException as fault:
            if isinstance(fault, _NO_FAULT_OF_IT) and not isinstance(fault, LakeError):
                _idle.put((settings, workspace))
            else:
                workspace.close()
            raise
        _idle.put((settings, workspace))


def _taken() -> tuple[Any, Workspace]:
    """An open workspace that knows the newest data, or a new one."""
    stamp = _stamp()
    while not _idle.empty():
        known, workspace = _idle.get()
        if known[0] != stamp:  # other settings, or another company
            workspace.close()
            continue
        now = _version(workspace)
        if known[1] != now:
            workspace.forget()
        return (stamp, now), workspace
    workspace = Workspace.open(place.folder())
    workspace.lake.hold(_HELD, _BUSY)
    return (stamp, _version(workspace)), workspace


def _stamp() -> tuple[str, int]:
    path = place.folder() / FILE_NAME
    return str(path), path.stat().st_mtime_ns if path.exists() else 0


def _version(workspace: Workspace) -> tuple[dict[str, int], list[date]]:
    return workspace.lake.state(), workspace.lake.mornings()


def let_go() -> None:
    """Close what lies open, before a process ends or another company is looked at."""
    while not _idle.empty():
        _idle.get()[1].close()
