"""Does the board tell those who lead whether customers are kept, and what is left undone?"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from tests.web.conftest import MINE
from tests.web.test_meetings import customers_of, held

from keepwell.act.plans import FUNCTIONS
from keepwell.experiments import goals
from keepwell.experiments.figures import Asked
from keepwell.measure.deals import wilson
from keepwell.understand.brought import Brought
from keepwell.web.base.models import Person
from keepwell.web.customers.models import Seat
from keepwell.web.customers.reach import Seen
from keepwell.web.interviews.register import losses
from keepwell.web.meetings.models import Meeting
from keepwell.web.place import folder
from keepwell.web.plans.models import Version
from keepwell.web.renewals.reading import unplanned
from keepwell.web.touches.models import Touch
from keepwell.workspace import Workspace

SignedIn = Callable[[str], Client]


def _page(client: Client, address: str = "/board/?now=1") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return unescape(response.content.decode())


@pytest.mark.parametrize("role", ["rep", "success", "marketer"])
def test_it_is_for_those_who_lead(signed_in: SignedIn, role: str) -> None:
    """Others are refused, and told whose it is."""
    refused = signed_in(role).get("/board/")
    assert refused.status_code == 403
    assert b"Manager" in refused.content


def test_the_kept_share_stands_with_its_interval_and_leads_to_its_customers(signed_in: SignedIn) -> None:
    """The figure of the library, with the interval of Wilson, linked to who was kept."""
    with Workspace.open(folder()) as company:
        frame = company.measure("kept_share").frame
    last = frame[frame["complete"]].iloc[-1]
    low, high = wilson(int(last["kept"]), int(last["at_start"]))
    page = _page(signed_in("analyst"))
    assert f"{last['value']:.1%}" in page
    assert f"95% interval {low:.1%} to {high:.1%}" in page
    assert f"/measures/kept_share/customers/?cell.period={last['period']}" in page


def test_every_gap_is_the_list_it_leads_to(signed_in: SignedIn) -> None:
    """Customers without an owner are as many as the segment of the same condition finds."""
    with Workspace.open(folder()) as company:
        without = len(company.segment("kept and owner is unknown"))
    client = signed_in("analyst")
    page = _page(client)
    assert f">{without:,}</a>" in page
    link = page.split(">Customers without an owner<")[0].rsplit('href="', 1)[1].split('"')[0]
    assert f'class="counted">{without:,}<' in _page(client, link)


def test_the_main_figure_says_how_it_moved_and_shows_its_way(signed_in: SignedIn) -> None:
    """By how many points since the month before, with a line for a page and one for a telephone; per cents are written alike."""
    with Workspace.open(folder()) as company:
        frame = company.measure("kept_share").frame
    whole = frame[frame["complete"] & frame["value"].notna()]
    moved = round(100 * (whole.iloc[-1]["value"] - whole.iloc[-2]["value"]), 1)
    way = "up" if moved > 0 else "down"
    page = _page(signed_in("analyst"))
    head = page.split('class="main-figure"')[1].split('class="money-figures"')[0]
    assert f"{way} {abs(moved):g} points from {whole.iloc[-2]['value']:.1%} in " in head
    assert head.count("<svg") == 2
    assert "customers at the start" in head
    assert re.search(r"\d[ \N{NO-BREAK SPACE}]%", page) is None


def test_the_board_and_the_list_behind_a_gap_count_among_the_same(signed_in: SignedIn) -> None:
    """The board says how many are kept and how many with those lost; the segment counts among the latter, and says so."""
    client = signed_in("analyst")
    page = _page(client)
    with Workspace.open(folder()) as company:
        kept, ever = len(company.segment("kept")), len(company.segment("kept or not kept"))
    assert f"Among the {kept:,} customers you see who are kept. With those lost, you see {ever:,}." in page
    link = page.split(">Payment past due<")[0].rsplit('href="', 1)[1].split('"')[0]
    assert f"of {ever:,} customers you see, kept or lost." in _page(client, link)


def test_gaps_are_of_customers_one_sees(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """A manager of a team counts the team's customers."""
    assert people["manager"].reach == "team"
    with Workspace.open(folder()) as company:
        owners = {
            name for person in people.values() if person.team_id == people["manager"].team_id for name in person.names()
        }
        everybody = company.segment("kept")
    mine = int(everybody["owner"].isin(owners).sum())
    assert f"Among the {mine:,} customers you see who are kept." in _page(signed_in("manager"))


