"""What is kept in case all is lost? One file: the lake, what people decided, the settings; taken while people work, put back by one command."""

import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from keepwell.config import FILE_NAME, Company
from keepwell.errors import ConfigError, LakeBusyError
from keepwell.lake.activity import FOLDER as ACTIVITY
from keepwell.lake.arranged import FOLDER as BY_CUSTOMER
from keepwell.lake.lock import only_writer
from keepwell.lake.sweeping import DEEDS
from keepwell.web import place, serving

ABOUT, ROWS, SQLITE = "keepwell-backup.json", "desk/rows.jsonl", "desk/desk.sqlite3"
"""Members of a backup: what it is, and the desk's database as rows, or as SQLite's own file."""

_FORMAT = 1
_SECRET = ("desk/secret", "desk/addresses", "desk/demo-sign-in")
"""What is kept only where it is asked for."""
_OPEN = ("mappings", "desk/uploads")
_SESSIONS = ("sessions.session", "usersessions.usersession")
"""Who is signed in: worth as much as a password."""
_NOT_OF_THE_LAKE = ("lock", DEEDS, ACTIVITY, BY_CUSTOMER)
"""Of the lake's folder: what can be made anew, and what belongs to whoever writes now."""
_WAIT = 600
"""Seconds to wait for a writer of the lake."""

About = dict[str, Any]
Told = Callable[[str, int, int | None], None]


def backup(folder: Path, into: Path, *, secrets: bool = False, progress: Told | None = None) -> About:
    """
    Put a company into one file, whole and of one moment, while it is worked with.

    Args:
        folder: The company's folder.
        into: The file; it is not there yet.
        secrets: Whether passwords of databases, sessions and the desk's secret go with it.
        progress: Told what is being done.

    Returns:
        What stands in the backup about itself.

    Raises:
        ConfigError: There is no company, or the file is there already.
        LakeBusyError: Somebody writes to the lake for longer than ten minutes.
    """
    told = progress or (lambda _what, _done, _total: None)
    folder = folder.resolve()
    company = Company.load(folder / FILE_NAME)
    if into.exists():
        raise ConfigError(f"{into} exists already.", "A backup never overwrites another.", "Name a new file.")
    about: About = {
        "format": _FORMAT, "version": version("keepwell"), "company": company.name, "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "secrets": secrets, "lake": "elsewhere" if "://" in company.lake else "here", "database": "none",
    }  # fmt: skip
    into.parent.mkdir(parents=True, exist_ok=True)
    with _scratch(folder) as scratch:
        if (folder / "desk").is_dir():
            told("copying what people decided", 0, None)
            about["database"] = _database(folder, scratch, secrets=secrets)
        told("copying the lake", 0, None)
        if about["lake"] == "here" and (folder / company.lake).is_dir():
            # after the database: what it says came in is in the lake; a company nothing was brought to has none
            _lake(folder / company.lake, scratch / "lake", told)
        for name in (*_OPEN, *(_SECRET if secrets else ())):
            _linked(folder / name, scratch / name)
        (scratch / FILE_NAME).write_text(_settings(folder, secrets=secrets), "utf-8")
        told("writing the file", 0, None)
        _write(scratch, into, about)
    return about


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder beside what is copied, so that links suffice; those of backups that were killed go."""
    for left in folder.glob(".backing-up-*"):
        if time.time() - left.stat().st_mtime > 86_400:
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=".backing-up-", dir=folder))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _settings(folder: Path, *, secrets: bool) -> str:
    """The settings; the address of a database holds a password."""
    said = (folder / FILE_NAME).read_text("utf-8-sig")
    return said if secrets else re.sub(r"(?m)^\s*database\s*=.*$", "# database = left out of the backup", said)


def _lake(lake: Path, into: Path, told: Told) -> None:
    """Links to the lake's files, made while nobody writes: files are replaced, never changed, so that links keep this moment."""
    until = time.monotonic() + _WAIT
    while True:
        try:
            with only_writer(lake / "lock", "backing up"):
                for each in lake.iterdir():
                    if each.name not in _NOT_OF_THE_LAKE:
                        _linked(each, into / each.name)
            return
        except LakeBusyError as busy:
            if time.monotonic() > until:
                raise
            told(f"waiting: {busy.came}", 0, None)
            time.sleep(0.5)


def _linked(source: Path, into: Path) -> None:
    """A file or folder, by links where the file system has them."""
    if not source.exists():
        return
    into.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(
            source,
            into,
            copy_function=_link,
            ignore=shutil.ignore_patterns("arriving-*", "*.copying"),
            dirs_exist_ok=True,
        )
    else:
        _link(str(source), str(into))


def _link(source: str, into: str) -> None:
    try:
        os.link(source, into)
    except OSError:
        shutil.copy2(source, into)


def _database(folder: Path, scratch: Path, *, secrets: bool) -> str:
    os.environ[place.COMPANY] = str(folder)
    (scratch / "desk").mkdir()
    if place.database()["ENGINE"].endswith("sqlite3"):
        source = place.desk_folder() / "desk.sqlite3"
        if not source.exists():
            return "none"
        _copy_sqlite(source, scratch / SQLITE, secrets=secrets)
        return "sqlite"
    serving.prepare(folder)
    _dump(scratch / ROWS, secrets=secrets)
    return "rows"


