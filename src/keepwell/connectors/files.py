"""What does a text file say? Any delimited file, read into rows of text in bounded memory; nothing interpreted, nothing lost."""

import csv
import gc
import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keepwell.connectors.contract import REJECTED, ROW, Progress, Raw
from keepwell.connectors.encodings import MARK, EncodingFinder, decoder, shown
from keepwell.connectors.forms import (
    BLANKS,
    DELIMITERS,
    Form,
    find_form,
    refuse_what_is_no_text,
    rows_of,
    unique_names,
)
from keepwell.errors import SourceError

BLOCK = 1 << 20
"""Bytes or characters taken at a time."""
LONGEST = 4 << 20
"""Characters a record may have; a longer one is a quote that never closes."""
_END = "\x00keepwell-end\x00"
_REJECTED = pa.schema([(name, pa.int64() if name == ROW else pa.string()) for name in REJECTED])


def read_file(
    path: Path, into: Path, *, form: Mapping[str, str] | None = None, progress: Progress | None = None
) -> Raw:
    """
    Read a delimited text file, gzip- or zip-packed or not.

    Records that are no rows (too few or too many cells, broken letters, a quote that never closes) are set apart with the reason.
    Lines without anything in them are no records. Memory stays bounded whatever the size of the file.

    Args:
        path: The file.
        into: Folder for the Parquet files; made if it is not there.
        form: What the user says of the file, where looking is not enough: "encoding" (a Python name), "delimiter"
            (a character, its name, or "blanks"), "columns" (names joined by commas, for a file without header).
        progress: Told how many rows are read.

    Raises:
        SourceError: There is no such file, it may not be read, or it is no table.
    """
    said = dict(form or {})
    looked = _looked_through(path, said.get("encoding"))
    digest, encoding = looked.digest, looked.encoding
    with _bytes_of(path) as source:
        found = find_form(path.name, source, encoding, said)
    columns, renamed = unique_names(found.names)
    into.mkdir(parents=True, exist_ok=True)
    writer = _Writer(into / f"{digest[:16]}.parquet", into / f"{digest[:16]}.unreadable.parquet", columns, path.name)
    with _bytes_of(path) as source, writer, _no_collecting():
        for records in _records(path.name, source, found):
            writer.write(records)
            if progress:
                progress(f"reading {path.name}", writer.rows, None)
    if not writer.rows and not found.header:
        raise SourceError(f"{path.name} has no rows.", "A table has rows.", "Export it again.")
    told = {
        "encoding": encoding + looked.why,
        "delimiter": DELIMITERS.get(found.delimiter, found.delimiter),
        "line ends": found.line_ends,
        "header": "first line" if found.header else "none; columns named by the user",
        "bytes": str(looked.size),
    }
    told |= {"skipped before the header": " / ".join(found.skipped)} if found.skipped else {}
    told |= {"columns renamed": ", ".join(renamed)} if renamed else {}
    told |= {"blank lines": str(writer.blank)} if writer.blank else {}
    told |= {"doubt": looked.doubt} if looked.doubt else {}
    return Raw(path.name, writer.path, columns, writer.rows, writer.unreadable_file, digest, told)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Millions of short lists make Python look for garbage in vain; without that reading is half as fast again."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


@dataclass(frozen=True)
class _Looked:
    """What one pass over all bytes tells: their digest, how many there are, their encoding, why, and what is in doubt of it."""

    digest: str
    size: int
    encoding: str
    why: str = ""
    doubt: str = ""


def _looked_through(path: Path, encoding: str | None) -> _Looked:
    digest, finder, size = hashlib.sha256(), EncodingFinder(), 0
    with _bytes_of(path) as source:
        while block := source.read(BLOCK):
            if not size:
                refuse_what_is_no_text(path.name, block)
            digest.update(block)
            finder.feed(block)
            size += len(block)
    if not size:
        refuse_what_is_no_text(path.name, b"")
    if encoding:
        _check_encoding(encoding)
        return _Looked(digest.hexdigest(), size, encoding)
    found = finder.found(path.name)
    return _Looked(digest.hexdigest(), size, found, finder.why(found), finder.doubt(found))


def _check_encoding(name: str) -> None:
    try:
        "".encode(name)
    except LookupError:
        raise SourceError(
            f"{name!r} is not an encoding.",
            "Encodings are named as in Python: utf-8, latin-1, cp1250, gb18030, shift_jis …",
            "Correct the name.",
        ) from None


