"""Is done what should be done? Promises, notes, answers, thanks, interviews, reasons and reviews, each with its share and its list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ibis import _ as row

from keepwell.act.interviews import came, newcomers
from keepwell.act.meetings import NOTE_HOURS
from keepwell.errors import ModelError
from keepwell.rounds.lost import DAYS
from keepwell.rounds.reading import newest
from keepwell.schema.clock import day_number, day_of
from keepwell.web.base.models import Person
from keepwell.web.base.paging import before
from keepwell.web.customers.reach import Seen
from keepwell.web.interviews.reading import new_ones
from keepwell.web.interviews.register import Losses, losses
from keepwell.web.meetings.faces import among
from keepwell.web.meetings.models import Meeting
from keepwell.web.promises import actions as promising
from keepwell.web.promises.models import Promise
from keepwell.web.promises.views import sees_of
from keepwell.web.touches import actions as touching
from keepwell.web.touches.models import Touch
from keepwell.workspace import Workspace

PERIOD = 90
"""Days that are told together."""

NAMES: dict[str, Any] = {
    "notes": gettext_lazy("Notes of meetings within 48 hours"),
    "answers": gettext_lazy("Questions answered in time"),
    "thanks": gettext_lazy("New customers who were thanked"),
}
"""Figures with a list of their own here."""


@dataclass(frozen=True)
class Share:
    """
    How often something was done that should be.

    Args:
        name: What.
        good: How often it was.
        n: How often it should have been.
        url: All of it.
        period: Of which time.
        of: What n counts.
    """

    name: str
    good: int
    n: int
    url: str
    period: str
    of: str

    @property
    def share(self) -> float | None:
        """Done of what should be; None where nothing should have been."""
        return self.good / self.n if self.n else None

    @property
    def percent(self) -> float | None:
        """How long its bar is, of 100."""
        return round(100 * self.good / self.n, 1) if self.n else None


@dataclass(frozen=True)
class Done:
    """
    One thing that was to be done.

    Args:
        customer_id: For whom.
        name: What they are called.
        what: What.
        who: Who of us.
        good: Whether it was done as it should.
        url: Its page.
    """

    customer_id: str
    name: str
    what: str
    who: str
    good: bool
    url: str


def of_people(me: Person) -> list[Share]:
    """What was done of what the people somebody sees should have done; asked before the company is opened, for it opens it itself."""
    now, people = timezone.now(), sees_of(me)
    days = _("last %(n)s days") % {"n": PERIOD}
    kept = promising.rate(Promise.objects.filter(promising.of(me, me.reach)), now)
    url = f"{reverse('promises')}?whose={me.reach}&show=counted"
    told = [Share(_("Promises kept on time"), kept.kept, kept.n, url, days, _("promises that fell due"))]
    of = {"notes": _("meetings"), "answers": _("questions")}
    for id, (found, good) in _counted(people, now).items():
        told.append(Share(str(NAMES[id]), found.filter(good).count(), found.count(), _url(id), days, of[id]))
    worth = [each for _who, each, _n in touching.worth(people, now)]
    done, n = sum(each.worth for each in worth), sum(each.n for each in worth)
    return [
        *told,
        Share(_("Contacts that carried something"), done, n, reverse("touches_worth"), days, _("contacts of ours")),
    ]


def of_customers(opened: Workspace, whose: Seen, lost: Losses | None) -> list[Share]:
    """What was done of what should be done with the customers somebody sees, and with those lost; nothing before the first round."""
    return [*_of_newcomers(opened, whose), *([_of_losses(lost)] if lost else [])]


def lost(opened: Workspace, whose: Seen) -> Losses | None:
    """How many customers were lost, and of how many nobody has told why; None before the first round."""
    try:
        return losses(opened, whose, limit=0)
    except (ModelError, KeyError):
        return None


def _of_newcomers(opened: Workspace, whose: Seen) -> list[Share]:
    try:
        asked, thanked = new_ones(opened, whose, limit=0), _thanked(opened, whose)
    except ModelError:
        return []
    period = _("came %(first)s to %(last)s") % {
        "first": date_format(asked.first, "DATE_FORMAT"),
        "last": date_format(asked.last, "DATE_FORMAT"),
    }
    n = opened.run(thanked.agg(n=thanked.count(), good=thanked.good.sum().fill_null(0))).iloc[0]
    return [
        Share(str(NAMES["thanks"]), int(n["good"]), int(n["n"]), _url("thanks"), period, _("new customers")),
        Share(
            _("New customers asked why they buy"), asked.asked, asked.n, reverse("new_ones"), period, _("new customers")
        ),
    ]


def _of_losses(lost: Losses) -> Share:
    period = _("lost in the last %(n)s days") % {"n": DAYS}
    told = lost.ripe - lost.late
    return Share(_("Losses with a reason after 14 days"), told, lost.ripe, reverse("losses"), period, _("losses"))


def _url(id: str) -> str:
    return reverse("board_discipline", args=[id])


def _counted(people: list[Person], now: datetime) -> dict[str, tuple[QuerySet[Any], Q]]:
    """Figure -> what should have been done, and which of it was."""
    note, since = timedelta(hours=NOTE_HOURS), now - timedelta(days=PERIOD)
    held = Meeting.objects.filter(
        called_off=False, starts_at__gt=since - note, starts_at__lte=now - note, host__in=people
    )
    asked = Touch.objects.filter(question=True, answer_by__gt=since, answer_by__lte=now, by__in=people)
    return {
        "notes": (held, Q(noted_at__lte=F("starts_at") + note)),
        "answers": (asked, Q(answered_at__lte=F("answer_by"))),
    }


def listed(
    opened: Workspace, me: Person, whose: Seen, id: str, *, undone: bool, page: int, size: int
) -> tuple[int, list[Done]]:
    """
    What stands behind a figure.

    Args:
        opened: The company.
        me: Who looks.
        whose: Customers they see.
        id: One of NAMES.
        undone: Only what was not done as it should.
        page: Counted from one; past the end the last.
        size: Rows of a page.

    Returns:
        How many there are, and those of the page.

    Raises:
        ModelError: No round was taken.
    """
    if id == "thanks":
        return _welcomed(opened, whose, undone=undone, page=page, size=size)
    found, good = _counted(sees_of(me), timezone.now())[id]
    found = found.exclude(pk__in=found.filter(good).values("pk")) if undone else found
    n = found.count()
    first = before(n, page, size)
    records = list(_ORDER[id](found)[first : first + size])
    fine = set(found.filter(good, pk__in=[each.pk for each in records]).values_list("pk", flat=True))
    known = among(opened, me, sorted({each.customer_id for each in records})) if records else {}
    return n, [_TOLD[id](each, known, each.pk in fine) for each in records]


_ORDER: dict[str, Callable[[QuerySet[Any]], QuerySet[Any]]] = {
    "notes": lambda found: found.select_related("host").order_by("-starts_at", "pk"),
    "answers": lambda found: found.select_related("by").order_by("-answer_by", "pk"),
}


def _name(known: dict[str, Any], id: str) -> str:
    return known[id].name if id in known else id


def _note(each: Meeting, known: dict[str, Any], good: bool) -> Done:
    told = {"about": each.about, "day": date_format(timezone.localtime(each.starts_at), "DATETIME_FORMAT")}
    url = reverse("meeting", args=[each.pk, each.customer_id])
    return Done(
        each.customer_id,
        _name(known, each.customer_id),
        _("“%(about)s”, held %(day)s") % told,
        str(each.host),
        good,
        url,
    )


def _answer(each: Touch, known: dict[str, Any], good: bool) -> Done:
    told = {
        "about": each.subject,
        "day": date_format(timezone.localtime(each.answer_by), "DATETIME_FORMAT") if each.answer_by else "",
    }
    what = _("“%(about)s”, to be answered by %(day)s") % told
    return Done(
        each.customer_id, _name(known, each.customer_id), what, str(each.by), good, reverse("touch", args=[each.pk])
    )


_TOLD: dict[str, Callable[[Any, dict[str, Any], bool], Done]] = {"notes": _note, "answers": _answer}


def _thanked(opened: Workspace, whose: Seen) -> ir.Table:
    """Newcomers, and whether anybody thanked them since they came, here or in the data."""
    morning = newest(opened)
    people = opened.lake.result(opened.lake.kept(morning)["portraits"])
    first, _last = came(day_number(morning))
    here = Touch.objects.filter(value="thanks", state="done", direction="out", at__date__gte=day_of(first))
    frame = pd.DataFrame({"customer_id": sorted(set(here.values_list("customer_id", flat=True)))})
    thanks = ibis.memtable(frame, schema=ibis.schema({"customer_id": "string"}))
    facts = opened.facts(as_of=morning)
    touches = facts.read("touches")
    theirs = touches.filter(
        (touches.direction == "out") & (touches.reason == "thanks") & (facts.day(touches.touched_at) >= first)
    )
    thanks = thanks.union(theirs.select("customer_id")).distinct()
    told = newcomers(whose.of(people), day_number(morning)).left_join(thanks, "customer_id", rname="{name}_t")
    return told.mutate(good=row.customer_id_t.notnull())


def _welcomed(opened: Workspace, whose: Seen, *, undone: bool, page: int, size: int) -> tuple[int, list[Done]]:
    table = _thanked(opened, whose)
    table = table.filter(~table.good) if undone else table
    n = int(opened.run(table.agg(n=table.count()))["n"].iloc[0])
    table = table.order_by(ibis.desc("value"), "customer_id").limit(size, offset=before(n, page, size))
    rows = opened.run(table).to_dict("records")
    return n, [
        Done(each["customer_id"], each["name"] if isinstance(each["name"], str) else each["customer_id"],
             _("came %(day)s") % {"day": date_format(day_of(int(each["day"])), "DATE_FORMAT")},
             each["owner"] if isinstance(each["owner"], str) else "", bool(each["good"]),
             reverse("customer", args=[each["customer_id"]]))
        for each in rows
    ]  # fmt: skip
