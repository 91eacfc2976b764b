"""Account plans and quarterly reviews: how they stand, to be read."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router, Schema

from keepwell.act.plans import holds
from keepwell.errors import ModelError
from keepwell.web.api import cursors
from keepwell.web.api.models import Scope
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.records import must_see, seen_of
from keepwell.web.api.rest.told import Cursor, Limit, page, plain
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.base.company import company
from keepwell.web.meetings.faces import faces
from keepwell.web.plans import actions
from keepwell.web.plans.models import Action, Version
from keepwell.web.plans.pack import pack
from keepwell.web.plans.reviews import due_reviews

router = Router(tags=["Plans and reviews"])

_READ = Bearer(Scope.READ, "customers")
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
    versions = list(actions.standing([customer_id]))
    if not versions:
        raise Http404
    says = {
        name: getattr(versions[-1], name) for name in Version.SAYS if name not in ("customer_id", "number", "until")
    }
    todo = Action.objects.filter(customer_id=customer_id).order_by("state", "due", "id")
    return Whole(**_told(versions), says=says, actions=[_doing(each) for each in todo])


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
