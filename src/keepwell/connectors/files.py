"""What does a text file say? Any delimited file, read into rows of text in bounded memory; nothing interpreted, nothing lost."""

import gc
import gzip
import hashlib
import stat
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keepwell.connectors.contract import REJECTED, ROW, Progress, Raw
from keepwell.connectors.encodings import MARK, EncodingFinder, shown
from keepwell.connectors.forms import (
    DELIMITERS,
    find_form,
    refuse_what_is_no_text,
    unique_names,
)
from keepwell.connectors.records import BLOCK, END, records_of
from keepwell.errors import SourceError

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
    before = _stamp(path)
    looked = _looked_through(path, said.get("encoding"))
    digest, encoding = looked.digest, looked.encoding
    with _bytes_of(path) as source:
        found = find_form(path.name, source, encoding, said)
    columns, renamed = unique_names(found.names)
    into.mkdir(parents=True, exist_ok=True)
    writer = _Writer(into / f"{digest[:16]}.parquet", into / f"{digest[:16]}.unreadable.parquet", columns, path.name)
    with _bytes_of(path) as source, writer, _no_collecting():
        for records in records_of(path.name, source, found):
            writer.write(records)
            if progress:
                progress(f"reading {path.name}", writer.rows, None)
    if _stamp(path) != before:
        raise SourceError(
            f"{path.name} changed while it was read.",
            "A table is read as it stands at one moment.",
            "Wait until whatever writes it is done, or import a copy.",
        )
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


def _stamp(path: Path) -> tuple[int, int] | None:
    """By what a change of the file is seen; None where there is none to be read."""
    try:
        told = path.stat()
    except OSError:
        return None
    if not (stat.S_ISREG(told.st_mode) or stat.S_ISDIR(told.st_mode)):
        raise SourceError(
            f"{path} is a pipe or a device, not a file.",
            "A file is read more than once: first its encoding and digest, then its rows.",
            "Save what comes out of it as a file, and import that.",
        )
    return told.st_size, told.st_mtime_ns


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


class _Writer:
    """Writes records to Parquet, what is no row to a second file with the reason; counts both."""

    def __init__(self, path: Path, unreadable: Path, columns: Sequence[str], name: str) -> None:
        self.path, self.rows, self.blank = path, 0, 0
        self.unreadable_file: Path | None = None
        self._unreadable, self._name, self._width = unreadable, name, len(columns)
        self._schema = pa.schema([(ROW, pa.int64()), *((column, pa.string()) for column in columns)])
        self._apart: list[tuple[object, ...]] = []
        self._good: pq.ParquetWriter | None = None
        self._bad: pq.ParquetWriter | None = None

    def __enter__(self) -> "_Writer":
        self._good = pq.ParquetWriter(self.path, self._schema, compression="zstd", compression_level=1)
        return self

    def __exit__(self, *_: object) -> None:
        self._write_apart()
        for writer in (self._good, self._bad):
            if writer:
                writer.close()

    def write(self, records: list[list[str]]) -> None:
        """Write records, at most as many at a time as keep memory small."""
        if len(records) == 1 and records[0][-1:] == [END]:
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
        self._apart += [
            (self._name, number, None, None, shown(" | ".join(cell for cell in record if cell != END)), law, remedy)
            for number, record, (law, remedy) in records
        ]
        if len(self._apart) >= 10_000:
            self._write_apart()

    def _write_apart(self) -> None:
        if not self._apart:
            return
        if self._bad is None:
            self._bad = pq.ParquetWriter(self._unreadable, _REJECTED)
            self.unreadable_file = self._unreadable
        self._bad.write_table(pa.table([list(column) for column in zip(*self._apart, strict=True)], schema=_REJECTED))
        self._apart = []


_UNCLOSED = (
    "a quote that is opened is closed",
    "The file may be cut off here, or a quote stands alone: correct the line.",
)
_BROKEN = (
    "every letter can be read",
    "Its bytes are no letters in the file's encoding: save the file as UTF-8, or say --encoding cp1250.",
)
_NUL = ("a cell has no NUL byte in it", "The file is damaged here: export it again, or correct the row.")
