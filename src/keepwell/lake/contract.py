"""What is imported, and what became of it? The words the lake shares with those who bring and those who ask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

Progress = Callable[[str, int, int | None], None]
"""Told what is being done, how much of it is done, and how much there is if that is known."""


@dataclass(frozen=True)
class Delivery:
    """
    Canonical rows that ask to be let in, as files.

    Args:
        sources: Source name -> records read from it.
        digest: Names the content: the same delivery has the same digest, so a killed import goes on where it stopped.
        tables: Canonical table -> Parquet files with its columns (or some of them), _row and _source.
        rejected: Parquet files of rows already refused (_source, _row, table, column, value, law, remedy).
        notes: Sentences kept with the batch.
        zone: IANA zone in which an order has its day.
    """

    sources: Mapping[str, int]
    digest: str
    tables: Mapping[str, tuple[Path, ...]]
    rejected: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    zone: str = "UTC"


@dataclass(frozen=True)
class Caution:
    """
    What may be wrong with a batch though every row of it holds.

    Args:
        what: In two words.
        says: The sentence for the user, with what to do.
        about: Ids of other batches it speaks of; where all of them were taken back it is settled.
    """

    what: str
    says: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Count:
    """What a batch does to one table."""

    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    quarantined: int = 0


@dataclass(frozen=True)
class Batch:
    """
    One import, whole or not at all; read = accepted + quarantined + duplicates, always.

    Args:
        id: Sortable name, such as "20261122-0001".
        state: staged (nothing of it is visible), committed, or undone.
        made_at: When, in UTC.
        digest: The delivery's.
        sources: Source name -> records read.
        read: Source records read, all sources.
        accepted: Source records behind at least one new or corrected canonical row, none of whose rows was refused.
        quarantined: Source records of which a row was refused; kept with their reasons.
        duplicates: Source records that say only what was known already.
        tables: Canonical table -> what the batch does (did) to it.
        notes: Sentences for the user.
        cautions: What may be wrong with it.
        spared: Of the accepted and the duplicates, those that came in without a value that could not be; kept with their reasons too.
    """

    id: str
    state: str
    made_at: datetime
    digest: str
    sources: Mapping[str, int]
    read: int
    accepted: int
    quarantined: int
    duplicates: int
    tables: Mapping[str, Count] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    spared: int = 0
