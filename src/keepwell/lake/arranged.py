"""What if one customer is asked for? Large tables once more in the order of customers, where all of one lies together."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import ibis.expr.types as ir

from keepwell.lake.engines.contract import Engine

FOLDER = "by-customer"
AT_LEAST = 50_000
"""Rows from which on a copy saves time; fewer are looked through as fast."""


def path(work: Path, name: str, version: int) -> Path:
    """Where the copy of a version of a table lies, or would."""
    return work / FOLDER / f"{name}-{version}.parquet"


def arrange(work: Path, engine: Engine, tables: Mapping[str, tuple[int, ir.Table]]) -> list[str]:
    """
    Make the copies that are not there yet; of older versions only the newest stays, for whoever still reads it.

    Killed at any moment it leaves no half copy behind a copy's name; several may be at it at once.

    Args:
        work: A folder of this machine for what can be made anew at any time.
        engine: Who reads and writes.
        tables: Name -> its version and rows; all have customer_id.

    Returns:
        The names of tables that were copied.
    """
    (work / FOLDER).mkdir(parents=True, exist_ok=True)
    made = []
    with tempfile.TemporaryDirectory(prefix=".making-", dir=work / FOLDER) as into:
        for name, (version, table) in tables.items():
            copy = path(work, name, version)
            if not copy.exists():
                engine.write(table.order_by("customer_id"), f"{into}/{name}")
                (ready,) = Path(into, name).glob("*.parquet")
                ready.replace(copy)
                made.append(name)
            for old in _older(work, name, version)[:-1]:
                old.unlink(missing_ok=True)
    return made


def _older(work: Path, name: str, version: int) -> list[Path]:
    """Copies of earlier versions, the oldest first."""
    found = {int(each.stem.rpartition("-")[2]): each for each in (work / FOLDER).glob(f"{name}-*.parquet")}
    return [found[number] for number in sorted(found) if number < version]


def there(work: Path, versions: Mapping[str, int]) -> dict[str, Path]:
    """Name -> the copy of that version of a table, where there is one."""
    copies = {name: path(work, name, version) for name, version in versions.items()}
    return {name: copy for name, copy in copies.items() if copy.exists()}
