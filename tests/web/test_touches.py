"""Does every contact carry something, does no question go unanswered, and do we speak to each other?"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from pytest_django import DjangoAssertNumQueries
from tests.web.conftest import MINE, THEIRS
from tests.web.test_promises import customer, given

from keepwell.act.today import Row
from keepwell.connectors.desk.extract import COLUMNS, TABLES
from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.interviews.actions import begin, hold
from keepwell.web.meetings.models import Meeting
from keepwell.web.promises.models import Promise
from keepwell.web.today.page import _line
from keepwell.web.today.sources import Due
from keepwell.web.touches import actions
from keepwell.web.touches.models import Patience, Touch
from keepwell.web.work.own import address

SignedIn = Callable[[str], Client]


def made(by: Person, at: datetime, **said: Any) -> Touch:
    """A touch that is there already."""
    fields = {
        "customer_id": "C1",
        "direction": "out",
        "channel": "call",
        "value": "idea",
        "subject": "Stock",
        "state": "done",
        **said,
    }
    return Touch.objects.create(by=by, at=at, **fields)


def said(by: Person, **more: str) -> dict[str, str]:
    """What the form says of a call of ours."""
    now = timezone.localtime() - timedelta(minutes=5)
    return {
        "direction": "out",
        "channel": "call",
        "at": f"{now:%Y-%m-%dT%H:%M}",
        "subject": "Stock",
        "value": "idea",
        "by": str(by.pk),
        **more,
    }


def undo(client: Client, page: str) -> None:
    """Press undo."""
    client.post("/undo/" + page.split('action="/undo/')[1].split('"')[0])


@pytest.mark.capability("S3-15")
def test_ours_carries_something(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Without a value reason nothing is kept; "catch-up" is no choice; with one it is kept, and undo withdraws it."""
    client, id = signed_in("rep"), customer()
    assert "atch" not in client.get("/touches/new/", {"customer": id}).content.decode().split("<option")[1]
    for value in ("", "catch-up"):
        refused = client.post(f"/touches/new/?customer={id}", said(people["rep"], value=value))
        assert refused.status_code == 400
    assert not Touch.objects.exists()
    empty = client.post(
        f"/touches/new/?customer={id}", said(people["rep"], subject="Just a quick catch-up", value="news")
    )
    assert empty.status_code == 400
    assert "Just a quick catch-up" in empty.content.decode()
    assert "nothing they get out of it" in empty.content.decode()
    assert not Touch.objects.exists()
    page = client.post(f"/touches/new/?customer={id}", said(people["rep"]), follow=True).content.decode()
    touch = Touch.objects.get()
    assert (touch.customer_id, touch.value, touch.state, touch.created_by) == (id, "idea", "done", people["rep"])
    undo(client, page)
    assert not Touch.objects.exists()
    assert Touch.everything.get().history.count() == 2


