"""What is done with touches: logged, planned, answered; who waits, what all of us do with a customer, and what carried value."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import ibis.expr.types as ir
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.act.touches import AROUND, HOURS, Outreach, Step, Worth, answer_by, around, carries, refusal
from keepwell.errors import ConfigError
from keepwell.rounds.customer import Ids, facts_of, ids_of, of_ids
from keepwell.understand.offers import open_issues
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.base.roles import Reach
from keepwell.web.customers.panels import Panel
from keepwell.web.promises.actions import YEARS
from keepwell.web.touches.ahead import address, coming
from keepwell.web.touches.models import Direction, Patience, State, Touch, Value
from keepwell.workspace import Workspace

DESK = "desk:"
"""How the lake's ids begin of touches that were logged here and came back as data; see connectors/desk."""

PERIOD = 90
"""Days the share of touches with a value looks back."""


def of(who: Person, whose: str) -> Q:
    """
    Touches of a person, of their team, or of everybody; never further than they see.

    Args:
        who: Who looks.
        whose: own, team or all.
    """
    if whose == Reach.ALL and who.reach == Reach.ALL:
        return Q()
    if Reach.OWN not in (whose, who.reach) and who.team_id:
        return Q(by=who) | Q(by__team_id=who.team_id)
    return Q(by=who)


def hours() -> dict[str, int]:
    """Within how many hours a question of each channel is answered."""
    return {**HOURS, **dict(Patience.objects.values_list("channel", "hours"))}


def questions(customer_id: str) -> QuerySet[Touch]:
    """A customer's questions nobody has answered, the oldest first."""
    return Touch.objects.filter(customer_id=customer_id, question=True, answered_at__isnull=True).order_by("at")


def waits_for(customer_id: str) -> str:
    """What a customer waits for, in a sentence; "" where nothing is known: a question logged here, or a ticket in the data."""
    n = questions(customer_id).count()
    told = (
        [
            ngettext("They wait for an answer to %(n)d question.", "They wait for answers to %(n)d questions.", n)
            % {"n": n}
        ]
        if n
        else []
    )
    if _ticket(customer_id):
        told.append(_("They have a ticket nobody has solved."))
    return " ".join(told)


def _ticket(customer_id: str) -> bool:
    with company() as opened:
        issues = open_issues(opened.facts())
        mine = issues.filter((issues.customer_id == customer_id) & (issues.issue == "open ticket"))
        return bool(opened.run(mine.agg(n=mine.count()))["n"].iloc[0])


@transaction.atomic
def log(made: Touch, now: datetime) -> list[Touch]:
    """
    Keep a contact that was made, or outreach that is planned.

    Args:
        made: What was done; where its moment lies ahead it is planned.
        now: The moment.

    Returns:
        What was kept, and the question it answered.

    Raises:
        ConfigError: It is ours and carries nothing; it sells to somebody who waits, without a reason; or it does not fit.
    """
    if not YEARS[0] <= made.at.year <= YEARS[1]:
        raise ConfigError(_("This day is too far away."), "", _("Correct the time."))
    made.state = State.PLANNED if made.at > now else State.DONE
    if made.state == State.PLANNED and made.direction == Direction.IN:
        raise ConfigError(_("They cannot have turned to us in the future."), "", _("Correct the time."))
    if made.direction == Direction.OUT:
        made.question = False
    waits = (
        waits_for(made.customer_id) if made.pitch and made.direction == Direction.OUT and made.answers is None else ""
    )
    fault = refusal(
        made.direction, made.value, about=made.subject, pitch=made.pitch, waits=bool(waits), because=made.pitch_because
    )
    if fault:
        raise _refused(fault, waits)
    if made.question:
        made.answer_by = answer_by(made.at, hours()[made.channel])
    made.save()
    return [made, *_answered(made)]


def _refused(fault: str, waits: str) -> ConfigError:
    if fault == "no value":
        return ConfigError(
            _("Nothing says what they get out of it."),
            _(
                "A contact carries news, an answer, a result, an idea, thanks or the check of a promise. Just catching up is none."
            ),
            _("Choose what it carries, or do not contact them yet."),
        )
    if fault == "empty words":
        return ConfigError(
            _("Just catching up is nothing they get out of it, whatever is chosen beside it."),
            "",
            _("Say in a few words what is in it for them, or do not contact them yet."),
        )
    if fault == "pitch":
        return ConfigError(
            waits, _("First their question, then ours."), _("Answer first, or say why it is sold all the same.")
        )
    return ConfigError(
        _("They turned to us."), _("What it carried and what was sold is said of our own contacts."), _("Leave it out.")
    )


