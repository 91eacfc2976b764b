"""Customers: search, and one portrait; only those the token's person sees."""

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema

from keepwell.errors import ModelError
from keepwell.rounds.reading import newest
from keepwell.web.api import cursors
from keepwell.web.api.models import Scope
from keepwell.web.api.problems import PROBLEMS
from keepwell.web.api.rest.told import Cursor, Limit, page, plain, rows
from keepwell.web.api.tokens import Bearer, person
from keepwell.web.base.company import company
from keepwell.web.customers.access import owner_of
from keepwell.web.customers.reach import seen

router = Router(tags=["Customers"])


class Customer(Schema):
    """One customer in a list."""

    customer_id: str
    name: str | None
    owner: str | None
    country: str | None


class Customers(Schema):
    """A page of customers."""

    items: list[Customer]
    next: str | None


class Portrait(Schema):
    """Everything the round worked out of one customer; null is not known."""

    customer_id: str
    morning: str | None
    known: dict[str, Any]


@router.get(
    "/customers", auth=Bearer(Scope.READ, "customers"), response={200: Customers, **PROBLEMS}, operation_id="customers"
)
def customers(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=200, description="Words of the name or id.")] = "",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Customers:
    """The customers one sees, by id; narrowed by words of their name or id."""
    last = cursors.after(request, cursor)
    with company() as opened:
        people = seen(person(request)).of(opened.facts().read("customers"))
        for word in q.split()[:5]:
            named = people.name.fill_null("").lower().contains(word.lower())
            people = people.filter(named | people.customer_id.lower().contains(word.lower()))
        if last is not None:
            people = people.filter(people.customer_id > last)
        shown = people.select("customer_id", "name", "owner", "country").order_by("customer_id")
        found, more = page(rows(opened.run(shown.limit(limit + 1))), limit)
    return Customers(items=found, next=cursors.before(request, found[-1]["customer_id"]) if more else None)


@router.get(
    "/customers/{path:customer_id}",
    auth=Bearer(Scope.READ, "customers"),
    response={200: Portrait, **PROBLEMS},
    operation_id="customer",
)
def customer(request: HttpRequest, customer_id: str) -> Portrait:
    """One customer's portrait of the newest round; of somebody one does not see it is told as if there were nobody."""
    if not seen(person(request)).covers(customer_id, owner_of(customer_id)):
        raise Http404
    with company() as opened:
        try:
            morning = newest(opened)
        except ModelError:
            people = opened.facts().read("customers").drop("email", "phone")
            return _told(customer_id, None, opened.run(people.filter(people.customer_id == customer_id)))
        portraits = opened.lake.result(opened.lake.kept(morning)["portraits"])
        return _told(
            customer_id, morning.isoformat(), opened.run(portraits.filter(portraits.customer_id == customer_id))
        )


def _told(customer_id: str, morning: str | None, found: Any) -> Portrait:
    known = plain(found.iloc[0].to_dict()) if len(found) else {}
    return Portrait(customer_id=customer_id, morning=morning, known=known)
