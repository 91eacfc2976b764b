"""What do plans, meetings, interviews and needs ask of a morning?"""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from keepwell.web.base.models import Person
from keepwell.web.customers.telling import surfaced
from keepwell.web.interviews.models import Interview, State
from keepwell.web.meetings.actions import notes_late
from keepwell.web.plans.models import Action
from keepwell.web.today.sources import UPKEEP, Due


def _day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")


def upkeep(people: list[Person], _morning: date) -> Iterator[Due]:
    """Meetings held more than 48 hours ago without a note, and actions of plans and reviews that are late or due today."""
    now, on = timezone.now(), timezone.localdate()
    for held in notes_late().filter(host__in=people):
        words = _("The note of “%(about)s” is late: held %(day)s.") % {
            "about": held.about,
            "day": _day(timezone.localtime(held.starts_at)),
        }
        url, days = reverse("meeting", args=[held.pk, held.customer_id]), float((now - held.starts_at).days)
        yield Due(held.customer_id, UPKEEP, words, _("Write the note"), url, days, late=True)
    for action in Action.objects.filter(state=Action.State.OPEN, due__lte=on, owner__in=people).order_by("due"):
        words = _("%(what)s: due %(day)s.") % {"what": action.what, "day": _day(action.due)}
        url, days = reverse("plan", args=[action.customer_id]), float((on - action.due).days)
        yield Due(action.customer_id, UPKEEP, words, _("Do it"), url, days, late=days > 0)


def interviews(people: list[Person], _morning: date) -> Iterator[Due]:
    """Interviews that are open and past their day."""
    late = Interview.objects.filter(state=State.OPEN, due__lte=timezone.localdate(), interviewer__in=people)
    for each in late.order_by("due"):
        words = _("%(kind)s: ask until %(day)s.") % {"kind": each.get_kind_display(), "day": _day(each.due)}
        url = reverse("interviews_of", args=[each.customer_id])
        yield Due(each.customer_id, UPKEEP, words, _("Ask them"), url, late=True)


def needs(people: list[Person], morning: date) -> Iterator[Due]:
    """What customers said they would need, when its day has come; told to whoever wrote it down."""
    ours = {person.pk for person in people}
    for each in surfaced(morning):
        if each.created_by_id in ours:
            words = _("Said they would need: %(what)s") % {"what": each.words}
            yield Due(each.customer_id, "give", words, _("Ask again"), reverse("customer", args=[each.customer_id]))
