"""Interviews and losses: what customers said of why they buy, stay and leave, and why they were lost."""

# ruff: noqa: ARG001  the framework reads what a view takes

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field, StringConstraints

from keepwell.errors import ConfigError, ModelError
from keepwell.web.api import cursors
from keepwell.web.api.models import Scope
from keepwell.web.api.once import Deed, once
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.records import Customer, checked, filled, must_see, newest_seen
from keepwell.web.api.rest.told import Body, Cursor, Day, Key, Limit, Word, listed, page
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.base.company import company
from keepwell.web.customers.reach import Seen, seen
from keepwell.web.interviews import actions
from keepwell.web.interviews.forms import Begin, Held, LossForm
from keepwell.web.interviews.models import Interview, Kind, State, Went
from keepwell.web.interviews.register import Asked
from keepwell.web.interviews.register import Losses as Register
from keepwell.web.interviews.register import losses as register

router = Router(tags=["Interviews and losses"])

_READ, _WRITE = Bearer(Scope.READ, "customers"), Bearer(Scope.WRITE, "customers.write")
_Words = Annotated[str, StringConstraints(max_length=8000, pattern=r"^[^\x00]*$")]
_Code = Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00]*$")]


class Answer(Schema):
    """A question and what they said, word for word."""

    question: str
    answer: str


class Code(Schema):
    """A reason of the book, and what it means."""

    code: str
    words: str


class InterviewTold(Schema):
    """One interview; what is asked, in order, and by which reasons answers are coded."""

    id: str
    customer_id: str
    kind: str
    happened_on: date
    due: date
    state: str
    interviewer: str
    questions: list[str]
    book: list[Code]
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

    items: list[InterviewTold]
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


class Begun(Body):
    """An interview to hold."""

    customer_id: Word
    kind: Annotated[Kind, listed(Kind)]
    happened_on: Day = Field(description="The day of what it is about.")
    interviewer: UUID | None = Field(None, description="Who of us asks; null is the token's person.")


class Heard(Body):
    """What they said: an answer for each question, in their order, "" where they said nothing."""

    answers: list[_Words] = Field(max_length=100)
    codes: list[_Code] = Field(max_length=100, description="Of the book, the root first.")
    speaker: Word | None = Field(None, description="Who of theirs answered.")
    went: Annotated[Went, listed(Went)] | None = Field(None, description="Of who left: where they do it now.")
    went_to: Word | None = None
    doubted: bool | None = Field(None, description="Of who stays: whether the renewal was in doubt.")


class LossTold(Body):
    """LossTold a customer was lost."""

    customer_id: Word
    left_on: Day
    reason: _Code = Field(description="A code of the book of interviews about leaving.")
    rests_on: str = Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")


class Reason(Schema):
    """LossTold a customer was lost, as somebody of us said it."""

    customer_id: str
    left_on: date
    reason: str
    rests_on: str


def _told(each: Interview) -> InterviewTold:
    plain = ("customer_id", "kind", "happened_on", "due", "state", "speaker", "codes", "went", "went_to", "doubted", "held_at",
             "created_at")  # fmt: skip
    said = [
        Answer(question=asked, answer=words) for asked, words in zip(each.kit.questions, each.answers, strict=False)
    ]
    return InterviewTold(
        id=str(each.pk),
        interviewer=str(each.interviewer_id),
        questions=list(each.kit.questions),
        book=[Code(code=code, words=words) for code, words in (each.book.codes if each.book else [])],
        answers=said,
        **{name: getattr(each, name) for name in plain},
    )


