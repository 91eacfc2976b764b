"""Interviews and losses: what customers said of why they buy, stay and leave, and why they were lost."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema

from keepwell.errors import ModelError
from keepwell.web.api import cursors
from keepwell.web.api.models import Scope
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.records import Customer, must_see, newest_seen
from keepwell.web.api.rest.told import Cursor, Limit, page
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.base.company import company
from keepwell.web.customers.reach import Seen, seen
from keepwell.web.interviews.models import Interview, Kind, State
from keepwell.web.interviews.register import Asked
from keepwell.web.interviews.register import Losses as Register
from keepwell.web.interviews.register import losses as register

router = Router(tags=["Interviews and losses"])

_READ = Bearer(Scope.READ, "customers")


class Answer(Schema):
    """A question and what they said, word for word."""

    question: str
    answer: str


class Told(Schema):
    """One interview."""

    id: str
    customer_id: str
    kind: str
    happened_on: date
    due: date
    state: str
    interviewer: str
    speaker: str
    answers: list[Answer]
    codes: list[str]
    went: str
    went_to: str
    doubted: bool | None
    held_at: datetime | None
    created_at: datetime


class Interviews(Schema):
    """A page of interviews, the newest first."""

    items: list[Told]
    next: str | None


class Loss(Schema):
    """One customer who was lost; a reason of null is not known. by_us: somebody of us found it out; otherwise the data tell it."""

    customer_id: str
    name: str | None
    owner: str | None
    segment: str
    product: str | None
    seller: str | None
    left_on: date
    reason: str | None
    rests_on: str | None
    by_us: bool
    overdue: bool


class Losses(Schema):
    """A page of the losses of the last year, the newest first; and how many there are, and of how many nobody knows why."""

    morning: date
    items: list[Loss]
    customers: int
    unknown: int
    next: str | None


def _told(each: Interview) -> Told:
    plain = ("customer_id", "kind", "happened_on", "due", "state", "speaker", "codes", "went", "went_to", "doubted", "held_at",
             "created_at")  # fmt: skip
    said = [
        Answer(question=asked, answer=words) for asked, words in zip(each.kit.questions, each.answers, strict=False)
    ]
    return Told(
        id=str(each.pk),
        interviewer=str(each.interviewer_id),
        answers=said,
        **{name: getattr(each, name) for name in plain},
    )


@router.get("/interviews", auth=_READ, response={200: Interviews, **PROBLEMS}, operation_id="interviews")
def interviews(
    request: HttpRequest,
    kind: Annotated[Kind | None, Query(description="Only about this.")] = None,
    state: Annotated[State | None, Query(description="Only those that stand so.")] = None,
    customer_id: Customer = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Interviews:
    """Interviews with customers one sees. A page may be short and still have a next."""
    wanted = {"kind": kind, "state": state, "customer_id": customer_id}
    among = Interview.objects.filter(**{name: value for name, value in wanted.items() if value}).select_related("kit")
    found, more = newest_seen(request, among, limit, cursor)
    return Interviews(items=[_told(each) for each in found], next=more)


@router.get("/interviews/{uuid:id}", auth=_READ, response={200: Told, **PROBLEMS}, operation_id="interview")
def interview(request: HttpRequest, id: UUID) -> Told:
    """One interview, with what they said."""
    found = Interview.objects.select_related("kit").filter(pk=id).first()
    if found is None:
        raise Http404
    must_see(request, found.customer_id)
    return _told(found)


def _lost(found: Register) -> list[Loss]:
    return [
        Loss(
            customer_id=row["customer_id"], name=row["name"], owner=row["owner"], segment=row["segment"],
            product=row["product"] or None, seller=row["seller"] or None, left_on=row["left_on"],
            reason=row["reason"] or None, rests_on=row["rests"], by_us=bool(row["by_us"]), overdue=bool(row["overdue"]),
        )
        for row in found.rows
    ]  # fmt: skip


@router.get("/losses", auth=_READ, response={200: Losses, **PROBLEMS}, operation_id="losses")
def losses(
    request: HttpRequest,
    reason: Annotated[str | None, Query(max_length=40, description="Only of this reason; unknown: of none.")] = None,
    overdue: Annotated[bool, Query(description="Only those whose reason should be known by now.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Losses:
    """The customers one sees who were lost in the last year, and why."""
    after = int(cursors.after(request, cursor) or 0)
    with company() as opened:
        asked = Asked(root="" if reason == "unknown" else reason, late=overdue)
        found = register(opened, seen(person(request)), asked, limit=after + limit + 1)
    items, more = page(_lost(found)[after:], limit)
    return Losses(
        morning=found.morning, items=items, customers=found.n, unknown=found.unknown,
        next=cursors.before(request, after + limit) if more else None,
    )  # fmt: skip


@router.get("/losses/{path:customer_id}", auth=_READ, response={200: Loss, **PROBLEMS}, operation_id="loss")
def loss(request: HttpRequest, customer_id: str) -> Loss:
    """Why one customer was lost; the newest loss of the last year."""
    must_see(request, customer_id)
    with company() as opened:
        try:
            found = _lost(register(opened, Seen(frozenset(), frozenset([customer_id])), limit=1))
        except ModelError:
            found = []
    if not found:
        raise Http404
    return found[0]