@pytest.mark.slow
def test_a_goal_is_set_in_the_browser(signed_in: SignedIn, people: dict[str, Person], own_company: Path) -> None:
    """First the page tells whether it can be reached, and nothing is entered; what was looked at is set, what was changed since is not."""
    client = signed_in("manager")
    assert 'href="/board/goals/new/"' in _page(client)
    said = {
        "metric": "kept_share",
        "target": "99.5%",
        "by": "2026-12-31",
        "owner": people["manager"].name,
        "every": "month",
    }
    page = unescape(client.post("/board/goals/new/", said).content.decode())
    assert "Can it be reached?" in page
    looked = page.split('name="set" value="')[1].split('"')[0]
    with Workspace.open(own_company) as company:
        assert goals.all_(company) == []
    client.post("/board/goals/new/", said | {"target": "99%", "set": looked})
    with Workspace.open(own_company) as company:
        assert goals.all_(company) == []
    assert client.post("/board/goals/new/", said | {"set": looked}).headers["Location"] == "/board/#goals"
    with Workspace.open(own_company) as company:
        (goal,) = goals.all_(company)
    assert (goal.metric, goal.target, goal.by, goal.owner) == ("kept_share", 0.995, date(2026, 12, 31), "manager one")


@pytest.mark.parametrize("target", ["many", "", "nan"])
def test_a_target_is_a_figure(signed_in: SignedIn, target: str) -> None:
    """Otherwise the form says what is wanted, and keeps what was said."""
    said = {"metric": "kept_share", "target": target, "by": "2026-12-31", "owner": "manager one", "every": "month"}
    page = signed_in("manager").post("/board/goals/new/", said).content.decode()
    assert "errorlist" in page
    assert "Can it be reached?" not in page


@pytest.mark.parametrize("role", ["rep", "analyst", "marketer"])
def test_goals_are_set_by_those_who_lead(signed_in: SignedIn, role: str) -> None:
    """Others are refused, and the board offers it to nobody else."""
    assert signed_in(role).get("/board/goals/new/").status_code == 403


