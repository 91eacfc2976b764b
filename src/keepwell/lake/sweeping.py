"""What did killed writers leave behind? Everything no reader, no kept version and no staged batch needs is taken away."""

import re
import shutil
from datetime import UTC, datetime, timedelta

from keepwell.lake import batches, results, snapshots
from keepwell.lake.delta import files, folder, newest
from keepwell.lake.home import Home
from keepwell.lake.snapshots import Snapshot
from keepwell.schema import TABLES

DEEDS = "deeds"
"""Folder of what undoing and compacting lay ready."""

_TEMPORARY = re.compile(r"#\d+$|\.copying$|^\..*\.new$")


def tidy(home: Home, base: Snapshot) -> list[str]:
    """
    Take away what half-made imports left in the working folder; quick, done before every import.

    Args:
        home: The lake, held by this writer.
        base: What readers see now.

    Returns:
        What went, relative to the working folder.
    """
    gone = []
    for batch_id in home.folders(batches.FOLDER):
        place = batches.place(home, batch_id)
        if home.size(batches.record_name(batch_id)) is None:
            gone.append(place)
            continue
        staged = batch_id not in base.batches
        kept = {"delivered", batches.load(home, base, batch_id).token} if staged else set()
        if place.is_dir():
            gone += [path for path in place.iterdir() if path.is_dir() and path.name not in kept]
    deeds = home.work / DEEDS
    gone += list(deeds.iterdir()) if deeds.is_dir() else []
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return [str(path.relative_to(home.work)) for path in gone]


def sweep(home: Home, now: datetime) -> list[str]:
    """
    Take away every leftover, and versions older than the kept history.

    A data file stays as long as a kept version, or a staged batch that was half committed, names it.

    Args:
        home: The lake, held by this writer.
        now: Versions older than KEPT_DAYS before it are dropped.

    Returns:
        What went, relative to the lake.
    """
    base = snapshots.current(home)
    gone = tidy(home, base)
    kept = _forget_old(home, base, now - timedelta(days=snapshots.KEPT_DAYS))
    for place in ("", snapshots.HISTORY, *(f"{batches.FOLDER}/{name}" for name in home.folders(batches.FOLDER))):
        gone += _remove(home, place, {name for name in home.names(place) if _TEMPORARY.search(name)})
    for name in TABLES:
        gone += _sweep_table(home, name, {snapshot.tables[name] for snapshot in kept if name in snapshot.tables})
    return [*gone, *results.sweep(home)]


def _forget_old(home: Home, base: Snapshot, horizon: datetime) -> list[Snapshot]:
    kept = []
    for snapshot in snapshots.history(home):
        if snapshot.number != base.number and (snapshot.made_at or datetime.min.replace(tzinfo=UTC)) < horizon:
            snapshots.forget(home, snapshot.number)
        else:
            kept.append(snapshot)
    return kept


def _sweep_table(home: Home, name: str, versions: set[int]) -> list[str]:
    last = newest(home, name)
    if last < 0:
        return []
    place = folder(name)
    needed = {file for version in {*versions, last} for file in files(home, name, version)}
    data = {file for file in home.names(place) if file not in needed}
    log = {file for file in home.names(f"{place}/_delta_log") if _TEMPORARY.search(file)}
    return [*_remove(home, place, data), *_remove(home, f"{place}/_delta_log", log)]


def _remove(home: Home, place: str, names: set[str]) -> list[str]:
    paths = [f"{place}/{name}" if place else name for name in sorted(names)]
    for path in paths:
        home.remove(path)
    return paths
