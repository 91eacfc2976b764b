"""Who is meant? An index of everybody by the beginning of any word of their names, ids and addresses; a million are searched in milliseconds."""

import json
import os
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from keepwell.errors import ModelError
from keepwell.rounds.reading import newest
from keepwell.workspace import Workspace

_FORM, _FILE = 1, "people.sqlite"
_LETTER = "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
_EAST, _RUN = re.compile(f"({_LETTER})"), re.compile(rf"{_LETTER}(?: {_LETTER})*|\S+")
"""Letters of languages that put no spaces between words: each is a word of its own here, so that any part of a name is found."""

_SCHEMA = """
CREATE TABLE people (place INTEGER PRIMARY KEY, customer_id TEXT NOT NULL, name TEXT, owner TEXT, country TEXT, email TEXT);
CREATE VIRTUAL TABLE words USING fts5 (text, owner, content='', detail=full, tokenize='unicode61 remove_diacritics 0', prefix='1 2 3');
CREATE TABLE made (digest TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Found:
    """One customer found."""

    customer_id: str
    name: str | None
    owner: str | None
    country: str | None
    email: str | None


def folded(text: str) -> str:
    """Text as it is compared: without accents and cases, words apart, each eastern letter a word."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFC", "".join(each for each in parts if not unicodedata.combining(each)))
        text = _EAST.sub(r" \1 ", text)
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def digest(workspace: Workspace) -> str:
    """Names all the index is made from."""
    state = workspace.lake.state()
    try:
        morning = str(newest(workspace))
    except ModelError:
        morning = ""
    tables = {name: state.get(name) for name in ("customers", "contacts", "merges")}
    settings = workspace.settings
    told = [_FORM, tables, morning, settings.count, sorted(settings.excluded_customers)]
    return sha256(json.dumps(told).encode()).hexdigest()


def standing(workspace: Workspace) -> str | None:
    """The digest of the index that is there; None where there is none."""
    path = workspace.lake.work / _FILE
    if not path.exists():
        return None
    with closing(_opened(path)) as index:
        row = index.execute("SELECT digest FROM made").fetchone()
    return str(row[0]) if row else None


def build(workspace: Workspace) -> int:
    """
    Make the index anew, in place of the one there is, whole or not at all.

    Returns:
        How many customers are in it.
    """
    of = digest(workspace)
    path = workspace.lake.work / _FILE
    making = path.with_name(f"{_FILE}.{os.getpid()}.{threading.get_ident()}")
    making.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(making)) as index:
            index.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-64000;" + _SCHEMA)
            many = _fill(index, workspace)
            index.execute("CREATE UNIQUE INDEX by_id ON people (customer_id)")
            index.execute("INSERT INTO made VALUES (?)", (of,))
            index.commit()
        making.replace(path)
    finally:
        making.unlink(missing_ok=True)
    return many


def _fill(index: sqlite3.Connection, workspace: Workspace) -> int:
    place = 0
    for batch in workspace.lake.arrow(_everybody(workspace)).to_batches(20_000):
        rows = list(enumerate(batch.to_pylist(), place))
        index.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?)", (_row(at, row) for at, row in rows))
        index.executemany(
            "INSERT INTO words (rowid, text, owner) VALUES (?, ?, ?)", (_words(at, row) for at, row in rows)
        )
        place += len(rows)
    return place


def _row(place: int, row: dict[str, Any]) -> tuple[Any, ...]:
    return (place, row["customer_id"], row["name"], row["owner"], row["country"], row["email"])


def _words(place: int, row: dict[str, Any]) -> tuple[int, str, str]:
    id = row["customer_id"]
    number = re.search(r"[1-9]\d*$", id)
    told = [row["name"], id, number.group() if number else None, row["email"], row["people"], row["ids"]]
    return place, folded(" ".join(filter(None, told))), _token(row["owner"]) if row["owner"] else ""


def _token(owner: str) -> str:
    return f"o{sha256(owner.encode()).hexdigest()[:16]}"


