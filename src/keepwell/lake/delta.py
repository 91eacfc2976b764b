"""What does one table hold, at which version? The Delta format, read and moved on one version at a time."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis

from keepwell.errors import LakeError
from keepwell.lake.home import Home
from keepwell.schema import TABLES

BATCH = "_batch"
"""Column of every stored table: the batch that last wrote the row. Readers do not see it."""

_FOREVER = "interval 36500 days"
_MARK = "keepwell"


@dataclass(frozen=True)
class Change:
    """
    What a deed does to one table: files that go and files that come, in one version.

    Args:
        remove: Names of files of the table that no longer count.
        add: Finished local files that count from now on.
        rows_stay: Whether the rows are the same before and after, only arranged anew.
    """

    remove: tuple[str, ...]
    add: tuple[Path, ...]
    rows_stay: bool = False


def folder(name: str) -> str:
    """Where a canonical table lies in the lake."""
    return f"tables/{name}"


def stored_schema(name: str) -> ibis.Schema:
    """A canonical table's columns and the batch that last wrote the row."""
    return ibis.schema({**TABLES[name].schema, BATCH: "string"})


def files(home: Home, name: str, version: int) -> dict[str, int]:
    """
    The data files of one version.

    Returns:
        File name -> bytes.

    Raises:
        LakeError: The table's log cannot be read, or asks for what this reader does not know.
    """
    actions = _open(home, name, version).get_add_actions(flatten=True)
    return dict(zip(actions.column("path").to_pylist(), actions.column("size_bytes").to_pylist(), strict=True))


def rows(home: Home, name: str, version: int) -> int:
    """How many rows one version has, from its log."""
    return sum(_open(home, name, version).get_add_actions(flatten=True).column("num_records").to_pylist())


def newest(home: Home, name: str) -> int:
    """The newest version of a table, seen by readers or not; -1 where there is no table."""
    from deltalake import DeltaTable

    if not DeltaTable.is_deltatable(home.uri(folder(name)), storage_options()):
        return -1
    return int(_open(home, name).version())


def advance(home: Home, name: str, base: int, change: Change, token: str) -> int:
    """
    Move a table on from the version readers see, durably.

    What a killed writer left ahead of *base* is taken back first, unless it is this very change.

    Args:
        home: The lake.
        name: Canonical table.
        base: The version the snapshot names; 0 for a table not yet there.
        change: Files that go and come.
        token: Names the change, so that one already made is recognised.

    Returns:
        The new version.
    """
    from deltalake.transaction import CommitProperties

    if newest(home, name) < 0:
        _create(home, name)
    table = _open(home, name)
    if table.version() == base + 1 and table.history(1)[0].get(_MARK) == token:
        _settle(home, name, base, table.version())
        return base + 1
    if table.version() != base:
        table.restore(base)
    for file in change.add:
        home.bring(file, f"{folder(name)}/{file.name}")
    table.create_write_transaction(
        [*_removals(home, name, change), *_additions(change)],
        "append",
        stored_schema(name).to_pyarrow(),
        commit_properties=CommitProperties(custom_metadata={_MARK: token}),
    )
    moved = newest(home, name)
    _settle(home, name, base, moved)
    return moved


def storage_options() -> dict[str, str]:
    """What the environment says of object stores."""
    return {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "AZURE_", "GOOGLE_"))}


def _open(home: Home, name: str, version: int | None = None) -> Any:
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        table = DeltaTable(home.uri(folder(name)), version=version, storage_options=storage_options())
        asked = set(table.protocol().reader_features or ())
    except (DeltaError, OSError) as fault:
        first = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise LakeError(
            f"The log of {home.uri(folder(name))} cannot be read: {first}",
            "It says which files belong to the table; without it no row of it is told.",
            "Restore the folder _delta_log in it from a backup.",
        ) from fault
    if asked:
        raise LakeError(
            f"The table {home.uri(folder(name))} was changed by a program that uses {', '.join(sorted(asked))}.",
            "Keepwell reads plain Delta tables only; with these, rows could be told that are gone.",
            "Turn these features off there and rewrite the table.",
        )
    return table


def _create(home: Home, name: str) -> None:
    from deltalake import DeltaTable

    DeltaTable.create(
        home.uri(folder(name)),
        stored_schema(name).to_pyarrow(),
        configuration={"delta.logRetentionDuration": _FOREVER},
        storage_options=storage_options(),
    )


def _additions(change: Change) -> list[Any]:
    import pyarrow.parquet as pq
    from deltalake.transaction import AddAction

    return [
        AddAction(
            path=path.name,
            size=path.stat().st_size,
            partition_values={},
            modification_time=int(time.time() * 1000),
            data_change=not change.rows_stay,
            stats=json.dumps({"numRecords": pq.read_metadata(path).num_rows}),
        )
        for path in change.add
    ]


def _removals(home: Home, name: str, change: Change) -> list[Any]:
    from deltalake.transaction import RemoveAction

    return [
        RemoveAction(
            path=file,
            data_change=not change.rows_stay,
            deletion_timestamp=int(time.time() * 1000),
            size=home.size(f"{folder(name)}/{file}"),
            partition_values={},
        )
        for file in change.remove
    ]


def _settle(home: Home, name: str, after: int, upto: int) -> None:
    """The table library leaves its files to the system's mercy: force the log and every file it brought to the disk."""
    log = f"{folder(name)}/_delta_log"
    entries = [entry for entry in home.names(log) if entry[:20].isdigit() and int(entry[:20]) >= after]
    entries += [entry for entry in home.names(log) if entry == "_last_checkpoint"]
    brought = set(files(home, name, upto)) - set(files(home, name, after))
    home.settle([*(f"{folder(name)}/{file}" for file in brought), *(f"{log}/{entry}" for entry in entries)])
