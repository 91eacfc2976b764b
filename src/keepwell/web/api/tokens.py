"""Who asks? The person a token speaks for, as far as its scopes, their role and the rate of the minute allow."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from keepwell.web.api.actions import PREFIX, digest
from keepwell.web.api.models import Scope, Token, Use
from keepwell.web.api.problems import refusal
from keepwell.web.base.models import Person
from keepwell.web.base.roles import who_may

RATE = 600
"""Requests a minute of one token."""


class Bearer(HttpBearer):
    """
    A token in the header, and nothing else: a cookie never counts here.

    Args:
        scope: What the token has to be for.
        right: What the role of its person has to bring.
    """

    def __init__(self, scope: Scope, right: str) -> None:
        super().__init__()
        self.scope, self.right = scope, right

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        """The token, where it holds; from here on the request is its person's."""
        request.user = AnonymousUser()  # whoever is signed in with a cookie has no part in this
        found = _found(token)
        if found is None:
            return None
        request.allowance = _counted(found)  # type: ignore[attr-defined]
        request.user = found.person
        if self.scope not in found.scopes:
            raise refusal(403, _("The token lacks the scope “%s”.") % self.scope.value, kind="scope")
        if not found.person.may(self.right):
            roles = ", ".join(str(role.label) for role in who_may(self.right))
            raise refusal(403, _("People of these roles may: %s.") % roles, kind="role")
        return found


def _found(told: str) -> Token | None:
    if not told.startswith(PREFIX) or len(told) > 100:
        return None
    found = Token.objects.select_related("person__team").filter(digest=digest(told), person__is_active=True).first()
    return None if found is None or found.over else found


def _counted(token: Token) -> dict[str, str]:
    """
    Count a request of the minute.

    Returns:
        What the answer says of the rate.

    Raises:
        HttpError: There were too many.
    """
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0)
    used = _uses(token, minute)
    left = {
        "RateLimit-Limit": str(RATE),
        "RateLimit-Remaining": str(max(0, RATE - used)),
        "RateLimit-Reset": str(60 - now.second),
    }
    if used > RATE:
        told: dict[str, Any] = {name.replace("-", "_"): value for name, value in left.items()}
        words = _("This token was used %s times in this minute.") % RATE
        raise refusal(429, words, kind="rate", Retry_After=str(60 - now.second), **told)
    return left


def _uses(token: Token, minute: datetime) -> int:
    mine = Use.objects.filter(token=token)
    if not mine.filter(minute=minute).update(count=F("count") + 1) and not mine.update(minute=minute, count=1):
        try:
            with transaction.atomic():
                Use.objects.create(token=token, minute=minute, count=1)
        except IntegrityError:  # its very first two requests at the same moment
            mine.update(count=F("count") + 1)
    return mine.values_list("count", flat=True).get()


def person(request: HttpRequest) -> Person:
    """For whom the token speaks."""
    assert isinstance(request.user, Person)
    return request.user
