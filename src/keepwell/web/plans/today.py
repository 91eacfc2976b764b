"""What do meetings and plans ask of Today?"""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.web.base.models import Person
from keepwell.web.meetings.actions import notes_late
from keepwell.web.plans.models import Action


@dataclass(frozen=True)
class Asks:
    """
    One reason to turn to a customer.

    Args:
        customer_id: To whom.
        words: Why, in a sentence.
        weight: Orders rows of a kind: days late.
        kind: "note" or "action".
    """

    customer_id: str
    words: str
    weight: float
    kind: str


def notes(people: Collection[Person], limit: int) -> list[Asks]:
    """Meetings these people held more than 48 hours ago without a note."""
    now, found = timezone.now(), notes_late().filter(host__in=people)[:limit]
    return [
        Asks(each.customer_id, _("The note of “%(about)s” is late: held %(day)s.") % {"about": each.about, "day": f"{each.starts_at:%Y-%m-%d}"},
             float((now - each.starts_at).days), "note")
        for each in found
    ]  # fmt: skip


def todo(people: Collection[Person], limit: int) -> list[Asks]:
    """These people's actions of plans and reviews that are late or due today."""
    on = timezone.localdate()
    kept = Action.objects.filter(state=Action.State.OPEN, due__lte=on, owner__in=people).order_by("due")
    return [
        Asks(
            each.customer_id,
            _("%(what)s: due %(day)s.") % {"what": each.what, "day": each.due},
            float((on - each.due).days),
            "action",
        )
        for each in kept[:limit]
    ]
