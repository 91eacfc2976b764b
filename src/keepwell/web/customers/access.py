"""A page about one customer: open to whoever sees that customer, and to nobody else."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from keepwell.web.base.access import page, person, refused
from keepwell.web.base.company import company
from keepwell.web.customers.reach import seen

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def customer_page(right: str = "customers", *, write: str = "customers.write") -> Callable[[View], View]:
    """
    A view of one customer; its address brings customer_id.

    Args:
        right: To look at it.
        write: To send something to it.
    """

    def marked(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, customer_id: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            owner = owner_of(customer_id)
            if not seen(person(request)).covers(customer_id, owner):
                return refused(request, _not_seen(owner))
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
        people = opened.facts().read("customers")
        found = opened.run(people.filter(people.customer_id == customer_id).select("owner"))
    if found.empty:
        raise Http404(_("There is no such customer."))
    owner = found["owner"].iloc[0]
    return owner if isinstance(owner, str) else None


def _not_seen(owner: str | None) -> str:
    if owner:
        return _(
            "%(owner)s looks after this customer. Ask to be given a seat in their team, or ask an administrator to let you see more."
        ) % {"owner": owner}
    return _("Nobody looks after this customer yet. A manager can give you a seat in their team.")
