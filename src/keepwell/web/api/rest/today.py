"""Today: whom to turn to first, and what became of it."""

# ruff: noqa: ARG001  the framework reads what a view takes

from datetime import date
from typing import Annotated
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from keepwell.act.today import Row
from keepwell.errors import ConfigError
from keepwell.rounds.reading import newest
from keepwell.rounds.today import about
from keepwell.web.api.models import Scope
from keepwell.web.api.once import Deed, once
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.told import Body, Key, Word, listed, plain
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.customers.access import owner_of
from keepwell.web.customers.reach import seen
from keepwell.web.today.actions import decide, handed_to
from keepwell.web.today.models import Kind, Outcome
from keepwell.web.today.page import page as page_of
from keepwell.web.today.sources import Line

router = Router(tags=["Today"])


class Why(Schema):
    """One reason: of the round by its id, of the desk itself by the part of the page it stands in."""

    id: str
    words: str
    late: bool = False


class Turn(Schema):
    """One customer of Today."""

    customer_id: str
    name: str
    owner: str
    group: str
    reasons: list[Why]
    step: str


class Turns(Schema):
    """Whom to turn to first, in order; customers is how many each group has in all."""

    morning: date
    items: list[Turn]
    customers: dict[str, int]
    lacking: dict[str, str]


class TodaySettling(Body):
    """What became of a customer's reasons."""

    customer_id: Word
    kind: Annotated[Kind, listed(Kind)]
    until: date | None = Field(None, description="Of a snooze: until when.")
    because: str = Field("", max_length=500, pattern=r"^[^\x00]*$", description="Why, or a note.")
    outcome: Annotated[Outcome, listed(Outcome)] | None = Field(None, description="Of what is done: what came of it.")
    to: UUID | None = Field(None, description="Of what is handed over: to whom.")


class Settled(Schema):
    """What was kept."""

    customer_id: str
    decisions: list[str]
    until: date


@router.get("/today", auth=Bearer(Scope.READ, "today"), response={200: Turns, **PROBLEMS}, operation_id="today")
def today(
    request: HttpRequest,
    whose: Annotated[str, Query(pattern="^(own|all)$", description="own: my own customers; all: whom I see.")] = "own",
    limit: Annotated[int, Query(ge=1, le=500, description="How many of each group.")] = 50,
) -> Turns:
    """The rows of the newest morning that are not settled, as one's own page shows them."""
    with company() as opened:
        found = page_of(opened, person(request), whole=whose == "all", only="", limit=limit)
    items = [_turn(part.id, line) for part in found.parts for line in part.lines]
    counted = {part.id: part.n for part in found.parts}
    return Turns(morning=found.morning, items=items, customers=counted, lacking=plain(found.lacking))


def _turn(part: str, line: Line) -> Turn:
    asked = [Why(id=due.part, words=str(due.words), late=due.late) for due in line.due]
    found = [Why(id=id, words=words) for id, words in line.row.reasons] if line.row else []
    return Turn(
        customer_id=line.customer_id,
        name=line.name,
        owner=line.owner,
        group=part,
        reasons=asked + found,
        step=str(line.step),
    )


@router.post(
    "/today/settlements",
    auth=Bearer(Scope.WRITE, "customers.write"),
    response={201: Settled, **PROBLEMS},
    operation_id="settle",
)
@once(201)
def settle(request: HttpRequest, said: TodaySettling, idempotency_key: Key) -> Deed:
    """Settle every reason of one customer: done, snoozed, handed over, or not right."""
    row, morning = _row(person(request), said.customer_id)
    to = Person.objects.filter(pk=said.to, is_active=True).first() if said.to else None

    def deed() -> Settled:
        made = decide(
            row, said.kind, morning, until=said.until, because=said.because, outcome=said.outcome or "", to=to
        )
        return Settled(customer_id=row.customer_id, decisions=[str(each.pk) for each in made], until=made[0].until)

    return deed


def _row(me: Person, customer: str) -> tuple[Row, date]:
    """
    The customer's row of the morning, for whoever sees that customer.

    Raises:
        Http404: There is nobody of that id among those the person sees.
        ConfigError: They have no reason any more.
    """
    with company() as opened:
        morning = newest(opened, None, "today")
        found = about(opened, [customer], morning)
    if customer not in handed_to([me], morning) and not seen(me).covers(customer, owner_of(customer)):
        raise Http404
    if not found:
        raise ConfigError(_("This customer has no reason to be turned to any more."), "", _("Read Today again."))
    return found[0], morning
