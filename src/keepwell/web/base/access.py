"""Who sees this page? Every view says which right it asks for; a view that says nothing does not pass the tests."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from keepwell.web.base.models import Person
from keepwell.web.base.roles import who_may

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def page(right: str, *, write: str | None = None) -> Callable[[View], View]:
    """
    A view for signed-in people whose role brings a right.

    Args:
        right: One of RIGHTS.
        write: The right that sending something to it asks for; None is the same one.
    """

    def marked(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in_first(request)
            wanted = right if request.method in ("GET", "HEAD") else write or right
            if not person(request).may(wanted):
                return refused(request, _roles_needed(wanted))
            return view(request, *args, **kwargs)

        guarded.right, guarded.write = right, write or right  # type: ignore[attr-defined]
        return cast("View", guarded)

    return marked


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    """To the sign-in, and from there to the page one was on: what was sent is not done, and the page is led away, not left as if it were."""
    before = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(before, {request.get_host()})
    at = urlsplit(before)
    there = f"{at.path}?{at.query}" if at.query else at.path
    answer = redirect_to_login(there if ours and request.method == "POST" else request.get_full_path())
    if not request.headers.get("HX-Request"):
        return answer
    return HttpResponse(status=401, headers={"HX-Redirect": answer.url})


def public(view: View) -> View:
    """A view for everybody, signed in or not; it has to guard itself."""
    view.right = view.write = None  # type: ignore[attr-defined]
    return view


def person(request: HttpRequest) -> Person:
    """Who is signed in."""
    assert isinstance(request.user, Person)
    return request.user


def _roles_needed(right: str) -> str:
    roles = ", ".join(str(role.label) for role in who_may(right))
    return _("People of these roles may: %(roles)s. An administrator can change yours.") % {"roles": roles}


def refused(request: HttpRequest, allowed_by: str) -> HttpResponse:
    """
    A refusal that says what would allow it.

    Args:
        request: What was asked.
        allowed_by: What would allow it, in a sentence.
    """
    return render(request, "base/refused.html", {"allowed_by": allowed_by}, status=403)
