"""What every page's frame shows: the rooms a person may enter, the company, and of which morning it speaks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from keepwell.errors import KeepwellError
from keepwell.rounds.reading import mornings
from keepwell.web.base import company as companies
from keepwell.web.base.models import Person


@dataclass(frozen=True)
class Place:
    """
    One entry of the rail.

    Args:
        id: Name of its icon, and how pages say that they belong to it.
        name: What people read.
        route: Name of its page.
        right: Who sees it.
    """

    id: str
    name: Any
    route: str
    right: str

    @property
    def url(self) -> str:
        """Its address."""
        return reverse(self.route)


RAIL = [
    Place("today", _("Today"), "today", "today"),
    Place("customers", _("Customers"), "customers", "customers"),
    Place("promises", _("Promises"), "promises", "customers"),
    Place("plans", _("Plans"), "renewals", "customers"),
    Place("measures", _("Measures"), "measures", "measures"),
    Place("understanding", _("Understanding"), "understanding", "understanding"),
    Place("board", _("Board"), "board", "board"),
    Place("data", _("Data"), "imports", "data"),
    Place("settings", _("Settings"), "settings", "self"),
]
"""In the order of a day."""


LATE: list[Callable[[Any, datetime], list[str]]] = []
"""Functions of the open company and the moment that say what does not tell any more, the worst first; rooms add theirs when ready."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """For every template: rail, company and morning, read only where a page shows them."""
    user = getattr(request, "user", None)
    if not isinstance(user, Person):
        return {"rail": []}
    told = {"rail": [place for place in RAIL if user.may(place.right)], "known": SimpleLazyObject(lambda: _known(user))}
    return told | ({"room": "settings"} if request.path.startswith("/sign-in/") else {})


def _known(who: Person) -> dict[str, Any]:
    """The company and its morning; and to who can mend it, what is stale."""
    if not companies.exists():
        return {"name": ""}
    try:
        return _told(who)
    except KeepwellError:  # settings that do not hold, a lake that cannot be read: the page itself says so
        return {"name": ""}


def _told(who: Person) -> dict[str, Any]:
    with companies.company() as opened:
        taken = mornings(opened)
        late = [each for told in LATE for each in told(opened, timezone.localtime())] if who.may("data") else []
        return {"name": opened.settings.name, "until": opened.as_of - timedelta(days=1) if any(opened.lake.rows().values()) else None, "morning": taken[-1] if taken else None,
                "late": late, "more_late": len(late) - 1}  # fmt: skip
