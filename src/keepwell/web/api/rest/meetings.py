"""Meetings: planned or held, and their notes."""

# ruff: noqa: ARG001  the framework reads what a view takes

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from keepwell.web.api.models import Scope
from keepwell.web.api.once import Deed, once
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.records import Customer, checked, filled, must_see, newest_seen
from keepwell.web.api.rest.told import Body, Cursor, Key, Limit, Moment, Said, Word, listed
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.meetings import actions
from keepwell.web.meetings.forms import MeetingForm, NoteForm
from keepwell.web.meetings.models import Kind, Meeting, Missed

router = Router(tags=["Meetings"])

_READ, _WRITE = Bearer(Scope.READ, "customers"), Bearer(Scope.WRITE, "customers.write")


class MeetingTold(Schema):
    """
    One meeting; sentiment is from 1, very unhappy, to 5, very happy, null where there is no note.

    What was not held is called_off; where somebody waited in vain, missed says who did not come.
    """

    id: str
    customer_id: str
    kind: str
    starts_at: datetime
    minutes: int
    about: str
    with_whom: str
    host: str
    called_off: bool
    missed: str
    sentiment: int | None
    because: str
    note: str
    noted_at: datetime | None
    noted_by: str | None
    created_at: datetime


class Meetings(Schema):
    """A page of meetings, those first that were written down last."""

    items: list[MeetingTold]
    next: str | None


class Planned(Body):
    """A meeting that is planned, or was held."""

    customer_id: Word
    kind: Annotated[Kind, listed(Kind)] = Kind.REGULAR
    about: Word
    starts_at: Moment
    with_whom: Said | None = None
    host: UUID | None = Field(None, description="Who of us leads it; null is the token's person.")


class NotHeld(Body):
    """Why a meeting was not held, and what was written all the same."""

    missed: Annotated[Missed, listed(Missed)] = Field(description="Who did not come.")
    because: Said = ""
    words: str = Field("", max_length=8000, pattern=r"^[^\x00]*$")


class Note(Body):
    """What was said in a meeting, and how they feel about us."""

    sentiment: int = Field(ge=1, le=5, strict=True)
    because: Word
    words: str = Field("", max_length=8000, pattern=r"^[^\x00]*$")


def _told(each: Meeting) -> MeetingTold:
    plain = ("customer_id", "kind", "starts_at", "minutes", "about", "with_whom", "called_off", "missed", "sentiment", "because", "note", "noted_at",
             "created_at")  # fmt: skip
    return MeetingTold(
        id=str(each.pk), host=str(each.host_id), noted_by=str(each.noted_by_id) if each.noted_by_id else None,
        **{name: getattr(each, name) for name in plain},
    )  # fmt: skip


@router.get("/meetings", auth=_READ, response={200: Meetings, **PROBLEMS}, operation_id="meetings")
def meetings(
    request: HttpRequest,
    which: Annotated[
        Literal["all", "ahead", "held", "wanting"], Query(description="wanting: held, and nobody wrote a note.")
    ] = "all",
    customer_id: Customer = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Meetings:
    """Meetings with customers one sees. A page may be short and still have a next."""
    among, now = Meeting.objects.all(), timezone.now()
    if which == "ahead":
        among = among.filter(starts_at__gt=now, called_off=False)
    elif which == "held":
        among = among.filter(starts_at__lte=now, called_off=False)
    elif which == "wanting":
        among = actions.waiting_for_a_note()
    if customer_id:
        among = among.filter(customer_id=customer_id)
    found, more = newest_seen(request, among, limit, cursor)
    return Meetings(items=[_told(each) for each in found], next=more)


@router.get("/meetings/{uuid:id}", auth=_READ, response={200: MeetingTold, **PROBLEMS}, operation_id="meeting")
def meeting(request: HttpRequest, id: UUID) -> MeetingTold:
    """One meeting, and its note."""
    return _told(_one(request, id))


@router.post("/meetings", auth=_WRITE, response={201: MeetingTold, **PROBLEMS}, operation_id="plan_meeting")
@once(201)
def plan(request: HttpRequest, said: Planned, idempotency_key: Key) -> Deed:
    """Plan a meeting with a customer one sees, or write one down that was held."""
    must_see(request, said.customer_id)
    form = MeetingForm(filled(said, without=["customer_id"], host=said.host or person(request).pk))
    checked(form)

    def deed() -> MeetingTold:
        made = form.save(commit=False)
        made.customer_id = said.customer_id
        made.save()
        return _told(made)

    return deed


@router.post(
    "/meetings/{uuid:id}/note", auth=_WRITE, response={200: MeetingTold, **PROBLEMS}, operation_id="note_meeting"
)
@once(200)
def note(request: HttpRequest, id: UUID, said: Note, idempotency_key: Key) -> Deed:
    """Write the note of a meeting that was held; written again it replaces the one before, which its history keeps."""
    found, me = _one(request, id), person(request)
    given = checked(NoteForm(filled(said)))
    return lambda: _told(
        actions.note(found, me, sentiment=given["sentiment"], because=given["because"], words=given["words"])
    )


@router.post(
    "/meetings/{uuid:id}/call-off", auth=_WRITE, response={200: MeetingTold, **PROBLEMS}, operation_id="call_off"
)
@once(200)
def call_off(request: HttpRequest, id: UUID, idempotency_key: Key) -> Deed:
    """Say that a meeting does not take place, or did not."""
    found = _one(request, id)
    return lambda: _told(actions.call_off(found))


@router.post(
    "/meetings/{uuid:id}/not-held", auth=_WRITE, response={200: MeetingTold, **PROBLEMS}, operation_id="not_held"
)
@once(200)
def not_held(request: HttpRequest, id: UUID, said: NotHeld, idempotency_key: Key) -> Deed:
    """Say that somebody waited in vain."""
    found = _one(request, id)
    return lambda: _told(actions.not_held(found, missed=said.missed, because=said.because, words=said.words))


def _one(request: HttpRequest, id: UUID) -> Meeting:
    found = Meeting.objects.filter(pk=id).first()
    if found is None:
        raise Http404
    must_see(request, found.customer_id)
    return found
