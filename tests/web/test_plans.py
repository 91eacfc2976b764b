"""Do plans stay as they were signed, and does what is decided become somebody's?"""

from collections.abc import Callable
from datetime import date, timedelta
from time import perf_counter

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from tests.web.conftest import MINE, THEIRS
from tests.web.test_meetings import customers_of, held, undo
from tests.web.test_promises import given

from keepwell.errors import ConfigError
from keepwell.web.base import actions as base
from keepwell.web.base.models import Person
from keepwell.web.customers.models import Seat
from keepwell.web.plans import actions
from keepwell.web.plans.models import Action, SignOff, Version
from keepwell.web.promises.models import PROMISED, Promise, SortRule, State
from keepwell.web.today.asked import upkeep

SignedIn = Callable[[str], Client]


def written(**more: str) -> dict[str, str]:
    """A plan as it is sent: one goal, one person, one thing to sell, one risk."""
    told = {
        "until": (timezone.localdate() + timedelta(days=548)).isoformat(),
        "renewal_terms": "As now",
        "strengths": "Grows",
    }
    lines = {
        "goals": {"what": "Fewer errors", "measure": "-20 %", "by": "June"},
        "people": {"name": "Eva", "part": "decides", "note": ""},
        "whitespace": {"what": "Crew", "state": "fit"},
        "risks": {"what": "Admin leaves", "owner": "Anna", "answer": "Meet the next"},
    }
    for name, line in lines.items():
        told |= {f"{name}-TOTAL_FORMS": "1", f"{name}-INITIAL_FORMS": "0"} | {
            f"{name}-0-{key}": value for key, value in line.items()
        }
    return told | more


def made(client: Client, customer: str, **more: str) -> Version:
    """The next version of a plan, through the page."""
    response = client.post(f"/plans/write/of/{customer}/", written(**more))
    assert response.status_code == 302, response.content.decode()
    version = actions.newest(customer)
    assert version
    return version


@pytest.mark.capability("S1-12", "S3-26")
def test_a_plan_is_kept_in_versions_that_do_not_change(signed_in: SignedIn) -> None:
    """The second begins from the first, which stays as it was; a version cannot be changed, nor one with nothing new be made."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    first = made(client, customer)
    assert (first.number, first.goals[0]["what"], first.people[0]["part"], first.risks[0]["owner"]) == (
        1,
        "Fewer errors",
        "decides",
        "Anna",
    )
    assert "Fewer errors" in client.get(f"/plans/write/of/{customer}/").content.decode()
    assert client.post(f"/plans/write/of/{customer}/", written()).status_code == 400
    second = made(client, customer, strengths="Grows fast")
    assert (second.number, Version.objects.get(number=1).strengths) == (2, "Grows")
    first.strengths = "Another"
    with pytest.raises(ConfigError, match="not changed"):
        first.save()
    assert "Grows" in client.get(f"/plans/of/{customer}/?version=1").content.decode()


@pytest.mark.parametrize("days", [300, 800])
def test_a_plan_reaches_one_to_two_years_ahead(signed_in: SignedIn, days: int) -> None:
    """Shorter and longer is refused with what is wanted."""
    customer = customers_of(MINE)[0]
    until = (timezone.localdate() + timedelta(days=days)).isoformat()
    refused = signed_in("rep").post(f"/plans/write/of/{customer}/", written(until=until))
    assert refused.status_code == 400
    assert "12 to 24 months" in refused.content.decode()


def test_a_risk_has_somebody_who_watches_it(signed_in: SignedIn) -> None:
    """Without, the page comes back with what was written."""
    customer = customers_of(MINE)[0]
    page = signed_in("rep").post(f"/plans/write/of/{customer}/", written(**{"risks-0-owner": ""}))
    assert "somebody who watches it" in page.content.decode()
    assert not Version.objects.exists()


@pytest.mark.capability("S1-23", "S1-20")
def test_four_people_sign_each_for_their_function(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Rep, success, marketer and the seat of support; then the plan holds, and until then it is no plan that holds."""
    customer = customers_of(MINE)[0]
    for function, who in (("sales", "rep"), ("success", "success"), ("support", "manager")):
        Seat.objects.create(customer_id=customer, function=function, person=people[who])
    version = made(signed_in("rep"), customer)
    for who, function in (("rep", "sales"), ("success", "success"), ("marketer", "marketing")):
        assert signed_in(who).post(f"/plans/{version.pk}/sign/{function}/of/{customer}/").status_code == 302
    assert actions.planned(timezone.localdate()) == set()
    assert signed_in("rep").post(f"/plans/{version.pk}/sign/support/of/{customer}/").status_code == 400
    assert signed_in("admin").post(f"/plans/{version.pk}/sign/support/of/{customer}/").status_code == 400
    assert signed_in("admin").post(f"/plans/{version.pk}/sign/sales/of/{customer}/").status_code == 400
    people["manager"].reach = "all"
    people["manager"].save()
    assert signed_in("manager").post(f"/plans/{version.pk}/sign/support/of/{customer}/").status_code == 302
    assert actions.planned(timezone.localdate()) == {customer}
    assert SignOff.objects.count() == 4
    assert "4 of 4" in signed_in("rep").get(f"/plans/of/{customer}/").content.decode()


