"""Is the desk of the invented company as a team leaves it, and does its history say when and by whom?"""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from keepwell.web import invented, place
from keepwell.web.base.models import Person, Record, Team
from keepwell.web.customers.models import Seat
from keepwell.web.interviews.models import Interview
from keepwell.web.invented.accounts import Days
from keepwell.web.invented.clock import then
from keepwell.web.promises.models import Promise

_PAGES = (
    "/today/",
    "/promises/",
    "/touches/",
    "/promises/expectations/",
    "/plans/",
    "/meetings/",
    "/interviews/",
    "/board/",
)


@pytest.mark.usefixtures("db")
def test_then_is_told_by_the_record_and_by_its_history():
    """Made then, changed later then; what is made afterwards is made now."""
    person = Person.objects.create_user("a@example.com", None, name="Ann")
    first, later = (datetime(2026, month, 1, 9, tzinfo=ZoneInfo("UTC")) for month in (3, 4))
    with then(first, person):
        team = Team.objects.create(name="Harbour")
    with then(later, person):
        team.name = "Haven"
        team.save()
    kept = Team.objects.get()
    assert (kept.created_at, kept.created_by) == (first, person)
    assert [(each.history_date, each.history_user, each.name, each.created_at) for each in kept.history.all()] == [
        (later, person, "Haven", first),
        (first, person, "Harbour", first),
    ]
    assert timezone.now() - Team.objects.create(name="Inland").created_at < timedelta(minutes=1)


def test_nobody_works_at_weekends():
    """Monday 6 July 2026: a day back is Friday, two ahead is Wednesday, five ahead is the next Monday; today is today."""
    days = Days(datetime(2026, 7, 6, tzinfo=ZoneInfo("UTC")).date(), "Europe/Helsinki")
    assert [days.day(back).isoformat() for back in (0, 1, 2, 3, 4, -2, -5)] == [
        "2026-07-06", "2026-07-03", "2026-07-03", "2026-07-03", "2026-07-02", "2026-07-08", "2026-07-13",
    ]  # fmt: skip
    assert Days(days.day(2) + timedelta(days=1), days.zone).day(0).isoformat() == "2026-07-04"


@pytest.fixture
def crew(own_company: Path, db: None) -> tuple[str, str]:
    """The six people of the invented company, at a desk of their own."""
    place.desk_folder().mkdir(parents=True, exist_ok=True)
    return invented.people()


def test_a_quarter_is_written_once_and_every_page_opens(crew: tuple[str, str]):
    """Of every noun something stands, none of it made later than its morning; taken again nothing is added."""
    email, password = crew
    began = timezone.now()
    invented.quarter()
    counts = {each: each.everything.count() for each in apps.get_models() if issubclass(each, Record)}
    told = {each.__name__ for each, n in counts.items() if n}
    assert told >= {"Promise", "Touch", "Meeting", "Version", "SignOff", "Action", "Interview", "Loss", "Expectation", "Seat",
                    "Goal", "Measured", "Words", "Need", "Rhythm", "KeepDecision"}  # fmt: skip
    late = [each for each in counts if each is not Team and each.everything.filter(created_at__gte=began).exists()]
    assert {each.__name__ for each in late} <= {"Kit", "CodeBook"}
    assert set(Promise.objects.values_list("state", flat=True)) >= {"open", "kept", "late", "broken", "waiting"}
    assert set(Interview.objects.values_list("state", flat=True)) == {"open", "done", "declined"}
    invented.quarter()
    assert {each: each.everything.count() for each in counts} == counts
    client = Client()
    assert client.login(email=email, password=password)
    for page in _PAGES:
        assert client.get(page, follow=True).status_code == 200, page
    seat = Seat.objects.first()
    assert seat is not None
    page = client.get(f"/customers/{seat.customer_id}/").content.decode()
    assert "Pupils" in page or "“" in page


@pytest.mark.usefixtures("crew")
def test_where_nobody_is_looked_after_no_seat_is_given():
    """Then there is no customer to write of, and nothing breaks."""
    Person.objects.filter(role__in=("rep", "success")).update(known_as="Nobody", name="Nobody")
    invented.quarter()
    assert not Seat.everything.exists()
    assert not Promise.everything.exists()
