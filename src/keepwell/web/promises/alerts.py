"""Who is told of a promise before its moment? Whoever gave it, once for each moment: entered before it is sent, never sent on a guess."""

from datetime import datetime
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.mail import EmailMessage
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task

from keepwell.act.promises import LEAD, alert_at
from keepwell.web import place
from keepwell.web.base.company import exists
from keepwell.web.base.mailed import AGAIN, TRIES, Fate, send
from keepwell.web.promises.actions import OWED, told, when_due
from keepwell.web.promises.models import Alert, Promise
from keepwell.web.promises.whom import known, name_of
from keepwell.web.work.queue import ask

_AT_ONCE = 500


def remind(now: datetime) -> int:
    """
    Ask for every alert whose time has come, once for each moment and person.

    Args:
        now: The moment, with its zone.

    Returns:
        How many were asked for.
    """
    same = Alert.objects.filter(promise=OuterRef("pk"), due_at=OuterRef("due_at"), person=OuterRef("by"))
    near = Promise.objects.filter(state__in=OWED, due_at__gt=now, due_at__lte=now + LEAD, by__is_active=True)
    found = [
        each
        for each in near.exclude(Exists(same)).order_by("due_at", "pk")[:_AT_ONCE]
        if alert_at(each.due_at, each.agreed_at or each.created_at) <= now
    ]
    for each in found:
        _ask(each, str(each.by_id), 0)
    return len(found)


def _ask(each: Promise, person: str, tries: int) -> None:
    said: dict[str, Any] = {
        "promise": str(each.pk),
        "person": person,
        "due_at": each.due_at.isoformat(),
        "tries": tries,
    }
    wanted = send_alert.using(run_after=timezone.now() + AGAIN) if tries else send_alert
    ask(wanted, key=f"alert:{each.pk}:{person}:{each.due_at:%Y%m%dT%H%M%S}:{tries}", **said)


@task()
def send_alert(promise: str, person: str, due_at: str, tries: int) -> dict[str, str]:
    """
    Tell whoever promised; taken up again after its worker died, nobody is told twice.

    Args:
        promise: Its id.
        person: Who gave it.
        due_at: The moment it was asked for; one that was moved, closed or handed over since is told of anew, or not at all.
        tries: How many came before.
    """
    found = Promise.objects.select_related("by", "approver").filter(pk=promise, by=UUID(person)).first()
    moment, now = datetime.fromisoformat(due_at), timezone.now()
    if found is None or found.due_at != moment or found.state not in OWED or moment <= now:
        return {"alert": "left"}
    mail = letter(found, now) if place.mail_server() else None
    made, new = Alert.objects.get_or_create(
        promise=found, person=found.by, due_at=moment, defaults={"tries": tries + 1}
    )
    if not new and not made.again(tries):
        return {"alert": made.state}
    fate = made.tell(*(send(mail) if mail else (Fate.SHOWN, "")))  # without a server it stands on Today alone
    if fate == Fate.FAILED and tries + 1 < TRIES:
        _ask(found, person, tries + 1)
    return {"alert": fate.value}


def letter(found: Promise, now: datetime) -> EmailMessage:
    """The mail, in the reader's language: what was promised to whom and until when, and what stands in its way."""
    from keepwell.web.touches.actions import waits_for

    with translation.override(found.by.tongue):
        customers = known([found.customer_id]) if exists() else {}
        said: dict[str, Any] = {
            "promise": found, "name": name_of(customers, found.customer_id), "told": told(found, now),
            "waits": waits_for(found.customer_id) if exists() else "",
            "url": f"{place.address()}{reverse('promise', args=[found.pk])}" if place.address() else "",
        }  # fmt: skip
        subject = _("%(when)s %(text)s") % {"when": when_due(found, now), "text": found.text}
        domain = urlsplit(place.address()).hostname or "keepwell.invalid"
        headers = {
            "Message-ID": make_msgid(f"{found.pk.hex}.{found.due_at:%Y%m%d%H%M}", domain),
            "Auto-Submitted": "auto-generated",
        }
        body = render_to_string("promises/alert.txt", said)
    return EmailMessage(" ".join(subject.split())[:200], body, to=[found.by.email], headers=headers)
