"""Data in: batches of rows of a canonical table, once per key, refused rows told one by one."""

# ruff: noqa: ARG001  the framework reads what a view takes

from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from keepwell.schema import TABLES
from keepwell.web.api import cursors, parcels
from keepwell.web.api.models import Parcel, Scope
from keepwell.web.api.once import Deed, name, once
from keepwell.web.api.problems import PROBLEMS, refusal
from keepwell.web.api.rest.jobs import Job, told_job
from keepwell.web.api.rest.told import Body, Cursor, Key, Limit, page, plain
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.base.company import company
from keepwell.web.work.queue import ask
from keepwell.web.work.tasks import LAKE

router = Router(tags=["Data in"])

Table = Enum("Table", {name: name for name in TABLES}, type=str)  # type: ignore[misc]  # the names of the language


class Column(Schema):
    """One column of a table."""

    name: str
    type: str
    meaning: str
    required: bool
    one_of: list[str]


class TableTold(Schema):
    """A table rows can be brought of."""

    name: str
    meaning: str
    key: list[str]
    columns: list[Column]


class Tables(Schema):
    """Every table."""

    items: list[TableTold]


class Rows(Body):
    """Rows, each an object of columns; what a row does not say is left as it was."""

    source: str = Field(
        "program", min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]*$", description="Where they come from."
    )
    rows: list[dict[str, Any]] = Field(min_length=1, max_length=parcels.MOST)


class Import(Schema):
    """Where an import stands; accepted + refused + known is read, once it is in."""

    id: str
    table: str
    source: str
    rows: int
    created_at: datetime
    job: Job | None
    batch: str | None
    accepted: int | None
    refused: int | None
    known: int | None


class Imports(Schema):
    """A page of imports, the newest first."""

    items: list[Import]
    next: str | None


class Refused(Schema):
    """Why a row was refused; row 1 is the first."""

    row: int
    column: str | None
    value: str | None
    law: str
    remedy: str | None


class RefusedRows(Schema):
    """A page of refused rows, by number."""

    items: list[Refused]
    next: str | None


_IMPORT = Bearer(Scope.IMPORT, "data")


@router.get("/tables", auth=Bearer(Scope.READ, "self"), response={200: Tables, **PROBLEMS}, operation_id="tables")
def tables(request: HttpRequest) -> Tables:
    """The tables rows can be brought of, with what each column means."""
    return Tables(
        items=[
            TableTold(
                name=table.name, meaning=table.meaning, key=list(table.key),
                columns=[
                    Column(name=name, type=column.type, meaning=column.meaning, required=column.required, one_of=list(column.one_of))
                    for name, column in table.columns.items()
                ],
            )
            for table in TABLES.values()
        ]
    )  # fmt: skip


@router.get("/imports", auth=_IMPORT, response={200: Imports, **PROBLEMS}, operation_id="imports")
def imports(request: HttpRequest, limit: Limit = 100, cursor: Cursor = None) -> Imports:
    """What the token's person brought, the newest first."""
    mine = Parcel.objects.filter(person=person(request)).defer("content").select_related("job").order_by("-id")
    if last := cursors.after(request, cursor):
        mine = mine.filter(id__lt=UUID(last))
    found, more = page(mine[: limit + 1], limit)
    return Imports(
        items=[_told(each) for each in found], next=cursors.before(request, str(found[-1].pk)) if more else None
    )


@router.get("/imports/{uuid:id}", auth=_IMPORT, response={200: Import, **PROBLEMS}, operation_id="import")
def one(request: HttpRequest, id: UUID) -> Import:
    """Where an import stands, and what became of its rows."""
    return _told(_mine(request, id))


@router.get(
    "/imports/{uuid:id}/refused", auth=_IMPORT, response={200: RefusedRows, **PROBLEMS}, operation_id="import_refused"
)
def refused(
    request: HttpRequest, id: UUID, limit: Annotated[int, Query(ge=1, le=500)] = 100, cursor: Cursor = None
) -> RefusedRows:
    """Why rows of an import were refused: row by row, each with its column, the law it breaks, and what to do."""
    parcel, after = _mine(request, id), int(cursors.after(request, cursor) or 0)
    with company() as opened:
        found, more = page(parcels.refused(opened, parcel, after, limit + 1), limit)
    return RefusedRows(
        items=[plain(each) for each in found], next=cursors.before(request, after + limit) if more else None
    )


@router.post("/imports/{table}", auth=_IMPORT, response={202: Import, **PROBLEMS}, operation_id="bring")
@once(202)
def bring(request: HttpRequest, table: Table, said: Rows, idempotency_key: Key) -> Deed:
    """
    Bring up to 10,000 rows of one table. They are put into the lake by the worker, in one batch.

    Under its key a batch is taken once, for good; rows known already change nothing.
    """
    return bringing(request, table.value, said, idempotency_key)


@router.post("/events", auth=_IMPORT, response={202: Import, **PROBLEMS}, operation_id="bring_events")
@once(202)
def bring_events(request: HttpRequest, said: Rows, idempotency_key: Key) -> Deed:
    """Bring up to 10,000 events: what customers did. The same as an import of the table events."""
    return bringing(request, "events", said, idempotency_key)


def bringing(request: HttpRequest, table: str, said: Rows, key: str) -> Deed:
    """What is to be done with rows: kept, and asked into the lake; a key that was used before is told what became of it."""
    me, asked = person(request), name(request)
    known = Parcel.objects.select_related("job").filter(person=me, key=key).first()
    if known and known.digest != asked:
        raise refusal(409, "This Idempotency-Key was used for another import.", kind="idempotency-key-reused")
    if known:
        return lambda: _told(known)
    content = parcels.packed(said.rows)

    def deed() -> Import:
        from keepwell.web.api.tasks import take_parcel

        kept = Parcel.objects.create(
            person=me,
            key=key,
            digest=asked,
            table=table,
            source=f"{said.source} ({table})",
            rows=len(said.rows),
            content=content,
        )
        kept.job = ask(take_parcel, lane=LAKE, key=f"parcel:{kept.pk}", by=me, parcel=str(kept.pk))
        kept.save(update_fields=["job"])
        return _told(kept)

    return deed


def _mine(request: HttpRequest, id: UUID) -> Parcel:
    found = Parcel.objects.filter(person=person(request), pk=id).defer("content").select_related("job").first()
    if found is None:
        raise Http404
    return found


def _told(parcel: Parcel) -> Import:
    became = parcel.told
    return Import(
        id=str(parcel.pk), table=parcel.table, source=parcel.source, rows=parcel.rows, created_at=parcel.created_at,
        job=told_job(parcel.job) if parcel.job else None, batch=parcel.batch or None, accepted=became.get("accepted"),
        refused=became.get("refused"), known=became.get("known"),
    )  # fmt: skip
