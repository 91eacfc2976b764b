"""Many small files or few large ones? Rows of small files are written anew, together and in order."""

from pathlib import Path

from keepwell.lake import snapshots
from keepwell.lake.contract import Progress
from keepwell.lake.delta import BATCH, Change, files, folder
from keepwell.lake.durable import settle_tree
from keepwell.lake.home import Home
from keepwell.lake.staging.bench import Bench, bench, stored
from keepwell.lake.staging.comparing import write
from keepwell.lake.staging.reading import own
from keepwell.lake.writing import exchange, following
from keepwell.schema import TABLES

SMALL = 64 * 2**20
"""A file of fewer bytes is small."""


def compact(home: Home, into: Path, progress: Progress) -> dict[str, tuple[int, int]]:
    """
    Rewrite small files as large ones; answers stay the same, older versions stay readable.

    Args:
        home: The lake, held by this writer.
        into: Empty folder for data files.
        progress: Told table by table.

    Returns:
        Canonical table -> (small files before, files instead), for tables with at least two small files.
    """
    base = snapshots.current(home)
    changes = {}
    with bench(into) as work:
        for done, (name, version) in enumerate(base.tables.items()):
            progress(f"Compacting {name.replace('_', ' ')}", done, len(base.tables))
            small = [file for file, size in files(home, name, version).items() if size < SMALL]
            if len(small) > 1:
                changes[name] = Change(tuple(small), _rewrite(work, home, name, small, into), rows_stay=True)
    if changes:
        settle_tree(into)
        exchange(home, base, changes, into.name, following(base, "compact"), progress)
    return {name: (len(change.remove), len(change.add)) for name, change in changes.items()}


def _rewrite(work: Bench, home: Home, name: str, small: list[str], into: Path) -> tuple[Path, ...]:
    uris = [home.near(f"{folder(name)}/{file}") for file in small]
    query = f"SELECT {own(TABLES[name])}, {BATCH} FROM {stored(TABLES[name], uris)}"
    return write(work, TABLES[name], query, into)
