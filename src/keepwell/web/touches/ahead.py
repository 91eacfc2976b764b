"""Who of us is going to turn to a customer, whatever it is called: a contact, a meeting, an interview, an action, a promise?"""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import models
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Cast, TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.act.touches import AROUND, Outreach, crowded
from keepwell.web.base.models import Person, Record
from keepwell.web.interviews.models import Interview
from keepwell.web.interviews.models import Kind as About
from keepwell.web.interviews.models import State as Asked
from keepwell.web.meetings.models import Meeting
from keepwell.web.plans.models import Action
from keepwell.web.promises.models import Promise
from keepwell.web.promises.models import State as Promised
from keepwell.web.today.sources import UPKEEP, Due
from keepwell.web.touches.models import Channel, Direction, State, Touch

_MOST, _CUSTOMERS = 2000, 500
"""Tasks read at once at most, and customers asked about at once."""

NAMES: dict[str, Any] = {
    "touch": gettext_lazy("Contact"),
    "meeting": gettext_lazy("Meeting"),
    "interview": gettext_lazy("Interview"),
    "action": gettext_lazy("Action"),
    "promise": gettext_lazy("Promise"),
}
"""What each kind of task is called."""
_CONTACTS = ("touch", *Direction.values)


def _open(noun: str, found: QuerySet[Any], at: str, by: str, what: str, *, on_a_day: bool, sort: str = "") -> Any:
    """Open tasks of one noun, as every noun tells them."""
    none = Cast(Value(None), models.DateTimeField())
    return found.order_by().annotate(
        noun_of=Value(noun, models.CharField()),
        task=F("pk"),
        whose=F("customer_id"),
        on=F(at) if on_a_day else TruncDate(at),
        moment=none if on_a_day else F(at),
        person=F(f"{by}_id"),
        called=F(f"{by}__name"),
        about_what=F(what),
        sort_of=F(sort) if sort else Value("", models.CharField()),
    )


def _nouns(now: datetime) -> dict[type[Record], Any]:
    touches = Touch.objects.filter(state=State.PLANNED, direction=Direction.OUT)
    meetings = Meeting.objects.filter(called_off=False, starts_at__gt=now)
    return {
        Touch: _open("touch", touches, "at", "by", "subject", on_a_day=False, sort="channel"),
        Meeting: _open("meeting", meetings, "starts_at", "host", "about", on_a_day=False),
        Interview: _open(
            "interview", Interview.objects.filter(state=Asked.OPEN), "due", "interviewer", "kind", on_a_day=True
        ),
        Action: _open("action", Action.objects.filter(state=Action.State.OPEN), "due", "owner", "what", on_a_day=True),
        Promise: _open("promise", Promise.objects.filter(state=Promised.OPEN), "due_at", "by", "text", on_a_day=False),
    }


def _made() -> Any:
    """Contacts that were made; their noun says who turned to whom."""
    found = Touch.objects.filter(state=State.DONE)
    told = _open("", found, "at", "by", "subject", on_a_day=False, sort="channel")
    return told.annotate(noun_of=F("direction"))


_COLUMNS = ("noun_of", "task", "whose", "on", "moment", "person", "called", "about_what", "sort_of")


def outreach(
    now: datetime,
    today: date,
    *,
    customers: Collection[str] | None = None,
    people: Collection[Person] | None = None,
    days: tuple[int, int] | None = None,
    done: bool = False,
) -> list[Outreach]:
    """
    Open tasks with customers, the earliest first, in one question to the database.

    Args:
        now: The moment; a meeting that began is none any more.
        today: Its day on the clock of whoever looks.
        customers: With whom; None is with anybody.
        people: Whose; None is anybody's.
        days: From so many days on (back: negative) to so many ahead; None is from this week's Monday on.
        done: Whether contacts that were made are told too; their noun is in or out, by who turned to whom.
    """
    since, until = (-today.weekday(), None) if days is None else days
    said: dict[str, Any] = {"on__gte": today + timedelta(days=since)} | (
        {} if until is None else {"on__lte": today + timedelta(days=until)}
    )
    if customers is not None:
        said["whose__in"] = list(customers)[:_CUSTOMERS]
    if people is not None:
        said["person__in"] = [each.pk for each in people]
    nouns = [*_nouns(now).values(), *([_made()] if done else [])]
    parts = [each.filter(**said).values_list(*_COLUMNS) for each in nouns]
    return [_task(row) for row in parts[0].union(*parts[1:], all=True).order_by("on", "task")[:_MOST]]


