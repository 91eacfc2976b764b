"""What surrounds every request: the language and zone of the person, faults told to people, and the way to the first set-up."""

import zoneinfo
from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme

from keepwell.errors import KeepwellError
from keepwell.web.base import setup
from keepwell.web.base.company import zone
from keepwell.web.base.models import Person

Answer = Callable[[HttpRequest], HttpResponseBase]


@cache
def _zones() -> frozenset[str]:
    """The time zones this machine knows; looked for on the disk once."""
    return frozenset(zoneinfo.available_timezones())


class Frame:
    """The frame around every request."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the person's language and time zone; a desk nobody has set up yet leads to its set-up."""
        if not setup.done() and not request.path.startswith(("/static/", reverse("setup"))):
            return redirect("setup")
        self._suit(request, request.user)
        response = self.answer(request)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    @staticmethod
    def _suit(request: HttpRequest, who: Any) -> None:
        """The person's own language and clocks; the company's where they chose none, or are nobody yet."""
        person = who if isinstance(who, Person) else None
        if person and person.language:
            translation.activate(person.language)
            request.LANGUAGE_CODE = translation.get_language()
        chosen = person.time_zone if person and person.time_zone in _zones() else zone()
        timezone.activate(zoneinfo.ZoneInfo(chosen))

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """What Keepwell refuses is told in its own three sentences; anything else is Django's to tell."""
        if not isinstance(fault, KeepwellError):
            return None
        before = request.headers.get("Referer", "")
        ours = url_has_allowed_host_and_scheme(before, {request.get_host()})
        told: dict[str, Any] = {
            "came": fault.came,
            "wanted": fault.wanted,
            "todo": fault.todo,
            "back": before if ours else "",
        }
        return render(request, "base/fault.html", told, status=400)