@contextmanager
def _bytes_of(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked where it is packed; every way this can fail said in words."""
    try:
        if path.is_dir():
            raise SourceError(f"{path} is a folder.", "One file at a time is read here.", "Name a file in it.")
        with path.open("rb") as file:
            packed = file.read(4)
            file.seek(0)
            if packed.startswith(b"\x1f\x8b"):
                with gzip.open(file) as inner:
                    yield cast("BinaryIO", inner)
            elif packed.startswith(b"PK"):
                with _only_member(path, file) as member:
                    yield cast("BinaryIO", member)
            else:
                yield file
    except FileNotFoundError:
        raise SourceError(f"There is no file {path}.", "", "Check the name and the folder.") from None
    except PermissionError:
        raise SourceError(f"{path} may not be read.", "", "Ask its owner for permission to read it.") from None
    except (EOFError, zipfile.BadZipFile, gzip.BadGzipFile, OSError, RuntimeError) as fault:
        if isinstance(fault, OSError) and getattr(fault, "errno", None) == 28:
            raise SourceError("The disk is full.", "", "Make room and import again.") from None
        raise SourceError(f"{path.name} is damaged or cut off: {fault}.", "", "Fetch or export it again.") from None


def _only_member(path: Path, file: BinaryIO) -> IO[bytes]:
    archive = zipfile.ZipFile(file)
    names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
    if any(name in ("[Content_Types].xml", "mimetype") for name in names):
        raise SourceError(
            f"{path.name} is a workbook (Excel or OpenDocument), not text.",
            "A table is imported as CSV or Parquet.",
            "Open it in its program and save the sheet as CSV.",
        )
    if len(names) != 1:
        told = ", ".join(shown(name, 40) for name in names[:5]) or "nothing"
        raise SourceError(
            f"{path.name} holds {len(names)} files ({told}).",
            "One packed file is read at a time.",
            "Unpack it and import the files.",
        )
    return archive.open(names[0])


def _records(name: str, source: BinaryIO, form: Form) -> Iterator[list[list[str]]]:
    """The records after the header, in lists; one whose quote never closes ends in _END."""
    waiting = form.header
    for batch in _parsed(name, source, form):
        if waiting and batch:
            yield batch[_header_in(name, batch, form) + 1 :]
            waiting = False
        else:
            yield batch


def _header_in(name: str, batch: Sequence[Sequence[str]], form: Form) -> int:
    names = [name for name in form.names if name]
    for at, row in enumerate(batch):
        if [cell.strip() for cell in row if cell.strip()] == names:
            return at
    raise SourceError(
        f"The header of {name} cannot be read.", "Every quote in it is closed.", "Correct the first line."
    )


def _parsed(name: str, source: BinaryIO, form: Form) -> Iterator[list[list[str]]]:
    """Every record, the header and what stands before it among them."""
    open_lines: list[str] = []
    for lines, last in _lines(name, source, form.encoding):
        lines = open_lines + lines
        records, used = _cut(lines, form.delimiter)
        open_lines = lines[used:]
        yield records
        while open_lines and (last or sum(map(len, open_lines)) > LONGEST):
            # A quote was opened and not closed: that line is named, what follows it is read as if the quote were not there.
            yield [[open_lines[0], _END]]
            records, used = _cut(open_lines[1:], form.delimiter)
            yield records
            open_lines = open_lines[1 + used :]


def _cut(lines: list[str], delimiter: str) -> tuple[list[list[str]], int]:
    """Lines as whole records, and how many lines they are; a last record with an open quote is left."""
    if delimiter == BLANKS:
        return rows_of(lines, delimiter), len(lines)
    csv.field_size_limit(16 * LONGEST)
    records = list(csv.reader(chain(lines, [_END]), delimiter=delimiter))
    if records[-1] == [_END]:
        records.pop()
        return records, len(lines)
    reader = csv.reader(lines, delimiter=delimiter)
    used = 0
    for _ in range(len(records) - 1):
        next(reader)
        used = reader.line_num
    records.pop()
    return records, used


def _lines(name: str, source: BinaryIO, encoding: str) -> Iterator[tuple[list[str], bool]]:
    """Whole lines, a block at a time, and whether they are the last; a line over LONGEST is no line."""
    letters = decoder(encoding)
    rest, block = "", source.read(BLOCK)
    while block:
        after = source.read(BLOCK)
        lines = io.StringIO(rest + letters.decode(block, final=not after), newline="").readlines()
        # A CR at the very end may be half of a CRLF, and an unfinished line waits for its end.
        rest = lines.pop() if after and lines else ""
        if len(rest) > LONGEST:
            raise SourceError(
                f"{name} has a line of over {LONGEST:,} characters.",
                "A table has a line per row.",
                "Export it again as CSV.",
            )
        yield lines, not after
        block = after


class _Writer:
    """Writes records to Parquet, what is no row to a second file with the reason; counts both."""

    def __init__(self, path: Path, unreadable: Path, columns: Sequence[str], name: str) -> None:
        self.path, self.rows, self.blank = path, 0, 0
        self.unreadable_file: Path | None = None
        self._unreadable, self._name, self._width = unreadable, name, len(columns)
        self._schema = pa.schema([(ROW, pa.int64()), *((column, pa.string()) for column in columns)])
        self._good: pq.ParquetWriter | None = None
        self._bad: pq.ParquetWriter | None = None

    def __enter__(self) -> "_Writer":
        self._good = pq.ParquetWriter(self.path, self._schema, compression="zstd", compression_level=1)
        return self

    def __exit__(self, *_: object) -> None:
        for writer in (self._good, self._bad):
            if writer:
                writer.close()

    def write(self, records: list[list[str]]) -> None:
        """Write records, at most as many at a time as keep memory small."""
        if len(records) == 1 and records[0][-1:] == [_END]:
            self.rows += 1
            self._set_apart([(self.rows, records[0], _UNCLOSED)])
            return
        step = max(1000, 1_000_000 // (self._width + 1))
        for start in range(0, len(records), step):
            self._write_some(records[start : start + step])

    def _write_some(self, records: list[list[str]]) -> None:
        assert self._good
        kept = records if all(map(any, records)) else [record for record in records if any(record)]
        self.blank += len(records) - len(kept)
        numbers = np.arange(self.rows + 1, self.rows + 1 + len(kept))
        self.rows += len(kept)
        whole = kept
        if set(map(len, kept)) - {self._width}:
            fits = np.fromiter((len(record) == self._width for record in kept), bool, len(kept))
            wrong = np.flatnonzero(~fits)
            self._set_apart([(int(numbers[at]), kept[at], self._misfit(kept[at])) for at in wrong])
            whole, numbers = [record for record in kept if len(record) == self._width], numbers[fits]
        try:
            table = self._table(whole, numbers)
        except UnicodeEncodeError:
            fits = np.fromiter((not MARK.search("".join(record)) for record in whole), bool, len(whole))
            self._set_apart([(int(numbers[at]), whole[at], _BROKEN) for at in np.flatnonzero(~fits)])
            table = self._table([record for record, good in zip(whole, fits, strict=True) if good], numbers[fits])
        self._good.write_table(self._without_nul(table))

    def _table(self, records: list[list[str]], numbers: np.ndarray) -> pa.Table:
        cells = [pa.array(column, pa.string()) for column in zip(*records, strict=True)] if records else []
        cells = cells or [pa.array([], pa.string()) for _ in range(self._width)]
        nothing = pa.scalar(None, pa.string())
        cells = [pc.if_else(pc.equal(column, ""), nothing, column) for column in cells]
        return pa.table([pa.array(numbers, pa.int64()), *cells], schema=self._schema)

    def _without_nul(self, table: pa.Table) -> pa.Table:
        """Rows with a NUL byte are set apart; it is no letter, and it ends a text for many programs."""
        found = None
        for column in table.columns[1:]:
            if b"\x00" in b"".join(memoryview(chunk.buffers()[2] or b"") for chunk in column.chunks):
                here = pc.fill_null(pc.match_substring(column, "\x00"), fill_value=False)
                found = here if found is None else pc.or_(found, here)
        if found is None:
            return table
        for row in table.filter(found).to_pylist():
            number = row.pop(ROW)
            self._set_apart([(number, [cell or "" for cell in row.values()], _NUL)])
        return table.filter(pc.invert(found))

    def _misfit(self, record: Sequence[str]) -> tuple[str, str]:
        many = "more" if len(record) > self._width else "fewer"
        return (
            f"a row has {self._width} cells; this one has {len(record)}",
            f"It has {many} cells than the header: put text with a delimiter or line break in it into quotes, or correct the row.",
        )

    def _set_apart(self, records: Sequence[tuple[int, Sequence[str], tuple[str, str]]]) -> None:
        if not records:
            return
        if self._bad is None:
            self._bad = pq.ParquetWriter(self._unreadable, _REJECTED)
            self.unreadable_file = self._unreadable
        rows = [
            (self._name, number, None, None, shown(" | ".join(cell for cell in record if cell != _END)), law, remedy)
            for number, record, (law, remedy) in records
        ]
        self._bad.write_table(pa.table([list(column) for column in zip(*rows, strict=True)], schema=_REJECTED))


_UNCLOSED = (
    "a quote that is opened is closed",
    "The file may be cut off here, or a quote stands alone: correct the line.",
)
_BROKEN = (
    "every letter can be read",
    "Its bytes are no letters in the file's encoding: save the file as UTF-8, or say --encoding cp1250.",
)
_NUL = ("a cell has no NUL byte in it", "The file is damaged here: export it again, or correct the row.")
