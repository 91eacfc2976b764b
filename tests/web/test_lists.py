"""Does every list tell how many stand on it, and lead to all of them?"""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from tests.web.conftest import MINE, THEIRS
from tests.web.test_meetings import customers_of, held
from tests.web.test_promises import given
from tests.web.test_touches import made

from keepwell.web.api.models import Delivery, Endpoint
from keepwell.web.base.models import Person, Team, new_id
from keepwell.web.base.paging import before
from keepwell.web.imports.models import Import
from keepwell.web.interviews.actions import begin
from keepwell.web.interviews.models import Interview
from keepwell.web.measures.models import Letter, Mailing, View
from keepwell.web.plans.models import Action, Version
from keepwell.web.work.models import Job

SignedIn = Callable[[str], Client]
EACH = 5
"""Records of each kind, shown by twos."""


@pytest.fixture
def crowded(people: dict[str, Person]) -> dict[str, Person]:
    """Five of everything that is listed."""
    me, now, today = people["rep"], timezone.now(), timezone.localdate()
    view = View.objects.create(created_by=people["admin"], name="Kept", metric="kept_share")
    mailing = Mailing.objects.create(view=view, since=now)
    endpoint = Endpoint.objects.create(url="https://example.com/", events=["promise.made"])
    for at, id in enumerate(customers_of(MINE, EACH)):
        held(me, id, hours=at + 1)
        held(me, id, hours=-at - 1)
        held(me, id, hours=at + 3, sentiment=4, because="Fine", noted_at=now, noted_by=me)
        held(me, id, hours=at + 3, called_off=True)
        begin(id, "stay", me, today - timedelta(days=at))
        begin(id, "leave", me, today - timedelta(days=at))
        Action.objects.create(customer_id=id, what="Call", owner=me, due=today + timedelta(days=at))
        Version.objects.create(customer_id=id, number=1, until=today + timedelta(days=500))
        made(me, now, customer_id=id, direction="in", question=True, answer_by=now + timedelta(hours=at))
        made(me, now + timedelta(days=at + 1), customer_id=id, state="planned")
        given(me, now + timedelta(days=at + 1), customer_id=id)
        given(me, now + timedelta(days=at + 1), customer_id=id, state="waiting", approver=people["manager"])
        Import.objects.create(files=[{"name": f"{at}.csv"}])
        Job.objects.create(task=f"rooms.step_{at}", run_after=now, state="done")
        Letter.objects.create(mailing=mailing, person=me, due_on=today - timedelta(days=at))
        Delivery.objects.create(endpoint=endpoint, event=new_id(), kind=f"promise.{at}", body="{}")
    Interview.objects.filter(kind="leave").update(state="done", held_at=now)
    return people


def part(page: str, under: str) -> str:
    """A list of a page: the section whose heading has an id, or what the page holds."""
    return (
        page.split(f'id="{under}"')[1].split("</section>")[0] if under else page.split("<main")[1].split("</main>")[0]
    )


def rows(told: str) -> list[str]:
    """What each row of a list says."""
    told = re.sub(r'<thead>.*?</thead>|name="csrfmiddlewaretoken" value="[^"]*"', "", told, flags=re.DOTALL)
    return re.findall(r"<(?:li [^>]*data-row|tr)[^>]*>(.*?)</(?:li|tr)>", told, re.DOTALL)


def walked(client: Client, address: str, under: str = "") -> tuple[list[str], set[str]]:
    """All rows of a list from its first page to its last, and what its pages say of how many there are."""
    found, counts, at = [], set(), address
    while at:
        told = part(client.get(at).content.decode(), under)
        found += rows(told)
        counts |= set(re.findall(r"Page \d+ of [\d,]+, ([\d,]+) in all", told))
        more = re.search(r'rel="next" href="([^"]+)"', told)
        at = address.split("?")[0] + unescape(more[1]).split("#")[0] if more else ""
    return found, counts


