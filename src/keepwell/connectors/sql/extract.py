"""What does a database say? One table or one SELECT, read in chunks and never written to."""

import hashlib
import os
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.connectors.contract import ROW, Match, Progress, Raw
from keepwell.connectors.forms import unique_names
from keepwell.connectors.mapping import recognise_any
from keepwell.errors import MissingExtraError, SourceError

if TYPE_CHECKING:
    import sqlalchemy as sa

NAME = "sql"
FORMAT = "sql"
CHUNK = 10_000
_READ_ONLY = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
"""Dialect -> what forbids it to write."""
_TONGUES = {"postgresql": "postgres", "mssql": "tsql", "mariadb": "mysql"}
"""Dialects whose SQL the parser calls something else."""


def recognise(raw: Raw) -> Match | None:
    """Whether the rows of a database are a table of the language, by their columns."""
    return recognise_any(raw, NAME) if raw.form.get("format") == FORMAT else None


def read(address: str, wanted: str, into: Path, *, progress: Progress | None = None) -> Raw:
    """
    Read a table or a query of a database.

    Nothing is written there: one SELECT is let through, in a read-only transaction where the database knows such.
    A password is never shown and never stored; write it as ${NAME} and it is taken from the environment.

    Args:
        address: SQLAlchemy URL, such as postgresql://reader:${PASSWORD}@host/shop or sqlite:///shop.db.
        wanted: A table's name, or one SELECT.
        into: Folder for the rows; made if it is not there.
        progress: Told how many rows are read.

    Raises:
        SourceError: The address, the query or the database is not in order.
        MissingExtraError: The database's driver is not installed.
    """
    import sqlalchemy as sa

    url = _url(address)
    query = _query(wanted, url.get_backend_name())
    into.mkdir(parents=True, exist_ok=True)
    name = (
        f"{Path(url.database or url.get_backend_name()).stem}.{wanted}"
        if _is_name(wanted)
        else f"{Path(url.database or '').stem}: {' '.join(wanted.split())[:60]}"
    )
    with _told(url), _connected(url) as connection:
        result = connection.execution_options(stream_results=True, yield_per=CHUNK).execute(
            sa.text(query.replace(":", "\\:"))
        )
        columns, renamed = unique_names(list(result.keys()))
        path = into / f"{uuid.uuid4().hex}.parquet"
        rows, digest = _written(name, path, columns, result.partitions(CHUNK), progress)
    final = into / f"{digest[:16]}.parquet"
    path.replace(final)
    told = {"format": FORMAT, "database": url.get_backend_name(), "query": query}
    told |= {"columns renamed": ", ".join(renamed)} if renamed else {}
    return Raw(name, final, columns, rows, None, digest, told)


def _url(address: str) -> "sa.URL":
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    missing = [name for name in re.findall(r"\$\{(\w+)\}", address) if name not in os.environ]
    if missing:
        raise SourceError(
            f"The environment has no {', '.join(missing)}.",
            "The address takes it from there.",
            f"Set it: export {missing[0]}=…",
        )
    try:
        bare = make_url(re.sub(r"\$\{(\w+)\}", "x", address))
    except (ArgumentError, ValueError):
        raise SourceError(
            "The database address cannot be read.",
            "It looks like dialect://user:${PASSWORD}@host/database.",
            "Correct it.",
        ) from None
    given = make_url(re.sub(r"\$\{(\w+)\}", lambda found: _quoted_part(os.environ[found[1]]), address))
    if (
        bare.get_backend_name() == "sqlite"
        and given.database not in (None, "", ":memory:")
        and not Path(str(given.database)).is_file()
    ):
        raise SourceError(f"There is no database {given.database}.", "", "Check the name and the folder.")
    return given


def _quoted_part(value: str) -> str:
    from urllib.parse import quote

    return quote(value, safe="")


def _is_name(wanted: str) -> bool:
    return re.fullmatch(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*){0,2}", wanted.strip()) is not None


def _query(wanted: str, dialect: str) -> str:
    """
    The one SELECT that is let through.

    Raises:
        SourceError: It is something else, or several.
    """
    import sqlglot
    from sqlglot import exp

    tongue = _TONGUES.get(dialect, dialect)
    if tongue not in sqlglot.Dialect.classes:
        tongue = ""
    if _is_name(wanted):
        return "SELECT * FROM " + ".".join(
            exp.to_identifier(part, quoted=True).sql(dialect=tongue or None) for part in wanted.strip().split(".")
        )
    try:
        parsed = [statement for statement in sqlglot.parse(wanted, dialect=tongue or None) if statement is not None]
    except (sqlglot.errors.SqlglotError, RecursionError):
        raise SourceError(
            "The query cannot be understood.", "One SELECT is read.", "Correct it, or name a table."
        ) from None
    writes = (
        exp.Insert,
        exp.Update,
        exp.Delete,
        exp.Merge,
        exp.Create,
        exp.Drop,
        exp.Into,
        exp.Command,
        exp.Lock,
        exp.Pragma,
        exp.Set,
    )
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query) or any(parsed[0].find(kind) for kind in writes):
        raise SourceError(
            "The query is not one SELECT.",
            "Keepwell reads a database and never changes it.",
            "Write one SELECT, or name a table.",
        )
    return wanted.strip().rstrip(";")


@contextmanager
def _connected(url: "sa.URL") -> "Iterator[sa.Connection]":
    import sqlalchemy as sa

    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            if forbid := _READ_ONLY.get(url.get_backend_name()):
                connection.execute(sa.text(forbid))
            yield connection
            connection.rollback()
    finally:
        engine.dispose()


@contextmanager
def _told(url: "sa.URL") -> Iterator[None]:
    """What goes wrong with a database, said without its password."""
    import sqlalchemy as sa

    place = url.render_as_string(hide_password=True)
    try:
        yield
    except (ModuleNotFoundError, sa.exc.NoSuchModuleError) as fault:
        package = getattr(fault, "name", None) or url.drivername
        raise MissingExtraError(
            f"The driver {package} for {place} is not installed.", "", f"Install it: pip install {package}"
        ) from None
    except sa.exc.SQLAlchemyError as fault:
        said = str(getattr(fault, "orig", None) or fault).splitlines()[0]
        for secret in {str(url.password or ""), _quoted_part(str(url.password or ""))} - {""}:
            said = said.replace(secret, "***")
        raise SourceError(
            f"{place} cannot be read: {said}.", "", "Check the address, the table's name and the rights of the user."
        ) from None


def _written(
    name: str, path: Path, columns: Sequence[str], chunks: Iterable[Sequence[Any]], progress: Progress | None
) -> tuple[int, str]:
    schema = pa.schema([(ROW, pa.int64()), *((column, pa.string()) for column in columns)])
    digest, done = hashlib.sha256("\x1f".join(columns).encode()), 0
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        for chunk in chunks:
            cells = [
                [_as_text(name, column, value) for value in values]
                for column, values in zip(columns, zip(*chunk, strict=True), strict=True)
            ]
            digest.update(repr(cells).encode("utf-8", "surrogatepass"))
            writer.write_table(pa.table([list(range(done + 1, done + 1 + len(chunk))), *cells], schema=schema))
            done += len(chunk)
            if progress:
                progress(f"reading {name}", done, None)
    return done, digest.hexdigest()


def _as_text(name: str, column: str, value: object) -> str | None:
    """A value of a database as text that says the same."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, str | int | float | uuid.UUID):
        return str(value)
    raise SourceError(
        f'Column "{column}" of {name} holds {type(value).__name__} values.',
        "A cell holds one text, number, date or time.",
        "Leave the column out of the SELECT, or cast it to text.",
    )