def _answered(by: Touch) -> list[Touch]:
    """The question that was open until this touch."""
    if by.answers_id is None or by.state != State.DONE:
        return []
    found = Touch.objects.select_for_update(of=("self",)).get(pk=by.answers_id)
    if found.customer_id != by.customer_id or not found.question or by.direction != Direction.OUT:
        raise ConfigError(_("This is no question of theirs."), "", _("Choose one of their questions."))
    if found.answered_at is not None:
        return []
    found.answered_at = by.at
    found.save()
    return [found]


@transaction.atomic
def close(id: UUID, because: str, now: datetime) -> Touch:
    """
    Say that a question needs no answer any more.

    Raises:
        ConfigError: Without a reason, or nobody waits.
    """
    if not because.strip():
        raise ConfigError(_("Nothing says why it needs no answer."), "", _("Say it in a few words."))
    found = Touch.objects.select_for_update(of=("self",)).get(pk=id)
    if not found.waits:
        raise ConfigError(_("Nobody waits for an answer here any more."), "", _("Load the page again."))
    found.answered_at, found.closed_because = now, because.strip()
    found.save()
    return found


@transaction.atomic
def settle(id: UUID, *, done: bool, now: datetime) -> list[Touch]:
    """
    Say that planned outreach was done, now, or is dropped.

    Returns:
        The outreach, and the question it answered.

    Raises:
        ConfigError: It is not planned any more.
    """
    found = Touch.objects.select_for_update(of=("self",)).get(pk=id)
    if found.state != State.PLANNED:
        raise ConfigError(_("This is not planned any more."), "", _("Load the page again."))
    found.state = State.DONE if done else State.DROPPED
    if done:
        found.at = now
    found.save()
    return [found, *_answered(found)]


@transaction.atomic
def hand_over(whose: Person, to: Person) -> list[Touch]:
    """
    Give somebody's open questions and planned outreach to somebody else.

    Raises:
        ConfigError: They do not sign in here, are the same, or there is nothing.
    """
    if not to.is_active or to == whose:
        raise ConfigError(_("They cannot take it over."), "", _("Choose somebody else who signs in here."))
    moved = list(_held(whose).select_for_update(of=("self",)))
    if not moved:
        raise ConfigError(_("There is nothing to hand over."), "", _("Load the page again."))
    for each in moved:
        each.by = to
        each.save()
    return moved


def _held(whose: Person) -> QuerySet[Touch]:
    return Touch.objects.filter(Q(question=True, answered_at__isnull=True) | Q(state=State.PLANNED), by=whose)


def owed(person: Person) -> str:
    """What a person is still to answer or has planned, in a sentence; "" where nothing."""
    n = _held(person).count()
    told = ngettext(
        "%(name)s has %(n)d open question or planned contact.",
        "%(name)s has %(n)d open questions or planned contacts.",
        n,
    )
    return told % {"name": person, "n": n} if n else ""


@dataclass(frozen=True)
class Waits:
    """
    Somebody who asked and waits.

    Args:
        customer_id: Who.
        words: What about, and since when or by when.
        touch: Id of their question.
        weight: The larger, the more pressing: days over the time it should have been answered in, below nought before.
        late: Whether that time is over.
    """

    customer_id: str
    words: str
    touch: str
    weight: float
    late: bool


def waiting(people: Collection[Person], now: datetime | None = None) -> list[Waits]:
    """
    Questions these people have to answer, over their time or due within a day, the longest first.

    Args:
        people: Who of us.
        now: The moment; None is this one.
    """
    now = now or timezone.now()
    asked = Touch.objects.filter(by__in=list(people), question=True, answered_at__isnull=True)
    near = asked.filter(answer_by__lt=now + timedelta(days=1))
    return [_waits(each, now) for each in near.order_by("answer_by", "pk")]


def _waits(each: Touch, now: datetime) -> Waits:
    over = (now - each.answer_by) if each.answer_by else timedelta()
    weight = round(over / timedelta(days=1), 4)
    told = {"how": each.get_channel_display().lower(), "about": each.subject}
    if over <= timedelta():
        by = _("Asked by %(how)s: “%(about)s” To be answered by %(at)s.")
        at = date_format(timezone.localtime(each.answer_by), "SHORT_DATETIME_FORMAT")
        return Waits(each.customer_id, by % (told | {"at": at}), str(each.pk), weight, late=False)
    return Waits(each.customer_id, _unanswered(now - each.at) % told, str(each.pk), weight, late=True)


