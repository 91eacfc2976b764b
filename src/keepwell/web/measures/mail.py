"""What does the mail of a view say? The finding in words, the figures, and where it stands, each for who reads it."""

from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from keepwell.web import place
from keepwell.web.base.company import company
from keepwell.web.customers.reach import seen
from keepwell.web.measures import words
from keepwell.web.measures.answers import Told, answer
from keepwell.web.measures.asked import Asked
from keepwell.web.measures.models import Letter, Recipient
from keepwell.web.measures.page import shown
from keepwell.web.measures.tables import dims

ROWS = 24
"""Figures of a mail at most, the newest; the rest stands on the page."""

_SALT = "keepwell.web.measures.mail"


def letter(known: Letter, to: Recipient) -> EmailMultiAlternatives:
    """
    The mail, in the reader's language and of the customers they see.

    Raises:
        KeepwellError: The question cannot be answered any more.
    """
    view, reader = known.mailing.view, known.person
    with translation.override(reader.tongue):
        asked, whose = Asked.read(view.metric, view.question), seen(reader)
        with company() as opened:
            told, name = answer(opened, asked, whose), opened.settings.name
        said = {"view": view, "metric": asked.definition, "told": told, "company": name, **_figures(asked, told),
                "narrowed": asked.narrowed(whose), "url": _absolute(reverse("view", args=[view.pk])), "stop": _stop(to)}  # fmt: skip
        mail = EmailMultiAlternatives(
            _("%(view)s: %(finding)s") % {"view": view.name, "finding": " ".join(said["finding"])[:120]},
            render_to_string("measures/mail.txt", said), to=[reader.email], headers=_headers(known, said["stop"]),
        )  # fmt: skip
        mail.attach_alternative(render_to_string("measures/mail.html", said), "text/html")
    return mail


def _figures(asked: Asked, told: Told) -> dict[str, Any]:
    frame, currency, _every = shown(told, "")
    names, unit = dims(told, frame), asked.definition.unit
    rows = [
        {"name": words.name_of(row, names) or asked.definition.name, "value": words.figure(row["value"], unit, currency),
         "n": words.base(row), "waits": not row["complete"]}
        for _place, row in frame.tail(ROWS).iterrows()
    ]  # fmt: skip
    return {
        "finding": words.finding(frame, names, unit, currency),
        "rows": rows,
        "more": max(0, len(frame) - ROWS),
        "currency": currency,
    }


def _headers(known: Letter, stop: str) -> dict[str, str]:
    """A name of its own, the same however often it is tried; and how to stop it by one press (RFC 8058)."""
    domain = urlsplit(place.address()).hostname or "keepwell.invalid"
    headers = {"Message-ID": make_msgid(known.pk.hex, domain), "Auto-Submitted": "auto-generated"}
    return headers | (
        {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if stop else {}
    )


def _absolute(path: str) -> str:
    """An address that can be opened from a mail; "" where the desk does not know what people type."""
    return f"{place.address()}{path}" if place.address() else ""


def _stop(to: Recipient) -> str:
    return _absolute(reverse("mail_stop", args=[token(to)]))


def token(to: Recipient) -> str:
    """What the link that stops a mail says: whose copy of what; it lasts, for so do mails."""
    return signing.dumps(str(to.pk), salt=_SALT)


def of_token(said: str) -> Recipient | None:
    """Whose copy a link is about; None where it is no link of ours."""
    try:
        return (
            Recipient.everything.select_related("mailing__view", "person")
            .filter(pk=signing.loads(said, salt=_SALT))
            .first()
        )
    except signing.BadSignature:
        return None
