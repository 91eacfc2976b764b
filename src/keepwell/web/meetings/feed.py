"""What does a person's own calendar show of the desk? Their meetings, planned contacts and open promises, behind a private address."""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.act.calendar import Entry
from keepwell.web import place
from keepwell.web.base.models import Person
from keepwell.web.meetings.faces import faces
from keepwell.web.meetings.models import CalendarLink, CalendarUse, Meeting
from keepwell.web.promises.actions import OWED, told
from keepwell.web.promises.models import Promise
from keepwell.web.touches.models import State as Touched
from keepwell.web.touches.models import Touch

RATE = 30
"""Fetches a minute of one address; programs fetch a few times an hour."""

BACK, AHEAD, MOST = timedelta(days=90), timedelta(days=366), 1_000
"""How far the calendar reaches, and how many of each kind stand in it at most."""


def _digest(told: str) -> str:
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def make_link(person: Person) -> tuple[CalendarLink, str]:
    """
    A new private address of a person's calendar; the one before ends.

    Returns:
        What is kept, and the secret of the address, which is told here once and kept nowhere.
    """
    end_link(person)
    told = secrets.token_urlsafe(32)
    return CalendarLink.objects.create(person=person, digest=_digest(told)), told


def end_link(person: Person) -> None:
    """End the address; whoever has it gets nothing any more."""
    for each in CalendarLink.objects.filter(person=person):
        each.withdrawn_at = timezone.now()
        each.save()


def link_of(told: str) -> CalendarLink | None:
    """Whose address it is, ended or not; None where it never was one."""
    return CalendarLink.everything.select_related("person__team").filter(digest=_digest(told)).first()


def fetched(link: CalendarLink) -> int:
    """Count a fetch; how many there were in this minute."""
    minute = timezone.now().replace(second=0, microsecond=0)
    mine = CalendarUse.objects.filter(link=link)
    if not mine.filter(minute=minute).update(count=F("count") + 1) and not mine.update(minute=minute, count=1):
        try:
            with transaction.atomic():
                CalendarUse.objects.create(link=link, minute=minute, count=1)
        except IntegrityError:  # somebody was first
            mine.update(count=F("count") + 1)
    return mine.values_list("count", flat=True).get()


def entries(person: Person, now: datetime) -> list[Entry]:
    """Everything that stands in a person's calendar, by its moment."""
    near = {"starts_at__gt": now - BACK, "starts_at__lt": now + AHEAD}
    met = list(Meeting.objects.filter(host=person, **near).exclude(uid__gt="", created_by=person).order_by("starts_at")[:MOST])  # fmt: skip
    planned = Touch.objects.filter(by=person, state=Touched.PLANNED, at__gt=now - BACK, at__lt=now + AHEAD)
    touches = list(planned.order_by("at")[:MOST])
    owed = Promise.objects.filter(by=person, state__in=OWED, due_at__gt=now - BACK, due_at__lt=now + AHEAD)
    promises = list(owed.select_related("approver").order_by("due_at")[:MOST])
    known = faces(person, {each.customer_id for part in (met, touches, promises) for each in part})
    names = {id: face.name for id, face in known.items()}
    found = [
        *_meetings([each for each in met if each.customer_id in names], names),
        *_touches([each for each in touches if each.customer_id in names], names),
        *_promises(promises, names, now),
    ]
    return sorted(found, key=lambda each: (each.starts, each.uid))


def _changes(records: list[Any]) -> dict[Any, tuple[datetime, int]]:
    """When each record was changed last, and how often."""
    if not records:
        return {}
    history = type(records[0]).history.filter(id__in=[each.pk for each in records])
    told = history.order_by().values("id").annotate(at=Max("history_date"), n=Count("history_id"))
    return {row["id"]: (row["at"], row["n"] - 1) for row in told}


def _url(name: str, *args: object) -> str:
    return f"{place.address()}{reverse(name, args=args)}" if place.address() else ""


def _meetings(found: list[Meeting], names: dict[str, str]) -> Iterator[Entry]:
    changes = _changes(found)
    for each in found:
        at, n = changes.get(each.pk, (each.created_at, 0))
        words = "\n".join(filter(None, (str(each.get_kind_display()), each.with_whom, each.became)))
        yield Entry(
            f"meeting-{each.pk}@keepwell", each.starts_at, each.minutes, f"{names[each.customer_id]}: {each.about}", words,
            _url("meeting", each.pk, each.customer_id), at, n, cancelled=each.called_off and not each.missed,
        )  # fmt: skip


def _touches(found: list[Touch], names: dict[str, str]) -> Iterator[Entry]:
    changes = _changes(found)
    for each in found:
        at, n = changes.get(each.pk, (each.created_at, 0))
        words = "\n".join(filter(None, (str(each.get_channel_display()), each.contact)))
        title = f"{names[each.customer_id]}: {each.subject}"
        yield Entry(f"touch-{each.pk}@keepwell", each.at, 30, title, words, _url("touch", each.pk), at, n)


def _promises(found: list[Promise], names: dict[str, str], now: datetime) -> Iterator[Entry]:
    changes = _changes(found)
    for each in found:
        at, n = changes.get(each.pk, (each.created_at, 0))
        title = _("Due: %(what)s") % {"what": f"{names.get(each.customer_id, each.customer_id)}: {each.text}"}
        what, _when, *waits = told(each, now)
        clock = _("Agreed for %(at)s, %(zone)s.") % {"at": f"{each.there:%Y-%m-%d %H:%M}", "zone": each.zone}
        yield Entry(
            f"promise-{each.pk}@keepwell", each.due_at, 0, title, "\n".join((what, clock, *waits)), _url("promise", each.pk),
            at, n, alarm=60,
        )  # fmt: skip
