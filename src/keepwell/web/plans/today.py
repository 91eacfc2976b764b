"""What do meetings, rhythms, interviews and plans ask of Today? One row per customer and reason."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.errors import ModelError
from keepwell.web.base.models import Person
from keepwell.web.customers.reach import Seen
from keepwell.web.interviews.models import Interview, State
from keepwell.web.interviews.reading import due
from keepwell.web.meetings.actions import notes_late
from keepwell.web.meetings.cadence import contacts
from keepwell.web.plans.models import Action
from keepwell.workspace import Workspace


@dataclass(frozen=True)
class Asks:
    """
    One reason to turn to a customer.

    Args:
        customer_id: To whom.
        words: Why, in a sentence.
        weight: Orders rows of a kind: days late, or the value of the customer's year.
        kind: "note", "action", "contact" or "interview".
    """

    customer_id: str
    words: str
    weight: float
    kind: str


def rows(opened: Workspace, me: Person, whose: Seen, *, limit: int = 50) -> list[Asks]:
    """
    Everything that is asked of a person, or of the customers they see.

    Args:
        opened: The company.
        me: Who looks.
        whose: Customers by the data; notes and actions are those of the person, wherever the customers are, unless all are seen.
        limit: Rows of each kind.
    """
    return [
        *notes(me, whose, limit),
        *todo(me, whose, limit),
        *overdue_contacts(opened, whose, limit),
        *interviews(opened, me, whose, limit),
    ]


def _of(me: Person, whose: Seen, kept: "QuerySet", who: str, limit: int) -> list:
    """One's own, or everybody's where all customers are seen."""
    return list((kept if whose.names is None else kept.filter(**{who: me}))[:limit])


def notes(me: Person, whose: Seen, limit: int) -> list[Asks]:
    """Meetings held more than 48 hours ago without a note."""
    now, found = timezone.now(), _of(me, whose, notes_late(), "host", limit)
    return [
        Asks(each.customer_id, _("The note of “%(about)s” is late: held %(day)s.") % {"about": each.about, "day": f"{each.starts_at:%Y-%m-%d}"},
             float((now - each.starts_at).days), "note")
        for each in found
    ]  # fmt: skip


def todo(me: Person, whose: Seen, limit: int) -> list[Asks]:
    """Actions of plans and reviews that are late or due today."""
    on = timezone.localdate()
    kept = Action.objects.filter(state=Action.State.OPEN, due__lte=on).order_by("due")
    return [
        Asks(
            each.customer_id,
            _("%(what)s: due %(day)s.") % {"what": each.what, "day": each.due},
            float((on - each.due).days),
            "action",
        )
        for each in _of(me, whose, kept, "owner", limit)
    ]


def overdue_contacts(opened: Workspace, whose: Seen, limit: int) -> list[Asks]:
    """Who should have heard from us by now."""
    try:
        found = contacts(opened, whose, limit=limit)
    except ModelError:
        return []
    made = []
    for row in found.rows:
        if row["ago"] is None:
            words = _("No person of ours was ever in touch.")
        else:
            words = ngettext(
                "Heard of a person of ours %(ago)s days ago; every day is wanted.",
                "Heard of a person of ours %(ago)s days ago; every %(n)s days are wanted.",
                int(row["every"]),
            ) % {"ago": int(row["ago"]), "n": int(row["every"])}
        made.append(Asks(row["customer_id"], words, float(row["over"] or row["every"]), "contact"))
    return made


def interviews(opened: Workspace, me: Person, whose: Seen, limit: int) -> list[Asks]:
    """Interviews that are open and past their day, and those that nobody has opened yet."""
    on = timezone.localdate()
    kept = Interview.objects.filter(state=State.OPEN, due__lte=on).order_by("due")
    made = [
        Asks(
            each.customer_id,
            _("%(kind)s: ask until %(day)s.") % {"kind": each.get_kind_display(), "day": each.due},
            float((on - each.due).days),
            "interview",
        )
        for each in _of(me, whose, kept, "interviewer", limit)
    ]
    try:
        told, _n = due(opened, whose, limit=limit)
    except ModelError:
        return made
    names = {
        "buy": _("Ask why they chose us, until %(day)s."),
        "stay": _("Ask why they stay, until %(day)s."),
        "leave": _("Ask why they left, until %(day)s."),
    }
    return made + [
        Asks(str(row["customer_id"]), names[row["kind"]] % {"day": row["due"]}, float(row["value"]), "interview")
        for row in told.to_dict("records")
    ]
