"""In what form is a text file written? Its encoding, delimiter, line ends and header, found by looking."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from keepwell.errors import SourceError

SAMPLE = 1 << 20
"""Bytes (and later characters) looked at to decide on a form."""
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
BLANKS = "blanks"
"""Delimiter of columns set apart by runs of blanks, as in old statistical files."""
LINE_ENDS = {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
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
    if _utf16(start):
        return
    part = start[:65536]
    strange = sum(byte < 32 and byte not in b"\t\r\n\f\x1a\x1b" for byte in part)
    if strange > max(8, len(part) / 100):
        raise SourceError(
            f"{name} is a binary file, not text.", "A table is imported as CSV or Parquet.", "Export it as CSV."
        )


class EncodingFinder:
    """
    Which encoding has a file? Fed with all its bytes, because the first odd letter may stand at the very end.

    UTF-8 unless its bytes forbid it. Letters of UTF-8 beside others leave it UTF-8, so that the rows of the other encoding are
    named later; only where they are so rare that chance can have made them it is a file of one byte a letter, and that is a doubt.
    """

    def __init__(self) -> None:
        self._start, self._example, self._lines = b"", b"", 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._letters = self._broken = 0
        self._high = False

    def feed(self, data: bytes) -> None:
        """Look at the next bytes."""
        if len(self._start) < 4096:
            self._start += data[: 4096 - len(self._start)]
        if data.isascii() and not self._decoder.getstate()[0]:
            return
        text = self._decoder.decode(data)
        broken = text.count("\ufffd")
        self._broken += broken
        self._letters += len(text) - len(text.encode("ascii", "ignore")) - broken
        self._high = self._high or (broken > 0 and re.search(rb"[\x80-\x9f]", data) is not None)
        if broken:
            self._lines += sum(not line.isascii() for line in data.splitlines())
            self._example = self._example or next(filter(_no_utf8, _WORD.findall(data)), b"")

    def found(self) -> str:
        """The encoding's name in Python."""
        for bom, name in _BOMS:
            if self._start.startswith(bom):
                return name
        if wide := _utf16(self._start):
            return wide
        if _CHANCE * self._letters >= self._broken:
            return "utf-8"
        return "cp1252" if self._high else "latin-1"

    def doubt(self) -> str:
        """What is to be confirmed of the encoding found; empty where the bytes prove it."""
        found = self.found()
        if found not in ("cp1252", "latin-1"):
            return ""
        told = "Windows-1252" if found == "cp1252" else "Latin-1"
        example = f', e.g. "{shown(decoder(found).decode(self._example, final=True), 40)}"' if self._example else ""
        mixed = f"; {self._letters} letters could be UTF-8" if self._letters else ""
        return (
            f"letters are read as {told}{example}, in {self._lines:,} lines{mixed}. Say --encoding if they are wrong."
        )


_CHANCE = 4
"""Letters of one byte to each that is UTF-8 by chance; with fewer the file is UTF-8 with foreign rows in it."""
_WORD = re.compile(rb"[\w'\x80-\xff-]*[\x80-\xff][\w'\x80-\xff-]*")


def _no_utf8(word: bytes) -> bool:
    return "\ufffd" in word.decode("utf-8", "replace")


def _utf16(start: bytes) -> str | None:
    """UTF-16 by its byte order mark or by where the zero bytes of plain letters stand."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    part = start[:4096]
    even, odd = part[0::2].count(0), part[1::2].count(0)
    if max(even, odd) < max(4, len(part) / 8) or min(even, odd) > max(even, odd) / 10:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _marked(fault: UnicodeError) -> tuple[str, int]:
    """Bytes that are no letters become lone surrogates, found again when the row is judged."""
    assert isinstance(fault, UnicodeDecodeError)
    return "".join(chr(0xDC00 + byte) for byte in fault.object[fault.start : fault.end]), fault.end


codecs.register_error("keepwell.marked", _marked)
MARK = re.compile("[\udc00-\udcff]")
"""A byte that could not be decoded, as it stands in the text."""


def shown(text: str, width: int = 120) -> str:
    """Text as it can be put into a message: undecodable bytes and control characters spelt out, long text cut."""
    spelt = MARK.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", text)
    spelt = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in spelt[: width + 1])
    return spelt if len(spelt) <= width else spelt[: width - 1] + "…"


def decoder(encoding: str) -> codecs.IncrementalDecoder:
    """Turns bytes into text piece by piece; undecodable bytes are marked."""
    return codecs.getincrementaldecoder(encoding)("keepwell.marked")


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
