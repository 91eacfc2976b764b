"""Touches: contacts that were made or are planned, each with what it carried, and questions that wait."""

# ruff: noqa: ARG001  the framework reads what a view takes

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from ninja.errors import ValidationError
from pydantic import Field, StrictBool

from keepwell.web.api.models import Scope
from keepwell.web.api.once import Deed, once
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.records import Customer, Whose, checked, filled, must_see, newest
from keepwell.web.api.rest.told import Body, Cursor, Key, Limit, Moment, Said, Word, listed
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.promises.views import of_customer
from keepwell.web.touches import actions
from keepwell.web.touches.forms import Close, TouchForm
from keepwell.web.touches.models import Channel, Direction, State, Touch, Value

router = Router(tags=["Touches"])

_READ, _WRITE = Bearer(Scope.READ, "customers"), Bearer(Scope.WRITE, "customers.write")


class TouchTold(Schema):
    """One contact; a question of theirs is open until answered_at."""

    id: str
    customer_id: str
    by: str
    contact: str
    state: str
    direction: str
    channel: str
    at: datetime
    value: str
    subject: str
    note: str
    pitch: bool
    pitch_because: str
    question: bool
    answer_by: datetime | None
    answered_at: datetime | None
    closed_because: str
    answers: str | None
    created_at: datetime


class Touches(Schema):
    """A page of contacts, the newest first."""

    items: list[TouchTold]
    next: str | None


class Logged(Body):
    """A contact; one whose moment lies ahead is planned. When we turn to them it carries something."""

    customer_id: Word
    direction: Annotated[Direction, listed(Direction)]
    channel: Annotated[Channel, listed(Channel)]
    subject: Word
    at: Moment | None = Field(None, description="When; null is now.")
    value: Annotated[Value, listed(Value)] | None = Field(
        None, description="What they get out of it; wanted when we turn to them."
    )
    contact: Said | None = None
    by: UUID | None = Field(None, description="Who of us; null is the token's person.")
    answers: UUID | None = Field(None, description="The question of theirs it answers.")
    question: StrictBool = False
    pitch: StrictBool = False
    pitch_because: Said | None = None
    note: str | None = Field(None, max_length=4000, pattern=r"^[^\x00]*$")


class TouchSettling(Body):
    """What became of a planned contact, or why a question needs no answer any more."""

    what: Literal["done", "dropped", "closed"]
    because: Said | None = Field(None, description="Of a question that is closed: why.")


def _told(each: Touch) -> TouchTold:
    plain = ("customer_id", "contact", "state", "direction", "channel", "at", "value", "subject", "note", "pitch", "pitch_because",
             "question", "answer_by", "answered_at", "closed_because", "created_at")  # fmt: skip
    return TouchTold(
        id=str(each.pk), by=str(each.by_id), answers=str(each.answers_id) if each.answers_id else None,
        **{name: getattr(each, name) for name in plain},
    )  # fmt: skip


@router.get("/touches", auth=_READ, response={200: Touches, **PROBLEMS}, operation_id="touches")
def touches(
    request: HttpRequest,
    whose: Whose = "own",
    state: Annotated[Annotated[State, listed(State)] | None, Query(description="Only those that stand so.")] = None,
    waiting: Annotated[bool, Query(description="Only questions nobody has answered.")] = False,
    customer_id: Customer = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Touches:
    """Contacts, the newest first; of one customer all of ours, where one sees that customer."""
    me = person(request)
    among = of_customer(me, customer_id, Touch.objects) if customer_id else Touch.objects.filter(actions.of(me, whose))
    among = among.filter(state=state) if state else among
    among = among.filter(question=True, answered_at__isnull=True) if waiting else among
    found, more = newest(request, among, limit, cursor)
    return Touches(items=[_told(each) for each in found], next=more)


@router.get("/touches/{uuid:id}", auth=_READ, response={200: TouchTold, **PROBLEMS}, operation_id="touch")
def touch(request: HttpRequest, id: UUID) -> TouchTold:
    """One contact."""
    return _told(_one(request, id))


@router.post("/touches", auth=_WRITE, response={201: TouchTold, **PROBLEMS}, operation_id="log_touch")
@once(201)
def log(request: HttpRequest, said: Logged, idempotency_key: Key) -> Deed:
    """Keep a contact with a customer one sees, or plan one."""
    must_see(request, said.customer_id, handed=True)
    now = timezone.now()
    form = TouchForm(
        filled(said, without=["customer_id"], at=said.at or now, by=said.by or person(request).pk),
        instance=Touch(customer_id=said.customer_id),
    )
    if said.answers and "answers" not in form.fields:
        raise ValidationError([{"loc": ("body", "answers"), "msg": "This customer has no open question."}])
    checked(form)
    return lambda: _told(actions.log(form.save(commit=False), now)[0])


@router.post(
    "/touches/{uuid:id}/settlements", auth=_WRITE, response={200: TouchTold, **PROBLEMS}, operation_id="settle_touch"
)
@once(200)
def settle(request: HttpRequest, id: UUID, said: TouchSettling, idempotency_key: Key) -> Deed:
    """Say that a planned contact was made or is dropped, or that a question needs no answer any more."""
    found, now = _one(request, id), timezone.now()
    if said.what == "closed":
        because = checked(Close(filled(said)))["because"]
        return lambda: _told(actions.close(found.pk, because, now))
    return lambda: _told(actions.settle(found.pk, done=said.what == "done", now=now)[0])


def _one(request: HttpRequest, id: UUID) -> Touch:
    """A contact one made, or whose maker or customer one sees."""
    found, me = Touch.objects.filter(pk=id).first(), person(request)
    if found is None:
        raise Http404
    if not Touch.objects.filter(actions.of(me, me.reach), pk=id).exists():
        must_see(request, found.customer_id, handed=True)
    return found