def test_nobody_logs_with_customers_they_do_not_see(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Another team's customer, or a role that only looks, is refused."""
    theirs = customer(THEIRS)
    assert signed_in("rep").get("/touches/new/", {"customer": theirs}).status_code == 403
    assert signed_in("rep").post(f"/touches/new/?customer={theirs}", said(people["rep"])).status_code == 403
    assert signed_in("analyst").post(f"/touches/new/?customer={theirs}", said(people["rep"])).status_code == 403
    assert signed_in("rep").get("/touches/new/", {"customer": "nobody"}).status_code == 404
    other = made(people["stranger"], timezone.now(), customer_id=theirs, question=True, direction="in", value="")
    assert signed_in("rep").get(f"/touches/{other.pk}/").status_code == 403
    assert signed_in("rep").post(f"/touches/{other.pk}/close/", {"because": "x"}).status_code == 403
    assert signed_in("analyst").get(f"/touches/{other.pk}/").status_code == 200
    assert Touch.objects.get().answered_at is None


@pytest.mark.capability("S2-13")
def test_a_question_waits_until_it_is_answered(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """It is to be answered by the time of its channel; an answer ends the wait, and undoing the answer begins it again."""
    client, id = signed_in("rep"), customer()
    client.post(
        f"/touches/new/?customer={id}", said(people["rep"], direction="in", value="", channel="mail", question="on")
    )
    asked = Touch.objects.get()
    assert asked.answer_by == asked.at + timedelta(hours=24)
    assert "Wait for an answer" in client.get("/touches/").content.decode()
    assert actions.waiting([people["rep"]], asked.at - timedelta(hours=1)) == []
    (soon,) = actions.waiting([people["rep"]], asked.at + timedelta(hours=18))
    by = date_format(timezone.localtime(asked.answer_by), "SHORT_DATETIME_FORMAT")
    assert (soon.late, soon.weight, soon.words) == (False, -0.25, f"Asked by mail: “Stock” To be answered by {by}.")
    assert "To be answered by" in client.get("/today/").content.decode()
    late = actions.waiting([people["rep"]], asked.at + timedelta(hours=48))
    assert [(each.touch, each.weight, each.words) for each in late] == [
        (str(asked.pk), 1.0, "Asked by mail 2 days ago: “Stock” Nobody has answered.")
    ]
    form = client.get("/touches/new/", {"customer": id, "answers": str(asked.pk)}).content.decode()
    assert f'<option value="{asked.pk}" selected>' in form
    answer = said(people["rep"], value="answer", answers=str(asked.pk))
    page = client.post(f"/touches/new/?customer={id}", answer, follow=True).content.decode()
    asked.refresh_from_db()
    assert asked.answered_at is not None
    assert actions.waiting([people["rep"]], asked.at + timedelta(hours=48)) == []
    undo(client, page)
    asked.refresh_from_db()
    assert asked.answered_at is None


def test_a_question_is_closed_with_a_reason(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Without one it waits on; closed twice is refused."""
    client = signed_in("rep")
    asked = made(people["rep"], timezone.now(), direction="in", value="", question=True, answer_by=timezone.now())
    assert client.post(f"/touches/{asked.pk}/close/", {"because": " "}).status_code == 400
    assert client.post(f"/touches/{asked.pk}/close/", {"because": "They found it"}).status_code == 302
    asked.refresh_from_db()
    assert not asked.waits
    assert client.post(f"/touches/{asked.pk}/close/", {"because": "again"}).status_code == 400
    assert client.post(f"/touches/{asked.pk}/nonsense/").status_code == 400


@pytest.mark.capability("S3-08")
def test_first_their_question_then_ours(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """A pitch to somebody who waits is refused until somebody says why."""
    client, id = signed_in("rep"), customer()
    made(people["success"], timezone.now(), customer_id=id, direction="in", value="", question=True)
    pitch = said(people["rep"], pitch="on")
    refused = client.post(f"/touches/new/?customer={id}", pitch).content.decode()
    assert "wait for an answer to 1 question" in refused
    assert Touch.objects.filter(pitch=True).count() == 0
    client.post(f"/touches/new/?customer={id}", {**pitch, "pitch_because": "They asked for the price"})
    assert Touch.objects.get(pitch=True).pitch_because == "They asked for the price"


@pytest.mark.capability("S3-08")
def test_a_ticket_of_the_data_stops_a_pitch_too(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Whoever waits for help is not sold to without a reason."""
    with company() as opened:
        from keepwell.understand.offers import open_issues

        facts = opened.facts()
        issues = open_issues(facts)
        found = opened.run(issues.filter(issues.issue == "open ticket").order_by("customer_id").limit(1))
    id = str(found["customer_id"].iloc[0])
    refused = signed_in("admin").post(f"/touches/new/?customer={id}", said(people["admin"], pitch="on"))
    assert refused.status_code == 400
    assert "ticket nobody has solved" in refused.content.decode()


@pytest.mark.capability("S1-16")
def test_two_of_us_in_one_week_are_both_warned(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Whoever plans the second is told at once, and both find it on their page; dropping one ends it."""
    id, rep = customer(), people["rep"]
    monday = timezone.localtime() + timedelta(days=7 - timezone.localdate().weekday())
    first = made(people["success"], monday, customer_id=id, state="planned")
    people["success"].reach = "all"
    people["success"].save()
    page = signed_in("rep").post(
        f"/touches/new/?customer={id}", said(rep, at=f"{monday + timedelta(days=2):%Y-%m-%dT%H:%M}"), follow=True
    )
    assert "success one · Call: Stock" in page.content.decode()
    for who in ("rep", "success"):
        assert "Planned twice in one week" in signed_in(who).get("/touches/").content.decode()
    assert "Planned twice" not in signed_in("stranger").get("/touches/").content.decode()
    signed_in("success").post(f"/touches/{first.pk}/dropped/")
    assert "Planned twice" not in signed_in("rep").get("/touches/").content.decode()


@pytest.mark.capability("S1-16")
def test_what_all_of_us_do_stands_beside(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """What was done, what is planned and what is promised within a fortnight, by all; what is further off is not."""
    now, id = timezone.now(), customer()
    made(people["success"], now - timedelta(days=3), customer_id=id, subject="Back")
    made(people["marketer"], now + timedelta(days=3), customer_id=id, subject="Ahead", state="planned")
    made(people["marketer"], now + timedelta(days=20), customer_id=id, subject="Far", state="planned")
    made(people["marketer"], now + timedelta(days=2), customer_id=id, subject="Dropped", state="dropped")
    day = timezone.localdate() + timedelta(days=5)
    Promise.objects.create(customer_id=id, by=people["rep"], text="Owed", sort="answer", origin="call",
                           due_on=day, due_time=now.time(), zone="UTC")  # fmt: skip
    rows = actions.beside(id, now)
    assert [(step.what, step.ahead) for step in rows if step.href] == [("Back", False), ("Ahead", True), ("Owed", True)]
    assert "Ahead" in signed_in("rep").get("/touches/new/", {"customer": id}).content.decode()
    assert "Ahead" in render_to_string("touches/panel.html", {"customer_id": id, "rows": rows})


def test_a_plan_becomes_a_touch(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Done, it counts from now; a plan of theirs makes no sense; done twice is refused."""
    client, id = signed_in("rep"), customer()
    ahead = f"{timezone.localtime() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    assert (
        client.post(f"/touches/new/?customer={id}", said(people["rep"], direction="in", value="", at=ahead)).status_code
        == 400
    )
    client.post(f"/touches/new/?customer={id}", said(people["rep"], at=ahead))
    plan = Touch.objects.get()
    assert plan.state == "planned"
    client.post(f"/touches/{plan.pk}/done/")
    plan.refresh_from_db()
    assert plan.state == "done"
    assert plan.at <= timezone.now()
    assert client.post(f"/touches/{plan.pk}/done/").status_code == 400


@pytest.mark.capability("S3-15")
def test_the_share_of_what_carried_something(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Logged here it always did; who contacted nobody has no share."""
    now = timezone.now()
    for _ in range(3):
        made(people["success"], now - timedelta(days=1))
    made(people["success"], now - timedelta(days=1), direction="in", value="", question=True)
    told = {who.pk: each for who, each, _here in actions.worth([people["success"], people["manager"]], now)}
    assert (told[people["success"].pk].worth, told[people["success"].pk].n) == (3, 3)
    assert told[people["manager"].pk].share is None
    page = signed_in("manager").get("/touches/worth/").content.decode()
    assert "not known" in page
    address = f"/touches/?whose=team&by={people['success'].pk}&show=ours"
    assert address.replace("&", "&amp;") in page
    assert signed_in("manager").get(address).content.decode().count("data-row") == 4  # three of ours, and who waits
    assert MINE not in signed_in("stranger").get("/touches/worth/").content.decode()


def test_times_to_answer_are_the_company_s(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """An administrator sets them; questions logged afterwards wait that long."""
    assert signed_in("rep").get("/touches/times/").status_code == 403
    admin, hours = signed_in("admin"), {name: str(n) for name, n in actions.hours().items()}
    assert admin.post("/touches/times/", {**hours, "call": "0"}).status_code == 400
    admin.post("/touches/times/", {**hours, "call": "2"})
    assert dict(Patience.objects.values_list("channel", "hours")) == {"call": 2}
    signed_in("rep").post(
        f"/touches/new/?customer={customer()}", said(people["rep"], direction="in", value="", question="on")
    )
    asked = Touch.objects.get()
    assert asked.answer_by == asked.at + timedelta(hours=2)


def test_nobody_leaves_with_open_questions(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Deactivation is refused until somebody else has them."""
    admin, rep = signed_in("admin"), people["rep"]
    made(rep, timezone.now(), direction="in", value="", question=True)
    assert admin.post(f"/people/{rep.pk}/sign-in/").status_code == 400
    assert admin.post("/touches/hand-over/", {"whose": str(rep.pk), "to": str(people["success"].pk)}).status_code == 302
    assert admin.post(f"/people/{rep.pk}/sign-in/").status_code == 302


def test_the_page_asks_a_few_questions_however_many_stand_on_it(
    signed_in: SignedIn, people: dict[str, Person], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Thirty touches ask no more of the database than one."""
    now, client = timezone.now(), signed_in("rep")
    for days in range(30):
        made(people["rep"], now - timedelta(days=days))
        made(people["rep"], now + timedelta(days=days + 1), state="planned", customer_id=f"C{days % 3}")
    client.get("/touches/")
    with django_assert_max_num_queries(16):
        assert client.get("/touches/?whose=all").status_code == 200
    assert client.get("/touches/hand-over/").status_code == 403
    assert signed_in("admin").get("/touches/hand-over/").status_code == 200


def test_the_door_reads_what_the_desk_writes(people: dict[str, Person]) -> None:
    """What connectors/desk asks of a desk's database is there, under the names it expects."""
    made(people["rep"], timezone.now())
    made(people["rep"], timezone.now() + timedelta(days=1), state="planned")
    given(people["rep"], timezone.now() + timedelta(days=1))
    Meeting.objects.create(
        customer_id="A", starts_at=timezone.now(), about="x", host=people["rep"], sentiment=4, because="y"
    )
    asked_them = begin("A", "stay", people["rep"], timezone.localdate())
    hold(asked_them, ["Price", "", "", "", ""], ["price"], said={"doubted": True})
    for name, question in TABLES.items():
        with connection.cursor() as asked:
            asked.execute(question)
            assert len(asked.fetchall()) == 1
            assert len(asked.description) == len(COLUMNS[name])
    assert address().startswith("desk+")


@pytest.mark.capability("S2-13")
def test_unanswered_over_its_time_stands_on_today(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """With the form of the answer one click away; so does one whose time is over within a day, and none before."""
    now, id = timezone.now(), customer()
    asked = made(people["rep"], now - timedelta(days=2), customer_id=id, direction="in", value="", question=True,
                 subject="Split parcels", answer_by=now - timedelta(days=1))  # fmt: skip
    for subject, hours in (("Due tonight", 3), ("Quite new", 25)):
        made(people["rep"], now, customer_id=id, direction="in", value="", question=True, subject=subject,
             answer_by=now + timedelta(hours=hours))  # fmt: skip
    page = signed_in("rep").get("/today/").content.decode()
    assert "Split parcels" in page
    assert str(asked.pk) in page
    assert "“Due tonight” To be answered by" in page
    assert "Quite new" not in page


def test_a_question_is_told_once_though_it_came_back_as_data():
    """What the desk knows is told in its words; the round's sentence of the same wait is left out, its others stay."""
    row = Row("ann", "Ann", "", "answer", (("unanswered", "Wrote 3 days ago."), ("late_payment", "Owes 5.")), "Answer")
    due = [Due("ann", "answer", "Asked 3 days ago.", "Answer", "/touches/new/", 3.0, True, "unanswered")]
    line = _line("ann", due, "Ann", "", row)
    assert line.row is not None
    assert [each for each, _words in line.row.reasons] == ["late_payment"]
    other = [Due("ann", "promises", "Promised.", "Keep it", "/promises/")]
    assert _line("ann", other, "Ann", "", row).row == row
