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


BENEATH = [
    Place("plans", _("Renewals"), "renewals", "customers"),
    Place("plans", _("Account plans"), "plans", "customers"),
    Place("plans", _("Meetings"), "meetings", "customers"),
    Place("plans", _("Contacts that are due"), "contacts", "customers"),
    Place("plans", _("Interviews"), "interviews", "customers"),
    Place("plans", _("New customers asked why they buy"), "new_ones", "customers"),
    Place("plans", _("Losses"), "losses", "customers"),
    Place("customers", _("Touches"), "touches", "customers"),
    Place("understanding", _("Portraits"), "portraits", "understanding"),
    Place("understanding", _("Segments"), "segments", "understanding"),
    Place("understanding", _("How far to trust it"), "trust", "understanding"),
    Place("understanding", _("Models"), "models", "understanding"),
    Place("data", _("Bring data"), "bring", "data"),
    Place("data", _("Work in the background"), "jobs", "data"),
    Place("settings", _("In your calendar"), "calendar", "customers"),
    Place("settings", _("Tokens for programs"), "tokens", "self"),
    Place("settings", _("People and teams"), "people", "people"),
    Place("settings", _("The company"), "company", "people"),
    Place("settings", _("Webhooks"), "webhooks", "people"),
    Place("settings", _("Every change"), "audit", "audit"),
]
"""Pages that stand beneath those of the rail; they are found by their names."""

_LED_TO = 4
"""So many pages are offered for some words."""


def led_to(who: Person, words: str) -> list[Place]:
    """The pages somebody may enter whose names have all of these words, or their beginnings."""
    sought = words.lower().split()
    open_to = [place for place in (*RAIL, *BENEATH) if who.may(place.right)]
    named = [place for place in open_to if sought and all(f" {word}" in f" {place.name}".lower() for word in sought)]
    if sought and not named and not words.isascii():  # languages that leave no blanks between words
        named = [place for place in open_to if all(word in str(place.name).lower() for word in sought)]
    return named[:_LED_TO]


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
