"""What do plans, meetings, interviews and needs ask of a morning?"""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.web.base.models import Person
from keepwell.web.customers.telling import surfaced
from keepwell.web.interviews.models import Interview, State
from keepwell.web.plans.today import notes, todo
from keepwell.web.today.sources import UPKEEP, Due

_MANY = 200
"""Of one kind no more are told."""


def upkeep(people: list[Person], _morning: date) -> Iterator[Due]:
    """Notes that are late, and actions of plans that are due."""
    for note in notes(people, _MANY):
        url = reverse("meetings_of", args=[note.customer_id])
        yield Due(note.customer_id, UPKEEP, note.words, _("Write the note"), url, note.weight, late=True)
    for action in todo(people, _MANY):
        url = reverse("plan", args=[action.customer_id])
        yield Due(action.customer_id, UPKEEP, action.words, _("Do it"), url, action.weight, action.weight > 0)


def interviews(people: list[Person], _morning: date) -> Iterator[Due]:
    """Interviews that are open and past their day."""
    late = Interview.objects.filter(state=State.OPEN, due__lte=timezone.localdate(), interviewer__in=people)
    for each in late.order_by("due")[:_MANY]:
        words = _("%(kind)s: ask until %(day)s.") % {"kind": each.get_kind_display(), "day": each.due}
        url = reverse("interviews_of", args=[each.customer_id])
        yield Due(each.customer_id, UPKEEP, words, _("Ask them"), url, late=True)


def needs(people: list[Person], morning: date) -> Iterator[Due]:
    """What customers said they would need, when its day has come; told to whoever wrote it down."""
    ours = {person.pk for person in people}
    for each in surfaced(morning):
        if each.created_by_id in ours:
            words = _("Said they would need: %(what)s") % {"what": each.words}
            yield Due(each.customer_id, "give", words, _("Ask again"), reverse("customer", args=[each.customer_id]))
