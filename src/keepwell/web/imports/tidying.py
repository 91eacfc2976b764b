"""How long do files lie here? As long as they may still be needed: until their import is settled, and a month beyond."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from keepwell.web.imports.models import Import, Stage, uploads
from keepwell.web.work.models import State

KEPT = timedelta(days=30)
"""After an import is settled: the lake keeps what was understood, not the file, and one that was taken back may be brought again."""

WAITS = timedelta(days=180)
"""An import nobody has said a word about for so long is left out; that it was brought stays known."""

_BROKEN_OFF = timedelta(days=1)
"""What broke off while it arrived, and belongs to no import."""


def tidy(now: datetime) -> int:
    """
    Remove files that are needed no more; done whenever something arrives, so that what lies here is bounded.

    Args:
        now: The moment.

    Returns:
        How many imports' files were removed.
    """
    _leave_forgotten(now)
    gone = 0
    for path in list(uploads().iterdir()):
        if path.is_dir() and _needless(path, now):
            shutil.rmtree(path, ignore_errors=True)
            gone += 1
        elif path.is_file() and path.name.startswith("arriving-") and _age(path, now) > _BROKEN_OFF:
            path.unlink(missing_ok=True)
    return gone


def _leave_forgotten(now: datetime) -> None:
    waiting = Import.objects.select_related("job").exclude(stage__in=(Stage.DONE, Stage.LEFT))
    for known in waiting.filter(created_at__lt=now - WAITS):
        busy = known.job is not None and known.job.state in (State.WAITING, State.RUNNING)
        if not busy and now - _changed(known) > WAITS:
            known.stage = Stage.LEFT
            known.save()


def _needless(folder: Path, now: datetime) -> bool:
    """Whether no import needs a folder: its own was settled long ago, or there is none, for its request broke off."""
    try:
        known = Import.everything.filter(pk=UUID(folder.name)).first()
    except ValueError:
        return False  # nothing of ours
    if known is None:
        return _age(folder, now) > _BROKEN_OFF
    return known.stage in (Stage.DONE, Stage.LEFT) and now - _changed(known) > KEPT


def _changed(known: Import) -> datetime:
    newest = known.history.order_by("-history_date").first()
    at: datetime = newest.history_date if newest else known.created_at
    return at


def _age(path: Path, now: datetime) -> timedelta:
    return now - datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo)
