"""Whose records are these, page by page? Only those the token's person sees; and what a form says, refused field by field."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest
from ninja import Query
from ninja.errors import ValidationError

from keepwell.web.api import cursors
from keepwell.web.api.rest.told import page
from keepwell.web.api.tokens import person
from keepwell.web.customers.access import owner_of
from keepwell.web.customers.reach import seen
from keepwell.web.meetings.faces import faces
from keepwell.web.promises.whom import sees

Each = TypeVar("Each")

Customer = Annotated[str | None, Query(max_length=200, description="Only of this customer.")]
Whose = Annotated[
    str,
    Query(
        pattern="^(own|team|all)$",
        description="own: mine; team: my team's; all: everybody's; never further than I see.",
    ),
]
_AT_ONCE, _LOOKS = 500, 20
"""Records looked at together, and how often, for one page."""


def newest(request: HttpRequest, among: QuerySet[Any], limit: int, cursor: str | None) -> tuple[list[Any], str | None]:
    """
    A page of records, the newest first.

    Args:
        request: The list.
        among: Records the person sees.
        limit: How many.
        cursor: What the page before said.

    Returns:
        The records, and the cursor of the next page; None at the end.
    """
    listed = among.order_by("-id")
    if last := cursors.after(request, cursor):
        listed = listed.filter(id__lt=UUID(last))
    found, more = page(listed[: limit + 1], limit)
    return found, cursors.before(request, str(found[-1].pk)) if more else None


def newest_seen(
    request: HttpRequest, among: QuerySet[Any], limit: int, cursor: str | None
) -> tuple[list[Any], str | None]:
    """
    A page of records of customers the person sees, the newest first.

    Where they see few of many, a page may be shorter than asked for and still be followed by another: only next says the end.

    Args:
        request: The list.
        among: Records, of whatever customers.
        limit: How many.
        cursor: What the page before said.
    """
    last = cursors.after(request, cursor)

    def following(after: Any) -> Sequence[Any]:
        listed = among.order_by("-id")
        return list((listed.filter(id__lt=UUID(after)) if after else listed)[:_AT_ONCE])

    found, end = seen_of(request, following, lambda each: (each.customer_id, str(each.pk)), limit, last)
    return found, cursors.before(request, end) if end else None


def seen_of(
    request: HttpRequest,
    following: Callable[[Any], Sequence[Each]],
    names: Callable[[Each], tuple[str, Any]],
    limit: int,
    last: Any,
) -> tuple[list[Each], Any]:
    """
    Those of a list whose customers the person sees.

    Args:
        request: The list.
        following: The next of them after what the last one is called; none at the end.
        names: Whose one is, and what it is called.
        limit: How many.
        last: What the one before the page is called; None at the beginning.

    Returns:
        They, and what the last one looked at is called; None at the end of the list.
    """
    me, found = person(request), list[Each]()
    for _look in range(_LOOKS):
        listed = following(last)
        known = faces(me, {names(each)[0] for each in listed})
        for each in listed:
            whose, called = names(each)
            if whose in known:
                if len(found) == limit:
                    return found, last
                found.append(each)
            last = called
        if len(listed) < _AT_ONCE:
            return found, None
    return found, last


def must_see(request: HttpRequest, customer_id: str, *, handed: bool = False) -> None:
    """
    Refuse what is of a customer the person does not see, as if there were nobody.

    Args:
        request: Whose.
        customer_id: Of whom.
        handed: Whether it is enough that somebody handed them over on Today.

    Raises:
        Http404: There is nobody of that id among those the person sees.
    """
    me, owner = person(request), owner_of(customer_id)
    if not (sees(me, customer_id, owner) if handed else seen(me).covers(customer_id, owner)):
        raise Http404


def checked(form: BaseForm, **called: str) -> dict[str, Any]:
    """
    What a form says.

    Args:
        form: Of the desk's pages, filled in by a program.
        called: Field of the form -> what the program calls it, where that differs.

    Raises:
        ValidationError: It does not hold; every fault with its field.
    """
    if not form.is_valid():
        raise ValidationError(
            [
                {"loc": ("body", called.get(name, name)), "msg": str(line)}
                for name, lines in form.errors.items()
                for line in lines
            ]
        )
    return form.cleaned_data


def filled(said: Any, *, without: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """A body as a form takes it: what is null is not said."""
    return {name: value for name, value in {**dict(said), **more}.items() if value is not None and name not in without}
