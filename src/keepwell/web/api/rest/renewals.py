"""Renewals of the next half year, and whether a customer is to be kept."""

# ruff: noqa: ARG001  the framework reads what a view takes

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from keepwell.act.renewals import COLUMNS
from keepwell.errors import ConfigError
from keepwell.rounds import customer as reading
from keepwell.web.api import cursors
from keepwell.web.api.models import Scope
from keepwell.web.api.once import Deed, once
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.records import Customer, checked, filled, must_see, newest_seen
from keepwell.web.api.rest.told import Body, Cursor, Day, Key, Limit, Word, listed, page, plain
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.base.company import company
from keepwell.web.customers.actions import today_in
from keepwell.web.customers.forms import DecisionForm
from keepwell.web.customers.models import Flag, KeepDecision, Outcome
from keepwell.web.customers.reach import own, seen
from keepwell.web.renewals.reading import DECIDED, Asked, board

router = Router(tags=["Renewals and keeping"])

_READ, _WRITE = Bearer(Scope.READ, "customers"), Bearer(Scope.WRITE, "customers.write")
_MOST = 100_000
"""Contracts of a column that are read."""


class Renewal(Schema):
    """One renewal: what the system and the owner think, and how it ended. risk is the chance that they leave; null is not known."""

    customer_id: str
    subscription_id: str
    name: str | None
    owner: str | None
    plan: str | None
    renews_on: date
    days: int
    yearly: float | None
    currency: str | None
    risk: float | None
    risky: bool | None
    assessment: str | None
    because: str | None
    outcome: str | None
    planned: bool
    column: str


class Renewals(Schema):
    """A page of renewals, by day and contract."""

    morning: date
    items: list[Renewal]
    next: str | None


class Kept(Schema):
    """What was decided of keeping a customer; the newest of a customer holds."""

    id: str
    customer_id: str
    outcome: str
    flags: list[str]
    because: str
    review_on: date
    contribution: float | None
    by: str | None
    created_at: datetime


class Decisions(Schema):
    """A page of decisions, the newest first."""

    items: list[Kept]
    next: str | None


class Keeping(Body):
    """Whether we want a customer."""

    customer_id: Word
    outcome: Annotated[Outcome, listed(Outcome)]
    flags: list[Flag] = Field([], max_length=10)
    because: Word
    review_on: Day


@router.get("/renewals", auth=_READ, response={200: Renewals, **PROBLEMS}, operation_id="renewals")
def renewals(
    request: HttpRequest,
    whose: Annotated[Literal["own", "all"], Query(description="own: my own customers; all: whom I see.")] = "all",
    column: Annotated[
        str | None,
        Query(
            pattern=f"^({'|'.join([*map(str, COLUMNS), DECIDED])})$", description="Only of this column of the board."
        ),
    ] = None,
    unplanned: Annotated[bool, Query(description="Only those without a plan that holds.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Renewals:
    """The renewals of the next half year, of the customers one sees."""
    me, last = person(request), cursors.after(request, cursor)
    with company() as opened:
        found = board(
            opened,
            own(me) if whose == "own" else seen(me),
            Asked(unplanned=unplanned, column=column or ""),
            limit=_MOST,
        )
    if any(each.n > _MOST for each in found.columns):
        raise ConfigError(
            "These are too many renewals at once.", f"At most {_MOST:,} of a column are read.", "Ask for own ones."
        )
    cards = [plain(card) | {"column": each.name} for each in found.columns for card in each.cards]
    told = [Renewal(**{**card, "renews_on": card["renews_on"][:10]}) for card in cards]
    told.sort(key=_place)
    items, more = page([each for each in told if last is None or _place(each) > tuple(last)], limit)
    return Renewals(
        morning=found.morning, items=items, next=cursors.before(request, _place(items[-1])) if more else None
    )


def _place(each: Renewal) -> tuple[str, str, str]:
    return each.renews_on.isoformat(), each.subscription_id, each.customer_id


def _told(each: KeepDecision) -> Kept:
    plain = ("customer_id", "outcome", "flags", "because", "review_on", "contribution", "created_at")
    by = str(each.created_by_id) if each.created_by_id else None
    return Kept(id=str(each.pk), by=by, **{name: getattr(each, name) for name in plain})


@router.get("/keep-decisions", auth=_READ, response={200: Decisions, **PROBLEMS}, operation_id="keep_decisions")
def decisions(
    request: HttpRequest, customer_id: Customer = None, limit: Limit = 100, cursor: Cursor = None
) -> Decisions:
    """Decisions of keeping customers one sees, the newest first. A page may be short and still have a next."""
    among = KeepDecision.objects.filter(customer_id=customer_id) if customer_id else KeepDecision.objects.all()
    found, more = newest_seen(request, among, limit, cursor)
    return Decisions(items=[_told(each) for each in found], next=more)


@router.post("/keep-decisions", auth=_WRITE, response={201: Kept, **PROBLEMS}, operation_id="decide_keeping")
@once(201)
def decide(request: HttpRequest, said: Keeping, idempotency_key: Key) -> Deed:
    """Decide whether we want a customer; nothing is done to anybody because of it."""
    must_see(request, said.customer_id)
    with company() as opened:
        today = today_in(opened.settings.time_zone)
        brought = reading.brought(opened, reading.ids_of(opened, said.customer_id))
    form = DecisionForm(filled(said, without=["customer_id"]), today=today)
    checked(form)

    def deed() -> Kept:
        form.instance.customer_id, form.instance.contribution = said.customer_id, brought.value
        return _told(form.save())

    return deed
