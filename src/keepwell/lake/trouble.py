"""What does a fault of disk, engine or table format mean to a person? One sentence, and the file by its name."""

import errno
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from keepwell.errors import KeepwellError, LakeError

_FULL = re.compile(
    r"no space left|os error 28|disk quota|max_temp_directory_size|not enough (disk )?space", re.IGNORECASE
)
_FILE = re.compile(r"['\"]?((?:[a-z0-9]+://|/)[^'\"\n]*?\.parquet)['\"]?")
_MAGIC = b"PAR1"
_ASKED_WRONG = (
    duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, duckdb.ConversionException,
    duckdb.OutOfRangeException, duckdb.OutOfMemoryException, duckdb.NotImplementedException,
)  # fmt: skip
"""Faults of a question, not of a file."""


@contextmanager
def plainly(location: str, deed: str, suspects: Callable[[], Iterable[str]] = tuple) -> Iterator[None]:
    """
    Turn faults of the system into a LakeError that says what to do.

    Args:
        location: The lake.
        deed: What was being done, such as "importing".
        suspects: Data files that may be to blame; asked for only where the fault names none.
    """
    from deltalake.exceptions import DeltaError

    try:
        yield
    except KeepwellError:
        raise
    except (OSError, MemoryError, duckdb.Error, DeltaError, pa.ArrowException) as fault:
        raise _told(location, deed, fault, suspects) from fault


def damage(path: Path, size: int) -> str | None:
    """
    What is wrong with a data file, from outside; None where nothing is.

    Args:
        path: A Parquet file.
        size: The bytes it had when it was written.
    """
    try:
        found = path.stat().st_size
        if found != size:
            return f"it has {found:,} bytes and was written with {size:,}"
        with path.open("rb") as handle:
            head = handle.read(4)
            handle.seek(-4, 2)
            return None if head == handle.read(4) == _MAGIC else "it does not begin and end as a Parquet file does"
    except FileNotFoundError:
        return "it is missing"
    except OSError as fault:
        return fault.strerror or str(fault)


def damaged(path: str, what: str) -> LakeError:
    """The error that names a damaged file."""
    return LakeError(
        f"The data file {path} is damaged: {what}.",
        "No part of it is used.",
        "Restore it from a backup, or undo the batch that wrote it and import that again.",
    )


def _told(location: str, deed: str, fault: BaseException, suspects: Callable[[], Iterable[str]]) -> LakeError:
    text = " ".join(str(fault).split("\n\n")[0].split())
    if _FULL.search(str(fault)) or getattr(fault, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return LakeError(
            f"The disk is full: {deed} in {location} stopped.",
            "Nothing of it became visible; the lake is as it was.",
            "Make room on that disk and try again.",
        )
    if isinstance(fault, MemoryError | duckdb.OutOfMemoryException):
        return LakeError(
            f"There is not enough memory for {deed} in {location}.",
            text,
            "Close other programs, or ask for less at once.",
        )
    if found := _FILE.search(text):
        return damaged(found[1], text)
    if isinstance(fault, duckdb.Error) and not isinstance(fault, _ASKED_WRONG):
        for path in suspects():
            if unreadable := _unreadable(path):
                return damaged(path, unreadable)
    return LakeError(f"While {deed} in {location}: {text}.", "", "Check that the lake can be read and written there.")


def _unreadable(path: str) -> str | None:
    """Why a Parquet file cannot be read to its end; None where it can."""
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for _ in file.iter_batches():
                pass
    except (OSError, pa.ArrowException) as fault:
        return str(fault)
    return None
