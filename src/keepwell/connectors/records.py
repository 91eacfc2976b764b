"""Which records has a text file? Whole lines in bounded memory, cut where quotes allow; a quote that goes wrong costs its own line."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import BinaryIO

from keepwell.connectors.encodings import decoder
from keepwell.connectors.forms import BLANKS, Form, rows_of
from keepwell.errors import SourceError

BLOCK = 1 << 20
"""Bytes or characters taken at a time."""
LONGEST = 4 << 20
"""Characters a record may have; a longer one is a quote that never closes."""
END = "\x00keepwell-end\x00"
"""Last cell of what is no record but a line whose quote goes wrong."""


def records_of(name: str, source: BinaryIO, form: Form) -> Iterator[list[list[str]]]:
    """The records after the header, in lists; a line whose quote goes wrong is a list of its own and ends in END."""
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
    rest: list[str] = []
    for lines, last in _lines(name, source, form.encoding):
        batches, rest = _cut(rest + lines, form.delimiter)
        yield from batches
        while rest and (last or sum(map(len, rest)) > LONGEST):
            # A quote was opened and not closed: that line is named, what follows it is read as if the quote were not there.
            yield [[rest[0], END]]
            batches, rest = _cut(rest[1:], form.delimiter)
            yield from batches


def _cut(lines: list[str], delimiter: str) -> tuple[list[list[list[str]]], list[str]]:
    """Lines as whole records, and the lines of a last record with an open quote."""
    if delimiter == BLANKS:
        return [rows_of(lines, delimiter)], []
    csv.field_size_limit(16 * LONGEST)
    try:
        records = list(csv.reader(chain(lines, [END]), delimiter=delimiter, strict=True))
    except csv.Error:
        return _cut_with_care(lines, delimiter)
    return [records[:-1]], []


def _cut_with_care(lines: list[str], delimiter: str) -> tuple[list[list[list[str]]], list[str]]:
    """
    As _cut, where some quote is odd.

    An odd quote within a line does no harm. A record of several lines whose quotes do not hold is none: its first line is set
    apart, and reading goes on with the next.
    """
    batches: list[list[list[str]]] = [[]]
    at = base = 0
    reader = csv.reader(lines, delimiter=delimiter)
    while (record := next(reader, None)) is not None:
        end = base + reader.line_num
        several, last = end - at > 1, end == len(lines)
        fault = _fault(lines[at:end], delimiter) if several or last else ""
        if last and fault == "open":
            return batches, lines[at:]
        if several and fault:
            batches += [[[lines[at], END]], []]
            at = base = at + 1
            reader = csv.reader(map(lines.__getitem__, range(base, len(lines))), delimiter=delimiter)
        else:
            batches[-1].append(record)
            at = end
    return batches, []


def _fault(lines: Sequence[str], delimiter: str) -> str:
    """What is wrong with the quotes of one record: open, odd or nothing."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as fault:
        return "open" if "unexpected end" in str(fault) else "odd"
    return ""


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
