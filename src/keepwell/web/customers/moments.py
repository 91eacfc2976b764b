"""What did we ourselves do with a customer? Everything the desk keeps of them, of all teams, as moments of the timeline."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.act.reasons import REASONS
from keepwell.connectors.desk.translate import ID
from keepwell.rounds.timeline import Entry
from keepwell.web.customers.models import Function, KeepDecision, Outcome
from keepwell.web.interviews.models import Interview
from keepwell.web.interviews.models import Kind as About
from keepwell.web.interviews.models import State as Held
from keepwell.web.meetings.models import Meeting, Sentiment
from keepwell.web.plans.models import Action, SignOff, Version
from keepwell.web.promises.models import Promise
from keepwell.web.promises.models import State as Promised
from keepwell.web.today.models import Decision, Kind
from keepwell.web.today.models import Outcome as Came
from keepwell.web.touches.models import State, Touch

Place = tuple[datetime, str, str]

KINDS: dict[str, Any] = {
    "promise": gettext_lazy("Promises"), "meeting": gettext_lazy("Meetings"), "interview": gettext_lazy("Interviews"),
    "plan": gettext_lazy("Plans"), "decision": gettext_lazy("Decisions"),
}  # fmt: skip
"""Kinds the timeline can be narrowed to beside those of the data."""

_SAME_MOMENT = 10
"""Read beyond a page, for moments that stand on the page before at the very same time."""


class _Row(NamedTuple):
    part: str
    key: UUID
    moment: datetime
    person: str | None
    told: str
    sort: str
    more: str
    came: str
    number: int | None
    day: date | None


def _rows(part: str, found: QuerySet[Any], at: str, by: str, told: str, **more: str) -> QuerySet[Any]:
    """Moments of one noun in the columns of _Row; more: sort, more, came, number, day by the field that holds it."""
    words = Value("", models.CharField())
    return found.order_by().annotate(
        m_part=Value(part, models.CharField()),
        m_key=F("pk"),
        m_at=F(at),
        m_person=F(f"{by}__name"),
        m_told=F(told) if told else words,
        m_sort=F(more["sort"]) if "sort" in more else words,
        m_more=F(more["more"]) if "more" in more else words,
        m_came=F(more["came"]) if "came" in more else words,
        m_number=Cast(F(more["number"]) if "number" in more else Value(None), models.IntegerField()),
        m_day=F(more["day"]) if "day" in more else Cast(Value(None), models.DateField()),
    )


_COLUMNS = ("m_part", "m_key", "m_at", "m_person", "m_told", "m_sort", "m_more", "m_came", "m_number", "m_day")


def _parts(customer_id: str, now: datetime) -> Iterator[tuple[str, QuerySet[Any]]]:
    """Kind of the timeline -> what is told of it."""
    of: dict[str, Any] = {"customer_id": customer_id}
    signed = SignOff.objects.filter(version__customer_id=customer_id, version__withdrawn_at__isnull=True)
    closed = Promise.objects.filter(**of, closed_at__isnull=False).exclude(state=Promised.OPEN)
    met = Meeting.objects.filter(**of, called_off=False, starts_at__lte=now)
    yield "touch", _rows("touch", Touch.objects.filter(**of, state=State.DONE), "at", "by", "subject", sort="channel", more="direction")  # fmt: skip
    yield "promise", _rows("given", Promise.objects.filter(**of), "created_at", "by", "text", day="due_on")
    yield "promise", _rows("closed", closed, "closed_at", "by", "text", sort="state", more="evidence")
    yield "meeting", _rows("meeting", met, "starts_at", "host", "about", more="with_whom", number="sentiment")
    yield "interview", _rows("interview", Interview.objects.filter(**of, state=Held.DONE), "held_at", "interviewer", "kind", more="speaker")  # fmt: skip
    yield "plan", _rows("version", Version.objects.filter(**of), "created_at", "created_by", "", number="number")
    yield "plan", _rows("signed", signed, "created_at", "person", "function", number="version__number")
    yield "plan", _rows("action", Action.objects.filter(**of), "created_at", "owner", "what", sort="state", more="outcome", day="due")  # fmt: skip
    yield "decision", _rows("today", Decision.objects.filter(**of), "created_at", "created_by", "reason", sort="kind", more="because", came="outcome")  # fmt: skip
    yield "decision", _rows("keep", KeepDecision.objects.filter(**of), "created_at", "created_by", "because", sort="outcome")  # fmt: skip


def moments(customer_id: str, kind: str, before: Place | None, limit: int) -> list[Entry]:
    """
    What the desk keeps of a customer, the newest first, in one question to its database.

    Args:
        customer_id: Who.
        kind: Only this kind; "" is every one.
        before: Only what stands after this place of the timeline.
        limit: How many at most.
    """
    now = timezone.now()
    until = min(before[0], now) if before else now
    parts = [
        each.filter(m_at__lte=until).values_list(*_COLUMNS)
        for its, each in _parts(customer_id, now)
        if kind in ("", its)
    ]
    if not parts:
        return []
    found = parts[0].union(*parts[1:], all=True).order_by("-m_at", "-m_key")[: limit + _SAME_MOMENT]
    entries = (_TOLD[row[0]](_Row(*row), customer_id) for row in found)
    return [each for each in entries if before is None or each.place < before][:limit]


def _day(row: _Row) -> str:
    return _("until %(day)s") % {"day": date_format(row.day, "DATE_FORMAT")} if row.day else ""


def _entry(kind: str, row: _Row, what: str, href: str, *, how: str = "", words: str = "") -> Entry:
    key = f"{row.part}:{row.key}"
    return Entry(row.moment, kind, key, what, row.person or "", how or None, words or None, href=href)


def _touch(row: _Row, _customer: str) -> Entry:
    """As the data tell it, so that what came back as data is the same."""
    href = reverse("touch", args=[row.key])
    return Entry(row.moment, "touch", f"{ID}{row.key}", row.sort, row.person, row.more, row.told, href=href)


def _given(row: _Row, _customer: str) -> Entry:
    what = _("Promised: %(text)s") % {"text": row.told}
    return _entry("promise", row, what, reverse("promise", args=[row.key]), how=_day(row))


def _closed(row: _Row, _customer: str) -> Entry:
    what = {
        Promised.KEPT: _("Promise kept on time: %(text)s"),
        Promised.LATE: _("Promise kept late: %(text)s"),
        Promised.BROKEN: _("Promise broken: %(text)s"),
        Promised.RELEASED: _("Released from a promise: %(text)s"),
    }[Promised(row.sort)] % {"text": row.told}
    return _entry("promise", row, what, reverse("promise", args=[row.key]), words=row.more)


def _meeting(row: _Row, customer: str) -> Entry:
    felt = str(Sentiment(row.number).label) if row.number else ""
    what = _("Meeting: %(about)s") % {"about": row.told}
    return _entry("meeting", row, what, reverse("meeting", args=[row.key, customer]), how=row.more, words=felt)


def _interview(row: _Row, customer: str) -> Entry:
    what = _("Interview: %(about)s") % {"about": About(row.told).label}
    return _entry("interview", row, what, reverse("interview", args=[row.key, customer]), how=row.more)


def _plan(customer: str, number: int | None) -> str:
    return f"{reverse('plan', args=[customer])}?version={number}"


def _version(row: _Row, customer: str) -> Entry:
    return _entry("plan", row, _("Plan, version %(n)s") % {"n": row.number}, _plan(customer, row.number))


def _signed(row: _Row, customer: str) -> Entry:
    what = _("Plan, version %(n)s, signed for %(function)s") % {"n": row.number, "function": Function(row.told).label}
    return _entry("plan", row, what, _plan(customer, row.number))


def _action(row: _Row, customer: str) -> Entry:
    state = str(Action.State(row.sort).label) if row.sort != Action.State.OPEN else _day(row)
    what = _("To be done: %(what)s") % {"what": row.told}
    return _entry("plan", row, what, reverse("plan", args=[customer]), how=state, words=row.more)


def _today(row: _Row, customer: str) -> Entry:
    reason = _(REASONS[row.told].name) if row.told in REASONS else row.told
    what = _("%(reason)s: %(what)s") % {"reason": reason, "what": Kind(row.sort).label}
    came = str(Came(row.came).label) if row.came else ""
    return _entry("decision", row, what, f"{reverse('customer', args=[customer])}#why", how=came, words=row.more)


def _keep(row: _Row, customer: str) -> Entry:
    what = _("Do we want them: %(what)s") % {"what": Outcome(row.sort).label}
    return _entry("decision", row, what, f"{reverse('customer', args=[customer])}#keep", words=row.told)


_TOLD: dict[str, Callable[[_Row, str], Entry]] = {
    "touch": _touch, "given": _given, "closed": _closed, "meeting": _meeting, "interview": _interview, "version": _version, "signed": _signed,
    "action": _action, "today": _today, "keep": _keep,
}  # fmt: skip