def _unanswered(since: timedelta) -> str:
    """For how long nobody has answered: in hours on the first two days."""
    if since < timedelta(days=2):
        n = max(1, since // timedelta(hours=1))
        words = ngettext("Asked by %(how)s {n} hour ago: “%(about)s” Nobody has answered.",
                         "Asked by %(how)s {n} hours ago: “%(about)s” Nobody has answered.", n)  # fmt: skip
    else:
        n = since.days
        words = ngettext("Asked by %(how)s {n} day ago: “%(about)s” Nobody has answered.",
                         "Asked by %(how)s {n} days ago: “%(about)s” Nobody has answered.", n)  # fmt: skip
    return words.replace("{n}", str(n))


def panel(customer_id: str, _request: HttpRequest) -> Panel:
    """The panel of a customer's page with what all of us did with them and will do."""
    return Panel("around", _("All of us"), "touches/panel.html", beside(customer_id, timezone.now()))


def beside(customer_id: str, now: datetime) -> list[Step]:
    """
    What all teams did with a customer in the last fortnight and will do in the next: for touches/panel.html.

    Args:
        customer_id: Who; that they are seen is for the caller to ask.
        now: The moment.
    """
    since = now - timedelta(days=AROUND)
    with company() as opened:
        told = list(_as_data(opened, customer_id, since))
    return around([*(_step(each, now) for each in coming(customer_id, now, done=True)), *told], now)


def _step(each: Outreach, now: datetime) -> Step:
    """What was done or is to be done; on a day without an hour it comes at the end of that day."""
    at, was = each.at or timezone.make_aware(datetime.combine(each.day, time(23, 59))), each.noun in Direction.values
    return Step(at, each.what, each.who, each.called, each.noun != Direction.IN, at > now and not was, address(each),
                late=at <= now and not was, whole=each.at is None)  # fmt: skip


def _as_data(opened: Workspace, customer_id: str, since: datetime) -> Iterable[Step]:
    """What came as data; what was logged here is told already."""

    def asked(said: Ids) -> ir.Table:
        touches = facts_of(opened, said).tables["touches"]
        mine = touches.filter(~touches.touch_id.startswith(DESK))
        return (
            mine.select("touched_at", "direction", "channel", "by", "team", "subject")
            .order_by(mine.touched_at.desc())
            .limit(200)
        )

    for row in of_ids(opened, "around", asked, ids_of(opened, customer_id)):
        at = row["touched_at"]
        if at > since:
            who, about = (row["by"] or row["team"] or "", row["subject"] or row["channel"])
            yield Step(at, about, who, str(row["channel"]), row["direction"] == "out", ahead=False)


def ours(now: datetime) -> Q:
    """What people of ours sent or said in the last ninety days, as far as it was logged here."""
    since = now - timedelta(days=PERIOD)
    return Q(direction=Direction.OUT, state=State.DONE, at__gt=since, at__lte=now)


def worth(people: Sequence[Person], now: datetime) -> list[tuple[Person, Worth, int]]:
    """
    The share of what people sent or said in the last ninety days that carried a value, logged here or told by the data.

    Args:
        people: Who.
        now: The moment.

    Returns:
        Each with their share, and how many of all were logged here.
    """
    valued = Count("pk", filter=Q(value__in=Value.values))
    counted = Touch.objects.filter(ours(now), by__in=people).values("by").annotate(n=Count("pk"), valued=valued)
    logged: dict[Any, Worth] = {row["by"]: Worth(row["valued"], row["n"]) for row in counted}
    told = _told_worth((now - timedelta(days=PERIOD)).date())
    return [
        (each, _together([here, *(told[name] for name in each.names() if name in told)]), here.n)
        for each in people
        for here in [logged.get(each.pk, Worth(0, 0))]
    ]


def _together(parts: Sequence[Worth]) -> Worth:
    return Worth(sum(each.worth for each in parts), sum(each.n for each in parts))


def _told_worth(since: date) -> dict[str, Worth]:
    """Of the data's touches by people of ours, by the name they have there."""
    with company() as opened:
        touches = opened.facts().read("touches")
        ours = touches.filter(
            (touches.direction == "out")
            & touches.human.fill_null(True)
            & touches.by.notnull()
            & ~touches.touch_id.startswith(DESK)
        )
        recent = ours.filter(ours.touched_at.date() > since)
        counted = recent.group_by("by", "reason").agg(n=recent.count())
        rows = opened.asking.once(("worth of touches", since), lambda: opened.lake.arrow(counted).to_pylist())
    told: dict[str, Worth] = {}
    for row in rows:
        before, n = told.get(row["by"], Worth(0, 0)), int(row["n"])
        fine = isinstance(row["reason"], str) and carries(row["reason"])
        told[row["by"]] = Worth(before.worth + (n if fine else 0), before.n + n)
    return told