def test_a_signature_can_be_undone_and_an_old_version_not_be_signed(signed_in: SignedIn) -> None:
    """Undo frees the place; once there is a newer version the old one is refused."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    first = made(client, customer)
    page = client.post(f"/plans/{first.pk}/sign/sales/of/{customer}/", follow=True).content.decode()
    assert "1 of 4" in page
    undo(client, page)
    assert not SignOff.objects.exists()
    assert client.post(f"/plans/{first.pk}/sign/sales/of/{customer}/").status_code == 302
    made(client, customer, strengths="More")
    assert client.post(f"/plans/{first.pk}/sign/sales/of/{customer}/").status_code == 400


def test_actions_have_one_owner_and_a_day(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Kept, asked for on Today when due, settled once; dropping needs why; who owes cannot be let go."""
    customer, client, on = customers_of(MINE)[0], signed_in("rep"), timezone.localdate()
    said = {"what": "Send the offer", "owner": str(people["rep"].pk), "due": on.isoformat()}
    assert (
        client.post(f"/plans/of/{customer}/", said | {"due": (on - timedelta(days=1)).isoformat()}).status_code == 400
    )
    assert client.post(f"/plans/of/{customer}/", said).status_code == 302
    action = Action.objects.get()
    assert [row.words for row in upkeep([people["rep"]], on)] == [
        f"Send the offer: due {date_format(on, 'SHORT_DATE_FORMAT')}."
    ]
    assert "Send the offer" in client.get("/plans/").content.decode()
    with pytest.raises(ConfigError, match="open action"):
        base.deactivate(people["rep"])
    path = f"/plans/actions/{action.pk}/of/{customer}/"
    assert client.post(path, {"state": "dropped"}).status_code == 400
    assert client.post(path, {"state": "done", "outcome": "Sent"}).status_code == 302
    assert client.post(path, {"state": "done"}).status_code == 400
    action.refresh_from_db()
    assert (action.state, action.outcome, action.history.count()) == ("done", "Sent", 2)


@pytest.mark.capability("S1-12", "S3-28")
def test_a_review_is_prepared_fast_and_its_decisions_become_actions(
    signed_in: SignedIn, people: dict[str, Person]
) -> None:
    """The pack stands within ten seconds and says which short notes are blank; a decision is refused before a review was held, and then is an action of it."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    made(client, customer)
    began = perf_counter()
    page = client.get(f"/plans/review/of/{customer}/").content.decode()
    assert perf_counter() - began < 10
    assert "Fewer errors" in page
    assert "3 of the four short notes" in page
    said = {
        "what": "Train them",
        "owner": str(people["rep"].pk),
        "due": (timezone.localdate() + timedelta(days=9)).isoformat(),
    }
    early = client.post(f"/plans/review/of/{customer}/", said)
    assert early.status_code == 400
    assert 'value="Train them"' in early.content.decode()
    review = held(people["rep"], customer, kind="review")
    assert client.post(f"/plans/review/of/{customer}/", said).status_code == 302
    decided = Action.objects.get()
    assert (decided.meeting, decided.owner, decided.what) == (review, people["rep"], "Train them")
    page = client.post(
        f"/plans/review/of/{customer}/", said | {"what": "Send the report", "promised": "on"}, follow=True
    ).content.decode()
    given = Promise.objects.get()
    assert (given.customer_id, given.by, given.text, given.origin) == (
        customer,
        people["rep"],
        "Send the report",
        "review",
    )
    assert (given.due_on.isoformat(), given.due_time.hour) == (said["due"], 17)
    assert f'href="/promises/{given.pk}/"' in page
    undo(client, page)
    assert not Promise.objects.exists()


def test_a_refused_decision_comes_back_as_it_was_typed(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """What is never to be promised, and a day that lies back: the form says so and loses no word."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    held(people["rep"], customer, kind="review")
    day = timezone.localdate()
    said = {"what": "We guarantee it", "owner": str(people["rep"].pk), "due": (day + timedelta(days=9)).isoformat()}
    SortRule.objects.create(code="work", name="Work", never=True, signs="guarantee")
    for wrong, why in (
        ({"promised": "on"}, "never"),
        ({"due": (day - timedelta(days=1)).isoformat()}, "The day lies back"),
    ):
        page = client.post(f"/plans/review/of/{customer}/", said | wrong)
        told = page.content.decode()
        assert page.status_code == 400
        assert why in told.split('id="decided"')[1]
        assert 'value="We guarantee it"' in told
        assert f'value="{(said | wrong)["due"]}"' in told
    assert not Promise.objects.exists()
    assert not Action.objects.exists()


