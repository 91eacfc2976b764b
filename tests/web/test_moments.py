"""Does a customer's page tell what all teams did with them, each on its day and with a way to it?"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dateformat import format as date_format
from pytest_django import DjangoAssertNumQueries
from tests.web.test_promises import customer
from tests.web.test_touches import made

from keepwell.web.base.models import Person
from keepwell.web.customers.models import KeepDecision
from keepwell.web.customers.moments import KINDS, moments
from keepwell.web.interviews.actions import begin, hold
from keepwell.web.meetings.models import Meeting
from keepwell.web.plans.models import Action, SignOff, Version
from keepwell.web.promises.models import Promise
from keepwell.web.today.models import Decision

SignedIn = Callable[[str], Client]


def on(record: Any, at: datetime, field: str = "created_at") -> Any:
    """The record as it was made at a moment."""
    type(record).objects.filter(pk=record.pk).update(**{field: at})
    return record


def lived(id: str, people: dict[str, Person], now: datetime) -> dict[str, tuple[str, datetime, str]]:
    """One of everything, each a day before the next: words -> kind, when, where it stands."""
    rep, day = people["rep"], timezone.localdate(now)

    def ago(days: int) -> datetime:
        return now - timedelta(days=days)

    promise = Promise.objects.create(customer_id=id, by=rep, text="Blue crates", sort="answer", origin="call", state="broken",
                                     evidence="Out of stock", due_on=day, due_time=now.time(), zone="UTC", closed_at=ago(1))  # fmt: skip
    on(promise, ago(2))
    meeting = Meeting.objects.create(customer_id=id, starts_at=ago(3), about="Shelves", host=rep, sentiment=4)
    Meeting.objects.create(customer_id=id, starts_at=ago(3), about="Called off", host=rep, called_off=True)
    asked = begin(id, "stay", rep, day - timedelta(days=9))
    hold(asked, ["Price", "", "", "", ""], ["price"], said={"speaker": "Aino"})
    on(asked, ago(4), "held_at")
    plan = on(Version.objects.create(customer_id=id, number=1, until=day), ago(5))
    on(SignOff.objects.create(version=plan, function="sales", person=rep), ago(6))
    on(Action.objects.create(customer_id=id, what="Count stock", owner=rep, due=day), ago(7))
    on(Decision.objects.create(customer_id=id, reason="renewal", kind="done", morning=day, until=day, outcome="reached"), ago(8))  # fmt: skip
    on(
        KeepDecision.objects.create(customer_id=id, outcome="invest", because="They bring others", review_on=day),
        ago(9),
    )
    touch = made(rep, ago(10), customer_id=id, subject="The new list")
    return {
        "Promise broken: Blue crates": ("promise", ago(1), f"/promises/{promise.pk}/"),
        "Promised: Blue crates": ("promise", ago(2), f"/promises/{promise.pk}/"),
        "Meeting: Shelves": ("meeting", ago(3), f"/meetings/{meeting.pk}/of/{id}/"),
        "Interview: Why they stay": ("interview", ago(4), f"/interviews/{asked.pk}/of/{id}/"),
        "Plan, version 1": ("plan", ago(5), f"/plans/of/{id}/?version=1"),
        "Plan, version 1, signed for Sales": ("plan", ago(6), f"/plans/of/{id}/?version=1"),
        "To be done: Count stock": ("plan", ago(7), f"/plans/of/{id}/"),
        "Renewal: done": ("decision", ago(8), f"/customers/{id}/#why"),
        "Do we want them: Invest": ("decision", ago(9), f"/customers/{id}/#keep"),
        "We to them: call": ("touch", ago(10), f"/touches/{touch.pk}/"),
    }


@pytest.mark.capability("S1-16")
def test_everything_all_teams_did_is_a_moment(
    signed_in: SignedIn, people: dict[str, Person], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Each noun stands in the timeline on its day with a link; the page asks no more than it may."""
    id, client = customer(), signed_in("rep")
    told = lived(id, people, timezone.now())
    client.get(f"/customers/{id}/")
    with django_assert_max_num_queries(16):
        page = client.get(f"/customers/{id}/").content.decode()
    lines = page.split('id="lines"')[1].split("</ul>")[0].split("<li ")
    for words, (kind, at, href) in told.items():
        line = next(each for each in lines if f">{words}<" in each)
        assert f"kind-{kind}" in line
        assert date_format(timezone.localtime(at), "j M Y") in line
        assert f'href="{href}"' in line
    assert "Called off" not in page
    for kind in KINDS:
        only = client.get(f"/customer/timeline/{id}/?kind={kind}").content.decode()
        assert [words for words in told if f">{words}<" in only] == [w for w in told if told[w][0] == kind]


@pytest.mark.capability("S1-16")
def test_moments_are_one_question_and_page_after_page(
    people: dict[str, Person], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Page by page everything is told once; withdrawn and coming things are not told."""
    now = timezone.now()
    told = lived("C1", people, now)
    made(people["rep"], now + timedelta(days=3), customer_id="C1", state="planned")
    Meeting.objects.create(customer_id="C1", starts_at=now + timedelta(days=3), about="Ahead", host=people["rep"])
    with django_assert_num_queries(1):
        whole = moments("C1", "", None, 50)
    assert [each.at for each in whole] == [at for _kind, at, _href in told.values()]
    before, pages = None, []
    for _ in range(6):
        page = moments("C1", "", before, 2)
        pages += page
        before = page[-1].place if page else before
    assert pages == whole
    Promise.objects.update(withdrawn_at=now)
    assert len(moments("C1", "", None, 50)) == len(whole) - 2
