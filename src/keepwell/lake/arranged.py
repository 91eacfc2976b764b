"""What if one customer is asked for? What is large once more in the order of customers, where all of one lies together."""

import tempfile
from pathlib import Path

import ibis.expr.types as ir

from keepwell.lake.engines.duckdb import VERSION, DuckEngine

FOLDER = "by-customer"
AT_LEAST = 50_000
"""Rows from which on a copy saves time; fewer are looked through as fast."""


def path(work: Path, name: str, key: str) -> Path:
    """Where the copy of something lies, or would; another version of the engine makes its own."""
    return work / FOLDER / f"{name}-{key}-{VERSION}.duckdb"


def lay(work: Path, engine: DuckEngine, name: str, key: str, table: ir.Table, indexed: str = "") -> bool:
    """
    Make a copy that is not there yet; of those before it only the last stays, for whoever still reads it.

    Killed at any moment it leaves no half copy behind a copy's name; several may be at it at once.

    Args:
        work: A folder of this machine for what can be made anew at any time.
        engine: Who reads and writes.
        name: Of what is copied, without "-".
        key: Names its state: another key, other rows.
        table: The rows, in the order they shall lie.
        indexed: A column of which several values are looked for at once: found by an index.

    Returns:
        Whether it was made now.
    """
    copy = path(work, name, key)
    if copy.exists():
        return False
    copy.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=copy.parent) as into:
        engine.lay(table, Path(into, copy.name), indexed)
        before = sorted(copy.parent.glob(f"{name}-*.duckdb"), key=lambda each: each.stat().st_mtime)
        Path(into, copy.name).replace(copy)
    for old in before[:-1]:
        old.unlink(missing_ok=True)
    return True
