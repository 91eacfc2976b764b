"""How do rows a program brings become part of the lake? Cells read strictly, refused ones told row by row, the rest in one batch."""

import hashlib
import json
import tempfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction

from keepwell.connectors.contract import REJECTED, ROW, SOURCE
from keepwell.errors import LakeError
from keepwell.lake import Batch, Delivery
from keepwell.schema import TABLES, CanonicalTable
from keepwell.web import place
from keepwell.web.api.actions import announce
from keepwell.web.api.models import Parcel
from keepwell.web.work.queue import told
from keepwell.workspace import Workspace

MOST = 10_000
"""Rows of one parcel."""

_LONGEST = 10_000
"""Letters of one cell."""

Rows = Sequence[Mapping[str, Any]]


def packed(rows: Rows) -> bytes:
    """Rows as a parcel keeps them."""
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 6)


def _text(cell: Any) -> str | None:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise TypeError
    words = str(cell).strip()
    if len(words) > _LONGEST or "\x00" in words:
        raise TypeError
    return words or None


def _money(cell: Any) -> Decimal:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise TypeError
    amount = Decimal(str(cell))
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 14 or amount != round(amount, 4):
        raise TypeError
    return round(amount, 4)


def _number(cell: Any) -> float:
    if isinstance(cell, bool) or not isinstance(cell, int | float) or abs(cell) > 1e300:
        raise TypeError
    return float(cell)


def _whole(cell: Any) -> int:
    if isinstance(cell, bool) or not isinstance(cell, int) or abs(cell) >= 2**63:
        raise TypeError
    return cell


def _yes(cell: Any) -> bool:
    if not isinstance(cell, bool):
        raise TypeError
    return cell


def _moment(cell: Any) -> datetime:
    at = datetime.fromisoformat(cell)
    if at.tzinfo is None or not 1900 <= at.year < 2200:
        raise TypeError
    return at.astimezone(UTC)


def _day(cell: Any) -> date:
    if not isinstance(cell, str) or len(cell) != 10:
        raise TypeError
    return date.fromisoformat(cell)


def _pairs(cell: Any) -> list[tuple[str, str]] | None:
    if not isinstance(cell, dict) or len(cell) > 100:
        raise TypeError
    words = {str(name): _text(value) for name, value in cell.items() if value is not None}
    return sorted((name, value) for name, value in words.items() if value is not None) or None


_READ: dict[str, tuple[pa.DataType, Callable[[Any], Any], str]] = {
    "string": (pa.string(), _text, "is a text of at most 10,000 letters"),
    "int64": (pa.int64(), _whole, "is a whole number"),
    "float64": (pa.float64(), _number, "is a number"),
    "boolean": (pa.bool_(), _yes, "is true or false"),
    "date": (pa.date32(), _day, 'is a day such as "2026-06-30"'),
    "map<string, string>": (pa.map_(pa.string(), pa.string()), _pairs, "is an object of texts"),
    "decimal": (pa.decimal128(18, 4), _money, 'is an amount of at most four decimals, such as "12.50"'),
    "timestamp": (pa.timestamp("us", "UTC"), _moment, 'is a moment with its offset, such as "2026-06-30T08:00:00Z"'),
}


def kind(type: str) -> tuple[pa.DataType, Callable[[Any], Any], str]:
    """How a column's cells are stored and read, and what they have to be, in words."""
    return _READ[type.partition("(")[0]] if "(" in type else _READ[type]


def opened(table: CanonicalTable, rows: Rows) -> tuple[list[dict[str, Any]], list[tuple[int, str, str, str]]]:
    """
    Rows read cell by cell.

    Args:
        table: What they claim to be of.
        rows: As they came.

    Returns:
        Rows of which every cell could be read, each with its number (1 is the first);
        and faults as (row, column, what stood there, what is wanted).
    """
    fine, faults = [], []
    for number, row in enumerate(rows, 1):
        read, wrong = _read(table, row)
        faults += [(number, *fault) for fault in wrong]
        if not wrong:
            fine.append({ROW: number, **read})
    return fine, faults


