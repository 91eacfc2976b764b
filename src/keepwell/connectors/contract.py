"""What is a door in? It reads a source into text rows, recognises its exports and translates them into canonical tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from keepwell.config import Company

ROW = "_row"
"""Column of every staged and translated table: the number of the source record, 1 for the first after the header."""
SOURCE = "_source"
"""Column of every translated table: the name of the source the row came from."""

Progress = Callable[[str, int, int | None], None]
"""Told what is being done, how many rows are done, and how many there are if that is known."""


@dataclass(frozen=True)
class Raw:
    """
    One source, read: every cell as text, nothing interpreted yet.

    Args:
        name: What a person calls the source: a file's name, a table's name.
        rows_file: Parquet with ROW and one text column per source column (empty cells null, otherwise untouched).
        columns: The source's column names in order, made unique where they repeat ("Phone", "Phone.2").
        rows: Records read, those in *unreadable_file* included.
        unreadable_file: Parquet of records that are not rows (see REJECTED), None where every record is one.
        digest: SHA-256 of the source's bytes (or of its rows, where it has no bytes).
        form: How it was read, told to the user: encoding, delimiter, line ends, BOM … "format" is parquet or sql where it
            is not text; "canonical" names the canonical table a Parquet file holds as it is.
    """

    name: str
    rows_file: Path
    columns: tuple[str, ...]
    rows: int
    unreadable_file: Path | None
    digest: str
    form: Mapping[str, str] = field(default_factory=dict)


REJECTED = ("_source", "_row", "table", "column", "value", "law", "remedy")
"""Columns of a file of rejected rows: all text but _row (int64); one line per row and fault."""


@dataclass(frozen=True)
class Match:
    """
    A connector knows this source.

    Args:
        connector: The connector's name.
        export: Which of its exports, such as "orders".
        sure: 0 to 1: the share of the export's telling columns that are there; a connector returns a match only if it is sure.
        why: One sentence for the user.
    """

    connector: str
    export: str
    sure: float
    why: str


@dataclass(frozen=True)
class Translated:
    """
    What a source said, in canonical tables.

    Every source record stands behind at least one canonical row or one rejected row; nothing is dropped.

    Args:
        tables: Canonical table name -> Parquet file with (a subset of) its columns, typed as the schema says, ROW and SOURCE.
            A source that says nothing of a column leaves it out.
        rejected: Parquet of rejected rows (columns REJECTED), None where there are none.
        notes: What the user must know, whole sentences: guests without identity, zones assumed, what was not understood.
    """

    tables: Mapping[str, Path]
    rejected: Path | None
    notes: tuple[str, ...] = ()


class Connector(Protocol):
    """
    A door in. Modules of a connector's folder know schema, config, errors and what stands in connectors/ itself, no other door.

    Two verbs, in two files: extract.py has recognise (and read, where the source is no text file), translate.py has translate.
    """

    name: str

    def recognise(self, raw: Raw) -> Match | None:
        """Whether this source is one of the connector's exports, by its columns, whatever their order or additions."""

    def translate(self, raws: Sequence[tuple[Raw, Match]], company: Company, into: Path) -> Translated:
        """
        Put sources of this connector into canonical tables.

        Args:
            raws: The sources, with what they were recognised as.
            company: Zone and currency where the source does not say.
            into: Existing empty folder for the Parquet files.
        """