@router.get("/interviews", auth=_READ, response={200: Interviews, **PROBLEMS}, operation_id="interviews")
def interviews(
    request: HttpRequest,
    kind: Annotated[Annotated[Kind, listed(Kind)] | None, Query(description="Only about this.")] = None,
    state: Annotated[Annotated[State, listed(State)] | None, Query(description="Only those that stand so.")] = None,
    customer_id: Customer = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Interviews:
    """Interviews with customers one sees. A page may be short and still have a next."""
    wanted = {"kind": kind, "state": state, "customer_id": customer_id}
    among = Interview.objects.filter(**{name: value for name, value in wanted.items() if value}).select_related(
        "kit", "book"
    )
    found, more = newest_seen(request, among, limit, cursor)
    return Interviews(items=[_told(each) for each in found], next=more)


@router.get("/interviews/{uuid:id}", auth=_READ, response={200: InterviewTold, **PROBLEMS}, operation_id="interview")
def interview(request: HttpRequest, id: UUID) -> InterviewTold:
    """One interview, with what they said."""
    return _told(_one(request, id))


@router.post("/interviews", auth=_WRITE, response={201: InterviewTold, **PROBLEMS}, operation_id="begin_interview")
@once(201)
def begin(request: HttpRequest, said: Begun, idempotency_key: Key) -> Deed:
    """Open an interview with a customer one sees: what is asked stands in questions, by what it is coded in book."""
    must_see(request, said.customer_id)
    asks = said.interviewer or person(request).pk
    given = checked(Begin(filled(said, without=["customer_id"], interviewer=asks)))
    return lambda: _told(actions.begin(said.customer_id, given["kind"], given["interviewer"], given["happened_on"]))


@router.post(
    "/interviews/{uuid:id}/answers",
    auth=_WRITE,
    response={200: InterviewTold, **PROBLEMS},
    operation_id="hold_interview",
)
@once(200)
def hold(request: HttpRequest, id: UUID, said: Heard, idempotency_key: Key) -> Deed:
    """Keep what they said, word for word; said again it replaces the one before, which its history keeps."""
    kept = _one(request, id)
    if len(said.answers) != len(kept.kit.questions):
        raise ConfigError(
            f"{len(said.answers)} answers came.",
            f"This interview asks {len(kept.kit.questions)} questions.",
            'Send one answer for each, "" where they said nothing.',
        )
    words = {f"answer_{place}": each for place, each in enumerate(said.answers)}
    form = Held(filled(said, without=["answers"], **words), interview=kept)
    given = checked(form)
    return lambda: _told(actions.hold(kept, form.words(), given["codes"], said=given))


@router.post(
    "/interviews/{uuid:id}/decline",
    auth=_WRITE,
    response={200: InterviewTold, **PROBLEMS},
    operation_id="decline_interview",
)
@once(200)
def decline(request: HttpRequest, id: UUID, idempotency_key: Key) -> Deed:
    """Say that they do not want to be asked."""
    kept = _one(request, id)
    return lambda: _told(actions.decline(kept))


def _one(request: HttpRequest, id: UUID) -> Interview:
    found = Interview.objects.select_related("kit", "book").filter(pk=id).first()
    if found is None:
        raise Http404
    must_see(request, found.customer_id)
    return found


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
    """LossTold one customer was lost; the newest loss of the last year."""
    must_see(request, customer_id)
    with company() as opened:
        try:
            found = _lost(register(opened, Seen(frozenset(), frozenset([customer_id])), limit=1))
        except ModelError:
            found = []
    if not found:
        raise Http404
    return found[0]


@router.post("/losses", auth=_WRITE, response={201: Reason, **PROBLEMS}, operation_id="tell_loss")
@once(201)
def tell_loss(request: HttpRequest, said: LossTold, idempotency_key: Key) -> Deed:
    """Say why a customer one sees was lost, and what that rests on; said again it replaces what was said before."""
    must_see(request, said.customer_id)
    fields = {"customer": said.customer_id, "left_on": said.left_on, "root": said.reason, "evidence": said.rests_on}
    given = checked(LossForm(fields), customer="customer_id", root="reason", evidence="rests_on")

    def deed() -> Reason:
        kept = actions.tell_loss(said.customer_id, given["left_on"], given["root"], given["evidence"])
        return Reason(customer_id=kept.customer_id, left_on=kept.left_on, reason=kept.root, rests_on=kept.evidence)

    return deed
