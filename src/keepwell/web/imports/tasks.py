"""Looking, importing and taking back as jobs; killed at any moment each goes on where it stopped."""

import json
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from keepwell import intake
from keepwell.connectors.mapping import fingerprint
from keepwell.errors import KeepwellError, SourceError
from keepwell.web import place
from keepwell.web.base.models import Person
from keepwell.web.imports import unpacking
from keepwell.web.imports.looking import Look, looked, preview
from keepwell.web.imports.models import Import, Stage, folder_of
from keepwell.web.imports.tidying import tidy
from keepwell.web.work.queue import told
from keepwell.web.work.tasks import ask_round
from keepwell.workspace import Workspace

PREVIEW = ".preview.json"
"""Beside the files: what was understood of them."""


@task()
def look(id: str) -> dict[str, Any]:
    """Unpack, read and recognise what was brought, for a person to confirm."""
    arrived = Import.objects.select_related("source").get(pk=id)
    tidy(timezone.now())
    told("unpacking", 0, None)
    _unpack(arrived)
    with Workspace.open(place.folder()) as shop, looked(arrived, shop, told) as found:
        seen = preview(found, shop, told)
    clear = not found.unclear and not any(each["problems"] for each in seen["files"])
    arrived.folder.mkdir(mode=0o700, exist_ok=True)
    making = arrived.folder / f"{PREVIEW}.new"
    making.touch(0o600)
    making.write_text(json.dumps(seen, ensure_ascii=False), "utf-8")
    making.rename(arrived.folder / PREVIEW)
    now = Import.objects.get(pk=id)
    if (
        now.stage == Stage.LOOKING and now.said == arrived.said
    ):  # otherwise it was left out meanwhile, or is looked at again
        now.stage = Stage.READY if clear else Stage.UNCLEAR
        now.save()
    return {"rows": sum(each["rows"] or 0 for each in seen["files"])}


def understood(id: UUID) -> dict[str, Any]:
    """What was understood of an import; empty before it was looked at."""
    path = folder_of(id) / PREVIEW
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def _unpack(arrived: Import) -> None:
    """Every packed file's files in its place; known as such before anything else is done."""
    files, left = [], place.unpacked_limit()
    taken = {path.name.casefold() for path in arrived.folder.iterdir()} if arrived.folder.is_dir() else set()
    for each in arrived.files:
        path = arrived.folder / each["name"]
        if each.get("plain") or not path.exists():
            files.append(each)
            continue
        found = unpacking.unpacked(path, left, taken)
        for part in found:
            _refuse_hostile(part, left, inner=part != path)
            files.append({"name": part.name, "bytes": part.stat().st_size, "plain": True})
            left -= part.stat().st_size if part != path else 0
    if files != arrived.files:
        arrived.files = files
        arrived.save()


def _refuse_hostile(part: Any, left: int, *, inner: bool) -> None:
    """What would swell while it is read."""
    with part.open("rb") as file:
        head = file.read(4)
    if inner and head.startswith((b"PK\x03\x04", b"\x1f\x8b")) and part.suffix.lower() not in (".xlsx", ".ods"):
        raise SourceError(
            _("%(name)s is packed twice.") % {"name": part.name},
            _("One packing is undone."),
            _("Unpack it and bring its files."),
        )
    if head == b"PAR1":
        try:
            about = pq.read_metadata(part)
        except (OSError, ValueError):
            return  # reading says what is wrong with it
        if sum(about.row_group(at).total_byte_size for at in range(about.num_row_groups)) > left:
            raise unpacking.too_large(part.name)


@task()
def bring(id: str) -> dict[str, Any]:
    """Import what a person confirmed, as one batch; then have a round taken."""
    arrived = Import.objects.select_related("source", "created_by").get(pk=id)
    with Workspace.open(place.folder()) as shop:
        if not arrived.batch or arrived.batch not in {batch.id for batch in shop.batches()}:
            with looked(arrived, shop, told) as found:
                if found.unclear:
                    raise _said(found.unclear[0].fault)
                arrived.batch = shop.bring(found.intake, progress=told).id
                arrived.save()  # known before it is visible: killed after this, the same batch is gone on with
                _tell_tables(arrived, found)
                found.intake.remember()
                _remember(arrived, found, shop)
        batch = next(each for each in shop.batches() if each.id == arrived.batch)
        batch = shop.commit(batch, progress=told)
    arrived.counts = {
        "read": batch.read,
        "accepted": batch.accepted,
        "refused": batch.quarantined,
        "known": batch.duplicates,
    }
    arrived.stage = Stage.DONE
    arrived.save()
    ask_round(by=arrived.created_by)
    return {"batch": batch.id, **arrived.counts}


def _tell_tables(arrived: Import, found: Look) -> None:
    """Which table each file told of: an import of several has its newest day for each; tickets are events."""
    told = {
        s.raw.name: (m.table if (m := s.mapping or (s.guess and s.guess.mapping)) else s.match.export)
        for s in found.intake.sources
    }
    told = {name: "events" if table == "tickets" else table for name, table in told.items()}
    arrived.files = [{**each, "table": told[each["name"]]} if each["name"] in told else each for each in arrived.files]


def _remember(arrived: Import, found: Look, shop: Workspace) -> None:
    """What a person said of columns is not asked again."""
    folder = shop.folder / intake.MAPPINGS
    for source in found.intake.sources:
        if source.mapping and arrived.of(source.raw.name).get("mapping"):
            folder.mkdir(exist_ok=True)
            (folder / f"{fingerprint(source.raw.columns)}.toml").write_text(source.mapping.to_toml(), "utf-8")


def _said(fault: KeepwellError) -> KeepwellError:
    return SourceError(fault.came, fault.wanted, _("Look at it again, and say what its columns mean."))


@task()
def take_back(batch: str, by_whom: str = "") -> dict[str, Any]:
    """Take an import back: its rows vanish, rows it corrected become what they were; then have a round taken."""
    told("taking it back", 0, None)
    with Workspace.open(place.folder()) as shop:
        before = sum(shop.lake.rows().values())
        shop.undo(batch)
        gone = before - sum(shop.lake.rows().values())
    ask_round(by=Person.objects.filter(pk=by_whom).first() if by_whom else None)
    return {"batch": batch, "gone": gone}
