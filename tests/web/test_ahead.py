"""Are both of us warned who turn to one customer in one week, whatever it is called, and is it told before one does?"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from tests.web.conftest import THEIRS
from tests.web.test_promises import customer
from tests.web.test_promises import said as promised
from tests.web.test_touches import made

from keepwell.web.base.models import Person
from keepwell.web.interviews.actions import begin
from keepwell.web.interviews.models import Interview
from keepwell.web.meetings.models import Meeting
from keepwell.web.plans.models import Action
from keepwell.web.promises.models import Promise
from keepwell.web.touches.ahead import crowd, outreach, same_week, together

SignedIn = Callable[[str], Client]


def next_week(days: int = 0) -> datetime:
    """Noon of a day of the coming week, counted from its Monday."""
    today = timezone.localdate()
    monday = today + timedelta(days=7 - today.weekday())
    return timezone.make_aware(datetime.combine(monday + timedelta(days=days), time(12)))


def task(noun: str, by: Person, customer_id: str, at: datetime) -> Any:
    """An open task of a noun at a moment."""
    day = timezone.localdate(at)
    if noun == "touch":
        return made(by, at, customer_id=customer_id, state="planned")
    if noun == "meeting":
        return Meeting.objects.create(customer_id=customer_id, starts_at=at, about="Stock", host=by)
    if noun == "interview":
        asked = begin(customer_id, "stay", by, timezone.localdate())
        asked.due = day
        asked.save()
        return asked
    if noun == "action":
        return Action.objects.create(customer_id=customer_id, what="Stock", owner=by, due=day)
    return Promise.objects.create(customer_id=customer_id, by=by, text="Stock", sort="answer", origin="call",
                                  due_on=day, due_time=time(12), zone="Europe/Helsinki")  # fmt: skip


NOUNS = ("touch", "meeting", "interview", "action", "promise")


@pytest.mark.capability("S1-16")
@pytest.mark.parametrize("noun", NOUNS)
def test_every_task_meets_every_other(people: dict[str, Person], noun: str) -> None:
    """A planned contact on Monday and any task on Sunday of one week are two; with the Monday after they are not."""
    first = task("touch", people["success"], "C1", next_week())
    other = task(noun, people["rep"], "C1", next_week(6))
    task(noun, people["rep"], "C2", next_week(1))
    assert [each.id for each in same_week(first.pk, "C1", timezone.now())] == [str(other.pk)]
    for who in ("rep", "success"):
        assert [{each.id for each in week} for week in crowd([people[who]], timezone.now())] == [
            {str(first.pk), str(other.pk)}
        ]
        told = list(together([people[who]], date.today()))  # noqa: DTZ011  no day is read
        assert [each.customer_id for each in told] == ["C1"]
        assert "rep one" in told[0].words
        assert "success one" in told[0].words
    assert crowd([people["marketer"]], timezone.now()) == []
    task(noun, people["rep"], "C3", next_week(6))
    task("touch", people["success"], "C3", next_week(7))
    assert [week[0].customer_id for week in crowd(None, timezone.now())] == ["C1"]


@pytest.mark.capability("S1-16")
def test_what_is_closed_warns_no_more(people: dict[str, Person]) -> None:
    """Done, dropped, called off, kept or declined: no task is left."""
    for noun in NOUNS:
        task(noun, people["rep"], "C1", next_week(2))
    assert {each.noun for each in outreach(timezone.now(), timezone.localdate())} == set(NOUNS)
    for kind, said in (
        (Promise, {"state": "kept"}),
        (Meeting, {"called_off": True}),
        (Interview, {"state": "declined"}),
        (Action, {"state": "done"}),
    ):
        record = kind.objects.get()
        for name, value in said.items():
            setattr(record, name, value)
        record.save()
    assert [each.noun for each in outreach(timezone.now(), timezone.localdate())] == ["touch"]
    made(people["rep"], next_week(2), customer_id="C9", direction="in", value="", question=True)
    Meeting.objects.create(
        customer_id="C9", starts_at=timezone.now() - timedelta(minutes=1), about="x", host=people["rep"]
    )
    assert [each.customer_id for each in outreach(timezone.now(), timezone.localdate())] == ["C1"]


@pytest.mark.capability("S1-16")
def test_whoever_keeps_the_second_is_told_and_both_find_it(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """A promise in the week of a colleague's meeting; both rooms and Today say so; one person's own two stay off Today."""
    id = customer()
    task("meeting", people["success"], id, next_week(1))
    client = signed_in("rep")
    page = client.post(
        f"/promises/new/?customer={id}", promised(people["rep"], due_on=f"{next_week(3):%Y-%m-%d}"), follow=True
    )
    assert "success one · Meeting: Stock" in page.content.decode()
    assert "Planned twice in one week" in client.get("/touches/").content.decode()
    assert (
        "Several of us turn to them in one week"
        in client.get("/").content.decode() + client.get("/today/").content.decode()
    )
    assert "Planned twice in one week" in signed_in("success").get("/touches/").content.decode()
    task("action", people["marketer"], "C5", next_week(1))
    task("touch", people["marketer"], "C5", next_week(2))
    assert list(together([people["marketer"]], timezone.localdate())) == []


@pytest.mark.capability("S1-16")
def test_every_form_says_who_turns_to_them(
    signed_in: SignedIn, people: dict[str, Person], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Touch, promise, meeting, interview and plan show a colleague's task; nobody else's customer is opened by it."""
    client, id, theirs = signed_in("rep"), customer(), customer(THEIRS)
    Action.objects.create(customer_id=id, what="Count the crates", owner=people["success"],
                          due=timezone.localdate() + timedelta(days=3))  # fmt: skip
    Action.objects.create(customer_id=id, what="Far away", owner=people["success"],
                          due=timezone.localdate() + timedelta(days=15))  # fmt: skip
    forms = ("/promises/new/?customer={}", "/touches/new/?customer={}", "/meetings/new/of/{}/", "/interviews/of/{}/")
    for form in forms:
        page = client.get(form.format(id)).content.decode()
        assert "Count the crates" in page, form
        assert "Far away" not in page, form
        assert client.get(form.format(theirs)).status_code == 403
    assert "Count the crates" in client.get(f"/plans/of/{id}/").content.decode()
    with django_assert_num_queries(1):
        outreach(timezone.now(), timezone.localdate(), customers=[id])