@pytest.mark.parametrize(
    ("address", "under", "size", "n"),
    [
        ("/meetings/", "wanted", "meetings.views._SHOWN", EACH),
        ("/meetings/", "ahead", "meetings.views._SHOWN", EACH),
        ("/meetings/", "lately", "meetings.views._SHOWN", EACH),
        ("/meetings/", "missed", "meetings.views._SHOWN", EACH),
        ("/interviews/?whose=all", "open", "interviews.views._SHOWN", EACH),
        ("/interviews/?whose=all", "held", "interviews.views._SHOWN", EACH),
        ("/plans/", "todo", "plans.views._SHOWN", EACH),
        ("/plans/", "every", "plans.views._SHOWN", EACH),
        ("/touches/?whose=all", "waiting", "touches.views._SHOWN", EACH),
        ("/touches/?whose=all", "planned", "touches.views._SHOWN", EACH),
        ("/promises/?whose=all", "", "promises.views._SHOWN", 2 * EACH),
        ("/data/", "waiting", "imports.views._SHOWN", EACH),
        ("/data/work/", "", "work.views._SHOWN", EACH),
        ("/settings/webhooks/deliveries/", "", "api.views._SHOWN", EACH),
    ],
)
def test_what_is_shown_by_twos_is_on_as_many_pages_as_it_takes(
    signed_in: SignedIn, crowded: dict[str, Person], monkeypatch: pytest.MonkeyPatch, address: str, under: str, size: str, n: int
) -> None:  # fmt: skip
    """Each row on one page only; every page tells how many there are, and leads on with what the address asked for."""
    monkeypatch.setattr(f"keepwell.web.{size}", 2)
    found, counts = walked(signed_in("admin"), address, under)
    assert len(found) == len(set(found)) == n
    assert counts == {str(n)}


