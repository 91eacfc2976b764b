"""What stands on Today of touches: questions that wait, those over their time first."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from keepwell.web.base.models import Person
from keepwell.web.today.sources import Due
from keepwell.web.touches.actions import waiting


def waits(people: list[Person], _morning: date) -> Iterator[Due]:
    """Questions these people are to answer, by the time of their channel."""
    for each in waiting(people):
        url = f"{reverse('new_touch')}?{urlencode({'customer': each.customer_id, 'answers': each.touch})}"
        yield Due(each.customer_id, "answer", each.words, _("Answer"), url, each.weight, each.late, "unanswered")
