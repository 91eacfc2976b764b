"""What did people do and hear at the desk? Touches, promises, notes of meetings and doubts, read from its database and never written to."""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.connectors.contract import ROW, Match, Progress, Raw
from keepwell.errors import MissingExtraError, SourceError

if TYPE_CHECKING:
    import sqlalchemy as sa

NAME = FORMAT = "desk"
PREFIX = "desk+"
"""How an address begins that is a desk's: desk+sqlite:///shop/desk/desk.sqlite3."""

TABLES = {
    "touches": (
        "SELECT t.id, t.customer_id, t.contact, t.at, t.direction, t.channel, p.role, p.name AS who, t.value, t.subject "
        "FROM touches_touch t JOIN base_person p ON p.id = t.by_id "
        "WHERE t.withdrawn_at IS NULL AND t.state = 'done' ORDER BY t.at, t.id"
    ),
    "promises": (
        "SELECT t.id, t.customer_id, t.sort, t.created_at, t.due_at, t.closed_at, t.state, p.name AS who, t.text "
        "FROM promises_promise t JOIN base_person p ON p.id = t.by_id "
        "WHERE t.withdrawn_at IS NULL ORDER BY t.created_at, t.id"
    ),
    "notes": (
        "SELECT t.id, t.customer_id, t.starts_at AS at, t.sentiment, t.because "
        "FROM meetings_meeting t WHERE t.withdrawn_at IS NULL AND t.sentiment IS NOT NULL ORDER BY t.starts_at, t.id"
    ),
    "doubts": (
        "SELECT t.id, t.customer_id, t.held_at AS at, CASE WHEN t.doubted THEN 1 ELSE 0 END AS doubted "
        "FROM interviews_interview t WHERE t.withdrawn_at IS NULL AND t.state = 'done' AND t.doubted IS NOT NULL ORDER BY t.held_at, t.id"
    ),
}
"""Export -> what is read of the desk's database; what was undone there is left out."""

COLUMNS = {
    "touches": ("id", "customer_id", "contact", "at", "direction", "channel", "role", "who", "value", "subject"),
    "promises": ("id", "customer_id", "sort", "created_at", "due_at", "closed_at", "state", "who", "text"),
    "notes": ("id", "customer_id", "at", "sentiment", "because"),
    "doubts": ("id", "customer_id", "at", "doubted"),
}
"""Export -> its columns, in their order."""


def recognise(raw: Raw) -> Match | None:
    """Whether this was read at a desk."""
    if raw.form.get("format") != FORMAT:
        return None
    export = next((name for name, columns in COLUMNS.items() if raw.columns == columns), None)
    return Match(NAME, export, 1.0, f"These are the {export} of the desk.") if export else None


def read(address: str, into: Path, *, progress: Progress | None = None) -> list[Raw]:
    """
    Read what people did and heard at a desk.

    Args:
        address: SQLAlchemy URL of its database, with or without PREFIX.
        into: Folder for the rows; made if it is not there.
        progress: Told how many rows are read.

    Returns:
        One source an export.

    Raises:
        SourceError: The database cannot be read, or is no desk's.
        MissingExtraError: The database's driver is not installed.
    """
    import sqlalchemy as sa

    url = _url(address.removeprefix(PREFIX))
    into.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    place = url.render_as_string(hide_password=True)
    try:
        with engine.connect() as connection:
            if url.get_backend_name() == "sqlite":
                connection.execute(sa.text("PRAGMA query_only = ON"))
            else:
                connection.execute(sa.text("SET TRANSACTION READ ONLY"))
            return [_raw(name, connection, into, progress) for name in TABLES]
    except sa.exc.SQLAlchemyError as fault:
        said = str(getattr(fault, "orig", None) or fault).splitlines()[0].replace(str(url.password or "\0"), "***")
        raise SourceError(
            f"{place} cannot be read as a desk: {said}.",
            "",
            "Check the address; the desk has to have been started once.",
        ) from None
    finally:
        engine.dispose()


def _url(address: str) -> "sa.URL":
    import sqlalchemy as sa
    from sqlalchemy.engine import make_url

    try:
        url = make_url(address)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        url.get_dialect().import_dbapi()
    except (sa.exc.ArgumentError, ValueError):
        raise SourceError(
            "The desk's address cannot be read.", "It looks like desk+sqlite:///shop/desk/desk.sqlite3.", "Correct it."
        ) from None
    except (ModuleNotFoundError, sa.exc.NoSuchModuleError):
        raise MissingExtraError(
            "The database's driver is not installed.", "", "Install it: pip install keepwell[postgresql]"
        ) from None
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise SourceError(f"There is no desk at {url.database}.", "", "Check the name and the folder.")
    return url


def _raw(name: str, connection: "sa.Connection", into: Path, progress: Progress | None) -> Raw:
    """One export as text rows, in bounded memory."""
    import sqlalchemy as sa

    columns = COLUMNS[name]
    schema = pa.schema([(ROW, pa.int64()), *((column, pa.string()) for column in columns)])
    path, digest, done = into / f"{name}-{uuid.uuid4().hex}.parquet", hashlib.sha256(name.encode()), 0
    result = connection.execution_options(yield_per=10_000).execute(sa.text(TABLES[name]))
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        for chunk in result.partitions():
            cells = [[_text(column, value) for value in values] for column, values in _columns(columns, chunk)]
            digest.update(repr(cells).encode("utf-8", "surrogatepass"))
            writer.write_table(pa.table([list(range(done + 1, done + 1 + len(chunk))), *cells], schema=schema))
            done += len(chunk)
            if progress:
                progress(f"reading {name} of the desk", done, None)
    return Raw(f"desk {name}", path, columns, done, None, digest.hexdigest(), {"format": FORMAT})


def _columns(columns: Sequence[str], chunk: Sequence[Any]) -> list[tuple[str, tuple[Any, ...]]]:
    return list(zip(columns, zip(*chunk, strict=True), strict=True))


def _text(column: str, value: Any) -> str | None:
    """A value as text; ids and moments the same from every database."""
    if value is None or value == "":
        return None
    if column == "id":
        return str(value if isinstance(value, uuid.UUID) else uuid.UUID(str(value)))
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return str(value)[:19] if column.endswith("_at") or column == "at" else str(value)
