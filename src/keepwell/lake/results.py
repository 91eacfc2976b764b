"""What was worked out of the facts, morning by morning? Tables beside the canonical ones, each whole or not there at all."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from keepwell.lake.engines.contract import Engine
from keepwell.lake.home import Home

FOLDER = "results"


@dataclass(frozen=True)
class Result:
    """
    One table of one morning.

    Args:
        digest: Names all it was worked out from: the same digest, the same table.
        files: Its Parquet files with their bytes, relative to the lake.
        columns: Column -> type, as Ibis writes it.
        about: What else is known of it, as JSON can hold: models, scores, sentences.
    """

    digest: str
    files: Mapping[str, int]
    columns: Mapping[str, str]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def schema(self) -> ibis.Schema:
        """Columns and types."""
        return ibis.schema(dict(self.columns))


def mornings(home: Home) -> list[date]:
    """The mornings of which something is kept, oldest first."""
    return sorted(
        date.fromisoformat(name.removesuffix(".json")) for name in home.names(FOLDER) if name.endswith(".json")
    )


def of(home: Home, morning: date) -> dict[str, Result]:
    """Everything kept of one morning, by name."""
    content = home.read(_index(morning))
    return dict(_told(content)) if content else {}


@lru_cache(maxsize=4)
def _told(content: bytes) -> Mapping[str, Result]:
    """Models make an index long, and pages ask for the same one again and again."""
    return {name: Result(**kept) for name, kept in json.loads(content).items()}


def keep(
    home: Home, engine: Engine, name: str, morning: date, made: tuple[str, ir.Table, Mapping[str, Any]], into: Path
) -> Result:
    """
    Put a table in place of what was kept under its name of that morning, at once and durably.

    Args:
        home: The lake, held by this writer.
        engine: Who computes it.
        name: Of the table.
        morning: The as_of it belongs to.
        made: Its digest, the table, and what is known about it.
        into: An empty folder of this machine for what is laid ready.
    """
    digest, table, about = made
    if "customer_id" in table.columns:
        table = table.order_by("customer_id")  # who asks for one customer then reads a small part of it
    token = uuid.uuid4().hex
    folder = f"{FOLDER}/{morning.isoformat()}/{name}-{token}"
    if engine.reads_far:
        engine.write(table, home.uri(folder))
    else:
        engine.write(table, str(into / token))
        for file in sorted((into / token).glob("*.parquet")):
            home.bring(file, f"{folder}/{file.name}")
    files = [f"{folder}/{file}" for file in home.names(folder) if file.endswith(".parquet")]
    home.settle(files)
    columns = {column: str(type) for column, type in table.schema().items()}
    kept = Result(digest, {file: home.size(file) or 0 for file in files}, columns, about)
    everything = of(home, morning)
    former = everything.get(name)
    everything[name] = kept
    home.replace(_index(morning), json.dumps({name: asdict(found) for name, found in everything.items()}).encode())
    for old in former.files if former else ():
        home.remove(old)
    return kept


def sweep(home: Home) -> list[str]:
    """Take away what killed writers left: files that no morning names. Returns what went, relative to the lake."""
    named = {file for morning in mornings(home) for kept in of(home, morning).values() for file in kept.files}
    gone = []
    for morning in mornings(home):
        day = f"{FOLDER}/{morning.isoformat()}"
        for part in home.folders(day):
            gone += [
                f"{day}/{part}/{file}" for file in home.names(f"{day}/{part}") if f"{day}/{part}/{file}" not in named
            ]
    for file in gone:
        home.remove(file)
    return gone


def _index(morning: date) -> str:
    return f"{FOLDER}/{morning.isoformat()}.json"