def test_what_waits_for_me_and_what_somebody_leaves_is_told_whole(
    signed_in: SignedIn, crowded: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promises to be approved, those handed over, and mails of a view, by twos."""
    for room in ("promises.views", "measures.mailings"):
        monkeypatch.setattr(f"keepwell.web.{room}._SHOWN", 2)
    deciding, counts = walked(signed_in("manager"), "/promises/", "deciding")
    assert (len(set(deciding)), counts) == (EACH, {str(EACH)})
    leaving, _counts = walked(signed_in("admin"), f"/promises/hand-over/?whose={crowded['rep'].pk}")
    assert len(set(leaving)) == len(leaving) == 2 * EACH
    view = View.objects.get()
    mails, _counts = walked(signed_in("admin"), f"/measures/views/{view.pk}/mail/", "sent")
    assert len(set(mails)) == len(mails) == EACH


@pytest.mark.parametrize(
    ("address", "under", "sizes"),
    [
        ("/contacts/?whose=all", "", ["meetings.views._SHOWN"]),
        ("/interviews/?whose=all", "buy", ["interviews.views._DUE"]),
        ("/interviews/?whose=all", "leave", ["interviews.views._DUE"]),
        ("/interviews/new/?state=none", "them", ["interviews.reports._LISTED"]),
        ("/losses/?root=unknown", "who", ["interviews.reports._LISTED"]),
        ("/understanding/portraits/?by=orders", "", ["understanding.views.SHOWN"]),
        ("/promises/expectations/", "silent", ["promises.expectations._DEALS"]),
        ("/renewals/?column=180-91", "", ["renewals.views._MORE"]),
        ("/board/gaps/words/", "them", ["board.views._SIZE"]),
        ("/board/discipline/thanks/", "them", ["board.views._SIZE"]),
        ("/measures/kept_share/customers/?group=kept", "", ["measures.views.SHOWN", "measures.members.SHOWN"]),
        ("/keep-decisions/?now=1", "", ["customers.deeds._LISTED"]),
    ],
)
def test_a_list_of_the_lake_has_pages_too(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, address: str, under: str, sizes: list[str]
) -> None:
    """As many rows as it tells, each on one page only; past the end is the last page."""
    client = signed_in("admin")

    def by(size: int) -> None:
        for each in sizes:
            monkeypatch.setattr(f"keepwell.web.{each}", size)

    by(1)
    told = re.search(r"Page 1 of [\d,]+, ([\d,]+) in all", part(client.get(address).content.decode(), under))
    assert told
    n = int(told[1].replace(",", ""))
    by(n // 3 + 1)
    found, counts = walked(client, address, under)
    assert len(found) == len(set(found)) == n
    assert counts == {told[1]}
    name = under if under in NAMED else "page"
    past = client.get(f"{address}{'&' if '?' in address else '?'}{name}=999999").content.decode()
    assert rows(part(past, under)) == found[before(n, 999_999, n // 3 + 1) :]


NAMED = ("buy", "leave", "silent")
"""Lists of pages with several: the address calls each list's page by the list's name."""


def test_whom_one_does_not_see_takes_no_place(
    signed_in: SignedIn, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many records of others come first, one's own are told, counted alone, and no page has a hole."""
    monkeypatch.setattr("keepwell.web.meetings.views._SHOWN", 2)
    mine, theirs = customers_of(MINE, 3), customers_of(THEIRS, 6)
    for at, id in enumerate(theirs):
        held(people["stranger"], id, hours=90 - at)
    for at, id in enumerate(mine):
        held(people["rep"], id, hours=40 - at)
    found, counts = walked(signed_in("rep"), "/meetings/", "wanted")
    assert [re.search(r"/of/([^/]+)/", each)[1] for each in found] == mine  # type: ignore[index]
    assert counts == {"3"}


def test_other_lists_of_a_page_stay_where_they_are(
    signed_in: SignedIn, crowded: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leafing through one list keeps the other's page and what the address asked for."""
    monkeypatch.setattr("keepwell.web.meetings.views._SHOWN", 2)
    page = signed_in("admin").get("/meetings/?ahead=2&whose=all").content.decode()
    assert 'href="?ahead=2&amp;whose=all&amp;wanted=2#wanted"' in page
    assert "Page 2 of 3" in part(page, "ahead")
    for odd in ("0", "-1", "x", "9" * 5000, "٣", "1.5"):
        assert signed_in("admin").get("/meetings/", {"ahead": odd}).status_code == 200


def test_every_change_can_be_reached(
    signed_in: SignedIn, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit goes back page by page to the first change, none twice, and tells how many there are."""
    monkeypatch.setattr("keepwell.web.base.views._CHANGES", 4)
    for at in range(5):
        Team.objects.create(name=f"North {at}")
    client, at, found, told = signed_in("manager"), "/audit/", [], set()
    while at:
        page = part(client.get(at).content.decode(), "")
        found += rows(page)
        told.add(re.search(r"of ([\d,]+) changes", page)[1])  # type: ignore[index]
        more = re.search(r'rel="next" href="([^"]+)"', page)
        at = f"/audit/{more[1]}" if more else ""
    teams = [each for each in found if "North" in each]
    assert len(teams) == len(set(teams)) == 5
    assert told == {str(len(found))}
    for odd in ("x", "-1", "9" * 30, "0"):
        assert client.get("/audit/", {"before": odd}).status_code == 200


@pytest.mark.parametrize("address", ["/meetings/", "/interviews/", "/plans/", "/touches/", "/data/"])
def test_pages_ask_the_database_little(
    signed_in: SignedIn, crowded: dict[str, Person], django_assert_max_num_queries: DjangoAssertNumQueries, address: str
) -> None:
    """However many lists have rows."""
    client = signed_in("rep") if address != "/data/" else signed_in("admin")
    with django_assert_max_num_queries(18):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("n", "number", "first"), [(0, 1, 0), (0, 9, 0), (10, 1, 0), (10, 2, 5), (10, 3, 5), (11, 3, 10), (11, 99, 10)]
)
def test_past_the_end_is_the_last_page(n: int, number: int, first: int) -> None:
    """By fives."""
    assert before(n, number, 5) == first
