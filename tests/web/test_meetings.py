"""Are meetings kept with how the customer feels, and is a missing note or contact told?"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.web.conftest import MINE, THEIRS

from keepwell.web.base.company import company
from keepwell.web.base.models import Person
from keepwell.web.customers.reach import own
from keepwell.web.meetings.actions import notes_late, waiting_for_a_note
from keepwell.web.meetings.cadence import contacts
from keepwell.web.meetings.models import Meeting, Rhythm
from keepwell.web.today.asked import upkeep

SignedIn = Callable[[str], Client]


def customers_of(owner: str | None, n: int = 1) -> list[str]:
    """Customers of an owner in the data who are customers now."""
    with company() as opened:
        from keepwell.rounds.reading import newest

        people = opened.lake.result(opened.lake.kept(newest(opened))["portraits"])
        found = opened.run(people.filter((people.owner == owner) & people.kept).order_by("customer_id").limit(n))
    return list(found["customer_id"])


def held(person: Person, customer: str, *, hours: int = 1, **more: object) -> Meeting:
    """A meeting that was held so many hours ago."""
    at = timezone.now() - timedelta(hours=hours)
    return Meeting.objects.create(customer_id=customer, starts_at=at, about="Stock", host=person, **more)


def undo(client: Client, page: str) -> None:
    """Take back what the page's last message tells of."""
    what = page.rsplit('action="/undo/', 1)[1].split('"', 1)[0]
    assert client.post(f"/undo/{what}").status_code == 302


def noted(client: Client, meeting: Meeting, sentiment: int, because: str = "Late parcels") -> int:
    """Write a note; gives the answer's status."""
    said = {"sentiment": sentiment, "because": because, "words": "We spoke."}
    return client.post(f"/meetings/{meeting.pk}/of/{meeting.customer_id}/", said).status_code


@pytest.mark.capability("S1-19")
def test_a_held_meeting_wants_a_note_within_two_days(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """It waits at once, is late after 48 hours and then asks for it on Today; the note with sentiment, reason and author settles it."""
    customer = customers_of(MINE)[0]
    fresh, late = held(people["rep"], customer, hours=47), held(people["rep"], customer, hours=49)
    assert list(waiting_for_a_note()) == [late, fresh]
    assert list(notes_late()) == [late]
    asked = list(upkeep([people["rep"]], timezone.localdate()))
    assert [(row.customer_id, row.step) for row in asked] == [(customer, "Write the note")]
    client = signed_in("rep")
    assert "A note is wanted" in client.get("/meetings/").content.decode()
    assert noted(client, late, 2) == 302
    late.refresh_from_db()
    assert (late.sentiment, late.because, late.noted_by) == (2, "Late parcels", people["rep"])
    assert list(notes_late()) == []
    assert late.history.count() == 2


def test_a_note_needs_a_feeling_a_reason_and_a_meeting_that_was(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Without a sentiment or a reason, or before it was held, nothing is kept."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    meeting, ahead = held(people["rep"], customer), held(people["rep"], customer, hours=-5)
    assert client.post(f"/meetings/{meeting.pk}/of/{customer}/", {"because": "x"}).status_code == 200
    assert noted(client, meeting, 6) == 200
    assert noted(client, meeting, 3, "  ") == 200
    assert noted(client, ahead, 3) == 400
    assert not Meeting.objects.filter(noted_at__isnull=False).exists()


def test_where_the_feeling_goes_is_told(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """From happy to unhappy is worse; undo takes the last note back."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    before, now = held(people["rep"], customer, hours=99), held(people["rep"], customer)
    noted(client, before, 4)
    assert "takes two meetings" in client.get(f"/meetings/of/{customer}/").content.decode()
    noted(client, now, 2)
    page = client.get(f"/meetings/of/{customer}/").content.decode()
    assert "worse about us" in page
    undo(client, page)
    now.refresh_from_db()
    assert now.noted_at is None


def test_a_meeting_is_planned_and_called_off(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """A planned one stands ahead; called off it wants no note."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    said = {"kind": "review", "about": "Quarter", "starts_at": "2020-01-02T10:00", "host": str(people["rep"].pk)}
    client.post(f"/meetings/new/of/{customer}/", said)
    made = Meeting.objects.get()
    assert (made.kind, made.created_by) == ("review", people["rep"])
    client.post(f"/meetings/{made.pk}/off/of/{customer}/")
    assert not waiting_for_a_note().exists()


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59", "never"])
def test_nobody_meets_on_days_that_cannot_be_shown(signed_in: SignedIn, people: dict[str, Person], at: str) -> None:
    """The form comes back, and nothing is kept."""
    said = {"kind": "review", "about": "Quarter", "starts_at": at, "host": str(people["rep"].pk)}
    assert signed_in("rep").post(f"/meetings/new/of/{customers_of(MINE)[0]}/", said).status_code == 200
    assert not Meeting.objects.exists()


def test_nobody_meets_customers_they_do_not_see(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Another team's customer's meetings are neither shown, listed nor written; an analyst looks but does not write."""
    theirs = customers_of(THEIRS)[0]
    meeting, client = held(people["stranger"], theirs, hours=50), signed_in("rep")
    for path in (
        f"/meetings/of/{theirs}/",
        f"/meetings/new/of/{theirs}/",
        f"/meetings/{meeting.pk}/of/{theirs}/",
        f"/contacts/of/{theirs}/",
    ):
        assert client.get(path).status_code == 403
    assert noted(client, meeting, 3) == 403
    assert str(meeting.pk) not in client.get("/meetings/").content.decode()
    other = customers_of(MINE)[0]
    assert client.get(f"/meetings/{meeting.pk}/of/{other}/").status_code == 404
    analyst = signed_in("analyst")
    assert analyst.get(f"/meetings/of/{theirs}/").status_code == 200
    assert noted(analyst, meeting, 3) == 403


@pytest.mark.capability("S1-11", "S1-13", "S3-10")
def test_their_wish_and_stage_choose_the_rhythm(signed_in: SignedIn) -> None:
    """A wish of one day makes them overdue, their wish not to be called ends it; every stage they had is kept with why."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    path = f"/contacts/of/{customer}/"
    client.post(path, {"wish": 1, "wish_words": "call me daily", "stage": "adoption", "stage_because": "They began"})
    assert "overdue" in client.get(path).content.decode()
    assert customer in client.get("/contacts/").content.decode()
    client.post(path, {"wish": 0, "stage": "value", "stage_because": "They grew"})
    page = client.get(path).content.decode()
    assert "They began" in page
    assert "They grew" in page
    assert f"/contacts/of/{customer}/" not in client.get("/contacts/").content.decode()
    assert Rhythm.objects.get().history.count() == 2
    assert client.post(path, {"stage": "renewal"}).status_code == 400


def test_contacts_of_mine_are_mine(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """The list names only customers one sees."""
    with company() as opened:
        asked = contacts(opened, own(people["rep"]), limit=500).rows
    assert asked
    assert {row["customer_id"] for row in asked} <= set(customers_of(MINE, 5000))


def test_pages_ask_the_database_little(
    signed_in: SignedIn, people: dict[str, Person], django_assert_max_num_queries: Callable
) -> None:
    """However many meetings there are."""
    client = signed_in("rep")
    for customer in customers_of(MINE, 12):
        held(people["rep"], customer)
    with django_assert_max_num_queries(15):
        assert client.get("/meetings/").status_code == 200
    with django_assert_max_num_queries(14):
        assert client.get("/contacts/").status_code == 200