def _everybody(workspace: Workspace) -> ir.Table:
    """Everybody with what they are found by, those who bring the most first."""
    facts = workspace.facts()
    people = facts.read("customers").select("customer_id", "name", "owner", "country", "email")
    people = people.left_join(_inside(workspace), "customer_id").drop("customer_id_right")
    if "merges" in facts.tables:
        ids = facts.aliases.group_by(customer_id="known_as").agg(ids=facts.aliases.customer_id.group_concat(" "))
        people = people.left_join(ids, "customer_id").drop("customer_id_right")
    else:
        people = people.mutate(ids=ibis.null("string"))
    try:
        kept = workspace.lake.kept(newest(workspace))["portraits"]
    except ModelError:
        return people.order_by("customer_id")
    worth = workspace.lake.result(kept).select("customer_id", worth="value_year")
    both = people.left_join(worth, "customer_id").drop("customer_id_right")
    return both.order_by(both.worth.desc(nulls_first=False), "customer_id").drop("worth")


def _inside(workspace: Workspace) -> ir.Table:
    """Names and addresses of the people in each account."""
    facts = workspace.facts()
    if "contacts" not in facts.tables:
        empty = ibis.schema({"customer_id": "string", "people": "string"})
        return ibis.memtable(empty.to_pyarrow().empty_table(), schema=empty)
    told = facts.read("contacts")
    words = told.mutate(words=told.name.fill_null("") + " " + told.email.fill_null("") + " " + told.phone.fill_null(""))
    return words.group_by("customer_id").agg(people=words.words.group_concat(" "))


def search(
    workspace: Workspace,
    words: str,
    *,
    names: Collection[str] | None = None,
    added: Collection[str] = (),
    taken: Collection[str] = (),
    limit: int = 20,
) -> list[Found]:
    """
    Customers whose words begin as asked, those who bring the most first; who has exactly this id comes before all.

    Args:
        workspace: The company, whose index is there.
        words: What was typed; every word of it must be met.
        names: Owners in the data whose customers are looked among; None is everybody's.
        added: Customers looked among beside them.
        taken: Customers of these owners that are not looked among.
        limit: How many at most.
    """
    text = _asked(words)
    if words.strip() and not text:
        return []  # signs alone
    with closing(_opened(workspace.lake.work / _FILE)) as index:
        rows = list(_all(index, text, names, taken, limit))
        if names is not None and added:
            rows += _among(index, text, added, limit)
        exact = index.execute(f"SELECT {_SHOWN} FROM people p WHERE customer_id = ?", (words.strip(),)).fetchone()
    told = {row[1]: row for row in sorted(rows)}
    if exact and (names is None or exact[1] in added or (exact[3] in names and exact[1] not in taken)):
        told = {exact[1]: exact, **told}
    return [Found(*row[1:]) for row in list(told.values())[:limit]]


_SHOWN = "p.place, p.customer_id, p.name, p.owner, p.country, p.email"


def _asked(words: str) -> str:
    """What was typed in the index's own language: every word the beginning of one, eastern letters one after the other."""
    runs = [run for typed in words.split()[:8] for run in _RUN.findall(folded(typed))]
    return " AND ".join(f'text : "{run}" *' for run in runs[:12])


def _all(
    index: sqlite3.Connection, text: str, names: Collection[str] | None, taken: Collection[str], limit: int
) -> Iterator[tuple[Any, ...]]:
    owners = "" if names is None else f"owner : ({' OR '.join(map(_token, sorted(names))) or 'nobody'})"
    asked = " AND ".join(filter(None, (text, owners)))
    free = "p.customer_id NOT IN (SELECT value FROM json_each(?))"
    if not asked:
        rows = index.execute(f"SELECT {_SHOWN} FROM people p ORDER BY p.place LIMIT ?", (limit,))
    else:
        rows = index.execute(
            f"SELECT {_SHOWN} FROM words JOIN people p ON p.place = words.rowid WHERE words MATCH ? AND {free} ORDER BY words.rowid LIMIT ?",
            (asked, json.dumps(sorted(taken)), limit),
        )
    yield from rows


def _among(index: sqlite3.Connection, text: str, added: Collection[str], limit: int) -> list[tuple[Any, ...]]:
    """Of some customers by id those who are met."""
    them = "SELECT place FROM people WHERE customer_id IN (SELECT value FROM json_each(?))"
    told = json.dumps(sorted(added))
    if not text:
        return index.execute(
            f"SELECT {_SHOWN} FROM people p WHERE p.place IN ({them}) ORDER BY p.place LIMIT ?", (told, limit)
        ).fetchall()
    return index.execute(
        f"SELECT {_SHOWN} FROM words JOIN people p ON p.place = words.rowid "
        f"WHERE words MATCH ? AND words.rowid IN ({them}) ORDER BY words.rowid LIMIT ?",
        (text, told, limit),
    ).fetchall()


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
