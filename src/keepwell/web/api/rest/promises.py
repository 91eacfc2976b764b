"""Promises: given, looked at, and settled, by the rules of the desk's own pages."""

# ruff: noqa: ARG001  the framework reads what a view takes

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from keepwell.web.api.models import Scope
from keepwell.web.api.once import Deed, once
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.records import Customer, Whose, checked, filled, must_see, newest
from keepwell.web.api.rest.told import Body, Clock, Cursor, Day, Key, Limit, Said, Word, listed
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.promises import actions
from keepwell.web.promises.forms import Break, Give, Keep, Move, PromiseForm, Release
from keepwell.web.promises.models import Origin, Promise, State
from keepwell.web.promises.sorts import sorts
from keepwell.web.promises.views import of_customer
from keepwell.web.promises.whom import one as customer_of

router = Router(tags=["Promises"])

_READ, _WRITE = Bearer(Scope.READ, "customers"), Bearer(Scope.WRITE, "customers.write")


class Promised(Schema):
    """One promise; due_on and due_time are on the clock of zone, due_at is the moment they mean."""

    id: str
    customer_id: str
    to: str
    by: str
    text: str
    sort: str
    due_on: date
    due_time: str
    zone: str
    due_at: datetime
    first_due_at: datetime
    moves: int
    origin: str
    link: str
    because: str
    approver: str | None
    listed: bool
    state: str
    overdue: bool
    closed_at: datetime | None
    evidence: str
    released_by: str
    created_at: datetime


class Promises(Schema):
    """A page of promises, the newest first."""

    items: list[Promised]
    next: str | None


class Sort(Schema):
    """A type of promise; one never to give wants a reason or somebody who approves."""

    id: str
    name: str
    never: bool


class Sorts(Schema):
    """Every type."""

    items: list[Sort]


class Given(Body):
    """A promise to give."""

    customer_id: Word
    text: Word
    sort: str = Field(max_length=40, description="A type, as promise-types tells.")
    due_on: Day
    due_time: Clock
    zone: str | None = Field(None, max_length=40, description="On the clock of; null is the customer's own.")
    to: Said | None = None
    by: UUID | None = Field(None, description="Who promises; null is the token's person.")
    origin: Annotated[Origin, listed(Origin)]
    link: Said | None = None
    because: Said | None = None
    approver: UUID | None = None


class PromiseSettling(Body):
    """What became of a promise. kept wants evidence; broken because; released released_by; moved a moment and because; given to."""

    what: Literal["kept", "broken", "released", "moved", "given"]
    evidence: str | None = Field(
        None, max_length=1000, pattern=r"^[^\x00]*$", description="A link or words that show it."
    )
    because: str | None = Field(None, max_length=1000, pattern=r"^[^\x00]*$")
    released_by: Said | None = Field(None, description="Who of the customer released us.")
    due_on: Day | None = None
    due_time: Clock | None = None
    zone: str | None = Field(None, max_length=40)
    to: UUID | None = Field(None, description="Who takes it over.")


def _told(each: Promise) -> Promised:
    plain = ("customer_id", "to", "text", "sort", "due_on", "zone", "due_at", "first_due_at", "moves", "origin", "link",
             "because", "listed", "state", "overdue", "closed_at", "evidence", "released_by", "created_at")  # fmt: skip
    return Promised(
        id=str(each.pk), by=str(each.by_id), approver=str(each.approver_id) if each.approver_id else None,
        due_time=f"{each.due_time:%H:%M}", **{name: getattr(each, name) for name in plain},
    )  # fmt: skip


@router.get("/promise-types", auth=_READ, response={200: Sorts, **PROBLEMS}, operation_id="promise_types")
def types(request: HttpRequest) -> Sorts:
    """The types of promises; those never to give are marked."""
    return Sorts(items=[Sort(id=each.id, name=str(each.name), never=each.never) for each in sorts().values()])


@router.get("/promises", auth=_READ, response={200: Promises, **PROBLEMS}, operation_id="promises")
def promises(
    request: HttpRequest,
    whose: Whose = "own",
    state: Annotated[
        Annotated[State, listed(State)] | None, Query(description="Only those that stand so, such as open.")
    ] = None,
    customer_id: Customer = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Promises:
    """Promises, the newest first; of one customer all of ours, where one sees that customer."""
    me = person(request)
    among = (
        of_customer(me, customer_id, Promise.objects) if customer_id else Promise.objects.filter(actions.of(me, whose))
    )
    found, more = newest(request, among.filter(state=state) if state else among, limit, cursor)
    return Promises(items=[_told(each) for each in found], next=more)


@router.get("/promises/{uuid:id}", auth=_READ, response={200: Promised, **PROBLEMS}, operation_id="promise")
def promise(request: HttpRequest, id: UUID) -> Promised:
    """One promise, and what became of it."""
    return _told(_one(request, id))


@router.post("/promises", auth=_WRITE, response={201: Promised, **PROBLEMS}, operation_id="give_promise")
@once(201)
def give(request: HttpRequest, said: Given, idempotency_key: Key) -> Deed:
    """Give a promise to a customer one sees."""
    must_see(request, said.customer_id, handed=True)
    zone = said.zone or customer_of(said.customer_id).zone
    form = PromiseForm(
        filled(said, without=["customer_id"], zone=zone, by=said.by or person(request).pk),
        instance=Promise(customer_id=said.customer_id),
    )
    checked(form)
    return lambda: _told(actions.promise(form.save(commit=False), timezone.now()))


@router.post(
    "/promises/{uuid:id}/settlements", auth=_WRITE, response={200: Promised, **PROBLEMS}, operation_id="settle_promise"
)
@once(200)
def settle(request: HttpRequest, id: UUID, said: PromiseSettling, idempotency_key: Key) -> Deed:
    """Say that a promise was kept, broken, or that the customer released us; agree on another moment; or give it to a colleague."""
    found = _one(request, id)
    form = _FORMS[said.what](filled(said))
    given = checked(form)
    return lambda: _told(_done(found, said.what, form, given))


_FORMS: dict[str, Any] = {"kept": Keep, "broken": Break, "released": Release, "moved": Move, "given": Give}


def _done(found: Promise, what: str, form: Any, given: dict[str, Any]) -> Promise:
    now = timezone.now()
    if what == "kept":
        return actions.keep(found.pk, given["evidence"], now)
    if what == "broken":
        return actions.broken(found.pk, given["because"], now)
    if what == "released":
        return actions.release(found.pk, given["released_by"], given["because"], now)
    if what == "moved":
        return actions.move(found.pk, form.when(), given["because"], now)
    return actions.hand_over(Promise.objects.filter(pk=found.pk), given["to"])[0]


def _one(request: HttpRequest, id: UUID) -> Promise:
    """A promise one gave, or whose giver or customer one sees."""
    found = Promise.objects.filter(pk=id).first()
    if found is None:
        raise Http404
    if not actions.visible(person(request)).filter(pk=id).exists():
        must_see(request, found.customer_id, handed=True)
    return found
