"""In what form is a text file written? Its encoding, delimiter, line ends and header, found by looking."""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from keepwell.connectors.encodings import MARK, by_mark, decoder, shown
from keepwell.errors import SourceError

SAMPLE = 1 << 20
"""Bytes (and later characters) looked at to decide on a form."""
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
BLANKS = "blanks"
"""Delimiter of columns set apart by runs of blanks, as in old statistical files."""
LINE_ENDS = {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}

_NOT_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or another packed file", "Open it in its program and save the sheet as CSV."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Open it in Excel and save the sheet as CSV."),
    (b"%PDF", "a PDF document", "Export the table itself as CSV from the program it came from."),
    (b"\x89PNG", "a PNG picture", "Export the table itself as CSV from the program it came from."),
    (b"\xff\xd8\xff", "a JPEG picture", "Export the table itself as CSV from the program it came from."),
    (b"GIF8", "a GIF picture", "Export the table itself as CSV from the program it came from."),
    (b"SQLite format 3\x00", "an SQLite database", "Import it as a database: sqlite:///FILE and a table's name."),
    (b"PAR1", "a Parquet file", "Give it the ending .parquet and import it again."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard-packed file", "Unpack it first."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it first."),
    (b"Rar!", "a RAR archive", "Unpack it first."),
)
_DOCUMENTS = (
    (
        rb"<!doctype html|<html|<head|<body|<table",
        "a web page",
        "Did the download ask for a log-in? Fetch the export again, as CSV.",
    ),
    (
        rb"<\?xml|<[a-z][\w:.-]*[ />]",
        "an XML document",
        "Export the table itself as CSV from the program it came from.",
    ),
    (
        rb'\[?\s*\{\s*("|\}|$)|\[\s*\]',
        "a JSON document",
        "Export the table itself as CSV, or put its records into a Parquet file.",
    ),
)
"""Beginnings of text that is no table."""
_NUMBER = re.compile(r"[-+(]?[\d.,'\s]*\d[\d.,'\s]*\)?%?")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Form:
    """
    How a text file is to be read.

    Args:
        encoding: Python name of the encoding.
        delimiter: One character, or BLANKS.
        line_ends: LF, CRLF, CR, or several joined by " and ".
        names: Column names as the header gives them (or the user, where there is none).
        header: Whether the first record is the header.
        skipped: Lines before the header that are not part of the table.
    """

    encoding: str
    delimiter: str
    line_ends: str
    names: tuple[str, ...]
    header: bool
    skipped: tuple[str, ...] = ()


def refuse_what_is_no_text(name: str, start: bytes) -> None:
    """
    Look at the first bytes of a file.

    Raises:
        SourceError: It is empty, or a picture, a workbook, an archive or another binary file.
    """
    if not start.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise SourceError(f"{name} is empty.", "A table has a header line and rows.", "Export it again.")
    for magic, what, todo in _NOT_TEXT:
        if start.startswith(magic):
            raise SourceError(f"{name} is {what}, not text.", "A table is imported as CSV or Parquet.", todo)
    head = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for begins, what, todo in _DOCUMENTS:
        if re.match(begins, head):
            raise SourceError(f"{name} is {what}, not a table.", "A table is imported as CSV or Parquet.", todo)
    if by_mark(start):
        return
    part = start[:65536]
    strange = sum(byte < 32 and byte not in b"\t\r\n\f\x1a\x1b" for byte in part)
    if strange > max(8, len(part) / 100):
        raise SourceError(
            f"{name} is a binary file, not text.", "A table is imported as CSV or Parquet.", "Export it as CSV."
        )


def find_form(name: str, source: BinaryIO, encoding: str, said: Mapping[str, str]) -> Form:
    """
    Look at the beginning of a file.

    Args:
        name: The file's name, for messages.
        source: Its bytes, from the first.
        encoding: What they are in.
        said: What the user says of it: "delimiter" (a character, or "blanks") and "columns" (names, where there is no header).

    Raises:
        SourceError: There is no header, or no line ends.
    """
    head = source.read(SAMPLE)
    whole = len(head) < SAMPLE
    text = decoder(encoding).decode(head, final=whole)
    lines = io.StringIO(text, newline="").readlines()
    if not whole:
        if len(lines) == 1:
            raise SourceError(
                f"{name} has no line breaks in its first million characters.",
                "A table has a line per row.",
                "Export it as CSV.",
            )
        lines.pop()
    ends = (
        " and ".join(told for end, told in LINE_ENDS.items() if any(_end(line) == end for line in lines[:1000]))
        or "none"
    )
    start, delimiter = _after_preamble(lines, said.get("delimiter"))
    if "columns" in said:
        names = tuple(column.strip() for column in said["columns"].split(","))
        return Form(encoding, delimiter or _delimiter(lines[start:]), ends, names, header=False)
    delimiter = delimiter or _delimiter(lines[start:])
    rows = rows_of(lines[start : start + 1000], delimiter)
    at = _header_at(rows)
    skipped = tuple(shown(delimiter.join(row)) for row in rows[:at] if any(cell.strip() for cell in row))
    skipped = (*(shown(line.strip()) for line in lines[:start] if line.strip()), *skipped)
    names = _widened(rows, at)
    _refuse_data_as_header(name, names, lines[start])
    return Form(encoding, delimiter, ends, names, header=True, skipped=skipped)