def _task(row: tuple[Any, ...]) -> Outreach:
    """A task of a row of _COLUMNS."""
    noun, id, customer, on, at, by, name, what, sort = row
    words = str(About(what).label) if noun == "interview" and what in About.values else what
    called = str(Channel(sort).label) if noun in _CONTACTS and sort in Channel.values else str(NAMES.get(noun, sort))
    return Outreach(str(id), customer, on, name, noun, called, words, str(by), at)


def address(each: Outreach) -> str:
    """Where a task stands."""
    if each.noun in _CONTACTS:
        return reverse("touch", args=[each.id])
    if each.noun == "promise":
        return reverse("promise", args=[each.id])
    if each.noun == "action":
        return reverse("plan", args=[each.customer_id])
    return reverse(each.noun, args=[each.id, each.customer_id])


def words(each: Outreach) -> str:
    """Who is going to do what."""
    told = {"who": each.who, "noun": each.called, "what": each.what}
    return _("%(who)s · %(noun)s: %(what)s") % told


def crowd(people: Collection[Person] | None, now: datetime) -> list[tuple[Outreach, ...]]:
    """
    Customers with two or more open tasks in one week, from this week on, the earliest week first.

    Args:
        people: Only weeks in which one of the tasks is theirs: each who has one is warned; None is every such week.
        now: The moment.
    """
    today = timezone.localdate(now)
    mine = outreach(now, today, people=people)
    if people is None or not mine:
        return crowded(mine)
    ids = {each.id for each in mine}
    met = crowded(outreach(now, today, customers=sorted({each.customer_id for each in mine})))
    return [week for week in met if any(each.id in ids for each in week)]


def same_week(id: Any, customer_id: str, now: datetime) -> list[Outreach]:
    """What else is to be done with a customer in the week of a task."""
    met = crowded(outreach(now, timezone.localdate(now), customers=[customer_id]))
    return [each for week in met if str(id) in {one.id for one in week} for each in week if each.id != str(id)]


def warn(request: HttpRequest, made: Record, customer_id: str) -> None:
    """Whoever keeps a second task of a week is told of the first at once; the others find it on Today and under Touches."""
    others = same_week(made.pk, customer_id, timezone.now())
    if others:
        told = "; ".join(dict.fromkeys(words(each) for each in others[:5]))
        messages.warning(request, _("In the same week we also turn to them: %(tasks)s. Speak to each other.") % {"tasks": told})  # fmt: skip


def together(people: list[Person], _morning: date) -> Iterator[Due]:
    """Customers to whom one of these people and somebody else turn in one week; who has both themselves knows it."""
    for week in crowd(people, timezone.now()):
        if len({each.whom for each in week}) < 2:
            continue
        tasks = "; ".join(f"{words(each)} ({date_format(each.day, 'SHORT_DATE_FORMAT')})" for each in week[:5])
        told = _("Several of us turn to them in one week: %(tasks)s.") % {"tasks": tasks}
        url = f"{reverse('customer', args=[week[0].customer_id])}#around"
        yield Due(week[0].customer_id, UPKEEP, told, _("Speak to each other"), url)


def coming(customer_id: str, now: datetime, *, done: bool = False) -> list[Outreach]:
    """Who is going to turn to a customer in the next fortnight, and what of the last one is late, or with *done* was done."""
    return outreach(now, timezone.localdate(now), customers=[customer_id], days=(-AROUND, AROUND), done=done)
