"""Which versions of the tables belong together? One small file names them; replacing it is the moment a batch is seen."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from keepwell.errors import LakeError
from keepwell.lake.home import Home

CURRENT = "snapshot.json"
HISTORY = "snapshots"
KEPT_DAYS = 30
"""How long an older version can be read and a batch be undone; sweeping drops what is older."""


@dataclass(frozen=True)
class Snapshot:
    """
    The whole lake at one moment.

    Args:
        number: Counts up from 0, the empty lake.
        made_at: When, in UTC; None for the empty lake.
        deed: What made it: import, undo or compact.
        batch: The batch imported or undone.
        tables: Canonical table -> version of its Delta table.
        batches: Batch id -> committed or undone.
    """

    number: int = 0
    made_at: datetime | None = None
    deed: str = "empty"
    batch: str | None = None
    tables: Mapping[str, int] = field(default_factory=dict)
    batches: Mapping[str, str] = field(default_factory=dict)


def current(home: Home) -> Snapshot:
    """
    The snapshot readers see now.

    Raises:
        LakeError: The file that names it is damaged.
    """
    found = home.read(CURRENT)
    return Snapshot() if found is None else _from_json(found, f"{home.location}/{CURRENT}")


def numbered(home: Home, number: int) -> Snapshot:
    """
    One snapshot of the history.

    Raises:
        LakeError: There is none of that number, or it is damaged.
    """
    if number == 0:
        return Snapshot()
    newest = current(home).number
    found = home.read(_name(number)) if 0 < number <= newest else None
    if found is None:
        raise LakeError(
            f"The lake has no version {number}.",
            f"The newest is {newest}; versions older than the kept history are gone.",
            "List them with versions().",
        )
    return _from_json(found, f"{home.location}/{_name(number)}")


def history(home: Home) -> list[Snapshot]:
    """Every snapshot that is kept, oldest first; what a killed writer left ahead of the current one is not among them."""
    newest = current(home).number
    numbers = sorted(int(name.split(".")[0]) for name in home.names(HISTORY) if name.endswith(".json"))
    return [numbered(home, number) for number in numbers if number <= newest]


def publish(home: Home, snapshot: Snapshot) -> None:
    """Make *snapshot* what readers see, at once and durably; everything it names must be durable already."""
    content = json.dumps(asdict(snapshot), default=datetime.isoformat, indent=1).encode()
    home.replace(_name(snapshot.number), content)
    home.replace(CURRENT, content)


def forget(home: Home, number: int) -> None:
    """Drop a snapshot from the history."""
    home.remove(_name(number))


def _name(number: int) -> str:
    return f"{HISTORY}/{number:08d}.json"


def _from_json(content: bytes, path: str) -> Snapshot:
    try:
        told = json.loads(content)
        told["made_at"] = datetime.fromisoformat(told["made_at"])
        return Snapshot(**told)
    except (ValueError, TypeError, KeyError) as fault:
        raise LakeError(
            f"The file {path} is damaged: {fault}.",
            "It names the versions of the tables that belong together.",
            f"Restore it from a backup, or copy the newest whole file of {HISTORY}/ over {CURRENT}.",
        ) from None
