"""Who are these customers, and does a person see them? Names, zones and owners from the lake, in one question a page."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from keepwell.lake.asking import lot
from keepwell.rounds.reading import mornings
from keepwell.web.base.access import person, refused
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.customers.access import why_not_seen
from keepwell.web.customers.reach import seen
from keepwell.web.today.actions import handed_to
from keepwell.workspace import Workspace


@dataclass(frozen=True)
class Known:
    """
    What the data say of a customer.

    Args:
        name: What to call them; the id where no name is known.
        zone: Their time zone; the company's where theirs is not known.
        owner: Who looks after them, None where nobody does.
        own_zone: Whether the zone is their own.
    """

    name: str
    zone: str
    owner: str | None
    own_zone: bool


def known(ids: Collection[str]) -> dict[str, Known]:
    """What the data say of customers; those they do not know are left out."""
    if not ids:
        return {}
    with company() as opened:
        return known_of(opened, ids)


def known_of(opened: Workspace, ids: Collection[str]) -> dict[str, Known]:
    """The same, of a company that is open already."""
    people = opened.facts().read("customers").select("customer_id", "name", "time_zone", "owner")

    def asked(*said: str) -> ir.Table:
        return people.filter(people.customer_id.isin(said))

    found = opened.asked("names", asked, *lot(sorted(ids))) if ids else []
    return {row["customer_id"]: _known(row, opened.settings.time_zone) for row in found}


def _known(row: dict[Any, Any], usual: str) -> Known:
    from keepwell.web.base.forms import ZONES

    name, zone, owner = (value if isinstance(value := row[at], str) else None for at in ("name", "time_zone", "owner"))
    own = zone is not None and any(zone == each for each, _name in ZONES)
    return Known(name or str(row["customer_id"]), zone if own and zone else usual, owner, own)


def people_of(customer_id: str, limit: int = 50) -> list[str]:
    """What an account's people are called, by their names."""
    with company() as opened:
        theirs = opened.facts().read("contacts")
        mine = theirs.filter((theirs.customer_id == customer_id) & theirs.name.notnull())
        return list(opened.run(mine.select("name").distinct().order_by("name").limit(limit))["name"])


def asked(request: HttpRequest, name: str = "customer") -> str:
    """An id of the lake an address names, in what a database can look for; "" where it names none."""
    return request.GET.get(name, "").replace("\x00", "")[:200]


def name_of(customers: dict[str, Known], id: str) -> str:
    """What to call a customer."""
    return customers[id].name if id in customers else id


def one(customer_id: str) -> Known:
    """
    What the data say of one customer.

    Raises:
        Http404: Nobody has this id.
    """
    found = known([customer_id]).get(customer_id)
    if found is None:
        raise Http404(_("There is no such customer."))
    return found


def sees(who: Person, customer_id: str, owner: str | None) -> bool:
    """Whether a person sees a customer: by their reach, or because somebody handed them over."""
    if seen(who).covers(customer_id, owner):
        return True
    with company() as opened:
        known = mornings(opened)
    return bool(known) and customer_id in handed_to([who], known[-1])


def not_seen(request: HttpRequest, customer_id: str, owner: str | None) -> HttpResponse | None:
    """A refusal where the person does not see the customer."""
    if sees(person(request), customer_id, owner):
        return None
    return refused(request, why_not_seen(customer_id, owner))
