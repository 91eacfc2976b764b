"""Does a person's calendar show what is theirs and nothing else, does a calendar file bring each meeting once, and is who did not come kept?"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.web.conftest import MINE, THEIRS
from tests.web.test_meetings import customers_of, held
from tests.web.test_promises import given

from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.meetings import feed
from keepwell.web.meetings.actions import waiting_for_a_note
from keepwell.web.meetings.models import CalendarLink, Meeting

SignedIn = Callable[[str], Client]


def address(client: Client) -> str:
    """The path of a new private address."""
    page = client.post("/meetings/calendar/").content.decode()
    return "/calendar/" + page.split("/calendar/", 2)[-1].split(".ics")[0] + ".ics" if ".ics" in page else ""


def lines(path: str) -> list[str]:
    """What a program reads there, unfolded."""
    answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["content-type"] == "text/calendar; charset=utf-8"
    return answer.content.decode().replace("\r\n ", "").split("\r\n")


@pytest.mark.capability("S0-11")
def test_a_calendar_shows_what_is_one_s_own(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Meetings, open promises at their moment, the cancelled as such; nothing of others, and each keeps its name when it is changed."""
    customer, rep = customers_of(MINE)[0], people["rep"]
    ahead, off = held(rep, customer, hours=-30), held(rep, customer, hours=-50, called_off=True)
    held(people["success"], customer, hours=-30, minutes=33)
    held(rep, customers_of(THEIRS)[0], hours=-31, minutes=33)
    promise = given(rep, timezone.now() + timedelta(days=3), customer_id=customer, text="Send; the plan")
    given(rep, timezone.now() + timedelta(days=3), state="kept")
    path = address(signed_in("rep"))
    told = lines(path)
    assert [line for line in told if line.startswith("UID:")] == [
        f"UID:meeting-{ahead.pk}@keepwell", f"UID:meeting-{off.pk}@keepwell", f"UID:promise-{promise.pk}@keepwell",
    ]  # fmt: skip
    assert [line for line in told if line.startswith("STATUS:")] == [
        "STATUS:CONFIRMED",
        "STATUS:CANCELLED",
        "STATUS:CONFIRMED",
    ]
    assert f"DTSTART:{promise.due_at:%Y%m%dT%H%M%SZ}" in told
    assert any(line.startswith("SUMMARY:Due: ") and line.endswith("Send\\; the plan") for line in told)
    assert told == lines(path)
    ahead.starts_at += timedelta(hours=1)
    ahead.save()
    after = lines(path)
    assert f"UID:meeting-{ahead.pk}@keepwell" in after
    assert [line for line in after if line.startswith("SEQUENCE:")] == ["SEQUENCE:1", "SEQUENCE:0", "SEQUENCE:0"]


@pytest.mark.capability("S0-11")
def test_the_address_is_made_renewed_and_ended(signed_in: SignedIn, people: dict[str, Person], client: Client) -> None:
    """Kept only as a digest; a new one ends the old; ended, guessed, or of somebody who left it brings nothing; it reads only."""
    rep = signed_in("rep")
    first = address(rep)
    secret = first.removeprefix("/calendar/").removesuffix(".ics")
    assert len(secret) >= 43
    assert secret not in str(list(CalendarLink.everything.values()))
    assert secret not in rep.get("/meetings/calendar/").content.decode()
    assert client.get(first).status_code == 200
    assert client.post(first).status_code == 405
    second = address(rep)
    assert (client.get(first).status_code, client.get(second).status_code) == (410, 200)
    assert client.get("/calendar/nothing.ics").status_code == 404
    Person.objects.filter(pk=people["rep"].pk).update(is_active=False)
    assert client.get(second).status_code == 410
    Person.objects.filter(pk=people["rep"].pk).update(is_active=True)
    rep.post("/meetings/calendar/", {"what": "end"})
    assert client.get(second).status_code == 410


