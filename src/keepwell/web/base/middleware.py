"""What surrounds every request: the language and zone of the person, faults told to people, and the way to the first set-up."""

import zoneinfo
from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation

from keepwell.errors import KeepwellError
from keepwell.web.base import setup
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
        if isinstance(request.user, Person):
            self._suit(request, request.user)
        response = self.answer(request)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    @staticmethod
    def _suit(request: HttpRequest, person: Person) -> None:
        if person.language:
            translation.activate(person.language)
            request.LANGUAGE_CODE = translation.get_language()
        if person.time_zone in _zones():
            timezone.activate(zoneinfo.ZoneInfo(person.time_zone))
        else:
            timezone.deactivate()

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """What Keepwell refuses is told in its own three sentences; anything else is Django's to tell."""
        if not isinstance(fault, KeepwellError):
            return None
        told: dict[str, Any] = {"came": fault.came, "wanted": fault.wanted, "todo": fault.todo}
        return render(request, "base/fault.html", told, status=400)