def rows_of(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Lines as records of cells."""
    if delimiter == BLANKS:
        return [line.split() for line in lines]
    return list(csv.reader(lines, delimiter=delimiter))


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _after_preamble(lines: Sequence[str], said: str | None) -> tuple[int, str | None]:
    """The first line that may be a header, and the delimiter where a "sep=" line or the user names it."""
    delimiter = {told: mark for mark, told in DELIMITERS.items()}.get(said or "", said)
    delimiter = "\t" if delimiter == "\\t" else delimiter
    for at, line in enumerate(lines):
        if named := re.fullmatch(r'"?sep=(.)"?\s*', line):
            delimiter = delimiter or named[1]
        elif line.strip(" \t\r\n,;|\x00\x1a"):
            return at, delimiter
    return len(lines) - 1, delimiter


def _delimiter(lines: Sequence[str]) -> str:
    """The mark that cuts most lines into the same number of cells, more than one; comma where none does."""
    best, best_score = ",", 0.0
    for mark in DELIMITERS:
        widths = Counter(len(row) for row in rows_of(lines[:200], mark) if any(row))
        width, often = max(widths.items(), key=lambda item: (item[1] if item[0] > 1 else 0, item[0]), default=(1, 0))
        header = len(rows_of(lines[:1], mark)[0]) if lines else 1
        score = (
            often / max(1, widths.total()) * (1 + (header == width)) * (1 + min(width, 20) / 100) if width > 1 else 0.0
        )
        if score > best_score:
            best, best_score = mark, score
    return best


def _header_at(rows: Sequence[Sequence[str]]) -> int:
    """The record that is the header: the first, unless only titles of one cell stand before wider ones."""
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    usual = max(widths.items(), key=lambda item: item[1], default=(1, 0))[0]
    for at, row in enumerate(rows):
        filled = sum(bool(cell.strip()) for cell in row)
        if filled and (filled > 1 or usual == 1):
            return at
    return 0


def _widened(rows: Sequence[Sequence[str]], at: int) -> tuple[str, ...]:
    """The header's names; one more where every row ends with a delimiter and the header does not."""
    names = tuple(cell.strip() for cell in rows[at])
    below = [row for row in rows[at + 1 :] if any(cell.strip() for cell in row)]
    if below and all(len(row) == len(names) + 1 and not row[-1].strip() for row in below):
        return (*names, "")
    return names


def _refuse_data_as_header(name: str, names: Sequence[str], line: str) -> None:
    filled = [cell for cell in names if cell]
    numbers = sum(_NUMBER.fullmatch(cell) is not None for cell in filled)
    told = any(_EMAIL.fullmatch(cell) or _DATE.fullmatch(cell) for cell in filled)
    blanks = len(names) == 1 and len(line.split()) > 2
    if (
        not told
        and numbers * 2 < max(1, len(filled))
        and not (blanks and all(_NUMBER.fullmatch(cell) for cell in line.split()))
    ):
        return
    hint = "columns set apart by blanks" if blanks else "data"
    todo = "Give the columns their names: add a first line, or import it with --columns customer_id,date,amount"
    raise SourceError(
        f"{name} has no header: its first line is {hint}: {shown(line.strip())}",
        "The first line of a table names its columns.",
        f"{todo}{' --delimiter blanks (as many names as columns)' if blanks else ''}.",
    )


def unique_names(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    Names that can be told apart.

    Returns:
        The names (empty ones become "column 3", repeated ones "Phone.2"), and those that were changed.
    """
    found: list[str] = []
    changed = []
    seen = {"_row", "_source"}
    for at, given in enumerate(names):
        clean = MARK.sub("?", given).replace("\x00", "").strip() or f"column {at + 1}"
        name, times = clean, 1
        while _folded(name) in seen:
            times += 1
            name = f"{clean}.{times}"
        seen.add(_folded(name))
        found.append(name)
        if name != given:
            changed.append(name)
    return tuple(found), tuple(changed)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