def test_it_is_not_fetched_without_end(signed_in: SignedIn, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """More often in a minute than may be, it asks to wait; and it asks the database little."""
    monkeypatch.setattr(feed, "RATE", 1)
    path = address(signed_in("rep"))
    assert client.get(path).status_code in (200, 429)
    answers = {client.get(path).status_code for _ in range(3)}
    assert 429 in answers


def test_a_full_calendar_asks_the_database_little(
    signed_in: SignedIn, people: dict[str, Person], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    """However much stands in it."""
    for customer in customers_of(MINE, 10):
        held(people["rep"], customer, hours=-5)
        given(people["rep"], timezone.now() + timedelta(days=3), customer_id=customer)
    path = address(signed_in("rep"))
    with django_assert_max_num_queries(14):
        assert len(lines(path)) > 100


def event(uid: str, at: datetime, *more: str, mail: str = "") -> str:
    """An event of a file."""
    who = [f"ATTENDEE:mailto:{mail}"] if mail else []
    return "\r\n".join(
        [
            "BEGIN:VEVENT",
            f"UID:{uid}",
            f"SUMMARY:About {uid}",
            f"DTSTART:{at:%Y%m%dT%H%M%SZ}",
            *who,
            *more,
            "END:VEVENT",
            "",
        ]
    )


def upload(client: Client, *events: str) -> str:
    """Send a file; the page one is led to."""
    text = "BEGIN:VCALENDAR\r\n" + "".join(events) + "END:VCALENDAR\r\n"
    file = SimpleUploadedFile("mine.ics", text.encode(), "text/calendar")
    return client.post("/meetings/bring/", {"file": file}, follow=True).content.decode()


def mail_of(owner: str) -> tuple[str, str]:
    """A customer of an owner with an address: id and address."""
    with company() as opened:
        people = opened.facts().read("customers")
        mine = people.filter((people.owner == owner) & people.email.notnull()).order_by("customer_id").limit(1)
        row = opened.run(mine.select("customer_id", "email")).iloc[0]
    return str(row["customer_id"]), str(row["email"])


@pytest.mark.capability("S0-11")
def test_a_file_is_looked_at_and_brought_once(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Matched by an attendee's address; others are named and chosen by name; brought again nothing is new; moved it moves, cancelled it is called off."""
    client, at = signed_in("rep"), timezone.now().replace(microsecond=0) + timedelta(days=3)
    id, mail = mail_of(MINE)
    other = customers_of(MINE, 2)[1]
    page = upload(
        client, event("a", at, mail=mail.upper()), event("b", at + timedelta(days=1), mail="nobody@else.example")
    )
    assert f'<option value="{id}" selected' in page
    assert "nobody@else.example" in page
    keep = {"what": "keep", "take-0": "1", "customer-0": id, "take-1": "1"}
    assert (
        client.post("/meetings/bring/", {"what": "keep", "words-1": "Zyx nobody"}).status_code == 400
    )  # a name is a tick
    asked = client.post("/meetings/bring/", keep)
    assert asked.status_code == 400
    assert "Choose the customer, or do not take it." in asked.content.decode()
    assert client.post("/meetings/bring/", {**keep, "words-1": "Zyx nobody"}).status_code == 400
    done = client.post("/meetings/bring/", {**keep, "words-1": other}, follow=True).content.decode()
    assert "2 meetings are kept." in done
    assert {(each.uid, each.customer_id, each.host) for each in Meeting.objects.all()} == {
        ("a", id, people["rep"]), ("b", other, people["rep"]),
    }  # fmt: skip
    again = upload(client, event("a", at, mail=mail), event("b", at + timedelta(days=1)))
    assert again.count("It is here already.") == 2
    client.post("/meetings/bring/", keep)
    assert Meeting.objects.count() == 2
    client.post("/meetings/bring/", {"what": "leave"})
    ours = Meeting.objects.get(uid="b")
    assert "It is here already." in upload(client, event(f"meeting-{ours.pk}@keepwell", at))
    upload(client, event("a", at + timedelta(hours=2)), event("b", at + timedelta(days=1), "STATUS:CANCELLED"))
    client.post("/meetings/bring/", {"what": "keep", "take-0": "1", "take-1": "1"})
    assert Meeting.objects.get(uid="a").starts_at == at + timedelta(hours=2)
    assert Meeting.objects.get(uid="b").called_off


def test_what_is_no_meeting_is_told(signed_in: SignedIn) -> None:
    """All day, repeating oddly, cancelled before it was here, in an unknown zone, and far away: each says so, and nothing is kept of them."""
    at, client = timezone.now() + timedelta(days=3), signed_in("rep")
    page = upload(
        client, event("a", at, "STATUS:CANCELLED"), event("b", at, "RRULE:FREQ=MONTHLY"), event("c", at + timedelta(days=900)),
        "BEGIN:VEVENT\r\nUID:d\r\nDTSTART;VALUE=DATE:20260701\r\nEND:VEVENT\r\n",
        "BEGIN:VEVENT\r\nUID:e\r\nDTSTART;TZID=<b>Moon:20260701T100000\r\nEND:VEVENT\r\n",
    )  # fmt: skip
    for told in (
        "was never here",
        "repeats in a way",
        "1 event lies",
        "a meeting has an hour",
        "“&lt;b&gt;Moon” is not known",
    ):
        assert told in page, told
    client.post("/meetings/bring/", {"what": "keep", **{f"take-{n}": "1" for n in range(9)}})
    assert not Meeting.objects.exists()


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\x00", b"", b"\xff\xfe", b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 6000, b"x" * (2**21 + 1)],
)
def test_hostile_files_are_refused_in_words(signed_in: SignedIn, content: bytes) -> None:
    """Neither a picture, nor nothing, nor too much brings more than a sentence."""
    answer = signed_in("rep").post("/meetings/bring/", {"file": SimpleUploadedFile("x.ics", content)})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()


def test_a_file_brings_nothing_to_customers_one_does_not_see(signed_in: SignedIn) -> None:
    """Another team's customer's address matches nobody, and naming their id keeps nothing; an analyst brings nothing at all."""
    client, at = signed_in("rep"), timezone.now() + timedelta(days=3)
    id, mail = mail_of(THEIRS)
    assert f'value="{id}"' not in upload(client, event("a", at, mail=mail))
    client.post("/meetings/bring/", {"what": "keep", "take-0": "1", "customer-0": id})
    assert client.post("/meetings/bring/", {"what": "keep", "take-0": "1", "words-0": id}).status_code in (302, 400)
    assert not Meeting.objects.exists()
    assert signed_in("analyst").post("/meetings/bring/", {"what": "leave"}).status_code == 403


@pytest.mark.capability("S0-11")
@pytest.mark.parametrize(("missed", "told"), [("theirs", "They did not come"), ("ours", "We did not come")])
def test_who_did_not_come_is_kept_apart_from_called_off(
    signed_in: SignedIn, people: dict[str, Person], missed: str, told: str
) -> None:
    """With what was typed of it; it wants no note, stands in the list as what it is, and can be taken back."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    meeting = held(people["rep"], customer)
    page = client.get(f"/meetings/{meeting.pk}/of/{customer}/").content.decode()
    assert re.search(r"<details[^>]*>.*They did not come", page)
    off = f"/meetings/{meeting.pk}/off/of/{customer}/"
    client.post(off, {"missed": missed, "because": "Flu", "words": "I waited an hour"})
    meeting.refresh_from_db()
    assert (meeting.missed, meeting.because, meeting.note, meeting.noted_at) == (
        missed,
        "Flu",
        "I waited an hour",
        None,
    )
    assert not waiting_for_a_note().exists()
    assert told in client.get("/meetings/").content.decode()
    assert f"{told}: 1 of 1 meeting." in client.get(f"/meetings/of/{customer}/").content.decode()
    page = client.get(f"/meetings/{meeting.pk}/of/{customer}/").content.decode()
    assert "I waited an hour" in page
    client.post(f"/meetings/{meeting.pk}/on/of/{customer}/")
    assert waiting_for_a_note().get() == meeting
    assert "I waited an hour" in client.get(f"/meetings/{meeting.pk}/of/{customer}/").content.decode()
    client.post(off, {"missed": "", "words": "They rang before"})
    meeting.refresh_from_db()
    assert (meeting.called_off, meeting.missed, meeting.note) == (True, "", "They rang before")
    assert client.get(off).status_code == 302


def test_nobody_misses_what_is_ahead(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """It is called off instead; and nobody unknown stays away."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    ahead, past = held(people["rep"], customer, hours=-5), held(people["rep"], customer)
    assert client.post(f"/meetings/{ahead.pk}/off/of/{customer}/", {"missed": "theirs"}).status_code == 400
    assert client.post(f"/meetings/{past.pk}/off/of/{customer}/", {"missed": "x"}).status_code == 400
    assert not Meeting.objects.filter(called_off=True).exists()