def test_what_waits_for_approval_was_not_promised(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Neither what waits nor what got no approval stands on their sheet, nor among what was decided; of many the newest, with how many there are."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    held(people["rep"], customer, kind="review")
    due = timezone.now() + timedelta(days=9)
    for state in State:
        given(people["rep"], due, customer_id=customer, text=f"It is {state.value}", state=state, origin="review")
    page = client.get(f"/plans/review/of/{customer}/").content.decode()
    sheet, decided = page.split('id="decided"')
    for part in (sheet, decided):
        assert {state for state in State if f"It is {state.value}" in part} == set(PROMISED)
    for at in range(20):
        given(people["rep"], due, customer_id=customer, text=f"More {at}")
    assert "The newest 20 of 25 promises" in client.get(f"/plans/review/of/{customer}/").content.decode()


def test_what_is_to_be_done_among_us_is_not_on_their_sheet(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """An action stands in the part that is ours and not printed; a promise in theirs."""
    customer, on = customers_of(MINE)[0], timezone.localdate()
    actions.decide(customer, "Get to know who decides", people["rep"], on + timedelta(days=3), on)
    given(people["rep"], timezone.now() + timedelta(days=3), customer_id=customer, text="Send the samples")
    theirs, ours = signed_in("rep").get(f"/plans/review/of/{customer}/").content.decode().split('class="apart ours"')
    assert "Send the samples" in theirs
    assert "Get to know who decides" not in theirs
    assert "Get to know who decides" in ours


@pytest.mark.capability("S1-12")
def test_reviews_are_due_with_who_has_a_plan(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """From the plan on, until one is planned."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    made(client, customer)
    assert "A quarterly review is due" in client.get("/plans/").content.decode()
    held(people["rep"], customer, hours=-48, kind="review")
    assert "A quarterly review is due" not in client.get("/plans/").content.decode()


def test_plans_of_customers_one_does_not_see(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """Neither looked at, written, signed, nor listed; an analyst reads only."""
    theirs = customers_of(THEIRS)[0]
    version = made(signed_in("stranger"), theirs)
    client = signed_in("rep")
    for path in (f"/plans/of/{theirs}/", f"/plans/write/of/{theirs}/", f"/plans/review/of/{theirs}/"):
        assert client.get(path).status_code == 403
        assert signed_in("analyst").post(path, written()).status_code == 403
    assert client.post(f"/plans/{version.pk}/sign/sales/of/{theirs}/").status_code == 403
    assert theirs not in client.get("/plans/").content.decode()
    action = actions.decide(theirs, "x", people["stranger"], date(2099, 1, 1), timezone.localdate())
    assert client.post(f"/plans/actions/{action.pk}/of/{theirs}/", {"state": "done"}).status_code == 403


def test_the_list_asks_the_database_little(
    signed_in: SignedIn, people: dict[str, Person], django_assert_max_num_queries: Callable
) -> None:
    """However many plans there are."""
    client = signed_in("rep")
    for customer in customers_of(MINE, 8):
        made(client, customer)
        actions.decide(customer, "x", people["rep"], date(2099, 1, 1), timezone.localdate())
    with django_assert_max_num_queries(15):
        assert client.get("/plans/").status_code == 200
    with django_assert_max_num_queries(20):
        assert client.get(f"/plans/review/of/{customer}/").status_code == 200


def test_the_sheet_of_a_review_is_theirs_and_ours_apart(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """What we expect of them and what we note of them stands in the part that is ours; on theirs products have names."""
    customer, client = customers_of(MINE)[0], signed_in("rep")
    made(client, customer, weaknesses="Slow to decide")
    page = client.get(f"/plans/review/of/{customer}/").content.decode()
    theirs, ours = page.split('class="apart ours"')
    for words in ("Expected in the year", "Slow to decide", "How they feel about us"):
        assert words not in theirs
        assert words in ours
    assert "What may be new for them" in theirs


@pytest.mark.capability("S1-20")
def test_support_is_signed_by_whoever_is_named_or_by_success(signed_in: SignedIn, people: dict[str, Person]) -> None:
    """No role is support's own: success signs where nobody is named; once somebody is, they do, and the page says who."""
    customer = customers_of(MINE)[0]
    version = made(signed_in("rep"), customer)
    people["success"].reach = "all"
    people["success"].save()
    client, way = signed_in("success"), f"/plans/{version.pk}/sign/support/of/{customer}/"
    assert client.post(way).status_code == 302
    SignOff.objects.all().delete()
    Seat.objects.create(customer_id=customer, function="support", person=people["marketer"])
    assert client.post(way).status_code == 400
    assert "marketer one signs" in client.get(f"/plans/of/{customer}/").content.decode()
    assert signed_in("marketer").post(way).status_code == 302
