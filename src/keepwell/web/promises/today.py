"""What stands on Today of promises: those late, due or to be approved, before everything else."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.web.base.models import Person
from keepwell.web.promises.actions import due, when_due
from keepwell.web.promises.approval import to_decide
from keepwell.web.today.sources import PROMISES, Due

_SHOWN = 200


def promised(people: list[Person], morning: date) -> Iterator[Due]:
    """Promises of these people that are late, or due today or tomorrow where the customer is."""
    for each in due(people, morning):
        url = f"{reverse('promise', args=[each.promise])}?act=kept"
        yield Due(each.customer_id, PROMISES, each.words, _("Keep it"), url, each.weight, each.late)


def asked(people: list[Person], _morning: date) -> Iterator[Due]:
    """Promises that wait for the approval of these people."""
    now = timezone.now()
    for each in to_decide(people)[:_SHOWN]:
        told = _("%(by)s asks whether this may be promised: %(text)s.") % {"by": each.by, "text": each.text}
        words, weight = f"{told} {when_due(each, now)}", (now - each.due_at).total_seconds() / 86_400
        yield Due(
            each.customer_id,
            PROMISES,
            words,
            _("Decide"),
            reverse("promise", args=[each.pk]),
            weight,
            each.due_at < now,
        )
