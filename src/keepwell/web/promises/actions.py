"""What is done with promises: given, moved, handed over, closed; who still owes some, and how well they were kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.act.promises import PERIOD, Rate, distance, moment, near_by, warned
from keepwell.errors import ConfigError
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Reach
from keepwell.web.promises.models import Promise, State
from keepwell.web.promises.sorts import sorts

YEARS = 2000, 2100
"""What is said here lies between these years."""

OWED = (State.OPEN, State.WAITING)
"""States in which somebody has still to do something."""

APPROVES = "audit"
"""The right of whoever may approve a promise of a type never to give, and hand over other people's."""


def visible(who: Person) -> QuerySet[Promise]:
    """Promises a person sees whatever customers they see: their own, their team's, or all, and those they are to approve."""
    return Promise.objects.filter(of(who, who.reach) | Q(approver=who))


def of(who: Person, whose: str) -> Q:
    """
    Promises of a person, of their team, or of everybody; never further than they see.

    Args:
        who: Who looks.
        whose: own, team or all.
    """
    if whose == Reach.ALL and who.reach == Reach.ALL:
        return Q()
    if Reach.OWN not in (whose, who.reach) and who.team_id:
        return Q(by=who) | Q(by__team_id=who.team_id)
    return Q(by=who)


@dataclass(frozen=True)
class When:
    """
    A moment on the customer's clock.

    Args:
        day: The day.
        at: The time.
        zone: IANA zone.
    """

    day: date
    at: time
    zone: str


def promise(made: Promise, now: datetime) -> Promise:
    """
    Give a promise; one whose approver is named waits for them, and is promised only once they approved.

    Args:
        made: What was promised, not kept yet.
        now: The moment.

    Raises:
        ConfigError: It falls due in the past, or is of a type never to give, or uses its words, without a reason or an approver.
    """
    if _due_at(When(made.due_on, made.due_time, made.zone)) <= now:
        raise ConfigError(_("This moment has passed where the customer is."), "", _("Choose a day and time ahead."))
    if not made.by.is_active:
        raise ConfigError(_("Whoever promises must sign in here."), "", _("Choose somebody who does."))
    _listed(made)
    made.state = State.OPEN if made.approver is None else State.WAITING
    made.save()
    return made


def _due_at(when: When) -> datetime:
    """The moment a wall clock means; a promise of another century is a slip of the pen."""
    if when.day.year < YEARS[0]:
        raise ConfigError(_("This moment has passed where the customer is."), "", _("Choose a day and time ahead."))
    if not YEARS[0] <= when.day.year <= YEARS[1]:
        raise ConfigError(_("This day is too far away."), "", _("Choose a day and time ahead."))
    return moment(when.day, when.at, when.zone)


def _listed(made: Promise) -> None:
    """Never without a reason or somebody who approves."""
    known = sorts()
    if made.sort not in known:
        raise ConfigError(_("There is no such type of promise."), "", _("Choose one of the list."))
    may_approve(made)
    never = {sort.id: sort.name for sort in warned(made.text, list(known.values()))}
    if known[made.sort].never:
        never[made.sort] = known[made.sort].name
    made.listed = bool(never)
    if never and not made.because.strip() and made.approver is None:
        raise ConfigError(
            _("This is on the list of what is never promised: %(types)s.") % {"types": ", ".join(never.values())},
            _("It needs a reason, or somebody who approves it."),
            _("Give one of them, or promise something else."),
        )


def may_approve(made: Promise) -> None:
    """
    Whoever is named as the approver can be one.

    Raises:
        ConfigError: It is their own promise, they lack the right, or they sign in no more.
    """
    who = made.approver
    if who is not None and (who in (made.by, made.created_by) or not who.may(APPROVES) or not who.is_active):
        raise ConfigError(
            _("They cannot approve this."), "", _("A manager or an administrator can, and not for themselves.")
        )


def must_be_open(found: Promise) -> None:
    """
    A closed promise stays as it is.

    Raises:
        ConfigError: It is closed.
    """
    if found.state == State.WAITING:
        raise ConfigError(
            _("%(name)s has not approved this promise yet.") % {"name": found.approver}, "", _("It is promised once they did.")
        )  # fmt: skip
    if found.state != State.OPEN:
        told = _("This promise is closed already: %(state)s.") % {"state": found.get_state_display()}
        raise ConfigError(told, "", _("Load the page again."))


def _open(id: UUID) -> Promise:
    found = Promise.objects.select_for_update(of=("self",)).select_related("by", "approver").get(pk=id)
    must_be_open(found)
    return found


