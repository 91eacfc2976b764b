"""How do arrays of numbers become canonical columns? Arrow arrays built whole, without a Python object per row."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.schema import TABLES

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@cache
def arrow_schema(table: str) -> pa.Schema:
    """The canonical table's columns as Arrow types."""
    return TABLES[table].schema.to_pyarrow()


def canonical(table: str, columns: Mapping[str, pa.Array], rows: int) -> pa.Table:
    """
    A canonical table; columns that are not given are unknown in every row.

    Args:
        table: Canonical name.
        columns: Its columns, as far as they are known.
        rows: How many rows.
    """
    schema = arrow_schema(table)
    given = [columns[f.name].cast(f.type) if f.name in columns else pa.nulls(rows, f.type) for f in schema]
    return pa.Table.from_arrays(given, schema=schema)


def pick(labels: Sequence[str | None], codes: npt.NDArray[np.integer]) -> pa.Array:
    """Labels by number."""
    return pa.array(labels, pa.string()).take(pa.array(codes))


def numbered(prefix: str, numbers: Ints, width: int = 9) -> pa.Array:
    """Keys such as o000000012."""
    text = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, text, "")


def money(cents: Ints, known: Flags | None = None) -> pa.Array:
    """Exact decimals with four places."""
    parts = np.stack([cents * 100, np.where(cents < 0, -1, 0)], axis=1).astype(np.int64)
    return _decimals(parts, known)


def count(numbers: Ints) -> pa.Array:
    """Whole quantities as decimals with four places."""
    return money(numbers * 100)


def _decimals(parts: Ints, known: Flags | None) -> pa.Array:
    """128-bit little-endian numbers from their low and high halves."""
    buffers = [_validity(known), pa.py_buffer(np.ascontiguousarray(parts))]
    return pa.Array.from_buffers(pa.decimal128(18, 4), len(parts), buffers)


def _validity(known: Flags | None) -> pa.Buffer | None:
    return None if known is None else pa.py_buffer(np.packbits(known, bitorder="little"))


def instants(seconds: Ints, known: Flags | None = None) -> pa.Array:
    """UTC instants from epoch seconds."""
    unknown = None if known is None else ~known
    return pa.array(seconds * 1_000_000, pa.int64(), mask=unknown).cast(pa.timestamp("us", "UTC"))


def days(numbers: Ints, known: Flags | None = None) -> pa.Array:
    """Dates from day numbers."""
    return pa.array(numbers.astype(np.int32), pa.int32(), mask=None if known is None else ~known).cast(pa.date32())


def flags(values: Flags, known: Flags | None = None) -> pa.Array:
    """True or false."""
    return pa.array(values, pa.bool_(), mask=None if known is None else ~known)


def numbers(values: Floats, known: Flags | None = None) -> pa.Array:
    """Numbers that are not money."""
    return pa.array(values, pa.float64(), mask=None if known is None else ~known)


def some(values: pa.Array, known: Flags) -> pa.Array:
    """The values where they are known, unknown elsewhere."""
    return pc.if_else(pa.array(known), values, pa.scalar(None, values.type))


def named(entries: Mapping[str, pa.Array], rows: int) -> pa.Array:
    """
    Maps of name to text; a null entry is left out of its row's map.

    Args:
        entries: Name -> one text or null per row.
        rows: How many rows.
    """
    texts = list(entries.values())
    there = np.stack([t.is_valid().to_numpy(zero_copy_only=False) for t in texts], axis=1)
    ends = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int32)
    place = np.arange(rows)[:, None] + rows * np.arange(len(texts))[None, :]
    values = pa.concat_arrays(texts).take(pa.array(place[there]))
    kinds = np.broadcast_to(np.arange(len(texts))[None, :], there.shape)[there]
    return pa.MapArray.from_arrays(pa.array(ends), pick(list(entries), kinds), values)
