"""What stands on Today of promises: those late or due, before everything else."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from keepwell.web.base.models import Person
from keepwell.web.promises.actions import due
from keepwell.web.today.sources import PROMISES, Due


def promised(people: list[Person], morning: date) -> Iterator[Due]:
    """Promises of these people that are late, or due today where the customer is."""
    for each in due(people, morning):
        url = reverse("promise", args=[each.promise])
        yield Due(each.customer_id, PROMISES, each.words, _("Keep it"), url, each.weight, each.late)
