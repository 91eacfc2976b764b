"""A page about one customer: open to whoever sees that customer, and to nobody else."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import ibis.expr.types as ir
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from keepwell.rounds.customer import kept_as, row_of
from keepwell.rounds.reading import newest
from keepwell.web.base.access import page, person, refused
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Reach
from keepwell.web.customers.models import Seat
from keepwell.web.customers.reach import OWNING, seen
from keepwell.workspace import Workspace

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def customer_page(right: str = "customers", *, write: str = "customers.write") -> Callable[[View], View]:
    """
    A view of one customer; its address brings customer_id. Who looks for a customer merged into another finds that one.

    Args:
        right: To look at it.
        write: To send something to it.
    """

    def marked(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, customer_id: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                owner = owner_of(customer_id)
            except Http404:
                if request.method == "GET" and (now := _known_as(customer_id)):
                    assert request.resolver_match is not None
                    return redirect(request.resolver_match.view_name, now, *args, **kwargs)
                raise
            if not seen(person(request)).covers(customer_id, owner):
                return refused(request, why_not_seen(customer_id, owner))
            return view(request, customer_id, *args, **kwargs)

        guarded.of_customer = True  # type: ignore[attr-defined]
        return cast("View", page(right, write=write)(guarded))

    return marked


def owner_of(customer_id: str) -> str | None:
    """
    Who looks after a customer according to the data.

    Raises:
        Http404: Nobody has this id.
    """
    with company() as opened:
        row = row_of(opened, customer_id)
    if row is None:
        raise Http404(_("There is no such customer."))
    owner = row["owner"]
    return owner if isinstance(owner, str) else None


def sees_none(opened: Workspace, me: Person) -> bool:
    """
    Whether somebody sees no customer at all: then an empty list says nothing of how well things are done.

    Raises:
        ModelError: No round was taken.
    """
    if me.reach == Reach.ALL:
        return False
    mine, portraits = seen(me), opened.lake.kept(newest(opened))["portraits"]

    def asked() -> ir.Table:
        return mine.of(opened.lake.result(portraits).select("customer_id", "owner")).limit(1)

    return not opened.asked(("sees", mine, portraits.digest), asked)


def _known_as(customer_id: str) -> str | None:
    """Whose id somebody has now who was merged into another."""
    with company() as opened:
        now = kept_as(opened, customer_id) if "\0" not in customer_id else customer_id
        return now if now != customer_id and row_of(opened, now) else None


def why_not_seen(customer_id: str, owner: str | None) -> str:
    """What somebody reads who does not see a customer: who looks after them, by a seat or else by the data, and whom to ask."""
    held = Seat.objects.filter(customer_id=customer_id, until__isnull=True, function__in=OWNING).select_related(
        "person"
    )
    names = list(dict.fromkeys(str(seat.person) for seat in held)) or ([owner] if owner else [])
    if names:
        return _(
            "%(owner)s looks after this customer. Ask to be given a seat in their team, or ask an administrator to let you see more."
        ) % {"owner": ", ".join(names)}
    return _("Nobody looks after this customer yet. A manager can give you a seat in their team.")
