"""How does a batch come in? Staged unseen, then committed at once; killed anywhere, it goes on where it stopped."""

import shutil
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from keepwell.errors import LakeError
from keepwell.lake import batches, snapshots
from keepwell.lake.batches import Record
from keepwell.lake.contract import Batch, Caution, Delivery, Progress
from keepwell.lake.delta import files, folder
from keepwell.lake.durable import settle_tree
from keepwell.lake.home import Home
from keepwell.lake.remarks import remarks
from keepwell.lake.snapshots import Snapshot
from keepwell.lake.staging.prepare import Prepared, nothing_new, prepare
from keepwell.lake.writing import exchange, following


def stage(home: Home, delivery: Delivery, progress: Progress) -> Batch:
    """
    Judge a delivery and lay it ready; of one already staged the batch is given back.

    Args:
        home: The lake, held by this writer.
        delivery: Canonical rows as files.
        progress: Told what is being done.
    """
    base = snapshots.current(home)
    for record in batches.every(home, base):
        if record.batch.state == "staged" and record.batch.digest == delivery.digest:
            return up_to_date(home, base, record, progress).batch
    now = datetime.now(UTC)
    batch_id = batches.new_id(home, now)
    place = batches.place(home, batch_id)
    try:
        return _prepare(home, base, batches.adopt(delivery, place / "delivered"), batch_id, now, progress).batch
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def foretell(home: Home, delivery: Delivery, into: Path, progress: Progress) -> Batch:
    """
    What staging a delivery would find, by the same laws and beside what the lake knows now; nothing of it is kept.

    Args:
        home: The lake.
        delivery: Canonical rows as files.
        into: Empty folder for scratch files and rejected.parquet, the rows that would be refused.
        progress: Told what is being done.
    """
    base, now = snapshots.current(home), datetime.now(UTC)
    twin = _twin(home, base, delivery.digest)
    if twin:
        known = f"All of it was imported before, as batch {twin.id}."
        return replace(_batch(nothing_new(delivery, twin, into), delivery, "", now), notes=(*delivery.notes, known))
    prepared = prepare(home, base, delivery, "", into, progress)
    notes, cautions = _looked_over(home, base, delivery, into)
    batch = _batch(prepared, delivery, "", now)
    return replace(batch, notes=(*batch.notes, *notes), cautions=cautions)


def commit(home: Home, batch_id: str, progress: Progress) -> Record:
    """
    Make a staged batch visible; nothing happens to one that was committed or undone before.

    Returns:
        The batch as it was staged; its files lie there until cleared away.
    """
    base = snapshots.current(home)
    record = batches.load(home, base, batch_id)
    if record.batch.state != "staged":
        return record
    record = up_to_date(home, base, record, progress)
    exchange(home, base, record.changes, record.token, following(base, "import", batch_id, "committed"), progress)
    return record


def discard(home: Home, batch_id: str) -> None:
    """
    Forget a staged batch.

    Raises:
        LakeError: It is committed, or there is none.
    """
    record = batches.load(home, snapshots.current(home), batch_id)
    if record.batch.state != "staged":
        raise LakeError(
            f"Batch {batch_id} is {record.batch.state}, not staged.",
            "Only a staged batch can be discarded.",
            f"Take a committed one back with: undo {batch_id}",
        )
    home.remove(batches.record_name(batch_id))
    for name in home.names(f"{batches.FOLDER}/{batch_id}"):
        home.remove(f"{batches.FOLDER}/{batch_id}/{name}")
    shutil.rmtree(batches.place(home, batch_id), ignore_errors=True)


def up_to_date(home: Home, base: Snapshot, record: Record, progress: Progress) -> Record:
    """The batch, compared with the lake as it is now."""
    if record.base == base.number:
        return record
    return _prepare(home, base, record.delivery, record.batch.id, record.batch.made_at, progress)


def _prepare(
    home: Home, base: Snapshot, delivery: Delivery, batch_id: str, made_at: datetime, progress: Progress
) -> Record:
    token = uuid.uuid4().hex
    into = batches.place(home, batch_id) / token
    into.mkdir()
    notes: tuple[str, ...]
    cautions: tuple[Caution, ...]
    twin = _twin(home, base, delivery.digest)
    if twin:
        prepared = nothing_new(delivery, twin, into)
        notes, cautions = (f"All of it was imported before, as batch {twin.id}.",), ()
    else:
        prepared = prepare(home, base, delivery, batch_id, into, progress)
        notes, cautions = _looked_over(home, base, delivery, into)
    settle_tree(into.parent)
    home.bring(into / "rejected.parquet", batches.rejected_name(batch_id, token))
    batch = _batch(prepared, delivery, batch_id, made_at)
    batch = replace(batch, notes=(*batch.notes, *notes), cautions=cautions)
    record = Record(batch, base.number, token, prepared.changes, delivery)
    batches.keep(home, record)
    return record


def _looked_over(
    home: Home, base: Snapshot, delivery: Delivery, into: Path
) -> tuple[tuple[str, ...], tuple[Caution, ...]]:
    """What strikes the eye beside the rows that break a law, as notes and as cautions."""
    stored = {
        name: [home.near(f"{folder(name)}/{file}") for file in files(home, name, base.tables[name])]
        for name in ("orders", "customers")
        if name in base.tables
    }
    known = {record.batch.id: batches.read_from(record.batch) for record in batches.every(home, base)}
    return remarks(delivery, into / "rejected.parquet", stored, known, into)


def _twin(home: Home, base: Snapshot, digest: str) -> Batch | None:
    """A committed batch with the same content of which nothing was refused; refused rows and values deserve another hearing."""
    for record in batches.every(home, base):
        batch = record.batch
        if batch.state == "committed" and batch.digest == digest and not (batch.quarantined or batch.spared):
            return batch
    return None


def _batch(prepared: Prepared, delivery: Delivery, batch_id: str, made_at: datetime) -> Batch:
    fates = prepared.fates
    return Batch(
        id=batch_id,
        state="staged",
        made_at=made_at,
        digest=delivery.digest,
        sources=dict(delivery.sources),
        read=fates.read,
        accepted=fates.accepted,
        quarantined=fates.quarantined,
        duplicates=fates.duplicates,
        tables=dict(prepared.tables),
        notes=delivery.notes,
        spared=fates.spared,
    )


def clear(home: Home, batch_id: str) -> None:
    """Take away what was only needed until the batch was committed."""
    for path in batches.place(home, batch_id).iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