@transaction.atomic
def keep(id: UUID, evidence: str, now: datetime) -> Promise:
    """
    Close a promise as kept: on time, or late.

    Args:
        id: Of the promise.
        evidence: A link or words that show it.
        now: The moment.

    Raises:
        ConfigError: Without evidence, or it is closed already.
    """
    if not evidence.strip():
        raise ConfigError(
            _("Nothing shows that it was kept."),
            _("A promise is closed as kept with a link or a sentence."),
            _("Give one."),
        )
    found = _open(id)
    late = found.moved_late or found.due_at < now
    found.state, found.closed_at, found.evidence = (State.LATE if late else State.KEPT), now, evidence.strip()
    found.save()
    return found


@transaction.atomic
def broken(id: UUID, because: str, now: datetime) -> Promise:
    """
    Close a promise as broken, with what became of it.

    Raises:
        ConfigError: Without words, or it is closed already.
    """
    if not because.strip():
        raise ConfigError(
            _("Nothing says why it was broken."), "", _("Say what happened and what the customer was told.")
        )
    found = _open(id)
    found.state, found.closed_at, found.evidence = State.BROKEN, now, because.strip()
    found.save()
    return found


@transaction.atomic
def release(id: UUID, by: str, because: str, now: datetime) -> Promise:
    """
    Close a promise the customer gave back.

    Args:
        id: Of the promise.
        by: Who of the customer released us.
        because: What they said.
        now: The moment.

    Raises:
        ConfigError: Nobody of the customer is named, or it is closed already.
    """
    if not by.strip():
        raise ConfigError(_("Only the customer can release us."), "", _("Say who of the customer did."))
    found = _open(id)
    found.state, found.closed_at, found.evidence, found.released_by = State.RELEASED, now, because.strip(), by.strip()
    found.save()
    return found


@transaction.atomic
def move(id: UUID, to: When, because: str, now: datetime) -> Promise:
    """
    Agree on another moment; the old one stays in the history, and one moved when it was late stays late.

    Raises:
        ConfigError: Without a reason, to a moment that has passed or is the same, or it is closed already.
    """
    if not because.strip():
        raise ConfigError(_("Nothing says why it is moved."), "", _("Say why, and what the customer was told."))
    found = _open(id)
    due = _due_at(to)
    if due <= now or due == found.due_at:
        raise ConfigError(_("This is no new moment ahead."), "", _("Choose a day and time ahead."))
    found.moved_late = found.moved_late or found.due_at < now
    found.due_on, found.due_time, found.zone = to.day, to.at, to.zone
    found.moves, found.moved_because, found.agreed_at = found.moves + 1, because.strip(), now
    found.save()
    return found


@transaction.atomic
def hand_over(promises: QuerySet[Promise], to: Person) -> list[Promise]:
    """
    Give open promises, and those that wait for an approval, to somebody else.

    Raises:
        ConfigError: They do not sign in here, would approve their own, or there is nothing to hand over.
    """
    if not to.is_active:
        raise ConfigError(_("They sign in no more."), "", _("Choose somebody who does."))
    moved = list(promises.select_for_update(of=("self",)).filter(state__in=OWED).exclude(by=to))
    if not moved:
        raise ConfigError(_("There is no open promise to hand over."), "", _("Load the page again."))
    if any(each.state == State.WAITING and each.approver_id == to.pk for each in moved):
        raise ConfigError(
            _("They would approve their own promise."), "", _("Choose somebody else, or decide what waits for them first.")
        )  # fmt: skip
    for each in moved:
        each.by = to
        each.save()
    return moved


def owed(person: Person) -> str:
    """What a person still owes, in a sentence; "" where nothing."""
    n = Promise.objects.filter(by=person, state__in=OWED).count()
    told = ngettext("%(name)s has %(n)d open promise.", "%(name)s has %(n)d open promises.", n)
    return told % {"name": person, "n": n} if n else ""


@dataclass(frozen=True)
class Due:
    """
    A promise that is late or due, for the top of Today.

    Args:
        customer_id: To whom.
        words: What, to whom of them and since or until when.
        late: Whether its moment has passed.
        promise: Its id.
        weight: The larger, the more pressing: days since it was due; below 0 where it is still to come.
    """

    customer_id: str
    words: str
    late: bool
    promise: str
    weight: float


def due(people: Collection[Person], morning: date, now: datetime | None = None) -> list[Due]:
    """
    Promises of people that are late, or fall due today or tomorrow where the customer is; the latest first.

    Args:
        people: Who gave them.
        morning: The day Today speaks of.
        now: The moment; None is this one.
    """
    now = now or timezone.now()
    edge = max(now, timezone.make_aware(datetime.combine(morning, time()), timezone.get_fixed_timezone(0)))
    near = Promise.objects.filter(by__in=list(people), state__in=OWED, due_at__lt=edge + timedelta(days=3))
    found = [each for each in near.select_related("approver") if near_by(each.due_at, each.zone, now, morning)]
    return sorted((_due(each, now) for each in found), key=lambda each: (-each.weight, each.promise))


