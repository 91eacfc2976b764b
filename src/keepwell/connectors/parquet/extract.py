"""What does a Parquet file say? Canonical tables are taken as they are, any other table is read as text."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keepwell.connectors.contract import ROW, SOURCE, Match, Progress, Raw
from keepwell.connectors.forms import unique_names
from keepwell.connectors.mapping import recognise_any
from keepwell.errors import SourceError
from keepwell.schema import TABLES

NAME = "parquet"
FORMAT = "parquet"
_BATCH = 65_536
_TEXT = (".csv", ".tsv", ".txt", ".gz", ".zip")


def recognise(raw: Raw) -> Match | None:
    """Whether a Parquet file is a canonical table, or some table whose columns tell what it is."""
    if raw.form.get("format") != FORMAT:
        return None
    if table := raw.form.get("canonical"):
        return Match(NAME, table, 1.0, f"Its columns are those of the canonical table {table}.")
    return recognise_any(raw, NAME)


def read_folder(folder: Path, into: Path, *, progress: Progress | None = None) -> list[Raw]:
    """
    Read every Parquet file of a folder, such as orders.parquet or orders/part-0.parquet.

    Where some are canonical tables, the others are left out, and told in the form of the first ("left out").

    Args:
        folder: The folder.
        into: Folder for what has to be rewritten; made if it is not there.
        progress: Told how many rows are read.

    Raises:
        SourceError: There are none, or one cannot be read.
    """
    files = sorted(
        path for path in folder.rglob("*.parquet") if path.is_file() and not path.name.startswith((".", "_"))
    )
    others = sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path not in files and not path.name.startswith((".", "_"))
    )
    if not files:
        text = [name for name in others if name.lower().endswith(_TEXT)]
        todo = (
            f"Name its files: keepwell import {folder / text[0]} …"
            if text
            else "Name a folder with files such as orders.parquet."
        )
        raise SourceError(f"{folder} holds no Parquet files.", "Of a folder, its Parquet files are read.", todo)
    names = {path: str(path.relative_to(folder)) for path in files}
    ready = [path for path in files if _is_canonical(path, Path(names[path]))]
    raws = [read(path, into, name=names[path], progress=progress) for path in ready or files]
    left = [names[path] for path in files if path not in ready] if ready else []
    told = [f"{', '.join(left)} (no canonical tables)"] if left else []
    if others:
        more = f" and {len(others) - 5:,} more" if len(others) > 5 else ""
        told.append(f"{', '.join(others[:5])}{more} (no Parquet)")
    if told:
        raws[0] = replace(raws[0], form={**raws[0].form, "left out": "; ".join(told)})
    return raws


def read(path: Path, into: Path, *, name: str | None = None, progress: Progress | None = None) -> Raw:
    """
    Read one Parquet file.

    A canonical table is not touched; of any other, values become text exactly as they are, in bounded memory.

    Args:
        path: The file.
        into: Folder for what has to be rewritten; made if it is not there.
        name: What a person calls it; None takes the file's name.
        progress: Told how many rows are read.

    Raises:
        SourceError: It cannot be read, or a column holds lists or records.
    """
    name = name or path.name
    try:
        with pq.ParquetFile(path) as file:
            rows, schema = file.metadata.num_rows, file.schema_arrow
            digest = _digest(path)
            table = _canonical(schema, Path(name))
            if table:
                columns = tuple(column for column in schema.names if column not in (ROW, SOURCE))
                return Raw(name, path, columns, rows, None, digest, {"format": FORMAT, "canonical": table})
            into.mkdir(parents=True, exist_ok=True)
            columns, renamed = unique_names(schema.names)
            _refuse_nested(name, schema)
            target = into / f"{digest[:16]}.parquet"
            _written(name, file, target, columns, progress)
    except (pa.ArrowException, OSError) as fault:
        raise SourceError(
            f"{name} cannot be read as Parquet: {_first_line(fault)}.", "", "Fetch or export it again."
        ) from None
    told = {"format": FORMAT} | ({"columns renamed": ", ".join(renamed)} if renamed else {})
    return Raw(name, target, columns, rows, None, digest, told)


def _first_line(fault: Exception) -> str:
    return (str(fault).splitlines() or [type(fault).__name__])[0].rstrip(".")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_canonical(path: Path, name: Path) -> bool:
    try:
        return _canonical(pq.read_schema(path), name) is not None
    except (pa.ArrowException, OSError):
        return TABLES.keys().isdisjoint((name.stem, name.parent.name)) is False


def _canonical(schema: pa.Schema, name: Path) -> str | None:
    """The canonical table a file holds: the one it is named after, if its columns and their kinds allow."""
    said = {field.name: field.type for field in schema if field.name not in (ROW, SOURCE)}
    for part in (name.stem, name.parent.name, *TABLES):
        table = TABLES.get(part)
        if table is None or not said.keys() <= table.columns.keys() or len(set(schema.names)) < len(schema.names):
            continue
        required = {*table.key, *(column for column, told in table.columns.items() if told.required)}
        if required <= said.keys() and all(_fits(kind, table.columns[column].type) for column, kind in said.items()):
            return table.name
    return None


def _fits(kind: pa.DataType, wanted: str) -> bool:
    """Whether values of a file's column are those of a canonical one without any reading."""
    if isinstance(kind, pa.DictionaryType):
        kind = kind.value_type
    if pa.types.is_null(kind):
        return True
    if wanted == "string":
        return pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if wanted.startswith("decimal"):
        return pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale <= 4)
    if wanted.startswith("timestamp"):
        return pa.types.is_timestamp(kind) and kind.tz is not None and kind.unit != "ns"
    checks = {"date": pa.types.is_date, "boolean": pa.types.is_boolean, "int64": pa.types.is_integer}
    if wanted == "float64":
        return pa.types.is_floating(kind) or pa.types.is_integer(kind)
    return checks[wanted](kind) if wanted in checks else wanted.startswith("map") and pa.types.is_map(kind)


def _refuse_nested(name: str, schema: pa.Schema) -> None:
    nested = [field.name for field in schema if pa.types.is_nested(field.type) or pa.types.is_duration(field.type)]
    if nested:
        raise SourceError(
            f"{name} has columns with lists or records in them: {', '.join(nested)}.",
            "A cell holds one value.",
            "Leave those columns out, or give each of their parts a column.",
        )


def _written(name: str, file: pq.ParquetFile, target: Path, columns: Sequence[str], progress: Progress | None) -> None:
    schema = pa.schema([(ROW, pa.int64()), *((column, pa.string()) for column in columns)])
    done = 0
    with pq.ParquetWriter(target, schema, compression="zstd", compression_level=1) as writer:
        for batch in file.iter_batches(batch_size=_BATCH):
            numbers = pa.array(np.arange(done + 1, done + 1 + batch.num_rows), pa.int64())
            writer.write_table(pa.table([numbers, *map(_as_text, batch.columns)], schema=schema))
            done += batch.num_rows
            if progress:
                progress(f"reading {name}", done, file.metadata.num_rows)


def _as_text(column: pa.Array) -> pa.Array:
    """Values as text: times with a zone in UTC, empty texts null."""
    if isinstance(column.type, pa.DictionaryType):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        column = column.cast(pa.timestamp(column.type.unit, "UTC"))
    words = column.cast(pa.string())
    return pc.if_else(pc.equal(words, ""), pa.scalar(None, pa.string()), words)
