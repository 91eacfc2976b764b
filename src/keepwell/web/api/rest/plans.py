"""Account plans and quarterly reviews: how they stand, the next version, signatures, and what somebody is to do."""

# ruff: noqa: ARG001  the framework reads what a view takes

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import Max
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.errors import ValidationError
from pydantic import Field, StringConstraints

from keepwell.act.plans import holds
from keepwell.errors import ModelError
from keepwell.web.api import cursors
from keepwell.web.api.models import Scope
from keepwell.web.api.once import Deed, once
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.records import checked, filled, must_see, seen_of
from keepwell.web.api.rest.told import Body, Cursor, Day, Key, Limit, Said, Word, listed, page, plain
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.base.company import company
from keepwell.web.customers.models import Function
from keepwell.web.meetings.faces import faces
from keepwell.web.plans import actions
from keepwell.web.plans.forms import LISTS, ActionForm, PlanForm
from keepwell.web.plans.models import Action, Version
from keepwell.web.plans.pack import pack
from keepwell.web.plans.reviews import due_reviews

router = Router(tags=["Plans and reviews"])

_READ, _WRITE = Bearer(Scope.READ, "customers"), Bearer(Scope.WRITE, "customers.write")
_Text = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00]*$")]
_Line = dict[Annotated[str, StringConstraints(max_length=20)], Said]
_Lines = Annotated[list[_Line], Field(max_length=60)]
_AT_ONCE = 500


class Plan(Schema):
    """The newest version of one customer's plan; holds is the version four have signed and whose horizon has not passed."""

    customer_id: str
    version: int
    until: date
    signed_for: list[str]
    holds: int | None
    made_at: datetime


class Plans(Schema):
    """A page of plans, by customer."""

    items: list[Plan]
    next: str | None


class Doing(Schema):
    """Something one of us is to do until a day."""

    id: str
    what: str
    owner: str
    due: date
    state: str
    outcome: str


class Whole(Plan):
    """A plan with all it says, and what is to be done."""

    says: dict[str, Any]
    actions: list[Doing]


class Due(Schema):
    """A quarterly review that is due."""

    customer_id: str
    name: str
    due: date


class Reviews(Schema):
    """A page of reviews that are due, by customer."""

    items: list[Due]
    next: str | None


class Review(Schema):
    """What is looked at in a quarterly review, when the last one was, and what was decided in it."""

    customer_id: str
    last: datetime | None
    decided: list[Doing]
    pack: dict[str, Any]


class Written(Body):
    """The next version of a plan; what is null stays as it is in the version before."""

    customer_id: Word
    until: Day | None = Field(None, description="Twelve to twenty-four months ahead; wanted in the first version.")
    goals: _Lines | None = Field(None, description="what, measure, by.")
    people: _Lines | None = Field(None, description="name, part (decides, uses, blocks or missing), note.")
    whitespace: _Lines | None = Field(None, description="what, state (own, fit, offered or no).")
    risks: _Lines | None = Field(None, description="what, owner, answer.")
    renewal_terms: _Text | None = None
    strengths: _Text | None = None
    weaknesses: _Text | None = None
    opportunities: _Text | None = None
    threats: _Text | None = None


class Signature(Body):
    """A signature under the newest version of a plan."""

    customer_id: Word
    version: int = Field(ge=1, le=2**31 - 1, description="The number of the version that was read.")
    function: Annotated[Function, listed(Function)]


class Wanted(Body):
    """Something one of us is to do until a day."""

    customer_id: Word
    what: Word
    owner: UUID | None = Field(None, description="Who; null is the token's person.")
    due: Day


class ActionOutcome(Body):
    """What became of it; what is dropped says why."""

    state: Literal["done", "dropped"]
    outcome: Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")] | None = None


def _told(versions: list[Version]) -> dict[str, Any]:
    last, on = versions[-1], timezone.localdate()
    signed = actions.signed(versions)[last.customer_id]
    whole = holds(signed, on)
    return {
        "customer_id": last.customer_id, "version": last.number, "until": last.until, "made_at": last.created_at,
        "signed_for": sorted(signed[-1].functions), "holds": whole.number if whole else None,
    }  # fmt: skip


def _doing(each: Action) -> Doing:
    plain = ("what", "due", "state", "outcome")
    return Doing(id=str(each.pk), owner=str(each.owner_id), **{name: getattr(each, name) for name in plain})


@router.get("/plans", auth=_READ, response={200: Plans, **PROBLEMS}, operation_id="plans")
def plans(request: HttpRequest, limit: Limit = 100, cursor: Cursor = None) -> Plans:
    """The plans of the customers one sees. A page may be short and still have a next."""

    def following(after: Any) -> list[str]:
        ids = Version.objects.filter(customer_id__gt=after or "").values("customer_id").annotate(n=Max("number"))
        return [each["customer_id"] for each in ids.order_by("customer_id")[:_AT_ONCE]]

    found, end = seen_of(request, following, lambda whose: (whose, whose), limit, cursors.after(request, cursor))
    kept: dict[str, list[Version]] = {}
    for each in actions.standing(found):
        kept.setdefault(each.customer_id, []).append(each)
    items = [Plan(**_told(kept[id])) for id in found if id in kept]
    return Plans(items=items, next=cursors.before(request, end) if end else None)