def _due(each: Promise, now: datetime) -> Due:
    days = (now - each.due_at) / timedelta(days=1)
    return Due(each.customer_id, " ".join(told(each, now)), each.due_at < now, str(each.pk), round(days, 4))


def told(each: Promise, now: datetime) -> list[str]:
    """What was promised to whom of them, when it is or was due, and for whose approval it waits: a sentence each."""
    said = {"text": each.text, "to": each.to, "who": each.approver}
    what = _("Promised to %(to)s: %(text)s.") if each.to else _("Promised: %(text)s.")
    if each.state == State.WAITING:
        what = _("To be promised: %(text)s.")
    waits = [_("It waits for the approval of %(who)s.") % said] if each.state == State.WAITING else []
    return [what % said, when_due(each, now), *waits]


def when_due(each: Promise, now: datetime) -> str:
    """How late it is, or in how many minutes or hours it falls due, and when that is on the customer's clock."""
    from django.utils.formats import date_format

    way, n = distance(each.due_at, each.zone, now)
    told = {"at": date_format(each.there, "TIME_FORMAT"), "n": n, "day": date_format(each.there, "SHORT_DATE_FORMAT")}
    return {
        "days late": lambda: ngettext("%(n)d day late.", "%(n)d days late.", n),
        "late": lambda: _("Late since %(at)s their time."),
        "minutes": lambda: ngettext("Due in %(n)d minute, at %(at)s their time.", "Due in %(n)d minutes, at %(at)s their time.", n),
        "hours": lambda: ngettext("Due in %(n)d hour, at %(at)s their time.", "Due in %(n)d hours, at %(at)s their time.", n),
        "tomorrow": lambda: _("Due tomorrow at %(at)s their time."),
        "ahead": lambda: _("Due on %(day)s at %(at)s their time."),
    }[way]() % told  # fmt: skip


def fell_due(now: datetime, days: int = PERIOD) -> Q:
    """
    Promises that count within so many days: from their moment on, and from when they were broken where that was before.

    Neither what the customer released us from counts, nor what nobody approved.
    """
    since = now - timedelta(days=days)
    early = Q(state=State.BROKEN, closed_at__lt=F("due_at"))
    usual = ~Q(state=State.BROKEN) | Q(closed_at__isnull=True) | Q(closed_at__gte=F("due_at"))
    counted = (usual & Q(due_at__lte=now, due_at__gt=since)) | (early & Q(closed_at__lte=now, closed_at__gt=since))
    return counted & ~Q(state__in=(State.RELEASED, State.WAITING, State.REFUSED))


@dataclass(frozen=True)
class Kept:
    """
    How one person kept their promises.

    Args:
        person: Who.
        rate: Kept on time of those due.
        late: Kept late.
        broken: Broken.
        owing: Due and still open.
    """

    person: Person
    rate: Rate
    late: int
    broken: int
    owing: int


def rates(people: Sequence[Person], now: datetime) -> list[Kept]:
    """How people kept what fell due in the last ninety days; who had nothing due has a rate that is not known."""
    states = {name: Count("pk", filter=Q(state=state)) for name, state in
              (("kept", "kept"), ("late", "late"), ("broken", "broken"), ("owing", "open"))}  # fmt: skip
    due = Promise.objects.filter(fell_due(now), by__in=people).values("by").annotate(n=Count("pk"), **states)
    by: dict[Any, Any] = {row["by"]: row for row in due}
    none = {"n": 0, "kept": 0, "late": 0, "broken": 0, "owing": 0}
    return [
        Kept(each, Rate(row["kept"], row["n"]), row["late"], row["broken"], row["owing"])
        for each in people
        for row in [by.get(each.pk, none)]
    ]


def rate(promises: QuerySet[Promise], now: datetime) -> Rate:
    """How many of some promises that fell due in the last ninety days were kept on time."""
    told = promises.filter(fell_due(now)).aggregate(n=Count("pk"), kept=Count("pk", filter=Q(state=State.KEPT)))
    return Rate(told["kept"], told["n"])


def team_of(kept: Sequence[Kept]) -> Rate:
    """The rate of several people together."""
    return Rate(sum(each.rate.kept for each in kept), sum(each.rate.n for each in kept))


def moved_from(found: Promise) -> list[dict[str, object]]:
    """Every earlier moment of a promise, the newest first: what it was, when it was moved, by whom and why."""
    told, later = [], None
    for change in found.history.select_related("history_user").order_by("-history_date", "-history_id"):
        if later is not None and later.due_at != change.due_at:
            told.append({"was_there": change.instance.there, "zone": change.zone, "at": later.history_date,
                         "who": later.history_user, "because": later.moved_because})  # fmt: skip
        later = change
    return told
