"""What would come in? A delivery judged by the laws of the lake and beside what it knows, before anybody says yes."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.utils.formats import date_format

from keepwell import intake
from keepwell.connectors.contract import ROW, SOURCE
from keepwell.lake import Delivery
from keepwell.web.imports import refusals, wording
from keepwell.web.imports.cells import cut
from keepwell.web.imports.oddities import odd
from keepwell.workspace import Workspace

ROWS = 6
"""First rows shown of a table."""


def foretold(
    delivery: Delivery,
    shop: Workspace,
    zone: tzinfo,
    means: refusals.Means,
    progress: intake.Progress,
    doubts: Sequence[str],
) -> dict[str, Any]:
    """
    What would become of the rows of a delivery, as JSON can hold it.

    Args:
        delivery: What was understood.
        shop: The company.
        zone: Of its clocks.
        means: What the sources call the columns.
        progress: Told how far it is.
        doubts: Sentences the page says of the files already.
    """
    into = Path(tempfile.mkdtemp(dir=next(iter(delivery.tables.values()))[0].parent if delivery.tables else None))
    try:
        batch = shop.lake.foretell(delivery, into, progress=progress)
        faults = refusals.grouped(str(into / "rejected.parquet"), means, zone)
        refused = {(table, row) for table, row in _refused(into / "rejected.parquet")}
        strange = odd(delivery.tables, shop, into)
    finally:
        shutil.rmtree(into, ignore_errors=True)
    tables = [_table(name, paths, zone, batch.tables[name], refused) for name, paths in delivery.tables.items()]
    return {
        "tables": tables, "refused": faults["rows"], "spared": faults["spared"], "refusals": faults["reasons"], "known": batch.duplicates,
        "good": batch.read - faults["rows"], "notes": [wording.plainly(note) for note in batch.notes if not any(told in note for told in (*_TOLD, *doubts))],
        "cautions": list(dict.fromkeys([*(caution.says for caution in batch.cautions), *strange])),
    }  # fmt: skip


_TOLD = ("Refused rows are told by number", "columns that were not used:")
"""Of notes the page says itself."""


def _refused(path: Path) -> list[tuple[str, tuple[str, int]]]:
    """Table and record of the first rows that would be refused, so that they are not shown as if they came in."""
    with pq.ParquetFile(path) as file:
        batch = next(file.iter_batches(batch_size=100_000, columns=["source", "row", "table"]), None)
    told = batch.to_pylist() if batch is not None else []
    return [(each["table"], (each["source"], each["row"])) for each in told]


def _table(
    name: str, paths: Sequence[Path], zone: tzinfo, count: Any, refused: set[tuple[str, tuple[str, int]]]
) -> dict[str, Any]:
    with pq.ParquetFile(paths[0]) as file:
        batch = next(file.iter_batches(batch_size=50 * ROWS), None)
    first = [
        row
        for row in (batch.to_pylist() if batch is not None else [])
        if (name, (row[SOURCE], row[ROW])) not in refused
    ][:ROWS]
    columns = [
        key
        for key in (first[0] if first else {})
        if key not in (ROW, SOURCE) and any(row[key] is not None for row in first)
    ]
    cells = [[cut(_plain(row[column], column, zone)) for column in columns] for row in first]
    return {
        "name": name, "called": str(wording.TABLES.get(name, name)), "rows": count.new + count.corrected + count.unchanged,
        "columns": [{"name": column, "called": wording.field(name, column)} for column in columns], "first": cells,
    }  # fmt: skip


def _plain(value: Any, column: str, zone: tzinfo) -> Any:
    """A value as people write it: a day without a midnight, an amount with its cents, pairs as pairs."""
    if isinstance(value, datetime):
        local = value.astimezone(zone)
        return date_format(local, "DATE_FORMAT" if (local.hour, local.minute) == (0, 0) else "j M Y H:i")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, Mapping) or (isinstance(value, list) and value and isinstance(value[0], tuple)):
        pairs = value.items() if isinstance(value, Mapping) else value
        return ", ".join(f"{key}: {told}" for key, told in pairs)
    if isinstance(value, str) and column in _WORDED:
        return wording.word(value)
    return f"{value:,.2f}" if isinstance(value, Decimal) else value


_WORDED = frozenset(["status", "state", "interval", "outcome", "direction", "purpose", "kind"])