@router.get("/plans/{path:customer_id}", auth=_READ, response={200: Whole, **PROBLEMS}, operation_id="plan")
def plan(request: HttpRequest, customer_id: str) -> Whole:
    """One customer's plan: its newest version with all it says, who signed it, and what is to be done."""
    must_see(request, customer_id)
    return _whole(customer_id)


def _whole(customer_id: str) -> Whole:
    versions = list(actions.standing([customer_id]))
    if not versions:
        raise Http404
    says = {
        name: getattr(versions[-1], name) for name in Version.SAYS if name not in ("customer_id", "number", "until")
    }
    todo = Action.objects.filter(customer_id=customer_id).order_by("state", "due", "id")
    return Whole(**_told(versions), says=says, actions=[_doing(each) for each in todo])


@router.post("/plans", auth=_WRITE, response={201: Whole, **PROBLEMS}, operation_id="write_plan")
@once(201)
def write(request: HttpRequest, said: Written, idempotency_key: Key) -> Deed:
    """Write the next version of the plan of a customer one sees; the four sign it anew."""
    must_see(request, said.customer_id)
    before, given = actions.newest(said.customer_id), filled(said, without=["customer_id"])
    stood = {name: getattr(before, name) for name in (*PlanForm.base_fields, *LISTS)} if before else {}
    whole = stood | given
    says = checked(PlanForm(whole)) | {name: _lines(name, whole.get(name, [])) for name in LISTS}

    def deed() -> Whole:
        actions.next_version(said.customer_id, timezone.localdate(), says)
        return _whole(said.customer_id)

    return deed


def _lines(part: str, said: list[dict[str, str]]) -> list[dict[str, str]]:
    """The lines of a part that is a list, each by the form of the desk's page; a field it does not know is refused."""
    form, made = LISTS[part], []
    for place, line in enumerate(said):
        if unknown := sorted(set(line) - set(form.base_fields)):
            told = f"is not known; a line says {', '.join(form.base_fields)}"
            raise ValidationError([{"loc": ("body", part, place, name), "msg": told} for name in unknown])
        filled_in = form(line)
        made.append(checked(filled_in, **{name: f"{part}.{place}.{name}" for name in form.base_fields}))
    return made


@router.post("/plan-signatures", auth=_WRITE, response={201: Whole, **PROBLEMS}, operation_id="sign_plan")
@once(201)
def sign(request: HttpRequest, said: Signature, idempotency_key: Key) -> Deed:
    """Sign the newest version of the plan of a customer one sees, as the token's person."""
    must_see(request, said.customer_id)
    version = Version.objects.filter(customer_id=said.customer_id, number=said.version).first()
    if version is None:
        raise Http404
    read = version

    def deed() -> Whole:
        actions.sign(read, person(request), said.function)
        return _whole(said.customer_id)

    return deed


@router.post("/plan-actions", auth=_WRITE, response={201: Doing, **PROBLEMS}, operation_id="decide_action")
@once(201)
def decide(request: HttpRequest, said: Wanted, idempotency_key: Key) -> Deed:
    """Say what one of us is to do for a customer one sees, until a day."""
    must_see(request, said.customer_id)
    given = checked(ActionForm(filled(said, without=["customer_id"], owner=said.owner or person(request).pk)))
    return lambda: _doing(
        actions.decide(said.customer_id, given["what"], given["owner"], given["due"], timezone.localdate())
    )


@router.post(
    "/plan-actions/{uuid:id}/settlement", auth=_WRITE, response={200: Doing, **PROBLEMS}, operation_id="settle_action"
)
@once(200)
def settle(request: HttpRequest, id: UUID, said: ActionOutcome, idempotency_key: Key) -> Deed:
    """Say what became of something one of us was to do."""
    found = Action.objects.filter(pk=id).first()
    if found is None:
        raise Http404
    must_see(request, found.customer_id)
    kept = found
    return lambda: _doing(actions.settle(kept, said.state, said.outcome or ""))


@router.get("/reviews", auth=_READ, response={200: Reviews, **PROBLEMS}, operation_id="reviews")
def reviews(request: HttpRequest, limit: Limit = 100, cursor: Cursor = None) -> Reviews:
    """Customers one sees with whom a quarterly review is due, by id."""
    last = cursors.after(request, cursor)
    planned = Version.objects.values_list("customer_id", flat=True).distinct()
    due = due_reviews(timezone.localdate(), faces(person(request), planned))
    listed = sorted(
        ((who, day) for who, day in due if last is None or who.customer_id > last), key=lambda each: each[0].customer_id
    )
    found, more = page(listed, limit)
    items = [Due(customer_id=who.customer_id, name=who.name, due=day) for who, day in found]
    return Reviews(items=items, next=cursors.before(request, items[-1].customer_id) if more else None)


@router.get("/reviews/{path:customer_id}", auth=_READ, response={200: Review, **PROBLEMS}, operation_id="review")
def review(request: HttpRequest, customer_id: str) -> Review:
    """The pack of one customer's quarterly review, and what the last one decided."""
    must_see(request, customer_id)
    last = actions.last_review(customer_id)
    decided = last.decisions.filter(withdrawn_at__isnull=True).order_by("due", "id") if last else []
    with company() as opened:
        try:
            found = plain(asdict(pack(opened, customer_id)))
        except ModelError:
            raise Http404 from None
    return Review(
        customer_id=customer_id,
        last=last.starts_at if last else None,
        decided=[_doing(each) for each in decided],
        pack=found,
    )