@pytest.mark.slow
def test_what_was_not_brought_in_is_not_known(
    signed_in: SignedIn, own_company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without contacts nobody is called left alone, and without answers nobody happy; the reason stands beside it."""
    monkeypatch.setattr("keepwell.web.board.standing.Brought.of", lambda _counted, facts: Brought({}, facts.today))
    page = _page(signed_in("manager")).split('id="gaps"')[1]
    left_alone = page.split(">Nobody contacted them for 90 days<")[1].split("</li>")[0]
    assert "not known" in left_alone
    assert "No contacts were brought in." in left_alone
    assert "No answers were brought in." in page.split(">Unhappy and still here<")[1].split("</li>")[0]
    assert "No " not in page.split(">Payment past due<")[1].split("</li>")[0]


@pytest.mark.slow
def test_a_goal_stands_on_the_board_at_once(signed_in: SignedIn, own_company: Path) -> None:
    """Without a goal the page teaches; set, it stands with its figure, day and owner, whatever was kept before."""
    client = signed_in("analyst")
    assert "No goal is set." in _page(client)
    with Workspace.open(own_company) as company:
        goals.set_(company, goals.Wish(Asked("kept_share"), 0.995, date(2026, 12, 31), "Maria"))
    page = _page(client, "/board/?now=1")
    assert "99.5%" in page
    assert "Maria answers for it" in page


@pytest.mark.slow
def test_a_goal_that_is_under_way_shows_whose_doing_it_is(signed_in: SignedIn, own_company: Path) -> None:
    """From the baseline by what would have come without action to now, with what is unexplained, beside the target."""
    with Workspace.open(own_company) as company:
        goals.set_(company, goals.Wish(Asked("kept_share"), 0.995, date(2026, 12, 31), "Maria"), as_of=date(2026, 3, 1))
    page = _page(signed_in("analyst"))
    section = page.split('id="goals"')[1].split("<section")[0]
    assert section.count("<svg") == 2
    for row in ("Baseline", "Without action", "Unexplained", "Now", "Target"):
        assert f">{row}</text>" in section


def _gap(page: str, name: str) -> tuple[str, str]:
    """The figure beside a name, and where it leads."""
    row = page.split(f">{name}</a>")
    link = row[0].rsplit('href="', 1)[1].split('"')[0]
    return row[1].split('class="told">')[1].split("</span>")[0], link


@pytest.mark.capability("S1-20")
def test_top_accounts_without_four_roles_are_listed_until_they_have_them(
    signed_in: SignedIn, people: dict[str, Person]
) -> None:
    """As many as the list it leads to names; four seats take one off; each says whom it lacks; a rep does not see it."""
    client = signed_in("admin")
    told, link = _gap(_page(client), "Top accounts without a team of four")
    page = _page(client, link)
    assert f'class="count">{int(told.split(">")[1].split("<")[0].replace(",", "")):,}<' in page
    first = page.split('data-open-row href="/customers/')[1].split("/")[0]
    assert "Nobody of: Sales, Customer success, Marketing, Support." in page or "Nobody of: " in page
    for function in FUNCTIONS[1:]:
        Seat.objects.create(customer_id=first, function=function, person=people["success"])
    assert "Nobody of: Sales." in _page(client, link).split(f"/customers/{first}/")[1].split("</li>")[0]
    Seat.objects.create(customer_id=first, function="sales", person=people["rep"])
    assert f"/customers/{first}/" not in _page(client, link)
    assert signed_in("rep").get(link).status_code == 403
    assert client.get("/board/gaps/nothing/").status_code == 404


@pytest.mark.capability("S1-23", "S3-28")
def test_what_is_blank_before_a_review_is_told(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """A review in a week whose customer's plan says nothing of threats stands there; one in a month does not; filled it is gone."""
    near, far = customers_of(MINE, 2)
    for customer, days in ((near, 7), (far, 30)):
        Version.objects.create(
            customer_id=customer,
            number=1,
            until=timezone.localdate() + timedelta(500),
            strengths="a",
            weaknesses="b",
            opportunities="c",
        )
        held(people["rep"], customer, hours=-24 * 80, kind="other")
        Meeting.objects.create(
            customer_id=customer,
            kind="review",
            starts_at=timezone.now() + timedelta(days),
            about="Quarter",
            host=people["rep"],
        )
    client = signed_in("admin")
    page = _page(client, "/board/gaps/swot/")
    assert page.count("data-open-row") == 1
    assert "blank: threats." in page.split(f"/customers/{near}/")[1].split("</li>")[0]
    assert _gap(_page(client), "Strengths and weaknesses blank before a review")[0].split(">")[1].startswith("1<")
    Version.objects.create(
        customer_id=near,
        number=2,
        until=timezone.localdate() + timedelta(500),
        strengths="a",
        weaknesses="b",
        opportunities="c",
        threats="d",
    )
    assert "Nobody." in _page(client, "/board/gaps/swot/")


@pytest.mark.capability("S1-23")
def test_renewals_without_a_plan_and_losses_without_a_reason_lead_to_their_lists(
    signed_in: SignedIn, people: dict[str, Person]
) -> None:
    """The same figures as on the boards they lead to."""
    client = signed_in("admin")
    page = _page(client)
    told, link = _gap(page, "Renewals within half a year without a plan signed by four")
    with Workspace.open(folder()) as company:
        assert f">{unplanned(company, Seen(None)):,}</a>" in told
        late = losses(company, Seen(None)).late
    assert link == "/renewals/?plan=missing"
    told, link = _gap(page, "Losses nobody told the reason of within 14 days")
    assert (f">{late:,}</a>" in told, link) == (True, "/losses/?late=1")


def test_discipline_counts_what_was_due_and_lists_it(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Of two meetings one had its note in time; nothing due is not known, not bad; the list says which; other people's are not counted."""
    customer, now = customers_of(MINE)[0], timezone.now()
    assert "not known" in _gap(_page(signed_in("manager")), "Notes of meetings within 48 hours")[0]
    good, late = (held(people["rep"], customer, hours=24 * days) for days in (5, 9))
    Meeting.objects.filter(pk=good.pk).update(noted_at=now - timedelta(days=4), sentiment=4)
    Meeting.objects.filter(pk=late.pk).update(noted_at=now - timedelta(days=2), sentiment=4)
    held(people["stranger"], customer, hours=24 * 6)
    held(people["rep"], customer, hours=40)
    client = signed_in("manager")
    told, link = _gap(_page(client), "Notes of meetings within 48 hours")
    assert (">50%</a>" in told, "1 of 2 meetings" in _page(client)) == (True, True)
    assert _page(client, link).count("data-row") == 2
    undone = _page(client, f"{link}?show=undone")
    assert undone.count("data-row") == 1
    assert "not done in time" in undone
    assert client.get("/board/discipline/nothing/").status_code == 404
    assert signed_in("rep").get(link).status_code == 403


def test_new_customers_are_counted_as_thanked_once_they_are(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """The list names who was not; a touch of thanks moves one over."""
    client = signed_in("admin")
    address = "/board/discipline/thanks/?show=undone"
    page = _page(client, address)
    first = page.split('data-open-row href="/customers/')[1].split("/")[0]
    Touch.objects.create(
        customer_id=first,
        by=people["rep"],
        direction="out",
        channel="mail",
        at=timezone.now(),
        value="thanks",
        subject="x",
    )
    assert f"/customers/{first}/" not in _page(client, address)
    assert f"/customers/{first}/" in _page(client, "/board/discipline/thanks/") or "More" in page


def test_the_board_asks_the_desk_a_bounded_number_of_questions(
    signed_in: SignedIn, people: dict[str, Person], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """However many seats, meetings and plans there are."""
    client = signed_in("admin")
    _page(client)
    for customer in customers_of(MINE, 20):
        Seat.objects.create(customer_id=customer, function="support", person=people["success"])
        held(people["rep"], customer, hours=100)
        Version.objects.create(customer_id=customer, number=1, until=timezone.localdate())
    with django_assert_max_num_queries(45) as asked:
        _page(client, "/board/")
    assert len(asked) <= 45


def test_it_comes_first_and_stays_ready(signed_in: SignedIn, nothing_ready: None) -> None:
    """What takes a moment is worked out after the page; then it stands there."""
    client = signed_in("analyst")
    assert 'hx-trigger="load"' in _page(client, "/board/")
    assert "Are customers kept?" in _page(client)
    assert 'hx-trigger="load"' not in _page(client, "/board/")
