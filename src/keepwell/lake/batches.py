"""What was imported so far? One record per batch, kept beside the tables."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from keepwell.errors import LakeError
from keepwell.lake.contract import Batch, Caution, Count, Delivery
from keepwell.lake.delta import Change
from keepwell.lake.home import Home
from keepwell.lake.snapshots import Snapshot

FOLDER = "batches"


@dataclass(frozen=True)
class Record:
    """
    A batch and what is needed to finish it.

    Args:
        batch: As told to people; its state is what it was when recorded.
        base: Number of the snapshot it was compared with.
        token: Names this preparation of it.
        changes: Canonical table -> files that go and come.
        delivery: What was delivered, as kept in the batch's folder until it is committed.
    """

    batch: Batch
    base: int
    token: str
    changes: Mapping[str, Change]
    delivery: Delivery


def place(home: Home, batch_id: str) -> Path:
    """Where a batch's files lie until it is committed."""
    return home.work / FOLDER / batch_id


def new_id(home: Home, now: datetime) -> str:
    """The next batch id of the day."""
    day = f"{now:%Y%m%d}"
    taken = [int(name.split("-")[1]) for name in home.folders(FOLDER) if name.startswith(f"{day}-")]
    return f"{day}-{max(taken, default=0) + 1:04d}"


def keep(home: Home, record: Record) -> None:
    """Write a record, durably; with it the batch is staged."""
    told = asdict(record)
    home.replace(record_name(record.batch.id), json.dumps(told, default=_text, indent=1).encode())


def load(home: Home, snapshot: Snapshot, batch_id: str) -> Record:
    """
    One batch, its state as of a snapshot.

    Raises:
        LakeError: There is no such batch, or its record is damaged.
    """
    found = home.read(record_name(batch_id)) if batch_id in home.folders(FOLDER) else None
    if found is None:
        raise LakeError(f"The lake has no batch {batch_id!r}.", "", "List them with batches().")
    try:
        return _record(json.loads(found), snapshot, place(home, batch_id))
    except (ValueError, KeyError, TypeError) as fault:
        raise LakeError(
            f"The record of batch {batch_id} is damaged: {fault}.",
            f"It lies in {home.uri(record_name(batch_id))}.",
            "Restore the file from a backup.",
        ) from None


def every(home: Home, snapshot: Snapshot) -> list[Record]:
    """Every batch, oldest first."""
    ids = [name for name in home.folders(FOLDER) if home.size(record_name(name)) is not None]
    return [load(home, snapshot, batch_id) for batch_id in ids]


def read_from(batch: Batch) -> str:
    """What a batch was read from, for people."""
    names = list(batch.sources)
    return " and ".join(names) if len(names) < 3 else f"{names[0]} and {len(names) - 1:,} more"


def adopt(delivery: Delivery, into: Path) -> Delivery:
    """Keep a delivery's files in the batch's folder, so that it can be compared anew when the lake has moved on."""
    into.mkdir(parents=True)

    def kept(path: Path, name: str) -> Path:
        target = into / name
        try:
            target.hardlink_to(path)
        except OSError:
            shutil.copyfile(path, target)
        return target

    tables = {
        name: tuple(kept(path, f"{name}-{number}.parquet") for number, path in enumerate(paths))
        for name, paths in delivery.tables.items()
    }
    rejected = tuple(kept(path, f"rejected-{number}.parquet") for number, path in enumerate(delivery.rejected))
    return replace(delivery, tables=tables, rejected=rejected)


def record_name(batch_id: str) -> str:
    """Where a batch's record lies in the lake."""
    return f"{FOLDER}/{batch_id}/batch.json"


def rejected_name(batch_id: str, token: str) -> str:
    """Where a batch's quarantine lies in the lake."""
    return f"{FOLDER}/{batch_id}/rejected-{token}.parquet"


def _text(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _record(told: dict[str, Any], snapshot: Snapshot, at: Path) -> Record:
    """A record read back; its files are sought where the lake lies now."""
    batch, delivery = told["batch"], told["delivery"]
    batch["state"] = snapshot.batches.get(batch["id"], "staged")
    batch["made_at"] = datetime.fromisoformat(batch["made_at"])
    batch["tables"] = {name: Count(**count) for name, count in batch["tables"].items()}
    batch["notes"] = tuple(batch["notes"])
    cautions = [caution | {"about": tuple(caution["about"])} for caution in batch.get("cautions", ())]
    batch["cautions"] = tuple(Caution(**caution) for caution in cautions)
    changes = {
        name: Change(tuple(change["remove"]), _at(at / told["token"], change["add"]))
        for name, change in told["changes"].items()
    }
    delivery["tables"] = {name: _at(at / "delivered", paths) for name, paths in delivery["tables"].items()}
    delivery["rejected"] = _at(at / "delivered", delivery["rejected"])
    delivery["notes"] = tuple(delivery["notes"])
    return Record(Batch(**batch), told["base"], told["token"], changes, Delivery(**delivery))


def _at(folder: Path, paths: list[str]) -> tuple[Path, ...]:
    return tuple(folder / Path(path).name for path in paths)