def _copy_sqlite(source: Path, into: Path, *, secrets: bool) -> None:
    """By SQLite's own backup, which sees one moment though others write."""
    with closing(sqlite3.connect(source, timeout=60)) as live, closing(sqlite3.connect(into)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        known = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        gone = ["cache", *(() if secrets else (f"django_{_SESSIONS[0].split('.')[1]}", "usersessions_usersession"))]
        for table in gone:
            if table in known:
                copy.execute(f'DELETE FROM "{table}"')
        copy.commit()
        copy.execute("VACUUM")


def _models(*, secrets: bool) -> list[Any]:
    from django.apps import apps

    every = [
        model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy
    ]
    return [model for model in every if secrets or model._meta.label_lower not in _SESSIONS]


def _dump(into: Path, *, secrets: bool) -> None:
    """Every row of every table, as one moment sees them, in a form any database can take."""
    from django.core import serializers
    from django.db import connection, transaction

    with into.open("w", encoding="utf-8") as file, transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for model in _models(secrets=secrets):
            rows = model._base_manager.order_by("pk").iterator(chunk_size=2000)
            serializers.serialize("jsonl", rows, stream=file)


def _write(scratch: Path, into: Path, about: About) -> None:
    making = into.with_name(f"{into.name}.making")
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            told = json.dumps(about).encode()
            member = tarfile.TarInfo(ABOUT)
            member.size, member.mode = len(told), 0o600
            archive.addfile(member, io.BytesIO(told))
            for path in sorted(scratch.iterdir()):
                archive.add(path, path.name)
        file.flush()
        os.fsync(file.fileno())
    making.rename(into)


def restore(file: Path, into: Path) -> About:
    """
    Put a backup back into an empty folder, whole or not at all.

    Args:
        file: The backup.
        into: A new or empty folder.

    Returns:
        What stands in the backup about itself.

    Raises:
        ConfigError: The file is no backup, the folder is not empty, or the database holds somebody else's desk.
    """
    into = into.resolve()
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise ConfigError(f"{into} is not empty.", "A backup is put back into a new or empty folder.", "Name another.")
    making = into.with_name(f"{into.name}.restoring")
    shutil.rmtree(making, ignore_errors=True)
    try:
        about = _extracted(file, making)
        _refuse_other(about)
        if into.exists():
            into.rmdir()
        making.rename(into)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    try:
        if about["database"] != "none":
            serving.prepare(into)
        if about["database"] == "rows":
            _load(into / ROWS)
            (into / ROWS).unlink()
    except BaseException:
        into.rename(making)
        shutil.rmtree(making, ignore_errors=True)
        raise
    return about


def _extracted(file: Path, into: Path) -> About:
    try:
        with tarfile.open(file) as archive:
            first = archive.next()
            if first is None or first.name != ABOUT:
                raise _no_backup(file)
            found = archive.extractfile(first)
            about: About = json.loads(found.read() if found else b"")
            if about.get("format") != _FORMAT:
                raise ConfigError(f"{file.name} was made by another version ({about.get('version')}).", "", "Restore it with that version.")  # fmt: skip
            archive.extractall(into, filter="data")
    except FileNotFoundError:
        raise ConfigError(f"There is no file {file}.", "", "Check the name and the folder.") from None
    except (tarfile.TarError, ValueError, EOFError):
        raise _no_backup(file) from None
    (into / ABOUT).unlink(missing_ok=True)
    if (into / "desk").is_dir():
        (into / "desk").chmod(0o700)
    return about


def _no_backup(file: Path) -> ConfigError:
    return ConfigError(
        f"{file.name} is no backup, or is damaged.", "A backup is a file that keepwell backup made.", "Name another."
    )


def _refuse_other(about: About) -> None:
    """Where a database is named from outside: rows can go into it, SQLite's own file cannot."""
    if os.environ.get(place.DATABASE) and about["database"] == "sqlite":
        raise ConfigError(
            "The backup holds SQLite's own file, and another database is named.",
            f"It is put back where {place.DATABASE} says nothing.",
            f"Unset {place.DATABASE} and restore it again.",
        )


def _load(rows: Path) -> None:
    """Every row as it was, into tables that hold nobody yet."""
    from django.core import serializers
    from django.core.management.color import no_style
    from django.db import connection, transaction

    from keepwell.web.base.models import Person

    if Person.objects.exists():
        raise ConfigError("The database holds a desk already.", "A backup is put back into an empty one.", "Make a new database and name it.")  # fmt: skip
    models = _models(secrets=True)
    with transaction.atomic(), rows.open(encoding="utf-8") as file:
        for model in reversed(models):  # what setting the tables up wrote of itself
            model._base_manager.all().delete()
        for each in serializers.deserialize("jsonl", file):
            each.save()
        with connection.cursor() as cursor:
            for line in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(line)
