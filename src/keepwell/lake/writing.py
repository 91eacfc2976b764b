"""When is a deed seen? Tables move on one by one, unseen; then one small file makes all of it visible at once."""

from collections.abc import Mapping
from datetime import UTC, datetime

from keepwell.lake.contract import Progress
from keepwell.lake.delta import Change, advance
from keepwell.lake.home import Home
from keepwell.lake.snapshots import Snapshot, publish


def exchange(
    home: Home, base: Snapshot, changes: Mapping[str, Change], token: str, after: Snapshot, progress: Progress
) -> Snapshot:
    """
    Let a deed's files in, durably, and show them.

    Args:
        home: The lake, held by this writer.
        base: What readers see now.
        changes: Canonical table -> files that go and come.
        token: Names the deed, so that a killed one goes on where it stopped.
        after: The next snapshot, its tables still those of *base*.
        progress: Told table by table.

    Returns:
        The snapshot readers see from now on.
    """
    tables = dict(base.tables)
    moving = [name for name, change in changes.items() if change.add or change.remove]
    for done, name in enumerate(moving):
        progress(f"Storing {name.replace('_', ' ')}", done, len(moving))
        tables[name] = advance(home, name, base.tables.get(name, 0), changes[name], token)
    seen = Snapshot(after.number, after.made_at, after.deed, after.batch, tables, after.batches)
    publish(home, seen)
    progress("Stored", len(moving), len(moving))
    return seen


def following(base: Snapshot, deed: str, batch: str | None = None, state: str | None = None) -> Snapshot:
    """The snapshot after *base*, its tables not yet moved."""
    batches = {**base.batches, batch: state} if batch and state else dict(base.batches)
    return Snapshot(base.number + 1, datetime.now(UTC), deed, batch, dict(base.tables), batches)