def _read(table: CanonicalTable, row: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    read: dict[str, Any] = {}
    wrong = []
    for name, cell in row.items():
        if name not in table.columns:
            wrong.append((name[:80], _shown(cell), f"{table.name} has no such column"))
            continue
        _type, reader, wanted = kind(table.columns[name].type)
        try:
            read[name] = None if cell is None else reader(cell)
        except (ValueError, TypeError, InvalidOperation, OverflowError):
            wrong.append((name, _shown(cell), f"{name} {wanted}"))
    if isinstance(mail := read.get("email"), str):
        read["email"] = mail.lower()
    return read, wrong


def _shown(cell: Any) -> str:
    words = cell if isinstance(cell, str) else json.dumps(cell)
    return words.replace("\x00", " ")[:200]


def laid_out(parcel: Parcel, into: Path) -> Delivery:
    """
    A parcel as the lake takes it.

    Args:
        parcel: With its content.
        into: An empty folder.
    """
    table = TABLES[parcel.table]
    content = zlib.decompress(parcel.content)
    fine, faults = opened(table, json.loads(content))
    columns = [name for name in table.columns if any(name in row for row in fine)]
    columns += [name for name in table.key if name not in columns]
    schema = pa.schema(
        [(ROW, pa.int64()), (SOURCE, pa.string()), *((name, kind(table.columns[name].type)[0]) for name in columns)]
    )
    listed = [{SOURCE: parcel.source, **row} for row in fine]
    pq.write_table(pa.Table.from_pylist(listed, schema), into / "rows.parquet")
    refused = _refused(parcel, faults, into / "refused.parquet") if faults else ()
    name = hashlib.sha256(f"program:{parcel.table}:{parcel.source}:".encode() + content).hexdigest()
    return Delivery({parcel.source: parcel.rows}, name, {parcel.table: (into / "rows.parquet",)}, refused,
                    ("A program brought these rows.",), place_zone())  # fmt: skip


def place_zone() -> str:
    """The company's time zone, in which an order has its day."""
    from keepwell.config import FILE_NAME, Company

    return Company.load(place.folder() / FILE_NAME).time_zone


def _refused(parcel: Parcel, faults: Sequence[tuple[int, str, str, str]], path: Path) -> tuple[Path, ...]:
    told_as = [
        dict(zip(REJECTED, (parcel.source, row, parcel.table, column, value, law, "Correct it and send the row again."), strict=True))
        for row, column, value, law in faults
    ]  # fmt: skip
    schema = pa.schema([(name, pa.int64() if name == ROW else pa.string()) for name in REJECTED])
    pq.write_table(pa.Table.from_pylist(told_as, schema), path)
    return (path,)


def take(id: str) -> dict[str, Any]:
    """
    Put a parcel into the lake, once: its batch is written down before it is committed, and looked for when it is taken up again.

    Args:
        id: The parcel's.

    Returns:
        What became of its rows.
    """
    parcel = Parcel.objects.get(pk=id)
    if parcel.told:
        told("In the lake", parcel.rows, parcel.rows)
        return dict(parcel.told)
    with Workspace.open(place.folder()) as workspace:
        batch = _known(workspace, parcel.batch)
        if batch is None or batch.state == "staged":
            batch = workspace.commit(batch or _staged(workspace, parcel), progress=told)
    told("In the lake", parcel.rows, parcel.rows)
    became = _became(batch)
    with transaction.atomic():
        Parcel.objects.filter(pk=parcel.pk).update(told=became, content=b"")
        announce("import.done", {"import_id": str(parcel.pk), "table": parcel.table, **became}, key=str(parcel.pk))
    return became


def _known(workspace: Workspace, id: str) -> Batch | None:
    return next((batch for batch in workspace.batches() if id and batch.id == id), None)


def _staged(workspace: Workspace, parcel: Parcel) -> Batch:
    with tempfile.TemporaryDirectory(prefix="keepwell-parcel-") as folder:
        batch = workspace.lake.stage(laid_out(parcel, Path(folder)), progress=told)
    Parcel.objects.filter(pk=parcel.pk).update(batch=batch.id)
    return batch


def _became(batch: Batch) -> dict[str, Any]:
    counts = {name: asdict(count) for name, count in batch.tables.items()}
    return {"batch": batch.id, "read": batch.read, "accepted": batch.accepted, "refused": batch.quarantined,
            "known": batch.duplicates, "tables": counts}  # fmt: skip


def refused(workspace: Workspace, parcel: Parcel, after: int, limit: int) -> list[dict[str, Any]]:
    """
    Why rows of a parcel were refused, in their order.

    Args:
        workspace: The company, opened.
        parcel: Which.
        after: The number of faults told before.
        limit: How many are told.

    Raises:
        LakeError: The batch is there no more.
    """
    if not parcel.batch:
        return []
    found = workspace.rejected(parcel.batch)
    if not found.empty and set(found["source"]) - {parcel.source}:
        raise LakeError("The batch is not of this import.", "", "Look at it on the desk.")
    listed = found.sort_values(["row", "column", "law"])[["row", "column", "value", "law", "remedy"]]
    return [
        {str(name): value for name, value in row.items()}
        for row in listed.iloc[after : after + limit].to_dict("records")
    ]
