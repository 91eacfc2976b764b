"""Where does a desk stand? The company's folder, its database and its secret, from the settings and the surroundings."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from keepwell.config import FILE_NAME, Company
from keepwell.errors import ConfigError

COMPANY, DATABASE, ADDRESS = "KEEPWELL_COMPANY", "KEEPWELL_DATABASE", "KEEPWELL_ADDRESS"
"""Names in the surroundings: the company's folder, the database's address, the address people type."""

MAIL, SENDER = "KEEPWELL_MAIL_SERVER", "KEEPWELL_MAIL_FROM"
"""Names in the surroundings: the server that takes mail, and from whom mail comes."""

UPLOAD = "KEEPWELL_UPLOAD_MB"
"""Name in the surroundings: megabytes that may be uploaded in one go."""


PROCESSES = min(4, os.cpu_count() or 1)
"""Of the server: a page is mostly computing, which one process does on one processor."""


def folder() -> Path:
    """The company's folder; where nobody says it, the folder one is in."""
    return Path(os.environ.get(COMPANY, ".")).resolve()


def desk_folder() -> Path:
    """Where the desk keeps its own: the database, its secret, what was uploaded."""
    return folder() / "desk"


def address() -> str:
    """The address people type, "" where the desk is only looked at on this machine."""
    return os.environ.get(ADDRESS, "").rstrip("/")


def database() -> dict[str, Any]:
    """
    The desk's database as Django wants it: SQLite in the company's folder, or PostgreSQL where one is named.

    Raises:
        ConfigError: The address is not one of PostgreSQL.
    """
    said = os.environ.get(DATABASE) or _named()
    return _postgresql(said) if said else _sqlite()


def _named() -> str:
    path = folder() / FILE_NAME
    return (Company.load(path).database or "") if path.exists() else ""


def _sqlite() -> dict[str, Any]:
    """One writer at a time, readers never waiting for it; a writer waits up to twenty seconds for another."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": desk_folder() / "desk.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000;",
        },
    }


def _postgresql(said: str) -> dict[str, Any]:
    parts = urlsplit(said)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ConfigError(
            f"The desk's database is said to be {said.rsplit('@', maxsplit=1)[-1]!r}.",
            "It is SQLite in the company's folder, or PostgreSQL.",
            "Write it as postgresql://name:password@host:5432/database",
        )
    options = dict(pair.split("=", 1) for pair in unquote(parts.query).split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or options.pop("host", ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
    }


def secret() -> str:
    """The desk's secret, made once, for all its processes, and readable by its owner only."""
    path = desk_folder() / "secret"
    if not path.exists():
        if not path.parent.exists() and not (folder() / FILE_NAME).exists():
            return secrets.token_urlsafe(50)  # a command in any folder: nothing is signed
        path.parent.mkdir(exist_ok=True)
        making = path.with_name(f"secret.{os.getpid()}")
        making.touch(0o600)
        making.write_text(secrets.token_urlsafe(50), "utf-8")
        try:
            os.link(making, path)  # the first one wins where two start at once
        except FileExistsError:
            pass
        finally:
            making.unlink()
    return path.read_text("utf-8").strip()


def mail_server() -> dict[str, Any] | None:
    """
    The server that takes mail, as Django's settings want it; None where the surroundings name none.

    Raises:
        ConfigError: It is no address of a mail server, or nobody says from whom the mail comes.
    """
    said = os.environ.get(MAIL)
    if not said:
        return None
    parts, sender = urlsplit(said), os.environ.get(SENDER, "")
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ConfigError(
            f"{MAIL} is {said.rsplit('@', maxsplit=1)[-1]!r}.",
            "It is a server that takes mail.",
            f"Write {MAIL}=smtp://name:password@mail.example.com:587, or smtps:// where it speaks TLS from the start.",
        )
    if "@" not in sender:
        raise ConfigError(
            f"{SENDER} is {sender!r}.", "Mail comes from an address.", f"Write {SENDER}=keepwell@example.com"
        )
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and parts.hostname not in ("localhost", "127.0.0.1"),
        "DEFAULT_FROM_EMAIL": sender,
    }


def upload_limit() -> int:
    """
    Bytes that may be uploaded in one go.

    Raises:
        ConfigError: What the surroundings say is no number.
    """
    said = os.environ.get(UPLOAD) or "2048"
    if not said.isdecimal() or not int(said):
        raise ConfigError(f"{UPLOAD} is {said!r}.", "It is a whole number of megabytes.", f"Write {UPLOAD}=2048")
    return int(said) * 2**20


def unpacked_limit() -> int:
    """Bytes that an upload may unpack to: tables of text shrink to a tenth, what shrinks much more is meant to harm."""
    return 10 * upload_limit()


def static_folder() -> Path:
    """Where pages' files are put together when the desk starts."""
    return desk_folder() / "static"


def single_sign_on() -> list[dict[str, Any]]:
    """The OpenID Connect provider people sign in with, from the surroundings; none where nothing is said."""
    server = os.environ.get("KEEPWELL_SIGN_ON_SERVER")
    if not server:
        return []
    return [
        {
            "provider_id": "company",
            "name": os.environ.get("KEEPWELL_SIGN_ON_NAME", "Single sign-on"),
            "client_id": os.environ.get("KEEPWELL_SIGN_ON_CLIENT", ""),
            "secret": os.environ.get("KEEPWELL_SIGN_ON_SECRET", ""),
            "settings": {"server_url": server},
        }
    ]
